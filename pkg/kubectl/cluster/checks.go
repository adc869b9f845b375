package cluster

import (
	"context"
	"fmt"
	"slices"
	"strings"

	authenticationv1 "k8s.io/api/authentication/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/eoepca/workspaces/pkg/apis/eoepca/v1alpha1"
	"github.com/eoepca/workspaces/pkg/kubectl/util"
)

// The kinds that workspaces are composed of, in the versions that the server reads and writes.
const (
	storagesVersion = util.PartsGroup + "/v1beta1"
	datalabsVersion = util.PartsGroup + "/v1beta2"
)

const installHint = "an administrator installs the server of workspaces: see \"Install\" in its docs/operations.md"

func (c *cluster) checkKubernetes(ctx context.Context) result {
	r := result{Name: "kubernetes"}
	info, err := c.kubernetesVersion(ctx)
	if err != nil {
		return r.failed(err.Error(), "is the cluster of this kubeconfig and context up? kubectl cluster-info")
	}
	return r.ok("%s answers", info.GitVersion)
}

func (c *cluster) checkUser(ctx context.Context) result {
	r := result{Name: "user"}
	review, err := c.AuthenticationV1().SelfSubjectReviews().Create(ctx, &authenticationv1.SelfSubjectReview{}, metav1.CreateOptions{})
	switch {
	case apierrors.IsUnauthorized(err):
		return r.failed("the cluster does not know you: "+err.Error(), "sign in again, or choose another context: kubectl config get-contexts")
	case err != nil:
		return r.unknown(err)
	}
	return r.ok("you are %s", review.Status.UserInfo.Username)
}

// apiService is what counts of an APIService.
type apiService struct {
	Status struct {
		Conditions []metav1.Condition `json:"conditions"`
	} `json:"status"`
}

func (c *cluster) checkAPIService(ctx context.Context) result {
	r := result{Name: "apiservice"}
	var service apiService
	err := c.get(ctx, apiServicePath, &service)
	switch {
	case apierrors.IsNotFound(err):
		return r.failed(apiServiceName+" is not registered", installHint)
	case err != nil:
		return r.unknown(err)
	}
	available := meta.FindStatusCondition(service.Status.Conditions, "Available")
	if available == nil || available.Status != metav1.ConditionTrue {
		message := apiServiceName + " is not available"
		if available != nil {
			message += ": " + available.Reason + ", " + strings.TrimSpace(available.Message)
		}
		return r.failed(message, "look at the server: kubectl get pods,endpointslices -n workspaces-system")
	}
	return r.ok("%s is available", apiServiceName)
}

func (c *cluster) checkAPI(ctx context.Context) result {
	r := result{Name: "api"}
	resources, err := c.serves(ctx, v1alpha1.SchemeGroupVersion.String())
	switch {
	case apierrors.IsNotFound(err):
		return r.failed("the cluster serves no workspaces", installHint)
	case err != nil:
		return r.failed("workspaces cannot be reached: "+err.Error(), "the server may be starting, or away: try again, then ask an administrator")
	case !slices.Contains(resources, "workspaces"):
		return r.failed(v1alpha1.SchemeGroupVersion.String()+" has no workspaces", installHint)
	}
	return r.ok("%s serves workspaces", v1alpha1.SchemeGroupVersion)
}

func (c *cluster) checkVersion(ctx context.Context) result {
	r := result{Name: "version"}
	v := versions{Client: thisBuild()}
	var err error
	if v.Server, err = c.serverVersion(ctx); err != nil {
		return r.unknown(err)
	}
	if skew := v.skew(); skew != "" {
		return r.warning(skew, "")
	}
	return r.ok("plugin %s, server %s", v.Client.Version, v.Server)
}

func (c *cluster) checkStorages(ctx context.Context) result {
	r := result{Name: "storages"}
	resources, err := c.serves(ctx, storagesVersion)
	switch {
	case apierrors.IsNotFound(err), err == nil && !slices.Contains(resources, "storages"):
		return r.failed("the cluster has no "+storagesVersion+" Storages: there can be no workspaces", "an administrator installs the storage provider")
	case err != nil:
		return r.unknown(err)
	}
	return r.ok("%s is there", storagesVersion)
}

func (c *cluster) checkDatalabs(ctx context.Context) result {
	r := result{Name: "datalabs"}
	resources, err := c.serves(ctx, datalabsVersion)
	switch {
	case apierrors.IsNotFound(err), err == nil && !slices.Contains(resources, "datalabs"):
		return r.warning("the cluster has no "+datalabsVersion+" Datalabs: workspaces have buckets, and no members, sessions or stores",
			"an administrator installs the datalab provider")
	case err != nil:
		return r.unknown(err)
	}
	return r.ok("%s is there", datalabsVersion)
}

func (c *cluster) checkStoreTypes(ctx context.Context) result {
	r := result{Name: "storetypes"}
	client, err := c.Clientset()
	if err != nil {
		return r.unknown(err)
	}
	list, err := client.EoepcaV1alpha1().StoreTypes().List(ctx, metav1.ListOptions{})
	if err != nil {
		return r.unknown(err)
	}
	var available, missing []string
	for _, t := range list.Items {
		if t.Status.Available {
			available = append(available, t.Name)
		} else {
			missing = append(missing, fmt.Sprintf("%s (%s)", t.Name, t.Status.Reason))
		}
	}
	if len(missing) > 0 {
		return r.warning("no new stores of the types "+strings.Join(missing, ", "), "kubectl get storetypes")
	}
	return r.ok("stores of all types: %s", strings.Join(available, ", "))
}

func (c *cluster) checkAccess(ctx context.Context) result {
	r := result{Name: "access"}
	client, err := c.Clientset()
	if err != nil {
		return r.unknown(err)
	}
	list, err := client.EoepcaV1alpha1().Workspaces(c.namespace).List(ctx, metav1.ListOptions{Limit: 1})
	switch {
	case apierrors.IsForbidden(err):
		return r.failed(fmt.Sprintf("you may not list workspaces in namespace %q", c.namespace), "an administrator binds the ClusterRole eoepca:workspace-user to you")
	case err != nil:
		return r.unknown(err)
	case len(list.Items) == 0:
		return r.ok("you may list workspaces; none in namespace %q is yours", c.namespace)
	}
	return r.ok("you see workspaces in namespace %q", c.namespace)
}

func (r result) ok(format string, args ...any) result {
	r.Status, r.Message = statusOK, fmt.Sprintf(format, args...)
	return r
}

func (r result) warning(message, hint string) result {
	r.Status, r.Message, r.Hint = statusWarning, message, hint
	return r
}

func (r result) failed(message, hint string) result {
	r.Status, r.Message, r.Hint = statusFailed, strings.Join(strings.Fields(message), " "), hint
	return r
}

// unknown is what could not be found out; that the caller may not know it is nobody's fault.
func (r result) unknown(err error) result {
	r.Status, r.Message = statusUnknown, "unknown ("+reason(err)+")"
	return r
}
