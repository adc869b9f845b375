package workspace

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/sets"

	"github.com/eoepca/workspaces/pkg/apis/eoepca"
	"github.com/eoepca/workspaces/pkg/apis/eoepca/env"
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

// shapes are the ways in which Secrets name the keys.
var shapes = []func(string) string{
	func(name string) string { return name },
	func(name string) string { return olderNames[name] },
	func(name string) string { return "attribute." + olderNames[name] },
}

// foundCredentials are the credentials of a workspace, and what kept some from being found. Problems name Secrets and keys,
// never values.
type foundCredentials struct {
	*eoepca.WorkspaceCredentials
	problems []string
}

// resolveCredentials makes the credentials of a workspace from its two Secrets, either of which may be missing.
func resolveCredentials(ws *eoepca.Workspace, principal, datalab map[string][]byte, policy Policy) foundCredentials {
	found := foundCredentials{}
	ofPrincipal := found.readable(ws.Spec.Storage.Principal, principal)
	ofDatalab := found.readable(eoepca.DatalabSecret(ws.Name), datalab)
	delete(ofDatalab, envKubeconfig) // for those who may get workspaces/kubeconfig

	s3 := found.s3(ws, ws.Spec.Storage.Principal, ofPrincipal, policy)
	if s3 == nil && principal == nil {
		s3 = found.s3(ws, eoepca.DatalabSecret(ws.Name), ofDatalab, policy)
	}
	variables := maps.Clone(ofDatalab)
	if s3 != nil {
		maps.Copy(variables, s3Env(s3))
	}
	if bucket := ofDatalab[envBucket]; bucket != "" {
		variables[envBucket] = bucket
	}
	maps.DeleteFunc(variables, func(name, _ string) bool { return !isVariable(name) })
	found.WorkspaceCredentials = &eoepca.WorkspaceCredentials{
		ObjectMeta: metav1.ObjectMeta{Namespace: ws.Namespace, Name: ws.Name},
		Storage:    s3,
		Stores:     found.stores(ws, ofDatalab),
		Registry:   registryCredentials(ofDatalab),
		Env:        variables,
	}
	return found
}

// readable are those values of a Secret that can be put into an environment: an object of text holds no others, and would
// change them without a word.
func (f *foundCredentials) readable(secret string, data map[string][]byte) map[string]string {
	values, not := make(map[string]string, len(data)), []string{}
	for key, value := range data {
		if isText(value) {
			values[key] = string(value)
		} else {
			not = append(not, key)
		}
	}
	if len(not) > 0 {
		f.problem("Secret %q: left out, being no text or too long for an environment variable: %s", secret, someOf(not))
	}
	return values
}

// s3 reads the first shape in which the Secret holds a whole pair of keys: two halves need not belong together.
func (f *foundCredentials) s3(ws *eoepca.Workspace, name string, secret map[string]string, policy Policy) *eoepca.S3Credentials {
	var half string
	for _, as := range shapes {
		access, key := secret[as(envAccessKey)], secret[as(envSecretKey)]
		switch {
		case access != "" && key != "":
			return wholeS3(ws, access, key, secret, policy)
		case access != "":
			half = cmp.Or(half, as(envSecretKey))
		case key != "":
			half = cmp.Or(half, as(envAccessKey))
		}
	}
	if half != "" {
		f.problem("Secret %q holds half a pair of S3 keys: it lacks %s", name, half)
	}
	return nil
}

func wholeS3(ws *eoepca.Workspace, access, key string, secret map[string]string, policy Policy) *eoepca.S3Credentials {
	get := func(name string) (value string) {
		for _, as := range shapes {
			value = cmp.Or(value, secret[as(name)])
		}
		return value
	}
	s3 := &eoepca.S3Credentials{
		AccessKeyID:     access,
		SecretAccessKey: key,
		Endpoint:        cmp.Or(get(envEndpoint), policy.S3Endpoint),
		Region:          cmp.Or(get(envRegion), policy.S3Region),
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

// stores finds the values of each declared store. Only the documented names are looked up: one store's name may be the
// beginning of another's, so a prefix would mix them. What two stores could have is given to neither.
func (f *foundCredentials) stores(ws *eoepca.Workspace, secret map[string]string) (all []eoepca.StoreCredentials) {
	stores := env.Stores(&ws.Spec.Stores)
	shared := env.Shared(stores)
	ambiguous := sets.Set[string]{}
	for _, store := range stores {
		values := map[string]string{}
		for _, variable := range store.Variables() {
			value, ok := secret[variable.Key]
			switch {
			case ok && shared.Has(variable.Key):
				ambiguous.Insert(variable.Key)
			case ok:
				values[variable.Name] = value
			}
		}
		if len(values) > 0 {
			all = append(all, eoepca.StoreCredentials{Type: store.Type, Name: store.Name, Values: values})
		}
	}
	if len(ambiguous) > 0 {
		f.problem("given to no store, since two have variables of this name: %s", someOf(ambiguous.UnsortedList()))
	}
	return all
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

func (f *foundCredentials) problem(format string, args ...any) {
	f.problems = append(f.problems, fmt.Sprintf(format, args...))
}

// someOf lists the first of many names.
func someOf(names []string) string {
	const shown = 10
	slices.Sort(names)
	if len(names) > shown {
		names = append(names[:shown:shown], "…")
	}
	return strings.Join(names, ", ")
}
