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

	mine := namesOf(spec.Buckets)
	eachChanged(v, path.Child("accessRequests"), "bucket", spec.AccessRequests, old.AccessRequests,
		func(r *eoepca.AccessRequest) string { return r.Bucket },
		func(path *field.Path, request, was *eoepca.AccessRequest) { v.accessRequest(path, request, was, mine) })
	eachChanged(v, path.Child("accessGrants"), "", spec.AccessGrants, old.AccessGrants,
		func(g *eoepca.AccessGrant) grantKey { return grantKey{g.Bucket, g.Grantee} },
		func(path *field.Path, grant, was *eoepca.AccessGrant) { v.accessGrant(path, grant, was, mine) })
	v.leftBehind(path, mine)
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
		return
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
	case rule.MinAge == "" && rule.At.IsZero(): // a zero time is written as none
		v.required(path.Child("minAge"), "exactly one of minAge and at must be set")
	case rule.MinAge != "" && rule.At != nil:
		v.invalid(path.Child("minAge"), rule.MinAge, "exactly one of minAge and at must be set")
	case rule.MinAge != "" && !lifecycleAge.MatchString(rule.MinAge):
		v.invalid(path.Child("minAge"), rule.MinAge, "must be a number followed by s, m, h, d or w, such as 2w")
	}
}
