package workspace

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"golang.org/x/sync/errgroup"
	authorizationv1 "k8s.io/api/authorization/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"

	"github.com/eoepca/workspaces/pkg/apis/eoepca/v1alpha1"
)

// atOnce is how many questions are asked of the server at the same time.
const atOnce = 10

// permission is what can be allowed on one resource: the workspace itself, one of its subresources, or the types of stores.
type permission struct {
	// name is what the user calls it.
	name, resource, subresource string
	verbs                       []string
	// what may be done with it, in the user's words.
	what string
}

var permissions = append([]permission{
	{"workspace", "workspaces", "", []string{"get", "list", "watch", "create", "update", "patch", "delete", "deletecollection"}, "the workspace itself, runtime included"},
	section("members", "who works in it"),
	section("buckets", "its buckets and their lifecycle"),
	section("access", "requests for buckets and their grants"),
	section("stores", "its databases and other stores"),
	section("sessions", "its sessions and their state"),
},
	permission{"status", "workspaces", "status", []string{"get"}, "what the providers have made of it"},
	permission{"launch", "workspaces", "launch", []string{"create"}, "start a session"},
	permission{"proxy", "workspaces", "proxy", []string{"get", "create", "update", "patch", "delete"}, "reach a running session"},
	permission{"credentials", "workspaces", "credentials", []string{"get"}, "its keys"},
	permission{"token", "workspaces", "token", []string{"create"}, "an OAuth token in its name"},
	permission{"kubeconfig", "workspaces", "kubeconfig", []string{"get"}, "its virtual cluster"},
	permission{"usage", "workspaces", "usage", []string{"get"}, "how much it uses"},
	permission{"sharing", "workspaces", "sharing", []string{"get"}, "who shares buckets with it"},
	permission{"storetypes", "storetypes", "", []string{"get", "list"}, "which stores the cluster can run"},
)

func section(name, what string) permission {
	return permission{name, "workspaces", name, []string{"get", "update", "patch"}, what}
}

// permissionNamed finds what the user has named: "members", "workspaces/members" and "workspaces" are understood.
func permissionNamed(name string) (permission, error) {
	short := strings.TrimPrefix(strings.ToLower(name), "workspaces/")
	if short == "" || short == "workspaces" || short == "wks" {
		short = "workspace"
	}
	known := make([]string, 0, len(permissions))
	for _, p := range permissions {
		if p.name == short {
			return p, nil
		}
		known = append(known, p.name)
	}
	return permission{}, fmt.Errorf("%q is nothing that a permission is about: give one of %s", name, strings.Join(known, ", "))
}

// scope is the workspace that permissions are asked for.
type scope struct{ namespace, workspace string }

// attributes are what the server is asked. What lists, or makes, has no name.
func (p permission) attributes(s scope, verb string) *authorizationv1.ResourceAttributes {
	a := &authorizationv1.ResourceAttributes{
		Group: v1alpha1.SchemeGroupVersion.Group, Version: v1alpha1.SchemeGroupVersion.Version,
		Resource: p.resource, Subresource: p.subresource, Verb: verb,
	}
	if p.resource == "storetypes" {
		return a
	}
	a.Namespace = s.namespace
	if p.subresource != "" || slices.Contains([]string{"get", "update", "patch", "delete"}, verb) {
		a.Name = s.workspace
	}
	return a
}

// allowed asks the server whether the caller may. It is a review for each question: no other answer is exact where webhooks decide, too.
func (p permission) allowed(ctx context.Context, client kubernetes.Interface, s scope, verb string) (bool, error) {
	review := &authorizationv1.SelfSubjectAccessReview{Spec: authorizationv1.SelfSubjectAccessReviewSpec{ResourceAttributes: p.attributes(s, verb)}}
	answer, err := client.AuthorizationV1().SelfSubjectAccessReviews().Create(ctx, review, metav1.CreateOptions{})
	if err != nil {
		return false, err
	}
	return answer.Status.Allowed, nil
}

// allAllowed asks for every permission, and answers the verbs that are allowed, in the order of permissions.
func allAllowed(ctx context.Context, client kubernetes.Interface, s scope) ([]map[string]bool, error) {
	answers := make([][]bool, len(permissions))
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(atOnce)
	for i, p := range permissions {
		answers[i] = make([]bool, len(p.verbs))
		for j, verb := range p.verbs {
			group.Go(func() (err error) {
				answers[i][j], err = p.allowed(ctx, client, s, verb)
				return err
			})
		}
	}
	if err := group.Wait(); err != nil {
		return nil, err
	}
	allowed := make([]map[string]bool, len(permissions))
	for i, p := range permissions {
		allowed[i] = map[string]bool{}
		for j, verb := range p.verbs {
			allowed[i][verb] = answers[i][j]
		}
	}
	return allowed, nil
}
