package validation

import (
	"fmt"
	"regexp"
	"strings"

	"k8s.io/apimachinery/pkg/util/validation/field"

	"github.com/eoepca/workspaces/pkg/apis/eoepca"
)

func (v *validator) storage(path *field.Path) {
	spec, old := &v.ws.Spec.Storage, &v.old.Spec.Storage
	v.principal(path.Child("principal"), spec.Principal, old.Principal)
	v.rollover(path.Child("credentialsRollover"), spec.CredentialsRollover, old.CredentialsRollover)
	eachChanged(v, path.Child("buckets"), "name", spec.Buckets, old.Buckets,
		func(b *eoepca.Bucket) string { return b.Name }, v.bucket)

	mine := make(map[string]bool, len(spec.Buckets))
	for _, bucket := range spec.Buckets {
		mine[bucket.Name] = true
	}
	eachChanged(v, path.Child("accessRequests"), "bucket", spec.AccessRequests, old.AccessRequests,
		func(r *eoepca.AccessRequest) string { return r.Bucket },
		func(path *field.Path, request, was *eoepca.AccessRequest) { v.accessRequest(path, request, was, mine) })
	eachChanged(v, path.Child("accessGrants"), "", spec.AccessGrants, old.AccessGrants,
		func(g *eoepca.AccessGrant) grantKey { return grantKey{g.Bucket, g.Grantee} },
		func(path *field.Path, grant, was *eoepca.AccessGrant) { v.accessGrant(path, grant, was, mine) })
}

// grantKey is printed in messages, as JSON.
type grantKey struct {
	Bucket  string `json:"bucket"`
	Grantee string `json:"grantee"`
}

func (v *validator) principal(path *field.Path, value, old string) {
	if v.creating && value == "" && v.ws.Name != "" { // it is the workspace's name unless told otherwise
		v.required(path, "")
	}
	v.immutable(path, value, old)
	if old == "" && value != "" {
		v.resourceName(path, value, old)
		v.ownPrincipal(path, value)
	}
}

func (v *validator) rollover(path *field.Path, rollover, old *eoepca.CredentialsRollover) {
	if rollover == nil || same(rollover, old) {
		return
	}
	if rollover.Interval == "" {
		v.required(path.Child("interval"), "")
	} else {
		enum(v, path.Child("interval"), rollover.Interval, eoepca.RolloverNone, eoepca.RolloverDaily, eoepca.RolloverWeekly,
			eoepca.RolloverMonthly, eoepca.RolloverQuarterly, eoepca.RolloverYearly)
	}
	if rollover.MaxToKeep < 1 || rollover.MaxToKeep > 10 {
		v.invalid(path.Child("maxToKeep"), rollover.MaxToKeep, "must be from 1 to 10")
	}
}

func (v *validator) bucket(path *field.Path, bucket, was *eoepca.Bucket) {
	var rules []eoepca.LifecycleRule
	if was == nil {
		v.newBucketName(path.Child("name"), bucket.Name)
	} else {
		rules = was.LifecycleRules
	}
	eachChanged(v, path.Child("lifecycleRules"), "target", bucket.LifecycleRules, rules,
		func(r *eoepca.LifecycleRule) string { return r.Target }, v.lifecycleRule)
}

func (v *validator) newBucketName(path *field.Path, name string) {
	before := len(v.errs)
	v.bucketName(path, name)
	if len(v.errs) > before {
		return
	}
	if !strings.HasPrefix(name, v.ws.Name) {
		v.invalid(path, name, fmt.Sprintf("must start with the workspace's name, %q", v.ws.Name))
	}
	if v.opts.BucketOwner == nil {
		return
	}
	// Whose it is stays untold: the caller may not be allowed to see that workspace.
	if namespace, owner, found := v.opts.BucketOwner(name); found && (namespace != v.ws.Namespace || owner != v.ws.Name) {
		v.invalid(path, name, "is taken by another workspace: choose another name")
	}
}

var (
	lifecycleTarget = regexp.MustCompile(`^(\*|[^*]+\*?)$`)
	lifecycleAge    = regexp.MustCompile(`^\+?[0-9]+[smhdw]$`)
)

func (v *validator) lifecycleRule(path *field.Path, rule, was *eoepca.LifecycleRule) {
	switch {
	case was != nil:
	case rule.Target == "":
		v.required(path.Child("target"), `must be "*" or a prefix, which may end in "*"`)
	case !lifecycleTarget.MatchString(rule.Target):
		v.invalid(path.Child("target"), rule.Target, `must be "*" or a prefix, which may end in "*"`)
	}
	if rule.Mode == "" {
		v.required(path.Child("mode"), "")
	} else {
		enum(v, path.Child("mode"), rule.Mode, eoepca.LifecycleDelete, eoepca.LifecycleNotify)
	}
	switch {
	case rule.MinAge == "" && rule.At == nil:
		v.required(path.Child("minAge"), "exactly one of minAge and at must be set")
	case rule.MinAge != "" && rule.At != nil:
		v.invalid(path.Child("minAge"), rule.MinAge, "exactly one of minAge and at must be set")
	case rule.MinAge != "" && !lifecycleAge.MatchString(rule.MinAge):
		v.invalid(path.Child("minAge"), rule.MinAge, "must be a number followed by s, m, h, d or w, such as 2w")
	}
}

func (v *validator) accessRequest(path *field.Path, request, was *eoepca.AccessRequest, mine map[string]bool) {
	if was == nil {
		v.bucketName(path.Child("bucket"), request.Bucket)
		if mine[request.Bucket] {
			v.invalid(path.Child("bucket"), request.Bucket, "is a bucket of this workspace: ask for one of another")
		}
		was = &eoepca.AccessRequest{}
	}
	v.stamp(path.Child("requestedAt"), request.RequestedAt, was.RequestedAt)
}

func (v *validator) accessGrant(path *field.Path, grant, was *eoepca.AccessGrant, mine map[string]bool) {
	if was == nil {
		if !mine[grant.Bucket] {
			v.strangeBucket(path.Child("bucket"), grant.Bucket)
		}
		v.userName(path.Child("grantee"), grant.Grantee)
		if grant.Grantee != "" && grant.Grantee == v.ws.Spec.Storage.Principal {
			v.invalid(path.Child("grantee"), grant.Grantee, "is this workspace itself: name the principal of another")
		}
		was = &eoepca.AccessGrant{}
	}
	if grant.Permission == "" {
		v.required(path.Child("permission"), "")
	} else {
		enum(v, path.Child("permission"), grant.Permission,
			eoepca.PermissionReadWrite, eoepca.PermissionReadOnly, eoepca.PermissionWriteOnly, eoepca.PermissionNone)
	}
	v.stamp(path.Child("grantedAt"), grant.GrantedAt, was.GrantedAt)
}

// strangeBucket refuses a grant for a bucket that is not the workspace's, and names the first that are.
func (v *validator) strangeBucket(path *field.Path, bucket string) {
	if bucket == "" {
		v.required(path, "")
		return
	}
	const shown = 10
	var names []string
	for _, b := range v.ws.Spec.Storage.Buckets {
		if len(names) == shown {
			names = append(names, "…")
			break
		}
		names = append(names, b.Name)
	}
	v.invalid(path, bucket, "must be a bucket of this workspace: "+strings.Join(names, ", "))
}
