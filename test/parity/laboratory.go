package main

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"golang.org/x/sync/errgroup"
	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	apiextensions "k8s.io/apiextensions-apiserver/pkg/client/clientset/clientset"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	utilruntime "k8s.io/apimachinery/pkg/util/runtime"
	"k8s.io/client-go/rest"

	"github.com/eoepca/workspaces/test/integration/env"
)

// api is an API under test.
type api struct {
	*kind
	// http speaks as a user who may do everything with this API, and other as one who may do nothing.
	http, other *http.Client
	host        string
}

// laboratory is where both APIs are served.
type laboratory struct {
	env              *env.Env
	control, subject *api
	builtins         map[*kind]*api
	namespaces       atomic.Int32
	fixture          string // namespace that reads share
	panics           atomic.Int32
}

// start starts a control plane that serves both APIs, with a namespace that reads share.
func start(ctx context.Context) (*laboratory, error) {
	e, err := env.Start(ctx, env.Options{Replicas: 1})
	if err != nil {
		return nil, err
	}
	l := &laboratory{env: e}
	// The server runs in this process.
	utilruntime.PanicHandlers = append(utilruntime.PanicHandlers, func(context.Context, any) { l.panics.Add(1) })
	if err := l.prepare(ctx); err != nil {
		return nil, fmt.Errorf("prepare the control plane: %w", closing(err, e))
	}
	return l, nil
}

func closing(err error, e *env.Env) error {
	if stopErr := e.Stop(); stopErr != nil {
		return fmt.Errorf("%w; then stop it: %w", err, stopErr)
	}
	return err
}

func (l *laboratory) prepare(ctx context.Context) (err error) {
	if err := l.installControl(ctx); err != nil {
		return err
	}
	if l.control, err = l.api(workspaces(controlGroup)); err != nil {
		return err
	}
	if l.subject, err = l.api(workspaces(subjectGroup)); err != nil {
		return err
	}
	l.builtins = map[*kind]*api{}
	furnished := []*api{l.control, l.subject}
	for _, k := range builtins {
		if l.builtins[k], err = l.api(k); err != nil {
			return err
		}
		if !k.cluster {
			furnished = append(furnished, l.builtins[k])
		}
	}
	if err := l.awaitControl(ctx); err != nil {
		return err
	}
	if l.fixture, err = l.namespace(ctx); err != nil {
		return err
	}
	for _, a := range furnished {
		if err := a.experiment(ctx, l.fixture).furnish(); err != nil {
			return err
		}
	}
	return nil
}

func (l *laboratory) api(k *kind) (*api, error) {
	a := &api{kind: k}
	for user, client := range map[string]**http.Client{env.Operator: &a.http, "nobody": &a.other} {
		config, err := l.env.Aggregated(user)
		if err != nil {
			return nil, err
		}
		a.host = config.Host
		if *client, err = rest.HTTPClientFor(config); err != nil {
			return nil, err
		}
	}
	return a, nil
}

// installControl installs the custom resource, and gives the operator the role for it, and for the built-in kinds, that he has
// for workspaces.
func (l *laboratory) installControl(ctx context.Context) error {
	client, err := apiextensions.NewForConfig(l.env.ControlPlane.Config())
	if err != nil {
		return err
	}
	if _, err := client.ApiextensionsV1().CustomResourceDefinitions().Create(ctx, controlCRD(), metav1.CreateOptions{}); err != nil {
		return err
	}
	rbac := l.env.Admin.RbacV1()
	// Everybody may list workspaces and sees his own; of a custom resource nobody sees anything.
	if err := rbac.ClusterRoleBindings().Delete(ctx, "eoepca:workspace-user", metav1.DeleteOptions{}); err != nil {
		return err
	}
	role := &rbacv1.ClusterRole{ObjectMeta: metav1.ObjectMeta{Name: "parity-control"}, Rules: []rbacv1.PolicyRule{
		{APIGroups: []string{controlGroup, "admissionregistration.k8s.io"}, Resources: []string{"*"}, Verbs: []string{"*"}},
	}}
	for _, k := range builtins {
		role.Rules = append(role.Rules, rbacv1.PolicyRule{
			APIGroups: []string{k.group}, Resources: []string{"*"}, Verbs: []string{"*"},
		})
	}
	if _, err := rbac.ClusterRoles().Create(ctx, role, metav1.CreateOptions{}); err != nil {
		return err
	}
	_, err = rbac.ClusterRoleBindings().Create(ctx, &rbacv1.ClusterRoleBinding{
		ObjectMeta: metav1.ObjectMeta{Name: "parity-control"},
		RoleRef:    rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "ClusterRole", Name: role.Name},
		Subjects:   []rbacv1.Subject{{APIGroup: rbacv1.GroupName, Kind: "User", Name: env.Operator}},
	}, metav1.CreateOptions{})
	return err
}

// awaitControl returns when the control is served, its OpenAPI included, and the collector knows of it.
func (l *laboratory) awaitControl(ctx context.Context) error {
	x := l.control.experiment(ctx, "default")
	if err := x.eventually("the control is served", func() bool {
		return x.request(http.MethodGet, "", nil).code == http.StatusOK &&
			x.request(http.MethodGet, "!/openapi/v3/apis/$GROUP/v1alpha1", nil).code == http.StatusOK
	}); err != nil {
		return err
	}
	if a := x.request(http.MethodPost, "", x.object("probe")); a.code != http.StatusCreated {
		return fmt.Errorf("create a control object: %d %.500s", a.code, a.body)
	}
	x.request(http.MethodDelete, "/probe?propagationPolicy=Foreground", nil)
	return x.eventually("the garbage collector knows of the control", func() bool {
		return x.request(http.MethodGet, "/probe", nil).code == http.StatusNotFound
	})
}

// namespace makes a namespace for one behaviour. It goes with the control plane.
func (l *laboratory) namespace(ctx context.Context) (string, error) {
	ns := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: fmt.Sprintf("p%04d", l.namespaces.Add(1))}}
	_, err := l.env.Admin.CoreV1().Namespaces().Create(ctx, ns, metav1.CreateOptions{})
	return ns.Name, err
}

// runAll runs each behaviour against all that it is shown by, some at a time.
func (l *laboratory) runAll(ctx context.Context, chosen []behaviour, workers int) ([]result, error) {
	results := make([]result, len(chosen))
	group, running := errgroup.WithContext(ctx)
	group.SetLimit(workers)
	var done atomic.Int32
	for i, b := range chosen {
		group.Go(func() error {
			ns, err := l.fixture, error(nil)
			if !b.reads {
				if ns, err = l.namespace(running); err != nil {
					return err
				}
			}
			results[i] = l.runOne(running, b, ns)
			if n := done.Add(1); n%20 == 0 {
				fmt.Fprintf(os.Stderr, "%d of %d\n", n, len(chosen))
			}
			return running.Err()
		})
	}
	if err := group.Wait(); err != nil {
		return nil, err
	}
	for i, r := range results {
		// A slow machine may not get big requests done in time beside others.
		if r.judge().verdict == different && r.timedOut() {
			ns, err := l.namespace(ctx)
			if err != nil {
				return nil, err
			}
			if r.reads {
				ns = l.fixture
			}
			results[i] = l.runOne(ctx, r.behaviour, ns)
		}
	}
	return results, l.alive(ctx)
}

// timedOut says whether somebody did not answer in time.
func (r result) timedOut() bool {
	return slices.ContainsFunc(slices.Concat(r.control.steps, r.subject.steps), func(s step) bool {
		return strings.Contains(s.full, `"code": 504`)
	})
}

// alive says whether both servers have come through.
func (l *laboratory) alive(ctx context.Context) (err error) {
	defer func() {
		if f, ok := recover().(failure); ok {
			err = f
		}
	}()
	if n := l.panics.Load(); n > 0 {
		return fmt.Errorf("the server panicked %d times: its log tells where", n)
	}
	for _, a := range []*api{l.control, l.subject} {
		x := a.experiment(ctx, l.fixture)
		for _, path := range []string{"!/readyz", "/a", "?limit=1"} {
			if got := x.request(http.MethodGet, path, nil); got.code != http.StatusOK {
				return fmt.Errorf("after all that, %s %s is answered with %d: %.500s", a.group, path, got.code, got.body)
			}
		}
	}
	return l.env.Replicas[0].AwaitReady(ctx)
}

func (l *laboratory) runOne(ctx context.Context, b behaviour, ns string) result {
	r := result{behaviour: b}
	var all sync.WaitGroup
	all.Go(func() { r.control = observe(ctx, b, l.control, ns) })
	all.Go(func() { r.subject = observe(ctx, b, l.subject, ns) })
	if b.builtin != nil {
		all.Go(func() {
			seen := observe(ctx, b, l.builtins[b.builtin], ns)
			r.builtin = &seen
		})
	}
	all.Wait()
	return r
}
