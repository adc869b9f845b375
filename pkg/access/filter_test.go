package access

import (
	"context"
	"errors"
	"fmt"
	"testing"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apiserver/pkg/authentication/user"
	"k8s.io/apiserver/pkg/authorization/authorizer"
	genericapirequest "k8s.io/apiserver/pkg/endpoints/request"
	"k8s.io/apiserver/pkg/storage"

	"github.com/eoepca/workspaces/pkg/apis/eoepca"
)

// lists is a storage that has some workspaces of alice, and only lists.
type lists struct {
	storage.Interface

	has     int
	ignores bool // the limit, as the cache does at version 0
}

func (lists) Versioner() storage.Versioner { return storage.APIObjectVersioner{} }

func (l lists) GetList(_ context.Context, _ string, opts storage.ListOptions, out runtime.Object) error {
	list := out.(*eoepca.WorkspaceList)
	list.ResourceVersion = "7"
	for i := range l.has {
		if limit := opts.Predicate.Limit; limit > 0 && int64(i) == limit && !l.ignores {
			list.Continue = "more"
			return nil
		}
		list.Items = append(list.Items, *workspace(fmt.Sprintf("ws-%d", i), "alice"))
	}
	return nil
}

func as(name string) context.Context {
	return genericapirequest.WithUser(context.Background(), &user.DefaultInfo{Name: name})
}

// says is an authorizer that always says the same.
func says(decision authorizer.Decision, err error) authorizer.Authorizer {
	return authorizer.AuthorizerFunc(func(context.Context, authorizer.Attributes) (authorizer.Decision, string, error) {
		return decision, "", err
	})
}

func TestATokenSaysThatThereIsMoreToSee(t *testing.T) {
	for _, test := range []struct {
		name    string
		has     int
		limit   int64
		version string
		ignores bool
		items   int
		more    bool
	}{
		{"fewer than the limit", 2, 3, "", false, 2, false},
		{"as many as the limit", 3, 3, "", false, 3, false},
		{"one more", 4, 3, "", false, 3, true},
		{"many more", 9, 3, "", false, 3, true},
		{"no limit", 9, 0, "", false, 9, false},
		{"none", 0, 3, "", false, 0, false},
		{"any version, in full", 4, 3, "0", true, 4, false},
		{"any version, past the cache", 9, 3, "0", false, 3, true},
	} {
		filter := NewFilter(lists{has: test.has, ignores: test.ignores}, "/workspaces", says(authorizer.DecisionNoOpinion, nil))
		opts := storage.ListOptions{ResourceVersion: test.version, Recursive: true, Predicate: storage.SelectionPredicate{Limit: test.limit}}
		var list eoepca.WorkspaceList
		if err := filter.GetList(as("alice"), "/workspaces/one", opts, &list); err != nil {
			t.Fatal(err)
		}
		if len(list.Items) != test.items || (list.Continue != "") != test.more {
			t.Errorf("%s: %d items, continue %q; want %d, %v", test.name, len(list.Items), list.Continue, test.items, test.more)
		}
		if !test.more {
			continue
		}
		next, version, err := storage.DecodeContinue(list.Continue, "/workspaces/one/")
		if want := fmt.Sprintf("/workspaces/one/ws-%d\x00", test.items-1); err != nil || next != want || version != 7 {
			t.Errorf("%s: it goes on at %q of version %d, %v; want %q of 7", test.name, next, version, err, want)
		}
	}
}

// An empty list would tell an operator's tools that everything has been deleted.
func TestWithoutAnAnswerOfTheAuthorizerTheRequestFails(t *testing.T) {
	filter := NewFilter(lists{has: 3}, "/workspaces", says(authorizer.DecisionNoOpinion, errors.New("no connection")))
	var list eoepca.WorkspaceList
	if err := filter.GetList(as("operator"), "/workspaces", storage.ListOptions{Recursive: true}, &list); !apierrors.IsInternalError(err) || len(list.Items) > 0 {
		t.Errorf("got %v, %v", list.Items, err)
	}
	if _, err := filter.Watch(as("operator"), "/workspaces", storage.ListOptions{Recursive: true}); !apierrors.IsInternalError(err) {
		t.Errorf("a watch: %v", err)
	}
}

// What is asked about is the workspaces under the key: a namespace, the cluster, or one by its name.
func TestTheAuthorizerIsAskedAboutWhatIsRequested(t *testing.T) {
	for key, test := range map[string]struct {
		recursive bool
		want      []string
	}{
		"/workspaces":          {true, []string{"/"}},
		"/workspaces/":         {true, []string{"/"}},
		"/workspaces/one":      {true, []string{"one/"}},
		"/workspaces/one/":     {true, []string{"one/"}},
		"/workspaces/one/ws-a": {false, []string{"one/", "one/ws-a"}},
	} {
		var asked []string
		filter := NewFilter(lists{}, "/workspaces", authorizer.AuthorizerFunc(func(_ context.Context, a authorizer.Attributes) (authorizer.Decision, string, error) {
			if a.GetVerb() != "get" || a.GetResource() != "workspaces" || a.GetSubresource() != "" || a.GetUser().GetName() != "alice" {
				t.Errorf("it is asked %+v", a)
			}
			asked = append(asked, a.GetNamespace()+"/"+a.GetName())
			return authorizer.DecisionNoOpinion, "", nil
		}))
		if err := filter.GetList(as("alice"), key, storage.ListOptions{Recursive: test.recursive}, &eoepca.WorkspaceList{}); err != nil {
			t.Fatal(err)
		}
		if fmt.Sprint(asked) != fmt.Sprint(test.want) {
			t.Errorf("%s: it is asked about %v, want %v", key, asked, test.want)
		}
	}
}
