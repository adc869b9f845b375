package cluster

import (
	"bytes"
	"context"
	_ "embed"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/util/yaml"
	"k8s.io/client-go/discovery"
	"k8s.io/client-go/discovery/cached/memory"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/restmapper"
	"k8s.io/client-go/tools/clientcmd"
)

const operator = "operator"

// people are the users besides the operator.
var people = []string{"alice", "bob", "eric"}

//go:embed manifests.yaml
var manifests []byte

// replaced are the kinds of artifacts/base that make the server run in a cluster: here it runs beside it.
var replaced = []string{
	"Deployment", "Service", "APIService", "PodDisruptionBudget", "NetworkPolicy", "ServiceMonitor", "Certificate", "Issuer", "Kustomization",
}

// bootstrap applies what the products ship and what development adds, and writes the users' kubeconfigs.
func (s *supervisor) bootstrap(ctx context.Context) error {
	files, err := filepath.Glob(filepath.Join(s.Root, "artifacts", "base", "*.yaml"))
	if err != nil {
		return err
	}
	var objects []*unstructured.Unstructured
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			return err
		}
		some, err := decode(text)
		if err != nil {
			return fmt.Errorf("read %s: %w", file, err)
		}
		objects = append(objects, some...)
	}
	ours, err := decode(manifests)
	if err != nil {
		return err
	}
	if err := s.apply(ctx, append(objects, ours...)); err != nil {
		return err
	}
	for _, user := range append([]string{operator}, people...) {
		if err := s.writeKubeconfig(user); err != nil {
			return err
		}
	}
	return nil
}

func decode(text []byte) ([]*unstructured.Unstructured, error) {
	var objects []*unstructured.Unstructured
	decoder := yaml.NewYAMLOrJSONDecoder(bytes.NewReader(text), 4096)
	for {
		o := &unstructured.Unstructured{}
		if err := decoder.Decode(&o.Object); errors.Is(err, io.EOF) {
			return objects, nil
		} else if err != nil {
			return nil, err
		}
		if len(o.Object) > 0 && !slices.Contains(replaced, o.GetKind()) {
			objects = append(objects, o)
		}
	}
}

// apply applies the objects, namespaces first.
func (s *supervisor) apply(ctx context.Context, objects []*unstructured.Unstructured) error {
	config := s.plane.Config()
	client, err := dynamic.NewForConfig(config)
	if err != nil {
		return err
	}
	finder, err := discovery.NewDiscoveryClientForConfig(config)
	if err != nil {
		return err
	}
	mapper := restmapper.NewDeferredDiscoveryRESTMapper(memory.NewMemCacheClient(finder))
	slices.SortStableFunc(objects, func(a, b *unstructured.Unstructured) int { return rank(a) - rank(b) })
	for _, o := range objects {
		kind := o.GroupVersionKind()
		mapping, err := mapper.RESTMapping(kind.GroupKind(), kind.Version)
		if err != nil {
			return fmt.Errorf("apply %s %s: %w", o.GetKind(), o.GetName(), err)
		}
		var resource dynamic.ResourceInterface = client.Resource(mapping.Resource)
		if mapping.Scope.Name() == meta.RESTScopeNameNamespace {
			resource = client.Resource(mapping.Resource).Namespace(o.GetNamespace())
		}
		if _, err := resource.Apply(ctx, o.GetName(), o, metav1.ApplyOptions{FieldManager: "devcluster", Force: true}); err != nil {
			return fmt.Errorf("apply %s %s: %w", o.GetKind(), o.GetName(), err)
		}
	}
	return nil
}

func rank(o *unstructured.Unstructured) int {
	if o.GetKind() == "Namespace" {
		return 0
	}
	return 1
}

// writeKubeconfig gives a person a client certificate, and the namespace of the workspaces as the default one.
func (s *supervisor) writeKubeconfig(user string) error {
	_, text, err := s.plane.User(user, "users")
	if err != nil {
		return err
	}
	config, err := clientcmd.Load(text)
	if err != nil {
		return err
	}
	config.Contexts[config.CurrentContext].Namespace = "workspace"
	if text, err = clientcmd.Write(*config); err != nil {
		return err
	}
	return os.WriteFile(s.Kubeconfig(user), text, 0o600)
}

// internalKubeconfig is for a process of ours; it lies with the control plane's files.
func (s *supervisor) internalKubeconfig(name, user string, groups ...string) (string, error) {
	_, text, err := s.plane.User(user, groups...)
	if err != nil {
		return "", err
	}
	file := s.dev("controlplane", name+".kubeconfig")
	return file, os.WriteFile(file, text, 0o600)
}
