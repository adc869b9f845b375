package validation_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/validation/field"
	"k8s.io/utils/ptr"

	"github.com/eoepca/workspaces/pkg/apis/eoepca"
	"github.com/eoepca/workspaces/pkg/apis/eoepca/validation"
)

var (
	now    = time.Date(2026, 1, 10, 19, 0, 0, 0, time.UTC)
	past   = ptr.To(metav1.NewTime(now.Add(-time.Hour)))
	future = ptr.To(metav1.NewTime(now.Add(time.Second)))
)

// options are those of a server whose cluster has Datalabs and all stores but caches.
func options() validation.Options {
	return validation.Options{
		MaxSessions:      3,
		DatalabInstalled: true,
		Now:              now,
		StoreAvailable: func(storeType string) (bool, string) {
			return storeType != "caches", "the redis operator is not installed"
		},
		BucketOwner: func(bucket string) (string, string, bool) {
			switch bucket {
			case "ws-alice-taken":
				return "workspace", "ws-mallory", true
			case "ws-alice":
				return "workspace", "ws-alice", true
			}
			return "", "", false
		},
		// The workspace ws-bob has another principal, ws-eric that of its name.
		Grantee: func(_ *eoepca.Workspace, name string) (string, bool) {
			switch name {
			case "ws-bob", "s3-bob":
				return "s3-bob", true
			case "ws-eric":
				return "ws-eric", true
			}
			return "", false
		},
	}
}

// valid is a workspace that uses every section.
func valid() *eoepca.Workspace {
	return &eoepca.Workspace{
		ObjectMeta: metav1.ObjectMeta{Name: "ws-alice", Namespace: "workspace"},
		Spec: eoepca.WorkspaceSpec{
			Environment: "datalab",
			Owner:       "alice",
			Members:     []eoepca.Member{{Name: "bob", Role: eoepca.MemberRoleAdmin, GrantedAt: past}},
			Storage: eoepca.StorageSpec{
				Principal:           "ws-alice",
				CredentialsRollover: &eoepca.CredentialsRollover{Interval: eoepca.RolloverWeekly, MaxToKeep: 2},
				Buckets: []eoepca.Bucket{{
					Name:           "ws-alice",
					Discoverable:   ptr.To(true),
					LifecycleRules: []eoepca.LifecycleRule{{Target: "tmp/*", Mode: eoepca.LifecycleDelete, MinAge: "2w"}},
				}},
				AccessRequests: []eoepca.AccessRequest{{Bucket: "ws-bob-shared", Reason: "S2 mosaics", RequestedAt: past}},
				AccessGrants: []eoepca.AccessGrant{
					{Bucket: "ws-alice", Grantee: "ws-eric", Permission: eoepca.PermissionReadOnly, GrantedAt: past},
				},
			},
			Sessions: []eoepca.Session{{Name: "default", State: eoepca.SessionStarted}},
			Stores: eoepca.Stores{
				Databases: []eoepca.Database{
					{Name: "pg0", Databases: []string{"dev", "prod"}, Storage: "1Gi", BackupStorage: "10Gi"},
				},
				Vectors:   []eoepca.Store{{Name: "prod", Storage: "1Gi"}},
				Documents: []eoepca.Store{{Name: "prod", Storage: "10Gi"}},
			},
			Runtime: eoepca.Runtime{
				SecretName: "ws-alice",
				Registry:   &eoepca.Registry{Enabled: ptr.To(true), Storage: "5Gi"},
				Quota:      &eoepca.Quota{Memory: "2Gi", Storage: "1Gi", Budget: eoepca.BudgetMedium},
				Security:   &eoepca.Security{Policy: eoepca.SecurityBaseline, KubernetesRole: eoepca.KubernetesRoleEdit},
			},
		},
	}
}

type change = func(*eoepca.Workspace)

func texts(errs field.ErrorList) []string {
	var out []string
	for _, err := range errs {
		out = append(out, err.Error())
	}
	return out
}

func TestAWorkspaceThatUsesEverySectionIsValid(t *testing.T) {
	if errs := validation.Create(valid(), options()); len(errs) > 0 {
		t.Errorf("create: %v", errs)
	}
	if errs := validation.Update(valid(), valid(), options()); len(errs) > 0 {
		t.Errorf("update: %v", errs)
	}
}

func TestMetadata(t *testing.T) {
	for name, test := range map[string]struct {
		change  change
		options func(*validation.Options)
		want    []string
	}{
		"a name is a DNS label": {
			change: func(ws *eoepca.Workspace) {
				ws.Name = "ws-alice-"
				ws.Spec.Storage = eoepca.StorageSpec{Principal: "ws-alice"}
			},
			want: []string{`metadata.name: Invalid value: "ws-alice-": a lowercase RFC 1123 label must consist of`},
		},
		"a name starts with the prefix of the server": {
			options: func(o *validation.Options) { o.NamePrefix = "team-" },
			want:    []string{`metadata.name: Invalid value: "ws-alice": must start with "team-"`},
		},
		"labels of the providers are the server's": {
			change: func(ws *eoepca.Workspace) {
				ws.Labels = map[string]string{"storages.pkg.internal/discoverable": "true", "team": "eo"}
			},
			want: []string{`metadata.labels[storages.pkg.internal/discoverable]: Forbidden: is kept by the server: use a key of another prefix`},
		},
		"annotations of the providers and of the server are the server's": {
			change: func(ws *eoepca.Workspace) {
				ws.Annotations = map[string]string{
					"workspaces.eoepca.org/intent": "{}", "datalabs.pkg.internal/environment": "x", "crossplane.io/paused": "true", "note": "x",
				}
			},
			want: []string{
				`metadata.annotations[crossplane.io/paused]: Forbidden: is kept by the server: use a key of another prefix`,
				`metadata.annotations[datalabs.pkg.internal/environment]: Forbidden: is kept by the server: use a key of another prefix`,
				`metadata.annotations[workspaces.eoepca.org/intent]: Forbidden: is kept by the server: use a key of another prefix`,
			},
		},
		"finalizers of the providers and of the server are the server's": {
			change: func(ws *eoepca.Workspace) {
				ws.Finalizers = []string{"example.org/mine", "composite.apiextensions.crossplane.io", "workspaces.eoepca.org/orphan"}
			},
			want: []string{
				`metadata.finalizers[1]: Forbidden: "composite.apiextensions.crossplane.io" is kept by the server: use a finalizer of another domain`,
				`metadata.finalizers[2]: Forbidden: "workspaces.eoepca.org/orphan" is kept by the server: use a finalizer of another domain`,
			},
		},
	} {
		t.Run(name, func(t *testing.T) { expectCreate(t, test.change, test.options, test.want) })
	}
}

func TestStorage(t *testing.T) {
	bucket := func(name string) change {
		return func(ws *eoepca.Workspace) {
			ws.Spec.Storage.Buckets = append(ws.Spec.Storage.Buckets, eoepca.Bucket{Name: name})
		}
	}
	rule := func(rule eoepca.LifecycleRule) change {
		return func(ws *eoepca.Workspace) {
			rules := &ws.Spec.Storage.Buckets[0].LifecycleRules
			*rules = append(*rules, rule)
		}
	}
	request := func(r eoepca.AccessRequest) change {
		return func(ws *eoepca.Workspace) {
			ws.Spec.Storage.AccessRequests = append(ws.Spec.Storage.AccessRequests, r)
		}
	}
	grant := func(g eoepca.AccessGrant) change {
		return func(ws *eoepca.Workspace) { ws.Spec.Storage.AccessGrants = append(ws.Spec.Storage.AccessGrants, g) }
	}
	for name, test := range map[string]struct {
		change change
		want   []string
	}{
		"a bucket is named":                {bucket(""), []string{`spec.storage.buckets[1].name: Required value`}},
		"a bucket has 3 to 63 characters":  {bucket("ws-alice-" + strings.Repeat("x", 55)), []string{`must have 3 to 63 characters`}},
		"a bucket has no capitals":         {bucket("ws-alice-Data"), []string{`spec.storage.buckets[1].name: Invalid value: "ws-alice-Data": may hold lower-case letters, digits, '.' and '-' only`}},
		"a bucket ends in a letter":        {bucket("ws-alice-"), []string{`must start and end with a letter or a digit`}},
		"a bucket has no two dots":         {bucket("ws-alice..x"), []string{`may not hold '..', '.-' or '-.'`}},
		"a bucket has no dot and dash":     {bucket("ws-alice.-x"), []string{`may not hold '..', '.-' or '-.'`}},
		"a bucket starts with the name":    {bucket("alice-data"), []string{`spec.storage.buckets[1].name: Invalid value: "alice-data": must start with the workspace's name, "ws-alice"`}},
		"a bucket is nobody else's":        {bucket("ws-alice-taken"), []string{`spec.storage.buckets[1].name: Invalid value: "ws-alice-taken": is taken by another workspace: choose another name`}},
		"a bucket is named once":           {bucket("ws-alice"), []string{`spec.storage.buckets[1]: Duplicate value: {"name":"ws-alice"}`}},
		"a bucket may hold dots":           {bucket("ws-alice.data.2026"), nil},
		"a rule for all is fine":           {rule(eoepca.LifecycleRule{Target: "*", Mode: "Notify", At: future}), nil},
		"an age may carry a plus":          {rule(eoepca.LifecycleRule{Target: "a", Mode: "Delete", MinAge: "+30d"}), nil},
		"a rule has a target":              {rule(eoepca.LifecycleRule{Mode: "Delete", MinAge: "1d"}), []string{`spec.storage.buckets[0].lifecycleRules[1].target: Required value: must be "*" or a prefix`}},
		"a target has one asterisk":        {rule(eoepca.LifecycleRule{Target: "a*b", Mode: "Delete", MinAge: "1d"}), []string{`lifecycleRules[1].target: Invalid value: "a*b": must be "*" or a prefix, which may end in "*"`}},
		"a target ends in one asterisk":    {rule(eoepca.LifecycleRule{Target: "a**", Mode: "Delete", MinAge: "1d"}), []string{`lifecycleRules[1].target: Invalid value: "a**"`}},
		"a target occurs once":             {rule(eoepca.LifecycleRule{Target: "tmp/*", Mode: "Delete", MinAge: "1d"}), []string{`spec.storage.buckets[0].lifecycleRules[1]: Duplicate value: {"target":"tmp/*"}`}},
		"a rule has a mode":                {rule(eoepca.LifecycleRule{Target: "a", MinAge: "1d"}), []string{`lifecycleRules[1].mode: Required value`}},
		"a rule deletes or notifies":       {rule(eoepca.LifecycleRule{Target: "a", Mode: "Burn", MinAge: "1d"}), []string{`lifecycleRules[1].mode: Unsupported value: "Burn": supported values: "Delete", "Notify"`}},
		"a rule has an age or a date":      {rule(eoepca.LifecycleRule{Target: "a", Mode: "Delete"}), []string{`lifecycleRules[1].minAge: Required value: exactly one of minAge and at must be set`}},
		"the zero time is no date":         {rule(eoepca.LifecycleRule{Target: "a", Mode: "Delete", At: &metav1.Time{}}), []string{`lifecycleRules[1].minAge: Required value: exactly one of minAge and at must be set`}},
		"a rule has no age and date":       {rule(eoepca.LifecycleRule{Target: "a", Mode: "Delete", MinAge: "1d", At: past}), []string{`lifecycleRules[1].minAge: Invalid value: "1d": exactly one of minAge and at must be set`}},
		"an age has a unit":                {rule(eoepca.LifecycleRule{Target: "a", Mode: "Delete", MinAge: "2 weeks"}), []string{`lifecycleRules[1].minAge: Invalid value: "2 weeks": must be a number followed by s, m, h, d or w, such as 2w`}},
		"a request is for a bucket":        {request(eoepca.AccessRequest{}), []string{`spec.storage.accessRequests[1].bucket: Required value`}},
		"a request is for a legal bucket":  {request(eoepca.AccessRequest{Bucket: "No"}), []string{`spec.storage.accessRequests[1].bucket: Invalid value: "No": must have 3 to 63 characters`}},
		"a request is made once":           {request(eoepca.AccessRequest{Bucket: "ws-bob-shared"}), []string{`spec.storage.accessRequests[1]: Duplicate value: {"bucket":"ws-bob-shared"}`}},
		"a request is for others' buckets": {request(eoepca.AccessRequest{Bucket: "ws-alice"}), []string{`spec.storage.accessRequests[1].bucket: Invalid value: "ws-alice": is a bucket of this workspace: ask for one of another`}},
		"a request is not of tomorrow":     {request(eoepca.AccessRequest{Bucket: "ws-eric", RequestedAt: future}), []string{`spec.storage.accessRequests[1].requestedAt: Invalid value: "2026-01-10T19:00:01Z": may not be in the future`}},
		"a grant is for own buckets":       {grant(eoepca.AccessGrant{Bucket: "ws-bob", Grantee: "ws-eric", Permission: "None"}), []string{`spec.storage.accessGrants[1].bucket: Invalid value: "ws-bob": must be a bucket of this workspace: ws-alice`}},
		"a grant has a grantee":            {grant(eoepca.AccessGrant{Bucket: "ws-alice", Permission: "None"}), []string{`spec.storage.accessGrants[1].grantee: Required value`}},
		"a grantee is trimmed":             {grant(eoepca.AccessGrant{Bucket: "ws-alice", Grantee: "ws-x ", Permission: "None"}), []string{`spec.storage.accessGrants[1].grantee: Invalid value: "ws-x ": may not start or end with white space`}},
		"a grantee is somebody else":       {grant(eoepca.AccessGrant{Bucket: "ws-alice", Grantee: "ws-alice", Permission: "None"}), []string{`spec.storage.accessGrants[1].grantee: Invalid value: "ws-alice": is this workspace itself: name the principal of another`}},
		"a grantee is a principal":         {grant(eoepca.AccessGrant{Bucket: "ws-alice", Grantee: "s3-bob", Permission: "None"}), nil},
		"a grantee may be to come":         {grant(eoepca.AccessGrant{Bucket: "ws-alice", Grantee: "ws-zoe", Permission: "None"}), nil},
		"a grantee is no workspace":        {grant(eoepca.AccessGrant{Bucket: "ws-alice", Grantee: "ws-bob", Permission: "None"}), []string{`spec.storage.accessGrants[1].grantee: Invalid value: "ws-bob": is the name of a workspace, and grants name principals: its principal is "s3-bob"`}},
		"a grant has a permission":         {grant(eoepca.AccessGrant{Bucket: "ws-alice", Grantee: "ws-x"}), []string{`spec.storage.accessGrants[1].permission: Required value`}},
		"a permission is one of four":      {grant(eoepca.AccessGrant{Bucket: "ws-alice", Grantee: "ws-x", Permission: "All"}), []string{`permission: Unsupported value: "All": supported values: "None", "ReadOnly", "ReadWrite", "WriteOnly"`}},
		"a grant is made once":             {grant(eoepca.AccessGrant{Bucket: "ws-alice", Grantee: "ws-eric", Permission: "None"}), []string{`spec.storage.accessGrants[1]: Duplicate value: {"bucket":"ws-alice","grantee":"ws-eric"}`}},
		"a grant is not of tomorrow":       {grant(eoepca.AccessGrant{Bucket: "ws-alice", Grantee: "ws-x", Permission: "None", GrantedAt: future}), []string{`spec.storage.accessGrants[1].grantedAt: Invalid value: "2026-01-10T19:00:01Z": may not be in the future`}},
		"the principal is required":        {func(ws *eoepca.Workspace) { ws.Spec.Storage.Principal = "" }, []string{`spec.storage.principal: Required value`}},
		"the principal names a Secret":     {func(ws *eoepca.Workspace) { ws.Spec.Storage.Principal = "Alice!" }, []string{`spec.storage.principal: Invalid value: "Alice!": a lowercase RFC 1123 subdomain`}},
		"keys are replaced by a plan":      {func(ws *eoepca.Workspace) { ws.Spec.Storage.CredentialsRollover.Interval = "Hourly" }, []string{`spec.storage.credentialsRollover.interval: Unsupported value: "Hourly"`}},
		"a plan has an interval":           {func(ws *eoepca.Workspace) { ws.Spec.Storage.CredentialsRollover.Interval = "" }, []string{`spec.storage.credentialsRollover.interval: Required value`}},
		"up to ten keys are kept":          {func(ws *eoepca.Workspace) { ws.Spec.Storage.CredentialsRollover.MaxToKeep = 11 }, []string{`spec.storage.credentialsRollover.maxToKeep: Invalid value: 11: must be from 1 to 10`}},
		"at least one key is kept":         {func(ws *eoepca.Workspace) { ws.Spec.Storage.CredentialsRollover.MaxToKeep = -1 }, []string{`maxToKeep: Invalid value: -1: must be from 1 to 10`}},
	} {
		t.Run(name, func(t *testing.T) { expectCreate(t, test.change, nil, test.want) })
	}
}

func TestDatalab(t *testing.T) {
	member := func(m eoepca.Member) change {
		return func(ws *eoepca.Workspace) { ws.Spec.Members = append(ws.Spec.Members, m) }
	}
	session := func(s eoepca.Session) change {
		return func(ws *eoepca.Workspace) { ws.Spec.Sessions = append(ws.Spec.Sessions, s) }
	}
	database := func(change func(*eoepca.Database)) change {
		return func(ws *eoepca.Workspace) { change(&ws.Spec.Stores.Databases[0]) }
	}
	for name, test := range map[string]struct {
		change  change
		options func(*validation.Options)
		want    []string
	}{
		"there is an owner": {
			change: func(ws *eoepca.Workspace) { ws.Spec.Owner = "" },
			want:   []string{`spec.owner: Required value`},
		},
		"a component of the cluster names an owner": {
			change:  func(ws *eoepca.Workspace) { ws.Spec.Owner = "" },
			options: func(o *validation.Options) { o.Caller = "system:serviceaccount:ci:robot" },
			want:    []string{`spec.owner: Required value: must be named: the caller system:serviceaccount:ci:robot cannot own a workspace`},
		},
		"the owner is trimmed":      {change: func(ws *eoepca.Workspace) { ws.Spec.Owner = " alice" }, want: []string{`spec.owner: Invalid value: " alice": may not start or end with white space`}},
		"the owner is no member":    {change: member(eoepca.Member{Name: "alice"}), want: []string{`spec.members[1].name: Invalid value: "alice": is the owner: members are the other users`}},
		"a member is named":         {change: member(eoepca.Member{}), want: []string{`spec.members[1].name: Required value`}},
		"a member is trimmed":       {change: member(eoepca.Member{Name: "eve\t"}), want: []string{`spec.members[1].name: Invalid value: "eve\t": may not start or end with white space`}},
		"a member is named once":    {change: member(eoepca.Member{Name: "bob"}), want: []string{`spec.members[1]: Duplicate value: {"name":"bob"}`}},
		"a member has one of roles": {change: member(eoepca.Member{Name: "eve", Role: "God"}), want: []string{`spec.members[1].role: Unsupported value: "God": supported values: "Admin", "User"`}},
		"a member is not of tomorrow": {
			change: member(eoepca.Member{Name: "eve", GrantedAt: future}),
			want:   []string{`spec.members[1].grantedAt: Invalid value: "2026-01-10T19:00:01Z": may not be in the future: leave it out, and the server sets it`},
		},
		"a session is named":         {change: session(eoepca.Session{}), want: []string{`spec.sessions[1].name: Required value`}},
		"a session is a DNS label":   {change: session(eoepca.Session{Name: "My_Session"}), want: []string{`spec.sessions[1].name: Invalid value: "My_Session": a lowercase RFC 1123 label`}},
		"a session is named once":    {change: session(eoepca.Session{Name: "default"}), want: []string{`spec.sessions[1]: Duplicate value: {"name":"default"}`}},
		"a session has one of state": {change: session(eoepca.Session{Name: "x", State: "Paused"}), want: []string{`spec.sessions[1].state: Unsupported value: "Paused": supported values: "Started", "Stopped"`}},
		"a session's service has a name of 63 characters": {
			change: session(eoepca.Session{Name: strings.Repeat("x", 55)}),
			want:   []string{`is too long: "ws-alice-` + strings.Repeat("x", 55) + `" may have at most 63 characters`},
		},
		"a session of 54 characters still fits": {change: session(eoepca.Session{Name: strings.Repeat("x", 54)})},
		"there are at most as many sessions as the server allows": {
			change: func(ws *eoepca.Workspace) {
				ws.Spec.Sessions = []eoepca.Session{{Name: "a"}, {Name: "b"}, {Name: "c"}, {Name: "d"}}
			},
			want: []string{`spec.sessions: Too many: 4: must have at most 3 items`},
		},
		"a store of a missing type is refused with the reason": {
			change: func(ws *eoepca.Workspace) { ws.Spec.Stores.Caches = []eoepca.Store{{Name: "prod", Storage: "1Gi"}} },
			want:   []string{`spec.stores.caches[0]: Forbidden: caches are not available: the redis operator is not installed`},
		},
		"a store is named once": {
			change: func(ws *eoepca.Workspace) {
				ws.Spec.Stores.Vectors = append(ws.Spec.Stores.Vectors, eoepca.Store{Name: "prod", Storage: "1Gi"})
			},
			want: []string{`spec.stores.vectors[1]: Duplicate value: {"name":"prod"}`},
		},
		"a store is a DNS label":             {change: func(ws *eoepca.Workspace) { ws.Spec.Stores.Vectors[0].Name = "a b" }, want: []string{`spec.stores.vectors[0].name: Invalid value: "a b": a lowercase RFC 1123 label`}},
		"a store has a size":                 {change: func(ws *eoepca.Workspace) { ws.Spec.Stores.Vectors[0].Storage = "" }, want: []string{`spec.stores.vectors[0].storage: Required value: must be a quantity greater than zero, such as 1Gi`}},
		"a size is a quantity":               {change: func(ws *eoepca.Workspace) { ws.Spec.Stores.Vectors[0].Storage = "1 GB" }, want: []string{`spec.stores.vectors[0].storage: Invalid value: "1 GB": must be a quantity greater than zero, such as 1Gi`}},
		"a size is positive":                 {change: func(ws *eoepca.Workspace) { ws.Spec.Stores.Documents[0].Storage = "-1Gi" }, want: []string{`spec.stores.documents[0].storage: Invalid value: "-1Gi"`}},
		"a size is not too small to compute": {change: func(ws *eoepca.Workspace) { ws.Spec.Stores.Documents[0].Storage = "1e-100000" }, want: []string{`spec.stores.documents[0].storage: Invalid value: "1e-100000": must be a quantity greater than zero`}},
		"a size has not thousands of digits": {change: func(ws *eoepca.Workspace) { ws.Spec.Stores.Documents[0].Storage = "0." + strings.Repeat("1", 3000) }, want: []string{`spec.stores.documents[0].storage: Invalid value: "0.111`}},
		"a size may have an exponent":        {change: func(ws *eoepca.Workspace) { ws.Spec.Stores.Documents[0].Storage = "1.5e+12" }},
		"a backup has a size":                {change: database(func(d *eoepca.Database) { d.BackupStorage = "0" }), want: []string{`spec.stores.databases[0].backupStorage: Invalid value: "0"`}},
		"a host has databases":               {change: database(func(d *eoepca.Database) { d.Databases = nil }), want: []string{`spec.stores.databases[0].databases: Required value: must name at least one database`}},
		"a database is named":                {change: database(func(d *eoepca.Database) { d.Databases = []string{"dev", ""} }), want: []string{`spec.stores.databases[0].databases[1]: Required value`}},
		"a database occurs once":             {change: database(func(d *eoepca.Database) { d.Databases = []string{"dev", "dev"} }), want: []string{`spec.stores.databases[0].databases[1]: Duplicate value: "dev"`}},
		"a secret has a legal name": {
			change: func(ws *eoepca.Workspace) { ws.Spec.Runtime.SecretName = "My Secret" },
			want:   []string{`spec.runtime.secretName: Invalid value: "My Secret": a lowercase RFC 1123 subdomain`},
		},
		"a storage class has a legal name": {
			change: func(ws *eoepca.Workspace) {
				ws.Spec.Runtime.Persistence = &eoepca.Persistence{StorageClassName: "Fast"}
			},
			want: []string{`spec.runtime.persistence.storageClassName: Invalid value: "Fast"`},
		},
		"the registry has a size":        {change: func(ws *eoepca.Workspace) { ws.Spec.Runtime.Registry.Storage = "big" }, want: []string{`spec.runtime.registry.storage: Invalid value: "big"`}},
		"a quota of memory is a size":    {change: func(ws *eoepca.Workspace) { ws.Spec.Runtime.Quota.Memory = "much" }, want: []string{`spec.runtime.quota.memory: Invalid value: "much"`}},
		"a quota of storage is a size":   {change: func(ws *eoepca.Workspace) { ws.Spec.Runtime.Quota.Storage = "0Gi" }, want: []string{`spec.runtime.quota.storage: Invalid value: "0Gi"`}},
		"a budget is one of six":         {change: func(ws *eoepca.Workspace) { ws.Spec.Runtime.Quota.Budget = "huge" }, want: []string{`spec.runtime.quota.budget: Unsupported value: "huge": supported values: "large", "medium", "small"`}},
		"a policy is one of three":       {change: func(ws *eoepca.Workspace) { ws.Spec.Runtime.Security.Policy = "open" }, want: []string{`spec.runtime.security.policy: Unsupported value: "open"`}},
		"a cluster role is one of three": {change: func(ws *eoepca.Workspace) { ws.Spec.Runtime.Security.KubernetesRole = "root" }, want: []string{`spec.runtime.security.kubernetesRole: Unsupported value: "root"`}},
	} {
		t.Run(name, func(t *testing.T) { expectCreate(t, test.change, test.options, test.want) })
	}
}

// Two stores whose environment variables have the same name would be given each other's keys.
func TestNamesThatCollideInTheEnvironment(t *testing.T) {
	stores := func(stores eoepca.Stores) change {
		return func(ws *eoepca.Workspace) { ws.Spec.Stores = stores }
	}
	caches := func(names ...string) (all []eoepca.Store) {
		for _, name := range names {
			all = append(all, eoepca.Store{Name: name, Storage: "1Gi"})
		}
		return all
	}
	host := func(name string, databases ...string) eoepca.Database {
		return eoepca.Database{Name: name, Databases: databases, Storage: "1Gi", BackupStorage: "1Gi"}
	}
	available := func(opts *validation.Options) { opts.StoreAvailable = nil }
	for name, test := range map[string]struct {
		change change
		want   []string
	}{
		"two caches": {stores(eoepca.Stores{Caches: caches("a-b", "other", "a--b")}),
			[]string{`spec.stores.caches[2].name: Invalid value: "a--b": would have the environment variable REDIS_A_B_HOST, which "a-b" has: choose another name`}},
		"the key of one and the key for reading of another": {stores(eoepca.Stores{Vectors: caches("a", "a-read")}),
			[]string{`spec.stores.vectors[1].name: Invalid value: "a-read": would have the environment variable QDRANT_A_READ_API_KEY, which "a" has`}},
		"databases of two hosts": {stores(eoepca.Stores{Databases: []eoepca.Database{host("a", "b-c"), host("a-b", "c")}}),
			[]string{`spec.stores.databases[1].databases[0]: Invalid value: "c": would have the environment variable POSTGRES_A_B_C_URL, which database "b-c" of "a" has`}},
		"databases of one host": {stores(eoepca.Stores{Databases: []eoepca.Database{host("pg0", "dev.1", "prod", "DEV_1")}}),
			[]string{`spec.stores.databases[0].databases[2]: Invalid value: "DEV_1": would have the environment variable POSTGRES_PG0_DEV_1_URL, which database "dev.1" of "pg0" has`}},
		"different types do not": {stores(eoepca.Stores{Vectors: caches("a"), Caches: caches("a"), Documents: caches("a")}), nil},
	} {
		t.Run(name, func(t *testing.T) { expectCreate(t, test.change, available, test.want) })
	}
	old, opts := valid(), options()
	available(&opts)
	old.Spec.Stores = eoepca.Stores{Caches: caches("a-b", "a--b")}
	ws := old.DeepCopy()
	ws.Spec.Stores.Caches = append(ws.Spec.Stores.Caches, caches("c", "a---b")...)
	expect(t, validation.Update(ws, old, opts), []string{`spec.stores.caches[3].name: Invalid value: "a---b"`})
}

func TestWithoutTheDatalabKindOnlyStorageIsAccepted(t *testing.T) {
	opts := options()
	opts.DatalabInstalled = false
	const reason = "Forbidden: needs the Datalab kind, which this cluster does not have: leave it out"
	want := []string{"spec.owner: " + reason, "spec.members: " + reason, "spec.sessions: " + reason, "spec.stores: " + reason, "spec.runtime: " + reason}
	if diff := cmp.Diff(want, texts(validation.Create(valid(), opts))); diff != "" {
		t.Errorf("everything (-want +got):\n%s", diff)
	}

	bare := valid()
	bare.Spec = eoepca.WorkspaceSpec{Environment: "datalab", Storage: bare.Spec.Storage}
	if errs := validation.Create(bare, opts); len(errs) > 0 {
		t.Errorf("storage alone: %v", errs)
	}
	if errs := validation.Update(valid(), valid(), opts); len(errs) > 0 {
		t.Errorf("an update that changes nothing, after the kind was removed: %v", errs)
	}
}

func TestLongListsAreCheckedInOnePass(t *testing.T) {
	const n = 10_000
	ws := valid()
	for i := range n {
		name := fmt.Sprintf("ws-alice-%d", i)
		ws.Spec.Storage.Buckets = append(ws.Spec.Storage.Buckets, eoepca.Bucket{Name: name})
		ws.Spec.Members = append(ws.Spec.Members, eoepca.Member{Name: name, Role: eoepca.MemberRoleUser})
		ws.Spec.Storage.AccessGrants = append(ws.Spec.Storage.AccessGrants,
			eoepca.AccessGrant{Bucket: name, Grantee: "ws-eric", Permission: eoepca.PermissionReadOnly})
		ws.Spec.Stores.Vectors = append(ws.Spec.Stores.Vectors, eoepca.Store{Name: fmt.Sprintf("v%d", i), Storage: "1Gi"})
	}
	asked := 0
	opts := options()
	opts.StoreAvailable = func(string) (bool, string) { asked++; return true, "" }
	if errs := validation.Create(ws, opts); len(errs) > 0 {
		t.Fatalf("%d errors, first: %v", len(errs), errs[0])
	}
	if asked > 4 {
		t.Errorf("asked %d times whether a store is available, want at most once for each type", asked)
	}
}

// expectCreate checks a new workspace; each wanted text is part of the error at its place.
func expectCreate(t *testing.T, change change, option func(*validation.Options), want []string) {
	t.Helper()
	ws, opts := valid(), options()
	if change != nil {
		change(ws)
	}
	if option != nil {
		option(&opts)
	}
	expect(t, validation.Create(ws, opts), want)
}

func expect(t *testing.T, errs field.ErrorList, want []string) {
	t.Helper()
	got := texts(errs)
	if len(got) != len(want) {
		t.Fatalf("got %d errors, want %d:\n%s", len(got), len(want), strings.Join(got, "\n"))
	}
	for i := range want {
		if !strings.Contains(got[i], want[i]) {
			t.Errorf("error %d:\ngot  %s\nwant %s", i, got[i], want[i])
		}
	}
}
