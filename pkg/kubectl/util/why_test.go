package util

import (
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/cli-runtime/pkg/genericclioptions"
	"k8s.io/cli-runtime/pkg/genericiooptions"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/kubernetes/fake"
	testingclock "k8s.io/utils/clock/testing"
)

func event(name, object, kind, message string, at time.Time) *corev1.Event {
	return &corev1.Event{
		ObjectMeta:     metav1.ObjectMeta{Namespace: "ns", Name: name},
		InvolvedObject: corev1.ObjectReference{Name: object},
		Type:           kind, Reason: "Failed", Message: message, LastTimestamp: metav1.NewTime(at),
	}
}

func TestWhileNothingMovesTheNewestWarningSaysWhy(t *testing.T) {
	now := time.Now()
	cluster := fake.NewClientset(
		event("1", "ws", corev1.EventTypeWarning, "no room", now.Add(2*time.Second)),
		event("2", "ws", corev1.EventTypeWarning, "no image", now.Add(time.Second)),
		event("3", "ws", corev1.EventTypeWarning, "old", now.Add(-time.Hour)),
		event("4", "ws", corev1.EventTypeNormal, "fine", now.Add(3*time.Second)),
		event("5", "other", corev1.EventTypeWarning, "not mine", now.Add(3*time.Second)),
	)
	out := make(lines, 10)
	clock := testingclock.NewFakeClock(now)
	namespace := "ns"
	config := genericclioptions.NewConfigFlags(false)
	config.Namespace = &namespace
	f := &Factory{
		IOStreams:  genericiooptions.IOStreams{ErrOut: out},
		Config:     config,
		Clock:      clock,
		Getenv:     func(string) string { return "" },
		Kubernetes: func() (kubernetes.Interface, error) { return cluster, nil },
	}
	progress := f.NewProgress("workspace/ws")
	defer progress.Done()
	progress.Step("Creating", "")
	<-out
	defer f.Explain(t.Context(), progress, "ws")()
	for !clock.HasWaiters() {
		time.Sleep(time.Millisecond)
	}
	clock.Step(quietFor)
	if got, want := <-out, "workspace/ws: Creating (Failed: no room)\n"; got != want {
		t.Errorf("told %q, want %q", got, want)
	}
}
