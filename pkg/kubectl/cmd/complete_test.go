package cmd_test

import (
	"slices"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/kubernetes/fake"
	clienttesting "k8s.io/client-go/testing"

	"github.com/eoepca/workspaces/pkg/apis/eoepca/v1alpha1"
	"github.com/eoepca/workspaces/pkg/kubectl/kubectltest"
)

// offered is what a command line is completed to; the last word is the one that is being typed.
func offered(p *kubectltest.Plugin, words ...string) []string {
	r := p.Run(append([]string{"__completeNoDesc"}, words...)...)
	lines := strings.Split(strings.TrimSpace(r.Out), "\n")
	if last := len(lines) - 1; strings.HasPrefix(lines[last], ":") {
		lines = lines[:last]
	}
	return lines
}

func TestNamespacesCompleteForEverybody(t *testing.T) {
	ws := &v1alpha1.Workspace{ObjectMeta: metav1.ObjectMeta{Name: "ws", Namespace: "earth"}}
	p := kubectltest.New(t, ws)
	p.Cluster = fake.NewClientset(&corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: "earth"}}, &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: "default"}})
	if got, want := offered(p, "get", "--namespace", ""), []string{"default", "earth"}; !slices.Equal(got, want) {
		t.Errorf("whoever may list namespaces is offered %q, want %q", got, want)
	}
	p.Cluster.PrependReactor("list", "namespaces", func(clienttesting.Action) (bool, runtime.Object, error) {
		return true, nil, apierrors.NewForbidden(corev1.Resource("namespaces"), "", nil)
	})
	if got, want := offered(p, "get", "--namespace", ""), []string{"earth"}; !slices.Equal(got, want) {
		t.Errorf("whoever may not is offered %q, want %q", got, want)
	}
}
