package workspace

import (
	"context"
	"fmt"
	"reflect"
	"strings"
	"testing"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/apis/meta/internalversion"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apiserver/pkg/registry/rest"
	"k8s.io/apiserver/pkg/storage"

	"github.com/eoepca/workspaces/pkg/access"
	"github.com/eoepca/workspaces/pkg/apis/eoepca"
)

// bodies are what subresources are created with; those that are not here take an empty one.
var bodies = map[string]runtime.Object{
	"workspaces/launch": &eoepca.WorkspaceLaunch{Spec: eoepca.WorkspaceLaunchSpec{Session: "default"}},
}

// request asks for one workspace.
type request func(ctx context.Context, name string) (any, error)

// requests are all that can be asked of a resource for one workspace. It knows every interface that k8s.io/apiserver serves.
func requests(path string, resource rest.Storage) map[string]request {
	all := map[string]request{}
	if r, ok := resource.(rest.Getter); ok {
		all["get"] = func(ctx context.Context, name string) (any, error) { return r.Get(ctx, name, &metav1.GetOptions{}) }
	}
	if r, ok := resource.(rest.GetterWithOptions); ok {
		all["get with options"] = func(ctx context.Context, name string) (any, error) {
			options, _, _ := r.NewGetOptions()
			return r.Get(ctx, name, options)
		}
	}
	if r, ok := resource.(rest.Updater); ok {
		for what, options := range map[string]metav1.UpdateOptions{"": {}, ", dry run": {DryRun: []string{metav1.DryRunAll}}} {
			all["update"+what] = func(ctx context.Context, name string) (any, error) {
				ws := named(name)
				ws.ResourceVersion, ws.UID = "77", "of-another"
				obj, _, err := r.Update(ctx, name, rest.DefaultUpdatedObjectInfo(ws), nil, nil, false, &options)
				return obj, err
			}
			all["patch"+what] = func(ctx context.Context, name string) (any, error) {
				label := func(ws *eoepca.Workspace) { ws.Labels = map[string]string{"a": "b"} }
				obj, _, err := r.Update(ctx, name, changed(label), nil, nil, false, &options)
				return obj, err
			}
		}
	}
	if r, ok := resource.(rest.NamedCreater); ok {
		all["create"] = func(ctx context.Context, name string) (any, error) {
			body, ok := bodies[path]
			if !ok {
				body = resource.New()
			}
			return r.Create(ctx, name, body.DeepCopyObject(), nil, &metav1.CreateOptions{})
		}
	}
	if r, ok := resource.(rest.GracefulDeleter); ok {
		for what, options := range map[string]metav1.DeleteOptions{
			"":                  {},
			", dry run":         {DryRun: []string{metav1.DryRunAll}},
			", of another":      {Preconditions: metav1.NewUIDPreconditions("of-another")},
			", with dependents": {PropagationPolicy: new(metav1.DeletePropagationForeground)},
		} {
			all["delete"+what] = func(ctx context.Context, name string) (any, error) {
				obj, _, err := r.Delete(ctx, name, rest.ValidateAllObjectFunc, &options)
				return obj, err
			}
		}
	}
	if r, ok := resource.(rest.Connecter); ok {
		all["connect"] = func(ctx context.Context, name string) (any, error) {
			options, _, _ := r.NewConnectOptions()
			return r.Connect(ctx, name, options, nil)
		}
	}
	return all
}

// A hidden workspace is answered as a name that does not exist, in every verb of every resource, and nothing happens to it. If
// this fails for a new subresource, that does not read the workspace through the REST that it was handed; or its
// create needs a body above.
func TestHiddenWorkspacesDoNotExist(t *testing.T) {
	const hidden, missing = "ws-alice", "ws-never"
	for path, resource := range newFixture(t).storage {
		asked := requests(path, resource)
		if len(asked) == 0 {
			t.Errorf("%s: it can be asked in no way that this test knows", path)
		}
		for verb := range asked {
			t.Run(path+" "+verb, func(t *testing.T) {
				f := newFixture(t)
				f.create(named(hidden))
				before := f.get(hidden)
				ask := requests(path, f.storage[path])[verb]
				_, none := ask(as("mallory"), missing)
				answer, err := ask(as("mallory"), hidden)
				if err == nil {
					t.Fatalf("a stranger is answered %v", answer)
				}
				if got, want := told(err), strings.ReplaceAll(told(none), missing, hidden); got != want || !apierrors.IsNotFound(err) {
					t.Errorf("a stranger is told %s; if it did not exist: %s", got, want)
				}
				if after := f.get(hidden); !reflect.DeepEqual(before, after) {
					t.Errorf("it is now %v", after)
				}
				if _, mine := ask(as("alice"), hidden); mine != nil && told(mine) == told(err) {
					t.Errorf("the owner is told the same: %v", mine)
				}
			})
		}
	}
}

// told is everything that an error says.
func told(err error) string {
	status := apierrors.APIStatus(nil)
	if reason, ok := err.(apierrors.APIStatus); ok {
		status = reason
		return fmt.Sprintf("%+v %+v", status.Status(), status.Status().Details)
	}
	return fmt.Sprint(err)
}

func TestCollectionsHoldWhatTheCallerMaySee(t *testing.T) {
	for caller, want := range map[string]int{"alice": 1, "mallory": 0, "operator": 2} {
		f := newFixture(t)
		f.create(named("ws-alice"))
		bobs := named("ws-bob")
		bobs.Spec.Owner = "bob"
		f.create(bobs)
		list, err := f.workspaces().List(as(caller), &internalversion.ListOptions{})
		if err != nil || meta.LenList(list) != want {
			t.Errorf("%s lists %v, %v: want %d", caller, list, err, want)
		}
		if _, err := f.workspaces().Watch(as(caller), &internalversion.ListOptions{}); err != nil {
			t.Fatal(err)
		}
		if sees, err := f.backend.watched.Matches(bobs); err != nil || sees != (want == 2) {
			t.Errorf("%s watches a workspace of bob: %v, %v", caller, sees, err)
		}
		deleted, err := f.workspaces().DeleteCollection(as(caller), rest.ValidateAllObjectFunc, &metav1.DeleteOptions{}, &internalversion.ListOptions{})
		if err != nil || meta.LenList(deleted) != want || len(f.backend.workspaces) != 2-want {
			t.Errorf("%s deletes %v, %v: want %d", caller, deleted, err, want)
		}
	}
}

func TestTheNameOfAHiddenWorkspaceIsTakenAndNothingMoreIsTold(t *testing.T) {
	f := newFixture(t)
	f.create(named("ws-alice"))
	f.backend.terminates = true
	if _, _, err := f.workspaces().Delete(as("alice"), "ws-alice", rest.ValidateAllObjectFunc, &metav1.DeleteOptions{}); err != nil {
		t.Fatal(err)
	}
	for caller, want := range map[string]string{
		"alice":   `object is being deleted: workspaces.eoepca.org "ws-alice" already exists`,
		"mallory": `workspaces.eoepca.org "ws-alice" already exists`,
	} {
		_, err := f.workspaces().Create(as(caller), named("ws-alice"), rest.ValidateAllObjectFunc, &metav1.CreateOptions{})
		if !apierrors.IsAlreadyExists(err) || err.Error() != want {
			t.Errorf("%s is told %v, want %s", caller, err, want)
		}
	}
}

// Nothing that is served holds a storage that is not filtered.
func TestThereIsNoWayAroundTheFilter(t *testing.T) {
	seen := map[any]bool{}
	found := 0
	var walk func(path string, v reflect.Value)
	walk = func(path string, v reflect.Value) {
		switch v.Kind() {
		case reflect.Interface:
			if v.Type() == reflect.TypeFor[storage.Interface]() && !v.IsNil() {
				found++
				if kind := v.Elem().Type(); kind != reflect.TypeFor[*access.Filter]() {
					t.Errorf("%s is a %v", path, kind)
				}
				return
			}
			walk(path, v.Elem())
		case reflect.Pointer:
			if v.IsNil() || seen[v.Pointer()] || v.Type() == reflect.TypeFor[*memory]() {
				return
			}
			seen[v.Pointer()] = true
			walk(path, v.Elem())
		case reflect.Struct:
			for i := range v.NumField() {
				walk(path+"."+v.Type().Field(i).Name, v.Field(i))
			}
		}
	}
	for path, resource := range newFixture(t).storage {
		walk(path, reflect.ValueOf(resource))
	}
	if found == 0 {
		t.Error("no storage was found: the test looks in the wrong place")
	}
}
