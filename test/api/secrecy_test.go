package api

import (
	"encoding/base64"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/rest"

	"github.com/eoepca/workspaces/pkg/apis/eoepca/v1alpha1"
	"github.com/eoepca/workspaces/pkg/apiserver"
	"github.com/eoepca/workspaces/pkg/generated/clientset/versioned"
	"github.com/eoepca/workspaces/test/integration/env"
)

// canary begins every secret value. Its length is one that base64, which Secrets are written in, does not fill up.
const canary = "CANARY-7d1f9a3c"

// sung says whether a canary can be found in a text, in plain or as Secrets are written.
func sung(text string) bool {
	return contains(text, canary) || contains(text, base64.StdEncoding.EncodeToString([]byte(canary)))
}

// talkative is a server that logs and audits all it can.
func talkative(t *testing.T) (replica *env.Replica, auditLog string) {
	t.Helper()
	dir := t.TempDir()
	policy := filepath.Join(dir, "policy.yaml")
	if err := os.WriteFile(policy, []byte("apiVersion: audit.k8s.io/v1\nkind: Policy\nrules: [{level: RequestResponse}]\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	auditLog = filepath.Join(dir, "audit.log")
	replica, err := e.NewReplica(func(o *apiserver.Options) {
		o.Settings.TokenEndpoint = tokenServer(t, base64.RawURLEncoding.EncodeToString([]byte(canary)))
		o.Recommended.Audit.PolicyFile = policy
		o.Recommended.Audit.LogOptions.Path = auditLog
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := replica.Stop(); err != nil {
			t.Error(err)
		}
	})
	if err := replica.AwaitReady(t.Context()); err != nil {
		t.Fatal(err)
	}
	return replica, auditLog
}

// fill gives a workspace Secrets that are full of canaries, some of them broken.
func fill(t *testing.T, ns, name string, broken bool) {
	t.Helper()
	config := kubeconfig(canary)
	id := name
	if broken {
		config, id = canary+": [", canary
	}
	secret(t, ns, name, map[string]string{"access": canary + "-access", "secret": canary + "-secret", "odd": canary + "\x00"})
	secret(t, ns, name+"-datalab", map[string]string{
		"REDIS_PROD_URL": canary + "-redis", "CONTAINER_REGISTRY_USERNAME": canary, "CONTAINER_REGISTRY_PASSWORD": canary, "KUBECONFIG": config,
		"attribute.access": canary, "LONG": canary + strings.Repeat("x", 1<<17),
	})
	clientSecret := "secret " + canary
	if broken {
		clientSecret = canary // which the token endpoint refuses, and repeats
	}
	secret(t, ns, name+"-oauth-client", map[string]string{"client_id": id, "client_secret": clientSecret})
}

// However much the server is told to log and to audit, secrets are in the answers that must have them, and nowhere else.
// Not parallel: it makes all servers talk.
func TestSecretsAreInNoOtherPlace(t *testing.T) {
	ns := e.Namespace(t)
	replica, auditLog := talkative(t)
	config, err := replica.As(env.Operator)
	if err != nil {
		t.Fatal(err)
	}
	c, err := newCaller(config)
	if err != nil {
		t.Fatal(err)
	}
	ws, broken := made(t, ns, "one", `stores: {caches: [{name: prod}]}, runtime: {vcluster: true}`), made(t, ns, "broken", "runtime: {vcluster: true}")
	fill(t, ns, ws.Name, false)
	fill(t, ns, broken.Name, true)
	env.Eventually(t, "the server knows the workspaces", func() error {
		if c.get(t, at(ns, ws.Name)).code != http.StatusOK || c.get(t, at(ns, broken.Name)).code != http.StatusOK {
			return errStill
		}
		return nil
	})
	version := c.get(t, at(ns)).want(t, http.StatusOK).list(t).ResourceVersion

	answersWithSecrets(t, config, ns, ws.Name)
	// From here on: until now the test's own clients, which write and read Secrets, would have logged them.
	verbosity(t, "10")
	loud(t, c.get(t, at(ns, ws.Name, "credentials")))
	loud(t, c.get(t, at(ns, ws.Name, "kubeconfig")))
	loud(t, c.post(t, at(ns, ws.Name, "token"), object{}).want(t, http.StatusCreated))
	for _, path := range []string{
		at(ns, ws.Name, "token") + dryRun, at(ns, broken.Name, "token"), at(ns, "missing", "token"),
	} {
		quiet(t, "POST "+path, c.post(t, path, object{}))
	}
	for _, path := range []string{
		at(ns), at(ns, ws.Name), at(ns, broken.Name, "kubeconfig"), at(ns, ws.Name, "usage"), at(ns, ws.Name, "sharing"), at(ns, ws.Name, "status"),
		at(ns, ws.Name, "members"), query(at(ns), "watch", "true", "resourceVersion", "0", "timeoutSeconds", "1"),
		at(ns, "missing", "credentials"), "/openapi/v3/apis/eoepca.org/v1alpha1",
	} {
		quiet(t, "GET "+path, c.get(t, path))
	}
	for _, section := range everySection {
		patch := strings.ReplaceAll(section.patch, "$WS", ws.Name)
		quiet(t, "PATCH "+section.name, c.patch(t, at(ns, ws.Name, section.name), strategicPatch, patch))
	}
	quiet(t, "launch", c.post(t, at(ns, ws.Name, "launch"), object{"spec": object{"session": "main"}}))
	stranger := as(t, "stranger-"+randomName())
	for _, sub := range []string{"credentials", "kubeconfig"} {
		quiet(t, sub+" for a stranger", stranger.get(t, at(ns, ws.Name, sub)).want(t, http.StatusForbidden))
	}
	quiet(t, "DELETE", c.delete(t, at(ns, broken.Name), nil))
	quiet(t, "what has happened", c.get(t, query(at(ns), "watch", "true", "resourceVersion", version, "timeoutSeconds", "1")))
	quiet(t, "metrics", metrics(t, replica))
	events, err := e.Admin.CoreV1().Events(ns).List(t.Context(), metav1.ListOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if sung(fmt.Sprint(events)) {
		t.Error("a secret is in the events")
	}
	audited(t, auditLog, ns, ws.Name)
	env.Eventually(t, "the requests are in the log", func() error {
		log := logged(t)
		if sung(log) {
			t.Fatal("a secret is in the log")
		}
		// Bodies of other answers are there: this test would see one with a secret.
		if !contains(log, at(ns, ws.Name, "token")) || !contains(log, "Response Body") && !contains(log, `"Body"`) && !contains(log, "body=") {
			return fmt.Errorf("they are not")
		}
		return nil
	})
}

// answersWithSecrets asks for what holds secrets, as the generated clients do.
func answersWithSecrets(t *testing.T, config *rest.Config, ns, name string) {
	t.Helper()
	clients, err := versioned.NewForConfig(config)
	if err != nil {
		t.Fatal(err)
	}
	workspaces := clients.EoepcaV1alpha1().Workspaces(ns)
	credentials, err := workspaces.GetCredentials(t.Context(), name, metav1.GetOptions{})
	if err != nil || credentials.Storage.SecretAccessKey != canary+"-secret" || credentials.Stores[0].Values["URL"] != canary+"-redis" || credentials.Registry.Password != canary {
		t.Errorf("GetCredentials: %+v, %v", credentials, err)
	}
	token, err := workspaces.CreateToken(t.Context(), name, &v1alpha1.WorkspaceToken{}, metav1.CreateOptions{})
	if err != nil || !strings.HasSuffix(token.Status.AccessToken, base64.RawURLEncoding.EncodeToString([]byte(canary))) {
		t.Errorf("CreateToken: %+v, %v", token, err)
	}
	kubeconfig, err := workspaces.GetKubeconfig(t.Context(), name, metav1.GetOptions{})
	if err != nil || !contains(kubeconfig.Kubeconfig, canary) {
		t.Errorf("GetKubeconfig: %+v, %v", kubeconfig, err)
	}
	if usage, err := workspaces.GetUsage(t.Context(), name, metav1.GetOptions{}); err != nil || usage.Name != name {
		t.Errorf("GetUsage: %+v, %v", usage, err)
	}
}

// loud expects an answer with a secret.
func loud(t *testing.T, a *answer) {
	t.Helper()
	if a.code >= 300 || !contains(string(a.body), canary) && !contains(string(a.body), base64.RawURLEncoding.EncodeToString([]byte(canary))) {
		t.Errorf("an answer without its secret: %d %.300s", a.code, a.body)
	}
}

func quiet(t *testing.T, what string, a *answer) {
	t.Helper()
	if a.code >= 500 && a.code != http.StatusBadGateway {
		t.Errorf("%s is answered with %d: %.300s", what, a.code, a.body)
	}
	if sung(string(a.body)) || sung(fmt.Sprint(a.header)) {
		t.Errorf("%s is answered with a secret: %d %v", what, a.code, a.header)
	}
}

// metrics of the server, which users do not see.
func metrics(t *testing.T, replica *env.Replica) *answer {
	t.Helper()
	config, err := replica.As("root", "system:masters")
	if err != nil {
		t.Fatal(err)
	}
	c, err := newCaller(config)
	if err != nil {
		t.Fatal(err)
	}
	return c.get(t, "/metrics").want(t, http.StatusOK)
}

// audited looks for what the audit log must tell, and for what it must not.
func audited(t *testing.T, file, ns, name string) {
	t.Helper()
	text := ""
	env.Eventually(t, "the requests are in the audit log", func() error {
		raw, err := os.ReadFile(file)
		text = string(raw)
		for _, part := range []string{
			`"workspaces.eoepca.org/secrets":"` + ns + "/" + name + "," + ns + "/" + name + `-datalab"`,
			`"workspaces.eoepca.org/secrets":"` + ns + "/" + name + `-oauth-client"`,
			`"workspaces.eoepca.org/store-types":"caches"`,
			`"workspaces.eoepca.org/session":"main"`,
			`"workspaces.eoepca.org/session-namespace":"` + name + `"`,
			`"level":"RequestResponse"`,
		} {
			if !contains(text, part) {
				return fmt.Errorf("%s is not: %w", part, err)
			}
		}
		return nil
	})
	if sung(text) {
		t.Error("a secret is in the audit log")
	}
}
