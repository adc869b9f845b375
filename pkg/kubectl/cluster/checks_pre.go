package cluster

import (
	"context"
	"os/exec"
	"strings"

	authorizationv1 "k8s.io/api/authorization/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/eoepca/workspaces/pkg/kubectl/util"
)

// checkAggregation looks whether kube-apiserver hands requests on to other servers.
func (c *cluster) checkAggregation(ctx context.Context) result {
	r := result{Name: "aggregation"}
	config, err := c.CoreV1().ConfigMaps(metav1.NamespaceSystem).Get(ctx, "extension-apiserver-authentication", metav1.GetOptions{})
	if err != nil {
		return r.unknown(err)
	}
	if config.Data["requestheader-client-ca-file"] == "" {
		return r.failed("kube-apiserver does not aggregate other servers", "start it with --requestheader-client-ca-file and its companions")
	}
	return r.ok("kube-apiserver aggregates other servers")
}

// toInstall is what whoever installs the server makes.
var toInstall = []authorizationv1.ResourceAttributes{
	{Verb: "create", Group: "", Resource: "namespaces"},
	{Verb: "create", Group: "apiregistration.k8s.io", Resource: "apiservices"},
	{Verb: "create", Group: "rbac.authorization.k8s.io", Resource: "clusterroles"},
	{Verb: "create", Group: "rbac.authorization.k8s.io", Resource: "clusterrolebindings"},
	{Verb: "create", Group: "apps", Resource: "deployments", Namespace: "workspaces-system"},
}

func (c *cluster) checkInstaller(ctx context.Context) result {
	r := result{Name: "rights"}
	var missing []string
	for _, attributes := range toInstall {
		review := &authorizationv1.SelfSubjectAccessReview{Spec: authorizationv1.SelfSubjectAccessReviewSpec{ResourceAttributes: &attributes}}
		answer, err := c.AuthorizationV1().SelfSubjectAccessReviews().Create(ctx, review, metav1.CreateOptions{})
		if err != nil {
			return r.unknown(err)
		}
		if !answer.Status.Allowed {
			missing = append(missing, attributes.Resource)
		}
	}
	if len(missing) > 0 {
		return r.failed("you may not create "+strings.Join(missing, ", "), "have it installed by an administrator of the cluster")
	}
	return r.ok("you may install the server")
}

// checkPath looks for what the plugin works together with on this machine.
func (c *cluster) checkPath() []result {
	var results []result
	for _, program := range []struct{ name, program, missing, hint string }{
		{"kubectl", "kubectl", "kubectl is not on the path: call the plugin as kubectl-workspace", "https://kubernetes.io/docs/tasks/tools"},
		{"plugin", "kubectl-workspace", "kubectl-workspace is not on the path: kubectl does not find it", "move it to a folder of $PATH"},
		{"completion", "kubectl_complete-workspace", "kubectl does not complete names for the plugin", util.Program + " completion install"},
	} {
		r := result{Name: program.name}
		if path, err := exec.LookPath(program.program); err == nil {
			results = append(results, r.ok("%s", path))
		} else {
			results = append(results, r.warning(program.missing, program.hint))
		}
	}
	return results
}
