package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/runtime"
)

// last is the workspace whose creation ends what a watch is recorded of; watches with selectors select it by its label.
const last = "zz-last"

const lastLabels = "metadata: {labels: {watched: 'yes'}}"

// follow records the events of a watch while something is done, until the last workspace is there, which is made then.
func (x *experiment) follow(query string, do func()) {
	x.followUntil(query, func() {
		do()
		x.made(last, lastLabels)
	}, func(e event) bool { return e.name() == last })
}

// followUntil records the events of a watch until one is the end, which is recorded unless it is the last workspace.
func (x *experiment) followUntil(query string, do func(), end func(event) bool) {
	outer := x.ctx
	ctx, cancel := context.WithTimeout(outer, patience)
	defer cancel()
	x.ctx = ctx
	resp := x.open(x.api.http, http.MethodGet, "?watch=true"+query, nil)
	x.ctx = outer
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		text, _ := io.ReadAll(resp.Body)
		x.record(&answer{code: resp.StatusCode, header: resp.Header, body: text})
		return
	}
	do()
	x.events(json.NewDecoder(resp.Body), end)
}

// event of a watch.
type event struct {
	Type   string `json:"type"`
	Object object `json:"object"`
}

func (e event) name() string {
	meta, _ := e.Object["metadata"].(object)
	name, _ := meta["name"].(string)
	return name
}

// initial says whether this bookmark ends the events that stand for the list.
func (e event) initial() bool {
	meta, _ := e.Object["metadata"].(object)
	annotations, _ := meta["annotations"].(object)
	return e.Type == "BOOKMARK" && annotations["k8s.io/initial-events-end"] == "true"
}

// events records what a decoder gives. A MODIFIED event that tells of nothing but a version and a status is left out: that a
// write of both parts is told by one more of them is shown by a behaviour of its own.
func (x *experiment) events(from *json.Decoder, end func(event) bool) {
	var short, full, common []string
	told := map[string]object{}
	for {
		var e event
		if err := from.Decode(&e); err != nil {
			if errors.Is(err, io.EOF) {
				short, full, common = append(short, "END"), append(full, "END"), append(common, "END")
				break
			}
			panic(failure{fmt.Errorf("watch after %v: %w", short, err)})
		}
		over := end(e)
		if over && e.name() == last {
			break
		}
		if e.Type == "MODIFIED" && !x.norm.keepRepeats && reflect.DeepEqual(told[e.name()], e.desired()) {
			continue
		}
		told[e.name()] = e.desired()
		// Bookmarks come when the server likes.
		if e.Type != "BOOKMARK" || e.initial() {
			short = append(short, x.norm.text(strings.TrimSpace(e.Type+" "+e.name())))
			full = append(full, e.Type+" "+pretty(x.norm.value(e.Object)))
			if what := e.Type + " " + x.norm.identity(e.Object); !slices.Contains(common, what) {
				common = append(common, what)
			}
		}
		if over {
			break
		}
	}
	x.log.steps = append(x.log.steps, step{strings.Join(short, ", "), strings.Join(full, "\n"), strings.Join(common, "\n")})
}

// desired is the object without its version and its status.
func (e event) desired() object {
	out := runtime.DeepCopyJSON(e.Object)
	delete(out, "status")
	if meta, ok := out["metadata"].(object); ok {
		delete(meta, "resourceVersion")
	}
	return out
}

// now is a version from which on nothing has happened yet in the namespace.
func (x *experiment) now() string {
	return x.must(http.MethodGet, "", nil).version()
}

// settle waits until an object has not changed for a while.
func (x *experiment) settle(name string) {
	version := ""
	_ = x.eventually("settled", func() bool {
		before := version
		version = x.must(http.MethodGet, "/"+name, nil).version()
		time.Sleep(time.Second)
		return version == before
	})
}

// drain records a watch that ends by itself.
func (x *experiment) drain(resp *http.Response) {
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		text, _ := io.ReadAll(resp.Body)
		x.record(&answer{code: resp.StatusCode, header: resp.Header, body: text})
		return
	}
	x.note("%s", resp.Header.Get("Content-Type"))
	x.events(json.NewDecoder(resp.Body), func(event) bool { return false })
}
