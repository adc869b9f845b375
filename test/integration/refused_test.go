package integration

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	admissionv1 "k8s.io/api/admissionregistration/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/ptr"

	"github.com/eoepca/workspaces/pkg/apis/eoepca/v1alpha1"
	"github.com/eoepca/workspaces/pkg/compose"
	"github.com/eoepca/workspaces/test/integration/env"
)

const reason = "nobody is called mallory here"

// refuse makes kube-apiserver refuse Datalabs of the namespace with a user called mallory, by an admission policy; and
// returns when it does.
func refuse(t *testing.T, ns string, alsoDryRun bool) {
	t.Helper()
	expression := "!object.spec.users.exists(u, u == 'mallory')"
	if !alsoDryRun {
		expression = "(has(request.dryRun) && request.dryRun == true) || " + expression
	}
	policies := e.Admin.AdmissionregistrationV1()
	_, err := policies.ValidatingAdmissionPolicies().Create(t.Context(), &admissionv1.ValidatingAdmissionPolicy{
		ObjectMeta: metav1.ObjectMeta{Name: ns},
		Spec: admissionv1.ValidatingAdmissionPolicySpec{
			FailurePolicy: ptr.To(admissionv1.Fail),
			MatchConstraints: &admissionv1.MatchResources{
				NamespaceSelector: &metav1.LabelSelector{MatchLabels: map[string]string{"kubernetes.io/metadata.name": ns}},
				ResourceRules: []admissionv1.NamedRuleWithOperations{{RuleWithOperations: admissionv1.RuleWithOperations{
					Operations: []admissionv1.OperationType{admissionv1.Create, admissionv1.Update},
					Rule:       admissionv1.Rule{APIGroups: []string{"pkg.internal"}, APIVersions: []string{"*"}, Resources: []string{"datalabs"}},
				}}},
			},
			Validations: []admissionv1.Validation{{Expression: expression, Message: reason}},
		},
	}, metav1.CreateOptions{})
	if err != nil {
		t.Fatal(err)
	}
	_, err = policies.ValidatingAdmissionPolicyBindings().Create(t.Context(), &admissionv1.ValidatingAdmissionPolicyBinding{
		ObjectMeta: metav1.ObjectMeta{Name: ns},
		Spec:       admissionv1.ValidatingAdmissionPolicyBindingSpec{PolicyName: ns, ValidationActions: []admissionv1.ValidationAction{admissionv1.Deny}},
	}, metav1.CreateOptions{})
	if err != nil {
		t.Fatal(err)
	}
	env.Eventually(t, "the policy has effect", func() error {
		_, err := e.Datalabs(ns).Create(t.Context(), datalabOf("probe", object{"users": []any{"mallory"}}), metav1.CreateOptions{})
		if err != nil && strings.Contains(err.Error(), reason) {
			return nil
		}
		if err == nil {
			err = fmt.Errorf("the probe was accepted: %w", e.Datalabs(ns).Delete(t.Context(), "probe", metav1.DeleteOptions{}))
		}
		return err
	})
}

// What the Datalab refuses leaves nothing behind, whether it is refused before anything is written or only after the Storage
// was; and the client gets the reason.
func TestRefusedHalfLeavesNothingBehind(t *testing.T) {
	t.Parallel()
	for name, alsoDryRun := range map[string]bool{"in a dry run already": true, "only when it is written": false} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ns := e.Namespace(t)
			client := e.Replicas[0].Workspaces(ns)
			changed := create(t, client, env.Workspace(ns, "changed"))
			refuse(t, ns, alsoDryRun)
			recorder := env.Record(t, e.Replicas[1].Workspaces(ns), list(t, client, "").ResourceVersion)

			refusedCreate(t, ns)
			refusedUpdate(t, ns, changed)

			made := create(t, client, env.Workspace(ns, "accepted"))
			for _, event := range recorder.AwaitVersion(t, env.Version(t, made.ResourceVersion)) {
				if alsoDryRun && event.Name != "accepted" {
					t.Errorf("a watch says: %s", event)
				}
			}
		})
	}
}

func refusedCreate(t *testing.T, ns string) {
	t.Helper()
	ws := env.Workspace(ns, "new")
	ws.Spec.Members = []v1alpha1.Member{{Name: "mallory"}}
	_, err := e.Replicas[0].Workspaces(ns).Create(t.Context(), ws, metav1.CreateOptions{})
	checkReason(t, "create", err)
	for i, replica := range e.Replicas {
		if _, err := replica.Workspaces(ns).Get(t.Context(), "new", metav1.GetOptions{}); gone(err) != nil {
			t.Errorf("replica %d, get after a refused create: %v", i, gone(err))
		}
	}
	if _, err := e.Storages(ns).Get(t.Context(), "new", metav1.GetOptions{}); gone(err) != nil {
		t.Errorf("Storage after a refused create: %v", gone(err))
	}
	if _, err := e.Datalabs(ns).Get(t.Context(), "new", metav1.GetOptions{}); gone(err) != nil {
		t.Errorf("Datalab after a refused create: %v", gone(err))
	}
}

func refusedUpdate(t *testing.T, ns string, before *v1alpha1.Workspace) {
	t.Helper()
	storage, datalab := getPart(t, e.Storages(ns), "changed"), getPart(t, e.Datalabs(ns), "changed")
	_, err := patch(t, e.Replicas[0].Workspaces(ns), "changed", object{"spec": object{
		"members": []any{object{"name": "mallory"}},
		"storage": object{"buckets": []any{object{"name": "changed-" + ns + "-more", "discoverable": true}}},
	}})
	checkReason(t, "update", err)
	for i, replica := range e.Replicas {
		if diff := cmp.Diff(before.Spec, get(t, replica.Workspaces(ns), "changed").Spec); diff != "" {
			t.Errorf("replica %d, after a refused update (-before +after):\n%s", i, diff)
		}
	}
	after := getPart(t, e.Storages(ns), "changed")
	if diff := cmp.Diff(storage.Object["spec"], after.Object["spec"]); diff != "" {
		t.Errorf("Storage after a refused update (-before +after):\n%s", diff)
	}
	if diff := cmp.Diff(storage.GetLabels(), after.GetLabels()); diff != "" {
		t.Errorf("labels of the Storage after a refused update (-before +after):\n%s", diff)
	}
	if intent := after.GetAnnotations()[compose.IntentAnnotation]; intent != "" && intent != storage.GetAnnotations()[compose.IntentAnnotation] {
		t.Errorf("the Storage still holds the intent %s", intent)
	}
	if diff := cmp.Diff(datalab.Object, getPart(t, e.Datalabs(ns), "changed").Object); diff != "" {
		t.Errorf("Datalab after a refused update (-before +after):\n%s", diff)
	}
}

func checkReason(t *testing.T, verb string, err error) {
	t.Helper()
	switch {
	case !apierrors.IsInvalid(err) && !apierrors.IsForbidden(err):
		t.Errorf("%s: got %v, want a refusal", verb, err)
	case !strings.Contains(err.Error(), reason):
		t.Errorf("%s: the refusal lacks the reason: %v", verb, err)
	}
}
