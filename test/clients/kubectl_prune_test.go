package clients

import (
	"strings"
	"testing"
)

// What is no longer among the applied manifests is deleted, and only what was once applied with them.
func TestKubectlPrunes(t *testing.T) {
	t.Parallel()
	k := newKubectl(t)
	labelled := func(name string) string {
		return strings.Replace(k.manifest(name), "metadata:", "metadata:\n  labels: {app: shop}", 1)
	}
	k.apply("stranger")
	line := "apply --prune -l app=shop --prune-allowlist=eoepca.org/v1alpha1/Workspace -f -"
	k.says("workspace.eoepca.org/a created\nworkspace.eoepca.org/b created", line, labelled("a"), labelled("b"))
	k.says("workspace.eoepca.org/a unchanged\nworkspace.eoepca.org/b pruned", line, labelled("a"))
	k.out("wait --for=delete --timeout=60s wks/b")
	k.says("workspace.eoepca.org/a\nworkspace.eoepca.org/stranger", "get wks -o name")
}

// The same by an ApplySet, whose members kubectl finds by their kind and a label.
func TestKubectlPrunesApplySets(t *testing.T) {
	t.Parallel()
	k := newKubectl(t)
	k.Environment = append(k.Environment, "KUBECTL_APPLYSET=true")
	k.apply("stranger")
	note := "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: note}\n"
	for _, way := range []struct{ line, verb string }{
		{"apply --prune --applyset=client -n " + k.namespace + " -f -", "created"},
		{"apply --prune --applyset=server --server-side -n " + k.namespace + " -f -", "serverside-applied"},
	} {
		k.shows([]string{"workspace.eoepca.org/a " + way.verb, "workspace.eoepca.org/b " + way.verb, "configmap/note " + way.verb},
			way.line, k.manifest("a"), k.manifest("b"), note)
		k.shows([]string{"workspace.eoepca.org/b pruned", "configmap/note pruned"}, way.line, k.manifest("a"))
		k.out("wait --for=delete --timeout=60s wks/b")
		k.says("workspace.eoepca.org/a\nworkspace.eoepca.org/stranger", "get wks -o name")
		k.says(`workspace.eoepca.org "a" deleted from `+k.namespace+" namespace", "delete wks a")
	}
}
