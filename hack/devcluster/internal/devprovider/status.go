package devprovider

import (
	"context"
	"log/slog"
	"slices"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/controller/controllerutil"
)

const (
	finalizer        = "composite.apiextensions.crossplane.io"
	pausedAnnotation = "crossplane.io/paused"
	simulated        = "simulated by devprovider"
)

// setCondition sets one condition as Crossplane does, others are left alone.
func setCondition(o *unstructured.Unstructured, kind string, ok bool, reason, message string) {
	status := map[bool]string{true: "True", false: "False"}[ok]
	conditions, _, _ := unstructured.NestedSlice(o.Object, "status", "conditions")
	next := map[string]any{
		"type": kind, "status": status, "reason": reason, "message": message,
		"observedGeneration": o.GetGeneration(),
		"lastTransitionTime": time.Now().UTC().Format(time.RFC3339),
	}
	at := slices.IndexFunc(conditions, func(c any) bool { m, _ := c.(map[string]any); return m["type"] == kind })
	if at < 0 {
		conditions = append(conditions, next)
	} else {
		if last := conditions[at].(map[string]any); last["status"] == status && last["lastTransitionTime"] != nil {
			next["lastTransitionTime"] = last["lastTransitionTime"]
		}
		conditions[at] = next
	}
	_ = unstructured.SetNestedSlice(o.Object, conditions, "status", "conditions")
}

func isTrue(o *unstructured.Unstructured, kind string) bool {
	conditions, _, _ := unstructured.NestedSlice(o.Object, "status", "conditions")
	return slices.ContainsFunc(conditions, func(c any) bool {
		m, _ := c.(map[string]any)
		return m["type"] == kind && m["status"] == "True"
	})
}

// setSynced tells whether the last reconciliation succeeded.
func setSynced(o *unstructured.Unstructured, err error) {
	if err != nil {
		setCondition(o, "Synced", false, "ReconcileError", syncError(err))
		return
	}
	setCondition(o, "Synced", true, "ReconcileSuccess", simulated)
}

// tell logs what happens to an object, as the simulation that it is.
func tell(o *unstructured.Unstructured, what string, more ...any) {
	slog.Info("simulation: "+what, append([]any{"kind", o.GetKind(), "namespace", o.GetNamespace(), "name", o.GetName()}, more...)...)
}

// logOnce logs what is wrong with an object, unless its condition says the same already.
func logOnce(before *unstructured.Unstructured, err error) {
	conditions, _, _ := unstructured.NestedSlice(before.Object, "status", "conditions")
	known := slices.ContainsFunc(conditions, func(c any) bool {
		m, _ := c.(map[string]any)
		return m["type"] == "Synced" && m["message"] == syncError(err)
	})
	if !known {
		tell(before, "not in sync", "reason", err)
	}
}

func syncError(err error) string { return simulated + ": " + err.Error() }

// patchStatus sends what changed in the status, if anything did.
func patchStatus(ctx context.Context, c client.Client, before, after *unstructured.Unstructured) error {
	patch := client.MergeFrom(before)
	if data, err := patch.Data(after); err != nil || string(data) == "{}" {
		return err
	}
	return client.IgnoreNotFound(c.Status().Patch(ctx, after.DeepCopy(), patch))
}

// patchFinalizer adds or removes the finalizer. The list is sent whole, hence the precondition on its version.
func patchFinalizer(ctx context.Context, c client.Client, o *unstructured.Unstructured, want bool) error {
	after := o.DeepCopy()
	change := controllerutil.RemoveFinalizer
	if want {
		change = controllerutil.AddFinalizer
	}
	if !change(after, finalizer) {
		return nil
	}
	patch := client.MergeFromWithOptions(o, client.MergeFromWithOptimisticLock{})
	return client.IgnoreNotFound(c.Patch(ctx, after, patch))
}

// remaining tells how much of the delay is left since the object's deletion was asked for.
func remaining(deleted *metav1.Time, delay time.Duration) time.Duration {
	return time.Until(deleted.Add(delay))
}
