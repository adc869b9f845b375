package access

import (
	"context"
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/watch"

	"github.com/eoepca/workspaces/pkg/apis/eoepca/v1alpha1"
	"github.com/eoepca/workspaces/test/integration/env"
)

// Lists of any form hold what is the caller's, by name or by group, and say nothing of the rest.
func TestListsHoldWhatIsMineAndNothingOfTheRest(t *testing.T) {
	t.Parallel()
	ns := e.Namespace(t)
	for i, owner := range []string{"zoe", "ann", "zoe", "ann", "zoe", "bob", "zoe"} {
		created(t, workspace(ns, string(rune('a'+i)), owner))
	}
	mine := []string{"b", "d", "f"}
	for who, test := range map[string]struct {
		user   string
		groups []string
		want   []string
	}{
		"an owner":         {"ann", nil, []string{"b", "d"}},
		"with a group too": {"ann", []string{"f-" + ns + ":ws_api"}, mine},
		"groups alone":     {"token", []string{"b-" + ns + ":ws_admin", "d-" + ns + ":ws_access", "f-" + ns + ":ws_api"}, mine},
		"a stranger":       {"mallory", []string{"b:ws_admin", "system:nodes"}, nil},
		"the operator":     {env.Operator, nil, []string{"a", "b", "c", "d", "e", "f", "g"}},
	} {
		client := in(through(t, test.user, test.groups...), ns)
		for _, options := range []metav1.ListOptions{{}, {ResourceVersion: "0"}, {Limit: 100}, {FieldSelector: "spec.environment=datalab"}} {
			env.Eventually(t, "the cache", func() error { _, err := client.List(t.Context(), options); return err })
			list, err := client.List(t.Context(), options)
			if err != nil || !slices.Equal(names(ns, list), test.want) {
				t.Errorf("%s lists %v with %+v, %v: want %v", who, names(ns, list), options, err, test.want)
			}
		}
		var paged []string
		for options := (metav1.ListOptions{Limit: 1}); ; {
			page, err := client.List(t.Context(), options)
			if err != nil {
				t.Fatal(err)
			}
			paged = append(paged, names(ns, page)...)
			if test.user != env.Operator && page.RemainingItemCount != nil {
				t.Errorf("%s is told that %d remain", who, *page.RemainingItemCount)
			}
			if options.Continue = page.Continue; options.Continue == "" {
				break
			}
			if len(paged) == len(test.want) {
				t.Errorf("%s is told that there is more, and there is not for him", who)
			}
		}
		if !slices.Equal(paged, test.want) {
			t.Errorf("%s pages %v, want %v", who, paged, test.want)
		}
		selected, err := client.List(t.Context(), metav1.ListOptions{FieldSelector: "spec.owner=zoe"})
		if err != nil || (test.user != env.Operator && len(selected.Items) > 0) {
			t.Errorf("%s selects %v of zoe's, %v", who, names(ns, selected), err)
		}
	}
	rest := through(t, "ann").EoepcaV1alpha1().RESTClient()
	for _, accept := range []string{"application/json;as=Table;v=v1;g=meta.k8s.io", "application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io"} {
		text, err := rest.Get().Namespace(ns).Resource("workspaces").SetHeader("Accept", accept).Do(t.Context()).Raw()
		var answer struct{ Rows, Items []json.RawMessage }
		if err := json.Unmarshal(text, &answer); err != nil {
			t.Fatal(err)
		}
		if err != nil || len(answer.Rows)+len(answer.Items) != 2 || strings.Contains(string(text), `"a-`+ns) {
			t.Errorf("as %s ann is answered %s, %v", accept, text, err)
		}
	}
	if _, err := in(through(t, "ann"), ns).List(t.Context(), metav1.ListOptions{FieldSelector: "readers=x"}); !apierrors.IsBadRequest(err) {
		t.Errorf("one can select by readers: %v", err)
	}
}

// What is granted appears, and what is taken away disappears, at the version of the change, on every replica, from whichever
// version one resumes.
func TestWatchesTellOfAccessGainedAndLost(t *testing.T) {
	t.Parallel()
	ns := e.Namespace(t)
	other := created(t, workspace(ns, "other", "zoe"))
	ws := created(t, workspace(ns, "one", "alice"))
	everything := env.Record(t, e.Replicas[0].Workspaces(ns), ws.ResourceVersion)
	open := env.Record(t, in(past(t, e.Replicas[0], "bob"), ns), ws.ResourceVersion)
	var last uint64
	for _, spec := range []string{
		`{"runtime":{"quota":{"memory":"1Gi"}}}`,
		`{"members":[{"name":"eric"},{"name":"bob"}]}`,
		`{"runtime":{"quota":{"memory":"2Gi"}}}`,
		`{"members":[{"name":"eric"}]}`,
		`{"runtime":{"quota":{"memory":"3Gi"}}}`,
		`{"owner":"bob"}`,
		`{"owner":"alice"}`,
		`{"runtime":{"quota":{"memory":"4Gi"}}}`,
	} {
		last = env.Version(t, patched(t, ws, spec).ResourceVersion)
		patched(t, other, `{"members":[{"name":"eric"}]}`)
	}
	want := seenBy("bob", ws, everything.AwaitVersion(t, last))
	var kinds []watch.EventType
	for _, event := range want {
		if event.Type != watch.Modified {
			kinds = append(kinds, event.Type)
		}
	}
	if !slices.Equal(kinds, []watch.EventType{watch.Added, watch.Deleted, watch.Added, watch.Deleted}) {
		t.Fatalf("the test does not show what it should: %v", kinds)
	}
	compare := func(what string, r *env.Recorder, want []env.Event) {
		t.Helper()
		await := want[len(want)-1].Version
		if diff := cmp.Diff(texts(want), texts(r.AwaitVersion(t, await))); diff != "" {
			t.Errorf("%s (-want +got):\n%s", what, diff)
		}
	}
	compare("the watch that was open", open, want)
	for i := range want {
		from := strconv.FormatUint(want[i].Version-1, 10)
		r := env.Record(t, in(past(t, e.Replicas[1], "bob"), ns), from)
		compare("resumed on another replica", r, want[i:])
		r.Stop()
	}
}

// seenBy says what a user is shown of all events in a namespace with one workspace that was hidden before: what he gains is
// added, and what he loses is deleted as he last could see it, at the version at which he no longer can.
func seenBy(user string, ws *v1alpha1.Workspace, all []env.Event) (seen []env.Event) {
	visible := func(ws *v1alpha1.Workspace) bool {
		return ws.Spec.Owner == user || slices.ContainsFunc(ws.Spec.Members, func(m v1alpha1.Member) bool { return m.Name == user })
	}
	var was *v1alpha1.Workspace
	for _, event := range all {
		if event.Name != ws.Name {
			continue
		}
		now := visible(event.Workspace)
		switch {
		case now && was == nil:
			event.Type = watch.Added
		case !now && was != nil:
			was.ResourceVersion = event.Workspace.ResourceVersion
			event.Type, event.Workspace = watch.Deleted, was
		case !now:
			continue
		}
		seen = append(seen, event)
		if was = nil; now {
			was = event.Workspace.DeepCopy()
		}
	}
	return seen
}

// texts are events as they are compared.
func texts(events []env.Event) (texts []string) {
	for _, event := range events {
		texts = append(texts, event.String())
	}
	return texts
}

// A watch that begins with what there is begins with what is the caller's.
func TestWatchListsBeginWithWhatIsMine(t *testing.T) {
	t.Parallel()
	ns := e.Namespace(t)
	created(t, workspace(ns, "one", "zoe"))
	created(t, workspace(ns, "two", "ann"))
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	w, err := in(through(t, "ann"), ns).Watch(ctx, metav1.ListOptions{
		SendInitialEvents: new(true), AllowWatchBookmarks: true, ResourceVersionMatch: metav1.ResourceVersionMatchNotOlderThan,
	})
	if err != nil {
		t.Fatal(err)
	}
	var seen []string
	for event := range w.ResultChan() {
		ws, ok := event.Object.(*v1alpha1.Workspace)
		if !ok {
			t.Fatalf("%v", event)
		}
		if ws.Annotations[metav1.InitialEventsAnnotationKey] == "true" {
			break
		}
		seen = append(seen, string(event.Type)+" "+ws.Name)
	}
	if want := []string{"ADDED two-" + ns}; !slices.Equal(seen, want) {
		t.Errorf("it begins with %v, want %v", seen, want)
	}
}

// Whom RBAC lets change and delete workspaces of a namespace, but not get them, changes and deletes what is his.
func TestWhoMayWriteWritesWhatHeSees(t *testing.T) {
	t.Parallel()
	ns := e.Namespace(t)
	hidden, mine := created(t, workspace(ns, "hidden", "zoe")), created(t, workspace(ns, "mine", "clerk"))
	allow(t, ns, "clerk", "create", "update", "patch", "delete", "deletecollection")
	clerk := in(through(t, "clerk"), ns)
	dry := []string{metav1.DryRunAll}
	for verb, do := range map[string]func(name string) error{
		"update": func(name string) error {
			ws := hidden.DeepCopy()
			ws.Name, ws.Spec.Owner = name, "clerk"
			_, err := clerk.Update(t.Context(), ws, metav1.UpdateOptions{})
			return err
		},
		"update of another": func(name string) error {
			ws := hidden.DeepCopy()
			ws.Name, ws.UID = name, "another"
			_, err := clerk.Update(t.Context(), ws, metav1.UpdateOptions{})
			return err
		},
		"patch": func(name string) error {
			_, err := clerk.Patch(t.Context(), name, types.MergePatchType, []byte(`{"spec":{"owner":"clerk"}}`), metav1.PatchOptions{})
			return err
		},
		"patch, dry": func(name string) error {
			_, err := clerk.Patch(t.Context(), name, types.MergePatchType, []byte(`{"spec":{"owner":"clerk"}}`), metav1.PatchOptions{DryRun: dry})
			return err
		},
		"patch of a section": func(name string) error {
			_, err := clerk.Patch(t.Context(), name, types.MergePatchType, []byte(`{"spec":{"sessions":[]}}`), metav1.PatchOptions{}, "sessions")
			return err
		},
		"delete":      func(name string) error { return clerk.Delete(t.Context(), name, metav1.DeleteOptions{}) },
		"delete, dry": func(name string) error { return clerk.Delete(t.Context(), name, metav1.DeleteOptions{DryRun: dry}) },
		"delete of another": func(name string) error {
			return clerk.Delete(t.Context(), name, metav1.DeleteOptions{Preconditions: metav1.NewUIDPreconditions("another")})
		},
	} {
		missing := strings.Replace(hidden.Name, "hidden", "missing", 1)
		got, want := do(hidden.Name), do(missing)
		if !apierrors.IsNotFound(got) || told(got) != strings.ReplaceAll(told(want), missing, hidden.Name) {
			t.Errorf("%s is answered %s; if there were none, %s", verb, told(got), told(want))
		}
	}
	for _, dryRun := range [][]string{nil, dry} {
		apply := []byte(`{"apiVersion":"eoepca.org/v1alpha1","kind":"Workspace","metadata":{"name":"` + hidden.Name + `"},"spec":{"owner":"clerk"}}`)
		_, err := clerk.Patch(t.Context(), hidden.Name, types.ApplyPatchType, apply, metav1.PatchOptions{FieldManager: "m", DryRun: dryRun})
		if !apierrors.IsNotFound(err) {
			t.Errorf("apply is answered %v", err)
		}
		again := workspace(ns, "hidden", "clerk")
		_, err = clerk.Create(t.Context(), again, metav1.CreateOptions{DryRun: dryRun})
		if want := `workspaces.eoepca.org "` + hidden.Name + `" already exists`; !apierrors.IsAlreadyExists(err) || err.Error() != want {
			// The bucket is taken as well, and that is found first. It does not say by whom.
			if !apierrors.IsInvalid(err) || strings.Contains(err.Error(), "zoe") {
				t.Errorf("create is answered %v", err)
			}
		}
	}
	if err := clerk.DeleteCollection(t.Context(), metav1.DeleteOptions{}, metav1.ListOptions{}); err != nil {
		t.Error(err)
	}
	env.Eventually(t, "the clerk's own is gone", func() error {
		if _, err := e.Replicas[0].Workspaces(ns).Get(t.Context(), mine.Name, metav1.GetOptions{}); !apierrors.IsNotFound(err) {
			return apierrors.NewBadRequest("it is there")
		}
		return nil
	})
	after, err := e.Replicas[0].Workspaces(ns).Get(t.Context(), hidden.Name, metav1.GetOptions{})
	if err != nil || after.ResourceVersion != hidden.ResourceVersion {
		t.Errorf("the hidden one is now %v, %v", after, err)
	}
}

// Whoever may get workspaces sees them: all of a namespace, or the one that a Role names.
func TestWhoMayGetSees(t *testing.T) {
	t.Parallel()
	ns, elsewhere := e.Namespace(t), e.Namespace(t)
	ws := created(t, workspace(ns, "one", "zoe"))
	created(t, workspace(elsewhere, "one", "zoe"))
	allow(t, ns, "viewer-"+ns, "get")
	viewer := through(t, "viewer-"+ns)
	if list, err := in(viewer, ns).List(t.Context(), metav1.ListOptions{}); err != nil || len(list.Items) != 1 {
		t.Errorf("who may get all of a namespace lists %v, %v", list, err)
	}
	for _, scope := range []string{elsewhere, metav1.NamespaceAll} {
		if list, err := in(viewer, scope).List(t.Context(), metav1.ListOptions{}); err != nil || len(list.Items) != 0 {
			t.Errorf("in %q he lists %v, %v", scope, list, err)
		}
	}
	if got, err := in(viewer, ns).Get(t.Context(), ws.Name, metav1.GetOptions{}); err != nil || got.Name != ws.Name {
		t.Errorf("he gets %v, %v", got, err)
	}
}

// The collector and the quota controller know of every workspace, although their own roles let them only list and watch.
func TestControllersOfTheClusterSeeEverything(t *testing.T) {
	t.Parallel()
	ns := e.Namespace(t)
	created(t, workspace(ns, "one", "zoe"))
	for user, groups := range map[string][]string{
		"system:kube-controller-manager":                              nil,
		"system:serviceaccount:kube-system:resourcequota-controller":  {"system:serviceaccounts", "system:serviceaccounts:kube-system"},
		"system:serviceaccount:kube-system:generic-garbage-collector": {"system:serviceaccounts", "system:serviceaccounts:kube-system"},
		"system:serviceaccount:kube-system:namespace-controller":      {"system:serviceaccounts", "system:serviceaccounts:kube-system"},
	} {
		list, err := in(through(t, user, groups...), metav1.NamespaceAll).List(t.Context(), metav1.ListOptions{})
		if err != nil || !slices.ContainsFunc(list.Items, func(ws v1alpha1.Workspace) bool { return ws.Namespace == ns }) {
			t.Errorf("%s lists %d workspaces without that in %s, %v", user, len(list.Items), ns, err)
		}
	}
}
