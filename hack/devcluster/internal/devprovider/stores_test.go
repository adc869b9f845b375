package devprovider

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"testing"
)

func TestEachDeclaredStoreHasItsDocumentedKeys(t *testing.T) {
	for _, c := range []struct{ name, spec, prefix, keys string }{
		{"database", `{"databases":{"pg0":{"names":["dev"]}}}`, "POSTGRES_PG0_",
			"DATABASES DEV_URL DEV_URL_EXTERNAL HOST HOST_EXTERNAL PASSWORD PORT USER"},
		{"document store", `{"documentStores":{"my-docs":{}}}`, "MONGO_MY_DOCS_",
			"AUTH_SOURCE DATABASE HOST PASSWORD PORT URI USER"},
		{"cache", `{"cacheStores":{"a.-b":{}}}`, "REDIS_A_B_", "DATABASE HOST PASSWORD PORT URL USER"},
		{"vector store", `{"vectorStores":{"prod":{}}}`, "QDRANT_PROD_", "API_KEY GRPC_PORT HOST PORT READ_API_KEY URL"},
		{"registry", `{"registry":{"enabled":true}}`, "CONTAINER_REGISTRY_", "PASSWORD USERNAME"},
		{"nothing", `{"registry":{"enabled":false}}`, "", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			var spec datalabSpec
			if err := json.Unmarshal([]byte(c.spec), &spec); err != nil {
				t.Fatal(err)
			}
			keys := storeKeys("ws-alice", spec, nil)
			var names []string
			for _, name := range slices.Sorted(maps.Keys(keys)) {
				names = append(names, strings.TrimPrefix(name, c.prefix))
			}
			if got := strings.Join(names, " "); got != c.keys {
				t.Errorf("got  %s\nwant %s", got, c.keys)
			}
			again := storeKeys("ws-alice", spec, keys)
			if !maps.EqualFunc(keys, again, func(a, b []byte) bool { return string(a) == string(b) }) {
				t.Error("a password changed")
			}
		})
	}
}
