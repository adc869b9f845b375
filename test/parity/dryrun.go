package main

const dry = "?dryRun=All"

// untouched records that nothing has changed since a version.
func (x *experiment) untouched(version string) {
	x.note("unchanged: %v", x.must("GET", "/one", nil).version() == version)
}

var dryRuns = []behaviour{
	does("dry run", "of a create", func(x *experiment) {
		x.post(dry, x.object("one"))
		x.get("/one")
	}),
	does("dry run", "of a create of what exists", func(x *experiment) {
		x.made("one")
		x.post(dry, x.object("one"))
	}),
	does("dry run", "of a create of what is being deleted", func(x *experiment) {
		x.made("one", hold)
		x.must("DELETE", "/one", nil)
		x.post(dry, x.object("one"))
	}),
	does("dry run", "of an invalid create", func(x *experiment) { x.post(dry, x.object("one", "metadata: {labels: {'!': x}}")) }),
	does("dry run", "of a create with generateName", func(x *experiment) {
		a := x.request("POST", dry, x.object("one", "metadata: {name: null, generateName: one-}", "spec: {storage: {buckets: null}}"))
		x.note("%d", a.code)
		x.get("")
	}),
	does("dry run", "of an update", func(x *experiment) {
		version := x.made("one").version()
		x.put("/one"+dry, x.current("spec: {owner: bob}"))
		x.untouched(version)
	}),
	does("dry run", "of an update of an old version", func(x *experiment) {
		x.made("one")
		x.put("/one"+dry, x.current("metadata: {resourceVersion: '1'}"))
	}),
	does("dry run", "of an update of what is not there", func(x *experiment) {
		x.put("/one"+dry, x.object("one", "metadata: {resourceVersion: '1'}"))
	}),
	does("dry run", "of a merge patch", func(x *experiment) {
		version := x.made("one").version()
		x.merge("/one"+dry, `{"spec":{"owner":"bob"},"metadata":{"labels":{"a":"b"}}}`)
		x.untouched(version)
	}),
	does("dry run", "of a JSON patch", func(x *experiment) {
		version := x.made("one").version()
		x.jsonPatch("/one"+dry, `[{"op":"replace","path":"/spec/owner","value":"bob"}]`)
		x.untouched(version)
	}),
	does("dry run", "of an apply that makes", func(x *experiment) {
		x.apply("/one"+dry+"&fieldManager=first", x.object("one"))
		x.get("/one")
	}),
	does("dry run", "of an apply that changes", func(x *experiment) {
		version := x.made("one").version()
		x.apply("/one"+dry+"&fieldManager=first"+forced, x.applied("{owner: bob}"))
		x.untouched(version)
	}),
	does("dry run", "of an apply that conflicts", func(x *experiment) {
		x.apply("/one"+first, x.object("one"))
		x.apply("/one"+dry+"&fieldManager=second", x.applied("{owner: bob}"))
	}),
	does("dry run", "of a delete", func(x *experiment) {
		version := x.made("one").version()
		x.delete("/one"+dry, nil)
		x.untouched(version)
	}),
	does("dry run", "of a delete of what is not there", func(x *experiment) { x.delete("/one"+dry, nil) }),
	does("dry run", "of a delete with a finalizer", func(x *experiment) {
		version := x.made("one", "metadata: {finalizers: [example.org/hold]}").version()
		x.delete("/one"+dry, nil)
		x.untouched(version)
	}),
	does("dry run", "of a delete, asked for in the body", func(x *experiment) {
		version := x.made("one").version()
		x.delete("/one", `{"kind":"DeleteOptions","apiVersion":"v1","dryRun":["All"]}`)
		x.untouched(version)
	}),
	does("dry run", "of a delete in the foreground", func(x *experiment) {
		version := x.made("one").version()
		x.delete("/one"+dry+"&propagationPolicy=Foreground", nil)
		x.untouched(version)
	}),
	does("dry run", "of a deletecollection", func(x *experiment) {
		version := x.made("one").version()
		x.delete(dry, nil)
		x.untouched(version)
	}),
	does("dry run", "of a kind that is none", func(x *experiment) { x.post("?dryRun=Some", x.object("one")) }),
	does("dry run", "is told to no watcher", func(x *experiment) {
		x.made("one")
		x.follow("&resourceVersion="+x.now(), func() {
			x.must("POST", dry, x.object("two"))
			x.must("PATCH", "/one"+dry, `{"spec":{"owner":"bob"}}`, "Content-Type", mergePatch)
			x.must("DELETE", "/one"+dry, nil)
		})
	}),
}
