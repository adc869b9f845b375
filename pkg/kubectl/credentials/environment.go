package credentials

import (
	"cmp"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/eoepca/workspaces/pkg/apis/eoepca/v1alpha1"
	"github.com/eoepca/workspaces/pkg/kubectl/util"
)

// The variables by which S3 clients know keys.
const (
	envAccessKey     = "AWS_ACCESS_KEY_ID"
	envSecretKey     = "AWS_SECRET_ACCESS_KEY"
	envSessionToken  = "AWS_SESSION_TOKEN"
	envEndpoint      = "AWS_ENDPOINT_URL"
	envRegion        = "AWS_REGION"
	envDefaultRegion = "AWS_DEFAULT_REGION"
	envPathStyle     = "AWS_S3_FORCE_PATH_STYLE"
	envBucket        = "BUCKET"
)

// environment is the environment of sessions; the S3 keys are always in it, under the names that S3 clients read.
func environment(c *v1alpha1.WorkspaceCredentials) map[string]string {
	env := map[string]string{}
	if s3 := c.Storage; s3 != nil {
		env[envAccessKey], env[envSecretKey] = s3.AccessKeyID, s3.SecretAccessKey
		env[envEndpoint], env[envRegion], env[envBucket] = s3.Endpoint, s3.Region, s3.Bucket
		if s3.ForcePathStyle {
			env[envPathStyle] = "true"
		}
		maps.DeleteFunc(env, func(_, value string) bool { return value == "" })
	}
	maps.Copy(env, c.Env)
	// boto3 and version 1 of the AWS CLI read the region from this variable alone.
	if region := env[envRegion]; region != "" && env[envDefaultRegion] == "" {
		env[envDefaultRegion] = region
	}
	return env
}

// addresses are the variables that hold no secret: they are shown even where secrets are masked.
var addresses = regexp.MustCompile(`^(AWS_ENDPOINT_URL|AWS_REGION|AWS_DEFAULT_REGION|AWS_S3_FORCE_PATH_STYLE|BUCKET)$|(^|_)(HOST|HOST_EXTERNAL|PORT|GRPC_PORT)$`)

// masked is the credentials with their secrets masked.
func masked(c *v1alpha1.WorkspaceCredentials) *v1alpha1.WorkspaceCredentials {
	c = c.DeepCopy()
	if c.Storage != nil {
		c.Storage.AccessKeyID, c.Storage.SecretAccessKey = util.Masked, util.Masked
	}
	if c.Registry != nil {
		c.Registry.Username, c.Registry.Password = util.Masked, util.Masked
	}
	for i := range c.Stores {
		mask(c.Stores[i].Values)
	}
	mask(c.Env)
	return c
}

func mask(env map[string]string) {
	for name := range env {
		if !addresses.MatchString(name) {
			env[name] = util.Masked
		}
	}
}

var otherCharacters = regexp.MustCompile(`[^A-Z0-9]+`)

// ofStore are the variables of a store, under the names that they have in sessions: the server tells its values without the
// store's prefix there, and the environment with it.
func ofStore(c *v1alpha1.WorkspaceCredentials, store v1alpha1.StoreCredentials) map[string]string {
	segment := otherCharacters.ReplaceAllString(strings.ToUpper(store.Name), "_") + "_"
	prefix := segment
	for _, full := range slices.SortedFunc(maps.Keys(c.Env), shortestFirst) {
		before, known := trimStoreVariable(full, store.Values)
		if known && strings.HasSuffix(before, "_"+segment) && hasAll(c.Env, before, store.Values) {
			prefix = before
			break
		}
	}
	env := make(map[string]string, len(store.Values))
	for name, value := range store.Values {
		env[prefix+name] = value
	}
	return env
}

func shortestFirst(a, b string) int {
	return cmp.Or(cmp.Compare(len(a), len(b)), cmp.Compare(a, b))
}

// trimStoreVariable is a variable without the longest of the names that it ends in.
func trimStoreVariable(full string, values map[string]string) (prefix string, known bool) {
	prefix = full
	for name := range values {
		if before, ok := strings.CutSuffix(full, name); ok && len(before) < len(prefix) {
			prefix, known = before, true
		}
	}
	return prefix, known
}

func hasAll(env map[string]string, prefix string, values map[string]string) bool {
	for name, value := range values {
		if found, ok := env[prefix+name]; !ok || found != value {
			return false
		}
	}
	return true
}
