package env

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	rbacv1 "k8s.io/api/rbac/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/util/yaml"
)

// manifests of artifacts/base that make the server's user what he is, and the users what they may be.
var manifests = []string{"namespaces.yaml", "serviceaccount.yaml", "rbac-server.yaml", "rbac-workspaces.yaml", "rbac-aggregated.yaml"}

// installCRDs installs the CRDs of the parts and of the stores' operators.
func (e *Env) installCRDs(ctx context.Context, o Options) error {
	if !o.WithoutOperators {
		if err := e.ControlPlane.InstallOperators(ctx); err != nil {
			return err
		}
	}
	if !o.WithoutDatalabs {
		return e.ControlPlane.InstallCRDs(ctx)
	}
	return e.installCRD(ctx, "storages.yaml")
}

// InstallDatalabs installs the Datalabs' CRD where it was left out or removed.
func (e *Env) InstallDatalabs(ctx context.Context) error { return e.installCRD(ctx, "datalabs.yaml") }

// installCRD installs one of the CRDs in artifacts/crds.
func (e *Env) installCRD(ctx context.Context, name string) error {
	dir, err := os.MkdirTemp(e.ControlPlane.Dir(), "crd-")
	if err != nil {
		return err
	}
	text, err := os.ReadFile(filepath.Join(e.root, "artifacts", "crds", name))
	if err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(dir, name), text, 0o600); err != nil {
		return err
	}
	return e.ControlPlane.InstallCRDsFrom(ctx, dir)
}

// installRoles applies the manifests, and gives the operator his role.
func (e *Env) installRoles(ctx context.Context) error {
	for _, name := range manifests {
		if err := e.applyFile(ctx, filepath.Join(e.root, "artifacts", "base", name)); err != nil {
			return err
		}
	}
	_, err := e.Admin.RbacV1().ClusterRoleBindings().Create(ctx, &rbacv1.ClusterRoleBinding{
		ObjectMeta: metav1.ObjectMeta{Name: "test-operator"},
		RoleRef:    rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "ClusterRole", Name: "eoepca:workspace-operator"},
		Subjects:   []rbacv1.Subject{{APIGroup: rbacv1.GroupName, Kind: "User", Name: Operator}},
	}, metav1.CreateOptions{})
	return err
}

func (e *Env) applyFile(ctx context.Context, file string) error {
	text, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	decoder := yaml.NewYAMLOrJSONDecoder(bytes.NewReader(text), 4096)
	for {
		o := &unstructured.Unstructured{}
		if err := decoder.Decode(o); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return fmt.Errorf("read %s: %w", file, err)
		}
		if len(o.Object) == 0 {
			continue
		}
		resource, _ := meta.UnsafeGuessKindToResource(o.GroupVersionKind())
		_, err := e.Dynamic.Resource(resource).Namespace(o.GetNamespace()).
			Apply(ctx, o.GetName(), o, metav1.ApplyOptions{FieldManager: "test", Force: true})
		if err != nil {
			return fmt.Errorf("apply %s %s: %w", strings.ToLower(o.GetKind()), o.GetName(), err)
		}
	}
}
