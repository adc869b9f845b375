package storage

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"path"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	jsonpatch "gopkg.in/evanphx/json-patch.v4"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/rest"
)

// fakeAPI is a kube-apiserver for one namespace's parts: every write has a revision, and lists are answered at any that is not
// compacted yet.
type fakeAPI struct {
	mu        sync.Mutex
	states    []map[string]object // by revision: what there is, by resource and name
	compacted int
	requests  []string
	refusal   *apierrors.StatusError // of every write, or of those by one method
	refused   string                 // that method
	// fault makes a request fail, before or after it has been carried out.
	fault func(r *http.Request) (before, after bool)
	// meanwhile is called before a request is answered.
	meanwhile func(r *http.Request)
}

type object = map[string]any

// backend is a storage over the API, of which nothing runs.
func (a *fakeAPI) backend(t *testing.T) *Backend {
	server := httptest.NewServer(a)
	t.Cleanup(server.Close)
	b, err := New(Config{Client: &rest.Config{Host: server.URL}})
	if err != nil {
		t.Fatal(err)
	}
	for _, kind := range b.kinds {
		kind.set(true)
	}
	return b
}

// put writes a part, or takes it away, and answers the revision.
func (a *fakeAPI) put(kind partKind, name string, content object) int {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.write(kind.resource()+"/"+name, content)
}

func (a *fakeAPI) write(key string, content object) int {
	if len(a.states) == 0 {
		a.states = []map[string]object{{}} // revision 0
	}
	rv := len(a.states)
	state := maps.Clone(a.states[rv-1])
	delete(state, key)
	if content != nil {
		content = maps.Clone(content)
		meta := maps.Clone(content["metadata"].(object))
		meta["resourceVersion"] = strconv.Itoa(rv)
		content["metadata"] = meta
		state[key] = content
	}
	a.states = append(a.states, state)
	return rv
}

// now is a part as it is, nil if it is not there.
func (a *fakeAPI) now(kind partKind, name string) object {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.states[len(a.states)-1][kind.resource()+"/"+name]
}

func (a *fakeAPI) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if a.meanwhile != nil {
		a.meanwhile(r)
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.requests = append(a.requests, r.Method+" "+path.Base(r.URL.Path))
	before, after := false, false
	if a.fault != nil {
		before, after = a.fault(r)
	}
	var answer object
	err := apierrors.NewInternalError(errors.New("a fault"))
	if !before {
		answer, err = a.answer(r)
	}
	if after && err == nil {
		err = apierrors.NewInternalError(errors.New("a fault"))
	}
	if err != nil {
		status := err.Status()
		status.Kind, status.APIVersion = "Status", "v1"
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(int(status.Code))
		_ = json.NewEncoder(w).Encode(status)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(answer)
}

func (a *fakeAPI) answer(r *http.Request) (object, *apierrors.StatusError) {
	_, key, namespaced := strings.Cut(r.URL.Path, "/namespaces/ns/")
	if !namespaced {
		key = path.Base(r.URL.Path)
	}
	resource, name, _ := strings.Cut(key, "/")
	kind := schema.GroupResource{Group: "pkg.internal", Resource: resource}
	if name == "" && r.Method == http.MethodGet {
		return a.list(r, resource)
	}
	body, _ := io.ReadAll(r.Body)
	before := a.states[len(a.states)-1][key]
	switch {
	case r.Method != http.MethodGet && a.refusal != nil && (a.refused == "" || a.refused == r.Method):
		return nil, a.refusal
	case r.Method == http.MethodPost:
		return a.create(r, kind, body)
	case before == nil:
		return nil, apierrors.NewNotFound(kind, name)
	case r.Method == http.MethodPatch:
		return a.patch(r, key, kind, before, body)
	case r.Method == http.MethodDelete:
		return a.delete(key, kind, before, body)
	}
	return before, nil
}

func (a *fakeAPI) create(r *http.Request, kind schema.GroupResource, body []byte) (object, *apierrors.StatusError) {
	part := object{}
	if err := json.Unmarshal(body, &part); err != nil {
		return nil, apierrors.NewBadRequest(err.Error())
	}
	meta := part["metadata"].(object)
	name := meta["name"].(string)
	key := kind.Resource + "/" + name
	if a.states[len(a.states)-1][key] != nil {
		return nil, apierrors.NewAlreadyExists(kind, name)
	}
	meta["uid"] = fmt.Sprintf("%s-%d", key, len(a.states))
	if r.URL.Query().Has("dryRun") {
		return part, nil
	}
	a.write(key, part)
	return a.states[len(a.states)-1][key], nil
}

func (a *fakeAPI) patch(r *http.Request, key string, kind schema.GroupResource, before object, body []byte) (object, *apierrors.StatusError) {
	text, _ := json.Marshal(before)
	merged, err := jsonpatch.MergePatch(text, body)
	after := object{}
	if err != nil || json.Unmarshal(merged, &after) != nil {
		return nil, apierrors.NewBadRequest("not a patch")
	}
	if after["metadata"].(object)["resourceVersion"] != before["metadata"].(object)["resourceVersion"] {
		return nil, apierrors.NewConflict(kind, path.Base(key), nil)
	}
	if r.URL.Query().Has("dryRun") {
		return after, nil
	}
	a.write(key, after)
	return a.states[len(a.states)-1][key], nil
}

// delete takes a part away, or marks it if a finalizer holds it.
func (a *fakeAPI) delete(key string, kind schema.GroupResource, before object, body []byte) (object, *apierrors.StatusError) {
	var options metav1.DeleteOptions
	if err := json.Unmarshal(body, &options); err != nil {
		return nil, apierrors.NewBadRequest(err.Error())
	}
	meta := maps.Clone(before["metadata"].(object))
	if p := options.Preconditions; p != nil && p.ResourceVersion != nil && *p.ResourceVersion != meta["resourceVersion"] {
		return nil, apierrors.NewConflict(kind, path.Base(key), nil)
	}
	if len(options.DryRun) > 0 {
		return before, nil
	}
	held, _ := meta["finalizers"].([]any)
	if len(held) == 0 {
		a.write(key, nil)
		return before, nil
	}
	after := maps.Clone(before)
	meta["deletionTimestamp"] = "2026-01-10T19:00:00Z"
	after["metadata"] = meta
	a.write(key, after)
	return a.states[len(a.states)-1][key], nil
}

func (a *fakeAPI) list(r *http.Request, resource string) (object, *apierrors.StatusError) {
	rv := len(a.states) - 1
	if at := r.URL.Query().Get("resourceVersion"); at != "" {
		rv, _ = strconv.Atoi(at)
	}
	if rv < a.compacted {
		return nil, apierrors.NewResourceExpired("compacted")
	}
	only := strings.TrimPrefix(r.URL.Query().Get("fieldSelector"), "metadata.name=")
	items := []object{}
	for _, key := range slices.Sorted(maps.Keys(a.states[rv])) {
		if key == resource+"/"+only || only == "" && path.Dir(key) == resource {
			items = append(items, a.states[rv][key])
		}
	}
	kind := storageKind
	if resource == datalabKind.resource() {
		kind = datalabKind
	}
	return object{"apiVersion": kind.groupVersion().String(), "kind": kind.String() + "List", "metadata": object{"resourceVersion": strconv.Itoa(rv)}, "items": items}, nil
}

// fakePart is the content of a part.
func fakePart(kind partKind, name string, spec object, annotations map[string]any) object {
	return object{
		"apiVersion": kind.groupVersion().String(), "kind": kind.String(), "spec": spec,
		"metadata": object{"namespace": "ns", "name": name, "uid": kind.String() + "-" + name, "annotations": annotations},
	}
}
