package cluster_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/eoepca/workspaces/pkg/kubectl/util"
)

const (
	apiService = "/apis/apiregistration.k8s.io/v1/apiservices/v1alpha1.eoepca.org"
	api        = "/apis/eoepca.org/v1alpha1"
	openAPI    = "/openapi/v3/apis/eoepca.org/v1alpha1"
)

func TestCheckOfAHealthyCluster(t *testing.T) {
	onPath(t, "kubectl", "kubectl-workspace", "kubectl_complete-workspace")
	got := run(t, healthy(), "check")
	var lines []string
	for line := range strings.Lines(got.out) {
		fields := strings.Fields(line)
		lines = append(lines, strings.Join(fields[:2], " "))
	}
	want := []string{"✔ kubernetes", "✔ user", "✔ apiservice", "✔ api", "✔ version", "✔ storages", "✔ datalabs", "✔ storetypes", "✔ access", "✔ kubectl", "✔ plugin", "✔ completion"}
	if diff := cmp.Diff(want, lines); diff != "" || got.code != 0 || got.err != "" {
		t.Errorf("exit code %d, stderr %q (-want +got):\n%s", got.code, got.err, diff)
	}
}

func TestCheck(t *testing.T) {
	down := fields{"status": fields{"conditions": []any{fields{"type": "Available", "status": "False", "reason": "MissingEndpoints", "message": "no\nendpoints"}}}}
	for _, test := range []struct {
		promise, args string
		cluster       *scripted
		code          int
		out           string
	}{
		{"what may not be read is unknown", "check", healthy().without(apiService, http.StatusForbidden), 0, "? apiservice   unknown (not allowed)"},
		{"an unregistered API fails", "check", healthy().without(apiService, http.StatusNotFound), 1, "✗ apiservice   v1alpha1.eoepca.org is not registered\n               → an administrator installs"},
		{"one that is away says why", "check", &scripted{answers: with(healthy(), apiService, down)}, 1, "✗ apiservice   v1alpha1.eoepca.org is not available: MissingEndpoints, no endpoints"},
		{"no API", "check", healthy().without(api, http.StatusNotFound), 1, "✗ api          the cluster serves no workspaces"},
		{"an API that is away", "check", healthy().without(api, http.StatusServiceUnavailable), 1, "✗ api          workspaces cannot be reached"},
		{"no version", "check", healthy().without(openAPI, http.StatusNotFound), 0, "? version      unknown"},
		{"no Storages", "check", healthy().without("/apis/pkg.internal/v1beta1", http.StatusNotFound), 1, "✗ storages     the cluster has no pkg.internal/v1beta1 Storages"},
		{"no Datalabs is fine for some", "check", healthy().without("/apis/pkg.internal/v1beta2", http.StatusNotFound), 0, "! datalabs     the cluster has no pkg.internal/v1beta2 Datalabs: workspaces have buckets"},
		{"no list of workspaces", "check", healthy().without(api+"/namespaces/workspace/workspaces", http.StatusForbidden), 1, "✗ access       you may not list workspaces in namespace \"workspace\""},
		{"stores that cannot be had", "check", &scripted{answers: with(healthy(), api+"/storetypes", fields{"items": []any{fields{"metadata": fields{"name": "caches"}, "status": fields{"reason": "OperatorMissing"}}}})},
			0, "! storetypes   no new stores of the types caches (OperatorMissing)"},
		{"before the installation", "check --pre", healthy(), 0, "✔ aggregation  kube-apiserver aggregates other servers\n✔ storages     pkg.internal/v1beta1 is there\n✔ datalabs     pkg.internal/v1beta2 is there\n✔ rights       you may install the server\n"},
		{"who may not install", "check --pre", &scripted{answers: healthy().answers, denied: map[string]bool{"apiservices": true, "deployments": true}}, 1, "✗ rights       you may not create apiservices, deployments"},
		{"no aggregation", "check --pre", &scripted{answers: with(healthy(), "/api/v1/namespaces/kube-system/configmaps/extension-apiserver-authentication", fields{})}, 1, "✗ aggregation  kube-apiserver does not aggregate"},
		{"as JSON", "check -o json", healthy(), 0, `"name": "kubernetes",`},
	} {
		t.Run(test.promise, func(t *testing.T) {
			onPath(t, "kubectl")
			got := run(t, test.cluster, strings.Fields(test.args)...)
			if got.code != test.code || !strings.Contains(got.out, test.out) || (got.code == 1) != strings.Contains(got.err, "checks failed") {
				t.Errorf("exit code %d, stderr %q, stdout\n%s\nwant code %d, stdout with\n%s", got.code, got.err, got.out, test.code, test.out)
			}
		})
	}
}

// with is what a cluster answers, but for one path.
func with(s *scripted, path string, body any) map[string]answer {
	s.answers[path] = answer{body: body}
	return s.answers
}

func TestCheckWithoutAClusterEndsAtOnce(t *testing.T) {
	onPath(t)
	got := runAt(t, "http://127.0.0.1:1", "check", "-o", "json")
	var report struct {
		Checks []struct{ Name, Status, Hint string }
	}
	if err := json.Unmarshal([]byte(got.out), &report); err != nil {
		t.Fatal(err)
	}
	if got.code != util.ExitError || len(report.Checks) != 4 || report.Checks[0].Status != "failed" || report.Checks[1].Status != "warning" {
		t.Errorf("got %+v", got)
	}
	for _, check := range report.Checks {
		if check.Hint == "" {
			t.Errorf("%s does not say what to do", check.Name)
		}
	}
}

func TestCheckUsage(t *testing.T) {
	for _, args := range []string{"check extra", "check -o xml", "version extra", "version -o xml", "ui a b", "support-bundle -A ws-alice", "support-bundle ../x"} {
		if got := run(t, healthy(), strings.Fields(args)...); got.code != util.ExitUsage {
			t.Errorf("%s: got %+v", args, got)
		}
	}
	if got := run(t, healthy(), "ui"); got.code != util.ExitError || !strings.Contains(got.err, "this version has no app") {
		t.Errorf("ui: got %+v", got)
	}
}
