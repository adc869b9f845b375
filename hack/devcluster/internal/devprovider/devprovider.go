// Package devprovider is the one simulation of the development cluster: it plays the Crossplane providers that reconcile
// Storages and Datalabs in a real one, and says so in its log, its conditions and its pages. The S3 server behind it is
// real: keys, grants and denials are what they claim. Nothing of the products may depend on this package.
package devprovider

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"sync"
	"time"

	"github.com/go-logr/logr"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/rest"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/cache"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/controller"
	"sigs.k8s.io/controller-runtime/pkg/handler"
	"sigs.k8s.io/controller-runtime/pkg/manager"
	metricsserver "sigs.k8s.io/controller-runtime/pkg/metrics/server"
)

// Options of the simulation.
type Options struct {
	Dir             string        // where the S3 server keeps its data
	S3Address       string        // host:port of the S3 server
	SessionsAddress string        // host:port of the session pages
	Region          string        // S3 region
	Delay           time.Duration // how long things take to become ready, and to go
	Retry           time.Duration // how soon what failed is tried again
}

// S3Endpoint is the URL of the S3 server.
func (o Options) S3Endpoint() string { return "http://" + o.S3Address }

type provider struct {
	options Options
	client  client.Client // reads from the cache
	live    client.Reader
	gateway *gateway

	mu     sync.Mutex
	claims map[string]types.UID // principal → Storage
	begun  map[step]time.Time
}

// step is something that takes time with an object.
type step struct {
	uid  types.UID
	name string
}

// Run plays the providers until the context ends.
func Run(ctx context.Context, config *rest.Config, o Options) error {
	// What the library has to say of itself is noise here; what devprovider does is not.
	ctrl.SetLogger(logr.FromSlogHandler(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelWarn})))
	slog.Info("simulation: devprovider plays the Crossplane providers: conditions, sessions and store credentials are simulated, the S3 server is real",
		"s3", o.S3Endpoint(), "sessions", "http://"+o.SessionsAddress)

	gateway, err := newGateway(o.Dir)
	if err != nil {
		return err
	}
	mgr, err := ctrl.NewManager(config, manager.Options{
		Metrics: metricsserver.Options{BindAddress: "0"},
		Client:  client.Options{Cache: &client.CacheOptions{Unstructured: true}},
		Cache: cache.Options{ByObject: map[client.Object]cache.ByObject{
			&corev1.Secret{}: {Label: labels.SelectorFromSet(labels.Set{secretLabel: "true"})},
		}},
	})
	if err != nil {
		return err
	}
	p := &provider{
		options: o, client: mgr.GetClient(), live: mgr.GetAPIReader(), gateway: gateway,
		claims: map[string]types.UID{}, begun: map[step]time.Time{},
	}
	if err := p.loadAccounts(ctx); err != nil {
		return err
	}
	if err := p.register(ctx, mgr); err != nil {
		return err
	}
	for _, serve := range []manager.RunnableFunc{
		func(ctx context.Context) error { return gateway.serve(ctx, o.S3Address, o.Region) },
		p.servePages,
	} {
		if err := mgr.Add(serve); err != nil {
			return err
		}
	}
	return mgr.Start(ctx)
}

// register makes the controllers of both parts, and the indexes that they look up.
func (p *provider) register(ctx context.Context, mgr manager.Manager) error {
	for _, index := range []struct {
		kind  schema.GroupVersionKind
		name  string
		value client.IndexerFunc
	}{
		{storageKind, byPrincipal, principalOf},
		{storageKind, byGrantee, granteesOf},
		{datalabKind, bySecret, secretOf},
	} {
		if err := mgr.GetFieldIndexer().IndexField(ctx, newObject(index.kind), index.name, index.value); err != nil {
			return err
		}
	}
	workers := controller.Options{MaxConcurrentReconciles: 8}
	s, d := storages{p}, datalabs{p}
	err := ctrl.NewControllerManagedBy(mgr).Named("storages").WithOptions(workers).
		For(newObject(storageKind)).
		Watches(newObject(storageKind), handler.EnqueueRequestsFromMapFunc(s.neighbours)).
		Owns(&corev1.Secret{}).
		Complete(s)
	if err != nil {
		return fmt.Errorf("start the controller of Storages: %w", err)
	}
	err = ctrl.NewControllerManagedBy(mgr).Named("datalabs").WithOptions(workers).
		For(newObject(datalabKind)).
		Watches(&corev1.Secret{}, handler.EnqueueRequestsFromMapFunc(d.readers)).
		Owns(&corev1.Secret{}).
		Complete(d)
	if err != nil {
		return fmt.Errorf("start the controller of Datalabs: %w", err)
	}
	return nil
}

func (p *provider) servePages(ctx context.Context) error {
	listener, err := net.Listen("tcp", p.options.SessionsAddress)
	if err != nil {
		return fmt.Errorf("serve session pages: %w", err)
	}
	server := &http.Server{Handler: p.pages(), ReadHeaderTimeout: 10 * time.Second}
	stop := context.AfterFunc(ctx, func() { _ = server.Close() })
	defer stop()
	if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

// claim gives the principal to the Storage, unless another one has it.
func (p *provider) claim(principal string, o *unstructured.Unstructured) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if uid, ok := p.claims[principal]; ok && uid != o.GetUID() {
		return fmt.Errorf("principal %s is another Storage's", principal)
	}
	p.claims[principal] = o.GetUID()
	return nil
}

// release ends the claim and tells whether the principal's things are this Storage's to remove.
func (p *provider) release(principal string, o *unstructured.Unstructured) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if uid, ok := p.claims[principal]; ok && uid != o.GetUID() {
		return false
	}
	delete(p.claims, principal)
	return true
}

// since tells how much of the delay is left since the step was first asked about.
func (p *provider) since(o *unstructured.Unstructured, name string, delay time.Duration) time.Duration {
	p.mu.Lock()
	defer p.mu.Unlock()
	key := step{o.GetUID(), name}
	if _, ok := p.begun[key]; !ok {
		p.begun[key] = time.Now()
	}
	return time.Until(p.begun[key].Add(delay))
}

func (p *provider) forgetStep(o *unstructured.Unstructured, name string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.begun, step{o.GetUID(), name})
}

// forget drops all steps of an object that goes.
func (p *provider) forget(o *unstructured.Unstructured) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for key := range p.begun {
		if key.uid == o.GetUID() {
			delete(p.begun, key)
		}
	}
}
