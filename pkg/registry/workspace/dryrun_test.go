package workspace

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apiserver/pkg/registry/rest"
	"k8s.io/apiserver/pkg/storage"
)

// Each subresource that can be written honours a dry run, or refuses it with 422; none ignores it.
func TestADryRunOfASubresourceWritesNothing(t *testing.T) {
	issuer, asked, _ := issuing(t, goodToken)
	f := newFixtureWith(t, issuer, secret("ws-alice-oauth-client", map[string]string{"clientID": "id", "clientSecret": "s"}))
	f.create(named("ws-alice"))
	before := f.get("ws-alice")
	all := []string{metav1.DryRunAll}
	for path, resource := range f.storage {
		if !strings.Contains(path, "/") {
			continue
		}
		var err error
		if r, ok := resource.(rest.NamedCreater); ok {
			body, known := bodies[path]
			if !known {
				body = resource.New()
			}
			_, err = r.Create(as("alice"), "ws-alice", body.DeepCopyObject(), rest.ValidateAllObjectFunc, &metav1.CreateOptions{DryRun: all})
		}
		if r, ok := resource.(rest.Updater); ok {
			change := changed(changeEverything)
			_, _, err = r.Update(as("alice"), "ws-alice", change, rest.ValidateAllObjectFunc, rest.ValidateAllObjectUpdateFunc, false, &metav1.UpdateOptions{DryRun: all})
		}
		if r, ok := resource.(rest.GracefulDeleter); ok {
			_, _, err = r.Delete(as("alice"), "ws-alice", rest.ValidateAllObjectFunc, &metav1.DeleteOptions{DryRun: all})
		}
		if err != nil && !apierrors.IsInvalid(err) {
			t.Errorf("%s: a dry run is answered with %v", path, err)
		}
		if diff := cmp.Diff(before, f.get("ws-alice")); diff != "" {
			t.Fatalf("%s: a dry run has written (-before +after):\n%s", path, diff)
		}
	}
	if asked.Load() > 0 {
		t.Error("a dry run has had a token issued")
	}
}

// A dry run of a creation tells of a workspace that is being deleted what the creation itself would tell.
func TestADryRunOfACreationTellsOfADeletion(t *testing.T) {
	f := newFixture(t)
	f.backend.terminates = true
	f.create(named("ws-alice"))
	workspaces := f.storage["workspaces"].(*REST)
	if _, _, err := workspaces.Delete(as("alice"), "ws-alice", rest.ValidateAllObjectFunc, &metav1.DeleteOptions{}); err != nil {
		t.Fatal(err)
	}
	f.backend.refuses = storage.NewKeyExistsError("ws-alice", 0)
	var said []string
	for _, options := range []*metav1.CreateOptions{{}, {DryRun: []string{metav1.DryRunAll}}} {
		_, err := workspaces.Create(as("alice"), named("ws-alice"), rest.ValidateAllObjectFunc, options)
		if !apierrors.IsAlreadyExists(err) {
			t.Fatalf("got %v, want that it exists", err)
		}
		said = append(said, err.Error())
	}
	if diff := cmp.Diff(said[0], said[1]); diff != "" {
		t.Errorf("the dry run tells something else (-creation +dry run):\n%s", diff)
	}
}
