package main

import (
	"slices"
	"strings"

	"sigs.k8s.io/yaml"
)

func mustYAML(v any) []byte {
	text, err := yaml.Marshal(v)
	if err != nil {
		panic(failure{err})
	}
	return text
}

var prints = []behaviour{
	reads("table", "of an object", func(x *experiment) { x.get("/a", "Accept", asTable) }),
	reads("table", "of a list", func(x *experiment) { x.get("", "Accept", asTable) }),
	reads("table", "of an empty list", func(x *experiment) { x.get("?labelSelector=none", "Accept", asTable) }),
	reads("table", "of a page", func(x *experiment) { x.get("?limit=2", "Accept", asTable) }),
	reads("table", "with whole objects", func(x *experiment) { x.get("/a?includeObject=Object", "Accept", asTable) }),
	reads("table", "with no objects", func(x *experiment) { x.get("?includeObject=None", "Accept", asTable) }),
	reads("table", "with objects of a kind that is none", func(x *experiment) { x.get("?includeObject=Some", "Accept", asTable) }),
	reads("table", "the columns", func(x *experiment) {
		x.tell("columns", pretty(x.norm.value(x.request("GET", "", nil, "Accept", asTable).object()["columnDefinitions"])))
	}),
	reads("table", "the cells", func(x *experiment) {
		x.norm.keepColumns = true
		x.get("?limit=1&includeObject=None", "Accept", asTable)
	}),
	reads("table", "of v1beta1", func(x *experiment) { x.get("/a", "Accept", "application/json;as=Table;g=meta.k8s.io;v=v1beta1") }),
	like(deployments, reads("table", "of a version that is none", func(x *experiment) { x.get("/a", "Accept", "application/json;as=Table;g=meta.k8s.io;v=v9") })),
	reads("table", "or JSON", func(x *experiment) { x.get("/a", "Accept", asTable+",application/json") }),
	reads("table", "of what is not there", func(x *experiment) { x.get("/none", "Accept", asTable) }),
	does("table", "of a create", func(x *experiment) { x.post("", x.object("one"), "Accept", asTable) }),
	does("table", "of a delete that waits", func(x *experiment) {
		x.made("one", hold)
		x.delete("/one", nil, "Accept", asTable)
	}),
	reads("metadata", "of an object", func(x *experiment) { x.get("/b", "Accept", asMeta) }),
	reads("metadata", "of a list", func(x *experiment) { x.get("", "Accept", asMetaList) }),
	reads("metadata", "of a page", func(x *experiment) { x.get("?limit=1", "Accept", asMetaList) }),
	like(deployments, reads("metadata", "of a list, of an object", func(x *experiment) { x.get("/a", "Accept", asMetaList) })),
	like(deployments, reads("metadata", "of an object, of a list", func(x *experiment) { x.get("", "Accept", asMeta) })),
	does("metadata", "of a patch", func(x *experiment) {
		x.made("one")
		x.send("PATCH", "/one", `{"metadata":{"labels":{"a":"b"}}}`, "Content-Type", mergePatch, "Accept", asMeta)
	}),
	does("metadata", "of a create", func(x *experiment) { x.post("", x.object("one"), "Accept", asMeta) }),
}

var statuses = []behaviour{
	reads("status", "of an object", func(x *experiment) { x.get("/a/status") }),
	reads("status", "of what is not there", func(x *experiment) { x.get("/none/status") }),
	reads("status", "as a table", func(x *experiment) { x.get("/a/status", "Accept", asTable) }),
	does("status", "is what the providers say, from the first answer on, and read only", func(x *experiment) {
		x.norm.keepStatus = true
		x.post("", x.object("one"))
		x.merge("/one", `{"status":{"observedGeneration":99}}`)
		x.merge("/one/status", `{"status":{"observedGeneration":1}}`)
		x.put("/one/status", x.current("status: {observedGeneration: 1}"))
		x.resource("workspaces/status")
	}),
	like(deployments, does("status", "is not created", func(x *experiment) { x.post("/one/status", x.object("one")) })),
	like(deployments, does("status", "is not deleted", func(x *experiment) { x.delete("/one/status", nil) })),
}

var discovery = []behaviour{
	reads("discovery", "the group", func(x *experiment) { x.get("!/apis/$GROUP") }),
	reads("discovery", "the resource", func(x *experiment) { x.resource("workspaces") }),
	reads("discovery", "a version that is not served", func(x *experiment) { x.get("!/apis/$GROUP/v9") }),
	like(deployments, reads("discovery", "aggregated", func(x *experiment) {
		a := x.request("GET", "!/apis", nil, "Accept", "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList")
		for _, item := range a.object()["items"].([]any) {
			if group := item.(object); group["metadata"].(object)["name"] == x.api.group {
				x.discovered(group["versions"].([]any)[0].(object)["resources"].([]any))
			}
		}
	})),
	reads("openapi", "v3 is listed", func(x *experiment) {
		paths := x.request("GET", "!/openapi/v3", nil).object()["paths"].(object)
		x.note("%v", paths["apis/"+x.api.group+"/v1alpha1"] != nil)
	}),
	reads("openapi", "fields of the spec", func(x *experiment) { x.schema("spec") }),
	reads("openapi", "fields of the status", func(x *experiment) { x.schema("status") }),
	reads("openapi", "what names the kind", func(x *experiment) {
		x.note("%s", pretty(x.norm.value(x.model()["x-kubernetes-group-version-kind"])))
	}),
	reads("openapi", "operations", func(x *experiment) {
		paths := x.request("GET", "!/openapi/v3/apis/$GROUP/v1alpha1", nil).object()["paths"].(object)
		for _, path := range []string{"/namespaces/{namespace}/workspaces", "/namespaces/{namespace}/workspaces/{name}", "/workspaces"} {
			for _, key := range keys(paths["/apis/"+x.api.group+"/v1alpha1"+path].(object)) {
				x.note("%s %s", path, key)
			}
		}
	}),
}

// discovered records what aggregated discovery says of the resource. The kind is told apart: built-in kinds are of the group.
func (x *experiment) discovered(resources []any) {
	for _, each := range resources {
		resource := each.(object)
		if resource["resource"] != x.api.resource {
			continue
		}
		delete(resource, "subresources") // each has its own
		sortVerbs(resource)
		kind := pretty(x.norm.value(resource["responseKind"]))
		delete(resource, "responseKind")
		x.tell("resource", pretty(x.norm.value(resource)))
		x.tell("kind", kind)
	}
}

// sortVerbs sorts the verbs of a resource, which are a set.
func sortVerbs(resource object) {
	verbs, _ := resource["verbs"].([]any)
	slices.SortFunc(verbs, func(a, b any) int { return strings.Compare(a.(string), b.(string)) })
}

// resource records what discovery says of a resource.
func (x *experiment) resource(name string) {
	for _, each := range x.must("GET", "^", nil).object()["resources"].([]any) {
		if r := each.(object); r["name"] == name {
			if r["storageVersionHash"] != nil {
				r["storageVersionHash"] = "HASH"
			}
			sortVerbs(r)
			x.tell("resource", pretty(x.norm.value(r)))
		}
	}
}

// model is the published schema of a workspace, with all references resolved.
func (x *experiment) model() object {
	document := x.must("GET", "!/openapi/v3/apis/$GROUP/v1alpha1", nil).object()
	schemas := document["components"].(object)["schemas"].(object)
	for _, name := range keys(schemas) {
		model := schemas[name].(object)
		kinds, _ := model["x-kubernetes-group-version-kind"].([]any)
		for _, kind := range kinds {
			if k := kind.(object); k["kind"] == "Workspace" && k["group"] == x.api.group {
				return inline(schemas, model, 0).(object)
			}
		}
	}
	panic(failure{errNoModel})
}

// schema records the published fields of a part of the object.
func (x *experiment) schema(field string) {
	x.tell("schema", pretty(x.norm.value(x.model()["properties"].(object)[field])))
}
