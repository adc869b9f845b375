package compose

import (
	"context"
	"errors"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apiextensions-apiserver/pkg/apis/apiextensions"
	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	structural "k8s.io/apiextensions-apiserver/pkg/apiserver/schema"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/cel"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/listtype"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/validation"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/util/validation/field"
	celconfig "k8s.io/apiserver/pkg/apis/cel"
	"sigs.k8s.io/yaml"
)

// definition is the schema of a part, asked as kube-apiserver asks it.
type definition struct {
	kind       schema.GroupKind
	schema     validation.SchemaValidator
	structural *structural.Structural
	cel        *cel.Validator
}

func readDefinition(t testing.TB, kind Kind, file string) definition {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	crd := apiextensionsv1.CustomResourceDefinition{}
	if err := yaml.UnmarshalStrict(data, &crd); err != nil {
		t.Fatal(err)
	}
	props := apiextensions.JSONSchemaProps{}
	if err := apiextensionsv1.Convert_v1_JSONSchemaProps_To_apiextensions_JSONSchemaProps(crd.Spec.Versions[0].Schema.OpenAPIV3Schema, &props, nil); err != nil {
		t.Fatal(err)
	}
	d := definition{kind: schema.GroupKind{Group: "pkg.internal", Kind: string(kind)}}
	if d.schema, _, err = validation.NewSchemaValidator(&props); err != nil {
		t.Fatal(err)
	}
	if d.structural, err = structural.NewStructural(&props); err != nil {
		t.Fatal(err)
	}
	d.cel = cel.NewValidator(d.structural, true, celconfig.PerCallLimit)
	return d
}

// refuse answers what kube-apiserver would say about a part.
func (d definition) refuse(part map[string]any) error {
	errs := validation.ValidateCustomResource(nil, part, d.schema)
	errs = append(errs, listtype.ValidateListSetsAndMaps(nil, d.structural, part)...)
	if len(errs) == 0 && d.cel != nil {
		errs, _ = d.cel.Validate(context.Background(), nil, d.structural, part, nil, celconfig.RuntimeCELCostBudget)
	}
	if len(errs) == 0 {
		return nil
	}
	return apierrors.NewInvalid(d.kind, "ws-alice", errs)
}

// TestTranslateSchemaErrors: every rule of the parts' schemas is told at the Workspace's own field.
func TestTranslateSchemaErrors(t *testing.T) {
	definitions := map[Kind]definition{
		Storage: readDefinition(t, Storage, "../../artifacts/crds/storages.yaml"),
		Datalab: readDefinition(t, Datalab, "../../artifacts/crds/datalabs.yaml"),
	}
	bases := map[Kind]string{Storage: aliceStorage, Datalab: aliceDatalab}
	ws := Workspace(parts(t, raw(t, aliceStorage), raw(t, aliceDatalab)))

	set := func(value any, path ...any) func(map[string]any) {
		return func(part map[string]any) {
			at(part, path[:len(path)-1]...)[path[len(path)-1].(string)] = value
		}
	}
	drop := func(path ...any) func(map[string]any) {
		return func(part map[string]any) {
			delete(at(part, path[:len(path)-1]...), path[len(path)-1].(string))
		}
	}
	for name, test := range map[string]struct {
		kind    Kind
		spoil   func(part map[string]any)
		field   string
		message string
	}{
		"principal is required":             {Storage, drop("spec", "principal"), "spec.storage.principal", "Required value"},
		"principal is a string":             {Storage, set(int64(1), "spec", "principal"), "spec.storage.principal", "spec.storage.principal in body must be of type string"},
		"buckets are required":              {Storage, drop("spec", "buckets"), "spec.storage.buckets", "Required value"},
		"buckets are a list":                {Storage, set("x", "spec", "buckets"), "spec.storage.buckets", "must be of type array"},
		"a bucket has a name":               {Storage, drop("spec", "buckets", 1, "bucketName"), "spec.storage.buckets[1].name", "Required value"},
		"a bucket is discoverable or not":   {Storage, set("x", "spec", "buckets", 1, "discoverable"), "spec.storage.buckets[1].discoverable", "boolean"},
		"buckets have names of their own":   {Storage, set("ws-alice", "spec", "buckets", 1, "bucketName"), "spec.storage.buckets[1]", "Duplicate value"},
		"rollover has an interval":          {Storage, drop("spec", "credentialsRollover", "interval"), "spec.storage.credentialsRollover.interval", "Required value"},
		"rollover has a known interval":     {Storage, set("hourly", "spec", "credentialsRollover", "interval"), "spec.storage.credentialsRollover.interval", `supported values: "Daily", "Weekly", "Monthly", "Quarterly", "Yearly", "None"`},
		"rollover keeps some":               {Storage, drop("spec", "credentialsRollover", "maxToKeep"), "spec.storage.credentialsRollover.maxToKeep", "Required value"},
		"rollover keeps one":                {Storage, set(int64(0), "spec", "credentialsRollover", "maxToKeep"), "spec.storage.credentialsRollover.maxToKeep", "greater than or equal to 1"},
		"rollover keeps ten at most":        {Storage, set(int64(11), "spec", "credentialsRollover", "maxToKeep"), "spec.storage.credentialsRollover.maxToKeep", "less than or equal to 10"},
		"rollover is an object":             {Storage, set("x", "spec", "credentialsRollover"), "spec.storage.credentialsRollover", "must be of type object"},
		"a rule has a target":               {Storage, drop("spec", "buckets", 0, "lifecycleRules", 1, "target"), "spec.storage.buckets[0].lifecycleRules[1].target", "Required value"},
		"a rule's target is a prefix":       {Storage, set("a*b", "spec", "buckets", 0, "lifecycleRules", 1, "target"), "spec.storage.buckets[0].lifecycleRules[1].target", "spec.storage.buckets[0].lifecycleRules[1].target in body should match"},
		"a rule has a mode":                 {Storage, drop("spec", "buckets", 0, "lifecycleRules", 1, "mode"), "spec.storage.buckets[0].lifecycleRules[1].mode", "Required value"},
		"a rule's mode is known":            {Storage, set("Burn", "spec", "buckets", 0, "lifecycleRules", 1, "mode"), "spec.storage.buckets[0].lifecycleRules[1].mode", `supported values: "Notify", "Delete"`},
		"a rule's age has a unit":           {Storage, set("2y", "spec", "buckets", 0, "lifecycleRules", 0, "minAge"), "spec.storage.buckets[0].lifecycleRules[0].minAge", "should match"},
		"a rule's date is a time":           {Storage, set("soon", "spec", "buckets", 0, "lifecycleRules", 1, "at"), "spec.storage.buckets[0].lifecycleRules[1].at", "date-time"},
		"a rule has an age or a date":       {Storage, drop("spec", "buckets", 0, "lifecycleRules", 0, "minAge"), "spec.storage.buckets[0].lifecycleRules[0]", "exactly one of minAge and at must be set"},
		"rules have targets of their own":   {Storage, set("tmp/*", "spec", "buckets", 0, "lifecycleRules", 1, "target"), "spec.storage.buckets[0].lifecycleRules[1]", "Duplicate value"},
		"a request is for a bucket":         {Storage, drop("spec", "bucketAccessRequests", 0, "bucketName"), "spec.storage.accessRequests[0].bucket", "Required value"},
		"a request was made some time":      {Storage, drop("spec", "bucketAccessRequests", 0, "requestedAt"), "spec.storage.accessRequests[0].requestedAt", "Required value"},
		"a request was made at a time":      {Storage, set("x", "spec", "bucketAccessRequests", 0, "requestedAt"), "spec.storage.accessRequests[0].requestedAt", "date-time"},
		"a grant is for a bucket":           {Storage, drop("spec", "bucketAccessGrants", 0, "bucketName"), "spec.storage.accessGrants[0].bucket", "Required value"},
		"a grant is for somebody":           {Storage, drop("spec", "bucketAccessGrants", 0, "grantee"), "spec.storage.accessGrants[0].grantee", "Required value"},
		"a grant has a permission":          {Storage, drop("spec", "bucketAccessGrants", 0, "permission"), "spec.storage.accessGrants[0].permission", "Required value"},
		"a grant's permission is known":     {Storage, set("All", "spec", "bucketAccessGrants", 0, "permission"), "spec.storage.accessGrants[0].permission", `"ReadWrite"`},
		"a grant was made some time":        {Storage, drop("spec", "bucketAccessGrants", 0, "grantedAt"), "spec.storage.accessGrants[0].grantedAt", "Required value"},
		"a grant was made at a time":        {Storage, set("x", "spec", "bucketAccessGrants", 0, "grantedAt"), "spec.storage.accessGrants[0].grantedAt", "date-time"},
		"the providers' own is not ours":    {Storage, set("x", "spec", "crossplane"), "spec", "field spec.crossplane of the Storage"},
		"users are required":                {Datalab, drop("spec", "users"), "spec.members", "Required value"},
		"the owner is a string":             {Datalab, set([]any{int64(1)}, "spec", "users"), "spec.owner", "must be of type string"},
		"a member is a string":              {Datalab, set([]any{"alice", "bob", int64(1)}, "spec", "users"), "spec.members[1].name", "must be of type string"},
		"a member has a known role":         {Datalab, set("boss", "spec", "userOverrides", "bob", "role"), "spec.members[0].role", `supported values: "Admin", "User"`},
		"a member was admitted at a time":   {Datalab, set("x", "spec", "userOverrides", "bob", "grantedAt"), "spec.members[0].grantedAt", "date-time"},
		"the owner has a known role too":    {Datalab, set("boss", "spec", "userOverrides", "alice", "role"), "spec.owner", "Unsupported value"},
		"a session has a name":              {Datalab, drop("spec", "sessions", 1, "name"), "spec.sessions[1].name", "Required value"},
		"a session's state is known":        {Datalab, set("paused", "spec", "sessions", 1, "state"), "spec.sessions[1].state", `supported values: "Started", "Stopped"`},
		"a host has databases":              {Datalab, drop("spec", "databases", "pg1", "names"), "spec.stores.databases[1].databases", "Required value"},
		"a host has one database":           {Datalab, set([]any{}, "spec", "databases", "pg1", "names"), "spec.stores.databases[1].databases", "at least 1 items"},
		"a database is a string":            {Datalab, set([]any{int64(1)}, "spec", "databases", "pg1", "names"), "spec.stores.databases[1].databases[0]", "must be of type string"},
		"a host has a size":                 {Datalab, drop("spec", "databases", "pg0", "storage"), "spec.stores.databases[0].storage", "Required value"},
		"a host has a size for its backups": {Datalab, drop("spec", "databases", "pg0", "backupStorage"), "spec.stores.databases[0].backupStorage", "Required value"},
		"a vector store has a size":         {Datalab, drop("spec", "vectorStores", "prod", "storage"), "spec.stores.vectors[0].storage", "Required value"},
		"a cache has a size":                {Datalab, drop("spec", "cacheStores", "prod", "storage"), "spec.stores.caches[0].storage", "Required value"},
		"a document store has a size":       {Datalab, drop("spec", "documentStores", "prod", "storage"), "spec.stores.documents[0].storage", "Required value"},
		"the secret is a string":            {Datalab, set(int64(1), "spec", "secretName"), "spec.runtime.secretName", "spec.runtime.secretName in body must be of type string"},
		"vcluster is yes or no":             {Datalab, set("x", "spec", "vcluster"), "spec.runtime.vcluster", "boolean"},
		"data is an object":                 {Datalab, set("x", "spec", "data"), "spec.runtime.data", "must be of type object"},
		"data is enabled or not":            {Datalab, set("x", "spec", "data", "enabled"), "spec.runtime.data.enabled", "boolean"},
		"the registry is enabled or not":    {Datalab, set("x", "spec", "registry", "enabled"), "spec.runtime.registry.enabled", "boolean"},
		"the storage class is a string":     {Datalab, set(int64(1), "spec", "persistence", "storageClassName"), "spec.runtime.persistence.storageClassName", "string"},
		"the budget is known":               {Datalab, set("huge", "spec", "quota", "budget"), "spec.runtime.quota.budget", `"xxx-large"`},
		"the policy is known":               {Datalab, set("none", "spec", "security", "policy"), "spec.runtime.security.policy", `"restricted"`},
		"the session's role is known":       {Datalab, set("root", "spec", "security", "kubernetesRole"), "spec.runtime.security.kubernetesRole", `"admin", "edit", "view"`},
		"a file's path is a string":         {Datalab, set(int64(1), "spec", "files", 1, "path"), "spec.runtime.files[1].path", "string"},
		"a file's ref is a string":          {Datalab, set(int64(1), "spec", "files", 1, "git", "ref"), "spec.runtime.files[1].git.ref", "string"},
	} {
		t.Run(name, func(t *testing.T) {
			part := raw(t, bases[test.kind])
			delete(part, "metadata")
			if err := definitions[test.kind].refuse(part); err != nil {
				t.Fatalf("the part is not good to begin with: %v", err)
			}
			test.spoil(part)
			refused := definitions[test.kind].refuse(part)
			if refused == nil {
				t.Fatal("the part's schema has no such rule")
			}
			var status apierrors.APIStatus
			if err := TranslateError(refused, string(test.kind), ws); !errors.As(err, &status) || !apierrors.IsInvalid(err) {
				t.Fatalf("want 422, got %v", err)
			}
			details := status.Status().Details
			if details.Group != "eoepca.org" || details.Kind != "Workspace" || details.Name != "ws-alice" {
				t.Errorf("want the details of the Workspace, got %+v", details)
			}
			found := false
			for _, cause := range details.Causes {
				found = found || cause.Field == test.field && strings.Contains(cause.Message, test.message)
			}
			if !found {
				t.Errorf("want a cause at %s with %q, got %+v\nfrom %v", test.field, test.message, details.Causes, refused)
			}
			message := status.Status().Message
			if !strings.HasPrefix(message, `Workspace.eoepca.org "ws-alice" is invalid: `) || strings.Contains(message, "pkg.internal") {
				t.Errorf("the message must speak of the Workspace: %s", message)
			}
		})
	}
}

// TestTranslateAnswers: what is not about a field keeps its reason and speaks of the Workspace.
func TestTranslateAnswers(t *testing.T) {
	ws := Workspace(parts(t, raw(t, aliceStorage), raw(t, aliceDatalab)))
	datalabs := schema.GroupResource{Group: "pkg.internal", Resource: "datalabs"}
	namespaces := schema.GroupResource{Resource: "namespaces"}
	policy := apierrors.NewForbidden(datalabs, "ws-alice", errors.New("ValidatingAdmissionPolicy 'p' with binding 'b' denied request: no"))
	policy.ErrStatus.Reason, policy.ErrStatus.Code = metav1.StatusReasonInvalid, 422
	policy.ErrStatus.Details.Causes = append(policy.ErrStatus.Details.Causes, metav1.StatusCause{Message: "no"})
	webhook := &apierrors.StatusError{ErrStatus: metav1.Status{Status: "Failure", Code: 403, Reason: "Forbidden", Message: `admission webhook "w.example.org" denied the request: never`}}
	odd := apierrors.NewInvalid(schema.GroupKind{Group: "pkg.internal", Kind: "Datalab"}, "ws-alice", field.ErrorList{
		field.TooLong(field.NewPath("metadata", "annotations"), "", 262144),
		field.Invalid(field.NewPath("metadata", "annotations").Key(DatalabEnvironmentAnnotation), "x", "unknown"),
		field.Required(field.NewPath("spec", "databases").Key("pg1").Child("storage"), "by a rule"),
		field.Required(field.NewPath("spec", "databases", "pg9", "storage"), "by a rule"),
		field.Required(field.NewPath("spec"), "by a rule"),
		field.Invalid(nil, nil, "some rules were not checked"),
	})
	plain := errors.New("connection refused")

	for name, test := range map[string]struct {
		err      error
		want     string
		kind     string
		code     int32
		identity bool
	}{
		"forbidden by a policy": {err: policy, kind: "workspaces", code: 422,
			want: `workspaces.eoepca.org "ws-alice" is forbidden: ValidatingAdmissionPolicy 'p' with binding 'b' denied request: no`},
		"denied by a webhook": {err: webhook, code: 403, want: `admission webhook "w.example.org" denied the request: never`},
		"over the quota": {err: apierrors.NewForbidden(datalabs, "ws-alice", errors.New("exceeded quota: q")), kind: "workspaces", code: 403,
			want: `workspaces.eoepca.org "ws-alice" is forbidden: exceeded quota: q`},
		"not found":      {err: apierrors.NewNotFound(datalabs, "ws-alice"), kind: "workspaces", code: 404, want: `workspaces.eoepca.org "ws-alice" not found`},
		"exists already": {err: apierrors.NewAlreadyExists(datalabs, "ws-alice"), kind: "workspaces", code: 409, want: `workspaces.eoepca.org "ws-alice" already exists`},
		"the namespace is missing": {err: apierrors.NewNotFound(namespaces, "workspace"), kind: "namespaces", code: 404,
			want: `namespaces "workspace" not found`},
		"the server itself lacks a permission": {code: 500,
			err: apierrors.NewForbidden(datalabs, "ws-alice", errors.New(`User "u" cannot patch resource "datalabs" in API group "pkg.internal" in the namespace "n"`)),
			want: `Internal error occurred: the workspaces server lacks a permission of its own, apply its ClusterRole: ` +
				`User "u" cannot patch resource "datalabs" in API group "pkg.internal" in the namespace "n"`},
		"several causes": {err: odd, kind: "Workspace", code: 422, want: `Workspace.eoepca.org "ws-alice" is invalid: [` +
			`metadata.annotations: Too long: may not be more than 262144 bytes, ` +
			`spec.environment: Invalid value: "x": unknown, ` +
			`spec.stores.databases[1].storage: Required value: by a rule, ` +
			`spec.stores.databases: Required value: by a rule, ` +
			`spec: Required value: by a rule, ` +
			`spec: some rules were not checked]`},
		"no answer at all": {err: plain, identity: true, want: "connection refused"},
	} {
		t.Run(name, func(t *testing.T) {
			got := TranslateError(test.err, "Datalab", ws)
			if test.identity {
				if got != test.err {
					t.Fatalf("want the very same error, got %v", got)
				}
				return
			}
			var answer apierrors.APIStatus
			if !errors.As(got, &answer) {
				t.Fatalf("want a status, got %v", got)
			}
			status := answer.Status()
			if diff := cmp.Diff(test.want, status.Message); diff != "" {
				t.Errorf("(-wanted +got):\n%s", diff)
			}
			if status.Code != test.code {
				t.Errorf("want code %d, got %d", test.code, status.Code)
			}
			if test.kind != "" && (status.Details == nil || status.Details.Kind != test.kind) {
				t.Errorf("want details of %s, got %+v", test.kind, status.Details)
			}
		})
	}
	if TranslateError(nil, "Datalab", ws) != nil {
		t.Error("no error must stay none")
	}
}
