package access

import (
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/fields"
	"k8s.io/apiserver/pkg/authentication/user"

	"github.com/eoepca/workspaces/pkg/apis/eoepca"
)

// workspace has the owner and members of these names.
func workspace(name, owner string, members ...string) *eoepca.Workspace {
	ws := &eoepca.Workspace{ObjectMeta: metav1.ObjectMeta{Namespace: "one", Name: name}}
	ws.Spec.Owner = owner
	for _, member := range members {
		ws.Spec.Members = append(ws.Spec.Members, eoepca.Member{Name: member})
	}
	ws.Spec.Storage.Buckets = []eoepca.Bucket{{Name: name + "-more"}, {Name: name}}
	return ws
}

func withoutItsBucket(ws *eoepca.Workspace) *eoepca.Workspace {
	ws.Spec.Storage.Buckets = ws.Spec.Storage.Buckets[:1]
	return ws
}

func TestWhoSeesAWorkspace(t *testing.T) {
	ws := workspace("ws-a", "alice", "bob", "eric")
	for _, test := range []struct {
		who    string
		ws     *eoepca.Workspace
		user   string
		groups []string
		sees   bool
	}{
		{"the owner", ws, "alice", nil, true},
		{"the first member", ws, "bob", nil, true},
		{"the last member", ws, "eric", nil, true},
		{"a stranger", ws, "mallory", nil, false},
		{"whose name begins a member's", ws, "bo", nil, false},
		{"whose name ends a member's", ws, "ob", nil, false},
		{"whose name spans two members'", ws, "bob\x00eric", nil, false},
		{"whose name is a separator", ws, "\x00", nil, false},
		{"who has no name", ws, "", nil, false},
		{"no name, and no owner", workspace("ws-a", ""), "", nil, false},
		{"no name, and a member without one", workspace("ws-a", "", "", ""), "", nil, false},
		{"an administrator by group", ws, "x", []string{"ws-a:ws_admin"}, true},
		{"a user by group", ws, "x", []string{"y", "ws-a:ws_access"}, true},
		{"a program by group", ws, "x", []string{"ws-a:ws_api"}, true},
		{"another workspace's group", ws, "x", []string{"ws-b:ws_admin", "ws:ws_admin", "xws-a:ws_admin"}, false},
		{"another role", ws, "x", []string{"ws-a:ws_operator", "ws-a:ws_user", "ws-a:admin", "ws-a", "ws-a:", ":ws_admin"}, false},
		{"a group with more in it", ws, "x", []string{"ws-a:ws_admin:ws_admin", "ws-a:ws_admin "}, false},
		{"a group named as a user", ws, "x", []string{"alice"}, false},
		{"by group, where the bucket of the name is another's", withoutItsBucket(workspace("ws-a", "alice")), "x", []string{"ws-a:ws_admin"}, false},
		{"the owner there", withoutItsBucket(workspace("ws-a", "alice")), "alice", nil, true},
	} {
		caller := newViewer(&user.DefaultInfo{Name: test.user, Groups: test.groups})
		if got := caller.sees(Readers(test.ws), test.ws.Name); got != test.sees {
			t.Errorf("%s: sees it %v, want %v", test.who, got, test.sees)
		}
	}
	if newViewer(nil).sees(Readers(ws), ws.Name) {
		t.Error("nobody at all sees it")
	}
}

func TestWhatIsVisibleIsSelectedAlongWithWhatIsAskedFor(t *testing.T) {
	ws := workspace("ws-a", "alice")
	set := fields.Set{"metadata.name": ws.Name, "spec.owner": "alice", ReadersField: Readers(ws)}
	for _, test := range []struct {
		caller, asked string
		want          bool
	}{
		{"alice", "", true},
		{"alice", "spec.owner=alice", true},
		{"alice", "spec.owner=bob", false},
		{"bob", "", false},
		{"bob", "spec.owner=alice", false},
	} {
		s := fields.Selector(visible{fields.ParseSelectorOrDie(test.asked), newViewer(&user.DefaultInfo{Name: test.caller})})
		transformed, err := s.Transform(func(field, value string) (string, string, error) { return field, value, nil })
		if err != nil {
			t.Fatal(err)
		}
		for what, s := range map[string]fields.Selector{"": s, "a copy for ": s.DeepCopySelector(), "transformed for ": transformed} {
			if s.Matches(set) != test.want || s.Empty() {
				t.Errorf("%s%s who asks for %q: selects %v, want %v; empty: %v", what, test.caller, test.asked, !test.want, test.want, s.Empty())
			}
		}
		if s.String() != fields.ParseSelectorOrDie(test.asked).String() {
			t.Errorf("it is written %q, and so tells more than was asked", s)
		}
	}
}
