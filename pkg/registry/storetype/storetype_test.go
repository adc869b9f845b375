package storetype

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metainternalversion "k8s.io/apimachinery/pkg/apis/meta/internalversion"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/fields"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/util/wait"
	metadatafake "k8s.io/client-go/metadata/fake"
	clienttesting "k8s.io/client-go/testing"

	"github.com/eoepca/workspaces/pkg/apis/eoepca"
)

var since = metav1.Date(2026, 1, 10, 19, 0, 0, 0, time.UTC)

// cluster is what store types are computed from.
type cluster struct {
	noDatalabs bool
	lacks      string // what its Datalabs have no room for
	disabled   string
	leaving    string
	forbidden  bool
	without    string
}

func (c cluster) DatalabInstalled() bool        { return !c.noDatalabs }
func (c cluster) DatalabHolds(name string) bool { return name != c.lacks }

func (c cluster) types(t *testing.T) *Types {
	t.Helper()
	scheme := metadatafake.NewTestScheme()
	if err := metav1.AddMetaToScheme(scheme); err != nil {
		t.Fatal(err)
	}
	var crds []runtime.Object
	for _, each := range catalogue {
		if each.name == c.without {
			continue
		}
		crd := &metav1.PartialObjectMetadata{
			TypeMeta:   metav1.TypeMeta{APIVersion: apiextensionsv1.SchemeGroupVersion.String(), Kind: "CustomResourceDefinition"},
			ObjectMeta: metav1.ObjectMeta{Name: each.operator, CreationTimestamp: since},
		}
		if each.name == c.leaving {
			crd.DeletionTimestamp, crd.Finalizers = &since, []string{"customresourcecleanup.apiextensions.k8s.io"}
		}
		crds = append(crds, crd)
	}
	client := metadatafake.NewSimpleMetadataClient(scheme, crds...)
	if c.forbidden {
		client.PrependReactor("list", "*", func(clienttesting.Action) (bool, runtime.Object, error) {
			return true, nil, apierrors.NewForbidden(definitions.GroupResource(), "", errors.New("no"))
		})
	}
	operators := NewOperators(client)
	ctx, cancel := context.WithCancel(t.Context())
	var running sync.WaitGroup
	running.Go(func() { operators.Run(ctx) })
	t.Cleanup(func() { cancel(); running.Wait() })
	if err := wait.PollUntilContextTimeout(ctx, time.Millisecond, 30*time.Second, true, func(context.Context) (bool, error) {
		return operators.Ready() == nil, nil
	}); err != nil {
		t.Fatalf("%v: %v", err, operators.Ready())
	}
	return New(Config{Datalabs: c, Operators: operators, Disabled: func(name string) (bool, string) {
		return name == c.disabled, name + " are disabled on this server"
	}})
}

func TestATypeIsAvailableWhenNothingStandsAgainstIt(t *testing.T) {
	for name, test := range map[string]struct {
		cluster cluster
		reason  string
		says    string
	}{
		"all is there":                  {cluster{}, "OperatorInstalled", "PostgreSQL"},
		"no operator":                   {cluster{without: "databases"}, "OperatorNotInstalled", "postgresclusters.postgres-operator.crunchydata.com"},
		"an operator that is removed":   {cluster{leaving: "databases"}, "OperatorTerminating", "being removed"},
		"may not see":                   {cluster{forbidden: true}, "OperatorUnknown", "let the server get, list and watch"},
		"disabled":                      {cluster{disabled: "databases"}, "Disabled", "disabled on this server"},
		"no Datalabs":                   {cluster{noDatalabs: true}, "DatalabNotInstalled", "the Datalab kind"},
		"Datalabs of an older provider": {cluster{lacks: "databases"}, "DatalabUnsupported", "newer provider"},
		"what is disabled, is disabled": {cluster{disabled: "databases", without: "databases", noDatalabs: true}, "Disabled", "disabled"},
		"another type's troubles":       {cluster{disabled: "caches", without: "vectors", lacks: "documents"}, "OperatorInstalled", "installed"},
	} {
		t.Run(name, func(t *testing.T) {
			types := test.cluster.types(t)
			rest := &REST{types: types}
			obj, err := rest.Get(t.Context(), "databases", &metav1.GetOptions{})
			if err != nil {
				t.Fatal(err)
			}
			status := obj.(*eoepca.StoreType).Status
			available, why := types.Available("databases")
			if status.Available != (test.reason == "OperatorInstalled") || available != status.Available {
				t.Errorf("available is %v, and to validation %v", status.Available, available)
			}
			if status.Reason != test.reason || !strings.Contains(status.Message, test.says) || why != status.Message {
				t.Errorf("got %+v, want reason %s and %q", status, test.reason, test.says)
			}
		})
	}
}

func TestListsHaveAVersionAndWhatIsSelected(t *testing.T) {
	rest := &REST{types: cluster{without: "vectors"}.types(t)}
	for name, test := range map[string]struct {
		label, field string
		want         []string
	}{
		"all":                  {"", "", []string{"caches", "databases", "documents", "vectors"}},
		"by name":              {"", "metadata.name=vectors", []string{"vectors"}},
		"by no name":           {"", "metadata.name=files", nil},
		"by a label":           {"a=b", "", nil},
		"by not having it":     {"!a", "", []string{"caches", "databases", "documents", "vectors"}},
		"by label and by name": {"!a", "metadata.name=caches", []string{"caches"}},
	} {
		t.Run(name, func(t *testing.T) {
			label, err := labels.Parse(test.label)
			if err != nil {
				t.Fatal(err)
			}
			obj, err := rest.List(t.Context(), &metainternalversion.ListOptions{LabelSelector: label, FieldSelector: fields.ParseSelectorOrDie(test.field)})
			if err != nil {
				t.Fatal(err)
			}
			list := obj.(*eoepca.StoreTypeList)
			if list.ResourceVersion == "" || list.ResourceVersion == "0" || list.Items == nil {
				t.Errorf("the list has version %q and items %v", list.ResourceVersion, list.Items)
			}
			var names []string
			for _, item := range list.Items {
				names = append(names, item.Name)
			}
			if diff := cmp.Diff(test.want, names); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestTheTable(t *testing.T) {
	rest := &REST{types: cluster{without: "vectors"}.types(t)}
	obj, err := rest.List(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	table, err := rest.ConvertToTable(t.Context(), obj, nil)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, column := range table.ColumnDefinitions {
		if column.Priority == 0 {
			names = append(names, strings.ToUpper(column.Name))
		}
	}
	if diff := cmp.Diff([]string{"NAME", "ENGINE", "OPERATOR", "AVAILABLE", "REASON", "AGE"}, names); diff != "" {
		t.Error(diff)
	}
	want := []any{"vectors", "Qdrant", "qdrantclusters.qdrant.io", "false", "OperatorNotInstalled", "<none>"}
	if diff := cmp.Diff(want, table.Rows[3].Cells[:6]); diff != "" {
		t.Error(diff)
	}
	if age := table.Rows[0].Cells[5]; age == "<none>" {
		t.Errorf("the age of an operator that is there is %v", age)
	}
	if table.ResourceVersion == "" {
		t.Error("the table has no version")
	}
}

func TestWhatIsNoStoreTypeIsNotFound(t *testing.T) {
	types := cluster{}.types(t)
	if _, err := (&REST{types: types}).Get(t.Context(), "files", &metav1.GetOptions{}); !apierrors.IsNotFound(err) {
		t.Errorf("got %v", err)
	}
	if available, _ := types.Available("files"); available {
		t.Error("it is available")
	}
}
