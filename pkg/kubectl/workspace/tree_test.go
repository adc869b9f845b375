package workspace_test

import (
	"encoding/json"
	"strings"
	"testing"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	clienttesting "k8s.io/client-go/testing"
	"sigs.k8s.io/yaml"

	"github.com/eoepca/workspaces/pkg/kubectl/kubectltest"
	"github.com/eoepca/workspaces/pkg/kubectl/util"
)

// composed are the parts of ws-alice and what they are composed of.
const composed = `
- {apiVersion: pkg.internal/v1beta1, kind: Storage, metadata: {name: ws-alice, namespace: workspace}, spec: {crossplane: {resourceRefs: [
    {apiVersion: iam.example.org/v1, kind: User, name: ws-alice-x1}, {apiVersion: iam.example.org/v1, kind: User, name: ws-alice-x2}]}}}
- {apiVersion: iam.example.org/v1, kind: User, metadata: {name: ws-alice-x1, namespace: workspace},
   status: {conditions: [{type: Synced, status: "True", reason: ReconcileSuccess}, {type: Ready, status: "True", reason: Available}]}}
- {apiVersion: pkg.internal/v1beta2, kind: Datalab, metadata: {name: ws-alice, namespace: workspace}, spec: {crossplane: {resourceRefs: [
    {apiVersion: helm.example.org/v1, kind: Release, name: lab}, {apiVersion: other.example.org/v1, kind: Unknown, name: x}]}}}
- {apiVersion: helm.example.org/v1, kind: Release, metadata: {name: lab, namespace: workspace}, spec: {resourceRefs: [
    {apiVersion: pkg.internal/v1beta2, kind: Datalab, name: ws-alice, namespace: workspace}]},
   status: {conditions: [{type: Ready, status: "True"}, {type: Synced, status: "False", reason: ReconcileError, message: "no\nnode"}]}}
`

func compose(t *testing.T, p *kubectltest.Plugin) {
	t.Helper()
	var objects []map[string]any
	if err := yaml.Unmarshal([]byte(composed), &objects); err != nil {
		t.Fatal(err)
	}
	for _, object := range objects {
		u := &unstructured.Unstructured{Object: object}
		if err := p.Composed.Tracker().Add(u); err != nil {
			t.Fatal(err)
		}
		p.Kinds = append(p.Kinds, u.GroupVersionKind())
	}
}

func TestTree(t *testing.T) {
	for _, test := range []struct{ file, args string }{
		{"tree.txt", "tree ws-alice"}, {"tree.dot", "tree ws-alice -o dot"}, {"tree.yaml", "tree ws-alice -o yaml"},
	} {
		p := kubectltest.New(t, whole())
		compose(t, p)
		got := p.Run(strings.Fields(test.args)...)
		if got.Code != 0 || got.Err != "" {
			t.Errorf("%s: exit code %d, stderr %q", test.args, got.Code, got.Err)
		}
		golden(t, test.file, got.Out)
	}
}

func TestTreeEndsWhereTheCallerMayNotRead(t *testing.T) {
	p := kubectltest.New(t, whole())
	compose(t, p)
	p.Composed.PrependReactor("get", "*", func(action clienttesting.Action) (bool, runtime.Object, error) {
		return true, nil, apierrors.NewForbidden(schema.GroupResource{Resource: action.GetResource().Resource}, "ws-alice", nil)
	})
	got := p.Run("tree", "ws-alice", "-o", "json")
	if want := "What the Storage is composed of is hidden: not allowed.\nWhat the Datalab is composed of is hidden: not allowed.\n"; got.Code != 0 || got.Err != want {
		t.Errorf("exit code %d, stderr %q, want %q", got.Code, got.Err, want)
	}
	var root struct {
		Children []struct{ Children []struct{ Kind string } }
	}
	if err := json.Unmarshal([]byte(got.Out), &root); err != nil || len(root.Children) != 2 || len(root.Children[1].Children) != 4 {
		t.Errorf("what the workspace itself says is left: %v, %s", err, got.Out)
	}
}

func TestTreeUsage(t *testing.T) {
	p := kubectltest.New(t)
	if got := p.Run("tree", "ws-alice", "-o", "xml"); got.Code != util.ExitUsage || !strings.Contains(got.Err, "give one of json, yaml, dot") {
		t.Errorf("got %+v", got)
	}
	if got := p.Run("tree", "ws-alice"); got.Code != util.ExitNotFound {
		t.Errorf("got %+v", got)
	}
}
