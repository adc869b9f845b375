package access

import (
	"context"
	"fmt"
	"sync"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/watch"
	genericapirequest "k8s.io/apiserver/pkg/endpoints/request"
	"k8s.io/apiserver/pkg/storage"

	"github.com/eoepca/workspaces/pkg/apis/eoepca"
)

// isStranger says whether a caller may get the one workspace under a key although nothing in it says so: by a Role that names it.
// Members have such a Role as well, as long as they are members; that is for the workspace's own fields to tell.
func (f *Filter) isStranger(ctx context.Context, key string) (bool, error) {
	may, err := f.mayGet(ctx, key, false)
	if err != nil || !may {
		return false, err
	}
	var ws eoepca.Workspace
	if err := f.Interface.Get(ctx, key, storage.GetOptions{ResourceVersion: "0", IgnoreNotFound: true}, &ws); err != nil {
		return false, err
	}
	caller, _ := genericapirequest.UserFrom(ctx)
	return !newViewer(caller).sees(Readers(&ws), ws.Name), nil
}

// watchByName follows one workspace for a stranger. Nothing in it tells when he may no longer get it, so that is asked at
// each event.
func (f *Filter) watchByName(ctx context.Context, key string, opts storage.ListOptions) (watch.Interface, error) {
	inner, err := f.Interface.Watch(ctx, key, opts)
	if err != nil {
		return nil, err
	}
	w := &namedWatch{
		inner:   inner,
		check:   func(ws *eoepca.Workspace) error { return f.check(ctx, key, ws) },
		result:  make(chan watch.Event),
		stopped: make(chan struct{}),
	}
	go w.run()
	return w, nil
}

// namedWatch passes events on while their workspaces may be seen.
type namedWatch struct {
	inner   watch.Interface
	check   func(*eoepca.Workspace) error
	result  chan watch.Event
	stopped chan struct{}
	stop    sync.Once
}

func (w *namedWatch) ResultChan() <-chan watch.Event { return w.result }

func (w *namedWatch) Stop() {
	w.stop.Do(func() { close(w.stopped) })
	w.inner.Stop()
}

func (w *namedWatch) run() {
	defer close(w.result)
	defer w.inner.Stop()
	for event := range w.inner.ResultChan() {
		err := w.ask(event)
		if storage.IsNotFound(err) {
			// Whoever has kept the last object must not go on believing in it: this has him list.
			err = apierrors.NewResourceExpired("the permission to get this workspace has ended")
		}
		if err != nil {
			event = watch.Event{Type: watch.Error, Object: statusOf(err)}
		}
		select {
		case w.result <- event:
		case <-w.stopped:
			return
		}
		if err != nil {
			return
		}
	}
}

func (w *namedWatch) ask(event watch.Event) error {
	if event.Type == watch.Bookmark || event.Type == watch.Error {
		return nil
	}
	object := event.Object
	if cached, ok := object.(runtime.CacheableObject); ok { // shared with other watches
		object = cached.GetObject()
	}
	ws, ok := object.(*eoepca.Workspace)
	if !ok {
		return fmt.Errorf("%T is no workspace", object)
	}
	return w.check(ws)
}

func statusOf(err error) runtime.Object {
	status := apierrors.APIStatus(apierrors.NewInternalError(err))
	if known, ok := err.(apierrors.APIStatus); ok {
		status = known
	}
	object := status.Status()
	return &object
}
