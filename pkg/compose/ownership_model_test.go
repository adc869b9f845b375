package compose

import (
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/util/managedfields"
	"k8s.io/apimachinery/pkg/util/managedfields/managedfieldstest"
	"k8s.io/kube-openapi/pkg/common"
	"k8s.io/kube-openapi/pkg/validation/spec"
	"sigs.k8s.io/structured-merge-diff/v6/fieldpath"
	"sigs.k8s.io/yaml"

	"github.com/eoepca/workspaces/pkg/apis/eoepca"
	"github.com/eoepca/workspaces/pkg/apis/eoepca/v1alpha1"
	"github.com/eoepca/workspaces/pkg/generated/openapi"
)

// model is a workspace in a kube-apiserver in small: the parts with the managedFields that the real one would keep, and
// beside them a control, an object with the Workspace's schema that is stored as it is.
type model struct {
	t                testing.TB
	parts            map[Kind]*unstructured.Unstructured
	control          *unstructured.Unstructured
	workspaceManager *managedfields.FieldManager
	managers         map[Kind]*managedfields.FieldManager
}

func newModel(t testing.TB) *model {
	m := &model{t: t, parts: map[Kind]*unstructured.Unstructured{}, managers: map[Kind]*managedfields.FieldManager{}}
	served := v1alpha1.SchemeGroupVersion.WithKind("Workspace")
	m.workspaceManager = fieldManager(t, served, nil)
	m.control = unnamed(served)
	for kind, file := range map[Kind]string{Storage: "storages.yaml", Datalab: "datalabs.yaml"} {
		gvk, crd := readCRD(t, file)
		m.managers[kind] = fieldManager(t, gvk, crd)
	}
	return m
}

func unnamed(gvk schema.GroupVersionKind) *unstructured.Unstructured {
	object := &unstructured.Unstructured{Object: map[string]any{"metadata": map[string]any{"name": "ws", "namespace": "workspace"}}}
	object.SetGroupVersionKind(gvk)
	return object
}

// readCRD reads the schema of a part.
func readCRD(t testing.TB, file string) (schema.GroupVersionKind, *spec.Schema) {
	t.Helper()
	data, err := os.ReadFile("../../artifacts/crds/" + file)
	if err != nil {
		t.Fatal(err)
	}
	var crd struct {
		Spec struct {
			Group    string
			Names    struct{ Kind string }
			Versions []struct {
				Name   string
				Schema struct{ OpenAPIV3Schema json.RawMessage }
			}
		}
	}
	if err := yaml.Unmarshal(data, &crd); err != nil {
		t.Fatal(err)
	}
	version := crd.Spec.Versions[0]
	result := &spec.Schema{}
	if err := json.Unmarshal(version.Schema.OpenAPIV3Schema, result); err != nil {
		t.Fatal(err)
	}
	return schema.GroupVersionKind{Group: crd.Spec.Group, Version: version.Name, Kind: crd.Spec.Names.Kind}, result
}

// fieldManager keeps managedFields of a kind as kube-apiserver does. A kind without a schema is one of ours.
func fieldManager(t testing.TB, gvk schema.GroupVersionKind, part *spec.Schema) *managedfields.FieldManager {
	t.Helper()
	reference := func(name string) spec.Ref {
		return spec.MustCreateRef("#/definitions/" + common.EscapeJsonPointer(name))
	}
	schemas := map[string]*spec.Schema{}
	name := ""
	for path, definition := range openapi.GetOpenAPIDefinitions(reference) {
		schemas[path] = &definition.Schema
		if strings.HasSuffix(path, "v1alpha1.Workspace") {
			name = path
		}
	}
	if part != nil {
		name = "part"
		schemas[name] = part
		for path := range schemas {
			if strings.HasSuffix(path, "v1.ObjectMeta") {
				part.Properties["metadata"] = spec.Schema{SchemaProps: spec.SchemaProps{Ref: reference(path)}}
			}
		}
	}
	schemas[name].AddExtension("x-kubernetes-group-version-kind", []any{
		map[string]any{"group": gvk.Group, "version": gvk.Version, "kind": gvk.Kind},
	})
	converter, err := managedfields.NewTypeConverter(schemas, false)
	if err != nil {
		t.Fatal(err)
	}
	return managedfieldstest.NewFakeFieldManager(converter, gvk)
}

// workspace composes the parts as they are read.
func (m *model) workspace() *eoepca.Workspace {
	p := parts(m.t, m.content(Storage), m.content(Datalab))
	Slim(Storage, p.Storage)
	if p.Datalab != nil {
		Slim(Datalab, p.Datalab)
	}
	return Workspace(p)
}

func (m *model) content(kind Kind) map[string]any {
	if m.parts[kind] == nil {
		return nil
	}
	return runtime.DeepCopyJSON(m.parts[kind].Object)
}

// put writes a part as a manager.
func (m *model) put(kind Kind, manager string, content map[string]any) {
	m.t.Helper()
	live := m.parts[kind]
	if live == nil {
		live = &unstructured.Unstructured{Object: map[string]any{}}
		live.SetGroupVersionKind((&unstructured.Unstructured{Object: content}).GroupVersionKind())
	}
	object, err := m.managers[kind].Update(live, &unstructured.Unstructured{Object: runtime.DeepCopyJSON(content)}, manager)
	if err != nil {
		m.t.Fatalf("put a %s: %v", kind, err)
	}
	m.parts[kind] = object.(*unstructured.Unstructured)
	m.parts[kind].SetUID("u-" + "1")
}

// object is a Workspace as it is served.
func (m *model) object(ws *eoepca.Workspace) *unstructured.Unstructured {
	m.t.Helper()
	out := &v1alpha1.Workspace{}
	if err := v1alpha1.Convert_eoepca_Workspace_To_v1alpha1_Workspace(ws, out, nil); err != nil {
		m.t.Fatal(err)
	}
	out.Status = v1alpha1.WorkspaceStatus{}
	content, err := runtime.DefaultUnstructuredConverter.ToUnstructured(out)
	if err != nil {
		m.t.Fatal(err)
	}
	object := &unstructured.Unstructured{Object: content}
	object.SetGroupVersionKind(v1alpha1.SchemeGroupVersion.WithKind("Workspace"))
	unstructured.RemoveNestedField(content, "status")
	return object
}

func (m *model) internal(object runtime.Object, current *eoepca.Workspace) *eoepca.Workspace {
	m.t.Helper()
	in, out := &v1alpha1.Workspace{}, &eoepca.Workspace{}
	if err := runtime.DefaultUnstructuredConverter.FromUnstructured(object.(*unstructured.Unstructured).Object, in); err != nil {
		m.t.Fatal(err)
	}
	if err := v1alpha1.Convert_v1alpha1_Workspace_To_eoepca_Workspace(in, out, nil); err != nil {
		m.t.Fatal(err)
	}
	if current != nil {
		out.Status = current.Status
	}
	return out
}

// update writes the workspace as a manager, through the server, and the control likewise.
func (m *model) update(manager string, desired *eoepca.Workspace) {
	m.t.Helper()
	m.write(func(live *unstructured.Unstructured) (runtime.Object, error) {
		next := m.object(desired)
		next.SetManagedFields(live.GetManagedFields())
		return m.workspaceManager.Update(live, next, manager)
	})
}

// apply applies a workspace as a manager, with force.
func (m *model) apply(manager string, applied *unstructured.Unstructured) {
	m.t.Helper()
	m.write(func(live *unstructured.Unstructured) (runtime.Object, error) {
		return m.workspaceManager.Apply(live, applied.DeepCopy(), manager, true)
	})
}

func (m *model) write(change func(live *unstructured.Unstructured) (runtime.Object, error)) {
	m.t.Helper()
	var current *eoepca.Workspace
	live := unnamed(v1alpha1.SchemeGroupVersion.WithKind("Workspace"))
	if m.parts[Storage] != nil {
		current = m.workspace()
		live = m.object(current)
	}
	object, err := change(live.DeepCopy())
	if err != nil {
		m.t.Fatal(err)
	}
	desired := m.internal(object, current)
	if !acceptable(desired) {
		return
	}
	m.send(current, desired)
	m.follow(change)
}

// acceptable says whether validation lets a workspace through, as far as it matters here.
func acceptable(ws *eoepca.Workspace) bool {
	for _, member := range ws.Spec.Members {
		if member.Name == ws.Spec.Owner {
			return false
		}
	}
	for _, database := range ws.Spec.Stores.Databases {
		if len(database.Databases) == 0 {
			return false
		}
	}
	for _, bucket := range ws.Spec.Storage.Buckets {
		for _, rule := range bucket.LifecycleRules {
			if rule.Mode == "" {
				return false
			}
		}
	}
	return true
}

// follow changes the control likewise.
func (m *model) follow(change func(live *unstructured.Unstructured) (runtime.Object, error)) {
	m.t.Helper()
	object, err := change(m.control.DeepCopy())
	if err != nil {
		m.t.Fatal(err)
	}
	m.control = object.(*unstructured.Unstructured)
}

// send does what the storage does: the Storage with an intent, then the Datalab. On the way the workspace is seen whole, and
// undoing brings it back.
func (m *model) send(current, desired *eoepca.Workspace) {
	m.t.Helper()
	edits := map[Kind]Edits{}
	var err error
	if edits[Storage], edits[Datalab], err = Split(current, desired); err != nil {
		m.t.Fatal(err)
	}
	ownership := NewOwnership(current, desired, m.parts[Datalab] != nil || len(edits[Datalab]) > 0)
	before, after, owned := map[Kind]map[string]any{}, map[Kind]map[string]any{}, map[Kind]Edits{}
	for _, kind := range []Kind{Storage, Datalab} {
		if len(edits[kind]) == 0 && (m.parts[kind] == nil || !ownership.Differs(kind)) {
			continue
		}
		before[kind] = m.content(kind)
		if after[kind] = m.content(kind); after[kind] == nil {
			version := map[Kind]string{Storage: "pkg.internal/v1beta1", Datalab: "pkg.internal/v1beta2"}[kind]
			after[kind] = map[string]any{"apiVersion": version, "kind": string(kind), "metadata": map[string]any{"name": "ws", "namespace": "workspace"}}
		}
		for _, e := range []Edits{edits[kind], nil} {
			if e == nil {
				owned[kind] = ownership.Edits(kind, before[kind], after[kind])
				e = owned[kind]
			}
			if err := overTheWire(m.t, e).Apply(after[kind]); err != nil {
				m.t.Fatal(err)
			}
		}
	}
	if after[Storage] != nil && after[Datalab] != nil && current != nil {
		m.checkIntent(current, desired, slices.Concat(edits[Datalab], owned[Datalab]), after[Storage])
		back := append(edits[Storage].Invert(before[Storage]), ownership.Reverse(true).Edits(Storage, after[Storage], before[Storage])...)
		m.checkUndo(current, after[Storage], overTheWire(m.t, back))
	}
	for _, kind := range []Kind{Storage, Datalab} {
		if after[kind] != nil {
			m.put(kind, Manager, after[kind])
		}
	}
}

// checkIntent: between the two writes readers see the owners as they will be.
func (m *model) checkIntent(current, desired *eoepca.Workspace, edits Edits, storage map[string]any) {
	m.t.Helper()
	intent, err := (&Intent{ID: "1", Datalab: edits}).Encode()
	if err != nil {
		m.t.Fatal(err)
	}
	saved := m.parts[Storage]
	defer func() { m.parts[Storage] = saved }()
	content := runtime.DeepCopyJSON(storage)
	update(content, fields("metadata", "annotations", IntentAnnotation), true, func(any) any { return intent })
	m.put(Storage, Manager, content)
	m.same("between the writes", ownersByPath(m.t, desired.ManagedFields), ownersByPath(m.t, m.workspace().ManagedFields))
}

// checkUndo: when the Datalab refuses, the owners are those of before.
func (m *model) checkUndo(current *eoepca.Workspace, storage map[string]any, back Edits) {
	m.t.Helper()
	saved := m.parts[Storage]
	defer func() { m.parts[Storage] = saved }()
	m.put(Storage, Manager, storage)
	content := m.content(Storage)
	if err := back.Apply(content); err != nil {
		m.t.Fatal(err)
	}
	m.put(Storage, Manager, content)
	m.same("after undoing", ownersByPath(m.t, current.ManagedFields), ownersByPath(m.t, m.workspace().ManagedFields))
}

// direct changes the parts past the server; the control sees the same change of the Workspace.
func (m *model) direct(manager string, desired *eoepca.Workspace) {
	m.t.Helper()
	current := m.workspace()
	storage, datalab, err := Split(current, desired)
	if err != nil {
		m.t.Fatal(err)
	}
	for kind, edits := range map[Kind]Edits{Storage: storage, Datalab: datalab} {
		content := m.content(kind)
		if err := edits.Apply(content); err != nil {
			m.t.Fatal(err)
		}
		m.put(kind, manager, content)
	}
	m.follow(func(live *unstructured.Unstructured) (runtime.Object, error) {
		next := m.object(desired)
		next.SetManagedFields(live.GetManagedFields())
		return m.workspaceManager.Update(live, next, manager)
	})
}

// check compares the owners with the control's.
func (m *model) check(step string) {
	m.t.Helper()
	m.same(step, ownersByPath(m.t, m.control.GetManagedFields()), ownersByPath(m.t, m.workspace().ManagedFields))
}

func (m *model) same(step string, want, got map[string]string) {
	m.t.Helper()
	if diff := gocmp.Diff(want, got); diff != "" {
		m.t.Fatalf("%s (-wanted +got):\n%s", step, diff)
	}
}

// ownersByPath answers who owns each field and item. What only holds others is owned by nobody who matters.
func ownersByPath(t testing.TB, entries []metav1.ManagedFieldsEntry) map[string]string {
	t.Helper()
	owners := map[string][]string{}
	for _, entry := range entries {
		set := fieldpath.Set{}
		if err := set.FromJSON(entry.FieldsV1.GetRawReader()); err != nil {
			t.Fatal(err)
		}
		for path := range set.All() {
			if h := homeOf(path); h.path != nil || h.list != "" {
				owners[path.String()] = append(owners[path.String()], fmt.Sprintf("%s/%s", entry.Manager, entry.Operation))
			}
		}
	}
	result := map[string]string{}
	for path, names := range owners {
		slices.Sort(names)
		result[path] = strings.Join(names, " ")
	}
	return result
}

// FuzzOwnership: whoever writes a workspace, and by whichever way, its fields have the owners that they would have if it were
// stored as it is.
func FuzzOwnership(f *testing.F) {
	for seed := range uint64(15) {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, seed uint64) {
		g := newGenerator(seed)
		m := newModel(t)
		m.update("creator", g.complete())
		m.check("after the creation")
		disturbed := false
		for step := range 12 {
			manager := fmt.Sprintf("m%d", g.IntN(3))
			desired := m.workspace().DeepCopy()
			g.change(desired)
			switch g.IntN(3) {
			case 0:
				m.update(manager, desired)
				m.check(fmt.Sprintf("step %d: %s updates", step, manager))
			case 1:
				m.apply(manager, m.object(g.some(desired)))
				m.check(fmt.Sprintf("step %d: %s applies", step, manager))
			case 2:
				if disturbed {
					// An atomic list tells of its last writer alone: what came before him is known if it was seen here.
					seen := m.workspace().DeepCopy()
					seen.Spec.Owner += "'"
					seen.Spec.Sessions = append(seen.Spec.Sessions, eoepca.Session{Name: fmt.Sprintf("s%d", step), State: eoepca.SessionStopped})
					m.update("creator", seen)
				}
				disturbed = true
				m.direct("x"+manager, desired)
				m.check(fmt.Sprintf("step %d: x%s writes the parts", step, manager))
			}
		}
	})
}

// complete is a workspace that the parts' schema accepts.
func (g generator) complete() *eoepca.Workspace {
	ws := g.workspace()
	for i := range ws.Spec.Stores.Databases {
		if len(ws.Spec.Stores.Databases[i].Databases) == 0 {
			ws.Spec.Stores.Databases[i].Databases = []string{"db"}
		}
	}
	return ws
}

// change takes some of another workspace over.
func (g generator) change(ws *eoepca.Workspace) {
	other := g.complete()
	for _, take := range []func(){
		func() { ws.Labels = other.Labels },
		func() { ws.Annotations = other.Annotations },
		func() { ws.Spec.Owner, ws.Spec.Members = other.Spec.Owner, other.Spec.Members },
		func() { ws.Spec.Sessions = other.Spec.Sessions },
		func() { ws.Spec.Storage.Buckets = other.Spec.Storage.Buckets },
		func() { ws.Spec.Storage.AccessGrants = other.Spec.Storage.AccessGrants },
		func() { ws.Spec.Stores = other.Spec.Stores },
		func() { ws.Spec.Runtime = other.Spec.Runtime },
	} {
		if g.IntN(3) == 0 {
			take()
		}
	}
}

// some is what is applied of a workspace.
func (g generator) some(ws *eoepca.Workspace) *eoepca.Workspace {
	applied := &eoepca.Workspace{}
	applied.Name, applied.Namespace = "ws", "workspace"
	for _, take := range []func(){
		func() { applied.Labels = ws.Labels },
		func() { applied.Spec.Owner = ws.Spec.Owner },
		func() { applied.Spec.Members = ws.Spec.Members },
		func() { applied.Spec.Sessions = ws.Spec.Sessions },
		func() { applied.Spec.Storage.Buckets = ws.Spec.Storage.Buckets },
		func() { applied.Spec.Stores = ws.Spec.Stores },
		func() { applied.Spec.Runtime.Quota = ws.Spec.Runtime.Quota },
	} {
		if g.coin() {
			take()
		}
	}
	return applied
}
