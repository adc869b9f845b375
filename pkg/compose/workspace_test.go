package compose

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/eoepca/workspaces/pkg/apis/eoepca"
	"github.com/eoepca/workspaces/pkg/apis/eoepca/v1alpha1"
)

// TestWorkspace: a realistic pair composes to the Workspace that its users expect, to the letter.
func TestWorkspace(t *testing.T) {
	ws := Workspace(parts(t, raw(t, aliceStorage), raw(t, aliceDatalab)))
	var served v1alpha1.Workspace
	if err := v1alpha1.Convert_eoepca_Workspace_To_v1alpha1_Workspace(ws, &served, nil); err != nil {
		t.Fatal(err)
	}
	data, err := json.Marshal(served)
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]any{}
	if err := json.Unmarshal(data, &got); err != nil {
		t.Fatal(err)
	}
	want := map[string]any{}
	data, err = json.Marshal(raw(t, aliceWorkspace))
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(data, &want); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-wanted +got):\n%s", diff)
	}
}

const aliceWorkspace = `
metadata:
  name: ws-alice
  namespace: workspace
  uid: 80e7a29d-d1ec-5d65-8bdd-4e2dbe5ff6ca
  resourceVersion: "1010"
  generation: 7
  creationTimestamp: "2026-01-10T19:00:00Z"
  labels: {team: blue}
  annotations: {kubectl.kubernetes.io/last-applied-configuration: workspace's, note: hello}
  finalizers: [example.org/keep, orphan]
  ownerReferences: [{apiVersion: v1, kind: ConfigMap, name: parent, uid: u1}]
  managedFields:
  - {manager: kubectl, operation: Apply, apiVersion: eoepca.org/v1alpha1, time: "2026-01-10T19:00:00Z", fieldsType: FieldsV1, fieldsV1: {"f:spec": {}}}
spec:
  environment: datalab
  owner: alice
  members:
  - {name: bob, role: Admin, grantedAt: "2026-01-11T09:00:00Z"}
  - {name: carol, role: User}
  storage:
    principal: ws-alice
    credentialsRollover: {interval: Weekly, maxToKeep: 2}
    buckets:
    - name: ws-alice
      discoverable: true
      lifecycleRules:
      - {target: tmp/*, mode: Delete, minAge: 2w}
      - {target: old/*, mode: Notify, at: "2027-01-01T00:00:00Z"}
    - {name: ws-alice-b, discoverable: false}
    accessRequests:
    - {bucket: ws-bob-shared, reason: S2 mosaics, requestedAt: "2026-02-01T08:00:00Z"}
    accessGrants:
    - {bucket: ws-alice, grantee: ws-eric, permission: ReadOnly, grantedAt: "2026-02-02T08:00:00Z"}
  sessions:
  - {name: default, state: Started}
  - {name: extra, state: Stopped}
  stores:
    databases:
    - {name: pg0, databases: [dev, prod], storage: 1Gi, backupStorage: 10Gi}
    - {name: pg1, databases: [b], storage: 2Gi, backupStorage: 20Gi}
    vectors: [{name: prod, storage: 1Gi}]
    caches: [{name: prod, storage: 1Gi}]
    documents: [{name: prod, storage: 10Gi}]
  runtime:
    secretName: ws-alice
    vcluster: false
    data: {enabled: true, readOnlyMount: false}
    registry: {enabled: true, storage: 5Gi}
    persistence: {storageClassName: fast}
    quota: {memory: 2Gi, storage: 1Gi, budget: medium}
    security: {policy: baseline, kubernetesAccess: true, kubernetesRole: edit, externalEgress: true}
    files:
    - path: data
    - path: code
      includePaths: ["*.py"]
      git: {url: https://example.org/x.git, ref: main, refSelection: {semver: {constraints: ">1", prereleases: {identifiers: [rc]}}}}
    - path: img
      image: {url: example.org/i, secretRef: {name: s}, dangerousSkipTLSVerify: true, tagSelection: {semver: {constraints: ">2"}}}
      http: {url: https://example.org/f, sha256: abc, secretRef: {name: h, namespace: ns}}
status:
  observedGeneration: 7
  conditions:
  - {type: Ready, status: "True", reason: PartsReady, message: all parts are ready, observedGeneration: 7, lastTransitionTime: "2026-01-10T19:00:11Z"}
  - {type: StorageReady, status: "True", reason: Available, message: "", observedGeneration: 7, lastTransitionTime: "2026-01-10T19:00:09Z"}
  - {type: DatalabReady, status: "True", reason: Available, message: "", observedGeneration: 7, lastTransitionTime: "2026-01-10T19:00:11Z"}
  sessions:
  - {name: default, state: Started, phase: Running, url: "https://example.org/s"}
  - {name: extra, phase: Pending}
  - {name: gone, state: Stopped, phase: Deleting}
  parts:
  - {kind: Storage, apiVersion: pkg.internal/v1beta1, name: ws-alice, uid: 7c1b1f4e-0000-4000-8000-000000000001, resourceVersion: "900"}
  - {kind: Datalab, apiVersion: pkg.internal/v1beta2, name: ws-alice, uid: 7c1b1f4e-0000-4000-8000-000000000002, resourceVersion: "1010"}
`

// TestStatus: the conditions say what the parts' say, and a tool that follows kstatus waits for as long as it should.
func TestStatus(t *testing.T) {
	type condition struct{ kind, status, reason, message string }
	ready := condition{"Ready", "True", "PartsReady", "all parts are ready"}
	storageReady := condition{"StorageReady", "True", "Available", ""}
	datalabReady := condition{"DatalabReady", "True", "Available", ""}
	for name, test := range map[string]struct {
		storage, datalab func(part map[string]any)
		change           func(p *Parts)
		want             []condition
		behind           bool   // whether the observed generation is lower than the generation
		part             string // message on the Datalab
	}{
		"all is well": {want: []condition{ready, storageReady, datalabReady}},
		"right after the creation no provider has spoken": {
			storage: func(s map[string]any) { delete(s, "status") },
			datalab: func(d map[string]any) { delete(d, "status") },
			behind:  true,
			want: []condition{
				{"Ready", "Unknown", "PartsNotReady", "Storage: the provider has not said yet whether it is Synced"},
				{"StorageReady", "Unknown", "Waiting", "the provider has not said yet whether it is Synced"},
				{"DatalabReady", "Unknown", "Waiting", "the provider has not said yet whether it is Synced"},
			},
		},
		"the provider has not seen the latest spec of the Datalab": {
			datalab: func(d map[string]any) { at(d, "metadata")["generation"] = int64(4) },
			behind:  true,
			want:    []condition{ready, storageReady, datalabReady},
		},
		"a provider that names no generation is believed": {
			datalab: func(d map[string]any) {
				for i := range 2 {
					delete(at(d, "status", "conditions", i), "observedGeneration")
				}
			},
			want: []condition{ready, storageReady, datalabReady},
		},
		"the Datalab is not ready": {
			datalab: func(d map[string]any) {
				c := at(d, "status", "conditions", 1)
				c["status"], c["reason"], c["message"] = "False", "Creating", "a database is starting"
			},
			want: []condition{
				{"Ready", "False", "PartsNotReady", "Datalab: a database is starting"},
				storageReady,
				{"DatalabReady", "False", "Creating", "a database is starting"},
			},
		},
		"the Storage is not in step": {
			storage: func(s map[string]any) {
				c := at(s, "status", "conditions", 0)
				c["status"], c["reason"] = "Maybe", ""
			},
			want: []condition{
				{"Ready", "Unknown", "PartsNotReady", "Storage: the provider says that it is not Synced"},
				{"StorageReady", "Unknown", "Waiting", "the provider says that it is not Synced"},
				datalabReady,
			},
		},
		"the cluster has no Datalabs": {
			change: func(p *Parts) { p.Datalab, p.DatalabKind = nil, false },
			want:   []condition{ready, storageReady},
			part:   "this cluster has no Datalabs",
		},
		"the workspace has no Datalab": {
			change: func(p *Parts) { p.Datalab = nil },
			want:   []condition{ready, storageReady},
			part:   "none was asked for: the workspace has no owner, members, sessions, stores or runtime",
		},
		"the Datalab was deleted": {
			change: func(p *Parts) { p.Storage, p.Datalab = MarkAbsence(p.Storage, p.Datalab, 2000), nil },
			want: []condition{
				{"Ready", "False", "PartsNotReady", "Datalab: the Datalab was deleted: set the owner or a session to have it made anew"},
				storageReady,
				{"DatalabReady", "False", "Missing", "the Datalab was deleted: set the owner or a session to have it made anew"},
			},
			part: "was deleted",
		},
		"the workspace goes": {
			storage: func(s map[string]any) { at(s, "metadata")["deletionTimestamp"] = "2026-03-01T00:00:00Z" },
			want: []condition{
				{"Ready", "False", "Terminating", "waiting for the Storage (finalizers composite.apiextensions.crossplane.io, example.org/keep, workspaces.eoepca.org/orphan) and the Datalab to go"},
				{"StorageReady", "False", "Terminating", "is being deleted (finalizers composite.apiextensions.crossplane.io, example.org/keep, workspaces.eoepca.org/orphan)"},
				datalabReady,
			},
		},
		"some of the Datalab cannot be read": {
			datalab: func(d map[string]any) {
				at(d, "spec")["quota"] = "much"
				at(d, "spec", "userOverrides", "bob")["grantedAt"] = "yesterday"
			},
			want: []condition{ready, storageReady, datalabReady},
			part: "cannot read spec.quota; spec.userOverrides[bob].grantedAt is not a time",
		},
	} {
		t.Run(name, func(t *testing.T) {
			storage, datalab := raw(t, aliceStorage), raw(t, aliceDatalab)
			if test.storage != nil {
				test.storage(storage)
			}
			if test.datalab != nil {
				test.datalab(datalab)
			}
			p := parts(t, storage, datalab)
			if test.change != nil {
				test.change(&p)
			}
			ws := Workspace(p)
			var got []condition
			for _, c := range ws.Status.Conditions {
				got = append(got, condition{c.Type, string(c.Status), c.Reason, c.Message})
				if c.LastTransitionTime.IsZero() {
					t.Errorf("%s has no time", c.Type)
				}
				if c.ObservedGeneration != ws.Status.ObservedGeneration {
					t.Errorf("%s has observed %d, the workspace %d", c.Type, c.ObservedGeneration, ws.Status.ObservedGeneration)
				}
			}
			if diff := cmp.Diff(test.want, got, cmp.AllowUnexported(condition{})); diff != "" {
				t.Errorf("(-wanted +got):\n%s", diff)
			}
			if behind := ws.Status.ObservedGeneration < ws.Generation; behind != test.behind {
				t.Errorf("observed generation is %d of %d", ws.Status.ObservedGeneration, ws.Generation)
			}
			if got := ws.Status.Parts[1].Message; got != test.part {
				t.Errorf("want on the Datalab %q, got %q", test.part, got)
			}
		})
	}
}

// TestAbsence: versions never go back when a Datalab vanishes, nor when it comes back.
func TestAbsence(t *testing.T) {
	p := parts(t, raw(t, aliceStorage), raw(t, aliceDatalab))
	whole := Workspace(p)
	lost := p.Datalab
	p.Storage, p.Datalab = MarkAbsence(p.Storage, lost, 1500), nil
	half := Workspace(p)
	if half.ResourceVersion != "1500" || half.Generation <= whole.Generation {
		t.Errorf("the loss must be a new version and generation, got %s and %d after %s and %d",
			half.ResourceVersion, half.Generation, whole.ResourceVersion, whole.Generation)
	}
	if again := MarkAbsence(p.Storage, lost, 1500); again != p.Storage {
		t.Error("a loss must be marked once")
	}
	lost = lost.DeepCopy()
	lost.Generation, lost.ResourceVersion = 1, "1600"
	p.Datalab = lost
	if anew := Workspace(p); anew.Generation <= half.Generation || anew.ResourceVersion != "1600" {
		t.Errorf("the new Datalab must be a new version and generation, got %s and %d", anew.ResourceVersion, anew.Generation)
	}
}

// TestOpenIntent: readers see a change of both parts from the first write on, and see no difference when the second is made.
func TestOpenIntent(t *testing.T) {
	old := Workspace(parts(t, raw(t, aliceStorage), raw(t, aliceDatalab)))
	new := old.DeepCopy()
	new.Spec.Storage.Buckets = append(new.Spec.Storage.Buckets, eoepca.Bucket{Name: "ws-alice-c"})
	new.Spec.Sessions[0].State = eoepca.SessionStopped
	storageEdits, datalabEdits, err := Split(old, new)
	if err != nil {
		t.Fatal(err)
	}
	intent := &Intent{ID: "i1", Datalab: datalabEdits}
	annotation, err := intent.Encode()
	if err != nil {
		t.Fatal(err)
	}
	storage, datalab := raw(t, aliceStorage), raw(t, aliceDatalab)
	if err := storageEdits.Apply(storage); err != nil {
		t.Fatal(err)
	}
	at(storage, "metadata", "annotations")[IntentAnnotation] = annotation
	at(storage, "metadata")["generation"] = int64(5)
	at(storage, "metadata")["resourceVersion"] = "2000"

	p := parts(t, storage, datalab)
	if open := OpenIntent(p); open == nil || open.ID != "i1" {
		t.Fatalf("want an open intent, got %v", open)
	}
	between := Workspace(p)
	if diff := cmp.Diff(new.Spec, between.Spec); diff != "" {
		t.Errorf("between the writes (-wanted +got):\n%s", diff)
	}
	if between.ResourceVersion != "2000" || between.Generation != 5+3+1 {
		t.Errorf("want version 2000 and generation 9, got %s and %d", between.ResourceVersion, between.Generation)
	}

	if err := intent.Datalab.Apply(datalab); err != nil {
		t.Fatal(err)
	}
	at(datalab, "metadata", "annotations")[IntentIDAnnotation] = "i1"
	at(datalab, "metadata")["generation"] = int64(4)
	at(datalab, "metadata")["resourceVersion"] = "2001"
	p = parts(t, storage, datalab)
	if open := OpenIntent(p); open != nil {
		t.Fatalf("want no open intent, got %v", open)
	}
	after := Workspace(p)
	if diff := cmp.Diff(between.Spec, after.Spec); diff != "" {
		t.Errorf("after the writes (-wanted +got):\n%s", diff)
	}
	if after.Generation != between.Generation || after.ResourceVersion != "2001" {
		t.Errorf("want version 2001 and generation 9, got %s and %d", after.ResourceVersion, after.Generation)
	}
}

// TestIntentCreates: a Datalab that is about to be made shows as if it were there.
func TestIntentCreates(t *testing.T) {
	new := &eoepca.Workspace{ObjectMeta: metav1.ObjectMeta{Name: "w"}, Spec: eoepca.WorkspaceSpec{Owner: "alice", Environment: "e"}}
	_, datalabEdits, err := Split(nil, new)
	if err != nil {
		t.Fatal(err)
	}
	annotation, err := (&Intent{ID: "i1", Datalab: datalabEdits, CreatesDatalab: true, CreatedStorage: true}).Encode()
	if err != nil {
		t.Fatal(err)
	}
	storage := raw(t, `{metadata: {name: w, generation: 1, resourceVersion: "5"}, spec: {}}`)
	at(storage, "metadata")["annotations"] = map[string]any{IntentAnnotation: annotation}
	ws := Workspace(parts(t, storage, nil))
	if ws.Spec.Owner != "alice" || ws.Generation != 2 || ws.Status.ObservedGeneration != 0 {
		t.Errorf("want alice's, generation 2, nothing observed; got %q, %d, %d", ws.Spec.Owner, ws.Generation, ws.Status.ObservedGeneration)
	}
	if got := ws.Status.Parts[1]; got.UID != "" || got.Message != "is about to be made" {
		t.Errorf("want a Datalab that is about to be made, got %+v", got)
	}
	if len(ws.Status.Conditions) != 3 || ws.Status.Conditions[0].Status != metav1.ConditionUnknown {
		t.Errorf("want three conditions and not to be ready, got %+v", ws.Status.Conditions)
	}
}

// TestDecodeIntent: what another version has written is not guessed at.
func TestDecodeIntent(t *testing.T) {
	for value, want := range map[string]string{
		``:                              "cannot read",
		`{"v":2,"id":"x"}`:              "newer",
		`{"v":1}`:                       "version 1",
		`{"v":1,"id":"x","datalab":{}}`: "cannot read",
	} {
		if _, err := DecodeIntent(value); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: want an error with %q, got %v", value, want, err)
		}
	}
	unknown := Edits{{Op: OpSet, Path: fields("a"), Value: "b"}, {Op: "fold", Path: fields("a")}}
	object := map[string]any{}
	if err := unknown.Apply(object); err == nil || len(object) > 0 {
		t.Errorf("an unknown edit must change nothing, got %v and %v", err, object)
	}
}

// TestSharing: composing changes nothing of the parts.
func TestSharing(t *testing.T) {
	p := parts(t, raw(t, aliceStorage), raw(t, aliceDatalab))
	storage, datalab := p.Storage.DeepCopy(), p.Datalab.DeepCopy()
	first := Workspace(p)
	if diff := cmp.Diff(storage, p.Storage) + cmp.Diff(datalab, p.Datalab); diff != "" {
		t.Errorf("the parts have changed:\n%s", diff)
	}
	if diff := cmp.Diff(first, Workspace(p)); diff != "" {
		t.Errorf("composing again gives something else:\n%s", diff)
	}
}
