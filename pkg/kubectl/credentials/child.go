package credentials

import (
	"maps"
	"slices"
	"strings"
)

// rivals are the variables that decide which keys S3 clients use, and where, besides those of an environment: some win over
// them, some do not belong to them.
var rivals = []string{
	"AWS_PROFILE", "AWS_DEFAULT_PROFILE", envAccessKey, envSecretKey, envSessionToken, "AWS_SECURITY_TOKEN", "AWS_CREDENTIAL_EXPIRATION",
	envEndpoint, "AWS_ENDPOINT_URL_S3", "AWS_S3_ENDPOINT", "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", envRegion, envDefaultRegion, envPathStyle,
}

// childEnvironment is the parent's with the keys in it, and the names of the rivals that were dropped.
func childEnvironment(parent []string, keys map[string]string) (env, dropped []string) {
	_, s3 := keys[envAccessKey]
	for _, entry := range parent {
		name, _, _ := strings.Cut(entry, "=")
		if _, replaced := keys[name]; replaced {
			continue
		}
		if s3 && slices.Contains(rivals, name) {
			dropped = append(dropped, name)
			continue
		}
		env = append(env, entry)
	}
	for _, name := range slices.Sorted(maps.Keys(keys)) {
		// No system takes such an entry.
		if name != "" && !strings.ContainsAny(name, "=\x00") && !strings.Contains(keys[name], "\x00") {
			env = append(env, name+"="+keys[name])
		}
	}
	slices.Sort(dropped)
	return env, dropped
}
