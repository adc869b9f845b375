package main

import (
	"encoding/json"
	"fmt"
	"strings"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/util/sets"
	"k8s.io/client-go/util/csaupgrade"
)

const third = "?fieldManager=third"

// managers are who owns what, beyond what two appliers do.
var managers = []behaviour{
	does("managers", "the name is that of the client's program", func(x *experiment) {
		x.post("", x.object("one"), "User-Agent", "tool/1.2 (linux) more")
		x.send("PATCH", "/one", `{"spec":{"owner":"bob"}}`, "Content-Type", mergePatch, "User-Agent", "other tool")
	}),
	does("managers", "a program's name that is too long is cut", func(x *experiment) {
		x.post("", x.object("one"), "User-Agent", strings.Repeat("u", 200)+"/1")
	}),
	does("managers", "a name that cannot be printed", func(x *experiment) { x.post("?fieldManager=a%0Ab", x.object("one")) }),
	does("managers", "an update and an apply of one name are two", func(x *experiment) {
		x.must("POST", first, x.object("one"))
		x.apply("/one"+first, x.applied("{owner: bob}"))
		x.apply("/one"+first+forced, x.applied("{owner: bob}"))
	}),
	does("managers", "who owns nothing any more is named no more", func(x *experiment) {
		x.apply("/one"+first, x.object("one"))
		x.apply("/one"+second, x.changed(x.applied("{}"), "metadata: {labels: {a: b}}"))
		x.apply("/one"+second, x.applied("{}"))
	}),
	does("managers", "of updates, the oldest are told as one", func(x *experiment) {
		x.made("one")
		for i := range 12 {
			x.must("PATCH", fmt.Sprintf("/one?fieldManager=m%02d", i), fmt.Sprintf(`{"metadata":{"labels":{"l%02d":"x"}}}`, i), "Content-Type", mergePatch)
		}
		entries, _ := x.must("GET", "/one", nil).object()["metadata"].(object)["managedFields"].([]any)
		oldest := false
		for _, entry := range entries {
			oldest = oldest || entry.(object)["manager"] == "ancient-changes"
		}
		x.note("%d entries, ancient-changes: %v", len(entries), oldest)
	}),
	does("managers", "a patch changes one item of a list", func(x *experiment) {
		x.apply("/one"+first, x.changed(x.object("one"), "spec: "+membersBoth))
		x.jsonPatch("/one"+second, `[{"op":"replace","path":"/spec/members/0/role","value":"User"}]`)
		x.apply("/one"+third, x.applied("{members: [{name: bob, role: Admin}]}"))
	}),
	does("managers", "an update takes an item out", func(x *experiment) {
		x.apply("/one"+first, x.changed(x.object("one"), "spec: "+membersBoth))
		x.put("/one"+second, x.current("spec: "+membersBob))
		x.apply("/one"+third, x.applied(membersCarol))
	}),
	does("managers", "items in another order are the same", func(x *experiment) {
		x.apply("/one"+first, x.changed(x.object("one"), "spec: "+membersBoth))
		x.put("/one"+second, x.current("spec: {members: [{name: carol, role: User, grantedAt: '2026-01-10T19:00:00Z'}, {name: bob, role: Admin, grantedAt: '2026-01-10T19:00:00Z'}]}"))
	}),
	does("managers", "several fields of an item, several managers", func(x *experiment) {
		x.apply("/one"+first, x.changed(x.object("one"), "spec: {storage: {buckets: [{name: one-$NS, discoverable: false, lifecycleRules: [{target: a, mode: Delete, minAge: 1d}]}]}}"))
		x.apply("/one"+second, x.applied("{storage: {buckets: [{name: one-$NS, lifecycleRules: [{target: a, mode: Notify}]}]}}"))
		x.apply("/one"+second+forced, x.applied("{storage: {buckets: [{name: one-$NS, lifecycleRules: [{target: a, mode: Notify}]}]}}"))
		x.apply("/one"+third, x.applied("{storage: {buckets: [{name: one-$NS, lifecycleRules: [{target: a, mode: Delete, minAge: 2d}]}]}}"))
	}),
	does("managers", "sections of both parts", func(x *experiment) {
		x.apply("/one"+first, x.object("one"))
		x.apply("/one"+second, x.applied("{sessions: [{name: more, state: Stopped}], storage: {accessRequests: [{bucket: other, reason: why, requestedAt: '2026-01-10T19:00:00Z'}]}}"))
		x.apply("/one"+second, x.applied("{sessions: [{name: more, state: Stopped}]}"))
		x.apply("/one"+second, x.applied("{}"))
	}),
	does("managers", "stores by their names", func(x *experiment) {
		x.apply("/one"+first, x.object("one", "spec: {stores: {caches: [{name: a, storage: 1Gi}]}}"))
		x.apply("/one"+second, x.applied("{stores: {caches: [{name: b, storage: 1Gi}]}}"))
		x.apply("/one"+second, x.applied("{stores: {caches: [{name: a, storage: 2Gi}, {name: b, storage: 1Gi}]}}"))
	}),
	does("managers", "three share a field, one lets go", func(x *experiment) {
		x.apply("/one"+first, x.object("one"))
		x.apply("/one"+second, x.applied("{owner: alice}"))
		x.apply("/one"+third, x.applied("{owner: alice}"))
		x.apply("/one"+second, x.applied("{}"))
		x.apply("/one"+second, x.applied("{owner: bob}"))
	}),
	does("managers", "a scalar that its applier leaves out", func(x *experiment) {
		x.apply("/one"+first, x.object("one", "spec: {runtime: {quota: {memory: 2Gi}}}"))
		x.apply("/one"+first, x.object("one"))
	}),
	does("managers", "managedFields taken out by a patch", func(x *experiment) {
		x.apply("/one"+first, x.object("one"))
		x.jsonPatch("/one", `[{"op":"replace","path":"/metadata/managedFields","value":[{}]}]`)
	}),
	like(deployments, does("managers", "managedFields emptied by a list of none", func(x *experiment) {
		x.must("POST", first, x.object("one"))
		fields := x.must("PATCH", "/one", `{"metadata":{"managedFields":[]}}`, "Content-Type", mergePatch).object()["metadata"].(object)["managedFields"]
		x.note("left: %v", fields != nil)
	})),
	does("managers", "managedFields of which one entry is edited", func(x *experiment) {
		x.apply("/one"+first, x.object("one"))
		x.jsonPatch("/one", `[{"op":"replace","path":"/metadata/managedFields/0/manager","value":"renamed"}]`)
		x.apply("/one"+first, x.applied("{owner: bob}"))
	}),
	does("managers", "kubectl moves from client-side to server-side apply", func(x *experiment) {
		made := x.must("POST", "?fieldManager=kubectl-client-side-apply", x.object("one",
			`metadata: {annotations: {kubectl.kubernetes.io/last-applied-configuration: '{"apiVersion":"$GROUP/v1alpha1","kind":"Workspace","metadata":{"name":"one","namespace":"$NS"},"spec":{"owner":"alice"}}'}}`))
		live := &unstructured.Unstructured{}
		if err := json.Unmarshal(made.body, &live.Object); err != nil {
			panic(failure{err})
		}
		patch, err := csaupgrade.UpgradeManagedFieldsPatch(live, sets.New("kubectl-client-side-apply"), "kubectl")
		if err != nil {
			panic(failure{err})
		}
		x.jsonPatch("/one?fieldManager=kubectl", patch)
		x.get("/one")
		x.apply("/one?fieldManager=kubectl", x.object("one", "spec: {owner: bob}"))
	}),

	does("preconditions", "a merge patch with the right uid", func(x *experiment) {
		uid := x.made("one").meta("uid")
		x.merge("/one", `{"metadata":{"uid":"`+uid+`"},"spec":{"environment":"datalab"}}`)
	}),
	does("preconditions", "a JSON patch that tests the version", func(x *experiment) {
		version := x.made("one").version()
		x.jsonPatch("/one", `[{"op":"test","path":"/metadata/resourceVersion","value":"`+version+`"},{"op":"add","path":"/metadata/labels","value":{"a":"b"}}]`)
		x.jsonPatch("/one", `[{"op":"test","path":"/metadata/resourceVersion","value":"`+version+`"},{"op":"add","path":"/metadata/labels","value":{"c":"d"}}]`)
	}),
	does("preconditions", "a deletion with uid and version", func(x *experiment) {
		made := x.made("one")
		x.delete("/one", deleteOptions(fmt.Sprintf(`"preconditions":{"uid":%q,"resourceVersion":"1"}`, made.meta("uid"))))
		x.deleted("/one", deleteOptions(fmt.Sprintf(`"preconditions":{"uid":%q,"resourceVersion":%q}`, made.meta("uid"), made.version())))
	}),
	does("preconditions", "a deletion without any, of a version that nobody knows", func(x *experiment) {
		x.made("one")
		x.delete("/one", deleteOptions(`"preconditions":{"resourceVersion":"999999999"}`))
	}),

	does("finalizers", "one of two is removed", func(x *experiment) {
		x.made("one", "metadata: {finalizers: [example.org/a, example.org/b]}")
		x.merge("/one", `{"metadata":{"finalizers":["example.org/b"]}}`)
		x.must("DELETE", "/one", nil)
		x.merge("/one", `{"metadata":{"finalizers":null}}`)
		x.gone("one")
	}),
	does("finalizers", "twice the same", func(x *experiment) {
		x.post("", x.object("one", "metadata: {finalizers: [example.org/a, example.org/a]}"))
	}),
	does("finalizers", "in another order", func(x *experiment) {
		x.made("one", "metadata: {finalizers: [example.org/a, example.org/b]}")
		x.merge("/one", `{"metadata":{"finalizers":["example.org/b","example.org/a"]}}`)
	}),

	does("owner references", "one is added, and removed", func(x *experiment) {
		uid := x.made("owner").meta("uid")
		x.made("one")
		x.merge("/one", `{"metadata":{"ownerReferences":[{"apiVersion":"$GROUP/v1alpha1","kind":"Workspace","name":"owner","uid":"`+uid+`","blockOwnerDeletion":true}]}}`)
		x.merge("/one", `{"metadata":{"ownerReferences":null}}`)
	}),
	like(deployments, does("owner references", "a second controller", func(x *experiment) {
		x.made("one")
		x.merge("/one", `{"metadata":{"ownerReferences":[{"apiVersion":"v1","kind":"ConfigMap","name":"x","uid":"u","controller":true},
			{"apiVersion":"v1","kind":"ConfigMap","name":"y","uid":"v","controller":true}]}}`)
	})),
	like(deployments, does("owner references", "an incomplete one in a patch", func(x *experiment) {
		x.made("one")
		x.merge("/one", `{"metadata":{"ownerReferences":[{"kind":"ConfigMap"}]}}`)
	})),
}
