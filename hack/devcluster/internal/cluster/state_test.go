package cluster

import (
	"bytes"
	"os"
	"strings"
	"testing"
)

func TestDownAndStatusWithoutACluster(t *testing.T) {
	l := Layout{Root: t.TempDir()}
	var out bytes.Buffer
	for range 2 {
		if err := l.Down(t.Context(), &out); err != nil {
			t.Errorf("down: %v", err)
		}
	}
	if err := l.Status(&out); err == nil || !strings.Contains(err.Error(), "make up") {
		t.Errorf("status: got %v, want what to do", err)
	}
}

func TestOneSupervisorAtATime(t *testing.T) {
	l := Layout{Root: t.TempDir()}
	lock, err := l.lock()
	if err != nil {
		t.Fatal(err)
	}
	if on, err := l.running(); err != nil || !on {
		t.Errorf("with the lock held: running is %t, %v", on, err)
	}
	if err := l.Supervise(t.Context()); err != errRunning {
		t.Errorf("a second supervisor: got %v", err)
	}
	if err := lock.Close(); err != nil {
		t.Fatal(err)
	}
	if on, err := l.running(); err != nil || on {
		t.Errorf("with the lock released: running is %t, %v", on, err)
	}
}

// Each phase in which the supervisor may be found, and what up and status make of it.
func TestPhasesAreTold(t *testing.T) {
	for _, c := range []struct {
		state State
		err   string // empty: fine
	}{
		{State{Phase: ready}, ""},
		{State{Phase: broken, Error: "etcd ended"}, "etcd ended"},
		{State{Phase: failed, Error: "the disk is full"}, "the disk is full"},
	} {
		t.Run(c.state.Phase, func(t *testing.T) {
			l := Layout{Root: t.TempDir()}
			lock, err := l.lock()
			if err != nil {
				t.Fatal(err)
			}
			defer lock.Close()
			if err := l.writeState(c.state); err != nil {
				t.Fatal(err)
			}
			var out bytes.Buffer
			for name, err := range map[string]error{"up": l.Up(t.Context(), &out), "status": l.Status(&out)} {
				if c.err == "" && err != nil || c.err != "" && (err == nil || !strings.Contains(err.Error(), c.err)) {
					t.Errorf("%s: got %v, want %q", name, err, c.err)
				}
			}
		})
	}
}

func TestOnlyWhatRunsOutsideOfTheClusterIsLeftOut(t *testing.T) {
	objects, err := decode([]byte("# a comment\n---\nkind: ClusterRole\n---\nkind: Deployment\n---\nkind: APIService\n---\nkind: Namespace\n"))
	if err != nil {
		t.Fatal(err)
	}
	var kinds []string
	for _, o := range objects {
		kinds = append(kinds, o.GetKind())
	}
	if got := strings.Join(kinds, " "); got != "ClusterRole Namespace" {
		t.Errorf("got %s", got)
	}
}

func TestManifestsOfOurOwnAreWellFormed(t *testing.T) {
	text, err := os.ReadFile("manifests.yaml")
	if err != nil {
		t.Fatal(err)
	}
	objects, err := decode(text)
	if err != nil {
		t.Fatal(err)
	}
	for _, o := range objects {
		if o.GetKind() == "" || o.GetName() == "" || o.GetAPIVersion() == "" {
			t.Errorf("%v lacks its kind or name", o.Object)
		}
	}
}
