package workspace

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apiserver/pkg/registry/rest"
	"k8s.io/apiserver/pkg/warning"
	"k8s.io/utils/ptr"

	"github.com/eoepca/workspaces/pkg/apis/eoepca"
)

// before is a workspace of alice's, as most tests have it before the request.
func before() *eoepca.Workspace {
	ws := named("ws-alice")
	ws.Spec.Owner = "alice"
	ws.Spec.Members = []eoepca.Member{{Name: "bob", Role: eoepca.MemberRoleAdmin}, {Name: "carol"}}
	ws.Spec.Storage.Principal = "ws-alice"
	ws.Spec.Storage.Buckets = []eoepca.Bucket{discoverable("ws-alice")}
	ws.Spec.Runtime.SecretName = "ws-alice"
	return ws
}

// warned are the warnings of a change that a user makes to a workspace. There are the principals ws-eric and ws-bob, the bucket
// "offered", and no operator for caches.
func warned(user string, old *eoepca.Workspace, change func(*eoepca.Workspace)) []string {
	ws := old.DeepCopy()
	change(ws)
	w := &warner{
		ws: ws, old: old, caller: user, now: someTime.Time,
		granteeKnown:   func(g *eoepca.AccessGrant) bool { return g.Grantee == "ws-eric" || g.Grantee == "ws-bob" },
		bucketOffered:  func(bucket string) bool { return bucket == "offered" },
		storeAvailable: func(storeType string) (bool, string) { return storeType != "caches", "their operator has left" },
	}
	return w.all()
}

func grant(grantee string) eoepca.AccessGrant {
	return eoepca.AccessGrant{Bucket: "ws-alice", Grantee: grantee, Permission: eoepca.PermissionReadOnly}
}

// What a request is warned of: what it changes, and nothing that was so before.
func TestWarnings(t *testing.T) {
	granting := func(to ...string) func(*eoepca.Workspace) {
		return func(ws *eoepca.Workspace) {
			ws.Spec.Storage.AccessGrants = nil
			for _, grantee := range to {
				ws.Spec.Storage.AccessGrants = append(ws.Spec.Storage.AccessGrants, grant(grantee))
			}
		}
	}
	hiding := func(ws *eoepca.Workspace) { ws.Spec.Storage.Buckets[0].Discoverable = ptr.To(false) }
	requesting := func(bucket string) func(*eoepca.Workspace) {
		return func(ws *eoepca.Workspace) { ws.Spec.Storage.AccessRequests = []eoepca.AccessRequest{{Bucket: bucket}} }
	}
	deleting := func(at time.Duration, mode eoepca.LifecycleMode) func(*eoepca.Workspace) {
		return func(ws *eoepca.Workspace) {
			ws.Spec.Storage.Buckets[0].LifecycleRules = []eoepca.LifecycleRule{{Target: "tmp/*", Mode: mode, At: &metav1.Time{Time: someTime.Add(at)}}}
		}
	}
	caching := func(size string) func(*eoepca.Workspace) {
		return func(ws *eoepca.Workspace) { ws.Spec.Stores.Caches = []eoepca.Store{{Name: "prod", Storage: size}} }
	}
	starting := func(ws *eoepca.Workspace) { ws.Spec.Sessions = []eoepca.Session{{Name: "default"}} }
	labelling := func(ws *eoepca.Workspace) { ws.Labels = map[string]string{"a": "b"} }

	for name, test := range map[string]struct {
		user string                  // alice, if not another
		was  func(*eoepca.Workspace) // what was so before, beyond the workspace of all tests
		does func(*eoepca.Workspace)
		want []string
	}{
		"a label":            {does: labelling},
		"a grant":            {does: granting("ws-eric")},
		"a grant to nobody":  {does: granting("ws-eric", "eric"), want: []string{`spec.storage.accessGrants[1].grantee: no workspace that may be known here has the principal "eric": a grant names the principal of a workspace, which by default is the workspace's name, not a user`}},
		"a further grant":    {was: granting("eric"), does: granting("eric", "ws-eric")},
		"grants, then hides": {was: granting("ws-eric"), does: hiding, want: []string{"spec.storage.accessGrants: without effect until a bucket of this workspace is discoverable"}},
		"hides, then grants": {was: hiding, does: granting("ws-eric"), want: []string{"spec.storage.accessGrants: without effect until a bucket of this workspace is discoverable"}},
		"hides":              {does: hiding},
		"has hidden and granted": {
			was: func(ws *eoepca.Workspace) { hiding(ws); granting("eric")(ws) }, does: labelling,
		},
		"a request":           {does: requesting("offered")},
		"a request of nobody": {does: requesting("hidden"), want: []string{`spec.storage.accessRequests[0].bucket: no workspace offers "hidden": the request waits until there is a discoverable bucket of this name`}},
		"an old request":      {was: requesting("hidden"), does: labelling},
		"another owner": {
			does: func(ws *eoepca.Workspace) { ws.Spec.Owner = "eric" }, user: "operator",
			want: []string{`spec.owner: "alice", who was the owner, is no member and has no access any more`},
		},
		"another owner, by the owner": {
			does: func(ws *eoepca.Workspace) { ws.Spec.Owner = "eric" },
			want: []string{`spec.members: you, "alice", do not belong to the workspace any more`},
		},
		"another owner, who was a member": {
			does: func(ws *eoepca.Workspace) { ws.Spec.Owner, ws.Spec.Members[0].Name = "bob", "alice" },
		},
		"a member leaves": {
			does: func(ws *eoepca.Workspace) { ws.Spec.Members = ws.Spec.Members[:1] }, user: "carol",
			want: []string{`spec.members: you, "carol", do not belong to the workspace any more`},
		},
		"a member is removed": {does: func(ws *eoepca.Workspace) { ws.Spec.Members = ws.Spec.Members[:1] }},
		"the last administrator is one no more": {
			does: func(ws *eoepca.Workspace) { ws.Spec.Members[0].Role = eoepca.MemberRoleUser },
			want: []string{`spec.members: no member is an administrator any more: only the owner, "alice", is`},
		},
		"a rule for the past":              {does: deleting(-time.Hour, eoepca.LifecycleDelete), want: []string{`spec.storage.buckets[0].lifecycleRules[0].at: 2026-01-10T18:00:00Z has passed: what matches "tmp/*" is deleted at once`}},
		"a rule for the future":            {does: deleting(time.Hour, eoepca.LifecycleDelete)},
		"a notice about the past":          {does: deleting(-time.Hour, eoepca.LifecycleNotify)},
		"a rule that has been met":         {was: deleting(-time.Hour, eoepca.LifecycleDelete), does: labelling},
		"stores without operator":          {was: caching("1Gi"), does: starting, want: []string{"spec.stores.caches: are kept, but nothing will change or repair them: their operator has left"}},
		"stores without operator, a label": {was: caching("1Gi"), does: labelling},
		"stores without operator, removed": {was: caching("1Gi"), does: func(ws *eoepca.Workspace) { ws.Spec.Stores.Caches = nil }},
		"a size in thousandths": {
			does: func(ws *eoepca.Workspace) {
				ws.Spec.Stores.Documents = []eoepca.Store{{Name: "prod", Storage: "100m"}, {Name: "dev", Storage: "100Mi"}}
				ws.Spec.Runtime.Quota = &eoepca.Quota{Memory: "2Gi", Storage: "1m"}
			},
			want: []string{
				`spec.stores.documents[0].storage: "100m" are thousandths of a byte: 100Mi are mebibytes`,
				`spec.runtime.quota.storage: "1m" are thousandths of a byte: 1Mi are mebibytes`,
			},
		},
		"another Secret": {
			does: func(ws *eoepca.Workspace) { ws.Spec.Runtime.SecretName = "keys" },
			want: []string{`spec.runtime.secretName: sessions wait for the Secret "keys": the keys of this workspace come in "ws-alice", named by its principal`},
		},
	} {
		t.Run(name, func(t *testing.T) {
			old := before()
			if test.was != nil {
				test.was(old)
			}
			user := test.user
			if user == "" {
				user = "alice"
			}
			if diff := cmp.Diff(test.want, warned(user, old, test.does)); diff != "" {
				t.Errorf("(-want +warned):\n%s", diff)
			}
		})
	}
}

// A list of ten thousand is warned of in a few lines.
func TestManyWarningsAreSummedUp(t *testing.T) {
	got := warned("alice", before(), func(ws *eoepca.Workspace) {
		for i := range 10000 {
			ws.Spec.Storage.AccessGrants = append(ws.Spec.Storage.AccessGrants, grant(fmt.Sprint("nobody-", i)))
		}
	})
	if len(got) != maxWarnings+1 || got[maxWarnings] != "spec.storage.accessGrants: the same is so for 9995 more" {
		t.Errorf("%d warnings: %q", len(got), got)
	}
}

func TestFinalizersThatOthersMightUseTooAreWarnedOf(t *testing.T) {
	old := before()
	old.Finalizers = []string{"known"}
	var about []string
	for _, text := range warned("alice", old, func(ws *eoepca.Workspace) {
		ws.Finalizers = []string{"orphan", "hold", "known", "example.org", "example.org/fine"}
	}) {
		about = append(about, strings.SplitN(text, `"`, 3)[1])
	}
	if diff := cmp.Diff([]string{"example.org", "hold"}, about); diff != "" {
		t.Error(diff)
	}
}

// sent are the warnings that a request is answered with.
type sent []string

func (s *sent) AddWarning(_, text string) { *s = append(*s, text) }

// A request of any kind is answered with its warnings, a dry run like any other; what only reads has none.
func TestRequestsAreAnsweredWithWarnings(t *testing.T) {
	asking := func(ws *eoepca.Workspace) {
		ws.Spec.Storage.AccessRequests = []eoepca.AccessRequest{{Bucket: "hidden"}}
	}
	status := func(ws *eoepca.Workspace) { ws.Status.ObservedGeneration += 7 }
	const warnsOfRequest, warnsOfStatus = "spec.storage.accessRequests[0].bucket: no workspace", "status: is left as it is"
	dry := []string{metav1.DryRunAll}
	for name, test := range map[string]struct {
		do   func(ctx context.Context, f *fixture) error
		want string
	}{
		"create": {func(ctx context.Context, f *fixture) error {
			ws := named("new")
			asking(ws)
			_, err := f.workspaces().Create(ctx, ws, rest.ValidateAllObjectFunc, &metav1.CreateOptions{})
			return err
		}, warnsOfRequest},
		"create with a status": {func(ctx context.Context, f *fixture) error {
			ws := named("new")
			status(ws)
			_, err := f.workspaces().Create(ctx, ws, rest.ValidateAllObjectFunc, &metav1.CreateOptions{})
			return err
		}, warnsOfStatus},
		"update":              {update(asking, nil), warnsOfRequest},
		"update, dry run":     {update(asking, dry), warnsOfRequest},
		"update of a status":  {update(status, nil), warnsOfStatus},
		"update of no status": {update(func(ws *eoepca.Workspace) { ws.Status = eoepca.WorkspaceStatus{} }, nil), ""},
		"update of a section": {func(ctx context.Context, f *fixture) error {
			_, _, err := f.storage["workspaces/access"].(rest.Updater).Update(ctx, "ws-alice",
				changed(func(ws *eoepca.Workspace) { asking(ws); status(ws) }), nil, rest.ValidateAllObjectUpdateFunc, false, &metav1.UpdateOptions{})
			return err
		}, warnsOfRequest},
		"get": {func(ctx context.Context, f *fixture) error {
			_, err := f.workspaces().Get(ctx, "ws-alice", &metav1.GetOptions{})
			return err
		}, ""},
		"delete": {func(ctx context.Context, f *fixture) error {
			_, _, err := f.workspaces().Delete(ctx, "ws-alice", rest.ValidateAllObjectFunc, &metav1.DeleteOptions{})
			return err
		}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFixture(t)
			f.create(named("ws-alice"))
			var got sent
			if err := test.do(warning.WithWarningRecorder(as("alice"), &got), f); err != nil {
				t.Fatal(err)
			}
			if test.want == "" && len(got) > 0 || test.want != "" && (len(got) != 1 || !strings.HasPrefix(got[0], test.want)) {
				t.Errorf("warned %q, want %q", got, test.want)
			}
		})
	}
}

func update(change func(*eoepca.Workspace), dryRun []string) func(context.Context, *fixture) error {
	return func(ctx context.Context, f *fixture) error {
		_, _, err := f.workspaces().Update(ctx, "ws-alice", changed(change), nil, rest.ValidateAllObjectUpdateFunc, false, &metav1.UpdateOptions{DryRun: dryRun})
		return err
	}
}

// Who takes a field from a provider is warned; who leaves it to him, or takes one from another user, is not.
func TestFieldsOfProvidersAreWarnedOf(t *testing.T) {
	owned := func(manager, fields string) metav1.ManagedFieldsEntry {
		return metav1.ManagedFieldsEntry{Manager: manager, Operation: metav1.ManagedFieldsOperationUpdate, FieldsV1: metav1.NewFieldsV1(fields)}
	}
	const (
		class = `{"f:spec":{"f:runtime":{"f:persistence":{"f:storageClassName":{}}}}}`
		both  = `{"f:spec":{"f:owner":{},"f:runtime":{"f:persistence":{"f:storageClassName":{}}}}}`
	)
	for name, test := range map[string]struct {
		was, is []metav1.ManagedFieldsEntry
		want    []string
	}{
		"all is taken":      {[]metav1.ManagedFieldsEntry{owned("crossplane", class)}, []metav1.ManagedFieldsEntry{owned("kubectl", class)}, []string{"spec.runtime.persistence.storageClassName: was set by the provider (crossplane), which may set it again"}},
		"one is taken":      {[]metav1.ManagedFieldsEntry{owned("crossplane", both)}, []metav1.ManagedFieldsEntry{owned("crossplane", class)}, []string{"spec.owner: was set by the provider (crossplane), which may set it again"}},
		"none is taken":     {[]metav1.ManagedFieldsEntry{owned("crossplane", class)}, []metav1.ManagedFieldsEntry{owned("crossplane", class), owned("kubectl", class)}, nil},
		"a user's is taken": {[]metav1.ManagedFieldsEntry{owned("kubectl", class)}, []metav1.ManagedFieldsEntry{owned("flux", class)}, nil},
		"all are cleared":   {[]metav1.ManagedFieldsEntry{owned("crossplane", class)}, nil, nil},
	} {
		old := before()
		old.ManagedFields = test.was
		if diff := cmp.Diff(test.want, warned("alice", old, func(ws *eoepca.Workspace) { ws.ManagedFields = test.is })); diff != "" {
			t.Errorf("%s (-want +warned):\n%s", name, diff)
		}
	}
}
