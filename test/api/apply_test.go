package api

import (
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/eoepca/workspaces/pkg/apis/eoepca/v1alpha1"
)

// applied applies a workspace as a manager.
func applied(t testing.TB, ns string, ws object, manager string) *answer {
	t.Helper()
	return operator(t).patch(t, at(ns, nameOf(ws))+"?fieldManager="+manager, applyPatch, ws)
}

// What one manager applies is created, kept, changed and pruned with his manifest; what others made stays.
func TestApplyCreatesUpdatesAndPrunes(t *testing.T) {
	t.Parallel()
	ns := e.Namespace(t)
	manifest := func(spec string) object {
		ws := written(t, ns, "one", spec)
		delete(ws["spec"].(object), "sessions")
		return ws
	}
	full := manifest(`members: [{name: bob}, {name: carol, role: Admin}], stores: {caches: [{name: prod, storage: 2Gi}]}, runtime: {quota: {memory: 2Gi}},
		storage: {buckets: [{name: $WS}, {name: $WS-b, discoverable: true, lifecycleRules: [{target: "tmp/*", mode: Delete, minAge: 2w}]}],
		accessGrants: [{bucket: $WS-b, grantee: eric, permission: ReadOnly}]}`)
	created := applied(t, ns, full, "gitops").want(t, http.StatusCreated).workspace(t)
	if diff := cmp.Diff([]string{"bob", "carol"}, memberNames(created)); diff != "" {
		t.Errorf("members (-want +got):\n%s", diff)
	}
	again := applied(t, ns, full, "gitops").want(t, http.StatusOK).workspace(t)
	if again.ResourceVersion != created.ResourceVersion {
		t.Errorf("the same again made version %s of %s", again.ResourceVersion, created.ResourceVersion)
	}
	operator(t).patch(t, at(ns, created.Name), strategicPatch, `{"spec": {"members": [{"name": "dave"}]}}`).want(t, http.StatusOK)

	less := manifest(`members: [{name: carol, role: User}], storage: {buckets: [{name: $WS}]}`)
	pruned := applied(t, ns, less, "gitops").want(t, http.StatusOK).workspace(t)
	if members := strings.Join(memberNames(pruned), " "); members != "carol dave" && members != "dave carol" {
		t.Errorf("members are %s, want what is applied, and what another has added", members)
	}
	for _, member := range pruned.Spec.Members {
		if member.Name == "carol" && member.Role != v1alpha1.MemberRoleUser {
			t.Errorf("carol is %s, want User", member.Role)
		}
	}
	if len(pruned.Spec.Storage.Buckets) != 1 || len(pruned.Spec.Storage.AccessGrants) != 0 || len(pruned.Spec.Stores.Caches) != 0 || pruned.Spec.Runtime.Quota != nil && pruned.Spec.Runtime.Quota.Memory != "" {
		t.Errorf("what is not applied any more is still there: %+v", pruned.Spec)
	}
	got := operator(t).get(t, at(ns, created.Name)).want(t, http.StatusOK).workspace(t)
	if diff := cmp.Diff(pruned.Spec, got.Spec); diff != "" {
		t.Errorf("a get answers something else (-apply +get):\n%s", diff)
	}
}

func TestApplyNeedsAManager(t *testing.T) {
	t.Parallel()
	ns := e.Namespace(t)
	ws := written(t, ns, "one", "")
	a := operator(t).patch(t, at(ns, nameOf(ws)), applyPatch, ws)
	if a.code != http.StatusUnprocessableEntity && a.code != http.StatusBadRequest || !strings.Contains(a.status(t).Message, "fieldManager") {
		t.Errorf("the answer is %d %s", a.code, a.body)
	}
	// The body may be YAML, and refusals are those of a create.
	refused(t, applied(t, ns, written(t, ns, "one", `members: [{name: bob, role: Boss}]`), "gitops"), refusal{"spec.members[0].role", []string{"Boss"}})
	text := "apiVersion: eoepca.org/v1alpha1\nkind: Workspace\nmetadata: {name: yaml-" + ns + "}\nspec: {owner: alice}\n"
	operator(t).patch(t, at(ns, "yaml-"+ns)+"?fieldManager=gitops", applyPatch, text).want(t, http.StatusCreated)
}
