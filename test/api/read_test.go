package api

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/eoepca/workspaces/pkg/apis/eoepca/v1alpha1"
	"github.com/eoepca/workspaces/test/integration/env"
)

// many makes workspaces of different owners, environments and labels, and answers their names in order.
func many(t *testing.T, ns string, count int) (names []string) {
	t.Helper()
	for i := range count {
		ws := merged(t, written(t, ns, fmt.Sprintf("w%d", i), fmt.Sprintf("owner: %s, environment: %s", []string{"alice", "bob"}[i%2], []string{"blue", "green", "red"}[i%3])),
			fmt.Sprintf(`{metadata: {labels: {number: n%d, even: "%t"}}}`, i, i%2 == 0))
		operator(t).post(t, at(ns), ws).want(t, http.StatusCreated)
		names = append(names, nameOf(ws))
	}
	return names
}

func query(path string, pairs ...string) string {
	values := url.Values{}
	for i := 0; i < len(pairs); i += 2 {
		values.Set(pairs[i], pairs[i+1])
	}
	return path + "?" + values.Encode()
}

func TestSelectors(t *testing.T) {
	t.Parallel()
	ns := e.Namespace(t)
	names := many(t, ns, 4)
	for _, test := range []struct {
		kind, selector string
		want           []string
	}{
		{"fieldSelector", "metadata.name=" + names[1], names[1:2]},
		{"fieldSelector", "metadata.namespace=" + ns, names},
		{"fieldSelector", "metadata.namespace=elsewhere", nil},
		{"fieldSelector", "spec.owner=alice", []string{names[0], names[2]}},
		{"fieldSelector", "spec.owner!=alice", []string{names[1], names[3]}},
		{"fieldSelector", "spec.environment=blue", []string{names[0], names[3]}},
		{"fieldSelector", "spec.owner=alice,spec.environment=blue", names[:1]},
		{"labelSelector", "even=true", []string{names[0], names[2]}},
		{"labelSelector", "number in (n1, n3)", []string{names[1], names[3]}},
		{"labelSelector", "!number", nil},
	} {
		for _, version := range []string{"", "0"} {
			t.Run(test.selector+" "+version, func(t *testing.T) {
				path := query(at(ns), test.kind, test.selector, "resourceVersion", version)
				env.Eventually(t, "what the cache has", func() error { // at version 0 it may be behind
					if diff := cmp.Diff(test.want, namesOf(operator(t).get(t, path).want(t, 200).list(t))); diff != "" {
						if version == "" {
							t.Errorf("(-want +got):\n%s", diff)
							return nil
						}
						return fmt.Errorf("(-want +got):\n%s", diff)
					}
					return nil
				})
			})
		}
	}
	for _, selector := range []string{"spec.members=bob", "status.phase=x", "owner=alice"} {
		a := operator(t).get(t, query(at(ns), "fieldSelector", selector)).want(t, http.StatusBadRequest)
		field, _, _ := strings.Cut(selector, "=")
		if message := a.status(t).Message; !strings.HasSuffix(message, "field label not supported: "+field) {
			t.Errorf("%s: the answer says %s", selector, message)
		}
	}
	operator(t).get(t, query(at(ns), "labelSelector", "a in b")).want(t, http.StatusBadRequest)
}

// A list in pages is the list at the version of its first page, whatever is written meanwhile.
func TestPages(t *testing.T) {
	t.Parallel()
	ns := e.Namespace(t)
	names := many(t, ns, 5)
	first := operator(t).get(t, query(at(ns), "limit", "2")).want(t, 200).list(t)
	if len(first.Items) != 2 || first.Continue == "" || first.RemainingItemCount == nil || *first.RemainingItemCount != 3 {
		t.Fatalf("the first page is %v, %+v", namesOf(first), first.ListMeta)
	}
	made(t, ns, "late", "")
	operator(t).patch(t, at(ns, names[4]), mergePatch, `{"spec": {"owner": "erin"}}`).want(t, 200)
	got, page := namesOf(first), first
	for page.Continue != "" {
		page = operator(t).get(t, query(at(ns), "limit", "2", "continue", page.Continue)).want(t, 200).list(t)
		if page.ResourceVersion != first.ResourceVersion {
			t.Errorf("a page is of version %s, the first of %s", page.ResourceVersion, first.ResourceVersion)
		}
		got = append(got, namesOf(page)...)
	}
	if diff := cmp.Diff(names, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if last := page.Items[len(page.Items)-1]; last.Spec.Owner != "bob" && last.Spec.Owner != "alice" {
		t.Errorf("the last page has what came later: %s", last.Spec.Owner)
	}
	selected := operator(t).get(t, query(at(ns), "limit", "1", "labelSelector", "even=true")).want(t, 200).list(t)
	if len(selected.Items) != 1 || selected.Continue == "" {
		t.Errorf("a selected page is %v, %+v", namesOf(selected), selected.ListMeta)
	}
	operator(t).get(t, query(at(ns), "limit", "2", "continue", "nonsense")).want(t, http.StatusBadRequest)
	operator(t).get(t, query(at(ns), "limit", "many")).want(t, http.StatusBadRequest)
}

// What a resourceVersion in a request means.
func TestVersions(t *testing.T) {
	t.Parallel()
	ns := e.Namespace(t)
	old := made(t, ns, "one", "")
	before := operator(t).get(t, at(ns)).want(t, 200).list(t)
	changed := operator(t).patch(t, at(ns, old.Name), mergePatch, `{"spec": {"owner": "erin"}}`).want(t, 200).workspace(t)
	made(t, ns, "two", "")

	t.Run("an exact list is as it was", func(t *testing.T) {
		exact := operator(t).get(t, query(at(ns), "resourceVersion", before.ResourceVersion, "resourceVersionMatch", "Exact")).want(t, 200).list(t)
		if diff := cmp.Diff(before, exact); diff != "" {
			t.Errorf("(-before +exact):\n%s", diff)
		}
	})
	t.Run("a list at the version of a write has it", func(t *testing.T) {
		exact := operator(t).get(t, query(at(ns), "resourceVersion", changed.ResourceVersion, "resourceVersionMatch", "Exact")).want(t, 200).list(t)
		if len(exact.Items) != 1 || exact.Items[0].Spec.Owner != "erin" || exact.Items[0].ResourceVersion != changed.ResourceVersion {
			t.Errorf("got %+v", exact.Items)
		}
	})
	t.Run("not older than a version", func(t *testing.T) {
		newer := operator(t).get(t, query(at(ns), "resourceVersion", changed.ResourceVersion, "resourceVersionMatch", "NotOlderThan")).want(t, 200).list(t)
		i := slices.IndexFunc(newer.Items, func(ws v1alpha1.Workspace) bool { return ws.Name == old.Name })
		if i < 0 || newer.Items[i].Spec.Owner != "erin" || env.Version(t, newer.ResourceVersion) < env.Version(t, changed.ResourceVersion) {
			t.Errorf("got %s %v", newer.ResourceVersion, namesOf(newer))
		}
		got := operator(t).get(t, query(at(ns, old.Name), "resourceVersion", changed.ResourceVersion)).want(t, 200).workspace(t)
		if got.Spec.Owner != "erin" {
			t.Errorf("a get is of %s", got.Spec.Owner)
		}
	})
	t.Run("any version will do", func(t *testing.T) {
		operator(t).get(t, query(at(ns), "resourceVersion", "0")).want(t, 200)
		operator(t).get(t, query(at(ns, old.Name), "resourceVersion", "0")).want(t, 200)
	})
	t.Run("wrong versions", func(t *testing.T) {
		operator(t).get(t, query(at(ns), "resourceVersion", "new")).want(t, http.StatusBadRequest)
		operator(t).get(t, query(at(ns, old.Name), "resourceVersion", "new")).want(t, http.StatusBadRequest)
		operator(t).get(t, query(at(ns), "resourceVersionMatch", "Exact")).want(t, http.StatusUnprocessableEntity)
		operator(t).get(t, query(at(ns), "resourceVersion", "0", "resourceVersionMatch", "Exact")).want(t, http.StatusUnprocessableEntity)
		future := operator(t).get(t, query(at(ns), "resourceVersion", "999999999")).want(t, http.StatusGatewayTimeout).status(t)
		if !strings.Contains(future.Message, "Too large resource version") {
			t.Errorf("a version to come answers %s", future.Message)
		}
	})
}

// All namespaces are one list.
func TestListOfAllNamespaces(t *testing.T) {
	t.Parallel()
	one, two := e.Namespace(t), e.Namespace(t)
	a, b := made(t, one, "a", ""), made(t, two, "b", "")
	all := namesOf(operator(t).get(t, "/apis/eoepca.org/v1alpha1/workspaces").want(t, 200).list(t))
	for _, name := range []string{a.Name, b.Name} {
		if !slices.Contains(all, name) {
			t.Errorf("%s is not among %v", name, all)
		}
	}
	if inOne := namesOf(operator(t).get(t, at(one)).want(t, 200).list(t)); !slices.Equal(inOne, []string{a.Name}) {
		t.Errorf("in one namespace are %v", inOne)
	}
}
