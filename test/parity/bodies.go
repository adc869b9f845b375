package main

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

const asYAML = "application/yaml"

// bomb is a document of a few lines that stands for more than any memory holds.
func bomb(head string) string {
	var text strings.Builder
	text.WriteString(head + "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n")
	for i := range 12 {
		list := strings.TrimSuffix(strings.Repeat(fmt.Sprintf("*a%d, ", i), 10), ", ")
		fmt.Fprintf(&text, "a%d: &a%d [%s]\n", i+1, i+1, list)
	}
	return text.String()
}

const head = "apiVersion: $GROUP/v1alpha1\nkind: $KIND\nmetadata: {name: one}\n"

// bodies are those that no client should send.
var bodies = func() []behaviour {
	var all []behaviour
	create := func(name, body string, headers ...string) {
		all = append(all, does("bad body", name, func(x *experiment) { x.post("", x.fill(body), headers...) }))
	}
	create("an alias bomb", bomb(head), "Content-Type", asYAML)
	create("YAML of 10,000 levels", head+"deep: "+strings.Repeat("[", 10001)+strings.Repeat("]", 10001), "Content-Type", asYAML)
	create("tabs in YAML", head+"spec:\n\towner: x", "Content-Type", asYAML)
	create("UTF-16", "\xff\xfe{\x00}\x00")
	create("a text", `"text"`)
	create("true", "true")
	create("spaces", "   \n")
	create("JSON called YAML", `{"apiVersion":`, "Content-Type", asYAML)
	create("YAML called JSON", head)
	create("numbers that are none", `{"apiVersion":"$GROUP/v1alpha1","kind":"$KIND","metadata":{"name":"one","generation":NaN}}`)
	create("a comment", `{"apiVersion":"$GROUP/v1alpha1", /* no */ "kind":"$KIND"}`)

	changed := func(name, old, new string) {
		all = append(all, does("bad body", name, func(x *experiment) {
			x.post("", strings.Replace(string(mustYAML(x.object("one"))), old, new, 1), "Content-Type", asYAML)
		}))
	}
	changed("two documents of YAML", "apiVersion", "apiVersion: example.org/v9\n---\napiVersion")
	all[len(all)-1] = like(deployments, all[len(all)-1])
	changed("a second document that is none", "kind: Workspace", "kind: Workspace\n---\n{")
	changed("a tag of YAML", "owner: alice", "owner: !!binary YWxpY2U=")
	changed("a tag that nobody knows", "spec:", "spec: !thing")
	changed("a merge key of YAML", "spec:", "spec:\n  <<: {owner: bob}")
	changed("a key that is no text", "spec:", "1: {}\nspec:")
	changed("a lone surrogate", "metadata:", `metadata: {"annotations": {"a": "\ud800"}, "name": one}`+"\nx-metadata:")

	typed := func(name, workspace, builtin string, names ...string) {
		all = append(all, like(deployments, does("bad body", name, func(x *experiment) {
			for i := 0; i+2 < len(names); i += 3 {
				x.call(names[i], names[i+1], names[i+2])
			}
			x.post("", x.object("one", x.either(workspace, builtin)))
		})))
	}
	typed("a list with nothing in it", "spec: {members: [null]}", "spec: {template: {spec: {containers: [{name: main, image: none, env: [null]}]}}}",
		"LIST", "spec.members", "spec.template.spec.containers[0].env")
	number := []string{"NUMBER", "CredentialsRollover.spec.storage.credentialsRollover.maxToKeep", "DeploymentSpec.spec.replicas"}
	typed("a fraction for a number", "spec: {storage: {credentialsRollover: {interval: Weekly, maxToKeep: 1.5}}}", "spec: {replicas: 1.5}", number...)
	typed("a number that is too large", "spec: {storage: {credentialsRollover: {interval: Weekly, maxToKeep: 99999999999}}}", "spec: {replicas: 99999999999}", number...)
	typed("a text for a number", "spec: {storage: {credentialsRollover: {interval: Weekly, maxToKeep: two}}}", "spec: {replicas: two}", number...)
	typed("an object for a text", "spec: {owner: {name: alice}}", "spec: {template: {spec: {schedulerName: {name: x}}}}",
		"TEXT", "WorkspaceSpec.spec.owner", "PodSpec.spec.template.spec.schedulerName")
	typed("a list for an object", "spec: {storage: []}", "spec: {template: []}",
		"OBJECT", "WorkspaceSpec.spec.storage of type v1alpha1.StorageSpec", "DeploymentSpec.spec.template of type v1.PodTemplateSpec")
	typed("a list for metadata", "metadata: []", "metadata: []")
	typed("a text for labels", "metadata: {labels: none}", "metadata: {labels: none}")
	typed("a number for a finalizer", "metadata: {finalizers: [1]}", "metadata: {finalizers: [1]}")

	patch := func(verb, name, contentType, query, body string) behaviour {
		return does("bad patch", verb+": "+name, func(x *experiment) {
			x.made("one")
			x.send("PATCH", "/one"+query, x.fill(body), "Content-Type", contentType)
		})
	}
	for _, name := range slices.Sorted(maps.Keys(bodiesOfPatches)) {
		body := bodiesOfPatches[name]
		all = append(all,
			like(deployments, patch("merge", name, mergePatch, "", body)),
			patch("JSON", name, jsonPatch, "", body),
			like(deployments, patch("strategic", name, strategicPatch, "", body)))
		if !strings.Contains(body, "$KIND") { // else see the behaviour of mistakes
			all = append(all, patch("apply", name, applyPatch, first, body))
		}
	}
	for _, name := range slices.Sorted(maps.Keys(jsonPatches)) {
		all = append(all, patch("JSON", name, jsonPatch, "", jsonPatches[name]))
	}
	all = append(all,
		patch("apply", "an alias bomb", applyPatch, first, bomb(head)),
		patch("apply", "10,000 levels", applyPatch, first, head+"spec: "+strings.Repeat("{a: ", 10001)+"1"+strings.Repeat("}", 10001)),
		patch("apply", "two documents", applyPatch, first, head+"---\n"+head),
		does("bad patch", "JSON: a negative index", func(x *experiment) {
			x.made("one", "spec: {sessions: [{name: main, state: Stopped}, {name: more, state: Stopped}]}")
			x.jsonPatch("/one", `[{"op":"remove","path":"/spec/sessions/-1"}]`)
		}),
		like(deployments, does("JSON patch", "of a list that becomes empty, nothing is left", func(x *experiment) {
			x.made("one", x.either("{}", "spec: {template: {spec: {tolerations: [{key: a}]}}}"))
			x.must("PATCH", "/one", x.either(`[{"op":"remove","path":"/spec/sessions/0"}]`, `[{"op":"remove","path":"/spec/template/spec/tolerations/0"}]`), "Content-Type", jsonPatch)
			spec := x.must("GET", "/one", nil).object()["spec"].(object)
			if x.builtin {
				spec = spec["template"].(object)["spec"].(object)
			}
			_, left := spec[x.either("sessions", "tolerations")]
			x.note("left: %v", left)
		})),
		does("bad body", "a deletion's options as YAML", func(x *experiment) {
			x.made("one")
			a := x.request("DELETE", "/one", "kind: DeleteOptions\napiVersion: v1\ndryRun: [All]", "Content-Type", asYAML)
			x.note("%d", a.code)
		}),
		does("bad body", "a deletion's options of wrong types", func(x *experiment) {
			x.made("one")
			x.delete("/one", deleteOptions(`"gracePeriodSeconds":"soon"`))
			x.delete("/one", deleteOptions(`"preconditions":7`))
			x.delete("/one", deleteOptions(`"dryRun":["Some"]`))
			x.delete("/one", deleteOptions(`"propagationPolicy":"Sideways"`))
		}),
		does("bad body", "an update with half of JSON", func(x *experiment) {
			x.made("one")
			x.put("/one", string(mustJSON(x.current())[:200]))
		}),
	)
	return all
}()

// bodiesOfPatches are those that are no patch of any type.
var bodiesOfPatches = map[string]string{
	"a number":               "7",
	"a text":                 `"text"`,
	"true":                   "true",
	"half of JSON":           `{"spec":`,
	"a list of texts":        `["text"]`,
	"something behind it":    `{"spec":{}}}`,
	"invalid UTF-8 in a key": "{\"metadata\":{\"labels\":{\"a\xff\":\"b\"}}}",
	"a spec that is a list":  `{"apiVersion":"$GROUP/v1alpha1","kind":"$KIND","metadata":{"name":"one"},"spec":[]}`,
	"metadata that is text":  `{"apiVersion":"$GROUP/v1alpha1","kind":"$KIND","metadata":"text"}`,
}

// jsonPatches are JSON patches with something wrong in them.
var jsonPatches = map[string]string{
	"an operation without a path":          `[{"op":"add","value":1}]`,
	"an operation without a value":         `[{"op":"add","path":"/metadata/labels"}]`,
	"an operation without a name":          `[{"path":"/metadata/labels"}]`,
	"a path without a slash":               `[{"op":"add","path":"metadata","value":1}]`,
	"a path with an escape that is none":   `[{"op":"add","path":"/metadata/labels~2","value":{}}]`,
	"an index that is none":                `[{"op":"add","path":"/spec/sessions/x","value":{}}]`,
	"an index out of the list":             `[{"op":"add","path":"/spec/sessions/99","value":{"name":"x"}}]`,
	"a huge index":                         `[{"op":"add","path":"/spec/sessions/99999999999999999999","value":{}}]`,
	"the whole document goes":              `[{"op":"remove","path":""}]`,
	"the whole document is something else": `[{"op":"replace","path":"","value":7}]`,
	"a move into itself":                   `[{"op":"move","from":"/spec","path":"/spec/owner/x"}]`,
	"a copy of what is not there":          `[{"op":"copy","from":"/nowhere","path":"/spec/runtime/quota"}]`,
	"copies that double":                   "[" + strings.TrimSuffix(strings.Repeat(`{"op":"copy","from":"/spec","path":"/spec/x"},`, 30), ",") + "]",
}
