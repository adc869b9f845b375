package main

import "fmt"

// ended is the end of a watch at its first event.
func ended(e event) bool { return e.Type != "BOOKMARK" }

const initialEvents = "&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true"

var watches = []behaviour{
	does("watch", "create, update and label", func(x *experiment) {
		x.follow("&resourceVersion="+x.now(), func() {
			x.made("one")
			x.must("PATCH", "/one", "{\"spec\":{\"owner\":\"bob\"}}", "Content-Type", mergePatch)
			x.must("PATCH", "/one", "{\"metadata\":{\"labels\":{\"a\":\"b\"}}}", "Content-Type", mergePatch)
		})
	}),
	does("watch", "a write of both parts is told by one more event", func(x *experiment) {
		x.norm.keepRepeats = true
		x.follow("&resourceVersion="+x.now(), func() { x.made("one") })
	}),
	does("watch", "a change of everything is one event", func(x *experiment) {
		x.made("one")
		x.follow("&resourceVersion="+x.now(), func() {
			x.must("PUT", "/one", x.changed(x.full(), "metadata: {resourceVersion: '"+x.request("GET", "/one", nil).version()+"'}"))
		})
	}),
	does("watch", "a change of nothing is no event", func(x *experiment) {
		x.made("one")
		x.follow("&resourceVersion="+x.now(), func() {
			x.must("PATCH", "/one", "{\"spec\":{\"owner\":\"alice\"}}", "Content-Type", mergePatch)
		})
	}),
	like(namespaces, does("watch", "a deletion is told last, with the object", func(x *experiment) {
		name := x.made("one").meta("name")
		x.followUntil("&fieldSelector=metadata.name%3D"+name+"&resourceVersion="+x.now(), func() { x.must("DELETE", "/one", nil) },
			func(e event) bool { return e.Type == "DELETED" })
	})),
	does("watch", "a deletion with a finalizer", func(x *experiment) {
		x.made("one", "metadata: {finalizers: [example.org/hold]}")
		x.follow("&resourceVersion="+x.now(), func() {
			x.must("DELETE", "/one", nil)
			x.settle("one")
		})
	}),
	does("watch", "without a version begins with what is there", func(x *experiment) {
		x.made("one")
		x.made("two")
		x.follow("", func() {})
	}),
	does("watch", "from 0 begins with what is there", func(x *experiment) {
		x.made("one")
		x.get("")
		x.follow("&resourceVersion=0", func() {})
	}),
	does("watch", "from a version of the past", func(x *experiment) {
		x.made("one")
		before := x.now()
		x.made("two")
		x.must("PATCH", "/one", "{\"spec\":{\"owner\":\"bob\"}}", "Content-Type", mergePatch)
		x.follow("&resourceVersion="+before, func() {})
	}),
	does("watch", "from the version of a write goes on after it", func(x *experiment) {
		x.follow("&resourceVersion="+x.made("one").version(), func() {})
	}),
	does("watch", "a label gained and lost", func(x *experiment) {
		x.made("one")
		x.follow("&labelSelector=watched%3Dyes&resourceVersion="+x.now(), func() {
			x.must("PATCH", "/one", "{\"metadata\":{\"labels\":{\"watched\":\"yes\"}}}", "Content-Type", mergePatch)
			x.must("PATCH", "/one", "{\"spec\":{\"owner\":\"bob\"}}", "Content-Type", mergePatch)
			x.must("PATCH", "/one", "{\"metadata\":{\"labels\":{\"watched\":null}}}", "Content-Type", mergePatch)
			x.must("PATCH", "/one", "{\"spec\":{\"owner\":\"carol\"}}", "Content-Type", mergePatch)
		})
	}),
	does("watch", "an owner gained and lost", func(x *experiment) {
		x.made("one", "spec: {owner: bob}")
		x.follow("&fieldSelector=spec.owner%3Dalice&resourceVersion="+x.now(), func() {
			x.must("PATCH", "/one", "{\"spec\":{\"owner\":\"alice\"}}", "Content-Type", mergePatch)
			x.must("PATCH", "/one", "{\"spec\":{\"owner\":\"bob\"}}", "Content-Type", mergePatch)
		})
	}),
	does("watch", "one name", func(x *experiment) {
		x.made("one")
		x.followUntil("&fieldSelector=metadata.name%3Done&resourceVersion="+x.now(), func() {
			x.made("two")
			x.must("PATCH", "/one", "{\"spec\":{\"owner\":\"bob\"}}", "Content-Type", mergePatch)
		}, ended)
	}),
	does("watch", "all namespaces, one label", func(x *experiment) {
		x.followUntil("&resourceVersion="+x.now(), func() { x.made("one") }, ended)
	}),
	does("watch", "many in order", func(x *experiment) {
		x.follow("&resourceVersion="+x.now(), func() {
			for i := range 8 {
				x.made(fmt.Sprintf("n%d", i))
			}
		})
	}),
	reads("watch", "ends at its timeout", func(x *experiment) {
		x.followUntil("&timeoutSeconds=1&resourceVersion="+x.now(), func() {}, func(event) bool { return false })
	}),
	reads("watch", "from an expired version", func(x *experiment) {
		x.followUntil("&resourceVersion=1", func() {}, ended)
	}),
	reads("watch", "from a version of the future ends with it", func(x *experiment) {
		x.followUntil("&timeoutSeconds=1&resourceVersion=999999999", func() {}, ended)
	}),
	reads("watch", "with a version match", func(x *experiment) {
		x.followUntil("&resourceVersionMatch=Exact&resourceVersion=0", func() {}, ended)
	}),
	reads("watch", "a field that cannot be selected by", func(x *experiment) { x.followUntil("&fieldSelector=spec.x%3Dy", func() {}, ended) }),
	reads("watch", "a timeout that is no number", func(x *experiment) { x.followUntil("&timeoutSeconds=soon", func() {}, ended) }),
	reads("watch", "a path of old", func(x *experiment) {
		x.drain(x.open(x.api.http, "GET", "^/watch/namespaces/$NS/workspaces?timeoutSeconds=1&resourceVersion=0", nil))
	}),
	reads("watch", "as tables", func(x *experiment) {
		resp := x.open(x.api.http, "GET", "?watch=true&timeoutSeconds=1&resourceVersion=0", nil, "Accept", asTable)
		x.drain(resp)
	}),
	reads("watch", "as metadata", func(x *experiment) {
		resp := x.open(x.api.http, "GET", "?watch=true&timeoutSeconds=1&resourceVersion=0", nil, "Accept", asMeta)
		x.drain(resp)
	}),

	reads("watchlist", "what is there, then a bookmark", func(x *experiment) { x.followUntil(initialEvents, func() {}, event.initial) }),
	reads("watchlist", "from 0", func(x *experiment) { x.followUntil(initialEvents+"&resourceVersion=0", func() {}, event.initial) }),
	reads("watchlist", "not older than now", func(x *experiment) {
		x.followUntil(initialEvents+"&resourceVersion="+x.now(), func() {}, event.initial)
	}),
	reads("watchlist", "with a selector", func(x *experiment) {
		x.followUntil(initialEvents+"&labelSelector=tier%3Dgold", func() {}, event.initial)
	}),
	does("watchlist", "of nothing", func(x *experiment) { x.followUntil(initialEvents, func() {}, event.initial) }),
	does("watchlist", "goes on with what happens then", func(x *experiment) {
		x.made("one")
		x.follow(initialEvents, func() { x.made("two") })
	}),
	does("watchlist", "holds what has just been written", func(x *experiment) {
		x.made("one")
		x.must("PATCH", "/one", "{\"spec\":{\"owner\":\"bob\"}}", "Content-Type", mergePatch)
		x.followUntil(initialEvents, func() {}, event.initial)
	}),
	reads("watchlist", "without a version match", func(x *experiment) {
		x.followUntil("&sendInitialEvents=true&allowWatchBookmarks=true", func() {}, event.initial)
	}),
	reads("watchlist", "with another version match", func(x *experiment) {
		x.followUntil("&sendInitialEvents=true&resourceVersionMatch=Exact&allowWatchBookmarks=true&resourceVersion=1", func() {}, event.initial)
	}),
	reads("watchlist", "asked of a list", func(x *experiment) { x.get("?sendInitialEvents=true") }),
	reads("watchlist", "without initial events", func(x *experiment) {
		x.followUntil("&sendInitialEvents=false&resourceVersionMatch=NotOlderThan&timeoutSeconds=1&resourceVersion="+x.now(), func() {}, event.initial)
	}),
}

// watchVersions are watches at versions, every one with every match, with and without the events that stand for the list.
func watchVersions() []behaviour {
	var all []behaviour
	for _, version := range []struct{ name, query string }{
		{"none", ""}, {"empty", "&resourceVersion="}, {"0", "&resourceVersion=0"}, {"the current", "&resourceVersion=$NOW"},
		{"one of the future", "&resourceVersion=999999999"}, {"one before everything", "&resourceVersion=1"},
	} {
		for _, match := range []string{"", "Exact", "NotOlderThan", "Sideways"} {
			for _, initial := range []struct{ name, query string }{
				{"", ""}, {", with initial events", "&sendInitialEvents=true&allowWatchBookmarks=true"}, {", without initial events", "&sendInitialEvents=false"},
				{", with initial events and no bookmarks", "&sendInitialEvents=true"},
			} {
				name, query := "version "+version.name, version.query+initial.query+"&timeoutSeconds=1"
				if match != "" {
					name, query = name+", match "+match, query+"&resourceVersionMatch="+match
				}
				all = append(all, reads("watch", name+initial.name, func(x *experiment) {
					x.followUntil(x.at(query), func() {}, func(e event) bool { return e.initial() || e.Type == "ERROR" })
				}))
			}
		}
	}
	return all
}
