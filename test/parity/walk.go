package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"sync"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// A walk is a random sequence of requests that the control and Workspaces are sent in lockstep. Each step is drawn from a seed of its
// own, so that the others stay what they are when one is taken out.
type walk []uint64

func newWalk(seed uint64, steps int) walk {
	draw := rand.New(rand.NewPCG(seed, 0))
	w := make(walk, steps)
	for i := range w {
		w[i] = draw.Uint64()
	}
	return w
}

// parting is where the two have given different answers, and what they had been sent.
type parting struct {
	walk       walk
	sent, diff string
}

// walker is one of the two.
type walker struct {
	*experiment
	*rand.Rand         // of the step
	anchor      string // uid of a ConfigMap that may own workspaces
	bodies      []object
	tokens      []string
	generations map[string][]float64 // by uid
	dry         bool
	sent        []string
	watches     []*telling
}

func (l *laboratory) newWalkers(ctx context.Context) (both [2]*walker, err error) {
	ns, err := l.namespace(ctx)
	if err != nil {
		return both, err
	}
	anchor, err := l.env.Admin.CoreV1().ConfigMaps(ns).Create(ctx, &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Name: "anchor"}}, metav1.CreateOptions{})
	if err != nil {
		return both, err
	}
	for i, a := range []*api{l.control, l.subject} {
		w := &walker{experiment: a.experiment(ctx, ns), anchor: string(anchor.UID), generations: map[string][]float64{}}
		w.norm.keepGenerations, w.norm.each = true, w.each
		// How many databases there must be, a Workspace tells.
		w.norm.words = append(w.norm.words, "Required value: must name at least one database", "Required value")
		w.trace = func(request string) { w.sent = append(w.sent, request) }
		both[i] = w
	}
	return both, nil
}

// together has both do something at the same time, and answers what they saw.
func together(both [2]*walker, do func(*walker)) (saw [2]observation) {
	var all sync.WaitGroup
	for i, w := range both {
		all.Go(func() {
			w.log = observation{}
			saw[i] = observe(w.ctx, behaviour{do: func(*experiment) { do(w) }}, w.api, w.ns)
			saw[i].steps = w.log.steps
		})
	}
	all.Wait()
	return saw
}

// take takes a walk until the two part.
func (l *laboratory) take(ctx context.Context, way walk) (*parting, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	both, err := l.newWalkers(ctx)
	if err != nil {
		return nil, err
	}
	saw := together(both, (*walker).watchAll)
	diff := differ(saw)
	for i := 0; i < len(way) && diff == ""; i++ {
		saw := together(both, func(w *walker) { w.step(way[i]) })
		if impasse(saw[0]) {
			return nil, nil
		}
		if diff = differ(saw); diff != "" {
			way = way[:i+1]
		}
	}
	if diff == "" {
		diff = differ(together(both, func(w *walker) { w.tellAll(len(way)) }))
	}
	if diff == "" || ctx.Err() != nil {
		return nil, ctx.Err()
	}
	return &parting{way, strings.Join(both[1].sent, "\n"), diff}, nil
}

// differ tells how two observations differ. Where a custom resource fails on a client's mistake, a refusal is as good.
func differ(saw [2]observation) string {
	control, subject := saw[0], saw[1]
	for i := range min(len(control.steps), len(subject.steps)) {
		if strings.HasPrefix(control.steps[i].short, "500") && strings.HasPrefix(subject.steps[i].short, "400") {
			subject.steps[i] = control.steps[i]
		}
	}
	if err := errors.Join(control.failed, subject.failed); err != nil {
		return err.Error()
	}
	return cmp.Diff(control.full(), subject.full())
}

// impasse says whether the control refuses what it has made itself: of a list whose last item nobody owns any more, null is left.
func impasse(control observation) bool {
	return slices.ContainsFunc(control.steps, func(s step) bool { return strings.Contains(s.full, `must be of type array: \"null\"`) })
}

// each makes comparable what the normaliser alone cannot.
func (w *walker) each(o object) {
	if causes, ok := o["causes"].([]any); ok { // custom resources tell mistakes in metadata several times
		o["causes"] = slices.CompactFunc(causes, func(a, b any) bool { return reflect.DeepEqual(a, b) })
	}
	spec, _ := o["spec"].(object)
	stores, _ := spec["stores"].(object)
	for list, size := range map[string]string{"caches": "1Gi", "documents": "10Gi"} { // defaults that no schema tells
		items, _ := stores[list].([]any)
		for _, item := range items {
			if store := item.(object); store["storage"] == size {
				delete(store, "storage")
			}
		}
	}
	sortStores(stores)
	if uid, _ := o["uid"].(string); uid != "" && o["creationTimestamp"] != nil {
		w.generation(uid, o)
	}
}

// generation makes of a generation which of its object's it is, since it may grow by two. That of a terminating workspace
// follows its parts, and so does its version.
func (w *walker) generation(uid string, meta object) {
	g, told := meta["generation"].(float64)
	if meta["deletionTimestamp"] != nil {
		meta["resourceVersion"], meta["generation"] = "terminating", 0.0
	}
	if meta["deletionTimestamp"] != nil || !told {
		return
	}
	seen := w.generations[uid]
	i := slices.Index(seen, g)
	switch {
	case i < 0 && len(seen) > 0 && g < seen[len(seen)-1]: // it goes back: -1
	case i < 0:
		if i = len(seen); !w.dry {
			w.generations[uid] = append(seen, g)
		}
	}
	meta["generation"] = float64(i)
}

// shorten leaves out steps while the two still part, at whatever.
func (l *laboratory) shorten(ctx context.Context, p *parting) (*parting, error) {
	for size := max(len(p.walk)/2, 1); size > 0; size /= 2 {
		for from := 0; from < len(p.walk) && len(p.walk) > 1; {
			shorter, err := l.take(ctx, slices.Concat(p.walk[:from], p.walk[min(from+size, len(p.walk)):]))
			switch {
			case err != nil:
				return p, err
			case shorter == nil:
				from += size
			default:
				p = shorter
			}
		}
	}
	return p, nil
}

// walks takes the walks that a range names as FROM-TO/STEPS, and fails with those that part, shortened.
func (l *laboratory) walks(ctx context.Context, which string, workers int) error {
	var from, to uint64
	var steps int
	if _, err := fmt.Sscanf(which, "%d-%d/%d", &from, &to, &steps); err != nil {
		return fmt.Errorf("walks %q are not FROM-TO/STEPS, such as 1-20/50: %w", which, err)
	}
	var all sync.WaitGroup
	seeds, failures := make(chan uint64), make([]error, workers)
	for i := range workers {
		all.Go(func() {
			for seed := range seeds {
				p, err := l.take(ctx, newWalk(seed, steps))
				if p != nil {
					p, err = l.shorten(ctx, p)
					failures[i] = errors.Join(failures[i], fmt.Errorf("walk %d of %d steps parts:\n%s\n%s", seed, steps, p.sent, p.diff))
				}
				failures[i] = errors.Join(failures[i], err)
			}
		})
	}
	for seed := from; seed <= to; seed++ {
		seeds <- seed
	}
	close(seeds)
	all.Wait()
	return errors.Join(failures...)
}
