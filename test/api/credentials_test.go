package api

import (
	"encoding/base64"
	"flag"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/klog/v2"

	"github.com/eoepca/workspaces/pkg/apis/eoepca/v1alpha1"
	"github.com/eoepca/workspaces/pkg/apiserver"
	"github.com/eoepca/workspaces/test/integration/env"
)

// secret is what a provider writes.
func secret(t testing.TB, ns, name string, data map[string]string) {
	t.Helper()
	s := &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Name: name}, StringData: data}
	if _, err := e.Admin.CoreV1().Secrets(ns).Create(t.Context(), s, metav1.CreateOptions{}); err != nil {
		t.Fatal(err)
	}
}

func credentials(t testing.TB, a *answer) *v1alpha1.WorkspaceCredentials {
	t.Helper()
	c := &v1alpha1.WorkspaceCredentials{}
	a.want(t, http.StatusOK).into(t, c)
	if !slices.Contains(a.header.Values("Cache-Control"), "no-store") {
		t.Errorf("the answer may be stored: %v", a.header)
	}
	return c
}

// The keys of a workspace, in each shape in which providers write the Secret.
func TestCredentialsInEachShape(t *testing.T) {
	t.Parallel()
	ns := e.Namespace(t)
	for shape, data := range map[string]map[string]string{
		"today": {"AWS_ACCESS_KEY_ID": "KEY", "AWS_SECRET_ACCESS_KEY": "SECRET", "AWS_ENDPOINT_URL": "https://s3", "AWS_REGION": "eu"},
		"older": {"access": "KEY", "secret": "SECRET", "endpoint": "https://s3", "region": "eu"},
		"attr":  {"attribute.access": "KEY", "attribute.secret": "SECRET", "attribute.endpoint": "https://s3", "attribute.region": "eu"},
	} {
		t.Run(shape, func(t *testing.T) {
			ws := made(t, ns, shape, "")
			path := at(ns, ws.Name, "credentials")
			early := operator(t).get(t, path).want(t, http.StatusNotFound).status(t)
			if !contains(early.Message, "no credentials yet") || !contains(early.Message, "StorageReady") {
				t.Errorf("before there are any: %s", early.Message)
			}
			secret(t, ns, ws.Name, data)
			want := &v1alpha1.S3Credentials{Bucket: ws.Name, AccessKeyID: "KEY", SecretAccessKey: "SECRET", Endpoint: "https://s3", Region: "eu"}
			got := credentials(t, operator(t).get(t, path))
			if diff := cmp.Diff(want, got.Storage); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if got.Env["AWS_ACCESS_KEY_ID"] != "KEY" || got.Env["AWS_ENDPOINT_URL"] != "https://s3" || got.Env["BUCKET"] != ws.Name {
				t.Errorf("the environment is %v", got.Env)
			}
		})
	}
	operator(t).get(t, at(ns, "missing", "credentials")).want(t, http.StatusNotFound)
}

// Stores and the registry have their keys beside those of the buckets; what the Secret leaves out, the server is configured with.
func TestCredentialsOfStores(t *testing.T) {
	t.Parallel()
	ns := e.Namespace(t)
	c := configured(t, env.Operator, func(s *apiserver.Settings) { s.S3Endpoint, s.S3Region = "https://configured", "north" })
	ws := made(t, ns, "one", `stores: {databases: [{name: pg0, databases: [dev]}], caches: [{name: fast-one}]}`)
	secret(t, ns, ws.Name, map[string]string{"AWS_ACCESS_KEY_ID": "KEY", "AWS_SECRET_ACCESS_KEY": "SECRET"})
	secret(t, ns, ws.Name+"-datalab", map[string]string{
		"POSTGRES_PG0_HOST": "db", "POSTGRES_PG0_PASSWORD": "pw", "POSTGRES_PG0_DEV_URL": "postgres://db/dev", "REDIS_FAST_ONE_URL": "redis://fast",
		"CONTAINER_REGISTRY_USERNAME": "ws", "CONTAINER_REGISTRY_PASSWORD": "pw",
	})
	got := credentials(t, c.get(t, at(ns, ws.Name, "credentials")))
	if got.Storage == nil || got.Storage.Endpoint != "https://configured" || got.Storage.Region != "north" {
		t.Errorf("the S3 keys are %+v", got.Storage)
	}
	want := []v1alpha1.StoreCredentials{
		{Type: "databases", Name: "pg0", Values: map[string]string{"HOST": "db", "PASSWORD": "pw", "DEV_URL": "postgres://db/dev"}},
		{Type: "caches", Name: "fast-one", Values: map[string]string{"URL": "redis://fast"}},
	}
	if diff := cmp.Diff(want, got.Stores); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if got.Registry == nil || got.Registry.Username != "ws" || got.Env["REDIS_FAST_ONE_URL"] != "redis://fast" {
		t.Errorf("got %+v %v", got.Registry, got.Env)
	}
}

// However much the server is told to log, keys are not in it. Not parallel: it makes all servers talk.
func TestSecretsAreNeverLogged(t *testing.T) {
	const canary = "CANARY-5c4e3b2a" // of a length that base64, which Secrets are written in, does not fill up
	ns := e.Namespace(t)
	ws := made(t, ns, "one", "")
	secret(t, ns, ws.Name, map[string]string{"AWS_ACCESS_KEY_ID": canary + "-key", "AWS_SECRET_ACCESS_KEY": canary + "-secret"})
	path := at(ns, ws.Name, "credentials")
	verbosity(t, "10")
	if got := credentials(t, operator(t).get(t, path)); got.Storage.AccessKeyID != canary+"-key" {
		t.Fatalf("got %+v", got.Storage)
	}
	env.Eventually(t, "the request is in the log", func() error {
		log := logged(t)
		if contains(log, canary) || contains(log, base64.StdEncoding.EncodeToString([]byte(canary))) {
			t.Fatal("a key is in the log")
		}
		// Bodies of other answers are there: this test would see one with a key.
		if !contains(log, path) || !contains(log, "Response Body") && !contains(log, `"Body"`) && !contains(log, "body=") {
			return fmt.Errorf("it is not")
		}
		return nil
	})
}

// verbosity has the servers log more until the test ends.
func verbosity(t *testing.T, level string) {
	t.Helper()
	flags := flag.NewFlagSet("", flag.ContinueOnError)
	klog.InitFlags(flags)
	before := flags.Lookup("v").Value.String()
	if err := flags.Set("v", level); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := flags.Set("v", before); err != nil {
			t.Error(err)
		}
	})
}

// logged is what the servers have logged.
func logged(t *testing.T) string {
	t.Helper()
	klog.Flush()
	dir := os.Getenv("WORKSPACES_TEST_LOGS")
	if dir == "" {
		dir = filepath.Join(e.ControlPlane.Dir(), "logs")
	}
	text, err := os.ReadFile(filepath.Join(dir, "replicas.log"))
	if err != nil {
		t.Fatal(err)
	}
	// What is not text is logged as a dump, whose lines end in what is readable of sixteen bytes.
	log := strings.Builder{}
	log.Write(text)
	for _, line := range dumped.FindAllSubmatch(text, -1) {
		log.Write(line[1])
	}
	return log.String()
}

var dumped = regexp.MustCompile(`(?m)\|(.{1,16})\|$`)
