package explain_test

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	authorizationv1 "k8s.io/api/authorization/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	utilruntime "k8s.io/apimachinery/pkg/util/runtime"
	"k8s.io/cli-runtime/pkg/genericiooptions"

	"github.com/eoepca/workspaces/pkg/apis/eoepca/v1alpha1"
	"github.com/eoepca/workspaces/pkg/kubectl/cmd"
	"github.com/eoepca/workspaces/pkg/kubectl/util"
)

// script says what a server answers to "METHOD /path": an object, an *apierrors.StatusError, or a text as it stands. It
// answers everything else as a server does that has no such path.
type script map[string]any

// The paths that matter.
const (
	all     = "/apis/eoepca.org/v1alpha1/namespaces/ns/workspaces"
	one     = all + "/ws-alice"
	other   = all + "/ws-alise"
	review  = "POST /apis/authorization.k8s.io/v1/selfsubjectrulesreviews"
	version = "GET /apis/eoepca.org/v1alpha1"
)

// and is the script with more in it.
func (s script) and(more script) script {
	both := script{}
	for _, part := range []script{s, more} {
		for request, answer := range part {
			both[request] = answer
		}
	}
	return both
}

func (s script) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	answer, known := s[r.Method+" "+r.URL.Path]
	if !known {
		http.NotFound(w, r)
		return
	}
	code := http.StatusOK
	switch a := answer.(type) {
	case string:
		w.Header().Set("Content-Type", "text/html")
		_, _ = w.Write([]byte(a))
		return
	case *apierrors.StatusError:
		status := a.ErrStatus
		status.TypeMeta = metav1.TypeMeta{Kind: "Status", APIVersion: "v1"}
		code, answer = int(status.Code), status
	case http.HandlerFunc:
		a(w, r)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(code)
	_ = json.NewEncoder(w).Encode(answer)
}

// serving is a server that serves workspaces, and has these.
func serving(workspaces ...v1alpha1.Workspace) script {
	gv := v1alpha1.SchemeGroupVersion
	list := &v1alpha1.WorkspaceList{TypeMeta: metav1.TypeMeta{Kind: "WorkspaceList", APIVersion: gv.String()}, Items: workspaces}
	s := serves(gv.Version).and(script{
		version: metav1.APIResourceList{
			TypeMeta: metav1.TypeMeta{Kind: "APIResourceList", APIVersion: "v1"}, GroupVersion: gv.String(),
			APIResources: []metav1.APIResource{{Name: "workspaces", SingularName: "workspace", Namespaced: true, Kind: "Workspace", Verbs: []string{"get", "list"}}},
		},
		"GET " + all:                list,
		"GET /api/v1/namespaces/ns": corev1.Namespace{TypeMeta: metav1.TypeMeta{Kind: "Namespace", APIVersion: "v1"}, ObjectMeta: metav1.ObjectMeta{Name: "ns"}},
	})
	for _, ws := range workspaces {
		s["GET "+all+"/"+ws.Name] = ws
	}
	return s
}

// serves is a server that tells that it serves these versions of the group, without any.
func serves(versions ...string) script {
	groups := metav1.APIGroupList{TypeMeta: metav1.TypeMeta{Kind: "APIGroupList", APIVersion: "v1"}}
	for _, version := range versions {
		of := metav1.GroupVersionForDiscovery{GroupVersion: "eoepca.org/" + version, Version: version}
		groups.Groups = append(groups.Groups, metav1.APIGroup{Name: "eoepca.org", Versions: []metav1.GroupVersionForDiscovery{of}, PreferredVersion: of})
	}
	return script{
		"GET /api":  metav1.APIVersions{TypeMeta: metav1.TypeMeta{Kind: "APIVersions"}},
		"GET /apis": groups,
	}
}

// allowing answers what the user may do.
func allowing(rules ...authorizationv1.ResourceRule) script {
	return script{review: authorizationv1.SelfSubjectRulesReview{
		TypeMeta: metav1.TypeMeta{Kind: "SelfSubjectRulesReview", APIVersion: "authorization.k8s.io/v1"},
		Status:   authorizationv1.SubjectRulesReviewStatus{ResourceRules: rules},
	}}
}

func workspace(name, owner string) v1alpha1.Workspace {
	changed := metav1.NewTime(time.Now().Add(-time.Hour))
	return v1alpha1.Workspace{
		TypeMeta: metav1.TypeMeta{Kind: "Workspace", APIVersion: v1alpha1.SchemeGroupVersion.String()},
		ObjectMeta: metav1.ObjectMeta{
			Name: name, Namespace: "ns", ResourceVersion: "1", CreationTimestamp: metav1.NewTime(time.Now().Add(-49 * time.Hour)),
			ManagedFields: []metav1.ManagedFieldsEntry{{Manager: "helm"}, {Manager: "crossplane", Subresource: "status", Time: &changed}},
		},
		Spec: v1alpha1.WorkspaceSpec{Owner: owner},
	}
}

func TestMain(m *testing.M) {
	utilruntime.ErrorHandlers = nil // as in the process itself
	m.Run()
}

// result is what the user gets.
type result struct {
	code     int
	out, err string
}

func run(t *testing.T, args ...string) result {
	t.Helper()
	var out, errOut bytes.Buffer
	f := util.NewFactory(genericiooptions.IOStreams{In: &bytes.Buffer{}, Out: &out, ErrOut: &errOut})
	root := cmd.New(util.Program, f)
	root.SetArgs(args)
	code := cmd.Run(t.Context(), f, root)
	return result{code, out.String(), errOut.String()}
}

func listen(t *testing.T, s http.Handler) string {
	t.Helper()
	server := httptest.NewServer(s)
	t.Cleanup(server.Close)
	return server.URL
}
