package util_test

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/watch"
	clienttesting "k8s.io/client-go/testing"
	"k8s.io/utils/clock"

	"github.com/eoepca/workspaces/pkg/apis/eoepca/v1alpha1"
	"github.com/eoepca/workspaces/pkg/generated/clientset/versioned/fake"
	"github.com/eoepca/workspaces/pkg/kubectl/util"
)

var (
	workspaces  = v1alpha1.Resource("workspaces")
	refused     = &url.Error{Op: "Get", URL: "https://127.0.0.1", Err: syscall.ECONNREFUSED}
	forbidden   = apierrors.NewForbidden(workspaces, "ws", nil)
	unavailable = apierrors.NewServiceUnavailable("starting")
	expired     = apierrors.NewResourceExpired("too old")
)

// a round is one read and one watch: what each of them meets.
type round struct {
	getErr, watchErr error
	// read is the owner that the read sees; watched those that the watch sends, "" for an error event, "gone" for a deletion.
	read    string
	watched []string
}

func owned(owner string) *v1alpha1.Workspace {
	return &v1alpha1.Workspace{ObjectMeta: metav1.ObjectMeta{Name: "ws", ResourceVersion: "7"}, Spec: v1alpha1.WorkspaceSpec{Owner: owner}}
}

func scripted(t *testing.T, rounds []round) *fake.Clientset {
	server, at := fake.NewClientset(), -1
	server.PrependReactor("get", "workspaces", func(clienttesting.Action) (bool, runtime.Object, error) {
		if at++; at >= len(rounds) {
			t.Fatalf("read once more after %d rounds", len(rounds))
		}
		if err := rounds[at].getErr; err != nil {
			return true, nil, err
		}
		return true, owned(rounds[at].read), nil
	})
	server.PrependWatchReactor("workspaces", func(action clienttesting.Action) (bool, watch.Interface, error) {
		restrictions := action.(clienttesting.WatchActionImpl).WatchRestrictions
		if restrictions.ResourceVersion != "7" || restrictions.Fields.String() != "metadata.name=ws" {
			t.Errorf("watched %+v, want this workspace from the version that was read", restrictions)
		}
		if err := rounds[at].watchErr; err != nil {
			return true, nil, err
		}
		watcher := watch.NewFakeWithChanSize(len(rounds[at].watched), false)
		for _, owner := range rounds[at].watched {
			switch owner {
			case "":
				watcher.Error(&metav1.Status{Code: http.StatusGone})
			case "gone":
				watcher.Delete(owned(owner))
			default:
				watcher.Modify(owned(owner))
			}
		}
		watcher.Stop()
		return true, watcher, nil
	})
	return server
}

func TestFollow(t *testing.T) {
	for _, test := range []struct {
		promise string
		rounds  []round
		seen    []string
		err     error
	}{
		{promise: "the present state may be enough", rounds: []round{{read: "done"}}, seen: []string{"done"}},
		{promise: "each change is seen, until it is enough", rounds: []round{{read: "a", watched: []string{"b", "done", "c"}}}, seen: []string{"a", "b", "done"}},
		{promise: "an ended watch is begun anew", rounds: []round{{read: "a", watched: []string{"b"}}, {read: "b", watched: []string{"done"}}},
			seen: []string{"a", "b", "b", "done"}},
		{promise: "an error event begins anew", rounds: []round{{read: "a", watched: []string{"", "c"}}, {read: "done"}}, seen: []string{"a", "done"}},
		{promise: "an expired version begins anew", rounds: []round{{read: "a", watchErr: expired}, {read: "done"}}, seen: []string{"a", "done"}},
		{promise: "a server that goes away is waited for", rounds: []round{{read: "a"}, {getErr: refused}, {getErr: unavailable}, {read: "done"}}, seen: []string{"a", "done"}},
		{promise: "a server that was never there is not", rounds: []round{{getErr: refused}}, err: refused},
		{promise: "a refusal is final", rounds: []round{{read: "a"}, {getErr: forbidden}}, seen: []string{"a"}, err: forbidden},
		{promise: "who may not watch is told", rounds: []round{{read: "a", watchErr: forbidden}}, seen: []string{"a"}, err: forbidden},
		{promise: "a deletion is the end", rounds: []round{{read: "a", watched: []string{"gone"}}}, seen: []string{"a"}, err: apierrors.NewNotFound(workspaces, "ws")},
	} {
		t.Run(test.promise, func(t *testing.T) {
			var seen []string
			client := scripted(t, test.rounds).EoepcaV1alpha1().Workspaces("workspace")
			err := util.Follow(t.Context(), instant{}, client, "ws", func(ws *v1alpha1.Workspace) (bool, error) {
				seen = append(seen, ws.Spec.Owner)
				return ws.Spec.Owner == "done", nil
			})
			if diff := cmp.Diff(test.seen, seen); diff != "" {
				t.Errorf("seen (-want +got):\n%s", diff)
			}
			if (err == nil) != (test.err == nil) || err != nil && err.Error() != test.err.Error() {
				t.Errorf("ended with %v, want %v", err, test.err)
			}
		})
	}
}

func TestFollowEndsWithTheCauseOfItsContext(t *testing.T) {
	ctx, cancel := context.WithCancelCause(t.Context())
	cause := errors.New("enough")
	client := scripted(t, []round{{read: "a"}}).EoepcaV1alpha1().Workspaces("workspace")
	err := util.Follow(ctx, instant{}, client, "ws", func(*v1alpha1.Workspace) (bool, error) {
		cancel(cause)
		return false, nil
	})
	if !errors.Is(err, cause) {
		t.Errorf("ended with %v, want the cause", err)
	}
}

// instant is a clock whose waits are over at once.
type instant struct{ clock.RealClock }

func (instant) After(time.Duration) <-chan time.Time {
	over := make(chan time.Time)
	close(over)
	return over
}
