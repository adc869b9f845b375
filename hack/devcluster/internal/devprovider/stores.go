package devprovider

import (
	"fmt"
	"regexp"
	"strings"
)

var notAllowed = regexp.MustCompile(`[^A-Z0-9]+`)

// envName is the part of a key that names a store.
func envName(name string) string { return notAllowed.ReplaceAllString(strings.ToUpper(name), "_") }

// storeKeys are the keys of all declared stores and of the registry. The hosts are made up; passwords are random, each
// made once and then kept.
func storeKeys(workspace string, spec datalabSpec, old map[string][]byte) map[string][]byte {
	keys := map[string][]byte{}
	put := func(prefix, key, value string) { keys[prefix+key] = []byte(value) }
	password := func(prefix, key string) string {
		value := string(old[prefix+key])
		if value == "" {
			value = randomSecret()
		}
		put(prefix, key, value)
		return value
	}
	host := func(kind, name string) string {
		return fmt.Sprintf("%s-%s.%s.svc.cluster.local", kind, name, workspace)
	}
	for name, database := range spec.Databases {
		p, at := "POSTGRES_"+envName(name)+"_", host("postgres", name)
		external := at + ".simulated.invalid"
		put(p, "HOST", at)
		put(p, "HOST_EXTERNAL", external)
		put(p, "PORT", "5432")
		put(p, "USER", workspace)
		put(p, "DATABASES", strings.Join(database.Names, ","))
		secret := password(p, "PASSWORD")
		for _, db := range database.Names {
			put(p, envName(db)+"_URL", fmt.Sprintf("postgresql://%s:%s@%s:5432/%s", workspace, secret, at, db))
			put(p, envName(db)+"_URL_EXTERNAL", fmt.Sprintf("postgresql://%s:%s@%s:5432/%s", workspace, secret, external, db))
		}
	}
	for name := range spec.DocumentStores {
		p, at := "MONGO_"+envName(name)+"_", host("mongo", name)
		put(p, "HOST", at)
		put(p, "PORT", "27017")
		put(p, "DATABASE", name)
		put(p, "AUTH_SOURCE", "admin")
		put(p, "USER", workspace)
		put(p, "URI", fmt.Sprintf("mongodb://%s:%s@%s:27017/%s?authSource=admin", workspace, password(p, "PASSWORD"), at, name))
	}
	for name := range spec.CacheStores {
		p, at := "REDIS_"+envName(name)+"_", host("redis", name)
		put(p, "HOST", at)
		put(p, "PORT", "6379")
		put(p, "USER", "default")
		put(p, "DATABASE", "0")
		put(p, "URL", fmt.Sprintf("redis://default:%s@%s:6379/0", password(p, "PASSWORD"), at))
	}
	for name := range spec.VectorStores {
		p, at := "QDRANT_"+envName(name)+"_", host("qdrant", name)
		put(p, "HOST", at)
		put(p, "PORT", "6333")
		put(p, "GRPC_PORT", "6334")
		put(p, "URL", "http://"+at+":6333")
		password(p, "API_KEY")
		password(p, "READ_API_KEY")
	}
	if spec.Registry.Enabled {
		put("CONTAINER_REGISTRY_", "USERNAME", workspace)
		password("CONTAINER_REGISTRY_", "PASSWORD")
	}
	return keys
}
