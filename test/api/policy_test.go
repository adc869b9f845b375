package api

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	admissionv1 "k8s.io/api/admissionregistration/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/ptr"

	"github.com/eoepca/workspaces/test/integration/env"
)

// A policy of the cluster on either part refuses the workspace: nothing is left behind, and its words are told as they are.
func TestPoliciesOnThePartsAreTold(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		part, rule, spec string
		reason           metav1.StatusReason
		code             int
	}{
		{"storages", "object.spec.buckets.size() < 2", `storage: {buckets: [{name: $WS}, {name: $WS-b}]}`, metav1.StatusReasonInvalid, 422},
		{"datalabs", "!('mallory' in object.spec.users)", `members: [{name: mallory}]`, metav1.StatusReasonInvalid, 422},
		{"datalabs", "!('mallory' in object.spec.users)", `members: [{name: mallory}]`, metav1.StatusReasonForbidden, 403},
	} {
		t.Run(fmt.Sprintf("%s %d", test.part, test.code), func(t *testing.T) {
			t.Parallel()
			ns := e.Namespace(t)
			installPolicy(t, ns, test.part, test.rule, test.reason)
			env.Eventually(t, "the policy holds", func() error {
				a := operator(t).post(t, at(ns)+"?dryRun=All", written(t, ns, "probe", test.spec))
				if a.code == http.StatusCreated {
					return fmt.Errorf("it does not refuse")
				}
				return nil
			})
			a := operator(t).post(t, at(ns), written(t, ns, "new", test.spec))
			toldByPolicy(t, a, test.code)
			if got := versions(t, ns, "new-"+ns); got != [2]string{} {
				t.Errorf("something was written: versions %v", got)
			}
			ws := made(t, ns, "old", "")
			before := versions(t, ns, ws.Name)
			change := object{"metadata": object{"labels": object{"changed": "yes"}}, "spec": written(t, ns, "old", test.spec)["spec"]}
			toldByPolicy(t, operator(t).patch(t, at(ns, ws.Name), mergePatch, change), test.code)
			if after := versions(t, ns, ws.Name); after != before {
				t.Errorf("a refused change was written: versions %v, before %v", after, before)
			}
		})
	}
}

func toldByPolicy(t *testing.T, a *answer, code int) {
	t.Helper()
	status := a.want(t, code).status(t)
	inOurWords(t, a)
	if !strings.HasPrefix(status.Message, `workspaces.eoepca.org "`) || !strings.Contains(status.Message, "not here, says the policy") {
		t.Errorf("the answer says %q", status.Message)
	}
	if status.Details == nil || status.Details.Kind != "workspaces" || status.Details.Group != "eoepca.org" {
		t.Errorf("the answer is about %+v", status.Details)
	}
}

// installPolicy has kube-apiserver refuse parts of one namespace.
func installPolicy(t *testing.T, ns, part, rule string, reason metav1.StatusReason) {
	t.Helper()
	client := e.Admin.AdmissionregistrationV1()
	meta := metav1.ObjectMeta{Name: "policy-" + ns}
	policy := &admissionv1.ValidatingAdmissionPolicy{ObjectMeta: meta, Spec: admissionv1.ValidatingAdmissionPolicySpec{
		FailurePolicy: ptr.To(admissionv1.Fail),
		MatchConstraints: &admissionv1.MatchResources{
			NamespaceSelector: &metav1.LabelSelector{MatchLabels: map[string]string{"kubernetes.io/metadata.name": ns}},
			ResourceRules: []admissionv1.NamedRuleWithOperations{{RuleWithOperations: admissionv1.RuleWithOperations{
				Operations: []admissionv1.OperationType{"CREATE", "UPDATE"},
				Rule:       admissionv1.Rule{APIGroups: []string{"pkg.internal"}, APIVersions: []string{"*"}, Resources: []string{part}},
			}}},
		},
		Validations: []admissionv1.Validation{{Expression: rule, Message: "not here, says the policy", Reason: &reason}},
	}}
	if _, err := client.ValidatingAdmissionPolicies().Create(t.Context(), policy, metav1.CreateOptions{}); err != nil {
		t.Fatal(err)
	}
	binding := &admissionv1.ValidatingAdmissionPolicyBinding{ObjectMeta: meta, Spec: admissionv1.ValidatingAdmissionPolicyBindingSpec{
		PolicyName: meta.Name, ValidationActions: []admissionv1.ValidationAction{admissionv1.Deny},
	}}
	if _, err := client.ValidatingAdmissionPolicyBindings().Create(t.Context(), binding, metav1.CreateOptions{}); err != nil {
		t.Fatal(err)
	}
}
