package main

import "fmt"

func deleteOptions(fields string) string {
	return `{"kind":"DeleteOptions","apiVersion":"v1",` + fields + `}`
}

// deleted deletes, and records what is there afterwards, but not the answer: see "the answer".
func (x *experiment) deleted(path string, body any) {
	x.must("DELETE", path, body)
	x.gone("one")
	x.get("/one")
}

// hold is a finalizer that keeps an object.
const hold = "metadata: {finalizers: [example.org/hold]}"

var deletes = []behaviour{
	like(namespaces, does("delete", "the answer", func(x *experiment) {
		x.made("one")
		x.delete("/one", nil)
	})),
	does("delete", "and it is gone", func(x *experiment) {
		x.made("one")
		x.deleted("/one", nil)
	}),
	does("delete", "in the background", func(x *experiment) {
		x.made("one")
		x.deleted("/one?propagationPolicy=Background", nil)
	}),
	does("delete", "in the foreground", func(x *experiment) {
		x.made("one")
		x.deleted("/one?propagationPolicy=Foreground", nil)
	}),
	does("delete", "leaving orphans", func(x *experiment) {
		x.made("one")
		x.deleted("/one?propagationPolicy=Orphan", nil)
	}),
	does("delete", "in the foreground: the answer", func(x *experiment) {
		x.made("one", hold)
		x.delete("/one?propagationPolicy=Foreground", nil)
	}),
	does("delete", "leaving orphans: the answer", func(x *experiment) {
		x.made("one", hold)
		x.delete("/one?propagationPolicy=Orphan", nil)
	}),
	does("delete", "a policy that is none", func(x *experiment) {
		x.made("one")
		x.delete("/one?propagationPolicy=Sideways", nil)
	}),
	does("delete", "orphanDependents, as of old", func(x *experiment) {
		x.made("one", hold)
		x.delete("/one", deleteOptions(`"orphanDependents":true`))
	}),
	does("delete", "two policies at once", func(x *experiment) {
		x.made("one")
		x.delete("/one", deleteOptions(`"orphanDependents":true,"propagationPolicy":"Background"`))
	}),
	does("delete", "what is not there", func(x *experiment) { x.delete("/one", nil) }),
	does("delete", "what was there", func(x *experiment) {
		x.made("one")
		x.must("DELETE", "/one", nil)
		x.gone("one")
		x.delete("/one", nil)
	}),
	does("delete", "with a finalizer", func(x *experiment) {
		x.made("one", hold)
		x.delete("/one", nil)
		x.settle("one")
		x.get("/one")
	}),
	does("delete", "twice with a finalizer", func(x *experiment) {
		x.made("one", hold)
		x.must("DELETE", "/one", nil)
		x.settle("one")
		x.delete("/one", nil)
	}),
	does("delete", "ends when the finalizer goes", func(x *experiment) {
		x.made("one", hold)
		x.must("DELETE", "/one", nil)
		x.must("PATCH", "/one", `[{"op":"remove","path":"/metadata/finalizers"}]`, "Content-Type", jsonPatch)
		x.gone("one")
		x.get("/one")
	}),
	does("delete", "with the right uid", func(x *experiment) {
		x.deleted("/one", deleteOptions(fmt.Sprintf(`"preconditions":{"uid":%q}`, x.made("one").meta("uid"))))
	}),
	does("delete", "with another uid", func(x *experiment) {
		x.made("one")
		x.delete("/one", deleteOptions(`"preconditions":{"uid":"11111111-2222-3333-4444-555555555555"}`))
	}),
	does("delete", "with the right version", func(x *experiment) {
		x.deleted("/one", deleteOptions(fmt.Sprintf(`"preconditions":{"resourceVersion":%q}`, x.made("one").version())))
	}),
	does("delete", "with another version", func(x *experiment) {
		x.made("one")
		x.delete("/one", deleteOptions(`"preconditions":{"resourceVersion":"1"}`))
	}),
	does("delete", "with a version that has passed", func(x *experiment) {
		version := x.made("one").version()
		x.must("PATCH", "/one", `{"metadata":{"labels":{"a":"b"}}}`, "Content-Type", mergePatch)
		a := x.request("DELETE", "/one", deleteOptions(fmt.Sprintf(`"preconditions":{"resourceVersion":%q}`, version)))
		x.note("%d", a.code)
	}),
	does("delete", "with a grace period", func(x *experiment) {
		x.made("one", hold)
		x.delete("/one?gracePeriodSeconds=30", nil)
	}),
	does("delete", "with a negative grace period", func(x *experiment) {
		x.made("one", hold)
		x.delete("/one?gracePeriodSeconds=-5", nil)
	}),
	does("delete", "with a body that is none", func(x *experiment) {
		x.made("one")
		x.delete("/one", "nonsense")
	}),
	does("delete", "with options of another kind", func(x *experiment) {
		x.made("one")
		x.delete("/one", `{"kind":"Workshop","apiVersion":"v1"}`)
	}),
	does("delete", "with unknown options", func(x *experiment) {
		x.made("one")
		a := x.request("DELETE", "/one", deleteOptions(`"colour":"red"`))
		x.note("%d", a.code)
	}),
	does("delete", "and make it anew", func(x *experiment) {
		x.made("one")
		x.must("DELETE", "/one", nil)
		x.gone("one")
		x.post("", x.object("one"))
	}),
	does("delete", "make anew what is terminating", func(x *experiment) {
		x.made("one", hold)
		x.must("DELETE", "/one", nil)
		x.post("", x.object("one"))
	}),
	does("delete", "held, and again with another policy", func(x *experiment) {
		x.made("one", hold)
		x.must("DELETE", "/one?propagationPolicy=Orphan", nil)
		x.settle("one")
		x.delete("/one?propagationPolicy=Foreground", nil)
		x.settle("one")
		x.get("/one")
		x.delete("/one?propagationPolicy=Orphan", nil)
		x.settle("one")
		x.delete("/one", nil)
		x.must("PATCH", "/one", `{"metadata":{"finalizers":null}}`, "Content-Type", mergePatch)
		x.gone("one")
	}),
	does("delete", "held, and in the foreground with a dependent", func(x *experiment) {
		uid := x.made("one", hold).meta("uid")
		x.must("DELETE", "/one", nil)
		x.made("two", hold, "metadata: {ownerReferences: [{apiVersion: $GROUP/v1alpha1, kind: Workspace, name: one, uid: "+uid+", blockOwnerDeletion: true}]}")
		x.must("DELETE", "/one?propagationPolicy=Foreground", nil)
		_ = x.eventually("two is deleted", func() bool { return x.must("GET", "/two", nil).meta("deletionTimestamp") != "" })
		x.must("PATCH", "/one", `[{"op":"remove","path":"/metadata/finalizers/0"}]`, "Content-Type", jsonPatch)
		x.settle("one")
		x.get("/one")
		x.must("PATCH", "/two", `{"metadata":{"finalizers":null}}`, "Content-Type", mergePatch)
		x.gone("two")
		x.gone("one")
	}),
	does("delete", "held, and orphaned late", func(x *experiment) {
		uid := x.made("one", hold).meta("uid")
		x.must("DELETE", "/one", nil)
		x.made("two", "metadata: {ownerReferences: [{apiVersion: $GROUP/v1alpha1, kind: Workspace, name: one, uid: "+uid+", blockOwnerDeletion: true}]}")
		x.must("DELETE", "/one?propagationPolicy=Orphan", nil)
		x.must("PATCH", "/one", `[{"op":"remove","path":"/metadata/finalizers/0"}]`, "Content-Type", jsonPatch)
		x.gone("one")
		x.settle("two")
		o := x.must("GET", "/two", nil).object()["metadata"].(object)
		x.note("owners %v, terminating %v", o["ownerReferences"] != nil, o["deletionTimestamp"] != nil)
	}),
	does("delete", "an owner that does not exist takes it along", func(x *experiment) {
		x.made("one", "metadata: {ownerReferences: [{apiVersion: v1, kind: ConfigMap, name: x, uid: 11111111-2222-3333-4444-555555555555}]}")
		x.gone("one")
		x.get("/one")
	}),
	does("delete", "of the owner takes the dependent along", func(x *experiment) {
		uid := x.made("one").meta("uid")
		x.made("two", "metadata: {ownerReferences: [{apiVersion: $GROUP/v1alpha1, kind: Workspace, name: one, uid: "+uid+"}]}")
		x.must("DELETE", "/one", nil)
		x.gone("one")
		x.gone("two")
		x.get("")
	}),
	does("delete", "in the foreground takes the dependent first", func(x *experiment) {
		uid := x.made("one").meta("uid")
		x.made("two", "metadata: {ownerReferences: [{apiVersion: $GROUP/v1alpha1, kind: Workspace, name: one, uid: "+uid+", blockOwnerDeletion: true}]}")
		x.must("DELETE", "/one?propagationPolicy=Foreground", nil)
		x.gone("one")
		x.get("")
	}),
	does("delete", "leaving orphans leaves the dependent", func(x *experiment) {
		uid := x.made("one").meta("uid")
		x.made("two", "metadata: {ownerReferences: [{apiVersion: $GROUP/v1alpha1, kind: Workspace, name: one, uid: "+uid+"}]}")
		x.must("DELETE", "/one?propagationPolicy=Orphan", nil)
		x.gone("one")
		x.settle("two")
		o := x.must("GET", "/two", nil).object()["metadata"].(object)
		x.note("owners %v, terminating %v", o["ownerReferences"] != nil, o["deletionTimestamp"] != nil)
	}),
}

var collections = []behaviour{
	does("deletecollection", "all", func(x *experiment) {
		x.made("one")
		x.made("two")
		a := x.request("DELETE", "", nil)
		x.note("%d", a.code)
		x.gone("one")
		x.gone("two")
		x.get("")
	}),
	does("deletecollection", "the answer", func(x *experiment) {
		x.made("one", hold)
		x.made("two", hold)
		x.delete("", nil)
	}),
	does("deletecollection", "nothing", func(x *experiment) { x.delete("", nil) }),
	does("deletecollection", "by a label", func(x *experiment) {
		x.made("one", "metadata: {labels: {a: b}}")
		x.made("two")
		x.must("DELETE", "?labelSelector=a%3Db", nil)
		x.gone("one")
		x.get("")
	}),
	does("deletecollection", "by a field", func(x *experiment) {
		x.made("one", "spec: {owner: bob}")
		x.made("two")
		x.must("DELETE", "?fieldSelector=spec.owner%3Dbob", nil)
		x.gone("one")
		x.get("")
	}),
	does("deletecollection", "by a field that cannot be selected by", func(x *experiment) { x.delete("?fieldSelector=spec.x%3Dy", nil) }),
	does("deletecollection", "with a policy", func(x *experiment) {
		x.made("one")
		x.must("DELETE", "?propagationPolicy=Foreground", nil)
		x.gone("one")
		x.get("")
	}),
	does("deletecollection", "with a policy that is none", func(x *experiment) { x.delete("?propagationPolicy=Sideways", nil) }),
	does("deletecollection", "with a version", func(x *experiment) { x.delete("?resourceVersion=text", nil) }),
	like(deployments, does("deletecollection", "of all namespaces", func(x *experiment) { x.delete("^/workspaces?labelSelector=none%3Dnone", nil) })),
}
