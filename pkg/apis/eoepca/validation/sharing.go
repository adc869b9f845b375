package validation

import (
	"fmt"
	"maps"
	"strings"

	"k8s.io/apimachinery/pkg/util/validation/field"

	"github.com/eoepca/workspaces/pkg/apis/eoepca"
)

// grantKey is printed in messages, as JSON.
type grantKey struct {
	Bucket  string `json:"bucket"`
	Grantee string `json:"grantee"`
}

func namesOf(buckets []eoepca.Bucket) map[string]bool {
	names := make(map[string]bool, len(buckets))
	for _, bucket := range buckets {
		names[bucket.Name] = true
	}
	return names
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
		v.grantee(path.Child("grantee"), grant.Grantee)
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

// grantee refuses the name of a workspace whose principal is another: nobody has such a principal, but anybody who makes a
// workspace might choose it.
func (v *validator) grantee(path *field.Path, grantee string) {
	v.userName(path, grantee)
	if grantee == "" {
		return
	}
	if grantee == v.ws.Spec.Storage.Principal {
		v.invalid(path, grantee, "is this workspace itself: name the principal of another")
		return
	}
	if v.opts.Grantee == nil {
		return
	}
	if principal, known := v.opts.Grantee(v.ws, grantee); known && principal != grantee {
		v.invalid(path, grantee, fmt.Sprintf("is the name of a workspace, and grants name principals: its principal is %q", principal))
	}
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

// leftBehind refuses what a change of the buckets turns into nonsense, though it has not changed itself: requests for what
// is now the workspace's own, and grants on what no longer is. These would come to life with the next bucket of that name.
func (v *validator) leftBehind(path *field.Path, mine map[string]bool) {
	spec, old := &v.ws.Spec.Storage, &v.old.Spec.Storage
	were := namesOf(old.Buckets)
	if maps.Equal(were, mine) || v.creating || len(v.errs) >= maxErrors {
		return
	}
	asked := make(map[string]bool, len(old.AccessRequests))
	for _, request := range old.AccessRequests {
		asked[request.Bucket] = true
	}
	for i, request := range spec.AccessRequests {
		if len(v.errs) >= maxErrors {
			return
		}
		if bucket := request.Bucket; asked[bucket] && mine[bucket] && !were[bucket] {
			v.invalid(path.Child("accessRequests").Index(i).Child("bucket"), bucket, "becomes a bucket of this workspace: withdraw the request too")
		}
	}
	granted := make(map[grantKey]bool, len(old.AccessGrants))
	for _, grant := range old.AccessGrants {
		granted[grantKey{grant.Bucket, grant.Grantee}] = true
	}
	for i, grant := range spec.AccessGrants {
		if len(v.errs) >= maxErrors {
			return
		}
		if bucket := grant.Bucket; granted[grantKey{bucket, grant.Grantee}] && were[bucket] && !mine[bucket] {
			v.invalid(path.Child("accessGrants").Index(i).Child("bucket"), bucket, "is no longer a bucket of this workspace: revoke the grant too")
		}
	}
}
