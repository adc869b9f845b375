package apiserver

import (
	"context"
	"time"

	"k8s.io/apimachinery/pkg/util/cache"
	"k8s.io/apiserver/pkg/authorization/authorizer"

	"github.com/eoepca/workspaces/pkg/apis/eoepca"
)

const (
	// hintedFor is how long it is taken for likely that who may get all workspaces of a namespace still may.
	hintedFor = time.Minute
	// hints is of how many callers that is known.
	hints = 1024
)

// allNames asks of a caller who may get all workspaces of a namespace just that, and not once more for each of their names:
// in a SubjectAccessReview, no name means all of them. The answer is the authorizer's each time, and as old as its answers may be.
// Who those callers are shows when the filter asks the same. Of all others it asks by name.
type allNames struct {
	authorizer.Authorizer
	callers *cache.LRUExpireCache // a hint which question to ask, and no answer
}

func newAllNames(inner authorizer.Authorizer) allNames {
	return allNames{inner, cache.NewLRUExpireCache(hints)}
}

func (a allNames) Authorize(ctx context.Context, attributes authorizer.Attributes) (authorizer.Decision, string, error) {
	if reason, ok := a.allowsAll(ctx, attributes); ok {
		return authorizer.DecisionAllow, reason, nil
	}
	decision, reason, err := a.Authorizer.Authorize(ctx, attributes)
	if caller, ok := callerOf(attributes); ok && attributes.GetName() == "" && decision == authorizer.DecisionAllow {
		a.callers.Add(caller, true, hintedFor)
	}
	return decision, reason, err
}

func (a allNames) ConditionsAwareAuthorize(ctx context.Context, attributes authorizer.Attributes) authorizer.ConditionsAwareDecision {
	if reason, ok := a.allowsAll(ctx, attributes); ok {
		return authorizer.ConditionsAwareDecisionAllow(reason, nil)
	}
	return a.Authorizer.ConditionsAwareAuthorize(ctx, attributes)
}

// allowsAll says of a request for one name, by a caller who probably may get all, whether he may.
func (a allNames) allowsAll(ctx context.Context, attributes authorizer.Attributes) (reason string, allowed bool) {
	caller, ok := callerOf(attributes)
	if !ok || attributes.GetName() == "" {
		return "", false
	}
	if _, hinted := a.callers.Get(caller); !hinted {
		return "", false
	}
	decision, reason, _ := a.Authorizer.Authorize(ctx, authorizer.AttributesRecord{
		User:            attributes.GetUser(),
		Verb:            attributes.GetVerb(),
		APIGroup:        attributes.GetAPIGroup(),
		APIVersion:      attributes.GetAPIVersion(),
		Resource:        attributes.GetResource(),
		Namespace:       attributes.GetNamespace(),
		ResourceRequest: true,
	})
	if decision != authorizer.DecisionAllow {
		a.callers.Remove(caller)
	}
	return reason, decision == authorizer.DecisionAllow
}

// caller is somebody who gets workspaces of a namespace.
type caller struct{ user, namespace string }

func callerOf(attributes authorizer.Attributes) (caller, bool) {
	if attributes.GetUser() == nil || attributes.GetVerb() != "get" || attributes.GetAPIGroup() != eoepca.GroupName ||
		attributes.GetResource() != "workspaces" || attributes.GetSubresource() != "" {
		return caller{}, false
	}
	return caller{attributes.GetUser().GetName(), attributes.GetNamespace()}, true
}
