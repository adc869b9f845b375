package main

import (
	"fmt"
	"strings"
)

const (
	asTable    = "application/json;as=Table;g=meta.k8s.io;v=v1"
	asMeta     = "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1"
	asMetaList = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1"
)

var gets = []behaviour{
	reads("get", "an object", func(x *experiment) { x.get("/a") }),
	reads("get", "a name that is not there", func(x *experiment) { x.get("/none") }),
	reads("get", "from a namespace that is not there", func(x *experiment) { x.get("^/namespaces/nowhere/workspaces/a") }),
	reads("get", "a name that is no name", func(x *experiment) { x.get("/Not_A%20Name") }),
	like(deployments, reads("get", "without a namespace", func(x *experiment) { x.get("^/workspaces/a") })),
	reads("get", "of a version that is not served", func(x *experiment) { x.get("!/apis/$GROUP/v9/namespaces/$NS/workspaces/a") }),
	like(deployments, reads("get", "of a resource that is not served", func(x *experiment) { x.get("^/namespaces/$NS/workshops/a") })),
	like(deployments, reads("get", "a subresource that is not served", func(x *experiment) { x.get("/a/halt") })),
	reads("get", "pretty", func(x *experiment) { x.get("/a?pretty=true") }),
	like(deployments, reads("get", "HEAD is refused", func(x *experiment) { x.send("HEAD", "/a", nil) })),
	like(deployments, reads("get", "OPTIONS is refused", func(x *experiment) { x.send("OPTIONS", "/a", nil) })),
	like(deployments, reads("get", "protobuf is refused", func(x *experiment) { x.get("/a", "Accept", "application/vnd.kubernetes.protobuf") })),
	reads("get", "protobuf or JSON is JSON", func(x *experiment) {
		x.get("/a", "Accept", "application/vnd.kubernetes.protobuf,application/json")
	}),
	reads("get", "whatever there is", func(x *experiment) { x.get("/a", "Accept", "*/*") }),
	like(deployments, reads("get", "XML is refused", func(x *experiment) { x.get("/a", "Accept", "application/xml") })),
}

var lists = []behaviour{
	reads("list", "a namespace", func(x *experiment) { x.get("") }),
	reads("list", "an empty namespace", func(x *experiment) { x.get("^/namespaces/kube-public/workspaces") }),
	reads("list", "a namespace that is not there", func(x *experiment) { x.get("^/namespaces/nowhere/workspaces") }),
	reads("list", "all namespaces", func(x *experiment) { x.get("^/workspaces?labelSelector=fixture%3Dparity") }),
	reads("list", "an empty list has items and a version", func(x *experiment) {
		o := x.request("GET", "^/namespaces/kube-public/workspaces", nil).object()
		items, isList := o["items"].([]any)
		x.note("%v %d %v", isList, len(items), o["metadata"].(object)["resourceVersion"] != "")
	}),
	like(deployments, reads("list", "what names the kind in each item", func(x *experiment) {
		list := x.must("GET", "?limit=1&labelSelector=tier%3Dgold", nil).object()
		item := list["items"].([]any)[0].(object)
		x.note("kind %v, version %v", item["kind"], item["apiVersion"])
	})),
	reads("list", "versions do not go back", func(x *experiment) {
		first, second := x.request("GET", "", nil).version(), x.request("GET", "", nil).version()
		x.note("%v", len(first) < len(second) || len(first) == len(second) && first <= second)
	}),
	reads("list", "as YAML", func(x *experiment) {
		a := x.request("GET", "", nil, "Accept", "application/yaml")
		x.note("%d %s", a.code, a.header.Get("Content-Type"))
	}),
	does("list", "holds what has just been written", func(x *experiment) {
		for i := range 5 {
			x.made(fmt.Sprintf("n%d", i))
			x.note("%d", len(x.must("GET", "", nil).object()["items"].([]any)))
		}
	}),
	does("list", "the version of a write is not after that of the next list", func(x *experiment) {
		written := x.made("one").version()
		listed := x.now()
		x.note("%v", len(written) < len(listed) || len(written) == len(listed) && written <= listed)
	}),
}

// versions are lists and gets at versions, every one with every match.
func versions() []behaviour {
	var all []behaviour
	for _, version := range []struct {
		name, query string
		isOne       bool // else see the behaviour of mistakes
	}{
		{"none", "", true}, {"empty", "&resourceVersion=", true}, {"0", "&resourceVersion=0", true}, {"the current", "&resourceVersion=$NOW", true},
		{"one of the future", "&resourceVersion=999999999", true}, {"text", "&resourceVersion=text", false}, {"a negative one", "&resourceVersion=-1", false},
		{"one before everything", "&resourceVersion=1", true},
	} {
		for _, match := range []string{"", "Exact", "NotOlderThan", "Sideways"} {
			for _, paging := range []struct{ name, query string }{
				{"", ""}, {", with a limit", "&limit=2"}, {", going on", "&continue=$NEXT"}, {", going on with a limit", "&limit=1&continue=$NEXT"},
			} {
				query := "?" + paging.query + version.query
				name := "version " + version.name
				if match != "" {
					query += "&resourceVersionMatch=" + match
					name += ", match " + match
				}
				all = append(all, reads("list", name+paging.name, func(x *experiment) { x.get(x.at(query)) }))
			}
		}
		if version.isOne {
			all = append(all, reads("get", "version "+version.name, func(x *experiment) { x.get(x.at("/a?" + version.query)) }))
		}
	}
	return append(all,
		does("list", "an earlier version, exactly", func(x *experiment) {
			x.made("one")
			before := x.now()
			x.made("two")
			x.must("PATCH", "/one", "{\"spec\":{\"owner\":\"bob\"}}", "Content-Type", mergePatch)
			x.get("?resourceVersionMatch=Exact&resourceVersion=" + before)
		}),
		does("list", "an earlier version, with a limit", func(x *experiment) {
			x.made("one")
			before := x.now()
			x.made("two")
			x.get("?limit=5&resourceVersion=" + before)
		}),
		does("list", "not older than a write", func(x *experiment) {
			x.get("?resourceVersionMatch=NotOlderThan&resourceVersion=" + x.made("one").version())
		}),
	)
}

// at fills the current version, and the token of the second page, into a query.
func (x *experiment) at(query string) string {
	for name, value := range map[string]func() string{
		"$NOW":  x.now,
		"$NEXT": func() string { return x.must("GET", "?limit=1", nil).meta("continue") },
	} {
		if strings.Contains(query, name) {
			query = strings.ReplaceAll(query, name, value())
		}
	}
	return query
}

var pages = []behaviour{
	reads("pages", "one after the other", func(x *experiment) {
		next := x.get("?limit=1").meta("continue")
		next = x.get("?limit=1&continue=" + next).meta("continue")
		x.get("?limit=1&continue=" + next)
	}),
	reads("pages", "the limit is what there is", func(x *experiment) { x.get("?limit=3") }),
	reads("pages", "the limit is more than there is", func(x *experiment) { x.get("?limit=10") }),
	reads("pages", "a limit of 0", func(x *experiment) { x.get("?limit=0") }),
	reads("pages", "a negative limit", func(x *experiment) { x.get("?limit=-1") }),
	reads("pages", "a limit that is no number", func(x *experiment) { x.get("?limit=many") }),
	reads("pages", "with a label selector nothing is said of what remains", func(x *experiment) { x.get("?limit=1&labelSelector=tier") }),
	reads("pages", "with a label selector, to the end", func(x *experiment) {
		x.get("?limit=1&labelSelector=tier&continue=" + x.get("?limit=1&labelSelector=tier").meta("continue"))
	}),
	reads("pages", "a token that is none", func(x *experiment) { x.get("?limit=1&continue=nonsense") }),
	reads("pages", "a token of another version", func(x *experiment) { x.get("?limit=1&continue=eyJ2IjoiYmFkL3YxIiwicnYiOjEsInN0YXJ0IjoiYSJ9") }),
	reads("pages", "a token that leaves the namespace", func(x *experiment) {
		x.get("?limit=1&continue=eyJ2IjoibWV0YS5rOHMuaW8vdjEiLCJydiI6MSwic3RhcnQiOiIuLi9vdGhlci9hIn0")
	}),
	reads("pages", "a token of an expired version", func(x *experiment) {
		// {"v":"meta.k8s.io/v1","rv":1,"start":"a\u0000"}
		x.get("?limit=1&continue=eyJ2IjoibWV0YS5rOHMuaW8vdjEiLCJydiI6MSwic3RhcnQiOiJhXHUwMDAwIn0")
	}),
	reads("pages", "a token of the future", func(x *experiment) {
		// {"v":"meta.k8s.io/v1","rv":999999999,"start":"a\u0000"}
		x.get("?limit=1&continue=eyJ2IjoibWV0YS5rOHMuaW8vdjEiLCJydiI6OTk5OTk5OTk5LCJzdGFydCI6ImFcdTAwMDAifQ")
	}),
	reads("pages", "a token and a version", func(x *experiment) {
		next := x.request("GET", "?limit=1", nil).meta("continue")
		x.get("?limit=1&resourceVersion=1&continue=" + next)
	}),
	reads("pages", "a token and a match", func(x *experiment) {
		next := x.request("GET", "?limit=1", nil).meta("continue")
		x.get("?limit=1&resourceVersionMatch=Exact&continue=" + next)
	}),
	does("pages", "show what was there when the first was read", func(x *experiment) {
		x.made("one")
		x.made("two")
		next := x.get("?limit=1").meta("continue")
		x.made("three")
		x.must("PATCH", "/two", "{\"spec\":{\"owner\":\"bob\"}}", "Content-Type", mergePatch)
		x.get("?limit=5&continue=" + next)
	}),
}

var selectors = []behaviour{
	reads("selectors", "a label", func(x *experiment) { x.get("?labelSelector=tier%3Dgold") }),
	reads("selectors", "a label that nothing has", func(x *experiment) { x.get("?labelSelector=tier%3Dlead") }),
	reads("selectors", "a set of labels", func(x *experiment) { x.get("?labelSelector=tier+in+(gold,silver)") }),
	reads("selectors", "not a label", func(x *experiment) { x.get("?labelSelector=%21tier") }),
	reads("selectors", "a label selector that is none", func(x *experiment) { x.get("?labelSelector=%3D%3D%3D") }),
	reads("selectors", "labels the server keeps for itself select nothing", func(x *experiment) {
		x.get("?labelSelector=storages.pkg.internal%2Fdiscoverable")
	}),
	reads("selectors", "a name", func(x *experiment) { x.get("?fieldSelector=metadata.name%3Db") }),
	reads("selectors", "not a name", func(x *experiment) { x.get("?fieldSelector=metadata.name%21%3Db") }),
	reads("selectors", "a namespace", func(x *experiment) {
		x.get("^/workspaces?labelSelector=fixture&fieldSelector=metadata.namespace%3D$NS")
	}),
	reads("selectors", "an owner", func(x *experiment) { x.get("?fieldSelector=spec.owner%3Dalice") }),
	reads("selectors", "an owner of nothing", func(x *experiment) { x.get("?fieldSelector=spec.owner%3Dnobody") }),
	reads("selectors", "an environment and a label", func(x *experiment) {
		x.get("?fieldSelector=spec.environment%3Ddatalab&labelSelector=tier%3Dsilver")
	}),
	reads("selectors", "a field that cannot be selected by", func(x *experiment) { x.get("?fieldSelector=spec.runtime.secretName%3Da") }),
	reads("selectors", "a field selector that is none", func(x *experiment) { x.get("?fieldSelector=nonsense") }),
	reads("selectors", "a name and a path", func(x *experiment) { x.get("/a?fieldSelector=metadata.name%3Db") }),
}
