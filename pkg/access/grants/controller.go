package grants

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/watch"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/cache"
	"k8s.io/client-go/util/workqueue"
	"k8s.io/klog/v2"

	"github.com/eoepca/workspaces/pkg/access"
)

// workers is how many workspaces are put right at a time.
const workers = 8

// controller makes the Roles and RoleBindings of each workspace what they should be.
type controller struct {
	roles    keeper[*rbacv1.Role]
	bindings keeper[*rbacv1.RoleBinding]

	workspaces cache.Store // of *recipients
	informers  []cache.Controller
	queue      workqueue.TypedRateLimitingInterface[cache.ObjectName]
}

func newController(client kubernetes.Interface, workspaces Workspaces) *controller {
	c := &controller{
		queue: workqueue.NewTypedRateLimitingQueueWithConfig(
			workqueue.NewTypedItemExponentialFailureRateLimiter[cache.ObjectName](10*time.Millisecond, time.Minute),
			workqueue.TypedRateLimitingQueueConfig[cache.ObjectName]{Name: "workspace-grants"}),
	}
	rbac := client.RbacV1()
	ours := func(options *metav1.ListOptions) { options.LabelSelector = managedByLabel + "=" + managedBy }
	roles, rolesInformer := follow(&cache.ListWatch{
		ListWithContextFunc: func(ctx context.Context, options metav1.ListOptions) (runtime.Object, error) {
			ours(&options)
			return rbac.Roles("").List(ctx, options)
		},
		WatchFuncWithContext: func(ctx context.Context, options metav1.ListOptions) (watch.Interface, error) {
			ours(&options)
			return rbac.Roles("").Watch(ctx, options)
		},
	}, reduceRBAC, c.grantChanged)
	bindings, bindingsInformer := follow(&cache.ListWatch{
		ListWithContextFunc: func(ctx context.Context, options metav1.ListOptions) (runtime.Object, error) {
			ours(&options)
			return rbac.RoleBindings("").List(ctx, options)
		},
		WatchFuncWithContext: func(ctx context.Context, options metav1.ListOptions) (watch.Interface, error) {
			ours(&options)
			return rbac.RoleBindings("").Watch(ctx, options)
		},
	}, reduceRBAC, c.grantChanged)
	var workspacesInformer cache.Controller
	c.workspaces, workspacesInformer = follow(source(workspaces), reduceWorkspace, c.workspaceChanged)
	c.roles = keeper[*rbacv1.Role]{roles, func(ns string) clientOf[*rbacv1.Role] { return rbac.Roles(ns) }}
	c.bindings = keeper[*rbacv1.RoleBinding]{bindings, func(ns string) clientOf[*rbacv1.RoleBinding] { return rbac.RoleBindings(ns) }}
	c.informers = []cache.Controller{rolesInformer, bindingsInformer, workspacesInformer}
	return c
}

// run works until the context ends, and returns when nothing of it is left.
func (c *controller) run(ctx context.Context) {
	var running sync.WaitGroup
	defer running.Wait()
	defer c.queue.ShutDown()
	known := make([]cache.InformerSynced, 0, len(c.informers))
	for _, informer := range c.informers {
		running.Go(func() { informer.RunWithContext(ctx) })
		known = append(known, informer.HasSynced)
	}
	// Before all are known, what is there would be taken for left behind.
	if !cache.WaitForCacheSync(ctx.Done(), known...) {
		return
	}
	for range workers {
		running.Go(func() {
			for c.next(ctx) {
			}
		})
	}
	<-ctx.Done()
}

func (c *controller) workspaceChanged(key string) {
	if name, err := cache.ParseObjectName(key); err == nil {
		c.queue.Add(name)
	}
}

func (c *controller) grantChanged(key string) {
	name, err := cache.ParseObjectName(key)
	if err != nil {
		return
	}
	if workspace, ok := workspaceOf(name.Name); ok {
		c.queue.Add(cache.NewObjectName(name.Namespace, workspace))
	}
}

// next puts one workspace right. It answers false when there will be no more.
func (c *controller) next(ctx context.Context) bool {
	key, done := c.queue.Get()
	if done {
		return false
	}
	defer c.queue.Done(key)
	err := c.reconcile(ctx, key)
	switch {
	case err == nil || ctx.Err() != nil:
		c.queue.Forget(key)
	case apierrors.HasStatusCause(err, corev1.NamespaceTerminatingCause):
		c.queue.Forget(key) // and so will be the workspace, and what is bound in it
	default:
		if !errors.Is(err, errStale) {
			klog.ErrorS(err, "The roles of a workspace could not be bound; it is tried again", "workspace", key)
		}
		c.queue.AddRateLimited(key)
	}
	return true
}

// reconcile makes the Roles and RoleBindings of a workspace what they should be.
func (c *controller) reconcile(ctx context.Context, key cache.ObjectName) error {
	object, _, err := c.workspaces.GetByKey(key.String())
	if err != nil {
		return err
	}
	ws, _ := object.(*recipients) // nil when it is gone
	var errs []error
	for _, role := range access.GrantedRoles {
		var wanted *grant
		if ws != nil {
			wanted = ws.grant(role)
		}
		errs = append(errs, c.settle(ctx, cache.NewObjectName(key.Namespace, nameOf(role, key.Name)), wanted))
	}
	return errors.Join(errs...)
}

// settle makes or takes back one grant: a Role is there before it is bound, and as long.
func (c *controller) settle(ctx context.Context, name cache.ObjectName, wanted *grant) error {
	if wanted == nil {
		if err := c.bindings.remove(ctx, name); err != nil {
			return fmt.Errorf("keep the RoleBinding %s: %w", name, err)
		}
		if err := c.roles.remove(ctx, name); err != nil {
			return fmt.Errorf("keep the Role %s: %w", name, err)
		}
		return nil
	}
	if err := c.roles.ensure(ctx, wanted.role); err != nil {
		return fmt.Errorf("keep the Role %s: %w", name, err)
	}
	if err := c.bindings.ensure(ctx, wanted.binding); err != nil {
		return fmt.Errorf("keep the RoleBinding %s: %w", name, err)
	}
	return nil
}
