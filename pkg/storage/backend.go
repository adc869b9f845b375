package storage

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"

	apiextensions "k8s.io/apiextensions-apiserver/pkg/client/clientset/clientset"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/record"
)

// resourcePrefix begins the keys of workspaces: /workspaces/<namespace>/<name>.
const resourcePrefix = "/workspaces"

// Config is what the storage is made from.
type Config struct {
	// Client reaches the kube-apiserver that holds the parts.
	Client *rest.Config
	// FenceNamespace is where the server keeps its own two parts, by which it proves how far watches have come. Empty: watches
	// are correct but one to two seconds late.
	FenceNamespace string
	// Events tells users of a workspace what the server did to it. Nil: nobody is told.
	Events record.EventRecorder
}

// Backend is the storage of workspaces. It does nothing, and reads wait, until Run runs.
type Backend struct {
	prefix         string
	fenceNamespace string
	clients        [numKinds]*partClient
	fences         [numKinds]*fence
	kinds          [numKinds]*kindWatcher
	labs           *kindWatcher // whether there are Datalabs
	crds           apiextensions.Interface
	chores         *chores
	lost           lossLog
	events         record.EventRecorder

	ctx     context.Context // ends with Run
	cancel  context.CancelFunc
	running sync.WaitGroup // the joined watches
	live    atomic.Pointer[joinedWatch]
}

// New makes the storage and starts nothing.
func New(config Config) (*Backend, error) {
	registerMetrics()
	client := rest.CopyConfig(config.Client)
	if client.QPS == 0 {
		// Every request of ours stands for a request of a user, whom kube-apiserver has let through already.
		client.QPS = -1
	}
	clients, err := newPartClients(client)
	if err != nil {
		return nil, err
	}
	crds, err := apiextensions.NewForConfig(client)
	if err != nil {
		return nil, fmt.Errorf("client for custom resource definitions: %w", err)
	}
	b := &Backend{prefix: resourcePrefix, fenceNamespace: config.FenceNamespace, clients: clients, crds: crds, events: config.Events}
	if b.events == nil {
		b.events = &record.FakeRecorder{}
	}
	b.ctx, b.cancel = context.WithCancel(context.Background())
	for kind, client := range clients {
		b.fences[kind] = newFence(client, config.FenceNamespace)
		b.kinds[kind] = newKindWatcher(partKind(kind))
	}
	b.labs = b.kinds[datalabKind]
	b.chores = newChores(b)
	return b, nil
}

// Run does the storage's work in the background until the context ends; then it stops every watch and waits for it.
func (b *Backend) Run(ctx context.Context) {
	var workers sync.WaitGroup
	for kind := range numKinds {
		workers.Go(func() { b.kinds[kind].run(ctx, b.crds) })
		workers.Go(func() { b.fences[kind].run(ctx) })
	}
	workers.Go(func() { b.chores.run(ctx) })
	<-ctx.Done()
	b.cancel()
	workers.Wait()
	b.running.Wait()
}

// Ready answers nil while both streams are followed, and else what is missing.
func (b *Backend) Ready() error {
	for _, kind := range b.kinds {
		known, serves := kind.state()
		switch {
		case !known:
			return fmt.Errorf("whether the cluster serves %s is not known yet: kube-apiserver does not answer, or the server may not watch customresourcedefinitions", kind.name())
		case !serves && kind.kind == storageKind:
			return fmt.Errorf("the cluster does not serve %s: install the storage provider", kind.name())
		}
	}
	live := b.live.Load()
	if live == nil {
		return fmt.Errorf("the parts are not listed yet")
	}
	return live.lag()
}

// DatalabInstalled says whether the cluster serves Datalabs, as far as is known.
func (b *Backend) DatalabInstalled() bool {
	_, serves := b.labs.state()
	return serves
}

// setLive makes a joined watch the one that knows what has been seen.
func (b *Backend) setLive(w *joinedWatch) { b.live.Store(w) }

func (b *Backend) isFenced(namespace string) bool {
	return b.fenceNamespace != "" && namespace == b.fenceNamespace
}

// currentRevision is a revision that holds every write to a part which had ended before the call.
func (b *Backend) currentRevision(ctx context.Context) (uint64, error) {
	if f := b.fences[storageKind]; f.enabled() {
		if rv, err := f.revision(ctx); err == nil {
			return rv, nil
		}
	}
	return b.clients[storageKind].currentRevision(ctx)
}
