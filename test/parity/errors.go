package main

import (
	"slices"
	"strings"
)

// fieldValidation are the ways to treat unknown and duplicate fields.
var fieldChecks = func() []behaviour {
	var all []behaviour
	for _, validation := range []string{"", "Ignore", "Warn", "Strict"} {
		name, query := "the default", ""
		if validation != "" {
			name, query = validation, "?fieldValidation="+validation
		}
		all = append(all,
			does("field validation", name+": create with an unknown field", func(x *experiment) {
				x.post(query, x.object("one", "spec: {colour: red}"))
			}),
			does("field validation", name+": create with unknown fields deep down", func(x *experiment) {
				x.post(query, x.object("one", "shade: dark", "spec: {colour: red, sessions: [{name: main, state: Stopped, hue: 3}], storage: {depth: 2}}"))
			}),
			does("field validation", name+": create with a field twice", func(x *experiment) {
				text := string(mustJSON(x.object("one")))
				x.post(query, strings.Replace(text, `"spec":{`, `"spec":{"owner":"bob",`, 1))
			}),
			does("field validation", name+": create with an unknown field of metadata", func(x *experiment) {
				x.post(query, x.object("one", "metadata: {colour: red}"))
			}),
			does("field validation", name+": update with an unknown field", func(x *experiment) {
				x.made("one")
				x.put("/one"+query, x.current("spec: {colour: red}"))
			}),
			does("field validation", name+": merge patch with an unknown field", func(x *experiment) {
				x.made("one")
				x.merge("/one"+query, `{"spec":{"colour":"red","owner":"bob"}}`)
			}),
			does("field validation", name+": JSON patch with an unknown field", func(x *experiment) {
				x.made("one")
				x.jsonPatch("/one"+query, `[{"op":"add","path":"/spec/colour","value":"red"}]`)
			}),
		)
	}
	return append(all, does("field validation", "a word that is none", func(x *experiment) {
		x.post("?fieldValidation=Sometimes", x.object("one"))
	}))
}()

var refusals = []behaviour{
	does("errors", "a mistake of a client is no failure of the server", mistakes),
	does("errors", "an enum", func(x *experiment) {
		x.post("", x.object("one", "spec: {members: [{name: bob, role: Boss, grantedAt: '2026-01-10T19:00:00Z'}]}"))
	}),
	does("errors", "two enums", func(x *experiment) {
		x.post("", x.object("one", "spec: {members: [{name: bob, role: Boss, grantedAt: '2026-01-10T19:00:00Z'}, {name: carol, role: King, grantedAt: '2026-01-10T19:00:00Z'}]}"))
	}),
	does("errors", "an enum in an update", func(x *experiment) {
		x.made("one")
		x.put("/one", x.current("spec: {sessions: [{name: main, state: Asleep}]}"))
	}),
	does("errors", "an enum in a patch", func(x *experiment) {
		x.made("one")
		x.merge("/one", `{"spec":{"sessions":[{"name":"main","state":"Asleep"}]}}`)
	}),
	does("errors", "an enum of many, in the order of the schema", func(x *experiment) {
		x.post("", x.object("one", "spec: {runtime: {quota: {budget: huge}}}"))
		x.post("", x.object("one", "spec: {storage: {accessGrants: [{bucket: one-$NS, grantee: eric, permission: All, grantedAt: '2026-01-10T19:00:00Z'}]}}"))
	}),
	does("errors", "a required field", func(x *experiment) {
		x.post("", x.object("one", "spec: {storage: {buckets: [{name: one-$NS, lifecycleRules: [{target: a, minAge: 1d}]}]}}"))
	}),
	does("errors", "a list item without its key", func(x *experiment) {
		x.post("", x.object("one", "spec: {members: [{role: User, grantedAt: '2026-01-10T19:00:00Z'}]}"))
	}),
	does("errors", "a list item twice", func(x *experiment) {
		x.post("", x.object("one", "spec: {sessions: [{name: main, state: Stopped}, {name: main, state: Stopped}]}"))
	}),
	does("errors", "a list item twice, by two keys", func(x *experiment) {
		grant := "{bucket: one-$NS, grantee: eric, permission: None, grantedAt: '2026-01-10T19:00:00Z'}"
		x.post("", x.object("one", "spec: {storage: {accessGrants: ["+grant+", "+grant+"]}}"))
	}),
	like(deployments, does("warnings", "of what will not do what was meant, at its field", func(x *experiment) {
		a := x.request("POST", "", x.object("one", x.either(
			"spec: {storage: {accessGrants: [{bucket: one-$NS, grantee: nobody, permission: ReadOnly, grantedAt: '2026-01-10T19:00:00Z'}]}}",
			"spec: {template: {spec: {containers: [{name: main, image: none, env: [{name: A, value: a}, {name: A, value: b}]}]}}}")))
		x.note("%d, warned: %v", a.code, slices.ContainsFunc(a.header.Values("Warning"), ownWarning.MatchString))
	})),
	like(deployments, does("errors", "text for a list", func(x *experiment) {
		x.call("LIST", "WorkspaceSpec.spec.sessions of type []v1alpha1.Session", "PodSpec.spec.template.spec.containers of type []v1.Container")
		x.post("", x.object("one", x.either("spec: {sessions: text}", "spec: {template: {spec: {containers: text}}}")))
	})),
	like(deployments, does("errors", "a number for a text", func(x *experiment) {
		x.call("TEXT", "WorkspaceSpec.spec.owner", "PodSpec.spec.template.spec.schedulerName")
		x.post("", x.object("one", x.either("spec: {owner: 7}", "spec: {template: {spec: {schedulerName: 7}}}")))
	})),
	like(deployments, does("errors", "text for an object", func(x *experiment) {
		x.call("OBJECT", "WorkspaceSpec.spec.storage of type v1alpha1.StorageSpec", "DeploymentSpec.spec.template of type v1.PodTemplateSpec")
		x.post("", x.object("one", x.either("spec: {storage: text}", "spec: {template: text}")))
	})),
	like(deployments, does("errors", "text for a boolean", func(x *experiment) {
		x.call("BOOLEAN", "Runtime.spec.runtime.vcluster", "DeploymentSpec.spec.paused")
		x.post("", x.object("one", x.either("spec: {runtime: {vcluster: 'yes'}}", "spec: {paused: 'yes'}")))
	})),
	like(deployments, does("errors", "a time that is none", func(x *experiment) {
		x.post("", x.object("one", x.either("spec: {members: [{name: bob, role: User, grantedAt: yesterday}]}",
			"spec: {template: {metadata: {creationTimestamp: yesterday}}}")))
	})),
	like(deployments, does("errors", "text for metadata", func(x *experiment) { x.post("", x.object("one", "metadata: text")) })),
	like(deployments, does("errors", "a number for a label", func(x *experiment) { x.post("", x.object("one", "metadata: {labels: {a: 7}}")) })),
	like(deployments, does("errors", "text for an object in a patch", func(x *experiment) {
		x.made("one")
		x.call("OBJECT", "WorkspaceSpec.spec.storage of type v1alpha1.StorageSpec", "DeploymentSpec.spec.template of type v1.PodTemplateSpec")
		x.merge("/one", x.either(`{"spec":{"storage":"text"}}`, `{"spec":{"template":"text"}}`))
	})),
	like(configMaps, does("errors", "a label that is no label in a patch", func(x *experiment) {
		x.made("one")
		x.merge("/one", `{"metadata":{"labels":{"!":"?"}}}`)
	})),
	does("errors", "forbidden to a stranger: get", func(x *experiment) { x.record(x.requestAs(x.api.other, "GET", "/one", nil)) }),
	does("errors", "forbidden to a stranger: list", func(x *experiment) { x.record(x.requestAs(x.api.other, "GET", "", nil)) }),
	does("errors", "forbidden to a stranger: watch", func(x *experiment) {
		x.record(x.requestAs(x.api.other, "GET", "?watch=true", nil))
	}),
	does("errors", "forbidden to a stranger: create", func(x *experiment) {
		x.record(x.requestAs(x.api.other, "POST", "", x.object("one")))
	}),
	does("errors", "forbidden to a stranger: apply", func(x *experiment) {
		x.record(x.requestAs(x.api.other, "PATCH", "/one"+first, x.object("one"), "Content-Type", applyPatch))
	}),
	does("errors", "forbidden to a stranger: delete", func(x *experiment) { x.record(x.requestAs(x.api.other, "DELETE", "/one", nil)) }),
	does("errors", "forbidden to a stranger: status", func(x *experiment) {
		x.record(x.requestAs(x.api.other, "GET", "/one/status", nil))
	}),
}

// mistakes are those that stored resources answer with 500.
func mistakes(x *experiment) {
	x.post("", x.object("one", "metadata: {resourceVersion: '1'}"))
	x.made("two")
	x.get("/two?resourceVersion=text")
	x.get("/two?resourceVersion=-1")
	x.followUntil("&resourceVersion=text", func() {}, ended)
	for _, validation := range []string{"", "&fieldValidation=Ignore", "&fieldValidation=Warn", "&fieldValidation=Strict"} {
		x.apply("/one"+first+validation, x.object("one", "spec: {colour: red}"))
	}
	x.apply("/one"+first, x.object("one", "spec: {members: text}"))
	x.apply("/one"+first, x.object("one", "spec: {sessions: [{name: main}, {name: main}]}"))
	for _, body := range []string{bodiesOfPatches["a spec that is a list"], bodiesOfPatches["metadata that is text"]} {
		x.apply("/one"+first, body)
	}
	x.send("PATCH", "/two", `{"metadata":{"resourceVersion":"text"}}`, "Content-Type", mergePatch)
	x.put("/two", x.changed(x.must("GET", "/two", nil).object(), "metadata: {resourceVersion: text}"))
	for _, size := range []int{3 << 19, 5 << 19} { // what etcd refuses, and what does not even get there
		x.big(x.post("", x.object("one", "spec: {storage: {accessRequests: [{bucket: other, reason: "+strings.Repeat("x", size)+", requestedAt: '2026-01-10T19:00:00Z'}]}}")))
	}
}
