package api

import (
	"net/http"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/sets"
	"k8s.io/utils/ptr"

	"github.com/eoepca/workspaces/pkg/apis/eoepca/v1alpha1"
	"github.com/eoepca/workspaces/pkg/apiserver"
	"github.com/eoepca/workspaces/test/integration/env"
)

// configured is a caller of a server of its own, with other settings than the shared one.
func configured(t *testing.T, user string, configure func(*apiserver.Settings)) *caller {
	t.Helper()
	replica, err := e.NewReplica(func(o *apiserver.Options) { configure(&o.Settings) })
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := replica.Stop(); err != nil {
			t.Error(err)
		}
	})
	if err := replica.AwaitReady(t.Context()); err != nil {
		t.Fatal(err)
	}
	config, err := replica.As(user)
	if err != nil {
		t.Fatal(err)
	}
	c, err := newCaller(config)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func nothing(name string) object { return object{"metadata": object{"name": name}} }

// A workspace of which nothing is said but the name.
func TestDefaults(t *testing.T) {
	t.Parallel()
	ns := e.Namespace(t)
	ws := operator(t).post(t, at(ns), nothing("bare-"+ns)).want(t, http.StatusCreated).workspace(t)
	want := v1alpha1.WorkspaceSpec{
		Environment: "datalab",
		Owner:       env.Operator,
		Storage: v1alpha1.StorageSpec{
			Principal: ws.Name,
			Buckets:   []v1alpha1.Bucket{{Name: ws.Name, Discoverable: ptr.To(true)}},
		},
		Sessions: []v1alpha1.Session{{Name: "default", State: v1alpha1.SessionStarted}},
		Runtime: v1alpha1.Runtime{
			SecretName: ws.Name,
			VCluster:   ptr.To(false),
			Data:       ws.Spec.Runtime.Data, // the provider's own
			Registry:   &v1alpha1.Registry{Enabled: ptr.To(true)},
		},
	}
	want.Runtime.Persistence, want.Runtime.Security, want.Runtime.Quota = ws.Spec.Runtime.Persistence, ws.Spec.Runtime.Security, ws.Spec.Runtime.Quota
	if diff := cmp.Diff(want, ws.Spec); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	storage, err := e.Storages(ns).Get(t.Context(), ws.Name, metav1.GetOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if storage.GetLabels()["storages.pkg.internal/discoverable"] != "true" || storage.GetAnnotations()["storages.pkg.internal/environment"] != "datalab" {
		t.Errorf("the Storage has the labels %v and annotations %v", storage.GetLabels(), storage.GetAnnotations())
	}
}

// Parts of lists and stores that are left out have values of their own.
func TestDefaultsOfItems(t *testing.T) {
	t.Parallel()
	ns := e.Namespace(t)
	ws := made(t, ns, "items", `members: [{name: bob}], sessions: [{name: main}], stores: {databases: [{name: pg0, databases: [dev]}], vectors: [{name: v}], caches: [{name: c}], documents: [{name: d}]},
		storage: {credentialsRollover: {interval: Weekly}}`)
	want := v1alpha1.Stores{
		Databases: []v1alpha1.Database{{Name: "pg0", Databases: []string{"dev"}, Storage: "1Gi", BackupStorage: "10Gi"}},
		Vectors:   []v1alpha1.Store{{Name: "v", Storage: "1Gi"}},
		Caches:    []v1alpha1.Store{{Name: "c", Storage: "1Gi"}},
		Documents: []v1alpha1.Store{{Name: "d", Storage: "10Gi"}},
	}
	if diff := cmp.Diff(want, ws.Spec.Stores); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if ws.Spec.Members[0].Role != v1alpha1.MemberRoleUser || ws.Spec.Sessions[0].State != v1alpha1.SessionStarted || ws.Spec.Storage.CredentialsRollover.MaxToKeep != 1 {
		t.Errorf("got %+v", ws.Spec)
	}
}

// What the server is configured with decides about new workspaces.
func TestDefaultsFromTheConfiguration(t *testing.T) {
	t.Parallel()
	ns := e.Namespace(t)
	c := configured(t, env.Operator, func(s *apiserver.Settings) {
		s.NamePrefix, s.Environment, s.SessionMode, s.MaxSessions = "ws-", "staging", "auto", 1
		s.UseVCluster, s.DisableRegistry = true, true
		s.DisabledStoreTypes = sets.New("caches")
	})
	ws := c.post(t, at(ns), nothing("ws-"+ns)).want(t, http.StatusCreated).workspace(t)
	if ws.Spec.Environment != "staging" || !*ws.Spec.Runtime.VCluster || *ws.Spec.Runtime.Registry.Enabled {
		t.Errorf("got %+v", ws.Spec)
	}
	if diff := cmp.Diff([]v1alpha1.Session{{Name: "default", State: v1alpha1.SessionStopped}}, ws.Spec.Sessions); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	refused(t, c.post(t, at(ns), nothing("other-"+ns)), refusal{"metadata.name", []string{`"other-` + ns, `must start with "ws-"`}})
	path := at(ns, ws.Name)
	refused(t, c.patch(t, path, strategicPatch, `{"spec": {"sessions": [{"name": "second"}]}}`), refusal{"spec.sessions", []string{"2", "at most 1"}})
	refused(t, c.patch(t, path, strategicPatch, `{"spec": {"stores": {"caches": [{"name": "c"}]}}}`), refusal{"spec.stores.caches[0]", []string{"caches are disabled on this server"}})
	c.patch(t, path, strategicPatch, `{"spec": {"stores": {"vectors": [{"name": "v"}]}}}`).want(t, http.StatusOK)
	// A limit that came later does not make a workspace unusable.
	more := made(t, ns, "ws-more", `sessions: [{name: a}, {name: b}]`)
	c.patch(t, at(ns, more.Name), mergePatch, `{"spec": {"owner": "erin"}}`).want(t, http.StatusOK)
}

// A component of the cluster cannot own a workspace: it names who does.
func TestSystemCallersNameAnOwner(t *testing.T) {
	t.Parallel()
	ns := e.Namespace(t)
	admin := as(t, "system:admin", "system:masters")
	refused(t, admin.post(t, at(ns), nothing("none-"+ns)), refusal{"spec.owner", []string{"must be named", "system:admin"}})
	named := merged(t, nothing("named-"+ns), `spec: {owner: alice}`)
	if ws := admin.post(t, at(ns), named).want(t, http.StatusCreated).workspace(t); ws.Spec.Owner != "alice" {
		t.Errorf("the owner is %s", ws.Spec.Owner)
	}
}

// Grants and requests bear the time at which they were made, and keep it.
func TestStamps(t *testing.T) {
	t.Parallel()
	ns := e.Namespace(t)
	before := time.Now().Truncate(time.Second)
	ws := made(t, ns, "one", `members: [{name: bob}, {name: carol, grantedAt: "2020-05-01T00:00:00Z"}],
		storage: {accessRequests: [{bucket: other}], accessGrants: [{bucket: $WS, grantee: eric, permission: ReadOnly}]}`)
	bob, request, grant := ws.Spec.Members[0].GrantedAt, ws.Spec.Storage.AccessRequests[0].RequestedAt, ws.Spec.Storage.AccessGrants[0].GrantedAt
	for what, stamp := range map[string]*metav1.Time{"the member": bob, "the request": request, "the grant": grant} {
		if stamp == nil || stamp.Time.Before(before) || stamp.After(time.Now()) {
			t.Errorf("%s is of %v", what, stamp)
		}
	}
	if carol := ws.Spec.Members[1].GrantedAt; carol == nil || carol.UTC().Format(time.DateOnly) != "2020-05-01" {
		t.Errorf("the member with a date is of %v", carol)
	}

	// Left out of an update they stay, and cannot be changed.
	ws.Spec.Members[0].GrantedAt, ws.Spec.Storage.AccessRequests[0].RequestedAt, ws.Spec.Storage.AccessGrants[0].GrantedAt = nil, nil, nil
	ws.Spec.Storage.AccessGrants[0].Permission = v1alpha1.PermissionReadWrite
	updated := operator(t).put(t, at(ns, ws.Name), ws).want(t, http.StatusOK).workspace(t)
	if !updated.Spec.Members[0].GrantedAt.Equal(bob) || !updated.Spec.Storage.AccessRequests[0].RequestedAt.Equal(request) || !updated.Spec.Storage.AccessGrants[0].GrantedAt.Equal(grant) {
		t.Errorf("an update changed stamps: %+v", updated.Spec)
	}
	old := metav1.NewTime(before.Add(-time.Hour))
	updated.Spec.Members[0].GrantedAt, updated.Spec.Storage.AccessRequests[0].RequestedAt, updated.Spec.Storage.AccessGrants[0].GrantedAt = &old, &old, &old
	refused(t, operator(t).put(t, at(ns, ws.Name), updated),
		refusal{"spec.members[0].grantedAt", []string{"may not change"}},
		refusal{"spec.storage.accessRequests[0].requestedAt", []string{"may not change"}},
		refusal{"spec.storage.accessGrants[0].grantedAt", []string{"may not change"}})
}

// What identifies a workspace at the providers never changes, also when it is left out; an update defaults nothing.
func TestImmutables(t *testing.T) {
	t.Parallel()
	ns := e.Namespace(t)
	ws := made(t, ns, "one", "")
	path := at(ns, ws.Name)
	refused(t, operator(t).patch(t, path, mergePatch, `{"spec": {"environment": "other", "storage": {"principal": "other"}}}`),
		refusal{"spec.environment", []string{`"other"`, `must stay "datalab"`}},
		refusal{"spec.storage.principal", []string{`"other"`, `must stay "` + ws.Name + `"`}})
	kept := operator(t).patch(t, path, mergePatch, `{"spec": {"environment": null, "storage": {"principal": null}}}`).want(t, http.StatusOK).workspace(t)
	if kept.Spec.Environment != "datalab" || kept.Spec.Storage.Principal != ws.Name {
		t.Errorf("what never changes, left out, is %q and %q", kept.Spec.Environment, kept.Spec.Storage.Principal)
	}
	refused(t, operator(t).patch(t, path, mergePatch, `{"spec": {"owner": null}}`), refusal{"spec.owner", []string{"Required value"}})
	emptied := operator(t).patch(t, path, mergePatch, `{"spec": {"sessions": null, "storage": {"buckets": null}, "runtime": {"registry": null}}}`).want(t, http.StatusOK).workspace(t)
	if len(emptied.Spec.Sessions) != 0 || len(emptied.Spec.Storage.Buckets) != 0 {
		t.Errorf("what was taken out is back: %+v", emptied.Spec)
	}
}
