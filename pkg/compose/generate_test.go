package compose

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/eoepca/workspaces/pkg/apis/eoepca"
)

// generator makes workspaces at random: all that a spec can hold, with keys from few enough names that two of them have
// some items in common.
type generator struct{ *rand.Rand }

func newGenerator(seed uint64) generator { return generator{rand.New(rand.NewPCG(seed, seed))} }

func (g generator) workspace() *eoepca.Workspace {
	ws := &eoepca.Workspace{}
	ws.Name, ws.Namespace = "ws", "workspace"
	if g.coin() {
		ws.GenerateName = g.text("ws")
	}
	ws.Labels = g.strings("label")
	ws.Annotations = g.strings("note")
	ws.Finalizers = g.names("example.org/f", 3)
	ws.Spec = eoepca.WorkspaceSpec{
		Environment: "e",
		Owner:       g.text("user"),
		Storage:     g.storage(),
		Stores: eoepca.Stores{
			Databases: g.databases(), Vectors: g.stores(), Caches: g.stores(), Documents: g.stores(),
		},
		Runtime: g.runtime(),
	}
	for _, name := range g.names("user", 6) {
		if name != ws.Spec.Owner {
			role := pick(g, eoepca.MemberRoleAdmin, eoepca.MemberRoleUser)
			ws.Spec.Members = append(ws.Spec.Members, eoepca.Member{Name: name, Role: role, GrantedAt: g.time()})
		}
	}
	for _, name := range g.names("session", 4) {
		state := pick(g, eoepca.SessionStarted, eoepca.SessionStopped)
		ws.Spec.Sessions = append(ws.Spec.Sessions, eoepca.Session{Name: name, State: state})
	}
	return ws
}

func (g generator) storage() eoepca.StorageSpec {
	spec := eoepca.StorageSpec{Principal: g.text("principal")}
	if g.coin() {
		spec.CredentialsRollover = &eoepca.CredentialsRollover{
			Interval: pick(g, eoepca.RolloverNone, eoepca.RolloverDaily, eoepca.RolloverWeekly, eoepca.RolloverMonthly,
				eoepca.RolloverQuarterly, eoepca.RolloverYearly),
			MaxToKeep: 1 + g.Int32N(10),
		}
	}
	for _, name := range g.names("bucket", 5) {
		bucket := eoepca.Bucket{Name: name, Discoverable: g.bool()}
		for _, target := range g.names("target", 4) {
			rule := eoepca.LifecycleRule{Target: target, Mode: pick(g, eoepca.LifecycleDelete, eoepca.LifecycleNotify), At: g.time()}
			if rule.At == nil {
				rule.MinAge = "2w"
			}
			bucket.LifecycleRules = append(bucket.LifecycleRules, rule)
		}
		spec.Buckets = append(spec.Buckets, bucket)
	}
	for _, name := range g.names("other", 4) {
		spec.AccessRequests = append(spec.AccessRequests, eoepca.AccessRequest{Bucket: name, Reason: g.text("reason"), RequestedAt: g.time()})
	}
	for _, name := range g.names("bucket", 3) {
		for _, grantee := range g.names("principal", 3) {
			spec.AccessGrants = append(spec.AccessGrants, eoepca.AccessGrant{
				Bucket: name, Grantee: grantee, GrantedAt: g.time(),
				Permission: pick(g, eoepca.PermissionReadWrite, eoepca.PermissionReadOnly, eoepca.PermissionWriteOnly, eoepca.PermissionNone),
			})
		}
	}
	return spec
}

func (g generator) databases() []eoepca.Database {
	var list []eoepca.Database
	for _, name := range slices.Sorted(slices.Values(g.names("pg", 3))) {
		list = append(list, eoepca.Database{Name: name, Databases: []string{g.text("db")}, Storage: g.text("size"), BackupStorage: g.text("size")})
	}
	return list
}

func (g generator) stores() []eoepca.Store {
	var list []eoepca.Store
	for _, name := range g.names("store", 3) {
		list = append(list, eoepca.Store{Name: name, Storage: g.text("size")})
	}
	slices.SortFunc(list, func(a, b eoepca.Store) int { return cmp.Compare(a.Name, b.Name) })
	return list
}

func (g generator) runtime() eoepca.Runtime {
	runtime := eoepca.Runtime{SecretName: g.text("secret"), VCluster: g.bool()}
	if g.coin() {
		runtime.Data = &eoepca.DataMount{Enabled: ref(g.coin()), ReadOnlyMount: g.bool()}
	}
	if g.coin() {
		runtime.Registry = &eoepca.Registry{Enabled: ref(g.coin()), Storage: g.text("size")}
	}
	if g.coin() {
		runtime.Persistence = &eoepca.Persistence{StorageClassName: "class"}
	}
	if g.coin() {
		runtime.Quota = &eoepca.Quota{Memory: "2Gi", Storage: g.text("size"), Budget: eoepca.BudgetMedium}
	}
	if g.coin() {
		runtime.Security = &eoepca.Security{
			Policy: eoepca.SecurityBaseline, KubernetesAccess: g.bool(), KubernetesRole: eoepca.KubernetesRoleEdit, ExternalEgress: g.bool(),
		}
	}
	for range g.IntN(4) {
		runtime.Files = append(runtime.Files, g.file())
	}
	return runtime
}

func (g generator) file() eoepca.File {
	file := eoepca.File{Path: g.text("path"), IncludePaths: g.names("in", 2), ExcludePaths: g.names("ex", 2), NewRootPath: g.text("root")}
	secret := func() *eoepca.SecretReference {
		if g.coin() {
			return nil
		}
		return &eoepca.SecretReference{Name: "s", Namespace: g.text("ns")}
	}
	selection := func() *eoepca.VersionSelection {
		if g.coin() {
			return nil
		}
		return &eoepca.VersionSelection{Semver: &eoepca.Semver{
			Constraints: g.text(">"), Prereleases: &eoepca.Prereleases{Identifiers: []string{"rc"}},
		}}
	}
	switch g.IntN(4) {
	case 0:
		file.Image = &eoepca.ImageSource{URL: g.text("url"), SecretRef: secret(), DangerousSkipTLSVerify: g.bool(), TagSelection: selection()}
	case 1:
		file.Git = &eoepca.GitSource{URL: g.text("url"), Ref: g.text("ref"), RefSelection: selection(), LFSSkipSmudge: g.bool(), SecretRef: secret()}
		if g.coin() {
			file.Git.Verification = &eoepca.GitVerification{PublicKeysSecretRef: secret()}
		}
	case 2:
		file.HTTP = &eoepca.HTTPSource{URL: g.text("url"), SHA256: g.text("sum"), SecretRef: secret()}
	}
	return file
}

func (g generator) coin() bool { return g.IntN(2) == 0 }

func (g generator) bool() *bool { return pick(g, nil, ref(true), ref(false)) }

func (g generator) text(prefix string) string { return fmt.Sprintf("%s%d", prefix, g.IntN(4)) }

// names answers up to n different names in any order.
func (g generator) names(prefix string, n int) []string {
	var names []string
	for _, i := range g.Perm(n)[:g.IntN(n+1)] {
		names = append(names, fmt.Sprintf("%s%d", prefix, i))
	}
	return names
}

func (g generator) strings(prefix string) map[string]string {
	var result map[string]string
	for _, name := range g.names(prefix, 3) {
		if result == nil {
			result = map[string]string{}
		}
		result[name] = g.text("value")
	}
	return result
}

func (g generator) time() *metav1.Time {
	if g.coin() {
		return nil
	}
	return ref(metav1.NewTime(time.Unix(1_768_000_000+g.Int64N(1_000_000), 0)))
}

func pick[T any](g generator, values ...T) T { return values[g.IntN(len(values))] }

func ref[T any](value T) *T { return &value }
