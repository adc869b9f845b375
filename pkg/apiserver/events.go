package apiserver

import (
	"fmt"
	"os"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/runtime"
	corev1client "k8s.io/client-go/kubernetes/typed/core/v1"
	restclient "k8s.io/client-go/rest"
	"k8s.io/client-go/tools/record"
)

// eventTimeout bounds a write of an event: nothing waits for it but the end of the server.
const eventTimeout = 5 * time.Second

// eventSink writes events on workspaces, one after the other, so that many of them burden kube-apiserver no more than one
// writer does. Alike ones are counted, too many of one workspace are left out, and too many at once are dropped.
type eventSink struct {
	client      corev1client.CoreV1Interface
	broadcaster record.EventBroadcaster
}

func newEventSink(config *restclient.Config) (*eventSink, error) {
	config = restclient.CopyConfig(config)
	config.Timeout = eventTimeout
	client, err := corev1client.NewForConfig(config)
	if err != nil {
		return nil, fmt.Errorf("client for events: %w", err)
	}
	return &eventSink{client: client, broadcaster: record.NewBroadcaster()}, nil
}

func (s *eventSink) recorder() record.EventRecorder {
	host, _ := os.Hostname() // unknown, it is left out
	return s.broadcaster.NewRecorder(runtime.NewScheme(), corev1.EventSource{Component: name, Host: host})
}

// start begins to write what is recorded.
func (s *eventSink) start() {
	s.broadcaster.StartRecordingToSink(&corev1client.EventSinkImpl{Interface: s.client.Events("")})
}

// stop ends the writing. What waits to be written is lost.
func (s *eventSink) stop() { s.broadcaster.Shutdown() }
