package clients

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
)

func TestKubectlGet(t *testing.T) {
	t.Parallel()
	k := newKubectl(t)
	k.apply("a", "  members: [{name: bob}]", "  sessions: [{name: main, state: Started}]")
	k.apply("b", "  sessions: [{name: main, state: Stopped}]")
	k.says("workspace.eoepca.org/a patched", "patch wks a -p {\"spec\":{\"owner\":\"erin\"}}")
	k.says("workspace.eoepca.org/b labeled", "label wks b team=shop")
	k.says("workspace.eoepca.org/a condition met", "wait --for=condition=Ready wks/a --timeout=60s")

	k.shows([]string{"NAME   OWNER   READY   SESSIONS   BUCKETS   MEMBERS   AGE", "a      erin    True    1/1        1         1"}, "get wks")
	k.shows([]string{"STORAGE   DATALAB   ENVIRONMENT", "True      True      datalab"}, "get workspaces -o wide")
	k.shows([]string{"TEAM", "shop"}, "get workspaces.eoepca.org -L team")
	k.says("a erin True\nb alice True", `get wks -o jsonpath={range.items[*]}{.metadata.name}{"\u0020"}{.spec.owner}{"\u0020"}{.status.conditions[0].status}{"\n"}{end}`)
	k.says("a     erin\nb     alice", "get wks --no-headers -o custom-columns=N:.metadata.name,O:.spec.owner")
	k.shows([]string{"kind: Workspace\n", "owner: erin\n", "observedGeneration: "}, "get wks a -o yaml")
	k.shows([]string{`kind: "Workspace",`, `owner: "erin",`}, "get wks a -o kyaml")
	k.shows([]string{"kind: List\n"}, "get wks -o yaml")
	k.says("workspace.eoepca.org/a\nworkspace.eoepca.org/b", "get eoepca -o name")
	k.says("workspace.eoepca.org/a", "get wks a --subresource=status -o name")
	k.says("workspace.eoepca.org/b\nworkspace.eoepca.org/a", "get wks --sort-by=.spec.owner -o name")
	k.shows([]string{"f:owner", "manager: kubectl-client-side-apply"}, "get wks a -o yaml --show-managed-fields")

	k.says("workspace.eoepca.org/b", "get wks -l team=shop -o name")
	k.says("workspace.eoepca.org/a", "get wks -l team!=shop -o name")
	k.says("workspace.eoepca.org/a", "get wks --field-selector spec.owner=erin -o name")
	k.says("workspace.eoepca.org/b", "get wks --field-selector spec.environment=datalab,metadata.name!=a -o name")
	k.fails(1, "field label not supported: spec.members",
		"get wks --field-selector spec.members=x")
	k.says("workspace.eoepca.org/a\nworkspace.eoepca.org/b", "get wks --chunk-size=1 -o name")
	k.fails(1, `Error from server (NotFound): workspaces.eoepca.org "none" not found`, "get wks none")
	k.says("", "get wks -n default -o name") // everybody may list, and is shown what he may see
	k.fails(1, `cannot get resource "workspaces" in API group "eoepca.org" in the namespace "default"`, "get wks a -n default")
}

func TestKubectlDiscovers(t *testing.T) {
	t.Parallel()
	k := newKubectl(t)
	resources := strings.Join(strings.Fields(k.out("api-resources --api-group=eoepca.org -o wide")), " ")
	if want := "workspaces wks eoepca.org/v1alpha1 true Workspace create,delete,deletecollection,get,list,patch,update,watch eoepca"; !strings.Contains(resources, want) {
		t.Errorf("api-resources says %s\nwant in it: %s", resources, want)
	}
	k.says("yes", "auth can-i create workspaces")
	k.says("yes", "auth can-i update wks --subresource=sessions")
	k.fails(1, "", "auth can-i delete storages.pkg.internal")
	k.fails(1, "", "auth can-i get wks -n default")
}

// Every field of a workspace says what it is for.
func TestKubectlExplain(t *testing.T) {
	t.Parallel()
	k := newKubectl(t)
	k.shows([]string{"KIND:       Workspace", "Workspace is what a team works in"}, "explain workspaces")
	k.shows([]string{"FIELD: role <string>", "ENUM:", "Admin", "Role is what the member may do", "manages members"}, "explain wks.spec.members.role")
	k.shows([]string{"accessGrants", "lifecycleRules", "-required-"}, "explain wks --recursive")
	k.fails(1, `field "nonsense" does not exist`, "explain wks.spec.nonsense")

	document, fields := k.openAPI(), 0
	for kind, schema := range document.Components.Schemas {
		if !strings.Contains(kind, "eoepca") {
			continue
		}
		for name, field := range schema.Properties {
			if fields++; field.Description == "" {
				t.Errorf("%s of %s is not described", name, kind)
			}
		}
	}
	if fields < 50 {
		t.Errorf("only %d fields are described", fields)
	}
}

// kubectl leaves the validation of fields to the server if any one PATCH of their kind, whichever it comes upon, offers it.
func TestKubectlLeavesValidationToTheServer(t *testing.T) {
	t.Parallel()
	k := newKubectl(t)
	patches := 0
	for path, methods := range k.openAPI().Paths {
		if methods.Patch == nil || methods.Patch.Kind.Kind != "Workspace" {
			continue
		}
		patches++
		if !slices.ContainsFunc(methods.Patch.Parameters, func(p parameter) bool { return p.Name == "fieldValidation" }) {
			t.Errorf("PATCH of %s is one of a Workspace, and does not validate fields", path)
		}
	}
	if patches < 2 {
		t.Errorf("there are only %d", patches)
	}
}

type parameter struct{ Name string }

// openAPI is what these tests look at of the schema that is published.
type openAPI struct {
	Paths map[string]struct {
		Patch *struct {
			Parameters []parameter
			Kind       struct{ Kind string } `json:"x-kubernetes-group-version-kind"`
		}
	}
	Components struct {
		Schemas map[string]struct {
			Properties map[string]struct{ Description string }
		}
	}
}

func (k kubectl) openAPI() (document openAPI) {
	k.t.Helper()
	if err := json.Unmarshal([]byte(k.out("get --raw /openapi/v3/apis/eoepca.org/v1alpha1")), &document); err != nil {
		k.t.Fatal(err)
	}
	return document
}

// What happened to a workspace is shown with it, and asked for by it.
func TestKubectlShowsEvents(t *testing.T) {
	t.Parallel()
	k := newKubectl(t)
	k.apply("one", "  sessions: [{name: main, state: Started}]")
	event := &corev1.Event{
		ObjectMeta: metav1.ObjectMeta{Namespace: k.namespace, Name: "one.1"},
		InvolvedObject: corev1.ObjectReference{
			APIVersion: "eoepca.org/v1alpha1", Kind: "Workspace", Namespace: k.namespace, Name: "one",
			UID: types.UID(k.out("get wks one -o jsonpath={.metadata.uid}")),
		},
		Type: corev1.EventTypeNormal, Reason: "Told", Message: "something was done", Source: corev1.EventSource{Component: "test"},
		FirstTimestamp: metav1.Now(), LastTimestamp: metav1.Now(), Count: 1,
	}
	if _, err := e.Admin.CoreV1().Events(k.namespace).Create(t.Context(), event, metav1.CreateOptions{}); err != nil {
		t.Fatal(err)
	}
	described := []string{"Name:         one", "Kind:         Workspace", "all parts are ready", "Phase:", "Running", "Told", "something was done"}
	k.shows(described, "describe wks one")
	k.shows(described, "describe workspaces")
	k.shows([]string{"Told", "Workspace/one", "something was done"}, "events --for workspace/one")
	k.shows([]string{"Told"}, "get events --field-selector involvedObject.kind=Workspace,involvedObject.name=one")
}
