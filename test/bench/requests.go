package main

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"time"
)

// request is one request on either side.
type request struct {
	name       string
	reps       int
	target     target
	rest       time.Duration               // before each, so that nothing of the one before is still going on
	before     func(context.Context) error // not measured
	storages   func(ctx context.Context, i int) error
	workspaces func(ctx context.Context, i int) error
}

// warmUp is how many requests go ahead unmeasured, so that connections are open and decisions cached.
const warmUp = 2

// A write goes on after its answer: events are on their way, watchers and controllers take them in. A list does too: the
// next one would wait for the pause that fences keep.
const (
	readRest  = 60 * time.Millisecond
	writeRest = 100 * time.Millisecond
)

// after is the request, with a rest before each.
func (r request) after(rest time.Duration) request {
	r.rest = rest
	return r
}

// compare sends the request to both sides in turn, so that whatever else happens on the machine happens to both.
func (r *request) compare(ctx context.Context) (a, b samples, err error) {
	for i := range warmUp + r.reps {
		sides := []func() error{
			func() error { return r.measure(ctx, &a, r.storages, i) },
			func() error { return r.measure(ctx, &b, r.workspaces, i) },
		}
		first := i % 2
		for _, side := range []func() error{sides[first], sides[1-first]} {
			if err := side(); err != nil {
				return nil, nil, err
			}
		}
	}
	return a[warmUp:], b[warmUp:], nil
}

func (r *request) measure(ctx context.Context, into *samples, send func(context.Context, int) error, i int) error {
	if err := pause(ctx, r.rest); err != nil {
		return err
	}
	if r.before != nil {
		if err := r.before(ctx); err != nil {
			return err
		}
	}
	begun := time.Now()
	err := send(ctx, i)
	*into = append(*into, time.Since(begun))
	return err
}

// requests are all that are compared, in the order of the table.
func (b *bench) requests() []request {
	lists := b.reps(map[int]int{1000: 40, 10000: 15}, 7)
	one := "/" + pairName(rand.IntN(b.n))
	return []request{
		b.discovery(),
		b.reads("GET", b.reps(nil, 200), atMost(2.2), func(path string) string {
			return path + "/" + pairName(rand.IntN(b.n))
		}),
		b.reads("GET the same again", b.reps(nil, 200), atMost(2.2), func(path string) string { return path + one }),
		b.reads("LIST", lists, listTarget(b.n, 0.9), func(path string) string { return path }).after(readRest),
		b.afterWrite(b.reads("LIST after an unrelated write", lists, listTarget(b.n, 0.9), func(path string) string { return path }).after(readRest)),
		b.reads("LIST at version 0", lists, listTarget(b.n, 0.7), func(path string) string { return path + "?resourceVersion=0" }).after(readRest),
		b.creates(),
		b.sessionStarts(),
	}
}

// discovery reads no object on either side: what it costs more on ours is the way there, from kube-apiserver and back.
func (b *bench) discovery() request {
	read := func(path string) func(context.Context, int) error {
		return func(ctx context.Context, _ int) error { return b.env.operator.get(ctx, path, nil) }
	}
	return request{
		name: "discovery: the way there", reps: b.reps(nil, 100),
		storages: read(parts + "/v1beta1"), workspaces: read("/apis/eoepca.org/v1alpha1"),
	}
}

func (b *bench) reads(name string, reps int, target target, path func(string) string) request {
	read := func(root string) func(context.Context, int) error {
		return func(ctx context.Context, _ int) error { return b.env.operator.get(ctx, path(root), nil) }
	}
	return request{name: name, reps: reps, target: target, storages: read(storages), workspaces: read(workspaces)}
}

// afterWrite has a write that concerns neither side go before each request: a consistent read then has to find out that
// nothing has changed.
func (b *bench) afterWrite(r request) request {
	r.before = b.writeUnrelated
	return r
}

func (b *bench) writeUnrelated(ctx context.Context) error {
	body := fmt.Appendf(nil, `{"data":{"n":"%d"}}`, rand.Int())
	return b.env.load.do(ctx, http.MethodPatch, "/api/v1/namespaces/"+namespace+"/configmaps/"+unrelated, mergePatch, body, nil)
}

func (b *bench) creates() request {
	create := func(path, prefix string, make func(string) object) func(context.Context, int) error {
		return func(ctx context.Context, i int) error {
			body, err := json.Marshal(make(fmt.Sprintf("%s-%d-%d", prefix, b.n, i)))
			if err != nil {
				return err
			}
			return b.env.operator.do(ctx, http.MethodPost, path, jsonBody, body, nil)
		}
	}
	return request{
		name: "create", reps: b.reps(nil, 50), target: atMost(3.5), rest: writeRest,
		storages:   create(storages, "new-storage", storagePart),
		workspaces: create(workspaces, "new-workspace", workspace),
	}
}

// sessionStarts compares launch with the patch of the one field that it comes down to. Each workspace is started once.
func (b *bench) sessionStarts() request {
	reps := b.reps(nil, 40)
	patch := []byte(`{"spec":{"sessions":[{"name":"default","state":"started"}]}}`)
	launch := []byte(`{"apiVersion":"eoepca.org/v1alpha1","kind":"WorkspaceLaunch","spec":{"session":"default"}}`)
	return request{
		name: "session start", reps: reps, target: atMost(2.5), rest: writeRest,
		storages: func(ctx context.Context, i int) error {
			return b.env.operator.do(ctx, http.MethodPatch, datalabs+"/"+pairName(b.first+i), mergePatch, patch, nil)
		},
		workspaces: func(ctx context.Context, i int) error {
			path := workspaces + "/" + pairName(b.first+warmUp+reps+i) + "/launch"
			return b.env.operator.do(ctx, http.MethodPost, path, jsonBody, launch, nil)
		},
	}
}
