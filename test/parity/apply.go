package main

const (
	first  = "?fieldManager=first"
	second = "?fieldManager=second"
	forced = "&force=true"
)

const (
	membersBob   = "{members: [{name: bob, role: Admin, grantedAt: '2026-01-10T19:00:00Z'}]}"
	membersCarol = "{members: [{name: carol, role: User, grantedAt: '2026-01-10T19:00:00Z'}]}"
	membersBoth  = "{members: [{name: bob, role: Admin, grantedAt: '2026-01-10T19:00:00Z'}, {name: carol, role: User, grantedAt: '2026-01-10T19:00:00Z'}]}"
)

var applies = []behaviour{
	does("apply", "makes what is not there", func(x *experiment) {
		x.apply("/one"+first, x.object("one"))
		x.get("/one")
	}),
	does("apply", "the same twice is one", func(x *experiment) {
		x.apply("/one"+first, x.object("one"))
		x.apply("/one"+first, x.object("one"))
	}),
	does("apply", "without a manager", func(x *experiment) { x.apply("/one", x.object("one")) }),
	does("apply", "with an empty name in the body", func(x *experiment) { x.apply("/one"+first, x.object("one", "metadata: {name: null}")) }),
	does("apply", "another name in the body", func(x *experiment) { x.apply("/one"+first, x.object("two")) }),
	does("apply", "without kind and version", func(x *experiment) { x.apply("/one"+first, x.object("one", "kind: null", "apiVersion: null")) }),
	does("apply", "another kind", func(x *experiment) { x.apply("/one"+first, x.object("one", "kind: Workshop")) }),
	does("apply", "another version", func(x *experiment) { x.apply("/one"+first, x.object("one", "apiVersion: $GROUP/v9")) }),
	does("apply", "with managedFields", func(x *experiment) {
		x.apply("/one"+first, x.object("one", "metadata: {managedFields: [{manager: x, operation: Apply, apiVersion: $GROUP/v1alpha1, fieldsType: FieldsV1, fieldsV1: {}}]}"))
	}),
	does("apply", "with the current version", func(x *experiment) {
		x.apply("/one"+first, x.object("one", "metadata: {resourceVersion: '"+x.made("one").version()+"'}"))
	}),
	does("apply", "with a version that has passed", func(x *experiment) {
		x.made("one")
		x.apply("/one"+first, x.object("one", "metadata: {resourceVersion: '1'}"))
	}),
	does("apply", "with a version and nothing there", func(x *experiment) {
		x.apply("/one"+first, x.object("one", "metadata: {resourceVersion: '1'}"))
	}),
	does("apply", "with a uid and nothing there", func(x *experiment) {
		x.apply("/one"+first, x.object("one", "metadata: {uid: 11111111-2222-3333-4444-555555555555}"))
	}),
	like(deployments, does("apply", "a list item without its key", func(x *experiment) {
		x.call("LIST", "spec.members", "spec.template.spec.containers")
		x.apply("/one"+first, x.object("one", x.either("spec: {members: [{role: User}]}", "spec: {template: {spec: {containers: [{image: none}]}}}")))
	})),
	does("apply", "text that is no YAML", func(x *experiment) { x.apply("/one"+first, "{{{") }),
	does("apply", "YAML", func(x *experiment) { x.apply("/one"+first, string(mustYAML(x.object("one")))) }),
	like(deployments, does("apply", "to the collection", func(x *experiment) { x.apply(first, x.object("one")) })),
	does("apply", "the status is not owned", func(x *experiment) {
		x.apply("/one"+first, x.object("one", "status: {observedGeneration: 99}"))
	}),
}

var owners = []behaviour{
	does("owners", "two appliers of one scalar conflict", func(x *experiment) {
		x.apply("/one"+first, x.object("one"))
		x.apply("/one"+second, x.applied("{owner: bob}"))
	}),
	does("owners", "two appliers of the same value share it", func(x *experiment) {
		x.apply("/one"+first, x.object("one"))
		x.apply("/one"+second, x.applied("{owner: alice}"))
	}),
	does("owners", "force takes the field", func(x *experiment) {
		x.apply("/one"+first, x.object("one"))
		x.apply("/one"+second+forced, x.applied("{owner: bob}"))
		x.apply("/one"+first, x.object("one"))
	}),
	does("owners", "several conflicts are all told", func(x *experiment) {
		x.apply("/one"+first, x.object("one"))
		x.apply("/one"+second, x.applied("{owner: bob, environment: other, runtime: {vcluster: true, secretName: x}}"))
	}),
	does("owners", "a conflict with several managers", func(x *experiment) {
		x.apply("/one"+first, x.object("one"))
		x.apply("/one"+second, x.applied("{owner: alice}"))
		x.apply("/one?fieldManager=third", x.applied("{owner: bob}"))
	}),
	does("owners", "each has its items of a list", func(x *experiment) {
		x.apply("/one"+first, x.changed(x.object("one"), "spec: "+membersBob))
		x.apply("/one"+second, x.applied(membersCarol))
		x.apply("/one"+second, x.applied("{}"))
	}),
	does("owners", "an item of another conflicts", func(x *experiment) {
		x.apply("/one"+first, x.changed(x.object("one"), "spec: "+membersBob))
		x.apply("/one"+second, x.applied("{members: [{name: bob, role: User}]}"))
	}),
	does("owners", "what an applier leaves out goes", func(x *experiment) {
		x.apply("/one"+first, x.changed(x.object("one"), "spec: "+membersBoth))
		x.apply("/one"+first, x.changed(x.object("one"), "spec: "+membersBob))
	}),
	does("owners", "what is shared stays when one leaves it out", func(x *experiment) {
		x.apply("/one"+first, x.changed(x.object("one"), "spec: "+membersBoth))
		x.apply("/one"+second, x.applied(membersCarol))
		x.apply("/one"+first, x.changed(x.object("one"), "spec: "+membersBob))
	}),
	does("owners", "an update takes fields", func(x *experiment) {
		x.apply("/one"+first, x.object("one"))
		x.put("/one"+second, x.current("spec: {owner: bob}"))
		x.apply("/one"+first, x.object("one"))
	}),
	does("owners", "a patch takes fields", func(x *experiment) {
		x.apply("/one"+first, x.object("one"))
		x.merge("/one"+second, `{"spec":{"owner":"bob"}}`)
	}),
	does("owners", "labels and annotations", func(x *experiment) {
		x.apply("/one"+first, x.object("one", "metadata: {labels: {a: b}, annotations: {c: d}}"))
		x.apply("/one"+second, x.changed(x.applied("{}"), "metadata: {labels: {a: x}}"))
		x.apply("/one"+second, x.changed(x.applied("{}"), "metadata: {labels: {e: f}}"))
		x.apply("/one"+first, x.object("one"))
	}),
	does("owners", "finalizers", func(x *experiment) {
		x.apply("/one"+first, x.object("one", "metadata: {finalizers: [example.org/a]}"))
		x.apply("/one"+second, x.changed(x.applied("{}"), "metadata: {finalizers: [example.org/b]}"))
		x.apply("/one"+first, x.object("one"))
	}),
	does("owners", "owner references", func(x *experiment) {
		uid := x.made("owner").meta("uid")
		x.apply("/one"+first, x.object("one", "metadata: {ownerReferences: [{apiVersion: $GROUP/v1alpha1, kind: Workspace, name: owner, uid: "+uid+"}]}"))
		x.apply("/one"+first, x.object("one"))
	}),
	does("owners", "buckets and their rules", func(x *experiment) {
		x.apply("/one"+first, x.object("one"))
		x.apply("/one"+second, x.applied("{storage: {buckets: [{name: one-$NS, lifecycleRules: [{target: a, mode: Delete, minAge: 1d}]}]}}"))
		x.apply("/one"+second, x.applied("{storage: {buckets: [{name: one-$NS, lifecycleRules: [{target: b, mode: Delete, minAge: 1d}]}]}}"))
	}),
	does("owners", "grants, which have two keys", func(x *experiment) {
		discoverable := "spec: {storage: {buckets: [{name: one-$NS, discoverable: true}]}}"
		x.apply("/one"+first, x.object("one", discoverable))
		x.apply("/one"+second, x.applied("{storage: {accessGrants: [{bucket: one-$NS, grantee: eric, permission: ReadOnly, grantedAt: '2026-01-10T19:00:00Z'}]}}"))
		x.apply("/one"+first, x.object("one", discoverable))
	}),
	does("owners", "an atomic list changes hands whole", func(x *experiment) {
		x.apply("/one"+first, x.object("one", "spec: {stores: {databases: [{name: pg0, databases: [a], storage: 1Gi, backupStorage: 10Gi}]}}"))
		x.apply("/one"+second, x.applied("{stores: {databases: [{name: pg0, databases: [a, b]}]}}"))
		x.apply("/one"+second+forced, x.applied("{stores: {databases: [{name: pg0, databases: [a, b]}]}}"))
	}),
	does("owners", "managedFields emptied by a client are made anew", func(x *experiment) {
		x.apply("/one"+first, x.object("one"))
		x.merge("/one", `{"metadata":{"managedFields":[{}]}}`)
		x.apply("/one"+second, x.applied("{owner: bob}"))
	}),
	does("owners", "managedFields that are nonsense", func(x *experiment) {
		x.made("one")
		x.merge("/one", `{"metadata":{"managedFields":[{"manager":"x","operation":"Sideways"}]}}`)
	}),
	does("owners", "managedFields taken out of an update stay", func(x *experiment) {
		x.apply("/one"+first, x.object("one"))
		x.put("/one"+second, x.current("metadata: {managedFields: null}", "spec: {owner: bob}"))
	}),
	does("owners", "from client-side apply to server-side", func(x *experiment) {
		x.must("POST", "?fieldManager=kubectl-client-side-apply", x.object("one",
			`metadata: {annotations: {kubectl.kubernetes.io/last-applied-configuration: '{"apiVersion":"$GROUP/v1alpha1","kind":"Workspace","metadata":{"name":"one","namespace":"$NS"},"spec":{"owner":"alice"}}'}}`))
		x.apply("/one?fieldManager=kubectl", x.applied("{owner: bob}"))
		x.apply("/one?fieldManager=kubectl"+forced, x.applied("{owner: bob}"))
	}),
}
