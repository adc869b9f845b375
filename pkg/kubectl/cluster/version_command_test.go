package cluster_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
)

func TestVersion(t *testing.T) {
	got := run(t, healthy(), "version")
	if got.code != 0 || got.err != "" || !strings.HasPrefix(got.out, "Client Version: ") || !strings.HasSuffix(got.out, "\nServer Version: v0.1.0\nKubernetes Version: v1.37.1\n") {
		t.Errorf("got %+v", got)
	}
	got = run(t, healthy(), "version", "-o", "json")
	var v struct {
		ClientVersion                    struct{ Version, GoVersion, Platform string }
		ServerVersion, KubernetesVersion string
	}
	if err := json.Unmarshal([]byte(got.out), &v); err != nil || v.ServerVersion != "v0.1.0" || v.KubernetesVersion != "v1.37.1" || v.ClientVersion.GoVersion == "" {
		t.Errorf("%v: got %+v", err, got)
	}
	got = run(t, healthy().without(openAPI, http.StatusNotFound), "version")
	if got.code != 0 || !strings.Contains(got.out, "Server Version: unknown (the cluster serves no workspaces)\n") {
		t.Errorf("a cluster without workspaces: got %+v", got)
	}
}

func TestVersionWithoutACluster(t *testing.T) {
	if got := runAt(t, "http://127.0.0.1:1", "version", "--client"); got.code != 0 || got.err != "" || strings.Count(got.out, "\n") != 1 {
		t.Errorf("the client's alone asks nobody: got %+v", got)
	}
	if got := runAt(t, "http://127.0.0.1:1", "version"); got.code != 1 || !strings.HasPrefix(got.out, "Client Version: ") || got.err == "" {
		t.Errorf("the client's is told in any case: got %+v", got)
	}
}
