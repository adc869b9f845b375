package workspace

import (
	"cmp"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/eoepca/workspaces/pkg/apis/eoepca"
)

// The names of environment variables by which S3 clients and sessions know the keys.
const (
	envAccessKey = "AWS_ACCESS_KEY_ID"
	envSecretKey = "AWS_SECRET_ACCESS_KEY"
	envEndpoint  = "AWS_ENDPOINT_URL"
	envRegion    = "AWS_REGION"
	envPathStyle = "AWS_S3_FORCE_PATH_STYLE"
	envBucket    = "BUCKET"
)

// olderNames are those of earlier provider versions; each is also found with the prefix "attribute.".
var olderNames = map[string]string{
	envAccessKey: "access",
	envSecretKey: "secret",
	envEndpoint:  "endpoint",
	envRegion:    "region",
}

// storeNames are what providers write for a store of a type: the prefix of its variables, and their names.
var storeNames = map[string]struct {
	prefix string
	names  []string
}{
	"databases": {"POSTGRES", []string{"HOST", "PORT", "USER", "PASSWORD", "DATABASES", "HOST_EXTERNAL"}},
	"vectors":   {"QDRANT", []string{"HOST", "PORT", "GRPC_PORT", "URL", "API_KEY", "READ_API_KEY"}},
	"caches":    {"REDIS", []string{"HOST", "PORT", "USER", "DATABASE", "PASSWORD", "URL"}},
	"documents": {"MONGO", []string{"HOST", "PORT", "DATABASE", "AUTH_SOURCE", "USER", "PASSWORD", "URI"}},
}

// resolveCredentials makes the credentials of a workspace from its two Secrets, either of which may be missing.
func resolveCredentials(ws *eoepca.Workspace, principal, datalab map[string]string, policy Policy) *eoepca.WorkspaceCredentials {
	s3 := s3Credentials(ws, principal, policy)
	if s3 == nil {
		s3 = s3Credentials(ws, datalab, policy)
	}
	env := make(map[string]string, len(datalab)+6)
	maps.Copy(env, datalab)
	if s3 != nil {
		maps.Copy(env, s3Env(s3))
	}
	if bucket := datalab[envBucket]; bucket != "" {
		env[envBucket] = bucket
	}
	return &eoepca.WorkspaceCredentials{
		ObjectMeta: metav1.ObjectMeta{Namespace: ws.Namespace, Name: ws.Name},
		Storage:    s3,
		Stores:     storeCredentials(&ws.Spec.Stores, datalab),
		Registry:   registryCredentials(datalab),
		Env:        env,
	}
}

// s3Credentials reads both shapes of the Secret; nil unless it holds a whole pair of keys.
func s3Credentials(ws *eoepca.Workspace, secret map[string]string, policy Policy) *eoepca.S3Credentials {
	get := func(name string) string {
		older := olderNames[name]
		return cmp.Or(secret[name], secret[older], secret["attribute."+older])
	}
	s3 := &eoepca.S3Credentials{
		AccessKeyID:     get(envAccessKey),
		SecretAccessKey: get(envSecretKey),
		Endpoint:        cmp.Or(get(envEndpoint), policy.S3Endpoint),
		Region:          cmp.Or(get(envRegion), policy.S3Region),
	}
	if s3.AccessKeyID == "" || s3.SecretAccessKey == "" {
		return nil
	}
	s3.ForcePathStyle, _ = strconv.ParseBool(secret[envPathStyle])
	if len(ws.Spec.Storage.Buckets) > 0 {
		s3.Bucket = ws.Spec.Storage.Buckets[0].Name
	}
	return s3
}

// s3Env names the keys as a session does, whichever shape they were read from.
func s3Env(s3 *eoepca.S3Credentials) map[string]string {
	env := map[string]string{
		envAccessKey: s3.AccessKeyID,
		envSecretKey: s3.SecretAccessKey,
		envEndpoint:  s3.Endpoint,
		envRegion:    s3.Region,
		envBucket:    s3.Bucket,
	}
	if s3.ForcePathStyle {
		env[envPathStyle] = "true"
	}
	maps.DeleteFunc(env, func(_, value string) bool { return value == "" })
	return env
}

// storeCredentials finds the values of each declared store. Only the documented names are looked up: one store's name may
// be the beginning of another's, so a prefix would mix them.
func storeCredentials(stores *eoepca.Stores, secret map[string]string) []eoepca.StoreCredentials {
	var out []eoepca.StoreCredentials
	add := func(storeType, name string, further ...string) {
		known := storeNames[storeType]
		found := map[string]string{}
		for _, variable := range slices.Concat(known.names, further) {
			if value, ok := secret[known.prefix+"_"+envName(name)+"_"+variable]; ok {
				found[variable] = value
			}
		}
		if len(found) > 0 {
			out = append(out, eoepca.StoreCredentials{Type: storeType, Name: name, Values: found})
		}
	}
	for _, host := range stores.Databases {
		var urls []string
		for _, database := range host.Databases {
			urls = append(urls, envName(database)+"_URL", envName(database)+"_URL_EXTERNAL")
		}
		add("databases", host.Name, urls...)
	}
	for _, store := range stores.Vectors {
		add("vectors", store.Name)
	}
	for _, store := range stores.Caches {
		add("caches", store.Name)
	}
	for _, store := range stores.Documents {
		add("documents", store.Name)
	}
	return out
}

func registryCredentials(secret map[string]string) *eoepca.RegistryCredentials {
	registry := &eoepca.RegistryCredentials{
		Username: secret["CONTAINER_REGISTRY_USERNAME"],
		Password: secret["CONTAINER_REGISTRY_PASSWORD"],
	}
	if registry.Username == "" || registry.Password == "" {
		return nil
	}
	return registry
}

var otherCharacters = regexp.MustCompile(`[^A-Z0-9]+`)

// envName is a store's name as providers write it in the names of variables.
func envName(name string) string {
	return otherCharacters.ReplaceAllString(strings.ToUpper(name), "_")
}
