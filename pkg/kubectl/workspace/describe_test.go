package workspace_test

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"
	clienttesting "k8s.io/client-go/testing"
	"k8s.io/utils/ptr"

	"github.com/eoepca/workspaces/pkg/apis/eoepca/v1alpha1"
	"github.com/eoepca/workspaces/pkg/kubectl/kubectltest"
)

// ago is a time that is printed as that long ago, whenever the test runs.
func ago(d time.Duration) metav1.Time { return metav1.NewTime(time.Now().Add(-d - d/100)) }

// whole is a workspace with something in every section.
func whole() *v1alpha1.Workspace {
	day := ago(24 * 10 * time.Hour)
	return &v1alpha1.Workspace{
		ObjectMeta: metav1.ObjectMeta{
			Name: "ws-alice", Namespace: kubectltest.Namespace, UID: "u-ws", Generation: 3, CreationTimestamp: day,
			Labels:      map[string]string{"team": "sentinel"},
			Annotations: map[string]string{"note": "two\nlines", corev1.LastAppliedConfigAnnotation: "{}"},
		},
		Spec: v1alpha1.WorkspaceSpec{
			Owner: "alice", Environment: "datalab",
			Members: []v1alpha1.Member{{Name: "bob", Role: v1alpha1.MemberRoleAdmin, GrantedAt: &day}},
			Storage: v1alpha1.StorageSpec{
				Principal:           "ws-alice",
				CredentialsRollover: &v1alpha1.CredentialsRollover{Interval: v1alpha1.RolloverWeekly, MaxToKeep: 2},
				Buckets: []v1alpha1.Bucket{{Name: "ws-alice", Discoverable: ptr.To(true), LifecycleRules: []v1alpha1.LifecycleRule{
					{Target: "tmp/*", Mode: v1alpha1.LifecycleDelete, MinAge: "2w"},
				}}},
				AccessGrants: []v1alpha1.AccessGrant{{Bucket: "ws-alice", Grantee: "ws-eric", Permission: v1alpha1.PermissionReadOnly, GrantedAt: &day}},
			},
			Sessions: []v1alpha1.Session{{Name: "default", State: v1alpha1.SessionStarted}, {Name: "gpu", State: v1alpha1.SessionStopped}},
			Stores: v1alpha1.Stores{
				Databases: []v1alpha1.Database{{Name: "pg0", Databases: []string{"dev", "prod"}, Storage: "1Gi", BackupStorage: "10Gi"}},
				Caches:    []v1alpha1.Store{{Name: "fast", Storage: "1Gi"}},
			},
			Runtime: v1alpha1.Runtime{SecretName: "ws-alice", VCluster: ptr.To(false), Quota: &v1alpha1.Quota{Memory: "2Gi", Budget: v1alpha1.BudgetMedium}},
		},
		Status: v1alpha1.WorkspaceStatus{
			ObservedGeneration: 3,
			Conditions: []metav1.Condition{
				{Type: "Ready", Status: "False", Reason: "PartsNotReady", Message: "Datalab: no node has room", LastTransitionTime: ago(15 * time.Minute)},
				{Type: "StorageReady", Status: "True", Reason: "Available", LastTransitionTime: day},
				{Type: "DatalabReady", Status: "False", Reason: "Creating", Message: "no node has room", LastTransitionTime: ago(15 * time.Minute)},
			},
			Sessions: []v1alpha1.SessionStatus{{Name: "default", State: v1alpha1.SessionStarted, Phase: "Running", URL: "https://default.example.org"}},
			Parts: []v1alpha1.Part{
				{Kind: "Storage", APIVersion: "pkg.internal/v1beta1", Name: "ws-alice", UID: "u-st"},
				{Kind: "Datalab", APIVersion: "pkg.internal/v1beta2", Name: "ws-alice", UID: "u-dl"},
			},
		},
	}
}

// answers makes the server answer a read of a subresource.
func answers(p *kubectltest.Plugin, subresource string, answer runtime.Object) {
	p.Server.PrependReactor("get", "workspaces", func(action clienttesting.Action) (bool, runtime.Object, error) {
		return action.GetSubresource() == subresource, answer, nil
	})
}

var sharing = &v1alpha1.WorkspaceSharing{
	Incoming: []v1alpha1.BucketShare{
		{Bucket: "ws-alice", Workspace: "ws-eric", Grantee: "ws-eric", State: v1alpha1.ShareGranted, Permission: v1alpha1.PermissionReadOnly},
		{Bucket: "ws-alice", Workspace: "ws-carol", Grantee: "ws-carol", State: v1alpha1.ShareRequested, Reason: "S2 mosaics"},
	},
}

var usage = &v1alpha1.WorkspaceUsage{Storage: v1alpha1.StorageUsage{
	Quota: ptr.To(resource.MustParse("100Gi")), Requested: resource.MustParse("45Gi"), Remaining: ptr.To(resource.MustParse("55Gi")),
	Claims: []v1alpha1.VolumeClaimUsage{{Name: "home"}},
}}

// event is one on an object of the workspace's name.
func event(name, apiVersion, kind string, uid types.UID, minutes int, kindOf, reason, message string) *corev1.Event {
	return &corev1.Event{
		ObjectMeta:     metav1.ObjectMeta{Name: name, Namespace: kubectltest.Namespace},
		InvolvedObject: corev1.ObjectReference{APIVersion: apiVersion, Kind: kind, Namespace: kubectltest.Namespace, Name: "ws-alice", UID: uid},
		Type:           kindOf, Reason: reason, Message: message, Source: corev1.EventSource{Component: "provider"},
		FirstTimestamp: ago(time.Duration(minutes) * time.Minute), LastTimestamp: ago(time.Duration(minutes) * time.Minute), Count: 1,
	}
}

func happened() []runtime.Object {
	return []runtime.Object{
		event("1", "eoepca.org/v1alpha1", "Workspace", "u-ws", 30, "Normal", "Created", "made the Storage"),
		event("2", "pkg.internal/v1beta2", "Datalab", "u-dl", 15, "Warning", "Unschedulable", "no node has room"),
		event("3", "pkg.internal/v1beta1", "Storage", "u-st", 20, "Normal", "BucketMade", "bucket ws-alice is there"),
		event("4", "v1", "Pod", "", 4, "Normal", "Pulled", "somebody else's"),
		event("5", "pkg.internal/v1beta1", "Storage", "u-before", 60, "Normal", "Deleted", "of an earlier workspace of the name"),
	}
}

// record puts events into the cluster.
func record(t *testing.T, p *kubectltest.Plugin, events ...runtime.Object) {
	t.Helper()
	for _, e := range events {
		if err := p.Cluster.Tracker().Add(e); err != nil {
			t.Fatal(err)
		}
	}
}

var update = flag.Bool("update", false, "write the golden files anew")

// golden compares what a user gets with a file of testdata.
func golden(t *testing.T, name, got string) {
	t.Helper()
	file := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("not as in %s (-want +got):\n%s", file, diff)
	}
}

func TestDescribeTellsEverything(t *testing.T) {
	p := kubectltest.New(t, whole())
	record(t, p, happened()...)
	answers(p, "sharing", sharing)
	answers(p, "usage", usage)
	got := p.Run("describe", "ws-alice")
	if got.Code != 0 || got.Err != "" {
		t.Fatalf("exit code %d, stderr %q", got.Code, got.Err)
	}
	lines := strings.Split(got.Out, "\n")
	for i, line := range lines {
		lines[i] = strings.TrimRight(line, " ")
		if strings.HasPrefix(line, "Created:") {
			lines[i] = "Created: … (" + line[strings.LastIndex(line, "(")+1:]
		}
	}
	golden(t, "describe.txt", strings.Join(lines, "\n"))
}

func TestDescribeLeavesOutWhatMayNotBeRead(t *testing.T) {
	p := kubectltest.New(t, whole())
	for _, subresource := range []string{"sharing", "usage"} {
		p.Refuse("get", subresource, apierrors.NewForbidden(v1alpha1.Resource("workspaces/"+subresource), "ws-alice", nil))
	}
	p.Cluster.PrependReactor("list", "events", func(clienttesting.Action) (bool, runtime.Object, error) {
		return true, nil, apierrors.NewForbidden(corev1.Resource("events"), "", nil)
	})
	got := p.Run("describe", "ws-alice")
	if got.Code != 0 || got.Err != "" {
		t.Fatalf("exit code %d, stderr %q", got.Code, got.Err)
	}
	for _, what := range []string{"Sharing:", "Usage:", "Events:"} {
		if !strings.Contains(strings.Join(strings.Fields(got.Out), " "), what+" <hidden: not allowed>") {
			t.Errorf("%s is not said to be hidden:\n%s", what, got.Out)
		}
	}
}
