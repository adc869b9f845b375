package integration

import (
	"testing"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"

	"github.com/eoepca/workspaces/pkg/apis/eoepca"
	"github.com/eoepca/workspaces/pkg/apis/eoepca/install"
	"github.com/eoepca/workspaces/pkg/apis/eoepca/v1alpha1"
	"github.com/eoepca/workspaces/pkg/compose"
	"github.com/eoepca/workspaces/test/integration/env"
)

// rolledForward is how soon after a crash a write must have been finished.
const rolledForward = 10 * time.Second

// crashed leaves what a writer leaves who dies between his two writes: the Storage with the intent, and the Datalab as it was.
// It answers the Storage. A nil before is a creation.
func crashed(t *testing.T, before, after *v1alpha1.Workspace) *unstructured.Unstructured {
	t.Helper()
	storage, datalab, err := compose.Split(internal(t, before), internal(t, after))
	if err != nil {
		t.Fatal(err)
	}
	intent := &compose.Intent{ID: "crashed", Datalab: datalab, CreatesDatalab: before == nil, CreatedStorage: before == nil}
	client := e.Storages(after.Namespace)
	part := storageOf(after.Name, object{})
	if before != nil {
		part = getPart(t, client, after.Name)
		intent.Undo = storage.Invert(part.Object)
	}
	if err := storage.Apply(part.Object); err != nil {
		t.Fatal(err)
	}
	note, err := intent.Encode()
	if err != nil {
		t.Fatal(err)
	}
	if err := unstructured.SetNestedField(part.Object, note, "metadata", "annotations", compose.IntentAnnotation); err != nil {
		t.Fatal(err)
	}
	if before == nil {
		return createPart(t, client, part)
	}
	written, err := client.Update(t.Context(), part, metav1.UpdateOptions{})
	if err != nil {
		t.Fatal(err)
	}
	return written
}

func internal(t *testing.T, ws *v1alpha1.Workspace) *eoepca.Workspace {
	t.Helper()
	if ws == nil {
		return nil
	}
	var hub runtime.Object
	hub, err := install.Scheme.ConvertToVersion(ws, eoepca.SchemeGroupVersion)
	if err != nil {
		t.Fatal(err)
	}
	return hub.(*eoepca.Workspace)
}

// A writer who died between the two writes of a creation or a change: every reader sees the write whole from the first of
// the two on, and the replicas finish it in time.
func TestCrashBetweenTheWritesIsRolledForward(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name  string
		begin bool // the workspace is there before
	}{
		{name: "create"},
		{name: "update", begin: true},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			ns := e.Namespace(t)
			begin := list(t, e.Replicas[1].Workspaces(ns), "").ResourceVersion
			var before *v1alpha1.Workspace
			after := numbered(ns, "crashed", 2)
			after.Spec.Storage.Principal = "crashed"
			if c.begin {
				before = create(t, e.Replicas[0].Workspaces(ns), numbered(ns, "crashed", 1))
				after = before.DeepCopy()
				after.Spec.Storage.Buckets = numbered(ns, "crashed", 2).Spec.Storage.Buckets
				after.Spec.Members = numbered(ns, "crashed", 2).Spec.Members
				after.Spec.Sessions = numbered(ns, "crashed", 2).Spec.Sessions
			}
			recorder := env.Record(t, e.Replicas[1].Workspaces(ns), begin)
			written := env.Version(t, crashed(t, before, after).GetResourceVersion())

			for i, replica := range e.Replicas {
				if now := get(t, replica.Workspaces(ns), "crashed"); half(now) != nil || memberNames(now)[0] != "m2" {
					t.Errorf("replica %d answers %v, want the write whole", i, now.Spec)
				}
			}
			env.EventuallyWithin(t, rolledForward, "the Datalab bears the write", func() error {
				lab, err := e.Datalabs(ns).Get(t.Context(), "crashed", metav1.GetOptions{})
				if err != nil {
					return err
				}
				users, _, err := unstructured.NestedStringSlice(lab.Object, "spec", "users")
				if err != nil || len(missing(users, []string{"alice", "m2"})) > 0 || lab.GetAnnotations()[compose.IntentIDAnnotation] != "crashed" {
					return apierrors.NewConflict(eoepca.Resource("datalabs"), "crashed", err)
				}
				return nil
			})
			recorder.Await(t, "the second write", func(event env.Event) bool { return event.Version > written })
			for _, event := range recorder.Events() {
				if err := half(event.Workspace); err != nil {
					t.Errorf("a watch says: %v", err)
				}
			}
			if now := get(t, e.Replicas[0].Workspaces(ns), "crashed"); half(now) != nil || memberNames(now)[0] != "m2" {
				t.Errorf("in the end it is %v", now.Spec)
			}
		})
	}
}

// The next writer does not wait for the replicas: he finishes the write that he finds, and his own comes on top.
func TestWriterFinishesWhatHeFindsOpen(t *testing.T) {
	t.Parallel()
	ns := e.Namespace(t)
	before := create(t, e.Replicas[0].Workspaces(ns), numbered(ns, "crashed", 1))
	after := before.DeepCopy()
	after.Spec.Storage.Buckets = numbered(ns, "crashed", 2).Spec.Storage.Buckets
	after.Spec.Members = numbered(ns, "crashed", 2).Spec.Members
	crashed(t, before, after)
	now, err := patch(t, e.Replicas[1].Workspaces(ns), "crashed", object{"spec": object{"members": []any{object{"name": "next"}}}})
	if err != nil {
		t.Fatal(err)
	}
	if lost := missing(memberNames(now), []string{"m2", "next"}); len(lost) > 0 {
		t.Errorf("%v are missing", lost)
	}
	users, _, _ := unstructured.NestedStringSlice(getPart(t, e.Datalabs(ns), "crashed").Object, "spec", "users")
	if lost := missing(users, []string{"m2", "next"}); len(lost) > 0 {
		t.Errorf("%v are missing in the Datalab", lost)
	}
}
