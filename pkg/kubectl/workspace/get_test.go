package workspace_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/cli-runtime/pkg/genericiooptions"

	"github.com/eoepca/workspaces/pkg/apis/eoepca/v1alpha1"
	"github.com/eoepca/workspaces/pkg/kubectl/cmd"
	"github.com/eoepca/workspaces/pkg/kubectl/util"
)

// answerJSON writes an answer of the API.
func answerJSON(w http.ResponseWriter, answer any) {
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(answer)
}

// table is the server's print of workspaces that are owned so, at a version.
func table(version string, owners ...string) *metav1.Table {
	t := &metav1.Table{
		TypeMeta:          metav1.TypeMeta{APIVersion: "meta.k8s.io/v1", Kind: "Table"},
		ListMeta:          metav1.ListMeta{ResourceVersion: version},
		ColumnDefinitions: []metav1.TableColumnDefinition{{Name: "Name"}, {Name: "Owner"}},
	}
	for _, owner := range owners {
		object := fmt.Sprintf(`{"apiVersion":"eoepca.org/v1alpha1","kind":"Workspace","metadata":{"name":"ws-%s"},"spec":{"owner":%[1]q}}`, owner)
		t.Rows = append(t.Rows, metav1.TableRow{Cells: []any{"ws-" + owner, owner}, Object: runtime.RawExtension{Raw: []byte(object)}})
	}
	return t
}

// serve is as much of an API server as kubectl get needs. A watch from the version that was listed sends one change
// and stays open.
func serve(t *testing.T) *httptest.Server {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /api", func(w http.ResponseWriter, _ *http.Request) { answerJSON(w, metav1.APIVersions{}) })
	mux.HandleFunc("GET /apis", func(w http.ResponseWriter, _ *http.Request) {
		version := metav1.GroupVersionForDiscovery{GroupVersion: "eoepca.org/v1alpha1", Version: "v1alpha1"}
		answerJSON(w, metav1.APIGroupList{Groups: []metav1.APIGroup{{
			Name: "eoepca.org", Versions: []metav1.GroupVersionForDiscovery{version}, PreferredVersion: version,
		}}})
	})
	mux.HandleFunc("GET /apis/eoepca.org/v1alpha1", func(w http.ResponseWriter, _ *http.Request) {
		answerJSON(w, metav1.APIResourceList{GroupVersion: "eoepca.org/v1alpha1", APIResources: []metav1.APIResource{{
			Name: "workspaces", Kind: "Workspace", Namespaced: true, Verbs: metav1.Verbs{"get", "list", "watch"},
		}}})
	})
	mux.HandleFunc("GET /apis/eoepca.org/v1alpha1/namespaces/workspace/workspaces", func(w http.ResponseWriter, r *http.Request) {
		if r.FormValue("watch") == "" {
			answerJSON(w, table("7", "alice", "eric"))
			return
		}
		if version := r.FormValue("resourceVersion"); version != "7" {
			t.Errorf("watched from %q, want the version that was listed", version)
		}
		answerJSON(w, map[string]any{"type": "MODIFIED", "object": table("8", "frank")})
		w.(http.Flusher).Flush()
		<-r.Context().Done()
	})
	mux.HandleFunc("GET /apis/eoepca.org/v1alpha1/namespaces/workspace/workspaces/{name}", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(http.StatusNotFound)
		status := apierrors.NewNotFound(v1alpha1.Resource("workspaces"), r.PathValue("name")).Status()
		status.TypeMeta = metav1.TypeMeta{APIVersion: "v1", Kind: "Status"}
		answerJSON(w, status)
	})
	// A name that is not found makes kubectl look whether the namespace is.
	mux.HandleFunc("GET /api/v1/namespaces/workspace", func(w http.ResponseWriter, _ *http.Request) {
		answerJSON(w, metav1.PartialObjectMetadata{TypeMeta: metav1.TypeMeta{APIVersion: "v1", Kind: "Namespace"}, ObjectMeta: metav1.ObjectMeta{Name: "workspace"}})
	})
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	return server
}

func TestGet(t *testing.T) {
	t.Setenv("HOME", t.TempDir())
	for _, test := range []struct {
		args string
		code int
		out  string
		err  string
	}{
		{args: "get", out: "NAME       OWNER\nws-alice   alice\nws-eric    eric\n"},
		{args: "get --no-headers --sort-by=.spec.owner", out: "ws-alice   alice\nws-eric    eric\n"},
		{args: "list --no-headers", out: "ws-alice   alice\nws-eric    eric\n"},
		{args: "get --watch", code: 130, out: "NAME       OWNER\nws-alice   alice\nws-eric    eric\nws-frank   frank\n"},
		{args: "get --watch-only --no-headers", code: 130, out: "ws-frank   frank\n"},
		{args: "get ws-bob", code: 5, err: "Error from server (NotFound): workspaces.eoepca.org \"ws-bob\" not found\n"},
		{args: "get ws-bob --watch", code: 5, err: "Error from server (NotFound): workspaces.eoepca.org \"ws-bob\" not found\n"},
		{args: "get ws-bob --ignore-not-found"},
		{args: "get ws-alice ws-eric --watch", code: 2, err: "error: a watch follows one workspace, or all: give one NAME or none\n  hint: kubectl workspace get --help\n"},
	} {
		t.Run(test.args, func(t *testing.T) {
			ctx, interrupt := context.WithCancelCause(t.Context())
			out := &patient{until: "ws-frank", then: func() { interrupt(util.Interrupted{Signal: syscall.SIGINT}) }}
			var errOut bytes.Buffer
			server := serve(t)
			f := util.NewFactory(genericiooptions.IOStreams{In: &bytes.Buffer{}, Out: out, ErrOut: &errOut})
			root := cmd.New(util.Program, f)
			root.SetArgs(append(strings.Fields(test.args), "--server", server.URL, "--kubeconfig", os.DevNull, "-n", "workspace"))
			code := cmd.Run(ctx, f, root)
			if code != test.code || errOut.String() != test.err {
				t.Errorf("code %d, want %d; stderr %q, want %q", code, test.code, errOut.String(), test.err)
			}
			if diff := cmp.Diff(test.out, out.String()); diff != "" {
				t.Errorf("stdout (-want +got):\n%s", diff)
			}
		})
	}
}

// patient is a user who reads until a text comes.
type patient struct {
	bytes.Buffer
	until string
	then  func()
}

func (p *patient) Write(text []byte) (int, error) {
	n, err := p.Buffer.Write(text)
	if strings.Contains(p.String(), p.until) {
		p.then()
	}
	return n, err
}
