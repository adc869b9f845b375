package api

import (
	"fmt"
	"strings"
	"testing"
)

// strict is a keyword of a part's schema that a provider could write, stricter than the server's own rules.
type strict struct {
	part, path, keyword string
	value               any
	spec                string // the workspace that does not keep it
	field               string // where the workspace's user is told
	says                []string
}

var stricts = []strict{
	{"storages", "spec.credentialsRollover.interval", "enum", []any{"daily", "weekly", "monthly", "quarterly", "none"},
		`storage: {credentialsRollover: {interval: Yearly}}`, "spec.storage.credentialsRollover.interval", []string{`"Yearly"`, `"Daily"`, `"None"`}},
	{"storages", "spec.credentialsRollover.maxToKeep", "maximum", int64(8),
		`storage: {credentialsRollover: {interval: Daily, maxToKeep: 9}}`, "spec.storage.credentialsRollover.maxToKeep", []string{"9", "less than or equal to 8"}},
	{"storages", "spec.buckets.*.bucketName", "pattern", `^[a-z0-9-]*$`,
		`storage: {buckets: [{name: $WS}, {name: $WS.dotted}]}`, "spec.storage.buckets[1].name", []string{`.dotted"`, "should match '^[a-z0-9-]*$'"}},
	{"storages", "spec.bucketAccessRequests.*.reason", "maxLength", int64(1000),
		`storage: {accessRequests: [{bucket: other, reason: ` + strings.Repeat("r", 1001) + `}]}`, "spec.storage.accessRequests[0].reason", []string{"Too long", "1000"}},
	{"storages", "spec.buckets.*.lifecycleRules.*.target", "maxLength", int64(50),
		`storage: {buckets: [{name: $WS, lifecycleRules: [{target: ` + strings.Repeat("t", 51) + `, mode: Delete, minAge: 1d}]}]}`, "spec.storage.buckets[0].lifecycleRules[0].target", []string{"Too long", "50"}},
	{"datalabs", "spec.users.*", "minLength", int64(2),
		`members: [{name: bo}, {name: b}]`, "spec.members[1].name", []string{`"b"`, "at least 2 chars long"}},
	{"datalabs", "spec.users", "maxItems", int64(50),
		`members: [` + items(`{name: m%d}`, 50) + `]`, "spec.members", []string{"Too many", "51", "50"}},
	{"datalabs", "spec.databases.*.names", "maxItems", int64(5),
		`stores: {databases: [{name: pg0, databases: [a, b, c, d, e, f]}]}`, "spec.stores.databases[0].databases", []string{"Too many", "6", "5"}},
	{"datalabs", "spec.cacheStores", "maxProperties", int64(4),
		`stores: {caches: [{name: a}, {name: b}, {name: c}, {name: d}, {name: e}]}`, "spec.stores.caches", []string{"4"}},
	{"datalabs", "spec.quota.budget", "enum", []any{"small", "medium", "large", "x-large", "xxx-large"},
		`runtime: {quota: {budget: xx-large}}`, "spec.runtime.quota.budget", []string{`"xx-large"`, `"small"`}},
	{"datalabs", "spec.files.*.http", "required", []any{"url"},
		`runtime: {files: [{http: {sha256: x}}]}`, "spec.runtime.files[0].http.url", []string{"Required value"}},
	{"datalabs", "spec.files", "maxItems", int64(4),
		`runtime: {files: [{path: a}, {path: b}, {path: c}, {path: d}, {path: e}]}`, "spec.runtime.files", []string{"Too many", "5", "4"}},
}

// Each keyword of a schema is told with the workspace's field, value and what would be accepted.
func TestStricterSchemasOfThePartsAreToldAtTheWorkspace(t *testing.T) {
	t.Parallel()
	ns := e.Namespace(t)
	for i, test := range stricts {
		t.Run(test.field+" "+test.keyword, func(t *testing.T) {
			t.Parallel()
			ws := written(t, ns, fmt.Sprintf("k%d", i), test.spec)
			refused(t, operator(t).post(t, at(ns), ws), refusal{test.field, test.says})
			if got := versions(t, ns, nameOf(ws)); got != [2]string{} {
				t.Errorf("something was written: versions %v", got)
			}
		})
	}
}
