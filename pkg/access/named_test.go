package access

import (
	"context"
	"testing"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/watch"
	"k8s.io/apiserver/pkg/authorization/authorizer"
	"k8s.io/apiserver/pkg/storage"

	"github.com/eoepca/workspaces/pkg/apis/eoepca"
)

// one is a storage that has one workspace, which can be watched.
type one struct {
	storage.Interface

	ws      *eoepca.Workspace
	events  *watch.FakeWatcher
	watched storage.SelectionPredicate
}

func (s *one) Get(_ context.Context, _ string, _ storage.GetOptions, out runtime.Object) error {
	*out.(*eoepca.Workspace) = *s.ws
	return nil
}

func (s *one) Watch(_ context.Context, _ string, opts storage.ListOptions) (watch.Interface, error) {
	s.watched = opts.Predicate
	return s.events, nil
}

// byName is an authorizer that lets everybody get the one workspace by its name, as long as it is true.
func byName(may *bool) authorizer.Authorizer {
	return authorizer.AuthorizerFunc(func(_ context.Context, a authorizer.Attributes) (authorizer.Decision, string, error) {
		if *may && a.GetName() == "ws-a" {
			return authorizer.DecisionAllow, "", nil
		}
		return authorizer.DecisionNoOpinion, "", nil
	})
}

// watchOne has a caller watch the workspace ws-a of alice by its name.
func watchOne(t *testing.T, caller string, may *bool) (*one, watch.Interface) {
	t.Helper()
	s := &one{ws: workspace("ws-a", "alice"), events: watch.NewFakeWithChanSize(9, false)}
	w, err := NewFilter(s, "/workspaces", byName(may)).Watch(as(caller), "/workspaces/one/ws-a", storage.ListOptions{
		Predicate: storage.SelectionPredicate{GetAttrs: storage.DefaultNamespaceScopedAttr},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(w.Stop)
	return s, w
}

// A member may get his workspace by its name, through the Role that he has as a member. His watch must end what he sees with
// his membership, which is known before the Role is gone.
func TestAMemberWatchesByNameWhatHeIsAMemberOf(t *testing.T) {
	may := true
	s, _ := watchOne(t, "alice", &may)
	selector, ok := s.watched.Field.(visible)
	if !ok || !selector.to.sees(Readers(s.ws), "ws-a") || selector.to.sees(Readers(workspace("ws-a", "bob")), "ws-a") {
		t.Errorf("alice watches %#v", s.watched.Field)
	}
}

func TestAStrangerWatchesByNameAsLongAsHeMayGet(t *testing.T) {
	may := true
	s, w := watchOne(t, "auditor", &may)
	s.events.Modify(s.ws)
	if event := <-w.ResultChan(); event.Type != watch.Modified || event.Object != s.ws {
		t.Fatalf("he is told %v", event)
	}
	may = false
	s.events.Action(watch.Bookmark, &eoepca.Workspace{})
	s.events.Modify(s.ws)
	s.events.Modify(s.ws)
	if event := <-w.ResultChan(); event.Type != watch.Bookmark {
		t.Fatalf("he is told %v", event)
	}
	if event := <-w.ResultChan(); event.Type != watch.Error || !apierrors.IsResourceExpired(apierrors.FromObject(event.Object)) {
		t.Errorf("who may no longer get it is told %v", event)
	}
	if event, more := <-w.ResultChan(); more {
		t.Errorf("and then %v", event)
	}
}

func TestAWatchByNameEndsWhenNobodyReads(t *testing.T) {
	may := true
	s, w := watchOne(t, "auditor", &may)
	s.events.Modify(s.ws)
	s.events.Modify(s.ws)
	w.Stop()
	for range w.ResultChan() { // until it is closed
	}
	if !s.events.IsStopped() {
		t.Error("what it reads from goes on")
	}
}
