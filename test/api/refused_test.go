package api

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/eoepca/workspaces/test/integration/env"
)

// refusal is what a user reads of one field: where it is, and what is said of its value and of what would be accepted.
type refusal struct {
	field string
	says  []string
}

func at1(field string, says ...string) []refusal { return []refusal{{field, says}} }

// refused checks that an answer refuses a workspace at just these fields, and in the workspace's words.
func refused(t *testing.T, a *answer, want ...refusal) {
	t.Helper()
	status := a.want(t, http.StatusUnprocessableEntity).status(t)
	inOurWords(t, a)
	if status.Reason != metav1.StatusReasonInvalid || status.Details == nil || status.Details.Group != "eoepca.org" || status.Details.Kind != "Workspace" {
		t.Fatalf("the answer is about something else than a Workspace: %s", a.body)
	}
	var fields []string
	for _, cause := range status.Details.Causes {
		// kube-apiserver adds that it has looked no further.
		if cause.Field != "spec" || !strings.HasPrefix(cause.Message, "some validation rules were not checked") {
			fields = append(fields, cause.Field)
		}
	}
	for _, r := range want {
		if !said(status, r) {
			t.Errorf("%s: want a cause that says %q; got %+v", r.field, r.says, status.Details.Causes)
		}
	}
	if len(fields) != len(want) {
		t.Errorf("the causes are at %v, want %d: %s", fields, len(want), status.Message)
	}
}

func said(status *metav1.Status, r refusal) bool {
	for _, cause := range status.Details.Causes {
		if cause.Field != r.field || !strings.Contains(status.Message, cause.Field+": "+cause.Message) {
			continue
		}
		all := true
		for _, text := range r.says {
			all = all && strings.Contains(cause.Message, text)
		}
		if all {
			return true
		}
	}
	return false
}

// inOurWords checks that nothing in an answer is known only to those who know the parts.
func inOurWords(t testing.TB, a *answer) {
	t.Helper()
	for _, theirs := range []string{
		"pkg.internal", "bucketName", "bucketAccess", "userOverrides", "documentStores", "cacheStores", "vectorStores",
		"spec.databases", "spec.principal", "spec.buckets", "spec.users", "spec.secretName", "spec.files", "spec.quota",
		"crossplane", "workspaces.eoepca.org/",
	} {
		if strings.Contains(string(a.body), theirs) {
			t.Errorf("the answer speaks of %q: %s", theirs, a.body)
		}
	}
}

// Each rule of the parts' schemas, as its breaking shows at a Workspace: those who make one never see the part's own answer,
// because the server says it first.
func TestRulesOfThePartsAreToldAtTheWorkspace(t *testing.T) {
	t.Parallel()
	ns := e.Namespace(t)
	for i, test := range []struct {
		rule, spec string
		want       []refusal
	}{
		{"rollover: the interval is required", `storage: {credentialsRollover: {maxToKeep: 2}}`,
			at1("spec.storage.credentialsRollover.interval", "Required")},
		{"rollover: the interval is one of a list", `storage: {credentialsRollover: {interval: Hourly}}`,
			at1("spec.storage.credentialsRollover.interval", `"Hourly"`, `"Daily"`, `"None"`, `"Yearly"`)},
		{"rollover: the interval is not in the part's words", `storage: {credentialsRollover: {interval: daily}}`,
			at1("spec.storage.credentialsRollover.interval", `"daily"`, `"Daily"`)},
		{"rollover: at least one is kept", `storage: {credentialsRollover: {interval: Daily, maxToKeep: -1}}`,
			at1("spec.storage.credentialsRollover.maxToKeep", "-1", "from 1 to 10")},
		{"rollover: at most ten are kept", `storage: {credentialsRollover: {interval: Daily, maxToKeep: 11}}`,
			at1("spec.storage.credentialsRollover.maxToKeep", "11", "from 1 to 10")},
		{"bucket: the name is required", `storage: {buckets: [{name: $WS}, {discoverable: true}]}`,
			at1("spec.storage.buckets[1].name", "Required")},
		{"bucket: the name is unique", `storage: {buckets: [{name: $WS}, {name: $WS}]}`,
			at1("spec.storage.buckets[1]", "Duplicate", "$WS")},
		{"rule: the target is required", `storage: {buckets: [{name: $WS, lifecycleRules: [{mode: Delete, minAge: 1d}]}]}`,
			at1("spec.storage.buckets[0].lifecycleRules[0].target", "Required", `"*" or a prefix`)},
		{"rule: the target has an asterisk at its end only", `storage: {buckets: [{name: $WS, lifecycleRules: [{target: "a*b", mode: Delete, minAge: 1d}]}]}`,
			at1("spec.storage.buckets[0].lifecycleRules[0].target", `"a*b"`, `"*" or a prefix`)},
		{"rule: the target is unique", `storage: {buckets: [{name: $WS, lifecycleRules: [{target: x, mode: Delete, minAge: 1d}, {target: x, mode: Notify, minAge: 1d}]}]}`,
			at1("spec.storage.buckets[0].lifecycleRules[1]", "Duplicate", `"x"`)},
		{"rule: the mode is required", `storage: {buckets: [{name: $WS, lifecycleRules: [{target: x, minAge: 1d}]}]}`,
			at1("spec.storage.buckets[0].lifecycleRules[0].mode", "Required")},
		{"rule: the mode is one of a list", `storage: {buckets: [{name: $WS, lifecycleRules: [{target: x, mode: Burn, minAge: 1d}]}]}`,
			at1("spec.storage.buckets[0].lifecycleRules[0].mode", `"Burn"`, `"Delete"`, `"Notify"`)},
		{"rule: the age has a unit", `storage: {buckets: [{name: $WS, lifecycleRules: [{target: x, mode: Delete, minAge: "12"}]}]}`,
			at1("spec.storage.buckets[0].lifecycleRules[0].minAge", `"12"`, "such as 2w")},
		{"rule: an age or a moment, not none", `storage: {buckets: [{name: $WS, lifecycleRules: [{target: x, mode: Delete}]}]}`,
			at1("spec.storage.buckets[0].lifecycleRules[0].minAge", "exactly one of minAge and at")},
		{"rule: an age or a moment, not both", `storage: {buckets: [{name: $WS, lifecycleRules: [{target: x, mode: Delete, minAge: 1d, at: "2030-01-01T00:00:00Z"}]}]}`,
			at1("spec.storage.buckets[0].lifecycleRules[0].minAge", `"1d"`, "exactly one of minAge and at")},
		{"request: the bucket is required", `storage: {accessRequests: [{reason: mosaics}]}`,
			at1("spec.storage.accessRequests[0].bucket", "Required")},
		{"request: the bucket is unique", `storage: {accessRequests: [{bucket: other}, {bucket: other}]}`,
			at1("spec.storage.accessRequests[1]", "Duplicate", `"other"`)},
		{"grant: the bucket is required", `storage: {accessGrants: [{grantee: eric, permission: ReadOnly}]}`,
			at1("spec.storage.accessGrants[0].bucket", "Required")},
		{"grant: the grantee is required", `storage: {accessGrants: [{bucket: $WS, permission: ReadOnly}]}`,
			at1("spec.storage.accessGrants[0].grantee", "Required")},
		{"grant: the permission is required", `storage: {accessGrants: [{bucket: $WS, grantee: eric}]}`,
			at1("spec.storage.accessGrants[0].permission", "Required")},
		{"grant: the permission is one of a list", `storage: {accessGrants: [{bucket: $WS, grantee: eric, permission: All}]}`,
			at1("spec.storage.accessGrants[0].permission", `"All"`, `"ReadWrite"`, `"ReadOnly"`, `"WriteOnly"`, `"None"`)},
		{"grant: bucket and grantee are unique together", `storage: {accessGrants: [{bucket: $WS, grantee: eric, permission: None}, {bucket: $WS, grantee: eric, permission: ReadOnly}]}`,
			at1("spec.storage.accessGrants[1]", "Duplicate", "eric")},

		{"member: the name is required", `members: [{role: User}]`, at1("spec.members[0].name", "Required")},
		{"member: the name is unique", `members: [{name: bob}, {name: bob}]`, at1("spec.members[1]", "Duplicate", `"bob"`)},
		{"member: the role is one of a list", `members: [{name: bob, role: Boss}]`, at1("spec.members[0].role", `"Boss"`, `"Admin"`, `"User"`)},
		{"member: the role is not in the part's words", `members: [{name: bob, role: admin}]`, at1("spec.members[0].role", `"admin"`, `"Admin"`)},
		{"session: the name is required", `sessions: [{state: Started}]`, at1("spec.sessions[0].name", "Required")},
		{"session: the name is unique", `sessions: [{name: a}, {name: a}]`, at1("spec.sessions[1]", "Duplicate", `"a"`)},
		{"session: the state is one of a list", `sessions: [{name: a, state: Paused}]`, at1("spec.sessions[0].state", `"Paused"`, `"Started"`, `"Stopped"`)},
		{"databases: the host is required", `stores: {databases: [{databases: [dev]}]}`, at1("spec.stores.databases[0].name", "Required")},
		{"databases: the host is unique", `stores: {databases: [{name: pg0, databases: [a]}, {name: pg0, databases: [b]}]}`,
			at1("spec.stores.databases[1]", "Duplicate", `"pg0"`)},
		{"databases: at least one on a host", `stores: {databases: [{name: pg0, databases: []}]}`, at1("spec.stores.databases[0].databases", "at least one database")},
		{"databases: named", `stores: {databases: [{name: pg0, databases: [""]}]}`, at1("spec.stores.databases[0].databases[0]", "Required value")},
		{"databases: the size is a quantity", `stores: {databases: [{name: pg0, databases: [a], storage: big}]}`, at1("spec.stores.databases[0].storage", `"big"`, "such as 1Gi")},
		{"databases: the backup's size is a quantity", `stores: {databases: [{name: pg0, databases: [a], backupStorage: "0"}]}`,
			at1("spec.stores.databases[0].backupStorage", `"0"`, "greater than zero")},
		{"vectors: the size is a quantity", `stores: {vectors: [{name: a, storage: -1Gi}]}`, at1("spec.stores.vectors[0].storage", `"-1Gi"`, "greater than zero")},
		{"caches: the size is a quantity", `stores: {caches: [{name: a, storage: 1Xi}]}`, at1("spec.stores.caches[0].storage", `"1Xi"`, "such as 1Gi")},
		{"documents: the size is a quantity", `stores: {documents: [{name: a, storage: x}]}`, at1("spec.stores.documents[0].storage", `"x"`, "such as 1Gi")},
		{"documents: the name is unique", `stores: {documents: [{name: a}, {name: a}]}`, at1("spec.stores.documents[1]", "Duplicate", `"a"`)},
		{"quota: the budget is one of a list", `runtime: {quota: {budget: huge}}`, at1("spec.runtime.quota.budget", `"huge"`, `"small"`, `"xxx-large"`)},
		{"security: the policy is one of a list", `runtime: {security: {policy: none}}`, at1("spec.runtime.security.policy", `"none"`, `"restricted"`, `"baseline"`, `"privileged"`)},
		{"security: the role is one of a list", `runtime: {security: {kubernetesRole: root}}`, at1("spec.runtime.security.kubernetesRole", `"root"`, `"admin"`, `"edit"`, `"view"`)},
	} {
		t.Run(test.rule, func(t *testing.T) {
			t.Parallel()
			ws := written(t, ns, fmt.Sprintf("r%d", i), test.spec)
			refused(t, operator(t).post(t, at(ns), ws), named(test.want, nameOf(ws))...)
			if got := versions(t, ns, nameOf(ws)); got != [2]string{} {
				t.Errorf("something was written: versions %v", got)
			}
		})
	}
}

func named(want []refusal, name string) []refusal {
	var all []refusal
	for _, r := range want {
		said := refusal{field: r.field}
		for _, text := range r.says {
			said.says = append(said.says, strings.ReplaceAll(text, "$WS", name))
		}
		all = append(all, said)
	}
	return all
}

// Several broken rules are told in one answer, of both parts.
func TestAllBrokenRulesAreToldAtOnce(t *testing.T) {
	t.Parallel()
	ns := e.Namespace(t)
	ws := written(t, ns, "all", `members: [{name: bob, role: Boss}], storage: {buckets: [{name: Foreign}]}, sessions: [{name: A}]`)
	refused(t, operator(t).post(t, at(ns), ws),
		refusal{"spec.members[0].role", []string{"Boss"}},
		refusal{"spec.storage.buckets[0].name", []string{"Foreign", "lower-case"}},
		refusal{"spec.sessions[0].name", []string{`"A"`}})
}

// What the schemas of the parts leave open, the server decides.
func TestRulesOfTheServer(t *testing.T) {
	t.Parallel()
	ns := e.Namespace(t)
	for i, test := range []struct {
		rule, spec string
		want       []refusal
	}{
		{"a bucket's name has at least three characters", `storage: {buckets: [{name: ab}]}`, at1("spec.storage.buckets[0].name", `"ab"`, "3 to 63 characters")},
		{"a bucket's name begins with the workspace's", `storage: {buckets: [{name: mine}]}`, at1("spec.storage.buckets[0].name", `"mine"`, "must start with", "$WS")},
		{"a principal is the name of a Secret", `storage: {principal: "A B"}`, at1("spec.storage.principal", `"A B"`, "lowercase")},
		{"a request is for a bucket of another", `storage: {accessRequests: [{bucket: $WS}]}`, at1("spec.storage.accessRequests[0].bucket", "$WS", "of another")},
		{"a request was not in the future", `storage: {accessRequests: [{bucket: other, requestedAt: "2999-01-01T00:00:00Z"}]}`,
			at1("spec.storage.accessRequests[0].requestedAt", "2999", "leave it out")},
		{"a grant is for a bucket of one's own", `storage: {accessGrants: [{bucket: other, grantee: eric, permission: None}]}`,
			at1("spec.storage.accessGrants[0].bucket", `"other"`, "must be a bucket of this workspace", "$WS")},
		{"a grant is for another", `storage: {accessGrants: [{bucket: $WS, grantee: $WS, permission: None}]}`,
			at1("spec.storage.accessGrants[0].grantee", "$WS", "another")},
		{"a grant was not in the future", `storage: {accessGrants: [{bucket: $WS, grantee: eric, permission: None, grantedAt: "2999-01-01T00:00:00Z"}]}`,
			at1("spec.storage.accessGrants[0].grantedAt", "2999", "leave it out")},
		{"a member is not the owner", `members: [{name: alice}]`, at1("spec.members[0].name", `"alice"`, "is the owner")},
		{"a member was not admitted in the future", `members: [{name: bob, grantedAt: "2999-01-01T00:00:00Z"}]`, at1("spec.members[0].grantedAt", "2999", "leave it out")},
		{"an owner has no white space around", `owner: " alice"`, at1("spec.owner", `" alice"`, "white space")},
		{"not more sessions than allowed", `sessions: [{name: a}, {name: b}, {name: c}, {name: d}]`, at1("spec.sessions", "4", "at most 3")},
		{"a session's name is a label", `sessions: [{name: My_Session}]`, at1("spec.sessions[0].name", `"My_Session"`, "lower case")},
		{"a session's Service has a name of at most 63 characters", `sessions: [{name: ` + strings.Repeat("s", 60) + `}]`,
			at1("spec.sessions[0].name", "at most 63 characters")},
		{"a store's name is a label", `stores: {caches: [{name: A}]}`, at1("spec.stores.caches[0].name", `"A"`, "lower case")},
		{"a secret's name is one", `runtime: {secretName: "a b"}`, at1("spec.runtime.secretName", `"a b"`, "lower case")},
		{"the memory is a quantity", `runtime: {quota: {memory: much}}`, at1("spec.runtime.quota.memory", `"much"`, "such as 1Gi")},
		{"the volume's size is a quantity", `runtime: {quota: {storage: much}}`, at1("spec.runtime.quota.storage", `"much"`, "such as 1Gi")},
		{"the registry's size is a quantity", `runtime: {registry: {storage: much}}`, at1("spec.runtime.registry.storage", `"much"`, "such as 1Gi")},
		{"a storage class has a name", `runtime: {persistence: {storageClassName: "_"}}`, at1("spec.runtime.persistence.storageClassName", `"_"`, "lower case")},
	} {
		t.Run(test.rule, func(t *testing.T) {
			t.Parallel()
			ws := written(t, ns, fmt.Sprintf("s%d", i), test.spec)
			refused(t, operator(t).post(t, at(ns), ws), named(test.want, nameOf(ws))...)
		})
	}
	for name, want := range map[string]refusal{
		"Upper":                 {"metadata.name", []string{`"Upper"`, "lower case"}},
		"a.b":                   {"metadata.name", []string{`"a.b"`}},
		strings.Repeat("n", 64): {"metadata.name", []string{"63"}},
	} {
		ws := merged(t, written(t, ns, "n", ""), `metadata: {name: "`+name+`"}`)
		delete(ws["spec"].(object), "storage")
		a := operator(t).post(t, at(ns), ws).want(t, http.StatusUnprocessableEntity)
		if !said(a.status(t), want) {
			t.Errorf("the name %q: want %q, got %s", name, want, a.body)
		}
	}
}

// A bucket has one owner in the cluster; whose it is stays untold.
func TestBucketOfAnotherIsTaken(t *testing.T) {
	t.Parallel()
	ns, elsewhere := e.Namespace(t), e.Namespace(t)
	owner := made(t, ns, "owner", `storage: {buckets: [{name: $WS-bucket}]}`)
	ws := merged(t, written(t, elsewhere, "other", ""), `{metadata: {name: `+owner.Name+`-b}, spec: {storage: {buckets: [{name: `+owner.Name+`-bucket}]}}}`)
	env.Eventually(t, "the bucket is known", func() error {
		a := operator(t).post(t, at(elsewhere)+"?dryRun=All", ws)
		if a.code == http.StatusCreated {
			return fmt.Errorf("it is accepted")
		}
		refused(t, a, refusal{"spec.storage.buckets[0].name", []string{owner.Name + "-bucket", "taken by another workspace", "choose another name"}})
		if message := a.status(t).Message; strings.Contains(message, ns+"/") || strings.Contains(message, `"`+owner.Name+`"`) {
			t.Errorf("the answer says whose it is: %s", message)
		}
		return nil
	})
}
