package clients

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/eoepca/workspaces/test/commandline"
)

const chartFile = `apiVersion: v2
name: team
version: 0.1.0
`

const chartValues = `owner: alice
members: []
note: first
`

const chartTemplates = `apiVersion: v1
kind: ConfigMap
metadata:
  name: {{ .Release.Name }}
data:
  note: {{ .Values.note }}
---
apiVersion: eoepca.org/v1alpha1
kind: Workspace
metadata:
  name: {{ .Release.Name }}
spec:
  owner: {{ .Values.owner }}
  {{- with .Values.members }}
  members:
  {{- range . }}
  - name: {{ . }}
  {{- end }}
  {{- end }}
  sessions:
  - name: main
    state: Started
  storage:
    principal: {{ .Release.Name }}-{{ .Release.Namespace }}
    buckets:
    - name: {{ .Release.Name }}-{{ .Release.Namespace }}
`

// helmProgram is the path of Helm, which is built once for each version, as other programs that are not ours.
var helmProgram = sync.OnceValues(func() (string, error) {
	source, err := filepath.Abs(filepath.Join("..", "..", "hack", "helm"))
	if err != nil {
		return "", err
	}
	version, err := exec.Command("go", "-C", source, "list", "-m", "-f", "{{.Version}}", "helm.sh/helm/v4").Output()
	if err != nil {
		return "", fmt.Errorf("ask for Helm's version: %w", err)
	}
	program := filepath.Join(source, "..", "..", "bin", "helm-"+strings.TrimSpace(string(version)))
	if _, err := os.Stat(program); err == nil {
		return program, nil
	}
	build := exec.Command("go", "-C", source, "build", "-ldflags=-s -w", "-o", program, "helm.sh/helm/v4/cmd/helm")
	if text, err := build.CombinedOutput(); err != nil {
		return "", errors.Join(fmt.Errorf("build Helm: %w", err), errors.New(string(text)))
	}
	return program, nil
})

// helm is the user's, with a chart of a Workspace and a ConfigMap in his home.
type helm struct {
	kubectl
	program string
}

func newHelm(t *testing.T, p place) helm {
	t.Helper()
	program, err := helmProgram()
	if err != nil {
		t.Fatal(err)
	}
	h := helm{kubectl{t, p.shell(t), p}, program}
	for name, text := range map[string]string{"Chart.yaml": chartFile, "values.yaml": chartValues, "templates/all.yaml": chartTemplates} {
		h.Write(t, "chart/"+name, text, 0o600)
	}
	return h
}

func (h helm) run(line string) commandline.Result {
	h.t.Helper()
	return h.Run(h.t, "", h.program, strings.Fields(line)...)
}

// does runs a command line that must succeed, and answers what it prints.
func (h helm) does(line string) string {
	h.t.Helper()
	return h.OK(h.t, "", h.program, strings.Fields(line)...)
}

// has checks owner, members, readiness for what is asked for now, and the ConfigMap's note: who waits finds all done.
func (h helm) has(name, owner, members, note string) {
	h.t.Helper()
	h.says(owner+"|"+members, "get wks "+name+" -o jsonpath={.spec.owner}|{.spec.members[*].name}")
	state := strings.Split(h.out("get wks "+name+" -o jsonpath={.status.conditions[0].status},{.metadata.generation},{.status.observedGeneration}"), ",")
	if state[0] != "True" || state[1] != state[2] {
		h.t.Errorf("who waits comes back at %v (ready, generation, observed)", state)
	}
	h.says(note, "get configmap "+name+" -o jsonpath={.data.note}")
}

func TestHelmReleases(t *testing.T) {
	t.Parallel()
	h := newHelm(t, newPlace(t))
	if shown := h.does("install team chart --dry-run=server"); !strings.Contains(shown, "kind: Workspace") {
		t.Errorf("a dry run shows %s", shown)
	}
	h.says("", "get wks,configmap team --ignore-not-found -o name")
	h.does("upgrade --install team chart --wait --timeout 60s")
	h.has("team", "alice", "", "first")
	h.does("upgrade team chart --wait --timeout 60s --set owner=bob,note=second --set members={carol,dave}")
	h.has("team", "bob", "carol dave", "second")
	if status := h.does("status team"); !strings.Contains(status, "==> v1alpha1/Workspace\nNAME   OWNER   READY   SESSIONS") {
		t.Errorf("status shows %s", status)
	}

	// Drift: what others took over is told and left alone, unless it is taken back.
	h.says("workspace.eoepca.org/team patched", `patch wks team --type=merge -p {"spec":{"owner":"mallory"}}`)
	if r := h.run("upgrade team chart --wait --set owner=bob,note=third"); r.Code != 1 ||
		!strings.Contains(r.Err, `conflict with "kubectl-patch" using eoepca.org/v1alpha1: .spec.owner`) {
		t.Errorf("an upgrade over what others own: %+v", r)
	}
	h.does("upgrade team chart --wait --timeout 60s --force-conflicts --set owner=bob,note=third --set members={carol}")
	h.has("team", "bob", "carol", "third")

	h.does("rollback team 2 --wait --timeout 60s")
	h.has("team", "bob", "carol dave", "second")
	h.does("rollback team 1 --wait --timeout 60s")
	h.has("team", "alice", "", "first")
	if history := h.does("history team"); !strings.Contains(history, "Rollback to 1") {
		t.Errorf("history shows %s", history)
	}
	h.does("uninstall team --wait --timeout 60s")
	h.says("", "get wks,configmap team --ignore-not-found -o name")
}

// What is not ready is waited for, and told when the time is up.
func TestHelmWaits(t *testing.T) {
	t.Parallel()
	h := newHelm(t, newIdlePlace(t))
	r := h.run("install team chart --wait --timeout 3s")
	if r.Code != 1 || !strings.Contains(r.Err, "Workspace/"+h.namespace+"/team") || !strings.Contains(r.Err, "InProgress") {
		t.Errorf("an install that nobody completes: %+v", r)
	}
	h.says("workspace.eoepca.org/team", "get wks -o name")
	if r := h.run("install undone chart --rollback-on-failure --timeout 3s"); r.Code != 1 {
		t.Errorf("an install that nobody completes, and that is to be undone: %+v", r)
	}
	h.out("wait --for=delete --timeout=60s wks/undone configmap/undone")
	e.PlayProviders(t, h.namespace)
	h.does("upgrade team chart --wait --timeout 60s")
	h.has("team", "alice", "", "first")

	h.says("workspace.eoepca.org/team patched", `patch wks team --type=merge -p {"metadata":{"finalizers":["example.org/hold"]}}`)
	if r := h.run("uninstall team --wait --timeout 3s"); r.Code != 1 {
		t.Errorf("an uninstall that is held up: %+v", r)
	}
	h.says("workspace.eoepca.org/team patched", `patch wks team --type=merge -p {"metadata":{"finalizers":null}}`)
	h.out("wait --for=delete --timeout=60s wks/team")
}

// A release of the times of client-side apply is moved to server-side apply, and back.
func TestHelmMovesToServerSideApply(t *testing.T) {
	t.Parallel()
	h := newHelm(t, newPlace(t))
	managers := func(want string) {
		t.Helper()
		h.says(want, "get wks team --show-managed-fields -o jsonpath={range.metadata.managedFields[*]}{.manager}:{.operation};{end}")
	}
	h.does("install team chart --server-side=false --wait --timeout 60s --set members={carol,dave}")
	h.has("team", "alice", "carol dave", "first")
	managers("helm:Update;")
	h.does("upgrade team chart --server-side=false --wait --timeout 60s --set owner=bob --set members={carol,dave}")
	h.has("team", "bob", "carol dave", "first")

	h.does("upgrade team chart --server-side=true --wait --timeout 60s --set note=second --set members={dave}")
	h.has("team", "alice", "dave", "second")
	managers("helm:Apply;")

	h.does("upgrade team chart --server-side=false --wait --timeout 60s --set owner=erin --set members={dave}")
	h.has("team", "erin", "dave", "first")
	h.does("upgrade team chart --server-side=false --force-replace --wait --timeout 60s --set owner=frank")
	h.has("team", "frank", "", "first")
	h.does("uninstall team --wait --timeout 60s --cascade foreground")
	h.says("", "get wks -o name")
}
