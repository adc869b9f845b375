package main

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// watched are the queries of what is watched during a walk.
var watched = []string{"", "&labelSelector=watched%3Dyes", "&fieldSelector=spec.owner%3Dalice", "&allowWatchBookmarks=true&fieldSelector=metadata.name%21%3Dtwo"}

// telling is a watch that is read in the background.
type telling struct {
	query string
	ended chan error
	all   []event
}

func (w *walker) watchAll() {
	for _, query := range watched {
		w.watch(query, w.now())
	}
}

// watch reads a watch until the last workspace is told of.
func (w *walker) watch(query, version string) {
	t := &telling{query: query, ended: make(chan error, 1)}
	w.watches = append(w.watches, t)
	resp := w.open(w.api.http, http.MethodGet, "?watch=true"+query+"&resourceVersion="+version, nil) //nolint:bodyclose // closed below
	go func() {
		defer resp.Body.Close()
		from := json.NewDecoder(resp.Body)
		for {
			var e event
			if err := from.Decode(&e); err != nil || e.name() == last {
				t.ended <- err
				return
			}
			t.all = append(t.all, e)
		}
	}()
}

// tellAll ends the walk, and records what was told of it, also from a version of the past on.
func (w *walker) tellAll(draw int) {
	if len(w.bodies) > 0 {
		w.watch("&timeoutSeconds=600", w.bodies[draw%len(w.bodies)]["metadata"].(object)["resourceVersion"].(string))
	}
	w.made(last, lastLabels)
	for _, t := range w.watches {
		if err := <-t.ended; err != nil {
			panic(failure{fmt.Errorf("watch %s: %w", t.query, err)})
		}
		w.tellOf(t)
	}
}

// tellOf records the events of a watch, object by object: what is deleted together goes in any order. Left out are those by which a Workspace may tell more: that a write of a second part is
// done, and the steps of a deletion, in which the parts go one by one.
func (w *walker) tellOf(t *telling) {
	told, all, after := map[string]string{}, map[string]string{}, uint64(0)
	for _, e := range t.all {
		meta, _ := e.Object["metadata"].(object)
		text, _ := meta["resourceVersion"].(string)
		version, err := strconv.ParseUint(text, 10, 64)
		if err != nil || version < after || version == after && e.Type != "BOOKMARK" {
			w.note("%s: %s of version %q after %d", t.query, e.Type, text, after)
		}
		after = version
		name, finalizers := e.name(), string(mustJSON(meta["finalizers"]))
		collected := strings.Contains(finalizers, "foregroundDeletion") || strings.Contains(finalizers, "orphan")
		parts := meta["deletionTimestamp"] != nil && finalizers == "null" || meta["deletionTimestamp"] == nil && collected
		delete(meta, "generation")
		desired := e.desired()
		if e.Type == "DELETED" {
			desired = object{"metadata": object{"name": name, "uid": meta["uid"]}}
		}
		text = pretty(w.norm.value(desired))
		if e.Type == "BOOKMARK" || e.Type == "MODIFIED" && (parts || told[name] == text) {
			continue
		}
		told[name] = text
		all[name] += e.Type + " " + text + "\n"
	}
	for _, name := range slices.Sorted(maps.Keys(all)) {
		w.tell(name, t.query+" "+all[name])
	}
}
