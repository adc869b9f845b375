package api

import (
	"net/http"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/eoepca/workspaces/test/integration/env"
)

// Nobody makes a workspace that names what is another's.
func TestNamesOfOthersAreRefused(t *testing.T) {
	t.Parallel()
	ns, elsewhere := e.Namespace(t), e.Namespace(t)
	bob := made(t, ns, "bob", "")
	old := made(t, ns, "old", `storage: {principal: new-`+ns+`-datalab}`)
	env.Eventually(t, "the principals are known", func() error {
		if a := operator(t).post(t, at(ns)+dryRun, written(t, ns, "p", `storage: {principal: `+old.Spec.Storage.Principal+`}`)); a.code != http.StatusUnprocessableEntity {
			return errStill
		}
		return nil
	})
	const taken, others = "is taken by another workspace", "is the Secret of another workspace"
	for _, test := range []struct{ ns, spec, field, says string }{
		{ns, `storage: {principal: ` + bob.Name + `}`, "spec.storage.principal", taken},
		{elsewhere, `storage: {principal: ` + bob.Name + `}`, "spec.storage.principal", taken},
		{ns, `storage: {principal: ` + bob.Name + `-datalab}`, "spec.storage.principal", others},
		{ns, `storage: {principal: ` + bob.Name + `-oauth-client}`, "spec.storage.principal", others},
		{ns, `runtime: {secretName: ` + bob.Name + `}`, "spec.runtime.secretName", others},
		{ns, `runtime: {secretName: ` + bob.Name + `-datalab}`, "spec.runtime.secretName", others},
	} {
		a := operator(t).post(t, at(test.ns), written(t, test.ns, "mallory", test.spec))
		refused(t, a, refusal{test.field, []string{test.says}})
	}
	named := written(t, ns, "new", "")
	refused(t, operator(t).post(t, at(ns), named), refusal{"metadata.name", []string{`its Secret "new-` + ns + `-datalab" is that of another workspace`}})

	ws := made(t, elsewhere, "free", `storage: {principal: `+bob.Name+`-datalab}, runtime: {secretName: `+bob.Name+`}`)
	if ws.Spec.Runtime.SecretName != bob.Name {
		t.Errorf("Secrets of other namespaces do not matter: %+v", ws.Spec)
	}
	mine := made(t, ns, "mine", "")
	refused(t, operator(t).patch(t, at(ns, mine.Name), mergePatch, `{"spec": {"runtime": {"secretName": "`+bob.Name+`"}}}`),
		refusal{"spec.runtime.secretName", []string{others}})
	operator(t).patch(t, at(ns, mine.Name), mergePatch, `{"spec": {"runtime": {"secretName": "prepared-by-hand"}}}`).want(t, http.StatusOK)
}

// Who goes past the server, and names what is another's, is not given it either; he who had it first keeps it.
func TestSecretsOfOthersAreNotRead(t *testing.T) {
	t.Parallel()
	ns := e.Namespace(t)
	bob := made(t, ns, "bob", "runtime: {vcluster: true}")
	for _, name := range []string{bob.Name, bob.Name + "-datalab", bob.Name + "-oauth-client"} {
		secret(t, ns, name, map[string]string{"access": "KEY-" + name, "secret": "SECRET", "KUBECONFIG": kubeconfig("t"), "clientID": "id", "clientSecret": "s"})
	}
	env.Eventually(t, "a second has passed", func() error {
		if !time.Now().Truncate(time.Second).After(bob.CreationTimestamp.Time) {
			return errStill
		}
		return nil
	})
	// Each has a name that sorts before bob's: it is age that counts.
	for name, principal := range map[string]string{"a1": bob.Name, "a2": bob.Name + "-datalab", "a3": bob.Name + "-oauth-client"} {
		storage := &unstructured.Unstructured{Object: object{"apiVersion": "pkg.internal/v1beta1", "kind": "Storage", "metadata": object{"name": name},
			"spec": object{"principal": principal, "buckets": []any{object{"bucketName": name + "-" + ns}}}}}
		if _, err := e.Storages(ns).Create(t.Context(), storage, metav1.CreateOptions{}); err != nil {
			t.Fatal(err)
		}
		status := operator(t).get(t, at(ns, name, "credentials")).want(t, http.StatusConflict).status(t)
		if !contains(status.Message, "is that of another workspace, which is older") {
			t.Errorf("%s: %s", name, status.Message)
		}
	}
	got := credentials(t, operator(t).get(t, at(ns, bob.Name, "credentials")))
	if got.Storage.AccessKeyID != "KEY-"+bob.Name {
		t.Errorf("got %+v", got.Storage)
	}
	operator(t).get(t, at(ns, bob.Name, "kubeconfig")).want(t, http.StatusOK)
}
