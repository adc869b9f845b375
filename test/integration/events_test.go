package integration

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	eventsv1 "k8s.io/api/events/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/eoepca/workspaces/pkg/apis/eoepca/v1alpha1"
	"github.com/eoepca/workspaces/test/integration/env"
)

// told is how often each event has been told of a workspace, as "Type Reason".
func told(t testing.TB, ws *v1alpha1.Workspace) map[string]int {
	t.Helper()
	counts := map[string]int{}
	for _, event := range eventsOf(t, ws.Namespace) {
		if event.Regarding.Name == ws.Name && (ws.UID == "" || event.Regarding.UID == ws.UID) {
			counts[event.Type+" "+event.Reason] += int(max(1, event.DeprecatedCount))
		}
	}
	return counts
}

func eventsOf(t testing.TB, namespace string) []eventsv1.Event {
	t.Helper()
	all, err := e.Admin.EventsV1().Events(namespace).List(t.Context(), metav1.ListOptions{})
	if err != nil {
		t.Fatal(err)
	}
	for _, event := range all.Items {
		if event.Regarding.Kind != "Workspace" || event.Regarding.APIVersion != "eoepca.org/v1alpha1" {
			t.Errorf("an event is about %+v", event.Regarding)
		}
	}
	return all.Items
}

// allTold returns when everything has been told that the replicas have to tell: what each tells last is told after all else.
func allTold(t testing.TB, namespace string) {
	t.Helper()
	for i, replica := range e.Replicas {
		last := create(t, replica.Workspaces(namespace), env.Workspace(namespace, fmt.Sprint("last-", i)))
		env.Eventually(t, "the last event is told", func() error {
			if told(t, last)["Normal Created"] == 0 {
				return fmt.Errorf("it is not")
			}
			return nil
		})
	}
}

// What the server did to a workspace is told once, by the replica that did it; what was just asked for is not.
func TestEventsTellWhatTheServerDid(t *testing.T) {
	t.Parallel()
	const held = "example.org/hold"
	for name, test := range map[string]struct {
		does func(t *testing.T, ns string)
		want map[string]int
	}{
		"made": {
			func(t *testing.T, ns string) {
				create(t, e.Replicas[0].Workspaces(ns), env.Workspace(ns, "pair"))
			},
			map[string]int{"Normal Created": 1},
		},
		"found, read, changed, and asked in dry runs": {
			func(t *testing.T, ns string) {
				client := e.Replicas[0].Workspaces(ns)
				makePair(t, ns)
				get(t, client, "pair")
				if _, err := patch(t, client, "pair", object{"spec": object{"members": []any{object{"name": "carol"}}}}); err != nil {
					t.Error(err)
				}
				dry := []string{metav1.DryRunAll}
				if _, err := client.Create(t.Context(), env.Workspace(ns, "dry"), metav1.CreateOptions{DryRun: dry}); err != nil {
					t.Error(err)
				}
				if err := client.Delete(t.Context(), "pair", metav1.DeleteOptions{DryRun: dry}); err != nil {
					t.Error(err)
				}
			},
			map[string]int{},
		},
		"adopted and deleted": {
			func(t *testing.T, ns string) {
				makePair(t, ns)
				deletePair(t, ns)
			},
			map[string]int{"Normal Adopted": 1, "Normal Deleting": 1},
		},
		"held and let go": {
			func(t *testing.T, ns string) {
				client := e.Replicas[0].Workspaces(ns)
				ws := env.Workspace(ns, "pair")
				ws.Finalizers = []string{held}
				create(t, client, ws)
				patchPart(t, e.Datalabs(ns), "pair", hold(finalizer))
				if err := client.Delete(t.Context(), "pair", metav1.DeleteOptions{}); err != nil {
					t.Error(err)
				}
				if _, err := mergePatch(t, client, "pair", hold()); err != nil {
					t.Error(err)
				}
				env.Eventually(t, "the Datalab is deleted", func() error {
					if getPart(t, e.Datalabs(ns), "pair").GetDeletionTimestamp() == nil {
						return fmt.Errorf("it is not")
					}
					return nil
				})
				patchPart(t, e.Datalabs(ns), "pair", hold())
				env.Eventually(t, "the workspace is gone", func() error {
					_, err := client.Get(t.Context(), "pair", metav1.GetOptions{})
					return gone(err)
				})
			},
			map[string]int{"Normal Created": 1, "Normal DeletionHeld": 1, "Normal Deleting": 1},
		},
		"lost its Datalab and got another": {
			func(t *testing.T, ns string) {
				client := e.Replicas[1].Workspaces(ns)
				create(t, client, env.Workspace(ns, "pair"))
				if err := e.Datalabs(ns).Delete(t.Context(), "pair", metav1.DeleteOptions{}); err != nil {
					t.Fatal(err)
				}
				env.Eventually(t, "the workspace has no Datalab", func() error {
					if get(t, client, "pair").Spec.Owner != "" {
						return fmt.Errorf("it has")
					}
					return nil
				})
				if _, err := mergePatch(t, client, "pair", object{"spec": object{"owner": "alice"}}); err != nil {
					t.Error(err)
				}
			},
			map[string]int{"Normal Created": 1, "Warning DatalabMissing": 1, "Normal DatalabCreated": 1},
		},
		"left half written by a server that died": {
			func(t *testing.T, ns string) {
				ws := numbered(ns, "pair", 1)
				ws.Spec.Storage.Principal = "pair"
				crashed(t, nil, ws)
				env.EventuallyWithin(t, rolledForward, "there is a Datalab", func() error {
					_, err := e.Datalabs(ns).Get(t.Context(), "pair", metav1.GetOptions{})
					return err
				})
			},
			map[string]int{"Normal RolledForward": 1},
		},
		"refused by its Datalab after the Storage was written": {
			func(t *testing.T, ns string) {
				before := create(t, e.Replicas[0].Workspaces(ns), env.Workspace(ns, "pair"))
				refuse(t, ns, false)
				_, err := patch(t, e.Replicas[0].Workspaces(ns), "pair", object{
					"metadata": object{"labels": object{"a": "b"}},
					"spec":     object{"members": []any{object{"name": "mallory"}}},
				})
				checkReason(t, "update", err)
				if now := get(t, e.Replicas[1].Workspaces(ns), "pair"); len(now.Labels) > 0 || now.UID != before.UID {
					t.Errorf("it is now %+v", now.ObjectMeta)
				}
			},
			map[string]int{"Normal Created": 1, "Warning Undone": 1},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ns := e.Namespace(t)
			test.does(t, ns)
			allTold(t, ns)
			if diff := cmp.Diff(test.want, told(t, &v1alpha1.Workspace{ObjectMeta: metav1.ObjectMeta{Namespace: ns, Name: "pair"}})); diff != "" {
				t.Errorf("(-want +told):\n%s", diff)
			}
			for _, event := range eventsOf(t, ns) {
				for _, secret := range []string{"mallory", reason, "last-0-" + ns} {
					if strings.Contains(event.Note, secret) {
						t.Errorf("a note tells too much: %s", event.Note)
					}
				}
			}
		})
	}
}

func makePair(t *testing.T, ns string) {
	t.Helper()
	lab := datalabOf("pair", object{"users": []any{"bob"}})
	lab.SetFinalizers([]string{finalizer})
	createPart(t, e.Datalabs(ns), lab)
	createPart(t, e.Storages(ns), storageOf("pair", object{"principal": "pair", "buckets": buckets("pair-" + ns)}))
}

// deletePair deletes the pair, to which both replicas' clients and the collector all contribute, and sees it go.
func deletePair(t *testing.T, ns string) {
	t.Helper()
	for i, replica := range e.Replicas {
		if err := replica.Workspaces(ns).Delete(t.Context(), "pair", metav1.DeleteOptions{}); err != nil {
			t.Errorf("replica %d: %v", i, err)
		}
	}
	patchPart(t, e.Datalabs(ns), "pair", hold())
	env.Eventually(t, "the pair is gone", func() error {
		_, err := e.Replicas[1].Workspaces(ns).Get(t.Context(), "pair", metav1.GetOptions{})
		return gone(err)
	})
}

// Events of the same kind are counted, and are not written anew: whoever deletes a Datalab again and again makes no storm.
func TestEventsAreCounted(t *testing.T) {
	t.Parallel()
	ns := e.Namespace(t)
	client := e.Replicas[0].Workspaces(ns)
	ws := create(t, client, env.Workspace(ns, "pair"))
	const rounds = 8
	for range rounds {
		if _, err := mergePatch(t, client, "pair", object{"spec": object{"owner": "alice"}}); err != nil {
			t.Fatal(err)
		}
		if err := e.Datalabs(ns).Delete(t.Context(), "pair", metav1.DeleteOptions{}); err != nil {
			t.Fatal(err)
		}
		env.Eventually(t, "the workspace has no Datalab", func() error {
			if get(t, client, "pair").Spec.Owner != "" {
				return fmt.Errorf("it has")
			}
			return nil
		})
	}
	allTold(t, ns)
	if counts := told(t, ws); counts["Warning DatalabMissing"] != rounds {
		t.Errorf("told %v", slices.Sorted(maps.Keys(counts)))
	}
	written := 0
	for _, event := range eventsOf(t, ns) {
		if event.Reason == "DatalabMissing" {
			written++
		}
	}
	// Each server counts in an event of its own. Beside this test another starts a third replica, and restarts it.
	if servers := len(e.Replicas) + 2; written > servers {
		t.Errorf("%d events were written for %d losses", written, rounds)
	}
}
