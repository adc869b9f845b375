package validation_test

import (
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/ptr"

	"github.com/eoepca/workspaces/pkg/apis/eoepca"
	"github.com/eoepca/workspaces/pkg/apis/eoepca/validation"
)

func TestWhatIsSetOnceStays(t *testing.T) {
	earlier := ptr.To(metav1.NewTime(now.Add(-2 * time.Hour)))
	for name, test := range map[string]struct {
		change change
		want   []string
	}{
		"the principal":         {func(ws *eoepca.Workspace) { ws.Spec.Storage.Principal = "other" }, []string{`spec.storage.principal: Invalid value: "other": is immutable: must stay "ws-alice"`}},
		"the environment":       {func(ws *eoepca.Workspace) { ws.Spec.Environment = "" }, []string{`spec.environment: Invalid value: "": is immutable: must stay "datalab"`}},
		"an owner, but by name": {func(ws *eoepca.Workspace) { ws.Spec.Owner = "" }, []string{`spec.owner: Required value`}},
		"a new owner is fine":   {func(ws *eoepca.Workspace) { ws.Spec.Owner = "carol" }, nil},
		"an owner who is still a member": {
			func(ws *eoepca.Workspace) { ws.Spec.Owner = "bob" },
			[]string{`spec.members[0].name: Invalid value: "bob": is the owner: members are the other users`},
		},
		"when a member came": {
			func(ws *eoepca.Workspace) { ws.Spec.Members[0].GrantedAt = earlier },
			[]string{`spec.members[0].grantedAt: Invalid value: "2026-01-10T17:00:00Z": may not change once it is set: leave it out, or send 2026-01-10T18:00:00Z`},
		},
		"when access was asked for": {
			func(ws *eoepca.Workspace) { ws.Spec.Storage.AccessRequests[0].RequestedAt = earlier },
			[]string{`spec.storage.accessRequests[0].requestedAt: Invalid value: "2026-01-10T17:00:00Z": may not change`},
		},
		"when access was granted": {
			func(ws *eoepca.Workspace) { ws.Spec.Storage.AccessGrants[0].GrantedAt = nil },
			[]string{`spec.storage.accessGrants[0].grantedAt: Invalid value: "": may not change`},
		},
	} {
		t.Run(name, func(t *testing.T) {
			ws := valid()
			test.change(ws)
			expect(t, validation.Update(ws, valid(), options()), test.want)
		})
	}
}

// strange is a workspace from before the rules: nearly all of them are broken.
func strange() *eoepca.Workspace {
	return &eoepca.Workspace{
		ObjectMeta: metav1.ObjectMeta{Name: "x", Namespace: "workspace"},
		Spec: eoepca.WorkspaceSpec{
			Members: []eoepca.Member{{Name: " eve"}},
			Storage: eoepca.StorageSpec{
				Principal:           "Strange Principal",
				CredentialsRollover: &eoepca.CredentialsRollover{Interval: "Hourly", MaxToKeep: 99},
				Buckets:             []eoepca.Bucket{{Name: "B", LifecycleRules: []eoepca.LifecycleRule{{Target: "a*b*"}}}},
				AccessRequests:      []eoepca.AccessRequest{{Bucket: "B"}},
				AccessGrants:        []eoepca.AccessGrant{{Bucket: "gone", Grantee: "Strange Principal", Permission: "All"}},
			},
			Sessions: []eoepca.Session{{Name: "A"}, {Name: "B"}, {Name: "C"}, {Name: "D"}},
			Stores: eoepca.Stores{
				Databases: []eoepca.Database{{Name: "PG_0"}},
				Caches:    []eoepca.Store{{Name: "C_0", Storage: "huge"}},
			},
			Runtime: eoepca.Runtime{SecretName: "A B", Quota: &eoepca.Quota{Memory: "x", Budget: "y"}},
		},
	}
}

func TestAStrangeWorkspaceStaysUsable(t *testing.T) {
	for name, test := range map[string]struct {
		change change
		want   []string
	}{
		"nothing changes":          {func(*eoepca.Workspace) {}, nil},
		"a label is set":           {func(ws *eoepca.Workspace) { ws.Labels = map[string]string{"a": "b"} }, nil},
		"a session is stopped":     {func(ws *eoepca.Workspace) { ws.Spec.Sessions[0].State = eoepca.SessionStopped }, nil},
		"a session goes":           {func(ws *eoepca.Workspace) { ws.Spec.Sessions = ws.Spec.Sessions[1:] }, nil},
		"a bucket becomes visible": {func(ws *eoepca.Workspace) { ws.Spec.Storage.Buckets[0].Discoverable = ptr.To(true) }, nil},
		"a store grows": {
			func(ws *eoepca.Workspace) { ws.Spec.Stores.Caches[0].Storage = "2Gi" }, nil,
		},
		"a grant for a lost bucket is denied": {
			func(ws *eoepca.Workspace) { ws.Spec.Storage.AccessGrants[0].Permission = eoepca.PermissionNone }, nil,
		},
		"an owner is named": {func(ws *eoepca.Workspace) { ws.Spec.Owner = "alice" }, nil},
		"a session more is over the limit": {
			func(ws *eoepca.Workspace) { ws.Spec.Sessions = append(ws.Spec.Sessions, eoepca.Session{Name: "e"}) },
			[]string{`spec.sessions: Too many: 5: must have at most 3 items`},
		},
		"a new bucket keeps the rules": {
			func(ws *eoepca.Workspace) {
				ws.Spec.Storage.Buckets = append(ws.Spec.Storage.Buckets, eoepca.Bucket{Name: "B2"})
			},
			[]string{`spec.storage.buckets[1].name: Invalid value: "B2": must have 3 to 63 characters`},
		},
		"a changed value keeps the rules": {
			func(ws *eoepca.Workspace) { ws.Spec.Runtime.Quota.Memory = "y" },
			[]string{`spec.runtime.quota.memory: Invalid value: "y"`},
		},
		"another owner is none of the members": {
			func(ws *eoepca.Workspace) { ws.Spec.Owner = "bob"; ws.Spec.Members[0].Name = "bob" },
			[]string{`spec.members[0].name: Invalid value: "bob": is the owner: members are the other users`},
		},
	} {
		t.Run(name, func(t *testing.T) {
			ws := strange()
			test.change(ws)
			expect(t, validation.Update(ws, strange(), options()), test.want)
		})
	}
}

func TestTheFirstMemberNeedsAnOwner(t *testing.T) {
	old := valid()
	old.Spec = eoepca.WorkspaceSpec{Storage: old.Spec.Storage}
	ws := old.DeepCopy()
	ws.Spec.Members = []eoepca.Member{{Name: "bob"}}
	expect(t, validation.Update(ws, old, options()), []string{`spec.owner: Required value`})
}

// Requests and grants speak of buckets: what a change of the buckets would leave without sense is refused where it stands.
func TestChangesOfBucketsLeaveNothingBehind(t *testing.T) {
	storage := func(buckets []string, requests []string, grants ...string) *eoepca.Workspace {
		ws := valid()
		ws.Spec.Storage.Buckets, ws.Spec.Storage.AccessRequests, ws.Spec.Storage.AccessGrants = nil, nil, nil
		for _, name := range buckets {
			ws.Spec.Storage.Buckets = append(ws.Spec.Storage.Buckets, eoepca.Bucket{Name: name})
		}
		for _, name := range requests {
			ws.Spec.Storage.AccessRequests = append(ws.Spec.Storage.AccessRequests, eoepca.AccessRequest{Bucket: name})
		}
		for _, name := range grants {
			ws.Spec.Storage.AccessGrants = append(ws.Spec.Storage.AccessGrants,
				eoepca.AccessGrant{Bucket: name, Grantee: "ws-eric", Permission: eoepca.PermissionReadOnly})
		}
		return ws
	}
	a, b := []string{"ws-alice"}, []string{"ws-alice", "ws-alice-b"}
	for name, test := range map[string]struct {
		old, ws *eoepca.Workspace
		want    []string
	}{
		"a bucket goes with its grant":    {storage(b, nil, "ws-alice-b"), storage(a, nil), nil},
		"a bucket goes without its grant": {storage(b, nil, "ws-alice", "ws-alice-b"), storage(a, nil, "ws-alice", "ws-alice-b"), []string{`spec.storage.accessGrants[1].bucket: Invalid value: "ws-alice-b": is no longer a bucket of this workspace`}},
		"a grant was without its bucket":  {storage(b, nil, "ws-alice-c"), storage(a, nil, "ws-alice-c"), nil},
		"its bucket comes for a request":  {storage(a, b[1:]), storage(b, b[1:]), []string{`spec.storage.accessRequests[0].bucket: Invalid value: "ws-alice-b": becomes a bucket of this workspace`}},
		"the request is withdrawn first":  {storage(a, b[1:]), storage(b, nil), nil},
		"a request was for its bucket":    {storage(b, b[1:]), storage(b[1:], b[1:]), nil},
	} {
		t.Run(name, func(t *testing.T) { expect(t, validation.Update(test.ws, test.old, options()), test.want) })
	}
}
