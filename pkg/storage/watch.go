package storage

import (
	"context"
	"fmt"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/watch"
	"k8s.io/apiserver/pkg/storage"

	"github.com/eoepca/workspaces/pkg/apis/eoepca"
)

// source is the storage as the cacher sees it that feeds from it: one list, then one watch from the list's cut.
type source struct {
	*Backend

	mu  sync.Mutex
	cut *cut // of the last list, until the watch that begins there takes it
}

// IsWatchListSemanticsUnSupported keeps the cacher on list and watch: the list is the cut that the watch begins at.
func (s *source) IsWatchListSemanticsUnSupported() bool { return true }

// GetList answers everything at one cut, whatever the page size: pages of a join would each read all of it.
func (s *source) GetList(ctx context.Context, _ string, opts storage.ListOptions, listObj runtime.Object) error {
	if s.ctx.Err() != nil {
		return apierrors.NewServiceUnavailable("the server is stopping")
	}
	if opts.ResourceVersion != "" {
		return s.Backend.GetList(ctx, s.prefix, opts, listObj)
	}
	defer collectSooner()()
	ctx, cancel := s.whileRunning(ctx)
	defer cancel()
	c, err := s.currentCut(ctx, "")
	if err != nil {
		return s.readError(err)
	}
	s.begin(c)
	s.mu.Lock()
	s.cut = c
	s.mu.Unlock()
	list := listObj.(*eoepca.WorkspaceList)
	list.Items = make([]eoepca.Workspace, 0, len(c.parts[storageKind]))
	for _, ws := range c.workspaces(&s.lost) {
		list.Items = append(list.Items, *ws)
	}
	return s.Versioner().UpdateList(list, c.rv, "", nil)
}

// whileRunning ends a context with the storage: the cacher's own never end.
func (s *source) whileRunning(ctx context.Context) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancel(ctx)
	stop := context.AfterFunc(s.ctx, cancel)
	return ctx, func() {
		stop()
		cancel()
	}
}

// Watch follows all workspaces from a revision on.
func (s *source) Watch(ctx context.Context, _ string, opts storage.ListOptions) (watch.Interface, error) {
	if s.ctx.Err() != nil {
		return nil, apierrors.NewServiceUnavailable("the server is stopping")
	}
	rv, err := s.Versioner().ParseResourceVersion(opts.ResourceVersion)
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	c := s.cut
	s.cut = nil
	s.mu.Unlock()
	if c == nil || c.rv != rv {
		listing, cancel := s.whileRunning(ctx)
		defer cancel()
		if c, err = s.cutAt(listing, "", rv); err != nil {
			return nil, s.readError(err)
		}
		s.begin(c)
	}
	w := s.startJoinedWatch(ctx, c)
	s.running.Go(debug.FreeOSMemory) // To list takes much that nobody needs again.
	return w, nil
}

// patience is how long an event waits before it asks for progress: about as long as the second write of a workspace
// takes, whose event is the proof. A fence touched meanwhile would only be in its way.
const patience = 5 * time.Millisecond

// maxPatience is how often it waits that long for a write of ours that is under way.
const maxPatience = 4

// urgeAgain is how long an event that has asked waits before it asks once more: the fence may not have been there to be touched.
const urgeAgain = time.Second

// joinedWatch is the ordered merge of the two kinds' streams, as it runs.
type joinedWatch struct {
	backend *Backend
	hasLabs bool
	streams [numKinds]*stream
	input   chan streamInput
	result  chan watch.Event
	cancel  context.CancelFunc
	sent    uint64           // revision of the last event or bookmark
	overdue <-chan time.Time // when events that wait ask for progress; nil: none wait
	patient int              // how often they have waited that long
	again   <-chan time.Time // when those that still wait ask once more
	ended   atomic.Bool      // and a new one has not begun yet

	mu     sync.RWMutex
	merger *merger
}

// begin prepares a cut for a watch that begins there. What the watch before it knew, and no part tells, is taken over, so that no
// version goes back.
func (b *Backend) begin(c *cut) {
	c.merger = newMerger(c.rv, c.parts, c.hasLabs)
	c.merger.lost = &b.lost
	before := b.live.Load()
	if before == nil {
		return
	}
	before.mu.RLock()
	defer before.mu.RUnlock()
	c.merger.mourn(before.merger.pairs)
	for i, p := range c.parts[storageKind] {
		c.parts[storageKind][i] = c.merger.pairs[keyOf(p)].parts[storageKind]
	}
}

func (b *Backend) startJoinedWatch(ctx context.Context, c *cut) *joinedWatch {
	asked := ctx
	ctx, cancel := context.WithCancel(b.ctx)
	context.AfterFunc(asked, cancel)
	w := &joinedWatch{
		backend: b,
		hasLabs: c.hasLabs,
		input:   make(chan streamInput, 100),
		result:  make(chan watch.Event, 100),
		cancel:  cancel,
		sent:    c.rv,
		merger:  c.merger,
	}
	for key, p := range w.merger.pairs {
		b.chores.observe(key, *p)
	}
	var streams sync.WaitGroup
	for kind, client := range b.clients {
		if partKind(kind) == datalabKind && !c.hasLabs {
			continue
		}
		s := newStream(client, b.fences[kind], c.rv, w.input)
		w.streams[kind] = s
		streams.Go(func() { s.run(ctx) })
	}
	b.running.Go(func() {
		defer streams.Wait()
		defer cancel()
		defer close(w.result)
		defer w.ended.Store(true)
		w.run(ctx)
	})
	b.setLive(w)
	return w
}

func (w *joinedWatch) ResultChan() <-chan watch.Event { return w.result }

func (w *joinedWatch) Stop() { w.cancel() }

func (w *joinedWatch) run(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-w.backend.labs.changedFrom(w.hasLabs):
			w.expire(ctx)
			return
		case <-w.overdue:
			w.overdue = nil
			w.urge()
		case <-w.again:
			w.again = nil
			w.urge()
		case in := <-w.input:
			if in.err != nil {
				w.expire(ctx)
				return
			}
			if !w.advance(ctx, in) {
				return
			}
		}
	}
}

// urge asks for the progress that waiting events wait for, unless a write of ours is about to be the proof: it costs nothing
// more, and a fence written beside it would delay it.
func (w *joinedWatch) urge() {
	lagging := w.lagging()
	switch {
	case lagging == nil:
		w.patient = 0
	case lagging.client.writing.Load() > 0 && w.patient < maxPatience:
		w.patient++
		w.overdue = time.After(patience)
	default:
		w.patient = 0
		w.again = time.After(urgeAgain)
		lagging.requestProgress()
	}
}

// expire tells the cacher to list anew.
func (w *joinedWatch) expire(ctx context.Context) {
	w.send(ctx, watch.Event{Type: watch.Error, Object: &apierrors.NewResourceExpired(errExpired.Error()).ErrStatus})
}

// advance takes in what the streams have to say, and sends on what is thereby proven.
func (w *joinedWatch) advance(ctx context.Context, in streamInput) bool {
	step := w.merge(in)
	for _, event := range step.events {
		w.backend.chores.observe(event.key, event.pair)
		if !w.send(ctx, watch.Event{Type: event.kind, Object: w.compose(event)}) {
			return false
		}
		w.sent = event.rv
	}
	w.backend.tellLost(step.lost)
	if step.expired {
		w.expire(ctx)
		return false
	}
	if step.waits && w.overdue == nil {
		w.overdue = time.After(patience)
	}
	if step.released > w.sent {
		w.sent = step.released
		return w.send(ctx, watch.Event{Type: watch.Bookmark, Object: bookmark(step.released)})
	}
	return true
}

// mergeStep is what one step of the merge brought about.
type mergeStep struct {
	events   []mergedEvent
	lost     []lostBucket
	released uint64
	waits    bool // some events are not proven yet
	expired  bool
}

// merge takes the input and whatever else has come in by now, so that a burst is released at once.
func (w *joinedWatch) merge(in streamInput) (step mergeStep) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.take(in)
	for range len(w.input) {
		next := <-w.input
		step.expired = step.expired || next.err != nil
		w.take(next)
	}
	step.released = w.merger.release(func(e mergedEvent) { step.events = append(step.events, e) })
	step.lost = w.merger.index.takeLost()
	_, step.waits = w.merger.waitingFor()
	return step
}

// lagging is the stream that waiting events wait for; nil when none wait.
func (w *joinedWatch) lagging() *stream {
	w.mu.RLock()
	defer w.mu.RUnlock()
	if kind, waits := w.merger.waitingFor(); waits {
		return w.streams[kind]
	}
	return nil
}

func (w *joinedWatch) take(in streamInput) {
	if in.event != nil {
		w.merger.add(in.kind, *in.event)
	}
	w.merger.proven(in.kind, in.proven)
}

func (w *joinedWatch) compose(event mergedEvent) *eoepca.Workspace {
	ws := event.pair.compose(w.hasLabs)
	ws.ResourceVersion = formatRevision(event.rv)
	return ws
}

func bookmark(rv uint64) *eoepca.Workspace {
	return &eoepca.Workspace{ObjectMeta: metav1.ObjectMeta{ResourceVersion: formatRevision(rv)}}
}

// requestProgress asks both streams to prove how far they have come.
func (w *joinedWatch) requestProgress() {
	for _, s := range w.streams {
		if s != nil {
			s.requestProgress()
		}
	}
}

// hasSeen says whether these two versions are known to have stood side by side: then a pair of live reads that found
// them is a cut.
func (w *joinedWatch) hasSeen(key types.NamespacedName, versions [numKinds]uint64) bool {
	w.mu.RLock()
	defer w.mu.RUnlock()
	p := w.merger.pairs[key]
	if p == nil || len(p.losses) > 0 {
		return false
	}
	for kind, want := range versions {
		if known := p.parts[kind]; known == nil || revisionOf(known) != want {
			return false
		}
	}
	return true
}

// lag answers why the watch is not up to date, and nil when it is.
func (w *joinedWatch) lag() error {
	if w.ended.Load() {
		return fmt.Errorf("the parts are being listed anew")
	}
	for kind, s := range w.streams {
		if s != nil && !s.connected.Load() {
			return fmt.Errorf("the watch of %s is not connected: kube-apiserver does not answer", partKind(kind).resource())
		}
	}
	return nil
}

// releasedTo is the revision up to which everything is known.
func (w *joinedWatch) releasedTo() uint64 {
	w.mu.RLock()
	defer w.mu.RUnlock()
	return w.merger.released
}

// known is what has been released of a workspace.
func (w *joinedWatch) known(key types.NamespacedName) pair {
	w.mu.RLock()
	defer w.mu.RUnlock()
	if p := w.merger.pairs[key]; p != nil {
		return *p
	}
	return pair{}
}

func (w *joinedWatch) send(ctx context.Context, event watch.Event) bool {
	select {
	case w.result <- event:
		return true
	case <-ctx.Done():
		return false
	}
}
