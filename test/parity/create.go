package main

import "strings"

var creates = []behaviour{
	does("create", "a complete object", func(x *experiment) {
		x.post("", x.object("one"))
		x.get("/one")
	}),
	does("create", "with members, grants and stores", func(x *experiment) { x.post("", x.full()) }),
	does("create", "with labels and annotations", func(x *experiment) {
		x.post("", x.object("one", "metadata: {labels: {a: b, example.org/c: d}, annotations: {note: 'text of several words'}}"))
	}),
	does("create", "defaults of the schema", func(x *experiment) {
		x.post("", x.object("one", "spec: {members: [{name: bob, grantedAt: '2026-01-10T19:00:00Z'}], sessions: [{name: main}], storage: {buckets: [{name: one-$NS}]}}"))
	}),
	does("create", "as YAML", func(x *experiment) {
		x.post("", string(mustYAML(x.object("one"))), "Content-Type", "application/yaml")
	}),
	does("create", "the answer as YAML", func(x *experiment) {
		a := x.request("POST", "", x.object("one"), "Accept", "application/yaml")
		x.note("%d %s %v", a.code, a.header.Get("Content-Type"), strings.HasPrefix(string(a.body), "apiVersion: "))
	}),
	does("create", "what exists already", func(x *experiment) {
		x.made("one")
		x.post("", x.object("one"))
	}),
	does("create", "with generateName", func(x *experiment) {
		a := x.request("POST", "", x.object("one", "metadata: {name: null, generateName: one-}", "spec: {storage: {buckets: null}}"))
		x.note("%d %v %d", a.code, strings.HasPrefix(a.meta("name"), "one-"), len(a.meta("name")))
	}),
	does("create", "without a name", func(x *experiment) { x.post("", x.object("one", "metadata: {name: null}")) }),
	like(services, does("create", "a name that is no name", func(x *experiment) {
		x.post("", x.object("one", "metadata: {name: one-}", x.either("spec: {storage: {buckets: [{name: one-$NS}]}}", "{}")))
	})),
	does("create", "in the body's namespace, which is another", func(x *experiment) {
		x.post("", x.object("one", "metadata: {namespace: default}"))
	}),
	does("create", "in a namespace that is not there", func(x *experiment) {
		x.post("^/namespaces/nowhere/workspaces", x.object("one"))
	}),
	like(deployments, does("create", "without a namespace", func(x *experiment) { x.post("^/workspaces", x.object("one")) })),
	does("create", "with a uid and times of its own", func(x *experiment) {
		x.post("", x.object("one", `metadata: {uid: 11111111-2222-3333-4444-555555555555, creationTimestamp: "2020-01-01T00:00:00Z", generation: 7}`))
	}),
	does("create", "with a deletionTimestamp", func(x *experiment) {
		x.post("", x.object("one", `metadata: {deletionTimestamp: "2020-01-01T00:00:00Z", deletionGracePeriodSeconds: 3}`))
	}),
	does("create", "with a status", func(x *experiment) {
		x.norm.keepStatus = false
		x.post("", x.object("one", "status: {observedGeneration: 44}"))
	}),
	does("create", "with a finalizer", func(x *experiment) {
		x.post("", x.object("one", "metadata: {finalizers: [example.org/hold]}"))
	}),
	does("create", "with a finalizer that is no name", func(x *experiment) {
		x.post("", x.object("one", "metadata: {finalizers: ['not a name']}"))
	}),
	does("create", "with an unqualified finalizer", func(x *experiment) {
		x.post("", x.object("one", "metadata: {finalizers: [hold]}"))
	}),
	does("create", "with an owner", func(x *experiment) {
		x.post("", x.object("one", "metadata: {ownerReferences: [{apiVersion: v1, kind: ConfigMap, name: x, uid: 11111111-2222-3333-4444-555555555555}]}"))
	}),
	does("create", "with an incomplete owner", func(x *experiment) {
		x.post("", x.object("one", "metadata: {ownerReferences: [{apiVersion: v1, kind: ConfigMap, name: x}]}"))
	}),
	does("create", "with two controllers", func(x *experiment) {
		x.post("", x.object("one", "metadata: {ownerReferences: [{apiVersion: v1, kind: ConfigMap, name: x, uid: a, controller: true}, {apiVersion: v1, kind: ConfigMap, name: other, uid: b, controller: true}]}"))
	}),
	does("create", "with a label that is no label", func(x *experiment) {
		x.post("", x.object("one", "metadata: {labels: {'not a key': 'not a value!'}}"))
	}),
	does("create", "with an annotation that is no key", func(x *experiment) {
		x.post("", x.object("one", "metadata: {annotations: {'not a key': x}}"))
	}),
	does("create", "with annotations that are too large", func(x *experiment) {
		x.post("", x.object("one", "metadata: {annotations: {large: '"+strings.Repeat("x", 256<<10)+"'}}"))
	}),
	like(deployments, does("create", "of another kind", func(x *experiment) { x.post("", x.object("one", "kind: Workshop")) })),
	like(deployments, does("create", "of another version", func(x *experiment) { x.post("", x.object("one", "apiVersion: $GROUP/v9")) })),
	like(deployments, does("create", "of another group", func(x *experiment) { x.post("", x.object("one", "apiVersion: example.org/v1alpha1")) })),
	like(deployments, does("create", "without kind and version", func(x *experiment) { x.post("", x.object("one", "kind: null", "apiVersion: null")) })),
	like(deployments, does("create", "a list", func(x *experiment) {
		x.post("", "{\"apiVersion\": \"$GROUP/v1alpha1\", \"kind\": \"$KINDList\", \"items\": []}")
	})),
	like(deployments, does("create", "under a name in the path", func(x *experiment) { x.post("/one", x.object("one")) })),
	does("create", "with a field manager", func(x *experiment) { x.post("?fieldManager=tester", x.object("one")) }),
	does("create", "with a field manager that is too long", func(x *experiment) {
		x.post("?fieldManager="+strings.Repeat("m", 129), x.object("one"))
	}),
}

// full is the workspace one with something in every list.
func (x *experiment) full() object {
	return x.object("one", `
spec:
  members:
  - {name: bob, role: Admin, grantedAt: "2026-01-10T19:00:00Z"}
  - {name: carol, role: User, grantedAt: "2026-01-11T19:00:00Z"}
  storage:
    credentialsRollover: {interval: Weekly, maxToKeep: 2}
    buckets:
    - {name: one-$NS, discoverable: true, lifecycleRules: [{target: "tmp/*", mode: Delete, minAge: 2w}]}
    - {name: one-$NS-more, discoverable: false}
    accessRequests: [{bucket: other-$NS, reason: mosaics, requestedAt: "2026-01-12T19:00:00Z"}]
    accessGrants: [{bucket: one-$NS, grantee: eric, permission: ReadOnly, grantedAt: "2026-01-13T19:00:00Z"}]
  stores:
    databases: [{name: pg0, databases: [dev, prod], storage: 1Gi, backupStorage: 10Gi}]
    caches: [{name: prod, storage: 1Gi}]
  runtime:
    registry: {enabled: true, storage: 5Gi}
    quota: {memory: 2Gi, storage: 1Gi, budget: medium}
    security: {policy: baseline, kubernetesAccess: true, kubernetesRole: edit, externalEgress: true}
`)
}
