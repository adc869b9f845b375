package integration

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/wait"
	"k8s.io/client-go/util/retry"

	"github.com/eoepca/workspaces/pkg/apis/eoepca/v1alpha1"
	typed "github.com/eoepca/workspaces/pkg/generated/clientset/versioned/typed/eoepca/v1alpha1"
	"github.com/eoepca/workspaces/test/integration/env"
)

const (
	clients     = 20
	maxSessions = 3 // the server's default
)

// section is a list of a workspace that clients add to.
type section struct {
	name  string
	patch func(item string) object
	add   func(ws *v1alpha1.Workspace, item string)
	have  func(ws *v1alpha1.Workspace) []string
	item  func(ws *v1alpha1.Workspace, client int) string
}

var sections = []section{
	{
		name:  "bucket",
		patch: func(item string) object { return object{"storage": object{"buckets": []any{object{"name": item}}}} },
		add: func(ws *v1alpha1.Workspace, item string) {
			ws.Spec.Storage.Buckets = append(ws.Spec.Storage.Buckets, v1alpha1.Bucket{Name: item})
		},
		have: bucketNames,
		item: func(ws *v1alpha1.Workspace, client int) string {
			return fmt.Sprintf("%s-%s-%d", ws.Name, ws.Namespace, client)
		},
	},
	{
		name:  "member",
		patch: func(item string) object { return object{"members": []any{object{"name": item}}} },
		add: func(ws *v1alpha1.Workspace, item string) {
			ws.Spec.Members = append(ws.Spec.Members, v1alpha1.Member{Name: item})
		},
		have: memberNames,
		item: func(_ *v1alpha1.Workspace, client int) string { return fmt.Sprintf("member-%d", client) },
	},
	{
		name:  "session",
		patch: func(item string) object { return object{"sessions": []any{object{"name": item}}} },
		add: func(ws *v1alpha1.Workspace, item string) {
			ws.Spec.Sessions = append(ws.Spec.Sessions, v1alpha1.Session{Name: item})
		},
		have: sessionNames,
		item: func(_ *v1alpha1.Workspace, client int) string { return fmt.Sprintf("s%d", client) },
	},
}

// ways in which a client adds an item.
var ways = map[string]func(ctx context.Context, client typed.WorkspaceInterface, s section, name, item string) error{
	"patch": func(ctx context.Context, client typed.WorkspaceInterface, s section, name, item string) error {
		_, err := client.Patch(ctx, name, types.StrategicMergePatchType, mustJSON(object{"spec": s.patch(item)}), metav1.PatchOptions{})
		return err
	},
	"get, change and put": func(ctx context.Context, client typed.WorkspaceInterface, s section, name, item string) error {
		patient := wait.Backoff{Duration: 20 * time.Millisecond, Jitter: 4, Steps: 1000}
		return retry.RetryOnConflict(patient, func() error {
			ws, err := client.Get(ctx, name, metav1.GetOptions{})
			if err != nil {
				return err
			}
			s.add(ws, item)
			_, err = client.Update(ctx, ws, metav1.UpdateOptions{})
			return err
		})
	},
}

// Clients who add different items at once, half of them on each replica, lose none; and no more sessions are accepted than
// a workspace may have.
func TestConcurrentAdditionsLoseNothing(t *testing.T) {
	t.Parallel()
	for _, s := range sections {
		for way, add := range ways {
			t.Run(s.name+" by "+way, func(t *testing.T) {
				t.Parallel()
				addAtOnce(t, s, add)
			})
		}
	}
}

func addAtOnce(t *testing.T, s section, add func(context.Context, typed.WorkspaceInterface, section, string, string) error) {
	ns := e.Namespace(t)
	ws := create(t, e.Replicas[0].Workspaces(ns), env.Workspace(ns, "shared"))
	recorder := env.Record(t, e.Replicas[1].Workspaces(ns), ws.ResourceVersion)
	refusals := make([]error, clients)
	var all sync.WaitGroup
	for i := range clients {
		all.Go(func() {
			refusals[i] = add(t.Context(), e.Replicas[i%2].Workspaces(ns), s, ws.Name, s.item(ws, i))
		})
	}
	all.Wait()

	want := s.have(ws)
	for i, err := range refusals {
		switch {
		case err == nil:
			want = append(want, s.item(ws, i))
		case s.name != "session" || !apierrors.IsInvalid(err):
			t.Errorf("client %d is refused: %v", i, err)
		}
	}
	for i, replica := range e.Replicas {
		now := get(t, replica.Workspaces(ns), ws.Name)
		if lost := missing(s.have(now), want); len(lost) > 0 {
			t.Errorf("replica %d has lost %v", i, lost)
		}
		if extra := missing(want, s.have(now)); len(extra) > 0 {
			t.Errorf("replica %d has %v, which was refused", i, extra)
		}
	}
	if s.name != "session" {
		return
	}
	if len(want) != maxSessions {
		t.Errorf("%d sessions were accepted, want %d", len(want), maxSessions)
	}
	for _, event := range recorder.Events() {
		if have := sessionNames(event.Workspace); len(have) > maxSessions {
			t.Errorf("version %d has the sessions %v", event.Version, have)
		}
	}
}

// Of several creates of one name at once, one wins and the others are told so; the workspace is the winner's, both parts.
func TestOneOfManyCreatesWins(t *testing.T) {
	t.Parallel()
	const creators, rounds = 8, 5
	ns := e.Namespace(t)
	for round := range rounds {
		name := fmt.Sprintf("contested-%d", round)
		answers := make([]*v1alpha1.Workspace, creators)
		refusals := make([]error, creators)
		var all sync.WaitGroup
		for i := range creators {
			all.Go(func() {
				ws := env.Workspace(ns, name)
				ws.Spec.Owner = fmt.Sprintf("owner-%d", i)
				ws.Spec.Storage.Buckets = append(ws.Spec.Storage.Buckets, v1alpha1.Bucket{Name: fmt.Sprintf("%s-%s-%d", name, ns, i)})
				answers[i], refusals[i] = e.Replicas[i%2].Workspaces(ns).Create(t.Context(), ws, metav1.CreateOptions{})
			})
		}
		all.Wait()
		winner := -1
		for i, err := range refusals {
			switch {
			case err == nil && winner >= 0:
				t.Fatalf("%s: both %d and %d made it", name, winner, i)
			case err == nil:
				winner = i
			case !apierrors.IsAlreadyExists(err) && !apierrors.IsConflict(err):
				t.Errorf("%s: creator %d got %v, want 409", name, i, err)
			}
		}
		if winner < 0 {
			t.Fatalf("%s: nobody made it: %v", name, refusals)
		}
		for _, replica := range e.Replicas {
			ws := get(t, replica.Workspaces(ns), name)
			if ws.UID != answers[winner].UID || ws.Spec.Owner != fmt.Sprintf("owner-%d", winner) || len(missing(bucketNames(ws), bucketNames(answers[winner]))) > 0 {
				t.Errorf("%s: %d made it, but it is %+v", name, winner, ws.Spec)
			}
		}
	}
}
