package workspace

import (
	"errors"
	"reflect"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apiserver/pkg/registry/rest"
	clienttesting "k8s.io/client-go/testing"

	"github.com/eoepca/workspaces/pkg/apis/eoepca"
)

func sessionNamespace(age time.Duration, owner string) *corev1.Namespace {
	ns := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: "ws-alice", CreationTimestamp: metav1.NewTime(someTime.Add(age))}}
	if owner != "" {
		ns.Annotations = map[string]string{annotationWorkspace: owner}
	}
	return ns
}

func quota(name, size string) *corev1.ResourceQuota {
	q := &corev1.ResourceQuota{ObjectMeta: metav1.ObjectMeta{Namespace: "ws-alice", Name: name}}
	q.Spec.Hard = corev1.ResourceList{corev1.ResourcePods: resource.MustParse("1")}
	if size != "" {
		q.Spec.Hard[corev1.ResourceRequestsStorage] = resource.MustParse(size)
	}
	return q
}

func claim(namespace, name, size string) *corev1.PersistentVolumeClaim {
	c := &corev1.PersistentVolumeClaim{ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: name}}
	c.Spec.Resources.Requests = corev1.ResourceList{corev1.ResourceStorage: resource.MustParse(size)}
	c.Status.Phase = corev1.ClaimBound
	return c
}

func usageOf(f *fixture) (*eoepca.WorkspaceUsage, error) {
	obj, err := f.storage["workspaces/usage"].(rest.Getter).Get(as("alice"), "ws-alice", &metav1.GetOptions{})
	if err != nil {
		return nil, err
	}
	return obj.(*eoepca.WorkspaceUsage), nil
}

func TestUsage(t *testing.T) {
	for name, test := range map[string]struct {
		cluster                     []runtime.Object
		quota, requested, remaining string
		claims                      []string
	}{
		"no namespace yet": {nil, "", "0", "", nil},
		"nothing there":    {[]runtime.Object{sessionNamespace(time.Minute, "")}, "", "0", "", nil},
		"claims, no quota": {[]runtime.Object{sessionNamespace(0, ""), claim("ws-alice", "b", "512Mi"), claim("ws-alice", "a", "1Gi"), claim("other", "c", "1Ti")},
			"", "1536Mi", "", []string{"a", "b"}},
		"the smallest quota counts": {[]runtime.Object{sessionNamespace(0, ""), quota("big", "1Ti"), quota("small", "2Gi"), quota("pods", ""), claim("ws-alice", "a", "500M")},
			"2Gi", "500M", "1647483648", []string{"a"}},
		"more than the quota": {[]runtime.Object{sessionNamespace(0, ""), quota("lowered", "1Gi"), claim("ws-alice", "a", "3Gi")},
			"1Gi", "3Gi", "0", []string{"a"}},
		"a quota of nothing": {[]runtime.Object{sessionNamespace(0, ""), quota("zero", "0")}, "0", "0", "0", nil},
		"an older namespace that is said to be its own": {[]runtime.Object{sessionNamespace(-time.Hour, "workspace/ws-alice"), claim("ws-alice", "a", "1Gi")},
			"", "1Gi", "", []string{"a"}},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFixture(t, test.cluster...)
			f.put("ws-alice", 0, func(*eoepca.Workspace) {})
			got, err := usageOf(f)
			if err != nil {
				t.Fatal(err)
			}
			if reflect.ValueOf(got.Storage).IsZero() {
				t.Error("a storage that says nothing is left out of the answer")
			}
			var claims []string
			for _, claim := range got.Storage.Claims {
				claims = append(claims, claim.Name)
			}
			if diff := cmp.Diff(test.claims, claims); diff != "" {
				t.Errorf("claims (-want +got):\n%s", diff)
			}
			for what, amounts := range map[string][2]string{
				"quota":     {test.quota, amount(got.Storage.Quota)},
				"requested": {test.requested, amount(&got.Storage.Requested)},
				"remaining": {test.remaining, amount(got.Storage.Remaining)},
			} {
				if amounts[0] != amounts[1] {
					t.Errorf("%s is %s, want %s", what, amounts[1], amounts[0])
				}
			}
		})
	}
}

func amount(quantity *resource.Quantity) string {
	if quantity == nil {
		return ""
	}
	return quantity.String()
}

// A workspace named after a namespace that is not its own does not read it.
func TestUsageOfANamespaceThatWasNotMadeForTheWorkspace(t *testing.T) {
	for name, test := range map[string]struct {
		namespace *corev1.Namespace
		other     bool
	}{
		"it is older":                        {sessionNamespace(-time.Hour, ""), false},
		"it is said to be another's":         {sessionNamespace(time.Hour, "other/ws-alice"), false},
		"an older workspace has the name":    {sessionNamespace(time.Hour, ""), true},
		"even where it was said with a typo": {sessionNamespace(time.Hour, "ws-alice"), false},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFixture(t, test.namespace, claim("ws-alice", "secret-plans", "1Gi"))
			f.put("ws-alice", 0, func(*eoepca.Workspace) {})
			if test.other {
				ws := named("ws-alice")
				ws.Namespace, ws.CreationTimestamp = "other", metav1.NewTime(someTime.Add(-time.Hour))
				f.backend.put("/workspaces/other/ws-alice", ws, &eoepca.Workspace{})
			}
			got, err := usageOf(f)
			expectStatus(t, got, err, 409, "annotate the namespace with workspaces.eoepca.org/workspace=workspace/ws-alice")
		})
	}
}

func TestUsageThatCannotBeRead(t *testing.T) {
	for _, kind := range []string{"namespaces", "resourcequotas", "persistentvolumeclaims"} {
		for fails, test := range map[error]struct {
			code int32
			says string
		}{
			apierrors.NewForbidden(corev1.Resource(kind), "", errors.New("no")): {500, "grant it"},
			errors.New("connection refused"):                                    {503, "connection refused"},
		} {
			f := newFixture(t, sessionNamespace(time.Hour, ""))
			f.put("ws-alice", 0, func(*eoepca.Workspace) {})
			f.secrets.PrependReactor("*", kind, func(clienttesting.Action) (bool, runtime.Object, error) { return true, nil, fails })
			got, err := usageOf(f)
			expectStatus(t, got, err, test.code, test.says)
		}
	}
	_, err := usageOf(newFixture(t))
	expectStatus(t, nil, err, 404, "not found")
}
