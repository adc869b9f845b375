package integration

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/utils/ptr"

	"github.com/eoepca/workspaces/pkg/apis/eoepca/v1alpha1"
	"github.com/eoepca/workspaces/test/integration/env"
)

const (
	storyNames   = 6
	storyWriters = 4
	storySteps   = 60
	storyResumes = 12
)

// Under random writes to parts and workspaces, their deletion and recreation included, both replicas send the same events
// with increasing versions; what a write answered is what watchers see at its version; and a client that saw one replica's
// events up to any version gets the rest from the other.
func TestReplicasTellTheSameStory(t *testing.T) {
	t.Parallel()
	ns := e.Namespace(t)
	begin := list(t, e.Replicas[0].Workspaces(ns), "").ResourceVersion
	recorders := []*env.Recorder{
		env.Record(t, e.Replicas[0].Workspaces(ns), begin),
		env.Record(t, e.Replicas[1].Workspaces(ns), begin),
	}

	written := writeAtRandom(t, ns)
	last := create(t, e.Replicas[0].Workspaces(ns), env.Workspace(ns, "last"))
	end := env.Version(t, last.ResourceVersion)

	story := texts(recorders[0].AwaitVersion(t, end))
	if diff := cmp.Diff(story, texts(recorders[1].AwaitVersion(t, end))); diff != "" {
		t.Fatalf("the replicas tell different stories (-first +second):\n%s", diff)
	}
	t.Logf("%d events, %d answers", len(story), len(written))
	if len(story) < storySteps {
		t.Errorf("only %d events: the test writes too little", len(story))
	}
	neverBack(t, recorders[0].Events())
	compareAnswers(t, recorders[0].Events(), written, env.Version(t, begin))
	resumeElsewhere(t, ns, recorders[0].AwaitVersion(t, end), end)
}

func texts(events []env.Event) []string {
	var all []string
	for _, event := range events {
		all = append(all, event.String())
	}
	return all
}

// neverBack checks that no workspace's generation goes back, whatever becomes of its parts.
func neverBack(t *testing.T, events []env.Event) {
	t.Helper()
	generations := map[types.UID]env.Event{}
	for _, event := range events {
		before, known := generations[event.Workspace.UID]
		if known && event.Workspace.Generation < before.Workspace.Generation {
			t.Errorf("generation went back:\n%s\n%s", before, event)
		}
		generations[event.Workspace.UID] = event
	}
}

// compareAnswers checks that each answer is what watchers saw at its version.
func compareAnswers(t *testing.T, events []env.Event, written []*v1alpha1.Workspace, begin uint64) {
	t.Helper()
	type at struct {
		name    string
		version uint64
	}
	seen := map[at]*v1alpha1.Workspace{}
	for _, event := range events {
		seen[at{event.Name, event.Version}] = event.Workspace
	}
	for _, answer := range written {
		version := env.Version(t, answer.ResourceVersion)
		event := seen[at{answer.Name, version}]
		if event == nil {
			if version > begin {
				t.Errorf("a write of %s answered version %d, which no event has", answer.Name, version)
			}
			continue
		}
		if diff := cmp.Diff(answer, event, cmp.Transformer("common", common)); diff != "" {
			t.Errorf("a write of %s answered something else than its event (-answer +event):\n%s", answer.Name, diff)
		}
	}
}

// answered is what an answer and its event have in common. The generation counts Datalabs that vanished, and an answer may be
// given before the server has heard of one that others made and deleted in passing.
type answered struct {
	Meta     metav1.ObjectMeta
	Spec     v1alpha1.WorkspaceSpec
	Sessions []v1alpha1.SessionStatus
}

func common(ws v1alpha1.Workspace) answered {
	a := answered{ws.ObjectMeta, ws.Spec, ws.Status.Sessions}
	a.Meta.Generation = 0
	return a
}

// resumeElsewhere watches the second replica from versions that the first sent.
func resumeElsewhere(t *testing.T, ns string, events []env.Event, end uint64) {
	t.Helper()
	var resumed []*env.Recorder
	var rest [][]env.Event
	for range storyResumes {
		i := rand.IntN(len(events) - 1)
		version := fmt.Sprint(events[i].Version)
		resumed = append(resumed, env.Record(t, e.Replicas[1].Workspaces(ns), version))
		rest = append(rest, events[i+1:])
	}
	for i, r := range resumed {
		if diff := cmp.Diff(texts(rest[i]), texts(r.AwaitVersion(t, end))); diff != "" {
			t.Errorf("a watch resumed on the other replica tells another story (-first +second):\n%s", diff)
		}
	}
}

// writeAtRandom has several writers do anything to a few workspaces, and answers what the server answered to those who
// wrote workspaces.
func writeAtRandom(t *testing.T, ns string) []*v1alpha1.Workspace {
	t.Helper()
	var mu sync.Mutex
	var written []*v1alpha1.Workspace
	var writers sync.WaitGroup
	for id := range storyWriters {
		random := rand.New(rand.NewPCG(rand.Uint64(), uint64(id)))
		writers.Go(func() {
			for step := range storySteps {
				w := writer{ctx: t.Context(), ns: ns, name: fmt.Sprintf("w%d", random.IntN(storyNames)), tag: fmt.Sprintf("%d-%d", id, step), random: random}
				ws, err := w.writeAnything()
				switch {
				case err == nil && ws != nil:
					mu.Lock()
					written = append(written, ws)
					mu.Unlock()
				case !inTheWay(err):
					t.Errorf("writer %d: %v", id, err)
				}
			}
		})
	}
	writers.Wait()
	return written
}

// inTheWay says whether an error is one that writers must expect who get in each other's way.
func inTheWay(err error) bool {
	return err == nil || apierrors.IsNotFound(err) || apierrors.IsConflict(err) || apierrors.IsAlreadyExists(err) || apierrors.IsInvalid(err)
}

type writer struct {
	ctx           context.Context
	ns, name, tag string
	random        *rand.Rand
}

// writeAnything does one random write, and answers the workspace if the server was asked to write one.
func (w writer) writeAnything() (*v1alpha1.Workspace, error) {
	if w.random.IntN(2) == 0 {
		return w.writeWorkspace()
	}
	return nil, w.writePart()
}

func (w writer) writeWorkspace() (*v1alpha1.Workspace, error) {
	client := e.Replicas[w.random.IntN(len(e.Replicas))].Workspaces(w.ns)
	patch := func(content object) (*v1alpha1.Workspace, error) {
		return client.Patch(w.ctx, w.name, types.StrategicMergePatchType, mustJSON(content), metav1.PatchOptions{})
	}
	member, bucket := object{"name": "m-" + w.tag}, object{"name": w.name + "-" + w.ns + "-" + w.tag}
	switch w.random.IntN(9) {
	case 0:
		return nil, client.Delete(w.ctx, w.name, metav1.DeleteOptions{})
	case 1, 2, 3:
		return client.Create(w.ctx, env.Workspace(w.ns, w.name), metav1.CreateOptions{})
	case 4:
		return patch(object{"spec": object{"members": []any{member}}})
	case 5:
		return patch(object{"spec": object{"storage": object{"buckets": []any{bucket}}}})
	case 6:
		return patch(object{"metadata": object{"labels": object{"tag": w.tag}}, "spec": object{"sessions": []any{object{"name": "default", "state": "Stopped"}}}})
	default:
		return patch(object{"spec": object{"members": []any{member}, "storage": object{"buckets": []any{bucket}}}})
	}
}

func (w writer) writePart() error {
	storages, datalabs := e.Storages(w.ns), e.Datalabs(w.ns)
	var err error
	switch w.random.IntN(9) {
	case 0:
		err = storages.Delete(w.ctx, w.name, metav1.DeleteOptions{PropagationPolicy: ptr.To(metav1.DeletePropagationBackground)})
	case 1:
		err = datalabs.Delete(w.ctx, w.name, metav1.DeleteOptions{})
	case 2:
		_, err = storages.Create(w.ctx, storageOf(w.name, object{"principal": w.name, "buckets": buckets(w.name + "-" + w.ns + "-" + w.tag)}), metav1.CreateOptions{})
	case 3:
		_, err = datalabs.Create(w.ctx, datalabOf(w.name, object{"users": []any{"alice", "d-" + w.tag}}), metav1.CreateOptions{})
	case 4, 5:
		_, err = storages.Patch(w.ctx, w.name, types.MergePatchType, mustJSON(object{"spec": object{"buckets": buckets(w.name+"-"+w.ns+"-a", w.name+"-"+w.ns+"-"+w.tag)}}), metav1.PatchOptions{})
	case 6, 7:
		_, err = datalabs.Patch(w.ctx, w.name, types.MergePatchType, mustJSON(object{"spec": object{"users": []any{"alice", "d-" + w.tag}}}), metav1.PatchOptions{})
	default:
		_, err = datalabs.Patch(w.ctx, w.name, types.MergePatchType, mustJSON(object{"status": object{"sessions": object{"default": object{"state": "started", "phase": w.tag}}}}), metav1.PatchOptions{}, "status")
	}
	return err
}

// Deleting and making a workspace anew gives it another uid, and watchers see the one go before the other comes.
func TestRecreatedWorkspaceIsAnotherOne(t *testing.T) {
	t.Parallel()
	ns := e.Namespace(t)
	client := e.Replicas[0].Workspaces(ns)
	first := create(t, client, env.Workspace(ns, "one"))
	recorder := env.Record(t, e.Replicas[1].Workspaces(ns), first.ResourceVersion)
	if err := client.Delete(t.Context(), "one", metav1.DeleteOptions{}); err != nil {
		t.Fatal(err)
	}
	env.Eventually(t, "the workspace goes", func() error {
		_, err := client.Get(t.Context(), "one", metav1.GetOptions{})
		return gone(err)
	})
	second := create(t, client, env.Workspace(ns, "one"))
	if first.UID == second.UID {
		t.Errorf("both have the uid %s", first.UID)
	}
	var kinds []string
	for _, event := range recorder.AwaitVersion(t, env.Version(t, second.ResourceVersion)) {
		kinds = append(kinds, string(event.Type))
	}
	deleted, added := slices.Index(kinds, "DELETED"), slices.Index(kinds, "ADDED")
	if deleted < 0 || added < deleted {
		t.Errorf("events are %v, want DELETED before ADDED", kinds)
	}
}
