package api

import (
	"net/http"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/eoepca/workspaces/pkg/apis/eoepca/v1alpha1"
	"github.com/eoepca/workspaces/test/integration/env"
)

// sessionNamespace makes the namespace of a workspace's name, with a claim and two quotas.
func sessionNamespace(t testing.TB, name string) {
	t.Helper()
	core := e.Admin.CoreV1()
	if _, err := core.Namespaces().Create(t.Context(), &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: name}}, metav1.CreateOptions{}); err != nil {
		t.Fatal(err)
	}
	for quota, size := range map[string]string{"large": "100Gi", "small": "10Gi"} {
		hard := corev1.ResourceList{corev1.ResourceRequestsStorage: resource.MustParse(size)}
		q := &corev1.ResourceQuota{ObjectMeta: metav1.ObjectMeta{Name: quota}, Spec: corev1.ResourceQuotaSpec{Hard: hard}}
		if _, err := core.ResourceQuotas(name).Create(t.Context(), q, metav1.CreateOptions{}); err != nil {
			t.Fatal(err)
		}
	}
}

func claim(t testing.TB, namespace, name, size string) {
	t.Helper()
	c := &corev1.PersistentVolumeClaim{ObjectMeta: metav1.ObjectMeta{Name: name}, Spec: corev1.PersistentVolumeClaimSpec{
		AccessModes: []corev1.PersistentVolumeAccessMode{corev1.ReadWriteOnce},
		Resources:   corev1.VolumeResourceRequirements{Requests: corev1.ResourceList{corev1.ResourceStorage: resource.MustParse(size)}},
	}}
	if _, err := e.Admin.CoreV1().PersistentVolumeClaims(namespace).Create(t.Context(), c, metav1.CreateOptions{}); err != nil {
		t.Fatal(err)
	}
}

// What a workspace's sessions use is read from their namespace, live.
func TestUsage(t *testing.T) {
	t.Parallel()
	ns := e.Namespace(t)
	ws := made(t, ns, "one", "")
	path := at(ns, ws.Name, "usage")
	usage := func() (u v1alpha1.WorkspaceUsage) {
		t.Helper()
		operator(t).get(t, path).want(t, http.StatusOK).into(t, &u)
		return u
	}
	if u := usage(); u.Kind != "WorkspaceUsage" || u.Name != ws.Name || u.Storage.Quota != nil || u.Storage.Requested.Sign() != 0 || len(u.Storage.Claims) != 0 {
		t.Errorf("before a session has run: %+v", u)
	}
	sessionNamespace(t, ws.Name)
	if u := usage(); u.Storage.Quota == nil || u.Storage.Quota.String() != "10Gi" || u.Storage.Remaining.String() != "10Gi" {
		t.Errorf("without claims: %+v", u.Storage)
	}
	claim(t, ws.Name, "home", "4Gi")
	claim(t, ws.Name, "data", "512Mi")
	u := usage()
	if u.Storage.Requested.String() != "4608Mi" || u.Storage.Remaining.String() != "5632Mi" || len(u.Storage.Claims) != 2 || u.Storage.Claims[0].Name != "data" {
		t.Errorf("got %+v", u.Storage)
	}
	operator(t).get(t, at(ns, "missing", "usage")).want(t, http.StatusNotFound)
}

// The namespace of a workspace's name need not be the workspace's.
func TestUsageOfANamespaceThatWasThereFirst(t *testing.T) {
	t.Parallel()
	ns := e.Namespace(t)
	system := object{"metadata": object{"name": "kube-system"}, "spec": object{"owner": "alice", "storage": object{
		"principal": "kube-system-" + ns, "buckets": []any{object{"name": "kube-system-" + ns}}}}}
	operator(t).post(t, at(ns), system).want(t, http.StatusCreated)
	status := operator(t).get(t, at(ns, "kube-system", "usage")).want(t, http.StatusConflict).status(t)
	if !contains(status.Message, `namespace "kube-system" was not made for it`) {
		t.Errorf("the answer is %s", status.Message)
	}

	first := "first-" + ns
	sessionNamespace(t, first)
	// Times have the precision of a second.
	ws := madeLaterThan(t, ns, first)
	operator(t).get(t, at(ns, ws.Name, "usage")).want(t, http.StatusConflict)
	annotate := []byte(`{"metadata": {"annotations": {"workspaces.eoepca.org/workspace": "` + ns + `/` + ws.Name + `"}}}`)
	if _, err := e.Admin.CoreV1().Namespaces().Patch(t.Context(), first, types.MergePatchType, annotate, metav1.PatchOptions{}); err != nil {
		t.Fatal(err)
	}
	operator(t).get(t, at(ns, ws.Name, "usage")).want(t, http.StatusOK)
}

// madeLaterThan makes the workspace of a namespace's name in a later second than the namespace.
func madeLaterThan(t *testing.T, ns, namespace string) *v1alpha1.Workspace {
	t.Helper()
	there, err := e.Admin.CoreV1().Namespaces().Get(t.Context(), namespace, metav1.GetOptions{})
	if err != nil {
		t.Fatal(err)
	}
	env.Eventually(t, "a second has passed", func() error {
		if !time.Now().Truncate(time.Second).After(there.CreationTimestamp.Time) {
			return errStill
		}
		return nil
	})
	return made(t, ns, strings.TrimSuffix(namespace, "-"+ns), "")
}
