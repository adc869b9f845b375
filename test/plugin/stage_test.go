package plugin

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/creack/pty"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/eoepca/workspaces/test/commandline"
	"github.com/eoepca/workspaces/test/controlplane"
	"github.com/eoepca/workspaces/test/integration/env"
)

// patience is how long anything may take, even on a busy machine.
const patience = time.Minute

// stage is a workspace in a namespace that nobody plays providers in: what they say is said by the test.
type stage struct {
	*testing.T
	ns, ws      string
	environment []string
	kubectl     string
}

func newStage(t *testing.T, sessions ...string) *stage {
	t.Helper()
	plugin := build(t)
	ns := e.Namespace(t)
	u := commandline.New(t, e, env.Operator, ns, plugin)
	kubectl, err := controlplane.Program("kubectl")
	if err != nil {
		t.Fatal(err)
	}
	s := &stage{T: t, ns: ns, ws: "ws-" + ns, kubectl: kubectl}
	s.environment = append(u.Environment, "TERM=xterm", "EOEPCA_WORKSPACE="+s.ws)
	args := []string{"workspace", "create", s.ws, "--owner=alice", "--no-wait"}
	for _, session := range sessions {
		args = append(args, "--session="+session)
	}
	u.OK(t, "", "kubectl", args...)
	return s
}

// says has the provider say something of a session: that it is started or stopped, and a phase. Where it says nothing more: "".
func (s *stage) says(session, state, phase string) {
	s.Helper()
	status := map[string]any{"state": state, "phase": phase, "url": nil}
	if phase == "Running" {
		status["url"] = "https://" + session + ".example.org"
	}
	var entry any = status
	if state == "" {
		entry = nil
	}
	s.patch(map[string]any{"status": map[string]any{"sessions": map[string]any{session: entry}}}, "status")
}

func (s *stage) patch(content map[string]any, subresources ...string) {
	s.Helper()
	text, err := json.Marshal(content)
	if err == nil {
		_, err = e.Datalabs(s.ns).Patch(s.Context(), s.ws, types.MergePatchType, text, metav1.PatchOptions{}, subresources...)
	}
	if err != nil {
		s.Fatal(err)
	}
}

// declared are the sessions of the workspace with their states.
func (s *stage) declared() string {
	s.Helper()
	ws, err := e.Replicas[0].Workspaces(s.ns).Get(s.Context(), s.ws, metav1.GetOptions{})
	if apierrors.IsNotFound(err) || err == nil && ws.DeletionTimestamp != nil {
		return gone
	}
	if err != nil {
		s.Fatal(err)
	}
	var all []string
	for _, session := range ws.Spec.Sessions {
		all = append(all, session.Name+"="+string(session.State))
	}
	return strings.Join(all, " ")
}

// gone is what a workspace that is being deleted declares.
const gone = "gone"

// hold keeps the workspace from going away when it is deleted, as long as the test runs.
func (s *stage) hold() {
	s.Helper()
	set := func(ctx context.Context, finalizers string) {
		text := []byte(`{"metadata":{"finalizers":` + finalizers + `}}`)
		if _, err := e.Replicas[0].Workspaces(s.ns).Patch(ctx, s.ws, types.MergePatchType, text, metav1.PatchOptions{}); err != nil {
			s.Error(err)
		}
	}
	set(s.Context(), `["example.org/hold"]`)
	s.Cleanup(func() { set(context.Background(), "null") }) //nolint:usetesting // the test's context has ended
}

// spec is what is wanted of the workspace, as text.
func (s *stage) spec() string {
	s.Helper()
	ws, err := e.Replicas[0].Workspaces(s.ns).Get(s.Context(), s.ws, metav1.GetOptions{})
	if err != nil {
		s.Fatal(err)
	}
	text, err := json.Marshal(ws.Spec)
	if err != nil {
		s.Fatal(err)
	}
	return string(text)
}

// call runs the plugin elsewhere than on a terminal.
func (s *stage) call(line string) {
	s.Helper()
	program := exec.CommandContext(s.Context(), s.kubectl, append([]string{"workspace"}, strings.Fields(line)...)...)
	program.Env = s.environment
	if out, err := program.CombinedOutput(); err != nil {
		s.Fatalf("%s: %v\n%s", line, err, out)
	}
}

// until waits for the sessions to be declared so.
func (s *stage) until(declared string) {
	s.Helper()
	env.Eventually(s.T, "the sessions are "+declared, func() error {
		if got := s.declared(); got != declared {
			return errors.New(got)
		}
		return nil
	})
}

// terminal is a terminal that runs the plugin.
type terminal struct {
	*stage
	width   int
	file    *os.File
	program *exec.Cmd
	done    chan struct{}

	mu      sync.Mutex
	written []byte
	tell    chan struct{} // closed and replaced with each writing
}

// run runs `kubectl workspace ARGS…` on a terminal of a width; what has a "=" before the first other word is for its environment.
func (s *stage) run(width uint16, line string) *terminal {
	s.Helper()
	args := strings.Fields(line)
	environment := s.environment
	for strings.Contains(args[0], "=") {
		environment, args = append(environment[:len(environment):len(environment)], args[0]), args[1:]
	}
	t := &terminal{stage: s, width: int(width), done: make(chan struct{}), tell: make(chan struct{})}
	t.program = exec.CommandContext(s.Context(), s.kubectl, append([]string{"workspace"}, args...)...)
	t.program.Env = environment
	var err error
	if t.file, err = pty.StartWithSize(t.program, &pty.Winsize{Cols: width, Rows: 24}); err != nil {
		s.Fatal(err)
	}
	go t.read()
	s.Cleanup(func() {
		_ = t.program.Process.Kill() // if it has not ended
		<-t.done
		_ = t.file.Close()
	})
	return t
}

func (t *terminal) read() {
	defer close(t.done)
	buffer := make([]byte, 4096)
	for {
		n, err := t.file.Read(buffer)
		t.mu.Lock()
		t.written = append(t.written, buffer[:n]...)
		close(t.tell)
		t.tell = make(chan struct{})
		t.mu.Unlock()
		if err != nil { // Linux answers with EIO when the last program has closed the terminal
			_ = t.program.Wait() // the exit code tells
			return
		}
	}
}

// raw is all that was written.
func (t *terminal) raw() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return string(t.written)
}

// sees is what a person sees.
func (t *terminal) sees() string { return strings.Join(screen(t.raw(), t.width), "\n") }

// await waits until a person sees a text.
func (t *terminal) await(text string) {
	t.Helper()
	late := time.After(patience)
	for {
		t.mu.Lock()
		tell := t.tell
		t.mu.Unlock()
		if strings.Contains(t.sees(), text) {
			return
		}
		select {
		case <-tell:
		case <-t.done:
			if !strings.Contains(t.sees(), text) {
				t.Fatalf("%q does not come, and it has ended:\n%s", text, t.sees())
			}
		case <-late:
			t.Fatalf("%q does not come:\n%s", text, t.sees())
		}
	}
}

// The keys that are typed.
const (
	enter  = "\r"
	ctrlC  = "\x03"
	ctrlD  = "\x04"
	noKeys = ""
)

func (t *terminal) types(keys string) {
	t.Helper()
	if _, err := t.file.WriteString(keys); err != nil {
		t.Fatal(err)
	}
}

// ends waits for the end, and demands an exit code.
func (t *terminal) ends(code int) {
	t.Helper()
	select {
	case <-t.done:
	case <-time.After(patience):
		t.Fatalf("it does not end:\n%s", t.sees())
	}
	if got := t.program.ProcessState.ExitCode(); got != code {
		t.Errorf("exit code %d, want %d:\n%s", got, code, t.sees())
	}
}
