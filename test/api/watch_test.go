package api

import (
	"context"
	"encoding/json"
	"net/http"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/eoepca/workspaces/pkg/apis/eoepca/v1alpha1"
)

// stream is a watch as it comes over the wire.
type stream struct {
	t       *testing.T
	decoder *json.Decoder
	code    int
}

// event is one line of it.
type event struct {
	Type   string
	Object v1alpha1.Workspace
}

// watch opens a watch that ends with the test.
func watch(t *testing.T, c *caller, path string) *stream {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, c.host+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := c.http.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cancel()
		resp.Body.Close()
	})
	return &stream{t: t, decoder: json.NewDecoder(resp.Body), code: resp.StatusCode}
}

// next is the next event.
func (s *stream) next() event {
	s.t.Helper()
	var e event
	if err := s.decoder.Decode(&e); err != nil {
		s.t.Fatalf("read the next event: %v", err)
	}
	return e
}

// A watch that sends what there is first ends that with a bookmark that says so, and goes on with what changes.
func TestWatchList(t *testing.T) {
	t.Parallel()
	ns := e.Namespace(t)
	names := many(t, ns, 3)
	w := watch(t, operator(t), query(at(ns), "watch", "true", "sendInitialEvents", "true", "resourceVersionMatch", "NotOlderThan", "allowWatchBookmarks", "true", "labelSelector", "number"))
	seen := map[string]bool{}
	var bookmark event
	for bookmark.Type == "" {
		switch e := w.next(); e.Type {
		case "ADDED":
			seen[e.Object.Name] = true
		case "BOOKMARK":
			bookmark = e
		default:
			t.Fatalf("the event %s of %s came first", e.Type, e.Object.Name)
		}
	}
	if len(seen) != len(names) {
		t.Errorf("it begins with %v, want %v", seen, names)
	}
	if bookmark.Object.Annotations[metav1.InitialEventsAnnotationKey] != "true" || bookmark.Object.ResourceVersion == "" {
		t.Errorf("the bookmark is %+v", bookmark.Object.ObjectMeta)
	}
	changed := operator(t).patch(t, at(ns, names[1]), mergePatch, `{"spec": {"owner": "erin"}}`).want(t, 200).workspace(t)
	for {
		e := w.next()
		if e.Type == "BOOKMARK" {
			continue
		}
		if e.Type != "MODIFIED" || e.Object.ResourceVersion != changed.ResourceVersion || e.Object.Spec.Owner != "erin" {
			t.Errorf("the change came as %s of version %s, was made as %s", e.Type, e.Object.ResourceVersion, changed.ResourceVersion)
		}
		return
	}
}

// What begins or ceases to be selected is added to and deleted from a watch.
func TestWatchOfASelection(t *testing.T) {
	t.Parallel()
	ns := e.Namespace(t)
	start := operator(t).get(t, at(ns)).want(t, 200).list(t).ResourceVersion
	w := watch(t, operator(t), query(at(ns), "watch", "true", "resourceVersion", start, "fieldSelector", "spec.owner=erin"))
	ws := made(t, ns, "one", "")
	own := func(owner string) string {
		return operator(t).patch(t, at(ns, ws.Name), mergePatch, `{"spec": {"owner": "`+owner+`"}}`).want(t, 200).workspace(t).ResourceVersion
	}
	for _, step := range []struct{ owner, event string }{{"erin", "ADDED"}, {"frank", "DELETED"}, {"erin", "ADDED"}} {
		version := own(step.owner)
		if e := w.next(); e.Type != step.event || e.Object.Name != ws.Name || e.Object.ResourceVersion != version {
			t.Errorf("owner %s: the event is %s of version %s, want %s of %s", step.owner, e.Type, e.Object.ResourceVersion, step.event, version)
		}
	}
}

func TestWatchThatCannotBe(t *testing.T) {
	t.Parallel()
	ns := e.Namespace(t)
	for path, code := range map[string]int{
		query(at(ns), "watch", "true", "fieldSelector", "spec.members=x"):                       http.StatusBadRequest,
		query(at(ns), "watch", "true", "resourceVersion", "new"):                                http.StatusBadRequest,
		query(at(ns), "watch", "true", "sendInitialEvents", "true"):                             http.StatusUnprocessableEntity,
		query(at(ns), "watch", "true", "resourceVersion", "1", "resourceVersionMatch", "Exact"): http.StatusUnprocessableEntity,
	} {
		if got := watch(t, operator(t), path).code; got != code {
			t.Errorf("%s: the answer is %d, want %d", path, got, code)
		}
	}
}
