package api

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/dynamic"
	"sigs.k8s.io/structured-merge-diff/v6/fieldpath"
	"sigs.k8s.io/yaml"

	"github.com/eoepca/workspaces/pkg/apis/eoepca/v1alpha1"
	"github.com/eoepca/workspaces/test/integration/env"
)

// ownersOf answers who owns what of a workspace: "manager" for who applied, "manager*" for who wrote otherwise, with
// ":subresource" if it was through one.
func ownersOf(t testing.TB, ws *v1alpha1.Workspace) map[string]string {
	t.Helper()
	owners := map[string][]string{}
	for _, entry := range ws.ManagedFields {
		if entry.APIVersion != "eoepca.org/v1alpha1" || entry.FieldsType != "FieldsV1" {
			t.Errorf("a strange entry: %+v", entry)
		}
		name := entry.Manager
		if entry.Operation == metav1.ManagedFieldsOperationUpdate {
			name += "*"
		}
		if entry.Subresource != "" {
			name += ":" + entry.Subresource
		}
		set := fieldpath.Set{}
		if err := set.FromJSON(entry.FieldsV1.GetRawReader()); err != nil {
			t.Fatal(err)
		}
		for path := range set.All() {
			owners[path.String()] = append(owners[path.String()], name)
		}
	}
	result := map[string]string{}
	for path, names := range owners {
		slices.Sort(names)
		result[path] = strings.Join(names, " ")
	}
	return result
}

// wantOwners compares who owns some paths with what is wanted; "" is nobody.
func wantOwners(t testing.TB, ws *v1alpha1.Workspace, want map[string]string) {
	t.Helper()
	owners := ownersOf(t, ws)
	for path, names := range want {
		if owners[path] != names {
			t.Errorf("%s is owned by %q, want %q", path, owners[path], names)
		}
	}
	if t.Failed() {
		for path, names := range owners {
			t.Logf("%s: %s", path, names)
		}
	}
}

// manifest is a workspace as a manager applies it: what the spec says in YAML, and nothing else.
func manifest(t testing.TB, name, spec string) object {
	t.Helper()
	return merged(t, object{"apiVersion": "eoepca.org/v1alpha1", "kind": "Workspace", "metadata": object{"name": name}},
		"spec: {"+strings.ReplaceAll(spec, "$WS", name)+"}")
}

func apply(t testing.TB, ns, manager, name, spec string) *answer {
	t.Helper()
	return applied(t, ns, manifest(t, name, spec), manager)
}

func force(t testing.TB, ns, manager, name, spec string) *answer {
	t.Helper()
	return operator(t).patch(t, at(ns, name)+"?force=true&fieldManager="+manager, applyPatch, manifest(t, name, spec))
}

// current is the workspace as it is, from the storage and from the cache: both must say the same of its owners.
func current(t testing.TB, ns, name string) *v1alpha1.Workspace {
	t.Helper()
	live := operator(t).get(t, at(ns, name)).want(t, http.StatusOK).workspace(t)
	cached := operator(t).get(t, at(ns)+"?fieldSelector=metadata.name="+name).want(t, http.StatusOK).list(t)
	if len(cached.Items) != 1 {
		t.Fatalf("a list has %d of it", len(cached.Items))
	}
	if cached.Items[0].ResourceVersion == live.ResourceVersion {
		a, b := ownersOf(t, live), ownersOf(t, &cached.Items[0])
		for path := range a {
			if a[path] != b[path] {
				t.Errorf("%s is owned by %q, and in the cache by %q", path, a[path], b[path])
			}
		}
	}
	return live
}

// directly changes a part past the server with a merge patch in YAML.
func directly(t testing.TB, parts dynamic.ResourceInterface, manager, name, patch string) *unstructured.Unstructured {
	t.Helper()
	body, err := yaml.YAMLToJSON([]byte(patch))
	if err != nil {
		t.Fatal(err)
	}
	part, err := parts.Patch(t.Context(), name, types.MergePatchType, body, metav1.PatchOptions{FieldManager: manager})
	if err != nil {
		t.Fatal(err)
	}
	return part
}

// directlyApplied applies a part past the server.
func directlyApplied(t testing.TB, parts dynamic.ResourceInterface, manager, kind, name, spec string) {
	t.Helper()
	version := map[string]string{"Storage": "pkg.internal/v1beta1", "Datalab": "pkg.internal/v1beta2"}[kind]
	part := &unstructured.Unstructured{Object: merged(t, object{"apiVersion": version, "kind": kind, "metadata": object{"name": name}},
		strings.ReplaceAll(spec, "$WS", name))}
	if _, err := parts.Apply(t.Context(), name, part, metav1.ApplyOptions{FieldManager: manager}); err != nil {
		t.Fatal(err)
	}
}

// wantConflict wants an answer that names the fields that others own, and these.
func wantConflict(t testing.TB, a *answer, manager string, paths ...string) {
	t.Helper()
	status := a.want(t, http.StatusConflict).status(t)
	if len(status.Details.Causes) != len(paths) {
		t.Errorf("the conflicts are %+v, want %v", status.Details.Causes, paths)
		return
	}
	for i, cause := range status.Details.Causes {
		if cause.Type != metav1.CauseTypeFieldManagerConflict || cause.Field != paths[i] || !strings.Contains(cause.Message, `"`+manager+`"`) {
			t.Errorf("conflict %+v, want %s with %q", cause, paths[i], manager)
		}
	}
}

// Each manager owns what he applied, down to the fields of the items of lists, whichever part they lie on.
func TestAppliersShareAWorkspace(t *testing.T) {
	t.Parallel()
	ns := e.Namespace(t)
	name := "one-" + ns
	apply(t, ns, "a", name, `owner: alice, members: [{name: bob, role: Admin}], storage: {buckets: [{name: $WS}]}, sessions: [{name: main, state: Stopped}]`).want(t, http.StatusCreated)
	apply(t, ns, "b", name, `members: [{name: carol}], storage: {buckets: [{name: $WS-b, lifecycleRules: [{target: "tmp/*", mode: Delete, minAge: 2w}]}]}, sessions: [{name: more, state: Stopped}]`).want(t, http.StatusOK)
	wantOwners(t, current(t, ns, name), map[string]string{
		".spec.owner":                                "a",
		`.spec.members[name="bob"].role`:             "a",
		`.spec.members[name="carol"]`:                "b",
		`.spec.members[name="carol"].role`:           "",
		`.spec.storage.buckets[name="` + name + `"]`: "a",
		`.spec.storage.buckets[name="` + name + `-b"].lifecycleRules[target="tmp/*"].minAge`: "b",
		`.spec.sessions[name="main"].state`:                                                  "a",
		`.spec.sessions[name="more"].state`:                                                  "b",
	})

	// A conflict names field and manager; who has the same value shares it, and force takes it.
	wantConflict(t, apply(t, ns, "b", name, `members: [{name: bob, role: User}], sessions: [{name: main, state: Started}]`), "a",
		`.spec.members[name="bob"].role`, `.spec.sessions[name="main"].state`)
	apply(t, ns, "b", name, `members: [{name: bob, role: Admin}, {name: carol}], storage: {buckets: [{name: $WS}]}`).want(t, http.StatusOK)
	wantOwners(t, current(t, ns, name), map[string]string{
		`.spec.members[name="bob"].role`:                  "a b",
		`.spec.storage.buckets[name="` + name + `"].name`: "a b",
		`.spec.sessions[name="more"]`:                     "",
	})
	force(t, ns, "b", name, `members: [{name: bob, role: User}, {name: carol}], storage: {buckets: [{name: $WS}]}`).want(t, http.StatusOK)
	wantOwners(t, current(t, ns, name), map[string]string{
		`.spec.members[name="bob"].role`: "b",
		`.spec.members[name="bob"]`:      "a b",
	})

	// What its only owner applies no more goes, what another owns too stays.
	apply(t, ns, "b", name, `members: [{name: bob, role: User}]`).want(t, http.StatusOK)
	apply(t, ns, "a", name, `owner: alice, storage: {buckets: [{name: $WS}]}`).want(t, http.StatusOK)
	ws := current(t, ns, name)
	if got := strings.Join(memberNames(ws), " "); got != "bob" || len(ws.Spec.Sessions) != 0 || len(ws.Spec.Storage.Buckets) != 1 {
		t.Errorf("members are %q, sessions %v, buckets %v", got, ws.Spec.Sessions, ws.Spec.Storage.Buckets)
	}
	wantOwners(t, ws, map[string]string{`.spec.members[name="bob"]`: "b", `.spec.members[name="bob"].role`: "b"})
}

// Who changes a part directly owns what he changed, and nothing else.
func TestDirectWritersOwnWhatTheyChanged(t *testing.T) {
	t.Parallel()
	ns := e.Namespace(t)
	name := "one-" + ns
	apply(t, ns, "a", name, `owner: alice, members: [{name: bob, role: Admin}, {name: carol, role: User}], storage: {buckets: [{name: $WS, discoverable: false}, {name: $WS-b}]},
		sessions: [{name: main, state: Stopped}, {name: more, state: Stopped}], runtime: {quota: {memory: 1Gi}}, stores: {caches: [{name: c, storage: 1Gi}]}`).want(t, http.StatusCreated)

	directly(t, e.Storages(ns), "x", name, `{metadata: {labels: {team: blue}, annotations: {crossplane.io/paused: "true"}}, spec: {buckets: [{bucketName: `+name+`, discoverable: true}, {bucketName: `+name+`-c}]}}`)
	directly(t, e.Datalabs(ns), "y", name, `{spec: {users: [alice, bob, dave], sessions: [{name: main, state: started}, {name: more, state: stopped}, {name: new, state: stopped}],
		userOverrides: {bob: {role: user}}, cacheStores: {c: {storage: 2Gi}}}}`)
	wantOwners(t, current(t, ns, name), map[string]string{
		`.metadata.labels.team`:                                   "x*",
		`.metadata.annotations`:                                   "",
		`.spec.storage.buckets[name="` + name + `"]`:              "a",
		`.spec.storage.buckets[name="` + name + `"].discoverable`: "x*",
		`.spec.storage.buckets[name="` + name + `-b"]`:            "",
		`.spec.storage.buckets[name="` + name + `-c"]`:            "x*",
		`.spec.storage.buckets[name="` + name + `-c"].name`:       "x*",
		`.spec.owner`:                           "a",
		`.spec.members[name="bob"]`:             "a",
		`.spec.members[name="bob"].role`:        "y*",
		`.spec.members[name="carol"]`:           "",
		`.spec.members[name="dave"]`:            "y*",
		`.spec.sessions[name="main"]`:           "a",
		`.spec.sessions[name="main"].state`:     "y*",
		`.spec.sessions[name="more"].state`:     "a",
		`.spec.sessions[name="new"].state`:      "y*",
		`.spec.stores.caches[name="c"]`:         "a",
		`.spec.stores.caches[name="c"].storage`: "y*",
		`.spec.runtime.quota.memory`:            "a",
	})

	// An applier hears of them, in the workspace's own words.
	wantConflict(t, apply(t, ns, "b", name, `sessions: [{name: main, state: Stopped}, {name: more, state: Stopped}]`), "y", `.spec.sessions[name="main"].state`)
	wantConflict(t, apply(t, ns, "b", name, `storage: {buckets: [{name: $WS, discoverable: false}]}`), "x", `.spec.storage.buckets[name="`+name+`"].discoverable`)

	// A write of something else changes none of that, and one of the same list only what it changes.
	operator(t).patch(t, at(ns, name)+"?fieldManager=c", mergePatch, `{"spec": {"runtime": {"quota": {"memory": "2Gi"}}}, "metadata": {"annotations": {"n": "1"}}}`).want(t, http.StatusOK)
	operator(t).patch(t, at(ns, name)+"?fieldManager=d", strategicPatch, `{"spec": {"sessions": [{"name": "more", "state": "Started"}]}}`).want(t, http.StatusOK)
	wantOwners(t, current(t, ns, name), map[string]string{
		`.metadata.labels.team`:             "x*",
		`.metadata.annotations.n`:           "c*",
		`.spec.runtime.quota.memory`:        "c*",
		`.spec.members[name="bob"].role`:    "y*",
		`.spec.members[name="dave"]`:        "y*",
		`.spec.sessions[name="main"]`:       "a",
		`.spec.sessions[name="main"].state`: "y*",
		`.spec.sessions[name="more"].state`: "d*",
		`.spec.sessions[name="new"].state`:  "y*",
	})
}

// A workspace that was never written here is owned by who wrote its parts, and sharing works in both directions.
func TestAdoptedWorkspacesHaveOwners(t *testing.T) {
	t.Parallel()
	ns := e.Namespace(t)
	name := "one-" + ns
	directlyApplied(t, e.Storages(ns), "flux", "Storage", name, `{metadata: {labels: {team: blue}}, spec: {principal: $WS, buckets: [{bucketName: $WS, discoverable: true}, {bucketName: $WS-b}]}}`)
	directlyApplied(t, e.Datalabs(ns), "flux", "Datalab", name, `{spec: {users: [alice, bob], userOverrides: {bob: {role: admin}}, sessions: [{name: main, state: stopped}], quota: {memory: 1Gi}}}`)
	ws := current(t, ns, name)
	wantOwners(t, ws, map[string]string{
		`.metadata.labels.team`:                      "flux",
		`.spec.storage.principal`:                    "flux",
		`.spec.storage.buckets[name="` + name + `"]`: "flux",
		`.spec.owner`:                                "flux",
		`.spec.members[name="bob"].role`:             "flux",
		`.spec.sessions[name="main"].state`:          "flux",
		`.spec.runtime.quota.memory`:                 "flux",
	})
	if len(ws.ManagedFields) != 1 {
		t.Errorf("%d entries, want one of both parts: %+v", len(ws.ManagedFields), ws.ManagedFields)
	}

	// Applying the same here shares it; each may let go of it.
	wantConflict(t, apply(t, ns, "a", name, `storage: {buckets: [{name: $WS, discoverable: false}]}`), "flux", `.spec.storage.buckets[name="`+name+`"].discoverable`)
	apply(t, ns, "a", name, `owner: alice, storage: {buckets: [{name: $WS, discoverable: true}]}, sessions: [{name: main, state: Stopped}], runtime: {quota: {memory: 1Gi}}`).want(t, http.StatusOK)
	shared := map[string]string{
		`.spec.storage.buckets[name="` + name + `"].discoverable`: "a flux",
		`.spec.storage.buckets[name="` + name + `-b"]`:            "flux",
		`.spec.owner`:                       "a flux",
		`.spec.sessions[name="main"].state`: "a flux",
		`.spec.runtime.quota.memory`:        "a flux",
		`.spec.members[name="bob"].role`:    "flux",
	}
	wantOwners(t, current(t, ns, name), shared)
	directlyApplied(t, e.Storages(ns), "flux", "Storage", name, `{spec: {principal: $WS, buckets: [{bucketName: $WS}]}}`)
	ws = current(t, ns, name)
	if len(ws.Spec.Storage.Buckets) != 1 || ws.Spec.Storage.Buckets[0].Discoverable == nil || !*ws.Spec.Storage.Buckets[0].Discoverable {
		t.Errorf("buckets are %+v, want the one that is applied here as well, as it is applied here", ws.Spec.Storage.Buckets)
	}
	wantOwners(t, ws, map[string]string{
		`.spec.storage.buckets[name="` + name + `"].discoverable`: "a",
		`.spec.storage.buckets[name="` + name + `"]`:              "a flux",
	})
	apply(t, ns, "a", name, `owner: alice`).want(t, http.StatusOK)
	ws = current(t, ns, name)
	if ws.Spec.Runtime.Quota == nil || ws.Spec.Runtime.Quota.Memory != "1Gi" || len(ws.Spec.Sessions) != 1 {
		t.Errorf("what flux applies has gone: %+v, %+v", ws.Spec.Runtime.Quota, ws.Spec.Sessions)
	}
	wantOwners(t, ws, map[string]string{
		`.spec.owner`:                                "a flux",
		`.spec.sessions[name="main"].state`:          "flux",
		`.spec.runtime.quota.memory`:                 "flux",
		`.spec.storage.buckets[name="` + name + `"]`: "flux",
	})

	// And what flux drops now goes, as if nobody had ever shared it.
	directlyApplied(t, e.Datalabs(ns), "flux", "Datalab", name, `{spec: {users: [alice, bob], userOverrides: {bob: {role: admin}}, sessions: [{name: main, state: stopped}]}}`)
	if ws := current(t, ns, name); ws.Spec.Runtime.Quota != nil && ws.Spec.Runtime.Quota.Memory != "" {
		t.Errorf("the quota is still %+v", ws.Spec.Runtime.Quota)
	}
}

// A session change writes the Datalab only, also the first of its manager; and both parts' managers show.
func TestSessionChangesWriteTheDatalabOnly(t *testing.T) {
	t.Parallel()
	ns := e.Namespace(t)
	ws := made(t, ns, "one", "")
	before := versions(t, ns, ws.Name)
	for _, state := range []string{"Started", "Stopped"} {
		operator(t).patch(t, at(ns, ws.Name)+"?fieldManager=x", mergePatch, `{"spec": {"sessions": [{"name": "main", "state": "`+state+`"}]}}`).want(t, http.StatusOK)
	}
	operator(t).patch(t, at(ns, ws.Name, "sessions")+"?fieldManager=y", mergePatch, `{"spec": {"sessions": [{"name": "main", "state": "Started"}]}}`).want(t, http.StatusOK)
	after := versions(t, ns, ws.Name)
	if after[0] != before[0] || after[1] == before[1] {
		t.Errorf("the parts went from %v to %v, want the Datalab alone to change", before, after)
	}
	wantOwners(t, current(t, ns, ws.Name), map[string]string{`.spec.sessions[name="main"].state`: "y*:sessions"})
}

// What clients do to managedFields themselves holds on both parts.
func TestManagedFieldsAreTheClientsToEdit(t *testing.T) {
	t.Parallel()
	ns := e.Namespace(t)
	name := "one-" + ns
	directly := func(manager string) {
		directlyApplied(t, e.Storages(ns), manager, "Storage", name, `{spec: {principal: $WS, buckets: [{bucketName: $WS}]}}`)
		directlyApplied(t, e.Datalabs(ns), manager, "Datalab", name, `{spec: {users: [alice, bob], sessions: [{name: main, state: stopped}], quota: {memory: 1Gi}}}`)
	}
	directly("flux")
	apply(t, ns, "a", name, `owner: alice, runtime: {quota: {memory: 1Gi}}`).want(t, http.StatusOK)
	operator(t).patch(t, at(ns, name), mergePatch, `{"metadata": {"managedFields": [{}]}}`).want(t, http.StatusOK)
	if owners := ownersOf(t, current(t, ns, name)); len(owners) != 0 {
		t.Errorf("after a reset there are owners: %v", owners)
	}
	// From then on it is as if nobody had ever applied it.
	apply(t, ns, "a", name, `owner: alice`).want(t, http.StatusOK)
	directly("flux")
	wantOwners(t, current(t, ns, name), map[string]string{
		`.spec.owner`:                "a before-first-apply* flux",
		`.spec.runtime.quota.memory`: "before-first-apply* flux",
		`.spec.storage.principal`:    "before-first-apply* flux",
	})
}

// Subresources own what they change, under their name; launch too.
func TestSubresourcesOwnWhatTheyWrite(t *testing.T) {
	t.Parallel()
	ns := e.Namespace(t)
	ws := made(t, ns, "one", "members: [{name: bob, role: Admin}]")
	launch := object{"spec": object{"session": "main"}}
	operator(t).post(t, at(ns, ws.Name, "launch")+"?fieldManager=l", launch).want(t, http.StatusCreated)
	wantOwners(t, current(t, ns, ws.Name), map[string]string{`.spec.sessions[name="main"].state`: "l*:launch"})
	// What is started already changes no owner, and a program that gives no name has its own.
	operator(t).post(t, at(ns, ws.Name, "launch")+"?fieldManager=again", launch).want(t, http.StatusCreated)
	operator(t).patch(t, at(ns, ws.Name, "sessions")+"?fieldManager=s&force=true", applyPatch, manifest(t, ws.Name, `sessions: [{name: main, state: Stopped}], owner: mallory`)).want(t, http.StatusOK)
	wantOwners(t, current(t, ns, ws.Name), map[string]string{`.spec.sessions[name="main"].state`: "s:sessions"})
	operator(t).post(t, at(ns, ws.Name, "launch"), launch, "User-Agent", "notebook/1.0").want(t, http.StatusCreated)
	wantConflict(t, apply(t, ns, "b", ws.Name, `sessions: [{name: main, state: Stopped}]`), "notebook", `.spec.sessions[name="main"].state`)
}

// kubectl moves from client-side to server-side apply by rewriting managedFields; both parts bear it.
func TestMigrationFromClientSideApply(t *testing.T) {
	t.Parallel()
	ns := e.Namespace(t)
	name := "one-" + ns
	k := newShell(t, env.Operator, ns)
	full := `{owner: alice, members: [{name: bob, role: Admin}], sessions: [{name: main, state: Stopped}], storage: {buckets: [{name: ` + name + `}, {name: ` + name + `-b}]}}`
	file := func(spec string) string {
		return "apiVersion: eoepca.org/v1alpha1\nkind: Workspace\nmetadata: {name: " + name + ", labels: {team: blue}}\nspec: " + spec + "\n"
	}
	k.ok(t, file(full), "apply", "-f", "-")
	k.ok(t, file(full), "apply", "--server-side", "-f", "-")
	ws := current(t, ns, name)
	for path, names := range ownersOf(t, ws) {
		if strings.Contains(names, "kubectl-client-side-apply") {
			t.Errorf("%s is still owned by %s", path, names)
		}
	}
	wantOwners(t, ws, map[string]string{
		`.metadata.labels.team`:                        "kubectl",
		`.spec.members[name="bob"].role`:               "kubectl",
		`.spec.sessions[name="main"].state`:            "kubectl",
		`.spec.storage.buckets[name="` + name + `-b"]`: "kubectl",
	})
	// So what is applied no more goes.
	k.ok(t, file(`{owner: alice, storage: {buckets: [{name: `+name+`}]}}`), "apply", "--server-side", "-f", "-")
	if ws := current(t, ns, name); len(ws.Spec.Members) != 0 || len(ws.Spec.Sessions) != 0 || len(ws.Spec.Storage.Buckets) != 1 {
		t.Errorf("what is not applied any more is still there: %+v", ws.Spec)
	}
}

// A manager may write here and directly: it is one manager, whichever way it takes.
func TestOneManagerMayTakeBothWays(t *testing.T) {
	t.Parallel()
	ns := e.Namespace(t)
	name := "one-" + ns
	apply(t, ns, "gitops", name, `owner: alice, storage: {principal: $WS, buckets: [{name: $WS}, {name: $WS-b}]}, sessions: [{name: main, state: Stopped}]`).want(t, http.StatusCreated)
	directlyApplied(t, e.Storages(ns), "gitops", "Storage", name, `{spec: {buckets: [{bucketName: $WS}]}}`)
	wantOwners(t, current(t, ns, name), map[string]string{`.spec.storage.buckets[name="` + name + `"]`: "gitops"})
	apply(t, ns, "gitops", name, `owner: alice, storage: {principal: $WS, buckets: [{name: $WS, discoverable: true}]}`).want(t, http.StatusOK)
	ws := current(t, ns, name)
	if len(ws.Spec.Sessions) != 0 || len(ws.Spec.Storage.Buckets) != 1 {
		t.Errorf("sessions %v, buckets %v; want what is applied alone", ws.Spec.Sessions, ws.Spec.Storage.Buckets)
	}
	wantOwners(t, ws, map[string]string{`.spec.storage.buckets[name="` + name + `"].discoverable`: "gitops", `.spec.owner`: "gitops"})
}

// A workspace of a time when the Storage told for both parts goes on as it was, and tells by part from its next writes on.
func TestOwnersThatOnlyTheStorageTells(t *testing.T) {
	t.Parallel()
	ns := e.Namespace(t)
	ws := made(t, ns, "one", "members: [{name: bob, role: Admin}]")
	annotation := "workspaces.eoepca.org/managed-fields"
	old := `[{"manager":"old","operation":"Apply","apiVersion":"eoepca.org/v1alpha1","time":"2026-01-10T19:00:00Z","fieldsType":"FieldsV1","fieldsV1":{"f:spec":{"f:owner":{},` +
		`"f:sessions":{"k:{\"name\":\"main\"}":{".":{},"f:name":{},"f:state":{}}},"f:storage":{"f:principal":{}}}}}]`
	// It is this server that wrote so.
	directly(t, e.Storages(ns), "workspaces.eoepca.org", ws.Name, "metadata: {annotations: {"+annotation+": '"+old+"'}}")
	directly(t, e.Datalabs(ns), "workspaces.eoepca.org", ws.Name, "metadata: {annotations: {"+annotation+": null}}")
	want := map[string]string{".spec.owner": "old", ".spec.storage.principal": "old", `.spec.sessions[name="main"].state`: "old"}
	wantOwners(t, current(t, ns, ws.Name), want)
	operator(t).patch(t, at(ns, ws.Name)+"?fieldManager=x", mergePatch, `{"spec": {"sessions": [{"name": "main", "state": "Started"}]}}`).want(t, http.StatusOK)
	want[`.spec.sessions[name="main"].state`] = "x*"
	want[`.spec.sessions[name="main"]`] = "old"
	wantOwners(t, current(t, ns, ws.Name), want)
	operator(t).patch(t, at(ns, ws.Name)+"?fieldManager=x", mergePatch, `{"metadata": {"labels": {"a": "b"}}}`).want(t, http.StatusOK)
	want[".metadata.labels.a"] = "x*"
	wantOwners(t, current(t, ns, ws.Name), want)
}

// Who changed a workspace long ago is forgotten when there are many, as of a built-in resource.
func TestOwnersOfUpdatesAreBounded(t *testing.T) {
	t.Parallel()
	ns := e.Namespace(t)
	ws := made(t, ns, "one", "")
	for i := range 14 {
		operator(t).patch(t, at(ns, ws.Name)+fmt.Sprintf("?fieldManager=m%d", i), mergePatch, fmt.Sprintf(`{"metadata": {"labels": {"l%d": "x"}}}`, i)).want(t, http.StatusOK)
	}
	if got := current(t, ns, ws.Name); len(got.ManagedFields) > 10 {
		t.Errorf("%d entries, want at most ten of updates", len(got.ManagedFields))
	}
}
