package util

import (
	"context"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/fields"
	"k8s.io/client-go/kubernetes"
)

const (
	// quietFor is how long nothing moves until somebody wonders why.
	quietFor = 5 * time.Second
	// clocksDiffer is by how much the server's clock may be behind ours.
	clocksDiffer = time.Minute
)

// Explain has the progress tell the newest warning about a workspace and its parts while nothing moves. It ends when the answer is called.
func (f *Factory) Explain(ctx context.Context, progress *Progress, name string) (end func()) {
	ctx, cancel := context.WithCancel(ctx)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		f.explain(ctx, progress, name)
	}()
	return func() { cancel(); <-ended }
}

func (f *Factory) explain(ctx context.Context, progress *Progress, name string) {
	namespace, err := f.Namespace()
	if err != nil {
		return
	}
	client, err := f.Kubernetes()
	if err != nil {
		return
	}
	since := f.Clock.Now().Add(-clocksDiffer)
	ticker := f.Clock.NewTicker(quietFor)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C():
		}
		if progress.quiet() < quietFor {
			continue
		}
		warning, err := newestWarning(ctx, client, namespace, name, since)
		if err != nil {
			return // such as one who may not read events: he waits without
		}
		if warning != "" {
			progress.Because(warning)
		}
	}
}

// newestWarning is what the newest of the warnings since a time says; those about the workspace and its parts, which bear its name.
func newestWarning(ctx context.Context, client kubernetes.Interface, namespace, name string, since time.Time) (string, error) {
	list, err := client.CoreV1().Events(namespace).List(ctx, metav1.ListOptions{
		FieldSelector: fields.Set{"involvedObject.name": name, "type": corev1.EventTypeWarning}.String(),
	})
	if err != nil {
		return "", err
	}
	text := ""
	for i := range list.Items {
		event := &list.Items[i]
		if at := lastSeen(event); event.InvolvedObject.Name == name && event.Type == corev1.EventTypeWarning && !at.Before(since) {
			since, text = at, event.Reason+": "+event.Message
		}
	}
	return text, nil
}

// lastSeen is when the event has happened last, in whichever of its fields that is said.
func lastSeen(event *corev1.Event) time.Time {
	latest := event.CreationTimestamp.Time
	for _, at := range []time.Time{event.FirstTimestamp.Time, event.LastTimestamp.Time, event.EventTime.Time} {
		if at.After(latest) {
			latest = at
		}
	}
	if event.Series != nil && event.Series.LastObservedTime.After(latest) {
		latest = event.Series.LastObservedTime.Time
	}
	return latest
}
