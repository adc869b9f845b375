package api

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/util/wait"

	"github.com/eoepca/workspaces/pkg/apis/eoepca/v1alpha1"
	"github.com/eoepca/workspaces/test/integration/env"
)

var crds = schema.GroupVersionResource{Group: "apiextensions.k8s.io", Version: "v1", Resource: "customresourcedefinitions"}

// tight is a rule that a provider could add to a part, which refuses one value of one field: what the server itself lets
// pass. No other test uses these values.
type tight struct {
	part  string // storages or datalabs
	path  string // of the field in the part: steps into lists and maps are *
	rule  string // the rule at that field
	at    string // where in the object the rule speaks of, if not itself
	spec  string // the workspace that breaks it
	field string // where the workspace's user is told
}

// not is a rule against a text.
func not(value string) string { return "self != '" + value + "'" }

var tights = []tight{
	{"storages", "spec.principal", not("refused"), "", `storage: {principal: refused}`, "spec.storage.principal"},
	{"storages", "spec.credentialsRollover", "self.maxToKeep != 7 || self.interval != 'monthly'", "", `storage: {credentialsRollover: {interval: Monthly, maxToKeep: 7}}`, "spec.storage.credentialsRollover"},
	{"storages", "spec.credentialsRollover.interval", not("quarterly"), "", `storage: {credentialsRollover: {interval: Quarterly}}`, "spec.storage.credentialsRollover.interval"},
	{"storages", "spec.credentialsRollover.maxToKeep", "self != 6", "", `storage: {credentialsRollover: {interval: Daily, maxToKeep: 6}}`, "spec.storage.credentialsRollover.maxToKeep"},
	{"storages", "spec.buckets", "self.size() != 7", "", `storage: {buckets: [{name: $WS}, {name: $WS2}, {name: $WS3}, {name: $WS4}, {name: $WS5}, {name: $WS6}, {name: $WS7}]}`, "spec.storage.buckets"},
	{"storages", "spec.buckets.*", "!self.bucketName.endsWith('-item')", "", `storage: {buckets: [{name: $WS}, {name: $WS-item}]}`, "spec.storage.buckets[1]"},
	{"storages", "spec.buckets.*.bucketName", "!self.endsWith('-refused')", "", `storage: {buckets: [{name: $WS}, {name: $WS-refused}]}`, "spec.storage.buckets[1].name"},
	{"storages", "spec.buckets.*", "!self.discoverable || !self.bucketName.endsWith('-found')", ".discoverable", `storage: {buckets: [{name: $WS}, {name: $WS-found, discoverable: true}]}`, "spec.storage.buckets[1].discoverable"},
	{"storages", "spec.buckets.*.lifecycleRules", "self.size() != 3", "", `storage: {buckets: [{name: $WS, lifecycleRules: [{target: a, mode: Delete, minAge: 1d}, {target: b, mode: Delete, minAge: 1d}, {target: c, mode: Delete, minAge: 1d}]}]}`, "spec.storage.buckets[0].lifecycleRules"},
	{"storages", "spec.buckets.*.lifecycleRules.*.target", not("refused"), "", `storage: {buckets: [{name: $WS, lifecycleRules: [{target: refused, mode: Delete, minAge: 1d}]}]}`, "spec.storage.buckets[0].lifecycleRules[0].target"},
	{"storages", "spec.buckets.*.lifecycleRules.*", "self.mode != 'Notify' || self.target != 'refused/*'", ".mode", `storage: {buckets: [{name: $WS, lifecycleRules: [{target: "refused/*", mode: Notify, minAge: 1d}]}]}`, "spec.storage.buckets[0].lifecycleRules[0].mode"},
	{"storages", "spec.buckets.*.lifecycleRules.*.minAge", not("77d"), "", `storage: {buckets: [{name: $WS, lifecycleRules: [{target: x, mode: Delete, minAge: 77d}]}]}`, "spec.storage.buckets[0].lifecycleRules[0].minAge"},
	{"storages", "spec.buckets.*.lifecycleRules.*.at", "self != timestamp('2031-01-01T00:00:00Z')", "", `storage: {buckets: [{name: $WS, lifecycleRules: [{target: x, mode: Delete, at: "2031-01-01T00:00:00Z"}]}]}`, "spec.storage.buckets[0].lifecycleRules[0].at"},
	{"storages", "spec.bucketAccessRequests", "self.size() != 3", "", `storage: {accessRequests: [{bucket: one}, {bucket: two}, {bucket: three}]}`, "spec.storage.accessRequests"},
	{"storages", "spec.bucketAccessRequests.*.bucketName", not("refused"), "", `storage: {accessRequests: [{bucket: refused}]}`, "spec.storage.accessRequests[0].bucket"},
	{"storages", "spec.bucketAccessRequests.*.reason", not("refused"), "", `storage: {accessRequests: [{bucket: other, reason: refused}]}`, "spec.storage.accessRequests[0].reason"},
	{"storages", "spec.bucketAccessRequests.*.requestedAt", "self != timestamp('2021-01-01T00:00:00Z')", "", `storage: {accessRequests: [{bucket: other, requestedAt: "2021-01-01T00:00:00Z"}]}`, "spec.storage.accessRequests[0].requestedAt"},
	{"storages", "spec.bucketAccessGrants", "self.size() != 3", "", `storage: {accessGrants: [{bucket: $WS, grantee: a, permission: None}, {bucket: $WS, grantee: b, permission: None}, {bucket: $WS, grantee: c, permission: None}]}`, "spec.storage.accessGrants"},
	{"storages", "spec.bucketAccessGrants.*.bucketName", "!self.endsWith('-granted')", "", `storage: {buckets: [{name: $WS-granted}], accessGrants: [{bucket: $WS-granted, grantee: eric, permission: None}]}`, "spec.storage.accessGrants[0].bucket"},
	{"storages", "spec.bucketAccessGrants.*.grantee", not("refused"), "", `storage: {accessGrants: [{bucket: $WS, grantee: eric, permission: None}, {bucket: $WS, grantee: refused, permission: None}]}`, "spec.storage.accessGrants[1].grantee"},
	{"storages", "spec.bucketAccessGrants.*.permission", not("WriteOnly"), "", `storage: {accessGrants: [{bucket: $WS, grantee: eric, permission: WriteOnly}]}`, "spec.storage.accessGrants[0].permission"},
	{"storages", "spec.bucketAccessGrants.*.grantedAt", "self != timestamp('2021-01-01T00:00:00Z')", "", `storage: {accessGrants: [{bucket: $WS, grantee: eric, permission: None, grantedAt: "2021-01-01T00:00:00Z"}]}`, "spec.storage.accessGrants[0].grantedAt"},

	{"datalabs", "spec.users.*", not("refused-owner"), "", `owner: refused-owner`, "spec.owner"},
	{"datalabs", "spec.users.*", not("refused-member"), "", `members: [{name: bob}, {name: refused-member}]`, "spec.members[1].name"},
	{"datalabs", "spec.users", "self.size() != 7", "", `members: [{name: bb}, {name: cc}, {name: dd}, {name: ee}, {name: ff}, {name: gg}]`, "spec.members"},
	{"datalabs", "spec.userOverrides.*", "!has(self.role) || self.role != 'admin' || !has(self.grantedAt) || self.grantedAt != timestamp('2022-01-01T00:00:00Z')", ".role", `members: [{name: bob}, {name: carol, role: Admin, grantedAt: "2022-01-01T00:00:00Z"}]`, "spec.members[1].role"},
	{"datalabs", "spec.userOverrides.*.grantedAt", "self != timestamp('2021-01-01T00:00:00Z')", "", `members: [{name: bob}, {name: eve@example.org, grantedAt: "2021-01-01T00:00:00Z"}]`, "spec.members[1].grantedAt"},
	{"datalabs", "spec.sessions", "self.size() != 3 || self[0].name != 'refused1'", "", `sessions: [{name: refused1}, {name: b}, {name: c}]`, "spec.sessions"},
	{"datalabs", "spec.sessions.*.name", not("refused"), "", `sessions: [{name: main}, {name: refused}]`, "spec.sessions[1].name"},
	{"datalabs", "spec.sessions.*", "self.state != 'started' || self.name != 'dear'", ".state", `sessions: [{name: main}, {name: dear, state: Started}]`, "spec.sessions[1].state"},
	{"datalabs", "spec.databases", "!('refused' in self)", "", `stores: {databases: [{name: refused, databases: [a]}]}`, "spec.stores.databases"},
	{"datalabs", "spec.databases.*.names", "self.size() != 3", "", `stores: {databases: [{name: pg0, databases: [a, b, c]}]}`, "spec.stores.databases[0].databases"},
	{"datalabs", "spec.databases.*.names.*", not("refused"), "", `stores: {databases: [{name: pg0, databases: [a]}, {name: pg1, databases: [a, refused]}]}`, "spec.stores.databases[1].databases[1]"},
	{"datalabs", "spec.databases.*.storage", not("13Gi"), "", `stores: {databases: [{name: pg0, databases: [a]}, {name: pg1, databases: [a], storage: 13Gi}]}`, "spec.stores.databases[1].storage"},
	{"datalabs", "spec.databases.*.backupStorage", not("13Gi"), "", `stores: {databases: [{name: pg0, databases: [a], backupStorage: 13Gi}]}`, "spec.stores.databases[0].backupStorage"},
	{"datalabs", "spec.vectorStores.*.storage", not("13Gi"), "", `stores: {vectors: [{name: a}, {name: b, storage: 13Gi}]}`, "spec.stores.vectors[1].storage"},
	{"datalabs", "spec.cacheStores.*.storage", not("13Gi"), "", `stores: {caches: [{name: a}, {name: b, storage: 13Gi}]}`, "spec.stores.caches[1].storage"},
	{"datalabs", "spec.documentStores.*.storage", not("13Gi"), "", `stores: {documents: [{name: b, storage: 13Gi}]}`, "spec.stores.documents[0].storage"},
	{"datalabs", "spec.documentStores", "!('refused' in self)", "", `stores: {documents: [{name: refused}]}`, "spec.stores.documents"},
	{"datalabs", "spec.secretName", not("refused"), "", `runtime: {secretName: refused}`, "spec.runtime.secretName"},
	{"datalabs", "spec", "!self.vcluster || self.secretName != 'vcluster'", ".vcluster", `runtime: {secretName: vcluster, vcluster: true}`, "spec.runtime.vcluster"},
	{"datalabs", "spec.data.enabled", "self", "", `runtime: {data: {enabled: false}}`, "spec.runtime.data.enabled"},
	{"datalabs", "spec.data.readOnlyMount", "!self", "", `runtime: {data: {readOnlyMount: true}}`, "spec.runtime.data.readOnlyMount"},
	{"datalabs", "spec.registry", "self.enabled || !has(self.storage) || self.storage != '14Gi'", ".enabled", `runtime: {registry: {enabled: false, storage: 14Gi}}`, "spec.runtime.registry.enabled"},
	{"datalabs", "spec.registry.storage", not("13Gi"), "", `runtime: {registry: {storage: 13Gi}}`, "spec.runtime.registry.storage"},
	{"datalabs", "spec.persistence.storageClassName", not("refused"), "", `runtime: {persistence: {storageClassName: refused}}`, "spec.runtime.persistence.storageClassName"},
	{"datalabs", "spec.quota.memory", not("13Gi"), "", `runtime: {quota: {memory: 13Gi}}`, "spec.runtime.quota.memory"},
	{"datalabs", "spec.quota.storage", not("13Gi"), "", `runtime: {quota: {storage: 13Gi}}`, "spec.runtime.quota.storage"},
	{"datalabs", "spec.quota.budget", not("xxx-large"), "", `runtime: {quota: {budget: xxx-large}}`, "spec.runtime.quota.budget"},
	{"datalabs", "spec.security.policy", not("privileged"), "", `runtime: {security: {policy: privileged}}`, "spec.runtime.security.policy"},
	{"datalabs", "spec.security.kubernetesAccess", "!self", "", `runtime: {security: {kubernetesAccess: true}}`, "spec.runtime.security.kubernetesAccess"},
	{"datalabs", "spec.security.kubernetesRole", not("admin"), "", `runtime: {security: {kubernetesRole: admin}}`, "spec.runtime.security.kubernetesRole"},
	{"datalabs", "spec.security.externalEgress", "!self", "", `runtime: {security: {externalEgress: true}}`, "spec.runtime.security.externalEgress"},
	{"datalabs", "spec.files.*.path", not("refused"), "", `runtime: {files: [{path: a}, {path: refused}]}`, "spec.runtime.files[1].path"},
	{"datalabs", "spec.files.*.includePaths.*", not("refused"), "", `runtime: {files: [{includePaths: [a, refused]}]}`, "spec.runtime.files[0].includePaths[1]"},
	{"datalabs", "spec.files.*.excludePaths.*", not("refused"), "", `runtime: {files: [{excludePaths: [refused]}]}`, "spec.runtime.files[0].excludePaths[0]"},
	{"datalabs", "spec.files.*.newRootPath", not("refused"), "", `runtime: {files: [{newRootPath: refused}]}`, "spec.runtime.files[0].newRootPath"},
	{"datalabs", "spec.files.*.image.url", not("refused"), "", `runtime: {files: [{image: {url: refused}}]}`, "spec.runtime.files[0].image.url"},
	{"datalabs", "spec.files.*.image.secretRef.name", not("refused"), "", `runtime: {files: [{image: {secretRef: {name: refused}}}]}`, "spec.runtime.files[0].image.secretRef.name"},
	{"datalabs", "spec.files.*.image.dangerousSkipTLSVerify", "!self", "", `runtime: {files: [{image: {dangerousSkipTLSVerify: true}}]}`, "spec.runtime.files[0].image.dangerousSkipTLSVerify"},
	{"datalabs", "spec.files.*.image.tagSelection.semver.constraints", not("refused"), "", `runtime: {files: [{image: {tagSelection: {semver: {constraints: refused}}}}]}`, "spec.runtime.files[0].image.tagSelection.semver.constraints"},
	{"datalabs", "spec.files.*.git.url", not("refused"), "", `runtime: {files: [{git: {url: refused}}]}`, "spec.runtime.files[0].git.url"},
	{"datalabs", "spec.files.*.git.ref", not("refused"), "", `runtime: {files: [{git: {ref: refused}}]}`, "spec.runtime.files[0].git.ref"},
	{"datalabs", "spec.files.*.git.refSelection.semver.prereleases.identifiers.*", not("refused"), "", `runtime: {files: [{git: {refSelection: {semver: {prereleases: {identifiers: [rc, refused]}}}}}]}`, "spec.runtime.files[0].git.refSelection.semver.prereleases.identifiers[1]"},
	{"datalabs", "spec.files.*.git.lfsSkipSmudge", "!self", "", `runtime: {files: [{git: {lfsSkipSmudge: true}}]}`, "spec.runtime.files[0].git.lfsSkipSmudge"},
	{"datalabs", "spec.files.*.git.verification.publicKeysSecretRef.name", not("refused"), "", `runtime: {files: [{git: {verification: {publicKeysSecretRef: {name: refused}}}}]}`, "spec.runtime.files[0].git.verification.publicKeysSecretRef.name"},
	{"datalabs", "spec.files.*.http.url", not("refused"), "", `runtime: {files: [{http: {url: refused}}]}`, "spec.runtime.files[0].http.url"},
	{"datalabs", "spec.files.*.http.sha256", not("refused"), "", `runtime: {files: [{http: {url: x, sha256: refused}}]}`, "spec.runtime.files[0].http.sha256"},
}

// Whatever a provider's schema refuses, at whichever field, the user is told at his own field.
func TestNewRulesOfThePartsAreToldAtTheWorkspace(t *testing.T) {
	t.Parallel()
	ns := e.Namespace(t)
	for i, test := range tights {
		t.Run(test.field+" "+test.rule, func(t *testing.T) {
			t.Parallel()
			ws := written(t, ns, fmt.Sprintf("t%d", i), test.spec)
			a := operator(t).post(t, at(ns), ws)
			refused(t, a, refusal{test.field, []string{"refused by the provider"}})
			if got := versions(t, ns, nameOf(ws)); got != [2]string{} {
				t.Errorf("something was written: versions %v", got)
			}
		})
	}
}

// tighten adds the rules to the CRDs, and returns when kube-apiserver keeps them and the server has taken note.
func tighten(ctx context.Context) error {
	for _, part := range []string{"storages", "datalabs"} {
		crd, err := e.Dynamic.Resource(crds).Get(ctx, part+".pkg.internal", metav1.GetOptions{})
		if err != nil {
			return err
		}
		versions, _, _ := unstructured.NestedSlice(crd.Object, "spec", "versions")
		root := versions[0].(object)["schema"].(object)["openAPIV3Schema"].(object)
		for _, rule := range tights {
			if rule.part == part {
				addRule(root, rule)
			}
		}
		for _, s := range stricts {
			if s.part == part {
				schemaAt(root, s.path)[s.keyword] = s.value
			}
		}
		if err := unstructured.SetNestedSlice(crd.Object, versions, "spec", "versions"); err != nil {
			return err
		}
		if _, err := e.Dynamic.Resource(crds).Update(ctx, crd, metav1.UpdateOptions{}); err != nil {
			return err
		}
	}
	// Whoever follows the parts is told to begin anew: the server is unready for a moment.
	workspaces := e.Replicas[0].Workspaces("default")
	return wait.PollUntilContextTimeout(ctx, 50*time.Millisecond, time.Minute, true, func(ctx context.Context) (bool, error) {
		for i, change := range []func(*v1alpha1.Workspace){
			func(ws *v1alpha1.Workspace) { ws.Spec.Storage.Principal = "refused" },
			func(ws *v1alpha1.Workspace) { ws.Spec.Owner = "refused-owner" },
		} {
			ws := env.Workspace("default", fmt.Sprintf("probe-%d", i))
			change(ws)
			_, err := workspaces.Create(ctx, ws, metav1.CreateOptions{DryRun: []string{metav1.DryRunAll}})
			if !apierrors.IsInvalid(err) {
				return false, nil
			}
		}
		_, err := workspaces.List(ctx, metav1.ListOptions{ResourceVersion: "0"})
		return err == nil, nil
	})
}

// addRule adds a rule to the schema of a field. Rules cost by how often they may be evaluated, so all around gets a limit.
func addRule(root object, rule tight) {
	s := schemaAt(root, rule.path)
	limit(s)
	added := object{"rule": rule.rule, "message": "refused by the provider"}
	if rule.at != "" {
		added["fieldPath"] = rule.at
	}
	rules, _ := s["x-kubernetes-validations"].([]any)
	s["x-kubernetes-validations"] = append(rules, added)
}

// schemaAt is the schema of a field.
func schemaAt(s object, path string) object {
	for _, step := range strings.Split(path, ".") {
		var next any
		switch {
		case step != "*":
			next = s["properties"].(object)[step]
		case s["type"] == "array":
			s["maxItems"] = int64(100)
			next = s["items"]
		default:
			s["maxProperties"] = int64(100)
			next = s["additionalProperties"]
		}
		s = next.(object)
	}
	return s
}

// limit gives everything in a schema a greatest size.
func limit(s object) {
	switch s["type"] {
	case "array":
		s["maxItems"] = int64(100)
	case "string":
		if s["format"] == nil && s["enum"] == nil {
			s["maxLength"] = int64(1000)
		}
	}
	if s["additionalProperties"] != nil {
		s["maxProperties"] = int64(100)
	}
	for _, child := range []string{"items", "additionalProperties"} {
		if c, ok := s[child].(object); ok {
			limit(c)
		}
	}
	properties, _ := s["properties"].(object)
	for _, p := range properties {
		if c, ok := p.(object); ok {
			limit(c)
		}
	}
}
