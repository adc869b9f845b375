// Package crash holds what is promised when a server is killed in the middle of a write: a real process, at a request of its
// own that is named. What it left behind is forged, and looked at more closely, in the package above.
package crash

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/types"
	genericapiserver "k8s.io/apiserver/pkg/server"

	"github.com/eoepca/workspaces/pkg/apis/eoepca/v1alpha1"
	"github.com/eoepca/workspaces/pkg/apiserver"
	"github.com/eoepca/workspaces/pkg/compose"
	"github.com/eoepca/workspaces/test/integration/env"
)

// e has one replica, which survives.
var e *env.Env

// asServer in the environment makes the test's program the server: one that is built already.
const asServer = "WORKSPACES_TEST_AS_SERVER"

func TestMain(m *testing.M) {
	if os.Getenv(asServer) != "" {
		os.Exit(apiserver.Execute(genericapiserver.SetupSignalContext()))
	}
	os.Exit(env.Main(m, env.Options{Replicas: 1}, &e))
}

type object = map[string]any

// at matches a request that writes to the parts of a namespace, and is no dry run.
func at(method, resource, namespace string) func(*http.Request) bool {
	return func(r *http.Request) bool {
		return r.Method == method && strings.Contains(r.URL.Path, "/namespaces/"+namespace+"/"+resource) && !isDryRun(r)
	}
}

// isDryRun says whether a request is one, which deletions tell in their body.
func isDryRun(r *http.Request) bool {
	if r.Method != http.MethodDelete {
		return r.URL.Query().Has("dryRun")
	}
	body, _ := io.ReadAll(r.Body)
	r.Body = io.NopCloser(bytes.NewReader(body))
	return bytes.Contains(body, []byte(`"dryRun"`))
}

// workspace has something in both parts.
func workspace(namespace string) *v1alpha1.Workspace {
	ws := env.Workspace(namespace, "victim")
	ws.Labels = map[string]string{"half": "one"}
	ws.Spec.Members = []v1alpha1.Member{{Name: "other"}}
	return ws
}

// Whoever reads what a killed server has begun reads it whole at once; soon the parts are whole, too; and the one who
// finished it tells so, once.
func TestServerIsKilledBetweenItsTwoWrites(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		exists bool // the workspace is there before, and is changed
		dies   func(ns string) moment
		told   map[string]int
	}{
		"of a creation": {
			dies: func(ns string) moment { return moment{request: at("POST", "datalabs", ns)} },
			told: map[string]int{"RolledForward": 1},
		},
		"of a change": {
			exists: true,
			dies:   func(ns string) moment { return moment{request: at("PATCH", "datalabs", ns)} },
			told:   map[string]int{"Created": 1, "RolledForward": 1},
		},
		"of a creation, the second of which arrives": {
			dies: func(ns string) moment { return moment{request: at("POST", "datalabs", ns), done: true} },
			told: map[string]int{},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ns := e.Namespace(t)
			survivor := e.Replicas[0].Workspaces(ns)
			v := startVictim(t)
			if test.exists {
				if _, err := survivor.Create(t.Context(), env.Workspace(ns, "victim"), metav1.CreateOptions{}); err != nil {
					t.Fatal(err)
				}
			}
			v.diesAt(test.dies(ns))
			var err error
			if test.exists {
				text, _ := json.Marshal(object{"metadata": object{"labels": object{"half": "one"}}, "spec": object{"members": []any{object{"name": "other"}}}})
				_, err = v.workspaces(ns).Patch(t.Context(), "victim", types.MergePatchType, text, metav1.PatchOptions{})
			} else {
				_, err = v.workspaces(ns).Create(t.Context(), workspace(ns), metav1.CreateOptions{})
			}
			if err == nil {
				t.Fatal("the killed server has answered")
			}
			v.awaitEnd(t)

			whole(t, ns)
			env.Eventually(t, "the Datalab is written", func() error {
				lab, err := e.Datalabs(ns).Get(t.Context(), "victim", metav1.GetOptions{})
				if err != nil {
					return err
				}
				users, _, _ := unstructured.NestedStringSlice(lab.Object, "spec", "users")
				if !cmp.Equal(users, []string{"alice", "other"}) || lab.GetAnnotations()[compose.IntentIDAnnotation] == "" {
					return fmt.Errorf("its users are %v", users)
				}
				return nil
			})
			whole(t, ns)
			told(t, ns, test.told)
		})
	}
}

// whole checks that the survivor answers both halves of the write, or none.
func whole(t *testing.T, ns string) {
	t.Helper()
	ws, err := e.Replicas[0].Workspaces(ns).Get(t.Context(), "victim", metav1.GetOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if ws.Labels["half"] != "one" || len(ws.Spec.Members) != 1 || ws.Spec.Members[0].Name != "other" {
		t.Errorf("the survivor answers labels %v and members %v", ws.Labels, ws.Spec.Members)
	}
}

// told checks what the survivor tells of the workspace; it tells last of another one.
func told(t *testing.T, ns string, want map[string]int) {
	t.Helper()
	if _, err := e.Replicas[0].Workspaces(ns).Create(t.Context(), env.Workspace(ns, "last"), metav1.CreateOptions{}); err != nil {
		t.Fatal(err)
	}
	env.Eventually(t, "the last event is told", func() error {
		if len(reasons(t, ns, "last")) == 0 {
			return fmt.Errorf("it is not")
		}
		return nil
	})
	if diff := cmp.Diff(want, reasons(t, ns, "victim")); diff != "" {
		t.Errorf("(-want +told):\n%s", diff)
	}
}

func reasons(t *testing.T, ns, name string) map[string]int {
	t.Helper()
	all, err := e.Admin.EventsV1().Events(ns).List(t.Context(), metav1.ListOptions{})
	if err != nil {
		t.Fatal(err)
	}
	counts := map[string]int{}
	for _, event := range all.Items {
		if event.Regarding.Name == name {
			counts[event.Reason] += int(max(1, event.DeprecatedCount))
		}
	}
	return counts
}

// A server that is killed after it has adopted a Datalab, and before it deletes the Storage, has deleted nothing. The next one
// who is asked does.
func TestServerIsKilledBeforeItDeletes(t *testing.T) {
	t.Parallel()
	ns := e.Namespace(t)
	v := startVictim(t)
	for kind, spec := range map[string]object{
		"Datalab": {"users": []any{"alice"}}, "Storage": {"principal": "victim", "buckets": []any{}},
	} {
		parts, version := e.Datalabs(ns), "pkg.internal/v1beta2"
		if kind == "Storage" {
			parts, version = e.Storages(ns), "pkg.internal/v1beta1"
		}
		part := &unstructured.Unstructured{Object: object{"apiVersion": version, "kind": kind, "metadata": object{"name": "victim"}, "spec": spec}}
		if _, err := parts.Create(t.Context(), part, metav1.CreateOptions{}); err != nil {
			t.Fatal(err)
		}
	}
	v.diesAt(moment{request: at("DELETE", "storages", ns)})
	if err := v.workspaces(ns).Delete(t.Context(), "victim", metav1.DeleteOptions{}); err == nil {
		t.Fatal("the killed server has answered")
	}
	v.awaitEnd(t)
	survivor := e.Replicas[0].Workspaces(ns)
	ws, err := survivor.Get(t.Context(), "victim", metav1.GetOptions{})
	if err != nil || ws.DeletionTimestamp != nil || ws.Spec.Owner != "alice" {
		t.Fatalf("after the crash it is %v (%v)", ws, err)
	}
	if err := survivor.Delete(t.Context(), "victim", metav1.DeleteOptions{}); err != nil {
		t.Fatal(err)
	}
	env.Eventually(t, "both parts are gone", func() error {
		storages, err := e.Storages(ns).List(t.Context(), metav1.ListOptions{})
		if err != nil {
			return err
		}
		labs, err := e.Datalabs(ns).List(t.Context(), metav1.ListOptions{})
		if err == nil && len(storages.Items)+len(labs.Items) > 0 {
			err = fmt.Errorf("there are %d Storages and %d Datalabs", len(storages.Items), len(labs.Items))
		}
		return err
	})
}
