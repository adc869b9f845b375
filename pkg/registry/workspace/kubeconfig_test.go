package workspace

import (
	"strings"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apiserver/pkg/registry/rest"
	"k8s.io/utils/ptr"

	"github.com/eoepca/workspaces/pkg/apis/eoepca"
)

const someKubeconfig = `apiVersion: v1
kind: Config
clusters:
- name: vcluster
  cluster: {server: https://ws-alice.example.org}
users:
- name: vcluster
  user: {token: CANARY}
contexts:
- name: vcluster
  context: {cluster: vcluster, user: vcluster}
current-context: vcluster
`

func kubeconfigOf(f *fixture) (*eoepca.WorkspaceKubeconfig, error) {
	obj, err := f.storage["workspaces/kubeconfig"].(rest.Getter).Get(as("alice"), "ws-alice", &metav1.GetOptions{})
	if err != nil {
		return nil, err
	}
	return obj.(*eoepca.WorkspaceKubeconfig), nil
}

func withVCluster(ws *eoepca.Workspace) { ws.Spec.Runtime.VCluster = ptr.To(true) }

func TestKubeconfig(t *testing.T) {
	for name, text := range map[string]string{
		"as it is":                          someKubeconfig,
		"in one line":                       strings.ReplaceAll(someKubeconfig, "\n", `\n`),
		"in one line that ends as lines do": strings.ReplaceAll(someKubeconfig, "\n", `\n`) + "\n",
	} {
		t.Run(name, func(t *testing.T) {
			f := newFixture(t, secret("ws-alice-datalab", map[string]string{"KUBECONFIG": text}))
			f.put("ws-alice", 0, withVCluster)
			got, err := kubeconfigOf(f)
			if err != nil {
				t.Fatal(err)
			}
			if strings.TrimSpace(got.Kubeconfig) != strings.TrimSpace(someKubeconfig) || got.Name != "ws-alice" {
				t.Errorf("got %q", got.Kubeconfig)
			}
		})
	}
}

func TestAWorkspaceWithoutAKubeconfig(t *testing.T) {
	for name, test := range map[string]struct {
		secret map[string]string
		change func(*eoepca.Workspace)
		says   string
	}{
		"no virtual cluster":   {map[string]string{"KUBECONFIG": someKubeconfig}, func(*eoepca.Workspace) {}, "has no virtual cluster"},
		"not yet":              {nil, withVCluster, `has not written KUBECONFIG to Secret "ws-alice-datalab"`},
		"only other variables": {map[string]string{"REDIS_A_URL": "x"}, withVCluster, `has not written KUBECONFIG`},
		"something else":       {map[string]string{"KUBECONFIG": "CANARY: [\xff"}, withVCluster, "is no kubeconfig"},
		"one without clusters": {map[string]string{"KUBECONFIG": "kind: Config\napiVersion: v1"}, withVCluster, "is no kubeconfig"},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFixture(t)
			if test.secret != nil {
				f = newFixture(t, secret("ws-alice-datalab", test.secret))
			}
			f.put("ws-alice", 0, test.change)
			got, err := kubeconfigOf(f)
			expectStatus(t, got, err, 404, test.says)
			if err != nil && strings.Contains(err.Error(), "CANARY") {
				t.Errorf("the error quotes the Secret: %v", err)
			}
		})
	}
}
