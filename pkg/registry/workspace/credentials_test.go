package workspace

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apiserver/pkg/registry/rest"
	"k8s.io/apiserver/pkg/warning"
	clienttesting "k8s.io/client-go/testing"

	"github.com/eoepca/workspaces/pkg/apis/eoepca"
)

func TestCredentialsOfBothShapesOfSecret(t *testing.T) {
	want := eoepca.S3Credentials{
		Bucket: "ws-alice", AccessKeyID: "AK", SecretAccessKey: "SK",
		Endpoint: "https://minio.example.org", Region: "eu-west-1", ForcePathStyle: true,
	}
	older := want
	older.ForcePathStyle = false
	configured := older
	configured.Endpoint, configured.Region = "https://s3.example.org", "eu-central-1"
	for name, test := range map[string]struct {
		secret map[string]string
		want   eoepca.S3Credentials
	}{
		"named as in the environment": {map[string]string{
			"AWS_ACCESS_KEY_ID": "AK", "AWS_SECRET_ACCESS_KEY": "SK", "AWS_ENDPOINT_URL": "https://minio.example.org",
			"AWS_REGION": "eu-west-1", "AWS_S3_FORCE_PATH_STYLE": "true",
		}, want},
		"older": {map[string]string{
			"access": "AK", "secret": "SK", "endpoint": "https://minio.example.org", "region": "eu-west-1",
		}, older},
		"older, as attributes": {map[string]string{
			"attribute.access": "AK", "attribute.secret": "SK", "attribute.endpoint": "https://minio.example.org", "attribute.region": "eu-west-1",
		}, older},
		"keys only, the rest from the server's configuration": {map[string]string{"access": "AK", "secret": "SK"}, configured},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFixture(t, secret("ws-alice", test.secret))
			f.create(named("ws-alice"))
			got, err := credentials(f)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(&test.want, got.Storage); diff != "" {
				t.Error(diff)
			}
			if got.Env["AWS_ACCESS_KEY_ID"] != "AK" || got.Env["AWS_ENDPOINT_URL"] != test.want.Endpoint || got.Env["BUCKET"] != "ws-alice" {
				t.Errorf("env %v: want the names that a session knows", got.Env)
			}
			if got.Registry != nil || got.Stores != nil {
				t.Error("a workspace without a runtime has S3 keys only")
			}
		})
	}
}

func TestCredentialsOfStoresAreFoundByTheirUpperCasedNames(t *testing.T) {
	f := newFixture(t, secret("ws-alice-datalab", map[string]string{
		"AWS_ACCESS_KEY_ID": "AK", "AWS_SECRET_ACCESS_KEY": "SK", "BUCKET": "ws-alice-data",
		"POSTGRES_PG0_HOST": "pg0.local", "POSTGRES_PG0_PASSWORD": "p0", "POSTGRES_PG0_DEV_DB_URL": "postgres://dev",
		"POSTGRES_PG0_EU_HOST": "pg0-eu.local",
		"REDIS_PROD_CACHE_URL": "redis://prod", "QDRANT_PROD_API_KEY": "qk", "MONGO_PROD_URI": "mongodb://prod",
		"MONGO_GONE_URI":              "mongodb://gone",
		"CONTAINER_REGISTRY_USERNAME": "robot", "CONTAINER_REGISTRY_PASSWORD": "rp",
	}))
	ws := named("ws-alice")
	ws.Spec.Stores = eoepca.Stores{
		Databases: []eoepca.Database{
			{Name: "pg0", Databases: []string{"dev.db"}, Storage: "1Gi", BackupStorage: "10Gi"},
			{Name: "pg0-eu", Databases: []string{"dev"}, Storage: "1Gi", BackupStorage: "10Gi"},
		},
		Caches:    []eoepca.Store{{Name: "prod-.cache", Storage: "1Gi"}},
		Vectors:   []eoepca.Store{{Name: "prod", Storage: "1Gi"}, {Name: "pending", Storage: "1Gi"}},
		Documents: []eoepca.Store{{Name: "prod", Storage: "10Gi"}},
	}
	policy := Policy{}
	got := resolveCredentials(ws, nil, secretData(t, f, "ws-alice-datalab").Data, policy)
	want := []eoepca.StoreCredentials{
		{Type: "databases", Name: "pg0", Values: map[string]string{"HOST": "pg0.local", "PASSWORD": "p0", "DEV_DB_URL": "postgres://dev"}},
		{Type: "databases", Name: "pg0-eu", Values: map[string]string{"HOST": "pg0-eu.local"}},
		{Type: "vectors", Name: "prod", Values: map[string]string{"API_KEY": "qk"}},
		{Type: "caches", Name: "prod-.cache", Values: map[string]string{"URL": "redis://prod"}},
		{Type: "documents", Name: "prod", Values: map[string]string{"URI": "mongodb://prod"}},
	}
	if diff := cmp.Diff(want, got.Stores); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(&eoepca.RegistryCredentials{Username: "robot", Password: "rp"}, got.Registry); diff != "" {
		t.Error(diff)
	}
	if got.Storage == nil || got.Storage.AccessKeyID != "AK" || got.Env["BUCKET"] != "ws-alice-data" || got.Env["MONGO_GONE_URI"] == "" {
		t.Errorf("storage %v, env %v: want everything that a session has", got.Storage, got.Env)
	}
}

func TestCredentialsThatCannotBeAnswered(t *testing.T) {
	forbidden := apierrors.NewForbidden(corev1.Resource("secrets"), "ws-alice", errors.New("no"))
	for name, test := range map[string]struct {
		secrets []runtime.Object
		fails   error
		is      func(error) bool
		says    string
	}{
		"no Secret yet":       {nil, nil, apierrors.IsNotFound, `has no credentials yet: the provider has not written Secret "ws-alice"`},
		"half a pair of keys": {[]runtime.Object{secret("ws-alice", map[string]string{"access": "AK"})}, nil, apierrors.IsNotFound, `Secret "ws-alice" holds half a pair of S3 keys: it lacks secret`},
		"halves of two shapes": {[]runtime.Object{secret("ws-alice", map[string]string{"access": "AK", "AWS_SECRET_ACCESS_KEY": "SK"})},
			nil, apierrors.IsNotFound, "it lacks AWS_ACCESS_KEY_ID"},
		"keys that are no text": {[]runtime.Object{secret("ws-alice", map[string]string{"access": "AK", "secret": "\xff\xfe"})},
			nil, apierrors.IsNotFound, `being no text or too long for an environment variable: secret`},
		"may not read":        {nil, forbidden, apierrors.IsInternalError, "grant it get on secrets"},
		"kube-apiserver gone": {nil, errors.New("connection refused"), apierrors.IsServiceUnavailable, "connection refused"},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFixture(t, test.secrets...)
			f.create(named("ws-alice"))
			if test.fails != nil {
				f.secrets.PrependReactor("get", "secrets", func(clienttesting.Action) (bool, runtime.Object, error) {
					return true, nil, test.fails
				})
			}
			_, err := credentials(f)
			if err == nil || !test.is(err) || !strings.Contains(err.Error(), test.says) {
				t.Errorf("got %v", err)
			}
		})
	}
	if _, err := credentials(newFixture(t)); !apierrors.IsNotFound(err) {
		t.Errorf("credentials of a missing workspace: %v, want 404", err)
	}
}

// What cannot be one text of an environment is left out with a warning; everything else is answered all the same.
func TestCredentialsLeaveOutWhatIsNoText(t *testing.T) {
	f := newFixture(t, secret("ws-alice", map[string]string{"access": "AK", "secret": "SK"}), secret("ws-alice-datalab", map[string]string{
		"REDIS_A_URL": "redis://a", "REDIS_A_PASSWORD": "\x80binary", "REDIS_A_HOST": "nul\x00", "HUGE": strings.Repeat("x", 1<<17),
		"attribute.access": "AK", "KUBECONFIG": "apiVersion: v1", "TEXT": "grüße\n",
	}))
	ws := named("ws-alice")
	ws.Spec.Stores.Caches = []eoepca.Store{{Name: "a", Storage: "1Gi"}}
	f.create(ws)
	told := &recorder{}
	obj, err := f.storage["workspaces/credentials"].(rest.Getter).Get(warning.WithWarningRecorder(as("alice"), told), "ws-alice", &metav1.GetOptions{})
	if err != nil {
		t.Fatal(err)
	}
	got := obj.(*eoepca.WorkspaceCredentials)
	want := map[string]string{
		"AWS_ACCESS_KEY_ID": "AK", "AWS_SECRET_ACCESS_KEY": "SK", "AWS_ENDPOINT_URL": "https://s3.example.org", "AWS_REGION": "eu-central-1",
		"BUCKET": "ws-alice", "REDIS_A_URL": "redis://a", "TEXT": "grüße\n",
	}
	if diff := cmp.Diff(want, got.Env); diff != "" {
		t.Errorf("env (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(map[string]string{"URL": "redis://a"}, got.Stores[0].Values); diff != "" {
		t.Errorf("values (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(`Secret "ws-alice-datalab": left out, being no text or too long for an environment variable: HUGE, REDIS_A_HOST, REDIS_A_PASSWORD`,
		strings.Join(*told, "\n")); diff != "" {
		t.Errorf("warnings (-want +got):\n%s", diff)
	}
}

// What the provider wrote before names were refused that collide.
func TestCredentialsThatTwoStoresCouldHaveAreGivenToNeither(t *testing.T) {
	ws := named("ws-alice")
	ws.Spec.Stores = eoepca.Stores{
		Databases: []eoepca.Database{{Name: "a", Databases: []string{"b-c"}}, {Name: "a-b", Databases: []string{"c", "d"}}},
		Vectors:   []eoepca.Store{{Name: "a"}, {Name: "a-read"}},
		Caches:    []eoepca.Store{{Name: "a-b"}, {Name: "a--b"}},
	}
	found := resolveCredentials(ws, nil, map[string][]byte{
		"POSTGRES_A_B_C_URL": []byte("whose"), "POSTGRES_A_B_D_URL": []byte("d"), "POSTGRES_A_HOST": []byte("host"),
		"QDRANT_A_READ_API_KEY": []byte("whose"), "QDRANT_A_API_KEY": []byte("key"), "REDIS_A_B_URL": []byte("whose"),
	}, Policy{})
	want := []eoepca.StoreCredentials{
		{Type: "databases", Name: "a", Values: map[string]string{"HOST": "host"}},
		{Type: "databases", Name: "a-b", Values: map[string]string{"D_URL": "d"}},
		{Type: "vectors", Name: "a", Values: map[string]string{"API_KEY": "key"}},
	}
	if diff := cmp.Diff(want, found.Stores); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if problem := "given to no store, since two have variables of this name: POSTGRES_A_B_C_URL, QDRANT_A_READ_API_KEY, REDIS_A_B_URL"; found.problems[0] != problem {
		t.Errorf("problems %q, want %q", found.problems, problem)
	}
}

// The keys in the principal's Secret are the newest: those that the Datalab's Secret repeats may lag behind a rotation.
func TestCredentialsAreThoseOfThePrincipal(t *testing.T) {
	f := newFixture(t, secret("ws-alice", map[string]string{"access": "new", "secret": "NEW"}),
		secret("ws-alice-datalab", map[string]string{"AWS_ACCESS_KEY_ID": "old", "AWS_SECRET_ACCESS_KEY": "OLD"}))
	f.create(named("ws-alice"))
	got, err := credentials(f)
	if err != nil {
		t.Fatal(err)
	}
	if got.Storage.AccessKeyID != "new" || got.Env["AWS_ACCESS_KEY_ID"] != "new" || got.Env["AWS_SECRET_ACCESS_KEY"] != "NEW" {
		t.Errorf("got %v and %v", got.Storage, got.Env)
	}
	rotated := secret("ws-alice", map[string]string{"access": "newer", "secret": "NEWER"})
	if _, err := f.secrets.CoreV1().Secrets("workspace").Update(t.Context(), rotated, metav1.UpdateOptions{}); err != nil {
		t.Fatal(err)
	}
	if got, err = credentials(f); err != nil || got.Storage.AccessKeyID != "newer" {
		t.Errorf("after a rotation: %v, %v", got, err)
	}
}

// A workspace from before names were checked, or made past the server, does not open what an older one has.
func TestCredentialsOfAnotherWorkspaceStayClosed(t *testing.T) {
	for name, change := range map[string]func(*eoepca.Workspace){
		"its principal":                  func(ws *eoepca.Workspace) { ws.Spec.Storage.Principal = "ws-bob" },
		"what its sessions read":         func(ws *eoepca.Workspace) { ws.Spec.Runtime.SecretName = "ws-bob" },
		"the Secret of its sessions":     func(ws *eoepca.Workspace) { ws.Spec.Storage.Principal = "ws-bob-datalab" },
		"the Secret of its OAuth client": func(ws *eoepca.Workspace) { ws.Spec.Storage.Principal = "ws-bob-oauth-client" },
	} {
		t.Run(name, func(t *testing.T) {
			var secrets []runtime.Object
			for _, name := range []string{"ws-alice", "ws-alice-datalab", "ws-bob", "ws-bob-datalab", "ws-bob-oauth-client"} {
				secrets = append(secrets, secret(name, map[string]string{"access": name, "secret": name}))
			}
			f := newFixture(t, secrets...)
			f.put("ws-bob", -time.Hour, func(*eoepca.Workspace) {})
			f.put("ws-alice", 0, change)
			got, err := credentials(f)
			if !apierrors.IsConflict(err) || !strings.Contains(err.Error(), "that of another workspace, which is older") {
				t.Errorf("got %v, %v, want a 409", got, err)
			}
			obj, err := f.storage["workspaces/credentials"].(rest.Getter).Get(as("alice"), "ws-bob", &metav1.GetOptions{})
			if err != nil || obj.(*eoepca.WorkspaceCredentials).Storage.AccessKeyID != "ws-bob" {
				t.Errorf("the older one: %v, %v", obj, err)
			}
		})
	}
}

// recorder keeps warnings.
type recorder []string

func (w *recorder) AddWarning(_, text string) { *w = append(*w, text) }

func credentials(f *fixture) (*eoepca.WorkspaceCredentials, error) {
	obj, err := f.storage["workspaces/credentials"].(rest.Getter).Get(as("alice"), "ws-alice", &metav1.GetOptions{})
	if err != nil {
		return nil, err
	}
	return obj.(*eoepca.WorkspaceCredentials), nil
}

func secret(name string, data map[string]string) *corev1.Secret {
	out := &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Namespace: "workspace", Name: name}, Data: map[string][]byte{}}
	for key, value := range data {
		out.Data[key] = []byte(value)
	}
	return out
}

func secretData(t *testing.T, f *fixture, name string) *corev1.Secret {
	t.Helper()
	secret, err := f.secrets.CoreV1().Secrets("workspace").Get(as("alice"), name, metav1.GetOptions{})
	if err != nil {
		t.Fatal(err)
	}
	return secret
}
