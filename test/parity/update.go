package main

import (
	"strings"
	"time"
)

// quiet is how long a server has to do what it does of its own accord.
const quiet = 15 * time.Second

// current is the workspace one as it is, with YAML texts merged into it.
func (x *experiment) current(changes ...string) object {
	return x.changed(x.must("GET", "/one", nil).object(), changes...)
}

var updates = []behaviour{
	does("update", "a scalar", func(x *experiment) {
		x.made("one")
		x.put("/one", x.current("spec: {owner: bob}"))
		x.get("/one")
	}),
	does("update", "everything", func(x *experiment) {
		version := x.made("one").version()
		x.put("/one", x.changed(x.full(), "metadata: {resourceVersion: '"+version+"'}"))
	}),
	does("update", "nothing", func(x *experiment) {
		x.record(x.made("one"))
		x.put("/one", x.current())
	}),
	does("update", "what is taken out goes", func(x *experiment) {
		x.must("POST", "", x.full())
		x.put("/one", x.current("spec: {members: null, stores: null, storage: {accessGrants: null, accessRequests: null}}"))
	}),
	does("update", "a rollover is taken out", func(x *experiment) {
		x.must("POST", "", x.full())
		x.put("/one", x.current("spec: {storage: {credentialsRollover: null}}"))
	}),
	does("update", "labels alone leave the generation", func(x *experiment) {
		x.record(x.made("one"))
		x.put("/one", x.current("metadata: {labels: {a: b}, annotations: {c: d}}"))
	}),
	does("update", "the spec raises the generation", func(x *experiment) {
		x.norm.keepGenerations = true
		x.made("one")
		for _, owner := range []string{"bob", "carol", "dave"} {
			x.put("/one", x.current("spec: {owner: "+owner+"}"))
		}
	}),
	does("update", "a change all over the spec raises the generation", func(x *experiment) {
		x.norm.keepGenerations = true
		x.made("one")
		x.put("/one", x.current("spec: {owner: bob, storage: {buckets: [{name: one-$NS, discoverable: true}]}}"))
	}),
	does("update", "a version that is not the current one", func(x *experiment) {
		old := x.made("one").object()
		x.must("PUT", "/one", x.current("spec: {owner: bob}"))
		x.put("/one", x.changed(old, "spec: {owner: carol}"))
	}),
	does("update", "the version of a create is current until somebody writes", func(x *experiment) {
		made := x.made("one")
		time.Sleep(quiet)
		x.put("/one", x.changed(made.object(), "spec: {owner: bob}"))
	}),
	does("update", "without a version", func(x *experiment) {
		x.made("one")
		x.put("/one", x.object("one", "spec: {owner: bob}"))
	}),
	does("update", "a version of the future", func(x *experiment) {
		x.made("one")
		x.put("/one", x.current("metadata: {resourceVersion: '999999999'}"))
	}),
	does("update", "what is not there", func(x *experiment) { x.put("/one", x.object("one")) }),
	does("update", "what is not there, with a version", func(x *experiment) {
		x.put("/one", x.object("one", "metadata: {resourceVersion: '1'}"))
	}),
	does("update", "under another name", func(x *experiment) {
		x.made("one")
		x.put("/one", x.current("metadata: {name: two}"))
	}),
	does("update", "in another namespace", func(x *experiment) {
		x.made("one")
		x.put("/one", x.current("metadata: {namespace: default}"))
	}),
	does("update", "another uid", func(x *experiment) {
		x.made("one")
		x.put("/one", x.current("metadata: {uid: 11111111-2222-3333-4444-555555555555}"))
	}),
	does("update", "what the server sets is kept", func(x *experiment) {
		x.made("one")
		x.put("/one", x.current(`metadata: {creationTimestamp: "2020-01-01T00:00:00Z", generation: 9, deletionTimestamp: null}`))
	}),
	like(deployments, does("update", "a deletionTimestamp is not set", func(x *experiment) {
		x.made("one")
		x.put("/one", x.current(`metadata: {deletionTimestamp: "2020-01-01T00:00:00Z"}`))
	})),
	does("update", "the status is left alone", func(x *experiment) {
		x.made("one")
		x.put("/one", x.current("status: {observedGeneration: 99}"))
	}),
	does("update", "a finalizer added and removed", func(x *experiment) {
		x.made("one")
		x.put("/one", x.current("metadata: {finalizers: [example.org/hold]}"))
		x.put("/one", x.current("metadata: {finalizers: null}"))
	}),
	like(deployments, does("update", "no finalizer while terminating", func(x *experiment) {
		x.made("one", "metadata: {finalizers: [example.org/hold]}")
		x.must("DELETE", "/one", nil)
		x.settle("one")
		x.put("/one", x.current("metadata: {finalizers: [example.org/hold, example.org/more]}"))
	})),
	does("update", "the spec while terminating", func(x *experiment) {
		x.made("one", "metadata: {finalizers: [example.org/hold]}")
		x.must("DELETE", "/one", nil)
		x.settle("one")
		x.put("/one", x.current("spec: {owner: bob}"))
	}),
	does("update", "owners", func(x *experiment) {
		uid := x.made("owner").meta("uid")
		x.made("one")
		x.put("/one", x.current("metadata: {ownerReferences: [{apiVersion: $GROUP/v1alpha1, kind: Workspace, name: owner, uid: "+uid+"}]}"))
	}),
	does("update", "with an empty body", func(x *experiment) {
		x.made("one")
		x.put("/one", "")
	}),
	like(deployments, does("update", "the collection", func(x *experiment) { x.put("", x.object("one")) })),
	does("update", "an unknown manager owns what it changed", func(x *experiment) {
		x.made("one")
		x.put("/one?fieldManager=second", x.current("spec: {owner: bob, members: [{name: dave, role: User, grantedAt: '2026-01-10T19:00:00Z'}]}"))
	}),
}

var patches = []behaviour{
	does("merge patch", "a scalar", func(x *experiment) {
		x.made("one")
		x.merge("/one", `{"spec":{"owner":"bob"}}`)
		x.get("/one")
	}),
	does("merge patch", "a list is replaced", func(x *experiment) {
		x.must("POST", "", x.full())
		x.merge("/one", `{"spec":{"members":[{"name":"dave","role":"User","grantedAt":"2026-01-10T19:00:00Z"}]}}`)
	}),
	does("merge patch", "null removes", func(x *experiment) {
		x.must("POST", "", x.full())
		x.merge("/one", `{"spec":{"stores":null,"members":null}}`)
	}),
	does("merge patch", "nothing", func(x *experiment) {
		x.record(x.made("one"))
		x.merge("/one", `{}`)
	}),
	does("merge patch", "what is there already", func(x *experiment) {
		x.record(x.made("one"))
		x.merge("/one", `{"spec":{"owner":"alice"}}`)
	}),
	does("merge patch", "a version that is the current one", func(x *experiment) {
		x.merge("/one", `{"metadata":{"resourceVersion":"`+x.made("one").version()+`"},"spec":{"owner":"bob"}}`)
	}),
	does("merge patch", "a version that is not", func(x *experiment) {
		x.made("one")
		x.merge("/one", `{"metadata":{"resourceVersion":"1"},"spec":{"owner":"bob"}}`)
	}),
	like(deployments, does("merge patch", "another uid", func(x *experiment) {
		x.made("one")
		x.merge("/one", `{"metadata":{"uid":"11111111-2222-3333-4444-555555555555"}}`)
	})),
	does("merge patch", "another name", func(x *experiment) {
		x.made("one")
		x.merge("/one", `{"metadata":{"name":"two"}}`)
	}),
	does("merge patch", "another namespace", func(x *experiment) {
		x.made("one")
		x.merge("/one", `{"metadata":{"namespace":"default"}}`)
	}),
	like(deployments, does("merge patch", "another kind", func(x *experiment) {
		x.made("one")
		x.merge("/one", `{"kind":"Workshop"}`)
	})),
	like(deployments, does("merge patch", "another version of the API", func(x *experiment) {
		x.made("one")
		x.merge("/one", `{"apiVersion":"$GROUP/v9"}`)
	})),
	does("merge patch", "the status is left alone", func(x *experiment) {
		x.record(x.made("one"))
		x.merge("/one", `{"status":{"observedGeneration":99}}`)
	}),
	does("merge patch", "a label and an annotation", func(x *experiment) {
		x.made("one", "metadata: {labels: {a: b}}")
		x.merge("/one", `{"metadata":{"labels":{"a":null,"c":"d"},"annotations":{"e":"f"}}}`)
	}),
	does("merge patch", "what is not there", func(x *experiment) { x.merge("/one", `{"spec":{"owner":"bob"}}`) }),
	like(deployments, does("merge patch", "the collection", func(x *experiment) { x.merge("", `{"spec":{"owner":"bob"}}`) })),
	does("merge patch", "a finalizer taken off a terminating object ends it", func(x *experiment) {
		x.made("one", "metadata: {finalizers: [example.org/hold]}")
		x.must("DELETE", "/one", nil)
		x.must("PATCH", "/one", `{"metadata":{"finalizers":null}}`, "Content-Type", mergePatch)
		x.gone("one")
		x.get("/one")
	}),

	does("JSON patch", "add, replace, remove", func(x *experiment) {
		x.must("POST", "", x.full())
		x.jsonPatch("/one", `[{"op":"replace","path":"/spec/owner","value":"bob"},{"op":"remove","path":"/spec/members/0"},
			{"op":"add","path":"/spec/sessions/-","value":{"name":"more","state":"Stopped"}}]`)
	}),
	does("JSON patch", "a test that holds", func(x *experiment) {
		x.made("one")
		x.jsonPatch("/one", `[{"op":"test","path":"/spec/owner","value":"alice"},{"op":"replace","path":"/spec/owner","value":"bob"}]`)
	}),
	does("JSON patch", "a test that fails", func(x *experiment) {
		x.made("one")
		x.jsonPatch("/one", `[{"op":"test","path":"/spec/owner","value":"eve"},{"op":"replace","path":"/spec/owner","value":"bob"}]`)
	}),
	does("JSON patch", "copy and move", func(x *experiment) {
		x.made("one", "metadata: {labels: {a: b}}")
		x.jsonPatch("/one", `[{"op":"copy","from":"/metadata/labels/a","path":"/metadata/labels/c"},{"op":"move","from":"/metadata/labels/a","path":"/metadata/labels/d"}]`)
	}),
	does("JSON patch", "a path that is not there", func(x *experiment) {
		x.made("one")
		x.jsonPatch("/one", `[{"op":"remove","path":"/spec/members/7"}]`)
	}),
	does("JSON patch", "an operation that is none", func(x *experiment) {
		x.made("one")
		x.jsonPatch("/one", `[{"op":"twist","path":"/spec/owner"}]`)
	}),
	does("JSON patch", "an object instead of a list", func(x *experiment) {
		x.made("one")
		x.jsonPatch("/one", `{"op":"remove","path":"/spec/owner"}`)
	}),
	does("JSON patch", "of no operations", func(x *experiment) {
		x.record(x.made("one"))
		x.jsonPatch("/one", `[]`)
	}),
	does("JSON patch", "too many operations", func(x *experiment) {
		x.made("one")
		x.jsonPatch("/one", "["+strings.Repeat(`{"op":"test","path":"/spec/owner","value":"alice"},`, 10001)+`{"op":"test","path":"/spec/owner","value":"alice"}]`)
	}),
	does("JSON patch", "what is not there", func(x *experiment) { x.jsonPatch("/one", `[{"op":"remove","path":"/spec/owner"}]`) }),

	like(deployments, does("strategic patch", "a scalar", func(x *experiment) {
		x.made("one")
		x.send("PATCH", "/one", x.either(`{"spec":{"owner":"bob"}}`, `{"spec":{"paused":true}}`), "Content-Type", strategicPatch)
	})),
	like(deployments, does("patch", "of a type that is none", func(x *experiment) {
		x.made("one")
		x.send("PATCH", "/one", `{"spec":{"owner":"bob"}}`, "Content-Type", "application/yaml")
	})),
	like(deployments, does("patch", "without a type", func(x *experiment) {
		x.made("one")
		x.send("PATCH", "/one", `{"spec":{"owner":"bob"}}`, "Content-Type", "")
	})),
	does("patch", "force of a merge patch", func(x *experiment) {
		x.made("one")
		x.merge("/one?force=true", `{"spec":{"owner":"bob"}}`)
	}),
}
