package api

import (
	"fmt"
	"strings"
	"testing"

	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/eoepca/workspaces/test/integration/env"
)

// What is valid and yet will not do what was meant is accepted with a warning, in dry runs too, and of others only what a
// grant needs: that there is such a principal.
func TestWarnings(t *testing.T) {
	t.Parallel()
	ns := e.Namespace(t)
	for name, test := range map[string]struct{ spec, says string }{
		"a grant, hidden": {
			"storage: {buckets: [{name: $WS, discoverable: false}], accessGrants: [{bucket: $WS, grantee: peer-NS, permission: ReadOnly}]}",
			"spec.storage.accessGrants: without effect until a bucket of this workspace is discoverable",
		},
		"a grant": {"storage: {buckets: [{name: $WS, discoverable: true}], accessGrants: [{bucket: $WS, grantee: peer-NS, permission: ReadOnly}]}", ""},
		"a grant to nobody": {
			"storage: {buckets: [{name: $WS, discoverable: true}], accessGrants: [{bucket: $WS, grantee: nobody, permission: ReadOnly}]}",
			`spec.storage.accessGrants[0].grantee: no workspace that may be known here has the principal "nobody"`,
		},
		"a request":                     {"storage: {accessRequests: [{bucket: peer-NS}]}", ""},
		"a request of a hidden bucket":  {"storage: {accessRequests: [{bucket: hidden-NS}]}", `spec.storage.accessRequests[0].bucket: no workspace offers "hidden-`},
		"a request of no bucket at all": {"storage: {accessRequests: [{bucket: nowhere}]}", `spec.storage.accessRequests[0].bucket: no workspace offers "nowhere"`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ns := e.Namespace(t)
			operator(t).post(t, at(ns), written(t, ns, "peer", "storage: {buckets: [{name: $WS, discoverable: true}]}")).want(t, 201)
			operator(t).post(t, at(ns), written(t, ns, "hidden", "storage: {buckets: [{name: $WS, discoverable: false}]}")).want(t, 201)
			ws := written(t, ns, "one", strings.ReplaceAll(test.spec, "NS", ns))
			dry := operator(t).post(t, at(ns)+"?dryRun=All", ws).want(t, 201)
			made := operator(t).post(t, at(ns), ws).want(t, 201)
			for _, a := range []*answer{dry, made} {
				warnings := a.header.Values("Warning")
				if test.says == "" && len(warnings) > 0 || test.says != "" && (len(warnings) != 1 || !strings.Contains(strings.ReplaceAll(warnings[0], `\"`, `"`), test.says)) {
					t.Errorf("it warns %q, want %q", warnings, test.says)
				}
			}
			if read := operator(t).get(t, at(ns, nameOf(ws))).want(t, 200); read.header.Get("Warning") != "" {
				t.Errorf("a read warns %q", read.header.Get("Warning"))
			}
		})
	}
	k := newShell(t, env.Operator, ns)
	exported := merged(t, written(t, ns, "exported", ""), "status: {observedGeneration: 3}")
	if r := k.run(t, string(encode(t, exported)), "create", "-f", "-"); r.code != 0 || !contains(r.err, "Warning: status: is left as it is") {
		t.Errorf("kubectl create: exit code %d, %q", r.code, r.err)
	}
}

// kubectl shows what the server did to a workspace: in describe, and in events.
func TestKubectlShowsEvents(t *testing.T) {
	t.Parallel()
	ns := e.Namespace(t)
	_, err := e.Admin.RbacV1().RoleBindings(ns).Create(t.Context(), &rbacv1.RoleBinding{
		ObjectMeta: metav1.ObjectMeta{Name: "view"},
		RoleRef:    rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "ClusterRole", Name: "view"},
		Subjects:   []rbacv1.Subject{{APIGroup: rbacv1.GroupName, Kind: "User", Name: env.Operator}},
	}, metav1.CreateOptions{})
	if err != nil {
		t.Fatal(err)
	}
	k := newShell(t, env.Operator, ns)
	ws := written(t, ns, "one", "")
	k.ok(t, string(encode(t, ws)), "create", "-f", "-")
	for _, args := range [][]string{{"describe", "workspace", nameOf(ws)}, {"events", "--for", "workspace/" + nameOf(ws)}} {
		env.Eventually(t, "kubectl "+args[0]+" shows the event", func() error {
			if r := k.run(t, "", args...); !contains(r.out, "Created") || !contains(r.out, "made the Storage and the Datalab") {
				return fmt.Errorf("it prints %s%s", r.out, r.err)
			}
			return nil
		})
	}
}

// Who changes a field that a provider has set on a part is warned that it may be set again.
func TestWarningOfFieldsThatProvidersSet(t *testing.T) {
	t.Parallel()
	ns := e.Namespace(t)
	ws := written(t, ns, "one", "")
	operator(t).post(t, at(ns), ws).want(t, 201)
	_, err := e.Datalabs(ns).Patch(t.Context(), nameOf(ws), types.MergePatchType,
		[]byte(`{"spec": {"persistence": {"storageClassName": "fast"}}}`), metav1.PatchOptions{FieldManager: "crossplane"})
	if err != nil {
		t.Fatal(err)
	}
	a := operator(t).patch(t, at(ns, nameOf(ws)), "application/merge-patch+json", object{"spec": object{"runtime": object{"persistence": object{"storageClassName": "slow"}}}})
	if says := a.want(t, 200).header.Get("Warning"); !strings.Contains(says, "spec.runtime.persistence.storageClassName: was set by the provider (crossplane)") {
		t.Errorf("it warns %q", says)
	}
}
