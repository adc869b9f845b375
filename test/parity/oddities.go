package main

import (
	"fmt"
	"strings"
)

// oddities are what no client should send, and some do.
var oddities = []behaviour{
	does("bad input", "no body", func(x *experiment) { x.post("", "") }),
	like(configMaps, does("bad input", "null", func(x *experiment) { x.post("", "null") })),
	does("bad input", "a number", func(x *experiment) { x.post("", "7") }),
	does("bad input", "an empty list", func(x *experiment) { x.post("", "[]") }),
	like(configMaps, does("bad input", "an empty object", func(x *experiment) { x.post("", "{}") })),
	does("bad input", "half of JSON", func(x *experiment) {
		text := mustJSON(x.object("one"))
		x.post("", text[:len(text)/2])
	}),
	does("bad input", "JSON with something behind it", func(x *experiment) { x.post("", string(mustJSON(x.object("one")))+"nonsense") }),
	like(deployments, does("bad input", "a type that is none", func(x *experiment) { x.post("", x.object("one"), "Content-Type", "text/plain") })),
	like(deployments, does("bad input", "a type that is not well-formed", func(x *experiment) { x.post("", x.object("one"), "Content-Type", ";;;") })),
	like(deployments, does("bad input", "a patch as protobuf", func(x *experiment) {
		x.made("one")
		x.send("PATCH", "/one", "nonsense", "Content-Type", "application/vnd.kubernetes.protobuf")
	})),
	does("bad input", "a delete as protobuf", func(x *experiment) {
		x.made("one")
		a := x.request("DELETE", "/one", "nonsense", "Content-Type", "application/vnd.kubernetes.protobuf")
		x.note("%d", a.code)
	}),
	does("bad input", "YAML that is none", func(x *experiment) { x.post("", "a: [b", "Content-Type", "application/yaml") }),
	like(deployments, does("bad input", "an Accept that is none", func(x *experiment) { x.get("", "Accept", "nonsense") })),
	does("bad input", "invalid UTF-8 in a value", func(x *experiment) {
		x.post("", []byte(strings.Replace(string(mustJSON(x.object("one", "metadata: {annotations: {note: HERE}}"))), "HERE", "a\xff\xfeb", 1)))
	}),
	does("bad input", "invalid UTF-8 in a key", func(x *experiment) {
		x.post("", []byte(strings.Replace(string(mustJSON(x.object("one", "metadata: {annotations: {HERE: x}}"))), "HERE", "a\xff\xfeb", 1)))
	}),
	does("bad input", "invalid UTF-8 in the spec", func(x *experiment) {
		x.post("", []byte(strings.Replace(string(mustJSON(x.object("one"))), "alice", "a\xff\xfeb", 1)))
	}),
	does("bad input", "invalid UTF-8 in a patch", func(x *experiment) {
		x.made("one")
		x.merge("/one", []byte("{\"spec\":{\"owner\":\"a\xff\xfeb\"}}"))
	}),
	does("bad input", "a NUL in a value", func(x *experiment) {
		x.post("", strings.Replace(string(mustJSON(x.object("one"))), `"alice"`, `"a\u0000b"`, 1))
	}),
	does("bad input", "1.5 MiB of an annotation", func(x *experiment) {
		x.post("", x.object("one", "metadata: {annotations: {large: "+strings.Repeat("x", 3<<19)+"}}"))
	}),
	does("bad input", "4 MiB of the spec", func(x *experiment) {
		x.big(x.post("", x.object("one", "spec: {storage: {accessRequests: [{bucket: other, reason: "+strings.Repeat("x", 4<<20)+", requestedAt: '2026-01-10T19:00:00Z'}]}}")))
	}),
	does("bad input", "a patch of 4 MiB", func(x *experiment) {
		x.made("one")
		x.merge("/one", `{"spec":{"owner":"`+strings.Repeat("x", 4<<20)+`"}}`)
	}),
	does("bad input", "10,000 members", func(x *experiment) {
		var members []string
		for i := range 10000 {
			members = append(members, fmt.Sprintf(`{"name":"m%d","role":"User","grantedAt":"2026-01-10T19:00:00Z"}`, i))
		}
		x.big(x.post("", x.object("one", `{"spec":{"members":[`+strings.Join(members, ",")+`]}}`)))
		x.note("%d", len(x.must("GET", "/one", nil).object()["spec"].(object)["members"].([]any)))
		x.big(x.send("PATCH", "/one", `{"spec":{"owner":"bob"}}`, "Content-Type", mergePatch))
		x.big(x.put("/one", x.current("spec: {members: null}")))
	}),
	does("bad input", "10,000 levels", func(x *experiment) {
		text := string(mustJSON(x.object("one")))
		x.post("", strings.Replace(text, `"spec":{`, `"deep":`+strings.Repeat(`{"a":`, 10001)+"1"+strings.Repeat("}", 10001)+`,"spec":{`, 1))
	}),
	does("bad input", "a patch of 10,000 levels", func(x *experiment) {
		x.made("one")
		x.merge("/one", `{"spec":`+strings.Repeat(`{"a":`, 10001)+"1"+strings.Repeat("}", 10001)+`}`)
	}),
	does("bad input", "a merge patch that is none", func(x *experiment) {
		x.made("one")
		x.merge("/one", "nonsense")
	}),
	does("bad input", "a merge patch that is a list", func(x *experiment) {
		x.made("one")
		x.merge("/one", "[]")
	}),
	does("bad input", "a merge patch that is null", func(x *experiment) {
		x.made("one")
		x.merge("/one", "null")
	}),
	does("bad input", "a merge patch of nothing", func(x *experiment) {
		x.made("one")
		x.merge("/one", "")
	}),
	does("bad input", "a JSON patch that is none", func(x *experiment) {
		x.made("one")
		x.jsonPatch("/one", "nonsense")
	}),
	does("bad input", "a merge patch that removes the name", func(x *experiment) {
		x.made("one")
		x.merge("/one", `{"metadata":{"name":null}}`)
	}),
	does("bad input", "a merge patch that removes metadata", func(x *experiment) {
		x.made("one")
		x.merge("/one", `{"metadata":null}`)
	}),
	like(deployments, does("bad input", "a merge patch that removes kind and version", func(x *experiment) {
		x.made("one")
		x.merge("/one", `{"kind":null,"apiVersion":null}`)
	})),
	reads("bad input", "queries that nobody knows", func(x *experiment) { x.get("/a?colour=red&&=&%3D") }),
	reads("bad input", "a query that is not well-formed", func(x *experiment) { x.get("/a?resourceVersion=%ZZ") }),
	reads("bad input", "a query twice", func(x *experiment) { x.get("?limit=1&limit=2") }),
	reads("bad input", "a boolean that is none", func(x *experiment) {
		x.drain(x.open(x.api.http, "GET", "?watch=perhaps&timeoutSeconds=1", nil))
	}),
	reads("bad input", "a timeout that is none", func(x *experiment) { x.get("?timeout=soon") }),
	reads("bad input", "a number that is too large", func(x *experiment) { x.get("?limit=99999999999999999999") }),
	reads("bad input", "a version that is too large", func(x *experiment) { x.get("?resourceVersion=99999999999999999999") }),
	like(deployments, reads("bad input", "a path with dots", func(x *experiment) { x.get("/..%2fa") })),
	like(deployments, reads("bad input", "a path that goes on", func(x *experiment) { x.get("/a/status/more") })),
	reads("bad input", "a trailing slash", func(x *experiment) { x.get("/a/") }),
	like(deployments, reads("bad input", "a method that is none", func(x *experiment) { x.send("TWIST", "/a", nil) })),
	reads("bad input", "a body where none belongs", func(x *experiment) { x.send("GET", "/a", "nonsense") }),
	reads("bad input", "a long header", func(x *experiment) { x.get("/a", "X-Long", strings.Repeat("x", 64<<10)) }),
	reads("bad input", "impersonation that is not allowed", func(x *experiment) { x.get("/a", "Impersonate-User", "admin") }),
	reads("bad input", "identity headers of a front proxy", func(x *experiment) {
		x.get("/a", "X-Remote-User", "admin", "X-Remote-Group", "system:masters")
	}),
}

// big forgets all but the code of the answer to a big request, unless it is a refusal.
func (x *experiment) big(a *answer) {
	if a.code < 400 {
		x.log.steps[len(x.log.steps)-1] = step{fmt.Sprint(a.code), fmt.Sprint(a.code), fmt.Sprint(a.code)}
	}
}
