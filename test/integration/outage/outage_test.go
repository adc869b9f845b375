// Package outage holds what the server promises about the end of the control plane beneath it. It kills its own.
package outage

import (
	"context"
	"fmt"
	"os"
	"sync"
	"testing"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/eoepca/workspaces/pkg/apis/eoepca/v1alpha1"
	"github.com/eoepca/workspaces/test/integration/env"
)

var e *env.Env

func TestMain(m *testing.M) { os.Exit(env.Main(m, env.Options{Replicas: 2}, &e)) }

const (
	writers = 3
	// quiet is how long the writers go on between two blows: long enough that the blow falls among writes.
	quiet = 20
)

// Under load kube-apiserver is killed, then etcd, then both: each time the replicas recover by themselves; no acknowledged write
// is lost or half; and in the end every watcher has what is stored.
func TestNothingIsMissedWhenTheControlPlaneDies(t *testing.T) {
	ns := e.Namespace(t)
	var informers []*env.Informer
	for _, replica := range e.Replicas {
		informers = append(informers, env.Inform(t, replica, ns))
	}
	plane := e.ControlPlane
	load := startLoad(t, ns)
	for name, blow := range map[string]func(context.Context) error{
		"kube-apiserver": plane.RestartAPIServer,
		"etcd":           plane.RestartEtcd,
		"both": func(ctx context.Context) error {
			plane.KillAPIServer()
			if err := plane.RestartEtcd(ctx); err != nil {
				return err
			}
			return plane.StartAPIServer(ctx)
		},
	} {
		load.await(t, quiet)
		if err := blow(t.Context()); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		load.await(t, quiet)
	}
	written := load.stop()
	for i, replica := range e.Replicas {
		if err := replica.AwaitReady(t.Context()); err != nil {
			t.Errorf("replica %d: %v", i, err)
		}
	}
	last, err := e.Replicas[0].Workspaces(ns).Create(t.Context(), env.Workspace(ns, "last"), metav1.CreateOptions{})
	if err != nil {
		t.Fatal(err)
	}
	written[last.Name] = last

	for i, replica := range e.Replicas {
		list, err := replica.Workspaces(ns).List(t.Context(), metav1.ListOptions{})
		if err != nil {
			t.Fatal(err)
		}
		checkWritten(t, i, list, written)
		env.Eventually(t, fmt.Sprintf("the informer of replica %d catches up", i), func() error {
			list, err := replica.Workspaces(ns).List(t.Context(), metav1.ListOptions{})
			if err != nil {
				return err
			}
			return informers[i].Agrees(list)
		})
	}
}

// checkWritten checks that what was acknowledged is there, or something later of the same writer.
func checkWritten(t *testing.T, replica int, list *v1alpha1.WorkspaceList, written map[string]*v1alpha1.Workspace) {
	t.Helper()
	have := map[string]*v1alpha1.Workspace{}
	for i := range list.Items {
		have[list.Items[i].Name] = &list.Items[i]
	}
	for name, ws := range written {
		now := have[name]
		if now == nil {
			t.Errorf("replica %d has lost %s", replica, name)
			continue
		}
		if env.Version(t, now.ResourceVersion) < env.Version(t, ws.ResourceVersion) {
			t.Errorf("replica %d has version %s of %s, and %s was acknowledged", replica, now.ResourceVersion, name, ws.ResourceVersion)
		}
		if len(now.Spec.Members) > 0 && now.Spec.Storage.Buckets[0].Name != now.Name+"-"+now.Namespace+"-"+now.Spec.Members[0].Name {
			t.Errorf("replica %d has half of a write of %s: %+v", replica, name, now.Spec)
		}
	}
}

// load is writers who don't give up.
type load struct {
	cancel  context.CancelFunc
	writers sync.WaitGroup

	mu      sync.Mutex
	acks    int
	written map[string]*v1alpha1.Workspace // the last acknowledged of each
}

func startLoad(t *testing.T, ns string) *load {
	ctx, cancel := context.WithCancel(t.Context())
	l := &load{cancel: cancel, written: map[string]*v1alpha1.Workspace{}}
	for w := range writers {
		l.writers.Go(func() {
			for i := 0; ctx.Err() == nil; i++ {
				l.write(ctx, t, ns, fmt.Sprintf("w%d-%d", w, i/5), w+i)
			}
		})
	}
	return l
}

// write makes or changes both parts of a workspace, with a time limit as a client has it.
func (l *load) write(ctx context.Context, t *testing.T, ns, name string, i int) {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	client := e.Replicas[i%len(e.Replicas)].Workspaces(ns)
	ws := env.Workspace(ns, name)
	ws.Spec.Members = []v1alpha1.Member{{Name: fmt.Sprintf("m%d", i)}}
	ws.Spec.Storage.Buckets[0].Name = name + "-" + ns + "-" + ws.Spec.Members[0].Name
	written, err := client.Create(ctx, ws, metav1.CreateOptions{})
	if apierrors.IsAlreadyExists(err) {
		patch := fmt.Sprintf(`{"spec": {"members": [{"name": %q}], "storage": {"buckets": [{"name": %q}]}}}`, ws.Spec.Members[0].Name, ws.Spec.Storage.Buckets[0].Name)
		written, err = client.Patch(ctx, name, types.MergePatchType, []byte(patch), metav1.PatchOptions{})
	}
	switch {
	case err == nil:
		l.mu.Lock()
		l.acks++
		l.written[name] = written
		l.mu.Unlock()
	case apierrors.IsInvalid(err), apierrors.IsBadRequest(err), apierrors.IsNotFound(err), apierrors.IsMethodNotSupported(err):
		t.Errorf("write %s: %v", name, err)
	}
}

// await waits for so many further acknowledged writes: the replicas have recovered then.
func (l *load) await(t *testing.T, more int) {
	t.Helper()
	l.mu.Lock()
	want := l.acks + more
	l.mu.Unlock()
	env.Eventually(t, fmt.Sprintf("%d writes more are acknowledged", more), func() error {
		l.mu.Lock()
		defer l.mu.Unlock()
		if l.acks < want {
			return fmt.Errorf("%d are missing", want-l.acks)
		}
		return nil
	})
}

func (l *load) stop() map[string]*v1alpha1.Workspace {
	l.cancel()
	l.writers.Wait()
	return l.written
}
