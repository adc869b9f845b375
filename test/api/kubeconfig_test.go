package api

import (
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/eoepca/workspaces/pkg/apis/eoepca/v1alpha1"
)

// kubeconfig is what a provider writes for a virtual cluster.
func kubeconfig(token string) string {
	return `apiVersion: v1
kind: Config
clusters: [{name: vcluster, cluster: {server: "https://vcluster.example.org"}}]
users: [{name: vcluster, user: {token: "` + token + `"}}]
contexts: [{name: vcluster, context: {cluster: vcluster, user: vcluster}}]
current-context: vcluster
`
}

// A workspace with a virtual cluster has a kubeconfig, which is for its administrators: it is not among its credentials.
func TestKubeconfig(t *testing.T) {
	t.Parallel()
	ns := e.Namespace(t)
	plain, ws := made(t, ns, "plain", "runtime: {vcluster: false}"), made(t, ns, "one", "runtime: {vcluster: true}")
	path := at(ns, ws.Name, "kubeconfig")
	if status := operator(t).get(t, at(ns, plain.Name, "kubeconfig")).want(t, http.StatusNotFound).status(t); !contains(status.Message, "has no virtual cluster") {
		t.Errorf("without a virtual cluster: %s", status.Message)
	}
	if status := operator(t).get(t, path).want(t, http.StatusNotFound).status(t); !contains(status.Message, "DatalabReady") {
		t.Errorf("before there is one: %s", status.Message)
	}
	text := kubeconfig("t0ken")
	secret(t, ns, ws.Name+"-datalab", map[string]string{
		"KUBECONFIG": strings.ReplaceAll(text, "\n", `\n`), "AWS_ACCESS_KEY_ID": "KEY", "AWS_SECRET_ACCESS_KEY": "SECRET",
	})
	got := v1alpha1.WorkspaceKubeconfig{}
	operator(t).get(t, path).want(t, http.StatusOK).into(t, &got)
	if diff := cmp.Diff(text, got.Kubeconfig); diff != "" || got.Kind != "WorkspaceKubeconfig" || got.Name != ws.Name {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if env := credentials(t, operator(t).get(t, at(ns, ws.Name, "credentials"))).Env; env["KUBECONFIG"] != "" || env["AWS_ACCESS_KEY_ID"] != "KEY" {
		t.Errorf("the environment is %v", env)
	}
	member, _ := withRole(t, ns, "eoepca:workspace-access", at(ns, ws.Name, "credentials"))
	member.get(t, path).want(t, http.StatusForbidden)
}
