package compose

import (
	"encoding/json"
	"testing"

	"github.com/eoepca/workspaces/pkg/apis/eoepca"
)

// BenchmarkOwners: what it costs to read a pair and to compose it, by who has written it.
func BenchmarkOwners(b *testing.B) {
	typical := &eoepca.Workspace{}
	typical.Name, typical.Namespace = "ws", "workspace"
	decoded := Workspace(parts(b, raw(b, aliceStorage), raw(b, aliceDatalab)))
	typical.Spec = decoded.Spec
	for name, write := range map[string]func(m *model){
		"ours": func(m *model) { m.update("kubectl", typical) },
		"ours and a part changed directly": func(m *model) {
			m.update("kubectl", typical)
			changed := m.workspace().DeepCopy()
			changed.Spec.Sessions[0].State = eoepca.SessionStopped
			changed.Spec.Storage.Buckets[0].LifecycleRules = nil
			m.direct("other", changed)
		},
		"adopted": func(m *model) {
			m.update("kubectl", typical)
			for _, kind := range []Kind{Storage, Datalab} {
				content := m.content(kind)
				delete(at(content, "metadata"), "managedFields")
				delete(at(content, "metadata", "annotations"), ManagedFieldsAnnotation)
				m.parts[kind] = nil
				m.put(kind, "flux", content)
			}
		},
	} {
		m := newModel(b)
		write(m)
		p := parts(b, m.content(Storage), m.content(Datalab))
		b.Run("slim/"+name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				storage, datalab := *p.Storage, *p.Datalab
				Slim(Storage, &storage)
				Slim(Datalab, &datalab)
			}
		})
		Slim(Storage, p.Storage)
		Slim(Datalab, p.Datalab)
		b.Run("compose/"+name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				Workspace(p)
			}
		})
		data, _ := json.Marshal(Workspace(p).ManagedFields)
		kept, _ := json.Marshal([]any{p.Storage.ManagedFields, p.Datalab.ManagedFields})
		b.Logf("%s: %d bytes of managedFields, %d kept of the parts'", name, len(data), len(kept))
	}
}
