package compose

import (
	"fmt"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/structured-merge-diff/v6/fieldpath"
	"sigs.k8s.io/structured-merge-diff/v6/value"

	"github.com/eoepca/workspaces/pkg/apis/eoepca"
)

func path(steps ...any) fieldpath.Path { return fieldpath.MakePathOrDie(steps...) }

func key(namesAndValues ...any) any { return fieldpath.KeyByFields(namesAndValues...) }

// TestOwnedPaths: which field of a part a field of the Workspace is to who owns it, and back.
func TestOwnedPaths(t *testing.T) {
	grant := path("spec", "bucketAccessGrants", key("bucketName", "b", "grantee", "g"), "permission")
	for _, test := range []struct {
		served fieldpath.Path
		kind   Kind
		part   fieldpath.Path
	}{
		{path("metadata", "labels", "team"), Storage, path("metadata", "labels", "team")},
		{path("metadata", "annotations", lastApplied), Storage, path("metadata", "annotations", LastAppliedAnnotation)},
		{path("metadata", "finalizers", fieldpathValue("orphan")), Storage, path("metadata", "finalizers", fieldpathValue(OrphanFinalizer))},
		{path("spec", "environment"), Storage, path("metadata", "annotations", StorageEnvironmentAnnotation)},
		{path("spec", "storage", "principal"), Storage, path("spec", "principal")},
		{path("spec", "storage", "buckets", key("name", "b")), Storage, path("spec", "buckets", key("bucketName", "b"))},
		{path("spec", "storage", "buckets", key("name", "b"), "name"), Storage, path("spec", "buckets", key("bucketName", "b"), "bucketName")},
		{path("spec", "storage", "buckets", key("name", "b"), "lifecycleRules", key("target", "t"), "minAge"), Storage,
			path("spec", "buckets", key("bucketName", "b"), "lifecycleRules", key("target", "t"), "minAge")},
		{path("spec", "storage", "accessGrants", key("bucket", "b", "grantee", "g"), "permission"), Storage, grant},
		{path("spec", "members", key("name", "bob"), "role"), Datalab, path("spec", "userOverrides", "bob", "role")},
		{path("spec", "stores", "caches", key("name", "c")), Datalab, path("spec", "cacheStores", "c")},
		{path("spec", "stores", "databases", key("name", "d"), "databases"), Datalab, path("spec", "databases", "d", "names")},
		{path("spec", "runtime", "quota", "memory"), Datalab, path("spec", "quota", "memory")},
		{path("spec", "runtime", "files"), Datalab, path("spec", "files")},
	} {
		h := homeOf(test.served)
		if h.kind != test.kind || !h.path.Equals(test.part) {
			t.Errorf("%s lies at %s of the %s, want %s of the %s", test.served, h.path, h.kind, test.part, test.kind)
		}
		back, _ := servedAt(test.kind, test.part)
		if len(back) == 0 || !back[0].Equals(test.served) {
			t.Errorf("%s of the %s is %v, want %s", test.part, test.kind, back, test.served)
		}
	}
}

func fieldpathValue(text string) any { return value.NewValueInterface(text) }

// TestHiddenPathsAreNobodys: what a part holds beside the Workspace, and what only holds other fields.
func TestHiddenPathsAreNobodys(t *testing.T) {
	for _, hidden := range []struct {
		kind Kind
		path fieldpath.Path
	}{
		{Storage, path("spec")},
		{Storage, path("spec", "crossplane", "compositionRef")},
		{Storage, path("spec", "buckets", key("bucketName", "b"), "color")},
		{Storage, path("status", "conditions")},
		{Storage, path("metadata", "labels", DiscoverableLabel)},
		{Storage, path("metadata", "annotations", "crossplane.io/paused")},
		{Storage, path("metadata", "annotations", ManagedFieldsAnnotation)},
		{Storage, path("metadata", "annotations", lastApplied)},
		{Storage, path("metadata", "finalizers", fieldpathValue("composite.apiextensions.crossplane.io"))},
		{Storage, path("metadata", "ownerReferences", key("uid", "u"))},
		{Datalab, path("metadata", "labels", "team")},
		{Datalab, path("spec", "userOverrides", "bob")},
		{Datalab, path("spec", "userOverrides", "bob", "mood")},
	} {
		if served, list := servedAt(hidden.kind, hidden.path); len(served) > 0 || list != "" {
			t.Errorf("%s of the %s is %v %s, want nothing", hidden.path, hidden.kind, served, list)
		}
	}
}

// TestTimesAloneAreWorthNoWrite: a change of the Datalab does not write the Storage of the same manager.
func TestTimesAloneAreWorthNoWrite(t *testing.T) {
	m := newModel(t)
	ws := newGenerator(3).complete()
	ws.Spec.Sessions = []eoepca.Session{{Name: "main", State: eoepca.SessionStopped}}
	m.update("kubectl", ws)
	old := m.workspace()
	new := old.DeepCopy()
	for i := range new.ManagedFields {
		new.ManagedFields[i].Time = &metav1.Time{Time: time.Unix(4000000000, 0)}
	}
	if o := NewOwnership(old, new, true); o.Differs(Storage) || o.Differs(Datalab) {
		t.Error("a later time alone differs")
	}
	new.ManagedFields[0].Manager = "another"
	if o := NewOwnership(old, new, true); !o.Differs(Storage) || !o.Differs(Datalab) {
		t.Error("another manager of both parts does not differ")
	}
	// What is written anyway takes the time along, and the later one shows.
	edits := NewOwnership(old, new, true).Edits(Datalab, m.content(Datalab), m.content(Datalab))
	content := m.content(Datalab)
	if err := edits.Apply(content); err != nil {
		t.Fatal(err)
	}
	m.put(Datalab, Manager, content)
	for _, entry := range m.workspace().ManagedFields {
		if entry.Manager == "another" && entry.Time.Unix() != 4000000000 {
			t.Errorf("the time is %v", entry.Time)
		}
	}
}

// TestIllegibleOwners: an annotation that somebody has spoilt is noted, stops nothing, and is mended by the next write.
func TestIllegibleOwners(t *testing.T) {
	for _, spoilt := range []string{"{", "[1]", "gzip:x", "gzip:H4sIAAAAAAAA/wEAAP//AAAAAAAAAAA=", `{"owners":[{"fieldsV1":{"x":[]}}]}`, `{"owners":{}}`} {
		m := newModel(t)
		m.update("kubectl", newGenerator(3).complete())
		content := m.content(Storage)
		at(content, "metadata", "annotations")[ManagedFieldsAnnotation] = spoilt
		m.put(Storage, "somebody", content)
		for range 2 { // the second time as the first
			ws := m.workspace()
			if spoilt[0] != '{' && ws.Status.Parts[0].Message == "" {
				t.Errorf("%s: nothing is said of it", spoilt)
			}
		}
		next := m.workspace().DeepCopy()
		next.Labels = map[string]string{"mended": "yes"}
		m.update("mender", next)
		if got := ownersByPath(t, m.workspace().ManagedFields)[".metadata.labels.mended"]; got != "mender/Update" {
			t.Errorf("%s: after the next write the label is owned by %q", spoilt, got)
		}
	}
}

// TestTenThousandMembersHaveOwners: in annotations that a part can hold, and without asking for each member all others.
func TestTenThousandMembersHaveOwners(t *testing.T) {
	m := newModel(t)
	ws := newGenerator(3).complete()
	ws.Spec.Members = nil
	for i := range 10000 {
		ws.Spec.Members = append(ws.Spec.Members, eoepca.Member{Name: fmt.Sprintf("member-%d@example.org", i), Role: eoepca.MemberRoleUser})
	}
	m.update("kubectl", ws)
	changed := m.workspace().DeepCopy()
	changed.Spec.Members[17].Role = eoepca.MemberRoleAdmin
	changed.Spec.Members = append(changed.Spec.Members[:40], changed.Spec.Members[41:]...)
	m.direct("other", changed)
	m.check("after a direct change")
	if size := len(m.parts[Datalab].GetAnnotations()[ManagedFieldsAnnotation]); size > 150<<10 {
		t.Errorf("the annotation has %d bytes", size)
	}
	labelled := m.workspace().DeepCopy()
	labelled.Labels = map[string]string{"a": "b"}
	m.update("third", labelled)
	if diff := gocmp.Diff(ownersByPath(t, m.control.GetManagedFields()), ownersByPath(t, m.workspace().ManagedFields)); diff != "" {
		t.Errorf("%.2000s", diff)
	}
}

// TestWhoseTheGeneratedNameIs: its owner is told also when others have written the parts.
func TestWhoseTheGeneratedNameIs(t *testing.T) {
	m := newModel(t)
	ws := newGenerator(3).complete()
	ws.GenerateName = "ws-"
	m.update("kubectl", ws)
	changed := m.workspace().DeepCopy()
	changed.Labels = map[string]string{"direct": "yes"}
	m.direct("somebody", changed)
	for _, entry := range m.workspace().ManagedFields {
		set, _ := decodeFields(entry.FieldsV1)
		if owns := set.Has(path("metadata", "generateName")); owns != (entry.Manager == "kubectl") {
			t.Errorf("%s owns the generated name: %v", entry.Manager, owns)
		}
	}
}
