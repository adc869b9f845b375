package cluster_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	authenticationv1 "k8s.io/api/authentication/v1"
	authorizationv1 "k8s.io/api/authorization/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/cli-runtime/pkg/genericiooptions"
	"k8s.io/client-go/kubernetes/scheme"

	"github.com/eoepca/workspaces/pkg/kubectl/cmd"
	"github.com/eoepca/workspaces/pkg/kubectl/util"
)

// answer is what the cluster says at a path: a status other than 0 refuses.
type answer struct {
	status int
	body   any
}

// scripted is a cluster that answers what a test has written down.
type scripted struct {
	mu      sync.Mutex
	answers map[string]answer
	// denied are the resources that the caller may not create.
	denied map[string]bool
	asked  []string
}

func resources(names ...string) answer {
	list := metav1.APIResourceList{}
	for _, name := range names {
		list.APIResources = append(list.APIResources, metav1.APIResource{Name: name})
	}
	return answer{body: list}
}

type fields = map[string]any

// healthy is a cluster that is as it should be, with one workspace.
func healthy() *scripted {
	available := fields{"type": "Available", "status": "True", "reason": "Passed"}
	return &scripted{denied: map[string]bool{}, answers: map[string]answer{
		"/version": {body: fields{"major": "1", "minor": "37", "gitVersion": "v1.37.1"}},
		"/apis/apiregistration.k8s.io/v1/apiservices/v1alpha1.eoepca.org": {body: fields{"status": fields{"conditions": []any{available}}}},
		"/apis/eoepca.org/v1alpha1":                                       resources("workspaces", "workspaces/status", "storetypes"),
		"/openapi/v3/apis/eoepca.org/v1alpha1":                            {body: fields{"info": fields{"title": "Workspaces", "version": "v0.1.0"}}},
		"/apis/pkg.internal/v1beta1":                                      resources("storages"),
		"/apis/pkg.internal/v1beta2":                                      resources("datalabs"),
		"/apis/eoepca.org/v1alpha1/storetypes":                            {body: fields{"items": []any{fields{"metadata": fields{"name": "databases"}, "status": fields{"available": true}}}}},
		"/apis/eoepca.org/v1alpha1/namespaces/workspace/workspaces":       {body: fields{"items": []any{fields{"metadata": fields{"name": "ws-alice", "namespace": "workspace"}}}}},
		"/api/v1/namespaces/kube-system/configmaps/extension-apiserver-authentication": {
			body: fields{"data": fields{"requestheader-client-ca-file": "PEM"}}},
	}}
}

func (s *scripted) without(path string, status int) *scripted {
	s.answers[path] = answer{status: status}
	return s
}

func (s *scripted) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.asked = append(s.asked, r.URL.Path)
	w.Header().Set("Content-Type", "application/json")
	a, ok := s.answers[r.URL.Path]
	switch {
	case strings.HasSuffix(r.URL.Path, "/selfsubjectreviews"):
		a.body = authenticationv1.SelfSubjectReview{Status: authenticationv1.SelfSubjectReviewStatus{UserInfo: authenticationv1.UserInfo{Username: "alice"}}}
	case strings.HasSuffix(r.URL.Path, "/selfsubjectaccessreviews"):
		review := reviewIn(r)
		review.Status.Allowed = !s.denied[review.Spec.ResourceAttributes.Resource]
		a.body = review
	case !ok:
		a.status = http.StatusNotFound
	}
	if a.status != 0 {
		a.body = metav1.Status{
			TypeMeta: metav1.TypeMeta{APIVersion: "v1", Kind: "Status"}, Status: metav1.StatusFailure, Code: int32(a.status), //nolint:gosec // a status of HTTP has three digits
			Reason:  map[int]metav1.StatusReason{403: metav1.StatusReasonForbidden, 404: metav1.StatusReasonNotFound, 503: metav1.StatusReasonServiceUnavailable}[a.status],
			Message: "refused: " + r.URL.Path, Details: &metav1.StatusDetails{Kind: "workspaces", Name: filepath.Base(r.URL.Path)},
		}
		w.WriteHeader(a.status)
	}
	_ = json.NewEncoder(w).Encode(a.body)
}

// reviewIn reads a question; clients send Kubernetes' own kinds as they like.
func reviewIn(r *http.Request) *authorizationv1.SelfSubjectAccessReview {
	body, err := io.ReadAll(r.Body)
	if err == nil {
		var review runtime.Object
		if review, _, err = scheme.Codecs.UniversalDeserializer().Decode(body, nil, nil); err == nil {
			return review.(*authorizationv1.SelfSubjectAccessReview)
		}
	}
	panic(err)
}

type outcome struct {
	code     int
	out, err string
}

// run runs a command line against the cluster.
func run(t *testing.T, s http.Handler, args ...string) outcome {
	t.Helper()
	server := httptest.NewServer(s)
	defer server.Close()
	return runAt(t, server.URL, args...)
}

func runAt(t *testing.T, url string, args ...string) outcome {
	t.Helper()
	var out, errOut bytes.Buffer
	f := util.NewFactory(genericiooptions.IOStreams{In: &bytes.Buffer{}, Out: &out, ErrOut: &errOut})
	f.Getenv = func(string) string { return "" }
	root := cmd.New(util.Program, f)
	root.SetArgs(append(args, "-n", "workspace", "--server", url, "--kubeconfig", os.DevNull))
	code := cmd.Run(t.Context(), f, root)
	return outcome{code, out.String(), errOut.String()}
}

// onPath makes programs of these names be found, and no others.
func onPath(t *testing.T, programs ...string) {
	t.Helper()
	dir := t.TempDir()
	for _, program := range programs {
		if err := os.WriteFile(filepath.Join(dir, program), []byte("#!/bin/sh\n"), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	t.Setenv("PATH", dir)
}
