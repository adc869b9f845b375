package api

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/tools/clientcmd"
	clientcmdapi "k8s.io/client-go/tools/clientcmd/api"
	"sigs.k8s.io/yaml"

	"github.com/eoepca/workspaces/test/controlplane"
	"github.com/eoepca/workspaces/test/integration/env"
)

var update = flag.Bool("update", false, "write the golden files anew")

// shell runs kubectl as a user, with the plugin on its path.
type shell struct {
	kubectl     string
	environment []string
}

// result is what a command left behind.
type result struct {
	out, err string
	code     int
}

// tools are where kubectl and the plugin are. The plugin is built from the code that is tested.
var tools = sync.OnceValues(func() (dirs []string, err error) {
	dir, err := os.MkdirTemp(e.ControlPlane.Dir(), "plugin-")
	if err != nil {
		return nil, err
	}
	build := exec.Command("go", "build", "-o", filepath.Join(dir, "kubectl-workspace"), "github.com/eoepca/workspaces/cmd/kubectl-workspace")
	if text, err := build.CombinedOutput(); err != nil {
		return nil, errors.Join(err, errors.New(string(text)))
	}
	for _, candidate := range controlplane.AssetDirs(filepath.Join("..", "..")) {
		if _, err := os.Stat(filepath.Join(candidate, "kubectl")); err == nil {
			absolute, err := filepath.Abs(candidate)
			return []string{absolute, dir}, err
		}
	}
	return nil, errors.New("kubectl is missing: run `make tools`")
})

func newShell(t *testing.T, user, ns string) *shell {
	t.Helper()
	dirs, err := tools()
	if err != nil {
		t.Fatal(err)
	}
	config, err := e.Aggregated(user)
	if err != nil {
		t.Fatal(err)
	}
	kubeconfig := clientcmdapi.NewConfig()
	kubeconfig.Clusters["c"] = &clientcmdapi.Cluster{Server: config.Host, CertificateAuthorityData: config.CAData}
	kubeconfig.AuthInfos["u"] = &clientcmdapi.AuthInfo{ClientCertificateData: config.CertData, ClientKeyData: config.KeyData}
	kubeconfig.Contexts["x"] = &clientcmdapi.Context{Cluster: "c", AuthInfo: "u", Namespace: ns}
	kubeconfig.CurrentContext = "x"
	home := t.TempDir()
	file := filepath.Join(home, "kubeconfig")
	if err := clientcmd.WriteToFile(*kubeconfig, file); err != nil {
		t.Fatal(err)
	}
	path := strings.Join(append(slices.Clone(dirs), os.Getenv("PATH")), string(os.PathListSeparator))
	return &shell{kubectl: filepath.Join(dirs[0], "kubectl"), environment: []string{"HOME=" + home, "KUBECONFIG=" + file, "PATH=" + path}}
}

// run runs kubectl with a text as its input.
func (s *shell) run(t *testing.T, input string, args ...string) result {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, s.kubectl, args...)
	var out, errs bytes.Buffer
	cmd.Stdin, cmd.Stdout, cmd.Stderr, cmd.Env = strings.NewReader(input), &out, &errs, s.environment
	err := cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatalf("kubectl %s: %v", strings.Join(args, " "), err)
	}
	return result{out: out.String(), err: errs.String(), code: cmd.ProcessState.ExitCode()}
}

// ok is the output of a command that must succeed.
func (s *shell) ok(t *testing.T, input string, args ...string) string {
	t.Helper()
	r := s.run(t, input, args...)
	if r.code != 0 {
		t.Fatalf("kubectl %s: exit code %d, stderr %s", strings.Join(args, " "), r.code, r.err)
	}
	return r.out
}

// playProviders plays the providers of a namespace's parts until the test ends: whatever is asked for is there at once.
func playProviders(t *testing.T, ns string) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		for ctx.Err() == nil {
			for _, parts := range []dynamic.ResourceInterface{e.Storages(ns), e.Datalabs(ns)} {
				playProvider(ctx, parts)
			}
			select {
			case <-ctx.Done():
			case <-time.After(50 * time.Millisecond):
			}
		}
	}()
	t.Cleanup(func() { cancel(); <-done })
}

// playProvider does once what a provider does. What fails is tried again with the next round.
func playProvider(ctx context.Context, parts dynamic.ResourceInterface) {
	all, err := parts.List(ctx, metav1.ListOptions{})
	if err != nil {
		return
	}
	for _, part := range all.Items {
		if conditions, _, _ := unstructured.NestedSlice(part.Object, "status", "conditions"); len(conditions) > 0 && conditions[0].(object)["observedGeneration"] == part.GetGeneration() {
			continue
		}
		condition := func(kind string) object {
			return object{"type": kind, "status": "True", "reason": "Played", "lastTransitionTime": "2026-01-01T00:00:00Z", "observedGeneration": part.GetGeneration()}
		}
		sessions := object{}
		declared, _ := part.Object["spec"].(object)["sessions"].([]any)
		for _, each := range declared {
			session := each.(object)
			name := session["name"].(string)
			if session["state"] == "started" {
				sessions[name] = object{"state": "started", "phase": "Running", "url": "https://" + name + ".example.org"}
			} else {
				sessions[name] = object{"state": "stopped", "phase": "Stopped", "url": nil}
			}
		}
		status := object{"conditions": []any{condition("Synced"), condition("Ready")}, "sessions": sessions}
		text, err := yaml.Marshal(object{"status": status})
		if err == nil {
			text, err = yaml.YAMLToJSON(text)
		}
		if err == nil {
			_, _ = parts.Patch(ctx, part.GetName(), types.MergePatchType, text, metav1.PatchOptions{}, "status")
		}
	}
}

// The day of a manifest: applied, seen, waited for, compared, changed, deleted.
func TestKubectl(t *testing.T) {
	t.Parallel()
	ns := e.Namespace(t)
	playProviders(t, ns)
	k := newShell(t, env.Operator, ns)
	ws := written(t, ns, "one", `members: [{name: bob}], sessions: [{name: main, state: Started}]`)
	name := nameOf(ws)
	manifest := string(encode(t, ws))

	want := func(what, got, want string) {
		t.Helper()
		if got != want {
			t.Errorf("%s: got %q, want %q", what, got, want)
		}
	}
	want("apply", k.ok(t, manifest, "apply", "-f", "-"), "workspace.eoepca.org/"+name+" created\n")
	want("the same again", k.ok(t, manifest, "apply", "-f", "-"), "workspace.eoepca.org/"+name+" unchanged\n")
	want("wait", k.ok(t, "", "wait", "--for=condition=Ready", "workspace/"+name, "--timeout=60s"), "workspace.eoepca.org/"+name+" condition met\n")

	wide := strings.Fields(k.ok(t, "", "get", "wks", name, "-o", "wide"))
	header := strings.Fields("NAME OWNER READY SESSIONS BUCKETS MEMBERS AGE STORAGE DATALAB ENVIRONMENT")
	if len(wide) != 2*len(header) || !slices.Equal(wide[:len(header)], header) {
		t.Fatalf("get -o wide prints %v", wide)
	}
	row := wide[len(header):]
	row[6] = "age"
	want("get -o wide", strings.Join(row, " "), name+" alice True 1/1 1 1 age True True datalab")
	want("get of a category", k.ok(t, "", "get", "eoepca", "-o", "name"), "workspace.eoepca.org/"+name+"\n")

	if r := k.run(t, manifest, "diff", "-f", "-"); r.code != 0 || r.out != "" {
		t.Errorf("diff of the same: exit code %d, %s%s", r.code, r.out, r.err)
	}
	changed := string(encode(t, merged(t, ws, `spec: {owner: erin}`)))
	r := k.run(t, changed, "diff", "-f", "-")
	if r.code != 1 || !contains(r.out, "-  owner: alice") || !contains(r.out, "+  owner: erin") {
		t.Errorf("diff: exit code %d, %s%s", r.code, r.out, r.err)
	}
	want("apply of a change", k.ok(t, changed, "apply", "-f", "-"), "workspace.eoepca.org/"+name+" configured\n")
	want("the changed", k.ok(t, "", "get", "workspace", name, "-o", "jsonpath={.spec.owner}"), "erin")
	// The last applied manifest is kept, and not shown as the Storage's.
	if kept := k.ok(t, "", "apply", "view-last-applied", "workspace", name); !contains(kept, "owner: erin") {
		t.Errorf("the last applied manifest is %s", kept)
	}

	if r := k.run(t, changed, "create", "-f", "-"); r.code != 1 || !contains(r.err, "Error from server (AlreadyExists)") || !contains(r.err, `workspaces.eoepca.org "`+name+`" already exists`) {
		t.Errorf("create of what exists: exit code %d, %s", r.code, r.err)
	}
	bad := string(encode(t, merged(t, ws, `spec: {members: [{name: bob, role: Boss}]}`)))
	if r := k.run(t, bad, "apply", "-f", "-"); r.code != 1 || !contains(r.err, "spec.members[0].role: Unsupported value") {
		t.Errorf("apply of nonsense: exit code %d, %s", r.code, r.err)
	}
	want("delete", k.ok(t, "", "delete", "workspace", name, "--timeout=60s"), `workspace.eoepca.org "`+name+`" deleted from `+ns+" namespace\n")
	if r := k.run(t, "", "get", "workspace", name); r.code != 1 || !contains(r.err, "Error from server (NotFound)") {
		t.Errorf("get of what is gone: exit code %d, %s", r.code, r.err)
	}
}

// What kubectl explains of the storage of a workspace.
func TestExplain(t *testing.T) {
	t.Parallel()
	k := newShell(t, env.Operator, "default")
	golden := filepath.Join("testdata", "explain-storage.txt")
	if *update {
		if err := os.WriteFile(golden, []byte(k.ok(t, "", "explain", "workspaces.spec.storage", "--recursive")), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	wanted, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	env.Eventually(t, "kube-apiserver has our schema", func() error {
		r := k.run(t, "", "explain", "workspaces.spec.storage", "--recursive")
		if r.code != 0 {
			return errors.New(r.err)
		}
		if diff := cmp.Diff(string(wanted), r.out); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
		return nil
	})
	if r := k.run(t, "", "explain", "workspaces.spec.runtime.quota.budget"); r.code != 0 || !contains(r.out, "xxx-large") || !contains(r.out, "ENUM") {
		t.Errorf("explain of a value of a list: exit code %d, %s%s", r.code, r.out, r.err)
	}
}
