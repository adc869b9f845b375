package compose

import (
	"encoding/json"
	"testing"

	"sigs.k8s.io/yaml"

	datalabv1beta2 "github.com/eoepca/workspaces/pkg/apis/provider/datalab/v1beta2"
	storagev1beta1 "github.com/eoepca/workspaces/pkg/apis/provider/storage/v1beta1"
	kjson "sigs.k8s.io/json"
)

// raw reads YAML as the unstructured content of a part.
func raw(t testing.TB, text string) map[string]any {
	t.Helper()
	data, err := yaml.YAMLToJSON([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	object := map[string]any{}
	if err := kjson.UnmarshalCaseSensitivePreserveInts(data, &object); err != nil {
		t.Fatal(err)
	}
	return object
}

// typed reads the content of a part as its Go type.
func typed[T any](t testing.TB, object map[string]any) *T {
	t.Helper()
	if object == nil {
		return nil
	}
	data, err := json.Marshal(object)
	if err != nil {
		t.Fatal(err)
	}
	result := new(T)
	if err := kjson.UnmarshalCaseSensitivePreserveInts(data, result); err != nil {
		t.Fatal(err)
	}
	return result
}

// pair makes parts of the contents; datalab may be nil.
func parts(t testing.TB, storage, datalab map[string]any) Parts {
	t.Helper()
	return Parts{
		Storage:     typed[storagev1beta1.Storage](t, storage),
		Datalab:     typed[datalabv1beta2.Datalab](t, datalab),
		DatalabKind: true,
	}
}

const aliceStorage = `
apiVersion: pkg.internal/v1beta1
kind: Storage
metadata:
  name: ws-alice
  namespace: workspace
  uid: 7c1b1f4e-0000-4000-8000-000000000001
  resourceVersion: "900"
  generation: 4
  creationTimestamp: "2026-01-10T19:00:00Z"
  finalizers: [composite.apiextensions.crossplane.io, example.org/keep, workspaces.eoepca.org/orphan]
  labels: {storages.pkg.internal/discoverable: "true", crossplane.io/composite: ws-alice, team: blue}
  annotations:
    storages.pkg.internal/environment: datalab
    kubectl.kubernetes.io/last-applied-configuration: storage's
    workspaces.eoepca.org/last-applied-configuration: workspace's
    workspaces.eoepca.org/owner-references: '[{"apiVersion":"v1","kind":"ConfigMap","name":"parent","uid":"u1"}]'
    workspaces.eoepca.org/managed-fields: '[{"manager":"kubectl","operation":"Apply","apiVersion":"eoepca.org/v1alpha1","time":"2026-01-10T19:00:00Z","fieldsType":"FieldsV1","fieldsV1":{"f:spec":{}}}]'
    note: hello
spec:
  principal: ws-alice
  novelty: {keep: me}
  credentialsRollover: {interval: weekly, maxToKeep: 2}
  buckets:
  - bucketName: ws-alice
    discoverable: true
    color: red
    lifecycleRules:
    - {target: tmp/*, mode: Delete, minAge: 2w, weight: 7}
    - {target: old/*, mode: Notify, at: "2027-01-01T00:00:00Z"}
  - {bucketName: ws-alice-b, discoverable: false}
  bucketAccessRequests:
  - {bucketName: ws-bob-shared, reason: S2 mosaics, requestedAt: "2026-02-01T08:00:00Z"}
  bucketAccessGrants:
  - {bucketName: ws-alice, grantee: ws-eric, permission: ReadOnly, grantedAt: "2026-02-02T08:00:00Z", via: phone}
status:
  conditions:
  - {type: Synced, status: "True", reason: ReconcileSuccess, lastTransitionTime: "2026-01-10T19:00:05Z", observedGeneration: 4}
  - {type: Ready, status: "True", reason: Available, lastTransitionTime: "2026-01-10T19:00:09Z", observedGeneration: 4}
`

const aliceDatalab = `
apiVersion: pkg.internal/v1beta2
kind: Datalab
metadata:
  name: ws-alice
  namespace: workspace
  uid: 7c1b1f4e-0000-4000-8000-000000000002
  resourceVersion: "1010"
  generation: 3
  creationTimestamp: "2026-01-10T19:00:00Z"
  annotations: {datalabs.pkg.internal/environment: datalab}
spec:
  users: [alice, bob, carol]
  userOverrides:
    bob: {role: admin, grantedAt: "2026-01-11T09:00:00Z", mood: good}
    alice: {role: admin}
  sessions:
  - {name: default, state: started, flavor: large}
  - {name: extra, state: stopped}
  databases:
    pg1: {names: [b], storage: 2Gi, backupStorage: 20Gi}
    pg0: {names: [dev, prod], storage: 1Gi, backupStorage: 10Gi, version: 17}
  vectorStores: {prod: {storage: 1Gi}}
  cacheStores: {prod: {storage: 1Gi}}
  documentStores: {prod: {storage: 10Gi, replicas: 3}}
  secretName: ws-alice
  vcluster: false
  data: {enabled: true, readOnlyMount: false}
  registry: {enabled: true, storage: 5Gi}
  persistence: {storageClassName: fast}
  quota: {memory: 2Gi, storage: 1Gi, budget: medium}
  security: {policy: baseline, kubernetesAccess: true, kubernetesRole: edit, externalEgress: true}
  files:
  - path: data
    s3: {bucket: unknown}
  - path: code
    includePaths: ["*.py"]
    git: {url: https://example.org/x.git, ref: main, depth: 1, refSelection: {semver: {constraints: ">1", prereleases: {identifiers: [rc]}}}}
  - path: img
    image: {url: example.org/i, secretRef: {name: s}, dangerousSkipTLSVerify: true, tagSelection: {semver: {constraints: ">2"}}}
    http: {url: https://example.org/f, sha256: abc, secretRef: {name: h, namespace: ns}}
status:
  conditions:
  - {type: Synced, status: "True", reason: ReconcileSuccess, lastTransitionTime: "2026-01-10T19:00:06Z", observedGeneration: 3}
  - {type: Ready, status: "True", reason: Available, lastTransitionTime: "2026-01-10T19:00:11Z", observedGeneration: 3}
  sessions:
    default: {state: started, phase: Running, url: "https://example.org/s"}
    gone: {state: stopped, phase: Deleting}
`

func decodeInto[T any](t testing.TB, text string) *T {
	t.Helper()
	result := new(T)
	if err := kjson.UnmarshalCaseSensitivePreserveInts([]byte(text), result); err != nil {
		t.Fatal(err)
	}
	return result
}
