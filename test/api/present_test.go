package api

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/eoepca/workspaces/test/integration/env"
)

const (
	asTable        = "application/json;as=Table;g=meta.k8s.io;v=v1"
	asMetadata     = "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1"
	asMetadataList = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1"
)

// As a table, workspaces have the columns that kubectl prints.
func TestTable(t *testing.T) {
	t.Parallel()
	ns := e.Namespace(t)
	ws := made(t, ns, "one", `environment: blue, members: [{name: bob}, {name: carol}], sessions: [{name: a, state: Started}, {name: b, state: Stopped}]`)
	for _, path := range []string{at(ns), at(ns, ws.Name)} {
		table := metav1.Table{}
		operator(t).get(t, path, "Accept", asTable).want(t, 200).into(t, &table)
		var names []string
		for _, column := range table.ColumnDefinitions {
			names = append(names, column.Name)
			if wide := slices.Contains([]string{"Storage", "Datalab", "Environment"}, column.Name); wide != (column.Priority > 0) {
				t.Errorf("the column %s has the priority %d", column.Name, column.Priority)
			}
		}
		if got := strings.Join(names, " "); got != "Name Owner Ready Sessions Buckets Members Age Storage Datalab Environment" {
			t.Errorf("the columns are %s", got)
		}
		if len(table.Rows) != 1 {
			t.Fatalf("%s has %d rows", path, len(table.Rows))
		}
		cells := table.Rows[0].Cells
		cells[6] = "age"
		got, err := json.Marshal(cells)
		if err != nil {
			t.Fatal(err)
		}
		if want := `["` + ws.Name + `","alice","Unknown","1/2",1,2,"age","Unknown","Unknown","blue"]`; string(got) != want {
			t.Errorf("the row is %s, want %s", got, want)
		}
		var meta metav1.PartialObjectMetadata
		if err := json.Unmarshal(table.Rows[0].Object.Raw, &meta); err != nil || meta.Name != ws.Name {
			t.Errorf("the row's object is %s", table.Rows[0].Object.Raw)
		}
	}
}

// Metadata alone, for those who need no more.
func TestPartialObjectMetadata(t *testing.T) {
	t.Parallel()
	ns := e.Namespace(t)
	ws := made(t, ns, "one", "")
	one := operator(t).get(t, at(ns, ws.Name), "Accept", asMetadata).want(t, 200)
	list := operator(t).get(t, at(ns), "Accept", asMetadataList).want(t, 200)
	meta, all := metav1.PartialObjectMetadata{}, metav1.PartialObjectMetadataList{}
	one.into(t, &meta)
	list.into(t, &all)
	if meta.Kind != "PartialObjectMetadata" || meta.ResourceVersion != ws.ResourceVersion || len(all.Items) != 1 || all.Items[0].UID != ws.UID {
		t.Errorf("got %s and %s", one.body, list.body)
	}
	if strings.Contains(string(one.body)+string(list.body), `"owner"`) {
		t.Errorf("there is more than metadata: %s", one.body)
	}
}

// Metadata shows nothing of how the server and the providers keep their books.
func TestMetadataOfThePartsIsHidden(t *testing.T) {
	t.Parallel()
	ns := e.Namespace(t)
	ws := made(t, ns, "one", `storage: {buckets: [{name: $WS, discoverable: true}]}, members: [{name: bob}]`)
	body := string(operator(t).get(t, at(ns, ws.Name)).want(t, 200).body)
	for _, hidden := range []string{"workspaces.eoepca.org/", "pkg.internal/environment", "pkg.internal/discoverable", "crossplane"} {
		if strings.Contains(body, hidden) {
			t.Errorf("it shows %s: %s", hidden, body)
		}
	}
	for _, key := range []string{"workspaces.eoepca.org/intent", "storages.pkg.internal/discoverable", "crossplane.io/paused"} {
		a := operator(t).patch(t, at(ns, ws.Name), mergePatch, `{"metadata": {"annotations": {"`+key+`": "x"}}}`).want(t, http.StatusUnprocessableEntity)
		if !said(a.status(t), refusal{"metadata.annotations[" + key + "]", []string{"is kept by the server"}}) {
			t.Errorf("%s: %s", key, a.body)
		}
	}
}

func TestDiscovery(t *testing.T) {
	t.Parallel()
	var resources metav1.APIResourceList
	operator(t).get(t, "/apis/eoepca.org/v1alpha1").want(t, 200).into(t, &resources)
	verbs := map[string]string{}
	for _, r := range resources.APIResources {
		slices.Sort(r.Verbs)
		verbs[r.Name] = r.Kind + ": " + strings.Join(r.Verbs, " ")
		if r.Name != "workspaces" {
			continue
		}
		if r.SingularName != "workspace" || !r.Namespaced || !slices.Equal(r.ShortNames, []string{"wks"}) || !slices.Equal(r.Categories, []string{"eoepca"}) {
			t.Errorf("workspaces are %+v", r)
		}
	}
	for name, want := range map[string]string{
		"workspaces":             "Workspace: create delete deletecollection get list patch update watch",
		"workspaces/status":      "Workspace: get",
		"workspaces/sessions":    "Workspace: get patch update",
		"workspaces/launch":      "WorkspaceLaunch: create",
		"workspaces/credentials": "WorkspaceCredentials: get",
	} {
		if verbs[name] != want {
			t.Errorf("%s is %q, want %q", name, verbs[name], want)
		}
	}
	// The status is the providers': nobody writes it here.
	ns := e.Namespace(t)
	ws := made(t, ns, "one", "")
	operator(t).patch(t, at(ns, ws.Name, "status"), mergePatch, `{"status": {}}`).want(t, http.StatusMethodNotAllowed)
	got := operator(t).patch(t, at(ns, ws.Name), mergePatch, `{"status": {"observedGeneration": 99}}`).want(t, 200).workspace(t)
	if got.Status.ObservedGeneration == 99 || got.ResourceVersion != ws.ResourceVersion {
		t.Errorf("the status was written: %+v", got.Status)
	}
}

// The schema that clients build upon: which lists have keys, and which version of the form is asked for.
func TestOpenAPI(t *testing.T) {
	t.Parallel()
	var schema struct {
		Components struct {
			Schemas map[string]struct {
				Description string
				Kinds       []struct{ Group, Version, Kind string } `json:"x-kubernetes-group-version-kind"`
				Properties  map[string]struct {
					Description string
					ListType    string   `json:"x-kubernetes-list-type"`
					Keys        []string `json:"x-kubernetes-list-map-keys"`
				}
			}
		}
	}
	env.Eventually(t, "kube-apiserver has our schema", func() error {
		a := operator(t).get(t, "/openapi/v3/apis/eoepca.org/v1alpha1")
		if a.code != http.StatusOK {
			return fmt.Errorf("the answer is %d", a.code)
		}
		a.into(t, &schema)
		return nil
	})
	lists := map[string]string{}
	for name, s := range schema.Components.Schemas {
		if !strings.Contains(name, "eoepca") {
			continue
		}
		if s.Description == "" {
			t.Errorf("%s has no description", name)
		}
		for field, property := range s.Properties {
			if property.Description == "" && field != "metadata" {
				t.Errorf("%s.%s has no description", name, field)
			}
			if property.ListType == "map" {
				lists[name[strings.LastIndex(name, ".")+1:]+"."+field] = strings.Join(property.Keys, " ")
			}
		}
	}
	want := map[string]string{
		"WorkspaceSpec.members": "name", "WorkspaceSpec.sessions": "name", "StorageSpec.buckets": "name", "Bucket.lifecycleRules": "target",
		"StorageSpec.accessRequests": "bucket", "StorageSpec.accessGrants": "bucket grantee", "Stores.databases": "name", "Stores.vectors": "name",
		"Stores.caches": "name", "Stores.documents": "name", "StorageUsage.claims": "name", "WorkspaceStatus.conditions": "type", "WorkspaceStatus.sessions": "name", "WorkspaceStatus.parts": "kind",
	}
	if diff := cmp.Diff(want, lists); diff != "" {
		t.Errorf("lists with keys (-want +got):\n%s", diff)
	}
}
