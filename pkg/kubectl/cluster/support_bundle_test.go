package cluster_test

import (
	"archive/tar"
	"compress/gzip"
	"encoding/base64"
	"io"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"sigs.k8s.io/yaml"

	"github.com/eoepca/workspaces/pkg/kubectl/util"
)

// canary stands wherever a secret may be.
const canary = "c4n4ry"

// suspicious is a cluster where secrets are in every place that people put them, and some that they do not.
func suspicious(t *testing.T) *scripted {
	t.Helper()
	jwt := "eyJhbGciOiJIUzI1NiJ9." + base64.RawURLEncoding.EncodeToString([]byte(canary)) + "." + canary
	metadata := fields{
		"name": "ws-alice", "namespace": "workspace", "uid": "u-ws",
		"managedFields": []any{fields{"manager": canary}},
		"annotations": fields{
			"kubectl.kubernetes.io/last-applied-configuration": `{"spec":{"password":"` + canary + `"}}`,
			"eoepca.org/intent": canary, "note": canary, "storages.pkg.internal/environment": "datalab",
		},
	}
	spec := fields{
		"owner": "alice",
		"runtime": fields{"secretName": "ws-alice", "files": []any{
			fields{"http": fields{"url": "https://user:" + canary + "@example.org/file?token=" + canary + "#" + canary}},
			fields{"git": fields{"url": "git://" + canary + ":x@example.org/repository"}},
		}},
		"storage": fields{"accessRequests": []any{fields{"bucket": "b", "reason": "my password=" + canary}}},
	}
	status := fields{
		"sessions": []any{fields{"name": "default", "url": "https://default.example.org/?key=" + canary, "message": "Authorization: Bearer " + canary + canary}},
		"parts":    []any{fields{"kind": "Storage", "uid": "u-st"}},
	}
	part := fields{
		"kind": "Storage", "metadata": metadata,
		"spec": fields{
			"principal": "ws-alice", "secretKey": canary, "env": []any{fields{"name": "A", "value": canary}, fields{"name": "B", "valueFrom": fields{"x": canary}}},
			"nested": fields{"env": fields{"C": canary}, "stringData": fields{"d": canary}, "adminPassword": canary, "tokens": []any{canary, fields{"t": canary}}},
		},
		"status": fields{"conditions": []any{
			fields{"type": "Ready", "status": "False", "message": "refused AKIA" + strings.ToUpper(canary) + "ABCDEFGH, " + jwt},
			fields{"type": "Synced", "message": "-----BEGIN RSA PRIVATE KEY-----\n" + canary + "\n-----END RSA PRIVATE KEY-----"},
		}},
	}
	event := fields{
		"metadata":       fields{"name": "e", "namespace": "workspace", "managedFields": []any{fields{"manager": canary}}},
		"involvedObject": fields{"apiVersion": "pkg.internal/v1beta1", "kind": "Storage", "name": "ws-alice"},
		"message":        "could not log in with secret_access_key: " + canary,
	}
	s := healthy()
	workspace := fields{"metadata": metadata, "spec": spec, "status": status}
	ws := api + "/namespaces/workspace/workspaces"
	for path, body := range map[string]any{
		ws: fields{"items": []any{workspace}}, ws + "/ws-alice": workspace,
		ws + "/ws-alice/sharing": fields{"incoming": []any{fields{"bucket": "b", "grantee": "g", "state": "Requested", "reason": "token=" + canary}}},
		ws + "/ws-alice/usage":   fields{"storage": fields{"requested": "1Gi"}},
		"/apis/pkg.internal/v1beta1/namespaces/workspace/storages/ws-alice": part,
		"/api/v1/namespaces/workspace/events":                               fields{"kind": "EventList", "apiVersion": "v1", "items": []any{event}},
	} {
		s.answers[path] = answer{body: body}
	}
	return s.without("/apis/pkg.internal/v1beta2/namespaces/workspace/datalabs/ws-alice", http.StatusForbidden)
}

// unpack answers the files of an archive, by their names without the folder.
func unpack(t *testing.T, name string) map[string]string {
	t.Helper()
	file, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	zipped, err := gzip.NewReader(file)
	if err != nil {
		t.Fatal(err)
	}
	files := map[string]string{}
	for archive := tar.NewReader(zipped); ; {
		header, err := archive.Next()
		if err == io.EOF {
			return files
		}
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(archive)
		if err != nil {
			t.Fatal(err)
		}
		_, inside, _ := strings.Cut(header.Name, "/")
		files[inside] = string(text)
	}
}

func TestSupportBundleHoldsNoSecrets(t *testing.T) {
	t.Chdir(t.TempDir())
	onPath(t)
	cluster := suspicious(t)
	got := run(t, cluster, "support-bundle", "ws-alice")
	name := strings.TrimSpace(got.out)
	if got.code != 0 || !strings.HasPrefix(name, "workspace-support-") || !strings.Contains(got.err, "1 refused") {
		t.Fatalf("got %+v", got)
	}
	files := unpack(t, name)
	want := []string{
		"apiservice.yaml", "check.yaml", "manifest.yaml", "storetypes.yaml", "versions.yaml",
		"workspaces/workspace/ws-alice/events.yaml", "workspaces/workspace/ws-alice/sharing.yaml", "workspaces/workspace/ws-alice/storage.yaml",
		"workspaces/workspace/ws-alice/usage.yaml", "workspaces/workspace/ws-alice/workspace.yaml",
	}
	if diff := cmp.Diff(want, slices.Sorted(maps.Keys(files))); diff != "" {
		t.Errorf("files (-want +got):\n%s", diff)
	}
	for name, text := range files {
		if strings.Contains(strings.ToLower(text), canary) || strings.Contains(text, base64.RawURLEncoding.EncodeToString([]byte(canary))) {
			t.Errorf("%s holds a secret:\n%s", name, text)
		}
	}
	for _, path := range cluster.asked {
		for _, secret := range []string{"secrets", "credentials", "token", "kubeconfig"} {
			if strings.HasSuffix(path, "/"+secret) || strings.Contains(path, "/secrets/") {
				t.Errorf("%s was read", path)
			}
		}
	}
	// What is not secret is of use.
	for file, text := range map[string]string{
		"workspaces/workspace/ws-alice/workspace.yaml": "storages.pkg.internal/environment: datalab", "workspaces/workspace/ws-alice/storage.yaml": "principal: ws-alice",
		"versions.yaml": "serverVersion: v0.1.0", "check.yaml": "name: kubernetes",
	} {
		if !strings.Contains(files[file], text) {
			t.Errorf("%s lacks %q:\n%s", file, text, files[file])
		}
	}
	for _, kept := range []string{"secretName: ws-alice", "https://example.org/file <redacted>", "git://example.org/repository <redacted>"} {
		if !strings.Contains(files["workspaces/workspace/ws-alice/workspace.yaml"], kept) {
			t.Errorf("the workspace lacks %q:\n%s", kept, files["workspaces/workspace/ws-alice/workspace.yaml"])
		}
	}
}

func TestSupportBundleTellsWhatWasRefused(t *testing.T) {
	file := filepath.Join(t.TempDir(), "b.tar.gz")
	onPath(t)
	cluster := suspicious(t).without(apiService, http.StatusForbidden).without("/api/v1/namespaces/workspace/events", http.StatusForbidden).
		without("/apis/pkg.internal/v1beta2/namespaces/workspace/datalabs/ws-alice", http.StatusNotFound)
	if got := run(t, cluster, "support-bundle", "-l", "a=b", "--output-file", file); got.code != 0 || got.out != file+"\n" {
		t.Fatalf("got %+v", got)
	}
	var manifest struct {
		Redaction string
		Files     []struct{ File, From, Refused string }
	}
	if err := yaml.Unmarshal([]byte(unpack(t, file)["manifest.yaml"]), &manifest); err != nil {
		t.Fatal(err)
	}
	refused := map[string]string{}
	for _, f := range manifest.Files {
		if f.From == "" {
			t.Errorf("%s: where does it come from?", f.File)
		}
		if f.Refused != "" {
			refused[f.File] = f.Refused
		}
	}
	want := map[string]string{
		"apiservice.yaml": "not allowed", "workspaces/workspace/ws-alice/datalab.yaml": "not found", "workspaces/workspace/ws-alice/events.yaml": "not allowed",
	}
	if diff := cmp.Diff(want, refused); diff != "" || manifest.Redaction == "" {
		t.Errorf("redaction %q, refused (-want +got):\n%s", manifest.Redaction, diff)
	}
	if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("others may read it: %v, %v", info, err)
	}
}

func TestSupportBundleLeavesNothingHalfDone(t *testing.T) {
	dir := t.TempDir()
	onPath(t)
	file := filepath.Join(dir, "b.tar.gz")
	if got := run(t, healthy(), "support-bundle", "missing", "--output-file", file); got.code != util.ExitNotFound {
		t.Errorf("a name that there is not: got %+v", got)
	}
	if _, err := os.Stat(file); !os.IsNotExist(err) {
		t.Errorf("something is left: %v", err)
	}
	if err := os.WriteFile(file, []byte("mine"), 0o600); err != nil {
		t.Fatal(err)
	}
	if got := run(t, healthy(), "support-bundle", "--output-file", file); got.code != util.ExitConflict {
		t.Errorf("an existing file: got %+v", got)
	}
	if text, _ := os.ReadFile(file); string(text) != "mine" {
		t.Errorf("it was overwritten: %q", text)
	}
}
