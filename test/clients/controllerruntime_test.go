package clients

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	corev1apply "k8s.io/client-go/applyconfigurations/core/v1"
	metav1apply "k8s.io/client-go/applyconfigurations/meta/v1"
	clientgoscheme "k8s.io/client-go/kubernetes/scheme"
	"k8s.io/klog/v2"
	"k8s.io/utils/ptr"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/cache"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/config"
	"sigs.k8s.io/controller-runtime/pkg/controller/controllerutil"
	"sigs.k8s.io/controller-runtime/pkg/metrics/server"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"github.com/eoepca/workspaces/pkg/apis/eoepca/v1alpha1"
	v1alpha1apply "github.com/eoepca/workspaces/pkg/generated/applyconfiguration/eoepca/v1alpha1"
	"github.com/eoepca/workspaces/test/integration/env"
)

const (
	noteFinalizer = "example.org/notes"
	byOwner       = "spec.owner"
)

// notes is a controller as people write them: it keeps a ConfigMap for each workspace, which names the owner, and does
// something of its own before a workspace goes.
type notes struct {
	client   client.Client
	released *sync.Map // names of workspaces whose end it has seen to
	done     *atomic.Int32
}

func (n notes) Reconcile(ctx context.Context, req reconcile.Request) (reconcile.Result, error) {
	defer n.done.Add(1)
	ws := &v1alpha1.Workspace{}
	if err := n.client.Get(ctx, req.NamespacedName, ws); err != nil {
		return reconcile.Result{}, client.IgnoreNotFound(err)
	}
	before := ws.DeepCopy()
	patch := client.MergeFromWithOptions(before, client.MergeFromWithOptimisticLock{})
	if ws.DeletionTimestamp != nil {
		if controllerutil.RemoveFinalizer(ws, noteFinalizer) {
			n.released.Store(ws.Name, true)
			return reconcile.Result{}, client.IgnoreNotFound(n.client.Patch(ctx, ws, patch))
		}
		return reconcile.Result{}, nil
	}
	if controllerutil.AddFinalizer(ws, noteFinalizer) {
		return reconcile.Result{}, n.client.Patch(ctx, ws, patch)
	}
	owner := metav1apply.OwnerReference().WithAPIVersion(v1alpha1.SchemeGroupVersion.String()).WithKind("Workspace").
		WithName(ws.Name).WithUID(ws.UID).WithController(true).WithBlockOwnerDeletion(true)
	note := corev1apply.ConfigMap(ws.Name, ws.Namespace).WithOwnerReferences(owner).WithData(map[string]string{"owner": ws.Spec.Owner})
	return reconcile.Result{}, n.client.Apply(ctx, note, client.FieldOwner("notes"), client.ForceOwnership)
}

func init() { ctrl.SetLogger(klog.Background()) }

// start starts a manager with the controller, which ends with the test or by the function.
func (n notes) start(t *testing.T, p place) (manager ctrl.Manager, stop func()) {
	t.Helper()
	scheme := runtime.NewScheme()
	if err := errors.Join(clientgoscheme.AddToScheme(scheme), v1alpha1.AddToScheme(scheme)); err != nil {
		t.Fatal(err)
	}
	manager, err := ctrl.NewManager(p.config(t), ctrl.Options{
		Scheme:         scheme,
		Cache:          cache.Options{DefaultNamespaces: map[string]cache.Config{p.namespace: {}}},
		Metrics:        server.Options{BindAddress: "0"},
		Controller:     config.Controller{SkipNameValidation: ptr.To(true)},
		LeaderElection: true, LeaderElectionID: "notes", LeaderElectionNamespace: p.namespace,
		LeaderElectionReleaseOnCancel: true,
		LeaseDuration:                 ptr.To(15 * time.Second), RenewDeadline: ptr.To(10 * time.Second), RetryPeriod: ptr.To(200 * time.Millisecond),
	})
	if err != nil {
		t.Fatal(err)
	}
	n.client = manager.GetClient()
	err = errors.Join(
		manager.GetFieldIndexer().IndexField(t.Context(), &v1alpha1.Workspace{}, byOwner, func(o client.Object) []string {
			return []string{o.(*v1alpha1.Workspace).Spec.Owner}
		}),
		ctrl.NewControllerManagedBy(manager).For(&v1alpha1.Workspace{}).Owns(&corev1.ConfigMap{}).Complete(n),
	)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- manager.Start(ctx) }()
	stop = sync.OnceFunc(func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	t.Cleanup(stop)
	return manager, stop
}

// A controller with a cache and leader election keeps what it owns in step with workspaces, and sees to their end.
func TestControllerRuntime(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	n := notes{released: &sync.Map{}, done: &atomic.Int32{}}
	manager, stop := n.start(t, p)
	c := manager.GetClient()

	apply := func(owner string) {
		t.Helper()
		ws := v1alpha1apply.Workspace("one", p.namespace).WithSpec(v1alpha1apply.WorkspaceSpec().WithOwner(owner).
			WithStorage(v1alpha1apply.StorageSpec().WithBuckets(v1alpha1apply.Bucket().WithName("one-" + p.namespace))))
		if err := c.Apply(t.Context(), ws, client.FieldOwner("somebody")); err != nil {
			t.Fatal(err)
		}
	}
	apply("alice")
	key := client.ObjectKey{Namespace: p.namespace, Name: "one"}
	notes := func(want string) {
		t.Helper()
		env.Eventually(t, "the note names "+want, func() error {
			note := &corev1.ConfigMap{}
			if err := c.Get(t.Context(), key, note); err != nil {
				return err
			}
			if note.Data["owner"] != want {
				return fmt.Errorf("it names %s", note.Data["owner"])
			}
			return nil
		})
	}
	notes("alice")
	apply("bob")
	notes("bob")
	env.Eventually(t, "the cache finds it by its owner", func() error {
		list := &v1alpha1.WorkspaceList{}
		if err := c.List(t.Context(), list, client.InNamespace(p.namespace), client.MatchingFields{byOwner: "bob"}); err != nil {
			return err
		}
		if len(list.Items) != 1 {
			return fmt.Errorf("it finds %d", len(list.Items))
		}
		return nil
	})
	if err := c.Delete(t.Context(), &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Namespace: p.namespace, Name: "one"}}); err != nil {
		t.Fatal(err)
	}
	notes("bob")

	// Another manager waits for its turn, and goes on where the first ends.
	m, _ := n.start(t, p)
	apply("dave")
	notes("dave")
	select {
	case <-m.Elected():
		t.Fatal("two managers lead")
	default:
	}
	stop()
	<-m.Elected()
	c = m.GetClient()
	apply("carol")
	notes("carol")

	if err := c.Delete(t.Context(), &v1alpha1.Workspace{ObjectMeta: metav1.ObjectMeta{Namespace: p.namespace, Name: "one"}}); err != nil {
		t.Fatal(err)
	}
	env.Eventually(t, "the workspace goes, and its note with it", func() error {
		for _, o := range []client.Object{&v1alpha1.Workspace{}, &corev1.ConfigMap{}} {
			if err := m.GetAPIReader().Get(t.Context(), key, o); !apierrors.IsNotFound(err) {
				return fmt.Errorf("%T: %w", o, errors.Join(err, errors.New("it is there")))
			}
		}
		return nil
	})
	if _, seen := n.released.Load("one"); !seen {
		t.Error("the workspace went without the controller")
	}
	quiet(t, n.done)
}

// quiet checks that a controller comes to rest: nothing that it did makes it do more.
func quiet(t *testing.T, done *atomic.Int32) {
	t.Helper()
	last, rest := done.Load(), 0
	env.Eventually(t, "the controller rests", func() error {
		now := done.Load()
		if rest++; now != last {
			last, rest = now, 0
		}
		if rest < 25 {
			return fmt.Errorf("%d reconciliations", now)
		}
		return nil
	})
}
