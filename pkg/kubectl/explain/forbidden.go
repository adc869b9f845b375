package explain

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"

	authorizationv1 "k8s.io/api/authorization/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/eoepca/workspaces/pkg/apis/eoepca/v1alpha1"
	"github.com/eoepca/workspaces/pkg/kubectl/util"
)

// refusal is kube-apiserver's sentence on what its authorizer refuses; the status has no fields for it.
var refusal = regexp.MustCompile(`User "([^"]*)" cannot (\S+) resource "workspaces(?:/([^"]*))?" in API group "eoepca.org"(?: in the namespace "([^"]*)")?`)

// forbidden says what the user has, what is needed, and who can give it.
func (e *explainer) forbidden(ctx context.Context, err error) error {
	said := refusal.FindStringSubmatch(err.Error())
	if said == nil {
		return err
	}
	user, verb, subresource, namespace, name := said[1], said[2], said[3], said[4], aboutWorkspace(err)
	have, readable := e.have(ctx, namespace, name)
	needs, ask := "a role that allows it", "whoever administrates the cluster"
	if role := least(verb, subresource); role != nil {
		needs, ask = e.needs(role, namespace)
		if readable && !role.namespaced {
			ask = owner(e.read(ctx, namespace, name), user)
		}
	}
	var hint string
	if have == "none" && name != "" {
		// Whether there is such a workspace is not said to strangers; but they may have meant one of theirs.
		hint = util.DidYouMean(name, e.visible(ctx, namespace))
	}
	return with(err, fmt.Sprintf("you have: %s · needs: %s · ask: %s", have, needs, ask), hint)
}

// have is the role of the user in the workspace, and whether it lets him read it.
func (e *explainer) have(ctx context.Context, namespace, name string) (role string, readable bool) {
	client, err := e.Kubernetes()
	if err != nil {
		return "unknown", false
	}
	review := &authorizationv1.SelfSubjectRulesReview{Spec: authorizationv1.SelfSubjectRulesReviewSpec{Namespace: namespace}}
	if review.Spec.Namespace == "" {
		review.Spec.Namespace = metav1.NamespaceDefault // what is allowed there may come from the whole cluster; the review takes no less
	}
	review, err = client.AuthorizationV1().SelfSubjectRulesReviews().Create(ctx, review, metav1.CreateOptions{})
	if err != nil || review.Status.Incomplete && held(review.Status.ResourceRules, name) == "none" {
		return "unknown", false
	}
	return held(review.Status.ResourceRules, name), allows(review.Status.ResourceRules, "get", "", name)
}

// needs says which role it takes, and who gives it as far as nobody may be named.
func (e *explainer) needs(role *role, namespace string) (needs, ask string) {
	switch {
	case role.namespaced && namespace == "":
		return role.name + " of all namespaces", "whoever administrates the cluster"
	case role.namespaced:
		return fmt.Sprintf("%s of the namespace %q", role.name, namespace), "whoever administrates the namespace"
	}
	return role.name, "its owner"
}

// owner names whom to ask about a workspace: who owns it, else who administrates it.
func owner(ws *v1alpha1.Workspace, user string) string {
	if ws == nil {
		return "its owner"
	}
	if ws.Spec.Owner == user {
		return "nobody, you own it: roles follow a change within seconds"
	}
	if ws.Spec.Owner != "" {
		return ws.Spec.Owner + " (owner)"
	}
	var admins []string
	for _, member := range ws.Spec.Members {
		if member.Role == v1alpha1.MemberRoleAdmin {
			admins = append(admins, member.Name)
		}
	}
	if slices.Sort(admins); len(admins) > 0 {
		return strings.Join(admins, ", ") + " (admin)"
	}
	return "whoever administrates the namespace"
}
