package api

import (
	"net/http"
	"regexp"
	"testing"

	"github.com/google/go-cmp/cmp"
	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/eoepca/workspaces/pkg/generated/clientset/versioned"
)

// Everybody who may use workspaces at all sees which stores they may have, with kubectl and with the generated client.
func TestStoreTypesAreReadByUsers(t *testing.T) {
	t.Parallel()
	const user = "store-reader"
	_, err := e.Admin.RbacV1().ClusterRoleBindings().Create(t.Context(), &rbacv1.ClusterRoleBinding{
		ObjectMeta: metav1.ObjectMeta{Name: user},
		RoleRef:    rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "ClusterRole", Name: "eoepca:workspace-user"},
		Subjects:   []rbacv1.Subject{{APIGroup: rbacv1.GroupName, Kind: "User", Name: user}},
	}, metav1.CreateOptions{})
	if err != nil {
		t.Fatal(err)
	}
	config, err := e.Aggregated(user)
	if err != nil {
		t.Fatal(err)
	}
	clients, err := versioned.NewForConfig(config)
	if err != nil {
		t.Fatal(err)
	}
	list, err := clients.EoepcaV1alpha1().StoreTypes().List(t.Context(), metav1.ListOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if list.ResourceVersion == "" || len(list.Items) != 4 {
		t.Errorf("the list has version %q and %d items", list.ResourceVersion, len(list.Items))
	}
	for _, item := range list.Items {
		one, err := clients.EoepcaV1alpha1().StoreTypes().Get(t.Context(), item.Name, metav1.GetOptions{})
		if err != nil {
			t.Fatal(err)
		}
		one.ResourceVersion = item.ResourceVersion
		if diff := cmp.Diff(item, *one); diff != "" {
			t.Errorf("%s is told otherwise alone (-list +get):\n%s", item.Name, diff)
		}
		if !item.Status.Available || item.CreationTimestamp.IsZero() || item.UID == "" {
			t.Errorf("%s is %+v", item.Name, item)
		}
	}
	s := newShell(t, user, "default")
	want := regexp.MustCompile(`(?s)^NAME +ENGINE +OPERATOR +AVAILABLE +REASON +AGE
caches +Redis +redis\.redis\.redis\.opstreelabs\.in +true +OperatorInstalled +\w+
databases +PostgreSQL +postgresclusters\.\S+ +true .*
documents +MongoDB .*
vectors +Qdrant .*$`)
	if out := s.ok(t, "", "get", "storetypes"); !want.MatchString(out) {
		t.Errorf("kubectl prints\n%s", out)
	}
	if out := s.ok(t, "", "get", "storetype", "vectors", "-o", "jsonpath={.spec.engine} {.status.available}"); out != "Qdrant true" {
		t.Errorf("kubectl prints %q", out)
	}
	if out := s.ok(t, "", "get", "storetypes", "--field-selector=metadata.name=caches", "-o", "name"); out != "storetype.eoepca.org/caches\n" {
		t.Errorf("kubectl prints %q", out)
	}
	if out := s.ok(t, "", "explain", "storetypes.status"); !contains(out, "available") || !contains(out, "Message explains the reason") {
		t.Errorf("kubectl explains\n%s", out)
	}
}

// What is computed can be read, and nothing else.
func TestStoreTypesAreReadOnly(t *testing.T) {
	t.Parallel()
	const path = "/apis/eoepca.org/v1alpha1/storetypes"
	resources := &metav1.APIResourceList{}
	as(t, "admin", "system:masters").get(t, "/apis/eoepca.org/v1alpha1").want(t, http.StatusOK).into(t, resources)
	for _, resource := range resources.APIResources {
		if resource.Name != "storetypes" {
			continue
		}
		if diff := cmp.Diff(metav1.Verbs{"get", "list"}, resource.Verbs); diff != "" || resource.Namespaced {
			t.Errorf("namespaced %v, verbs (-want +got):\n%s", resource.Namespaced, diff)
		}
	}
	c := as(t, "admin", "system:masters")
	c.post(t, path, object{"kind": "StoreType"}).want(t, http.StatusMethodNotAllowed)
	c.delete(t, path+"/caches", nil).want(t, http.StatusMethodNotAllowed)
	c.get(t, path+"?watch=true").want(t, http.StatusMethodNotAllowed)
	status := c.get(t, path+"/files").want(t, http.StatusNotFound).status(t)
	if status.Message != `storetypes.eoepca.org "files" not found` {
		t.Errorf("the answer says %q", status.Message)
	}
}
