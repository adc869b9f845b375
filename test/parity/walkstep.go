package main

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/util/strategicpatch"

	"github.com/eoepca/workspaces/pkg/apis/eoepca/v1alpha1"
)

// steps are what a step may be, each as often as it stands here.
var steps = []func(w *walker, name string){
	(*walker).creates, (*walker).creates, (*walker).updates, (*walker).updates, (*walker).updates, (*walker).merges, (*walker).merges, (*walker).merges,
	(*walker).patches, (*walker).patches, (*walker).mergesByKeys, (*walker).applies, (*walker).applies, (*walker).applies, (*walker).applies, (*walker).applies,
	(*walker).resets, (*walker).deletes, (*walker).deletes, (*walker).deletesSome, (*walker).reads, (*walker).reads, (*walker).reads,
}

func (w *walker) step(seed uint64) {
	w.Rand, w.dry = rand.New(rand.NewPCG(seed, 1)), false
	steps[w.IntN(len(steps))](w, [...]string{"one", "one", "two"}[w.IntN(3)])
}

// write sends a write, records the answer and keeps it for later steps, and goes on when all that follows from it is done.
func (w *walker) write(name, method, path string, body any, headers ...string) {
	if w.IntN(5) == 0 {
		headers = append(headers, "Accept", []string{asTable, asMeta}[w.IntN(2)])
	}
	a := w.send(method, path, body, headers...)
	if o := a.object(); a.code < 300 && o["kind"] == "Workspace" && !w.dry && a.meta("deletionTimestamp") == "" {
		w.bodies = append(w.bodies, o)
	}
	w.rest(name)
}

// rest waits until a workspace that is being deleted is gone, or held by nothing but a client's finalizer.
func (w *walker) rest(name string) {
	trace := w.trace
	w.trace = nil
	defer func() { w.trace = trace }()
	if err := w.eventually(name+" rests", func() bool {
		a := w.request(http.MethodGet, "/"+name, nil)
		if a.code == http.StatusNotFound || a.meta("deletionTimestamp") == "" {
			return true
		}
		finalizers, _ := a.object()["metadata"].(object)["finalizers"].([]any)
		return len(finalizers) > 0 && !slices.ContainsFunc(finalizers, func(f any) bool { return f == "orphan" || f == "foregroundDeletion" })
	}); err != nil {
		panic(failure{err})
	}
}

func (w *walker) creates(name string) {
	changes := w.draws("<spec: {SPEC}|metadata: {META}>", name, 4)
	w.write(name, "POST", w.draw("?MANAGERVALIDATION", name), w.object(name, changes...))
}

func (w *walker) updates(name string) {
	base := w.object(name, "metadata: {resourceVersion: '1'}")
	if a := w.request(http.MethodGet, "/"+name, nil); a.code == http.StatusOK {
		base = a.object()
	}
	if n := len(w.bodies); n > 0 && w.IntN(6) == 0 {
		base = runtime.DeepCopyJSON(w.bodies[w.IntN(n)])
	}
	var changes []string
	if w.IntN(5) > 0 {
		changes = w.draws("CHANGE", name, 3)
	}
	if w.IntN(8) == 0 {
		changes = append(changes, w.draw("<SERVERS|VERSION>", name))
	}
	w.write(name, "PUT", "/"+name+w.draw("?MANAGERVALIDATION", name), w.changed(base, changes...))
}

func (w *walker) merges(name string) {
	changes := w.draws("<CHANGE|CHANGE|CHANGE|CHANGE|CHANGE|SERVERS|metadata: {resourceVersion: 'PAST'}>", name, 3)
	w.write(name, "PATCH", "/"+name+w.draw("?MANAGERVALIDATION", name), w.merged(changes), "Content-Type", mergePatch)
}

func (w *walker) patches(name string) {
	ops := w.draw("[<OP|OP, OP|OP, OP, OP>]", name)
	w.write(name, "PATCH", "/"+name+w.draw("?MANAGERVALIDATION", name), ops, "Content-Type", jsonPatch)
}

// mergesByKeys sends a strategic patch. The control, which knows none, is sent what comes of it.
func (w *walker) mergesByKeys(name string) {
	patch, query := mustJSON(w.merged([]string{w.draw("spec: {SPEC}", name), w.draw("metadata: {META}", name)})), w.draw("?MANAGER", name)
	live := w.request(http.MethodGet, "/"+name, nil)
	switch {
	case live.code != http.StatusOK:
	case w.api.group == subjectGroup:
		w.write(name, "PATCH", "/"+name+query, patch, "Content-Type", strategicPatch)
	default:
		merged, err := strategicpatch.StrategicMergePatch(live.body, patch, v1alpha1.Workspace{})
		if err != nil {
			panic(failure{err})
		}
		w.write(name, "PUT", "/"+name+query, merged)
	}
}

func (w *walker) applies(name string) {
	var changes []string
	for range w.IntN(4) {
		changes = append(changes, w.draw("<spec: {SPEC}|spec: {SPEC}|metadata: {META}>", name))
	}
	body := w.changed(w.yaml(strings.ReplaceAll(applied, "NAME", name)), changes...)
	if w.IntN(3) == 0 || w.request(http.MethodGet, "/"+name, nil).code != http.StatusOK {
		body = w.object(name, changes...)
	}
	w.write(name, "PATCH", "/"+name+w.draw("?fieldManager=<first|second|third><|&force=true><||||&dryRun=All>", name), body, "Content-Type", applyPatch)
}

// resets has a client edit who owns what.
func (w *walker) resets(name string) {
	w.write(name, "PATCH", "/"+name, w.draw(`{"metadata":{"managedFields":FIELDS}}`, name), "Content-Type", mergePatch)
}

// deletes deletes. Of what nothing holds, the answer tells that its parts go; see the behaviour of the answer.
func (w *walker) deletes(name string) {
	a := w.request(http.MethodDelete, "/"+name, w.draw(`{"kind":"DeleteOptions","apiVersion":"v1"<|,CHECKED>POLICY}`, name))
	if a.code >= 300 || w.dry || strings.Contains(string(a.body), `"finalizers"`) {
		w.record(a)
	} else {
		w.note("%d", a.code)
	}
	w.rest(name)
}

func (w *walker) deletesSome(string) {
	w.note("%d", w.request(http.MethodDelete, w.draw("?<labelSelector=tier%3Dgold|fieldSelector=spec.owner%3Ddave|fieldSelector=metadata.name%3Dtwo><||&propagationPolicy=Foreground|&dryRun=All>", ""), nil).code)
	w.rest("one")
	w.rest("two")
}

// reads gets, lists, turns pages and lists as watches do, once the caches of both know the newest version.
func (w *walker) reads(name string) {
	w.now()
	switch accept := []string{"application/json", "application/json", asTable, asMeta}[w.IntN(4)]; w.IntN(6) {
	case 0:
		w.get(w.draw("/NAME<|/status>?<|&resourceVersion=<0|PAST>>", name), "Accept", accept)
	case 1:
		w.followUntil(initialEvents+w.draw("SELECTED<|&resourceVersion=PAST>", name), func() {}, event.initial)
	case 2:
		if len(w.tokens) > 0 {
			w.get(w.draw("?<|&limit=1>", name) + "&continue=" + w.tokens[w.IntN(len(w.tokens))])
		}
	default:
		a := w.get(w.draw("?SELECTED<|&limit=1>AT", name), "Accept", strings.Replace(accept, "PartialObjectMetadata", "PartialObjectMetadataList", 1))
		var list struct{ Metadata struct{ Continue string } }
		if err := json.Unmarshal(a.body, &list); err != nil {
			panic(failure{fmt.Errorf("read a list: %w", err)})
		}
		if token := list.Metadata.Continue; token != "" {
			w.tokens = append(w.tokens, token)
		}
	}
}
