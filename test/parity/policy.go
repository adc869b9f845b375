package main

import (
	"fmt"
	"net/http"
	"strings"
)

const admission = "!/apis/admissionregistration.k8s.io/v1/"

// policy installs a policy of the cluster, and binds it.
func (x *experiment) policy(kind, name, spec, binding string) {
	name = "$NS-" + name + ".$GROUP"
	install := func(resource, kind, spec string) {
		o := x.yaml("apiVersion: admissionregistration.k8s.io/v1\nkind: " + kind + "\nmetadata: {name: " + name + "}")
		o["spec"] = x.yaml(spec)
		x.must(http.MethodPost, admission+resource, o)
	}
	resource := strings.ToLower(kind)
	install(strings.TrimSuffix(resource, "y")+"ies", kind, spec)
	install(resource+"bindings", kind+"Binding", "policyName: "+name+"\n"+binding)
}

// refuses installs a policy that refuses operations unless a rule holds.
func (x *experiment) refuses(name, operation, rule string) {
	x.policy("ValidatingAdmissionPolicy", name, fmt.Sprintf(`
failurePolicy: Fail
matchConstraints: {namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: $NS}}, resourceRules: [%s]}
validations: [{expression: "%s", messageExpression: "'not by ' + request.userInfo.username", reason: Forbidden}]
`, ruleFor(operation), rule), "validationActions: [Deny]\n")
}

// ruleFor is a rule of admission for operations on the objects.
func ruleFor(operation string) string {
	return `{apiGroups: [$GROUP], apiVersions: ["*"], operations: [` + operation + `], resources: [workspaces]}`
}

var policies = []behaviour{
	does("policy", "refuses what is written", func(x *experiment) {
		x.made("one")
		x.refuses("owner", `CREATE, UPDATE`, "object.spec.owner != 'mallory'")
		mallory := x.object("two", "spec: {owner: mallory}")
		x.until("the policy holds", func() bool { return x.request(http.MethodPost, dry, mallory).code == http.StatusForbidden })
		x.post("", mallory)
		x.post(dry, mallory)
		x.apply("/two"+first, mallory)
		x.put("/one", x.current("spec: {owner: mallory}"))
		x.merge("/one", `{"spec": {"owner": "mallory"}}`)
		x.merge("/one"+dry, `{"spec": {"owner": "mallory"}}`)
		x.merge("/one", `{"spec": {"owner": "bob"}}`)
		x.get("/two")
	}),
	does("policy", "refuses deletions", func(x *experiment) {
		x.made("one")
		x.refuses("keep", `DELETE`, "oldObject.spec.owner != 'alice'")
		x.until("the policy holds", func() bool { return x.request(http.MethodDelete, "/one"+dry, nil).code == http.StatusForbidden })
		x.delete("/one", nil)
		x.delete("/one"+dry, nil)
		x.delete("", nil)
		x.get("/one")
	}),
	does("policy", "changes what is made", func(x *experiment) {
		x.policy("MutatingAdmissionPolicy", "label", fmt.Sprintf(`
failurePolicy: Fail
reinvocationPolicy: Never
matchConstraints: {namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: $NS}}, resourceRules: [%s]}
mutations:
- patchType: ApplyConfiguration
  applyConfiguration:
    expression: "Object{metadata: Object.metadata{labels: {'made': 'here'}}, spec: Object.spec{sessions: [Object.spec.sessions{name: 'second', state: 'Stopped'}]}}"
`, ruleFor("CREATE")), "")
		x.until("the policy holds", func() bool { // which takes until the schema of the kind is known
			a := x.request(http.MethodPost, dry, x.object("one"))
			labels, _ := a.object()["metadata"].(object)["labels"].(object)
			return a.code == http.StatusCreated && labels["made"] == "here"
		})
		x.post(dry, x.object("one"))
		x.post("", x.object("one"))
		x.apply("/two"+first, x.object("two"))
		x.merge("/one", `{"spec": {"owner": "bob"}}`)
	}),
}
