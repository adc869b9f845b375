package cluster

import (
	"context"
	"encoding/json"
	"fmt"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/version"
	"k8s.io/client-go/kubernetes"

	"github.com/eoepca/workspaces/pkg/apis/eoepca/v1alpha1"
	"github.com/eoepca/workspaces/pkg/kubectl/util"
)

// The paths that everybody may read, save the APIService, which is the cluster's administrators'.
var (
	apiPath        = "/apis/" + v1alpha1.SchemeGroupVersion.String()
	openAPIPath    = "/openapi/v3" + apiPath
	apiServiceName = v1alpha1.SchemeGroupVersion.Version + "." + v1alpha1.SchemeGroupVersion.Group
	apiServicePath = "/apis/apiregistration.k8s.io/v1/apiservices/" + apiServiceName
)

// cluster is what the commands ask.
type cluster struct {
	*util.Factory
	kubernetes.Interface
	namespace string
}

func connect(f *util.Factory) (*cluster, error) {
	client, err := f.Kubernetes()
	if err != nil {
		return nil, err
	}
	namespace, err := f.Namespace()
	if err != nil {
		return nil, err
	}
	return &cluster{Factory: f, Interface: client, namespace: namespace}, nil
}

// get reads the JSON at a path.
func (c *cluster) get(ctx context.Context, path string, into any) error {
	raw, err := c.Discovery().RESTClient().Get().AbsPath(path).Do(ctx).Raw()
	if err != nil {
		return err
	}
	if err := json.Unmarshal(raw, into); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return nil
}

// kubernetesVersion is that of kube-apiserver.
func (c *cluster) kubernetesVersion(ctx context.Context) (info version.Info, err error) {
	return info, c.get(ctx, "/version", &info)
}

// serverVersion is that of the server of workspaces. It stands in its OpenAPI document: /version is kube-apiserver's.
func (c *cluster) serverVersion(ctx context.Context) (string, error) {
	var document struct{ Info struct{ Version string } }
	if err := c.get(ctx, openAPIPath, &document); err != nil {
		return "", err
	}
	return document.Info.Version, nil
}

// serves answers the resources that the cluster has of a group and version.
func (c *cluster) serves(ctx context.Context, groupVersion string) (names []string, err error) {
	var list metav1.APIResourceList
	if err := c.get(ctx, "/apis/"+groupVersion, &list); err != nil {
		return nil, err
	}
	for _, resource := range list.APIResources {
		names = append(names, resource.Name)
	}
	return names, nil
}
