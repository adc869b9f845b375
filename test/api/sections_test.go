package api

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/eoepca/workspaces/pkg/apis/eoepca/v1alpha1"
	"github.com/eoepca/workspaces/pkg/generated/clientset/versioned"
	"github.com/eoepca/workspaces/test/integration/env"
)

// withRole is a new user who has a ClusterRole in a namespace, once kube-apiserver knows.
func withRole(t testing.TB, ns, role, path string) (c *caller, user string) {
	t.Helper()
	user = "user-" + randomName()
	bind(t, ns, user, role)
	c = as(t, user)
	env.Eventually(t, "the role is known", func() error {
		if a := c.get(t, path); a.code == http.StatusForbidden {
			return fmt.Errorf("the answer is %d", a.code)
		}
		return nil
	})
	return c, user
}

// everySection has for each a patch of it, and what the workspace has afterwards.
var everySection = []struct {
	name, patch string
	has         func(*v1alpha1.WorkspaceSpec) bool
}{
	{"members", `{"spec": {"members": [{"name": "bob", "role": "Admin"}]}}`, func(s *v1alpha1.WorkspaceSpec) bool {
		return len(s.Members) == 1 && s.Members[0].Name == "bob" && s.Members[0].GrantedAt != nil
	}},
	{"buckets", `{"spec": {"storage": {"buckets": [{"name": "$WS-b", "discoverable": true}]}}}`, func(s *v1alpha1.WorkspaceSpec) bool {
		return len(s.Storage.Buckets) == 2
	}},
	{"access", `{"spec": {"storage": {"accessRequests": [{"bucket": "theirs", "reason": "S2"}], "accessGrants": [{"bucket": "$WS", "grantee": "eric", "permission": "ReadOnly"}]}}}`,
		func(s *v1alpha1.WorkspaceSpec) bool {
			return len(s.Storage.AccessRequests) == 1 && len(s.Storage.AccessGrants) == 1 && s.Storage.AccessGrants[0].GrantedAt != nil
		}},
	{"stores", `{"spec": {"stores": {"caches": [{"name": "prod", "storage": "2Gi"}]}}}`, func(s *v1alpha1.WorkspaceSpec) bool {
		return len(s.Stores.Caches) == 1
	}},
	{"sessions", `{"spec": {"sessions": [{"name": "more", "state": "Stopped"}]}}`, func(s *v1alpha1.WorkspaceSpec) bool {
		return len(s.Sessions) == 2
	}},
}

// An administrator of a workspace manages all that its owner decides, section by section, and nothing of what the operator
// decides, whatever else the body says.
func TestAdministratorsManageSections(t *testing.T) {
	t.Parallel()
	ns := e.Namespace(t)
	ws := made(t, ns, "one", `storage: {credentialsRollover: {interval: Weekly, maxToKeep: 2}}, runtime: {quota: {memory: 2Gi}}`)
	c, _ := withRole(t, ns, "eoepca:workspace-admin", at(ns, ws.Name, "members"))
	operators := `{"metadata": {"labels": {"a": "b"}}, "spec": {"environment": "other", "runtime": {"secretName": "theirs", "quota": {"memory": "64Gi"}},
		"storage": {"principal": "theirs", "credentialsRollover": {"interval": "None", "maxToKeep": 10}}}}`
	c.patch(t, at(ns, ws.Name), mergePatch, operators).want(t, http.StatusForbidden)
	for _, section := range everySection {
		path, patch := at(ns, ws.Name, section.name), strings.ReplaceAll(section.patch, "$WS", ws.Name)
		if got := c.get(t, path).want(t, http.StatusOK).workspace(t); got.Name != ws.Name {
			t.Errorf("%s: got %s", section.name, got.Name)
		}
		before := versions(t, ns, ws.Name)
		if got := c.patch(t, path+dryRun, strategicPatch, patch).want(t, http.StatusOK).workspace(t); !section.has(&got.Spec) {
			t.Errorf("%s: a dry run answers %+v", section.name, got.Spec)
		}
		if after := versions(t, ns, ws.Name); after != before {
			t.Errorf("%s: a dry run has written: versions %v, before %v", section.name, after, before)
		}
		got := c.patch(t, path, strategicPatch, patch).want(t, http.StatusOK).workspace(t)
		if !section.has(&got.Spec) {
			t.Errorf("%s: got %+v", section.name, got.Spec)
		}
		same := c.patch(t, path, strategicPatch, operators).want(t, http.StatusOK).workspace(t)
		if same.ResourceVersion != got.ResourceVersion {
			t.Errorf("%s: what it ignores was written: %+v", section.name, same)
		}
		if got = c.put(t, path, got).want(t, http.StatusOK).workspace(t); !section.has(&got.Spec) {
			t.Errorf("%s: an update answers %+v", section.name, got.Spec)
		}
		got.ResourceVersion = ws.ResourceVersion
		c.put(t, path, got).want(t, http.StatusConflict)
		table := c.get(t, path, "Accept", "application/json;as=Table;v=v1;g=meta.k8s.io").want(t, http.StatusOK)
		if !contains(string(table.body), `"columnDefinitions":[{"name":"Name"`) {
			t.Errorf("%s: no table: %.200s", section.name, table.body)
		}
		c.patch(t, at(ns, "missing", section.name), mergePatch, `{}`).want(t, http.StatusNotFound)
		c.patch(t, at(ns, "missing-"+ns, section.name)+"?fieldManager=m", applyPatch, written(t, ns, "missing", "")).want(t, http.StatusNotFound)
	}
	after := operator(t).get(t, at(ns, ws.Name)).want(t, http.StatusOK).workspace(t)
	for _, section := range everySection {
		if !section.has(&after.Spec) {
			t.Errorf("%s is lost: %+v", section.name, after.Spec)
		}
	}
	if after.Labels["a"] != "" || after.Spec.Environment != ws.Spec.Environment || after.Spec.Runtime.SecretName != ws.Name ||
		after.Spec.Runtime.Quota.Memory != "2Gi" || after.Spec.Storage.Principal != ws.Name || after.Spec.Storage.CredentialsRollover.MaxToKeep != 2 {
		t.Errorf("what the operator decides has changed: %+v", after)
	}
}

// What is wrong in a section is told at its field.
func TestErrorsOfSectionsNameTheField(t *testing.T) {
	t.Parallel()
	ns := e.Namespace(t)
	ws := made(t, ns, "one", `members: [{name: bob}]`)
	for _, test := range []struct{ section, patch, field, says string }{
		{"members", `{"spec": {"members": [{"name": "carol", "role": "King"}]}}`, "spec.members[0].role", `"King"`},
		{"members", `{"spec": {"owner": null}}`, "spec.owner", "Required value"},
		{"members", `{"spec": {"owner": "bob"}}`, "spec.members[0].name", "is the owner"},
		{"buckets", `{"spec": {"storage": {"buckets": [{"name": "elsewhere"}]}}}`, "spec.storage.buckets[0].name", "must start with"},
		{"access", `{"spec": {"storage": {"accessGrants": [{"bucket": "elsewhere", "grantee": "eric", "permission": "ReadOnly"}]}}}`,
			"spec.storage.accessGrants[0].bucket", "must be a bucket of this workspace"},
		{"stores", `{"spec": {"stores": {"databases": [{"name": "pg0", "databases": ["dev"], "storage": "lots", "backupStorage": "1Gi"}]}}}`,
			"spec.stores.databases[0].storage", `"lots"`},
		{"sessions", `{"spec": {"sessions": [{"name": "x", "state": "Odd"}]}}`, "spec.sessions[0].state", `"Odd"`},
	} {
		t.Run(test.section+" "+test.field, func(t *testing.T) {
			refused(t, operator(t).patch(t, at(ns, ws.Name, test.section), strategicPatch, test.patch), refusal{test.field, []string{test.says}})
		})
	}
}

// An owner hands a workspace over by its members, and may stay one of them.
func TestAnOwnerHandsOver(t *testing.T) {
	t.Parallel()
	ns := e.Namespace(t)
	ws := made(t, ns, "one", `members: [{name: bob}, {name: carol}]`)
	path := at(ns, ws.Name, "members")
	handOver := `{"spec": {"owner": "bob", "members": [{"name": "alice", "role": "Admin"}, {"name": "carol"}]}}`
	got := operator(t).patch(t, path, mergePatch, handOver).want(t, http.StatusOK).workspace(t)
	if got.Spec.Owner != "bob" || !slices.Equal(memberNames(got), []string{"alice", "carol"}) {
		t.Errorf("got %s and %v", got.Spec.Owner, memberNames(got))
	}
}

// Who applies to a section owns what the section holds of his manifest, as the generated clients do it.
func TestApplyToSections(t *testing.T) {
	t.Parallel()
	ns := e.Namespace(t)
	ws := made(t, ns, "one", "")
	config, err := e.Aggregated(env.Operator)
	if err != nil {
		t.Fatal(err)
	}
	clients, err := versioned.NewForConfig(config)
	if err != nil {
		t.Fatal(err)
	}
	workspaces := clients.EoepcaV1alpha1().Workspaces(ns)
	manifest := written(t, ns, "one", `members: [{name: bob}], stores: {caches: [{name: prod}]}, runtime: {quota: {memory: 2Gi}},
		storage: {buckets: [{name: $WS-b}], accessRequests: [{bucket: theirs}]}`)
	delete(manifest["spec"].(object), "owner")
	for _, section := range everySection {
		manager := "gitops-" + section.name
		got := operator(t).patch(t, at(ns, ws.Name, section.name)+"?fieldManager="+manager+"&force=true", applyPatch, manifest).want(t, http.StatusOK).workspace(t)
		entry := managedBy(got, manager)
		if entry == nil || entry.Subresource != section.name || entry.Operation != metav1.ManagedFieldsOperationApply {
			t.Fatalf("%s: managed fields %+v", section.name, got.ManagedFields)
		}
		owned := map[string]string{
			"members": "f:members", "buckets": "f:buckets", "access": "f:accessRequests", "stores": "f:stores", "sessions": "f:sessions",
		}
		for other, field := range owned {
			if has := contains(entry.FieldsV1.GetRawString(), `"`+field+`"`); has != (other == section.name) {
				t.Errorf("%s: owns %s: %t in %s", section.name, field, has, entry.FieldsV1)
			}
		}
	}
	// One who takes an item out of his manifest takes it out of the workspace.
	manifest["spec"].(object)["members"] = []any{object{"name": "carol"}}
	got := operator(t).patch(t, at(ns, ws.Name, "members")+"?fieldManager=gitops-members", applyPatch, manifest).want(t, http.StatusOK).workspace(t)
	if !slices.Equal(memberNames(got), []string{"carol"}) || len(got.Spec.Stores.Caches) != 1 {
		t.Errorf("got %+v", got.Spec)
	}
	got.Spec.Members = nil
	if got, err = workspaces.UpdateMembers(t.Context(), ws.Name, got, metav1.UpdateOptions{}); err != nil || len(got.Spec.Members) != 0 {
		t.Errorf("UpdateMembers: %+v, %v", got, err)
	}
}

func managedBy(ws *v1alpha1.Workspace, manager string) *metav1.ManagedFieldsEntry {
	for i := range ws.ManagedFields {
		if ws.ManagedFields[i].Manager == manager {
			return &ws.ManagedFields[i]
		}
	}
	return nil
}
