package controlplane

import (
	"context"
	"encoding/base64"
	"fmt"
	"os"
	"path/filepath"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/util/wait"
	"k8s.io/client-go/dynamic"
	"sigs.k8s.io/yaml"
)

const (
	// Namespace and Service of the aggregated server: its serving certificate is verified under their names.
	Namespace = "workspaces-system"
	Service   = "workspaces"

	fieldManager = "controlplane"
)

var (
	crds        = schema.GroupVersionResource{Group: "apiextensions.k8s.io", Version: "v1", Resource: "customresourcedefinitions"}
	apiServices = schema.GroupVersionResource{Group: "apiregistration.k8s.io", Version: "v1", Resource: "apiservices"}
	namespaces  = schema.GroupVersionResource{Version: "v1", Resource: "namespaces"}
	services    = schema.GroupVersionResource{Version: "v1", Resource: "services"}
)

// InstallCRDs applies the CRDs of the parts and waits until they are served.
func (c *ControlPlane) InstallCRDs(ctx context.Context) error {
	root, err := RepositoryRoot()
	if err != nil {
		return err
	}
	return c.InstallCRDsFrom(ctx, filepath.Join(root, "artifacts", "crds"))
}

// InstallCRDsFrom applies each CRD of the folder and waits until they are served.
func (c *ControlPlane) InstallCRDsFrom(ctx context.Context, dir string) error {
	files, err := filepath.Glob(filepath.Join(dir, "*.yaml"))
	if err != nil || len(files) == 0 {
		return fmt.Errorf("no CRDs in %s", dir)
	}
	var names []string
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			return err
		}
		crd := &unstructured.Unstructured{}
		if err := yaml.Unmarshal(text, crd); err != nil {
			return fmt.Errorf("read %s: %w", file, err)
		}
		if err := c.apply(ctx, crds, crd); err != nil {
			return err
		}
		names = append(names, crd.GetName())
	}
	for _, name := range names {
		if err := c.waitCondition(ctx, crds, name, "Established"); err != nil {
			return err
		}
	}
	return nil
}

// ServingCert issues the certificate under which the aggregated server is verified, and answers its authority.
func (c *ControlPlane) ServingCert() (certFile, keyFile string, caPEM []byte, err error) {
	files, err := c.ca.server("workspaces", Service+"."+Namespace+".svc")
	if err != nil {
		return "", "", nil, err
	}
	caPEM, err = os.ReadFile(c.ca.certFile())
	return files.certFile, files.keyFile, caPEM, err
}

// RegisterAPIService makes the aggregator send v1alpha1.eoepca.org to the port of the loopback address,
// and waits until it finds the server available.
func (c *ControlPlane) RegisterAPIService(ctx context.Context, port int, caPEM []byte) error {
	service := map[string]any{"namespace": Namespace, "name": Service, "port": int64(port)}
	steps := []struct {
		resource schema.GroupVersionResource
		object   map[string]any
	}{
		{namespaces, map[string]any{
			"apiVersion": "v1", "kind": "Namespace",
			"metadata": map[string]any{"name": Namespace},
		}},
		{services, map[string]any{
			"apiVersion": "v1", "kind": "Service",
			"metadata": map[string]any{"name": Service, "namespace": Namespace},
			"spec":     map[string]any{"type": "ExternalName", "externalName": "localhost"},
		}},
		{apiServices, map[string]any{
			"apiVersion": "apiregistration.k8s.io/v1", "kind": "APIService",
			"metadata": map[string]any{"name": "v1alpha1.eoepca.org"},
			"spec": map[string]any{
				"group": "eoepca.org", "version": "v1alpha1",
				"groupPriorityMinimum": int64(1000), "versionPriority": int64(100),
				"service":  service,
				"caBundle": base64.StdEncoding.EncodeToString(caPEM),
			},
		}},
	}
	for _, s := range steps {
		if err := c.apply(ctx, s.resource, &unstructured.Unstructured{Object: s.object}); err != nil {
			return err
		}
	}
	return c.waitCondition(ctx, apiServices, "v1alpha1.eoepca.org", "Available")
}

func (c *ControlPlane) apply(ctx context.Context, r schema.GroupVersionResource, o *unstructured.Unstructured) error {
	client, err := dynamic.NewForConfig(c.config)
	if err != nil {
		return err
	}
	_, err = client.Resource(r).Namespace(o.GetNamespace()).Apply(ctx, o.GetName(), o,
		metav1.ApplyOptions{FieldManager: fieldManager, Force: true})
	if err != nil {
		return fmt.Errorf("apply %s %s: %w", o.GetKind(), o.GetName(), err)
	}
	return nil
}

// waitCondition polls a cluster-scoped object until the condition is True.
func (c *ControlPlane) waitCondition(ctx context.Context, r schema.GroupVersionResource, name, condition string) error {
	client, err := dynamic.NewForConfig(c.config)
	if err != nil {
		return err
	}
	last := "not there"
	err = wait.PollUntilContextTimeout(ctx, 50*time.Millisecond, startTimeout, true, func(ctx context.Context) (bool, error) {
		o, err := client.Resource(r).Get(ctx, name, metav1.GetOptions{})
		if apierrors.IsNotFound(err) {
			return false, nil
		} else if err != nil {
			return false, err
		}
		var ok bool
		ok, last = conditionTrue(o, condition)
		return ok, nil
	})
	if err != nil {
		return fmt.Errorf("wait until %s %s is %s: %w (last: %s)", r.Resource, name, condition, err, last)
	}
	return nil
}

// conditionTrue tells whether the condition is True, and the condition's message.
func conditionTrue(o *unstructured.Unstructured, condition string) (bool, string) {
	conditions, _, _ := unstructured.NestedSlice(o.Object, "status", "conditions")
	for _, each := range conditions {
		if c, ok := each.(map[string]any); ok && c["type"] == condition {
			return c["status"] == "True", fmt.Sprint(c["message"])
		}
	}
	return false, "no such condition yet"
}
