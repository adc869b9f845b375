package compose

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"k8s.io/apimachinery/pkg/runtime"
	kjson "sigs.k8s.io/json"

	"github.com/eoepca/workspaces/pkg/apis/eoepca"
	datalabv1beta2 "github.com/eoepca/workspaces/pkg/apis/provider/datalab/v1beta2"
	storagev1beta1 "github.com/eoepca/workspaces/pkg/apis/provider/storage/v1beta1"
)

// FuzzRoundTrip: whatever a Workspace holds, its parts hold, and compose to it again; turning it into any other does that
// and nothing else, and can be undone. Composing is typed code and splitting reads the table: so they agree.
func FuzzRoundTrip(f *testing.F) {
	for seed := range uint64(200) {
		f.Add(seed, seed+1)
	}
	f.Fuzz(func(t *testing.T, seed, other uint64) {
		first, second := newGenerator(seed).workspace(), newGenerator(other).workspace()
		storage, datalab := map[string]any{}, map[string]any{}
		transform(t, nil, first, storage, datalab)
		spice(storage, "storage")
		spice(datalab, "datalab")
		composed := Workspace(parts(t, storage, datalab))
		same(t, first, composed)

		storageBefore, datalabBefore := runtime.DeepCopyJSON(storage), runtime.DeepCopyJSON(datalab)
		editsOfStorage, editsOfDatalab := transform(t, composed, second, storage, datalab)
		same(t, second, Workspace(parts(t, storage, datalab)))
		undone(t, "Storage", editsOfStorage, storageBefore, storage)
		undone(t, "Datalab", editsOfDatalab, datalabBefore, datalab)
	})
}

// FuzzUnknownFields: as long as nothing is removed, no field that we do not know is lost, wherever it is.
func FuzzUnknownFields(f *testing.F) {
	for seed := range uint64(100) {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, seed uint64) {
		g := newGenerator(seed)
		ws := g.workspace()
		storage, datalab := map[string]any{}, map[string]any{}
		transform(t, nil, ws, storage, datalab)
		tokens := append(spice(storage, "storage"), spice(datalab, "datalab")...)
		old := Workspace(parts(t, storage, datalab))
		changed := old.DeepCopy()
		g.disturb(changed)
		transform(t, old, changed, storage, datalab)
		data, err := json.Marshal([]any{storage, datalab})
		if err != nil {
			t.Fatal(err)
		}
		for _, token := range tokens {
			if !strings.Contains(string(data), `"`+token+`"`) {
				t.Errorf("the field %s got lost", token)
			}
		}
	})
}

// disturb changes values and orders, and adds items, but removes none.
func (g generator) disturb(ws *eoepca.Workspace) {
	spec := &ws.Spec
	g.Shuffle(len(spec.Members), swapping(spec.Members))
	g.Shuffle(len(spec.Sessions), swapping(spec.Sessions))
	g.Shuffle(len(spec.Storage.Buckets), swapping(spec.Storage.Buckets))
	g.Shuffle(len(spec.Runtime.Files), swapping(spec.Runtime.Files))
	for i := range spec.Storage.Buckets {
		bucket := &spec.Storage.Buckets[i]
		bucket.Discoverable = g.bool()
		g.Shuffle(len(bucket.LifecycleRules), swapping(bucket.LifecycleRules))
		bucket.LifecycleRules = append(bucket.LifecycleRules, eoepca.LifecycleRule{Target: "new", Mode: "Delete", MinAge: "1d"})
	}
	for i := range spec.Members {
		spec.Members[i].Role = pick(g, eoepca.MemberRoleAdmin, eoepca.MemberRoleUser)
	}
	for i := range spec.Stores.Vectors {
		spec.Stores.Vectors[i].Storage = g.text("new")
	}
	spec.Members = append(spec.Members, eoepca.Member{Name: "new", Role: eoepca.MemberRoleUser})
	spec.Sessions = append([]eoepca.Session{{Name: "new", State: eoepca.SessionStopped}}, spec.Sessions...)
	spec.Runtime.Quota, spec.Runtime.Data, spec.Storage.CredentialsRollover = nil, nil, nil
	if len(spec.Runtime.Files) > 0 {
		spec.Runtime.Files[0].NewRootPath = "new"
	}
	spec.Runtime.Files = append(spec.Runtime.Files, eoepca.File{Path: "new"})
}

func swapping[T any](list []T) func(i, j int) {
	return func(i, j int) { list[i], list[j] = list[j], list[i] }
}

// FuzzGarbage: parts that hold anything whatsoever compose to a Workspace that can be changed, and nothing panics.
func FuzzGarbage(f *testing.F) {
	for _, datalab := range []string{
		`{}`, `null`, `{"spec":null}`, `{"spec":[]}`, `{"spec":"x","status":7}`,
		`{"spec":{"users":"alice","userOverrides":{"bob":7},"sessions":[{"name":"a"},{"name":"a"},{},7,null],"databases":{"":{}}}}`,
		`{"spec":{"users":[5,"bob","bob","",null],"userOverrides":[],"files":[7,{"path":7,"x":1},null],"quota":[]}}`,
		`{"status":{"conditions":[7,{"type":"Ready","status":true},{"type":"Synced","lastTransitionTime":"x"}],"sessions":{"a":7,"":{}}}}`,
		aliceJSON(f, aliceDatalab),
	} {
		for _, storage := range []string{
			`{}`, `{"spec":{"buckets":[{"bucketName":"a"},{"bucketName":"a"},{"bucketName":7},{},7],"principal":7,"bucketAccessRequests":{}}}`,
			`{"metadata":{"annotations":{"workspaces.eoepca.org/intent":"x","workspaces.eoepca.org/absence":"y","workspaces.eoepca.org/managed-fields":"{}"}}}`,
			`{"metadata":{"annotations":{"workspaces.eoepca.org/intent":"{\"v\":1,\"id\":\"i\",\"datalab\":[{\"op\":\"set\",\"path\":[\"spec\",\"users\",[\"x\"]],\"value\":\"x\"}]}"}}}`,
			aliceJSON(f, aliceStorage),
		} {
			f.Add(storage, datalab)
		}
	}
	for seed := range uint64(300) {
		g := newGenerator(seed)
		f.Add(g.mangled(aliceJSON(f, aliceStorage)), g.mangled(aliceJSON(f, aliceDatalab)))
	}
	f.Fuzz(func(t *testing.T, storageJSON, datalabJSON string) {
		storage, datalab := object(storageJSON), object(datalabJSON)
		p := Parts{Storage: &storagev1beta1.Storage{}, Datalab: &datalabv1beta2.Datalab{}, DatalabKind: true}
		if storage == nil || kjson.UnmarshalCaseSensitivePreserveInts([]byte(storageJSON), p.Storage) != nil {
			t.Skip("kube-apiserver would not hand out such metadata")
		}
		if datalab == nil || kjson.UnmarshalCaseSensitivePreserveInts([]byte(datalabJSON), p.Datalab) != nil {
			t.Skip("kube-apiserver would not hand out such metadata")
		}
		if p.Storage.Annotations[IntentAnnotation] != "" {
			Workspace(p)
			return
		}
		ws := Workspace(p)
		if storage, datalab, err := Split(ws, ws.DeepCopy()); err != nil || len(storage)+len(datalab) > 0 {
			t.Fatalf("nothing changed, and yet there are edits: %v, %v, %v", storage, datalab, err)
		}
		changed := newGenerator(uint64(len(storageJSON))).workspace()
		transform(t, ws, changed, storage, datalab)
		if again := Workspace(parts(t, storage, datalab)); !cmp.Equal(changed.Spec, again.Spec, environmentless, cmpopts.EquateEmpty()) {
			t.Fatalf("(-wanted +got):\n%s", cmp.Diff(changed.Spec, again.Spec))
		}
	})
}

// mangled replaces a few values of the spec and the status by others of any type.
func (g generator) mangled(part string) string {
	content := object(part)
	garbage := []any{nil, true, int64(7), "x", []any{}, []any{"a", "a", nil}, map[string]any{}, map[string]any{"name": "x", "a": int64(1)}}
	var visit func(value any) any
	visit = func(value any) any {
		if g.IntN(12) == 0 {
			return runtime.DeepCopyJSONValue(pick(g, garbage...))
		}
		switch value := value.(type) {
		case map[string]any:
			for _, key := range slices.Sorted(maps.Keys(value)) {
				value[key] = visit(value[key])
			}
		case []any:
			for i := range value {
				value[i] = visit(value[i])
			}
			if len(value) > 0 && g.IntN(4) == 0 {
				return append(value, value[g.IntN(len(value))])
			}
		}
		return value
	}
	content["spec"], content["status"] = visit(content["spec"]), visit(content["status"])
	data, _ := json.Marshal(content)
	return string(data)
}

// environmentless is for parts that there were before: their environment does not change.
var environmentless = cmp.FilterPath(func(p cmp.Path) bool { return p.Last().String() == ".Environment" }, cmp.Ignore())

func aliceJSON(t testing.TB, text string) string {
	data, err := json.Marshal(raw(t, text))
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func object(text string) map[string]any {
	var value map[string]any
	if kjson.UnmarshalCaseSensitivePreserveInts([]byte(text), &value) != nil {
		return nil
	}
	return value
}

// transform turns the parts of old into those of new.
func transform(t testing.TB, old, new *eoepca.Workspace, storage, datalab map[string]any) (Edits, Edits) {
	t.Helper()
	editsOfStorage, editsOfDatalab, err := Split(old, new)
	if err != nil {
		t.Fatal(err)
	}
	editsOfStorage, editsOfDatalab = overTheWire(t, editsOfStorage), overTheWire(t, editsOfDatalab)
	if err := editsOfStorage.Apply(storage); err != nil {
		t.Fatal(err)
	}
	if err := editsOfDatalab.Apply(datalab); err != nil {
		t.Fatal(err)
	}
	return editsOfStorage, editsOfDatalab
}

func same(t testing.TB, want, got *eoepca.Workspace) {
	t.Helper()
	for _, part := range []struct {
		what      string
		want, got any
	}{
		{"spec", want.Spec, got.Spec},
		{"generateName", want.GenerateName, got.GenerateName},
		{"labels", want.Labels, got.Labels},
		{"annotations", want.Annotations, got.Annotations},
		{"finalizers", want.Finalizers, got.Finalizers},
	} {
		if diff := cmp.Diff(part.want, part.got); diff != "" {
			t.Fatalf("%s (-wanted +got):\n%s", part.what, diff)
		}
	}
}

func undone(t testing.TB, kind string, edits Edits, before, after map[string]any) {
	t.Helper()
	if err := overTheWire(t, edits.Invert(before)).Apply(after); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(before, after); diff != "" {
		t.Fatalf("undoing does not take the %s back (-before +got):\n%s", kind, diff)
	}
}

// spice adds a field that nobody knows to every object of a part's spec, and answers the fields' values.
func spice(part map[string]any, prefix string) []string {
	var tokens []string
	var visit func(value any, isMap bool)
	visit = func(value any, isMap bool) {
		switch value := value.(type) {
		case map[string]any:
			for _, key := range slices.Sorted(maps.Keys(value)) {
				visit(value[key], !isMap && keyed[key])
			}
			if !isMap {
				token := fmt.Sprintf("%s-unknown-%d-end", prefix, len(tokens))
				value["unknown"] = token
				tokens = append(tokens, token)
			}
		case []any:
			for _, item := range value {
				visit(item, false)
			}
		}
	}
	visit(part["spec"], false)
	return tokens
}

// keyed are the objects of a spec whose fields are entries.
var keyed = map[string]bool{
	"userOverrides": true, "databases": true, "vectorStores": true, "cacheStores": true, "documentStores": true,
}
