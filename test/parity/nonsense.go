package main

import "strings"

// headersAndQueries are those that make no sense, or none here.
var headersAndQueries = func() []behaviour {
	var all []behaviour
	for _, header := range [][2]string{
		{"Accept", "application/json;q=none"}, {"Accept", "application/json;as=Table;g=example.org;v=v1"}, {"Accept", "application/json;as=Chair;g=meta.k8s.io;v=v1"},
		{"Accept", ", ,"}, {"Accept", "text/html,application/json;q=0.1"}, {"Accept", ""}, {"Accept", "application/json;stream=watch"},
		{"Content-Encoding", "gzip"}, {"If-Match", "*"}, {"If-None-Match", "*"}, {"If-Modified-Since", "Mon, 01 Jan 2035 00:00:00 GMT"}, {"Range", "bytes=0-1"},
		{"X-HTTP-Method-Override", "DELETE"}, {"Accept-Charset", "latin1"}, {"Accept-Language", "x"}, {"User-Agent", ""}, {"Cookie", "a=b"}, {"Origin", "https://example.org"},
		{"X-Forwarded-For", "127.0.0.1"}, {"X-Remote-Extra-Scopes", "all"}, {"Audit-Id", "x"}, {"Impersonate-Group", "system:masters"},
	} {
		all = append(all, like(deployments, reads("bad header", header[0]+": "+header[1], func(x *experiment) { x.get("/a", header[0], header[1]) })))
	}
	for _, query := range []string{
		"resourceVersion=1.5", "resourceVersion=0x10", "resourceVersion=00", "resourceVersion=%2B1", "resourceVersion=%D9%A3", "resourceVersion=18446744073709551616",
		"resourceVersion=0&resourceVersion=1", "limit=9223372036854775807", "limit=1e3", "limit=", "limit=1&continue=", "limit=-9223372036854775808",
		"continue=%00", "continue=e30", "continue=bnVsbA", "continue=eyJ2IjoibWV0YS5rOHMuaW8vdjEiLCJydiI6LTUsInN0YXJ0IjoiYSJ9",
		"continue=eyJ2IjoibWV0YS5rOHMuaW8vdjEiLCJydiI6MCwic3RhcnQiOiJhIn0", "continue=eyJ2IjoibWV0YS5rOHMuaW8vdjEiLCJydiI6MSwic3RhcnQiOiIifQ",
		"labelSelector=a+in+(", "labelSelector=a+in+b", "labelSelector=%00", "labelSelector=a%3D%3D%3Db", "labelSelector=" + strings.Repeat("x", 300), "labelSelector=,", "labelSelector=a>b",
		"fieldSelector=metadata.name", "fieldSelector=metadata.name+in+(a)", "fieldSelector=%3D", "fieldSelector=metadata.name%3Da,metadata.name%3Db", "fieldSelector=,",
		"fieldSelector=metadata.name%21%3D", "fieldSelector=metadata.labels.tier%3Dgold", "fieldSelector=status.phase%3Dx",
		"watch=1&resourceVersion=$NOW", "watch=0", "watch=", "watch=maybe&resourceVersion=$NOW",
		"timeoutSeconds=-1", "timeoutSeconds=99999999999999999999", "allowWatchBookmarks=maybe", "sendInitialEvents=maybe", "pretty=maybe", "includeObject=Everything",
		"resourceVersionMatch=", "resourceVersionMatch=exact&resourceVersion=0", "timeout=-1s", "timeout=99999999h", "timeout=1", "export=true", "includeUninitialized=true", "%", "a;b", "=",
	} {
		all = append(all, reads("bad query", query, func(x *experiment) {
			if strings.HasPrefix(query, "watch") {
				x.drain(x.open(x.api.http, "GET", x.at("?timeoutSeconds=1&"+query), nil))
			} else {
				x.get("?" + query)
			}
		}))
	}
	for _, query := range []string{
		"?dryRun=", "?dryRun=All&dryRun=All", "?dryRun=All&dryRun=Some", "?dryRun=all", "?fieldManager=", "?fieldManager=%FF", "?fieldValidation=strict", "?fieldValidation=",
		"?fieldValidation=Strict&fieldValidation=Ignore", "?pretty=maybe", "?resourceVersion=5", "?force=true",
	} {
		all = append(all, does("bad query", "create"+query, func(x *experiment) { x.post(query, x.object("one")) }))
	}
	for _, query := range []string{
		"?propagationPolicy=", "?propagationPolicy=background", "?gracePeriodSeconds=soon", "?orphanDependents=maybe", "?dryRun=Some", "?ignoreStoreReadErrorWithClusterBreakingPotential=maybe",
		"?propagationPolicy=Orphan&propagationPolicy=Background",
	} {
		all = append(all, does("bad query", "delete"+query, func(x *experiment) {
			x.made("one", hold)
			x.delete("/one"+query, nil)
		}))
	}
	return append(all,
		reads("pages", "a token of another server", func(x *experiment) {
			token := x.must("GET", "!/apis/apps/v1/namespaces/$NS/deployments?limit=1", nil).meta("continue")
			x.get("?limit=1&continue=" + token)
		}),
		reads("pages", "a token of a narrower list", func(x *experiment) {
			x.get("^/workspaces?limit=1&labelSelector=fixture&continue=" + x.must("GET", "?limit=1", nil).meta("continue"))
		}),
		reads("pages", "a token of another selector", func(x *experiment) {
			x.get("?labelSelector=tier&continue=" + x.must("GET", "?limit=1", nil).meta("continue"))
		}),
		like(services, does("create", "a name that is too long", func(x *experiment) {
			name := strings.Repeat("a", 64)
			x.post("", x.object(name, x.either("spec: {storage: {principal: one, buckets: null}, runtime: {secretName: one}}", "{}")))
		})),
		reads("get", "a name that is too long", func(x *experiment) { x.get("/" + strings.Repeat("a", 300)) }),
		reads("get", "a namespace that is no name", func(x *experiment) { x.get("^/namespaces/Not_A_Name/workspaces/a") }),
		does("create", "in a namespace that is no name", func(x *experiment) { x.post("^/namespaces/Not_A_Name/workspaces", x.object("one")) }),
	)
}()
