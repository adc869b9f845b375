package validation

import "k8s.io/apimachinery/pkg/util/validation/field"

// A principal is one identity on the S3 server, and its Secret holds its keys: naming that of another workspace would open
// what is the other's. Whose it is stays untold: the caller may not be allowed to see that workspace.

// ownPrincipal refuses a principal that another workspace of the cluster has, or whose Secret is another's.
func (v *validator) ownPrincipal(path *field.Path, principal string) {
	if v.opts.PrincipalOwner != nil {
		if namespace, owner, found := v.opts.PrincipalOwner(principal); found && (namespace != v.ws.Namespace || owner != v.ws.Name) {
			v.invalid(path, principal, "is taken by another workspace: choose another name")
			return
		}
	}
	v.ownSecret(path, principal, "")
}

// ownSecret refuses the name of a Secret, where one is named that was not before, that is another workspace's.
func (v *validator) ownSecret(path *field.Path, secret, old string) {
	if secret != "" && secret != old && v.othersSecret(secret) {
		v.invalid(path, secret, "is the Secret of another workspace: choose another name")
	}
}

func (v *validator) othersSecret(secret string) bool {
	if v.opts.SecretOwner == nil {
		return false
	}
	owner, found := v.opts.SecretOwner(v.ws.Namespace, secret)
	return found && owner != v.ws.Name
}
