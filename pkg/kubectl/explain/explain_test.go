package explain_test

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	authorizationv1 "k8s.io/api/authorization/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/util/wait"
	"k8s.io/cli-runtime/pkg/genericiooptions"

	"github.com/eoepca/workspaces/pkg/apis/eoepca/v1alpha1"
	"github.com/eoepca/workspaces/pkg/kubectl/cmd"
	"github.com/eoepca/workspaces/pkg/kubectl/util"
)

var workspaces = v1alpha1.Resource("workspaces")

// refused is what kube-apiserver answers to whom RBAC does not let.
func refused(verb, resource, name string) *apierrors.StatusError {
	return apierrors.NewForbidden(workspaces, name, fmt.Errorf(`User "carol" cannot %s resource %q in API group "eoepca.org" in the namespace "ns"`, verb, resource))
}

func rule(verbs, resources string, names ...string) authorizationv1.ResourceRule {
	return authorizationv1.ResourceRule{
		APIGroups: []string{"eoepca.org"}, Verbs: strings.Fields(verbs), Resources: strings.Fields(resources), ResourceNames: names,
	}
}

var (
	finds  = rule("list watch", "workspaces")
	views  = rule("get list watch", "workspaces workspaces/status workspaces/members workspaces/usage workspaces/sharing")
	apiKey = rule("get", "workspaces/credentials", "ws-alice")
	access = []authorizationv1.ResourceRule{
		finds, rule("get", "workspaces workspaces/status workspaces/credentials workspaces/usage workspaces/sharing", "ws-alice"),
		rule("create", "workspaces/launch", "ws-alice"), rule("get create update patch delete", "workspaces/proxy", "ws-alice"),
	}
	admin = append([]authorizationv1.ResourceRule{
		rule("get", "workspaces/kubeconfig", "ws-alice"), rule("create", "workspaces/token", "ws-alice"),
		rule("get update patch", "workspaces/members workspaces/buckets workspaces/access workspaces/stores workspaces/sessions", "ws-alice"),
	}, access...)
	everything = authorizationv1.ResourceRule{APIGroups: []string{"*"}, Verbs: []string{"*"}, Resources: []string{"*"}}
)

func TestErrorsHelp(t *testing.T) {
	util.ConflictBackoff = wait.Backoff{Steps: 2, Duration: time.Millisecond}
	alice := serving(workspace("ws-alice", "alice"))
	add, list := []string{"member", "add", "dave", "--workspace=ws-alice"}, []string{"member", "list", "--workspace=ws-alice"}
	misspelt := []string{"member", "list", "--workspace=ws-alise"}
	forbids := func(rules ...authorizationv1.ResourceRule) script {
		return alice.and(allowing(rules...)).and(script{"PUT " + one + "/members": refused("update", "workspaces/members", "ws-alice")})
	}
	for _, test := range []struct {
		what   string
		args   []string
		server script
		code   int
		// err is the text after the first line, which err1 begins.
		err1, err string
	}{
		{"a member who wants to administrate", add, forbids(access...), 4,
			`Error from server (Forbidden): workspaces.eoepca.org "ws-alice" is forbidden: User "carol" cannot update`,
			"  you have: ws_access · needs: ws_admin · ask: alice (owner)\n"},
		{"a viewer of the namespace", add, forbids(views), 4, "Error from server (Forbidden)", "  you have: view · needs: ws_admin · ask: alice (owner)\n"},
		{"a program's key, which cannot see whose it is", add, forbids(apiKey), 4, "Error from server (Forbidden)",
			"  you have: ws_api · needs: ws_admin · ask: its owner\n"},
		{"rights that cannot be told", add, forbids().and(script{review: apierrors.NewInternalError(errors.New("x"))}), 4, "Error from server (Forbidden)",
			"  you have: unknown · needs: ws_admin · ask: its owner\n"},
		{"a stranger who misspells his own", misspelt, alice.and(allowing(finds)).and(script{"GET " + other: refused("get", "workspaces", "ws-alise")}), 4,
			"Error from server (Forbidden)", "  you have: none · needs: ws_access · ask: its owner\n  hint: did you mean ws-alice?\n"},
		{"an admin who wants another workspace", []string{"create", "ws-new"}, alice.and(allowing(admin...)).and(script{"POST " + all: refused("create", "workspaces", "")}), 4,
			"Error from server (Forbidden)", "  you have: none · needs: edit of the namespace \"ns\" · ask: whoever administrates the namespace\n"},
		{"an administrator who is not let by something else", add, forbids(everything), 4, "Error from server (Forbidden)",
			"  you have: admin of the namespace · needs: ws_admin · ask: alice (owner)\n"},
		{"a refusal of something else", list, script{"GET " + one: apierrors.NewForbidden(workspaces, "ws-alice", errors.New("not on Sundays"))}, 4,
			`Error from server (Forbidden): workspaces.eoepca.org "ws-alice" is forbidden: not on Sundays`, ""},

		{"a slip in a name", misspelt, alice.and(script{"GET " + other: apierrors.NewNotFound(workspaces, "ws-alise")}), 5,
			`Error from server (NotFound): workspaces.eoepca.org "ws-alise" not found`, "  hint: did you mean ws-alice?\n"},
		{"a slip, with kubectl's own get", []string{"get", "ws-alise"}, alice.and(script{"GET " + other: apierrors.NewNotFound(workspaces, "ws-alise")}), 5,
			`Error from server (NotFound): workspaces.eoepca.org "ws-alise" not found`, "  hint: did you mean ws-alice?\n"},
		{"a name like no other", misspelt, serving(workspace("x", "")).and(script{"GET " + other: apierrors.NewNotFound(workspaces, "ws-alise")}), 5,
			`Error from server (NotFound): workspaces.eoepca.org "ws-alise" not found`, ""},

		{"a workspace that others change all the time", add, alice.and(script{"PUT " + one + "/members": apierrors.NewConflict(workspaces, "ws-alice", errors.New("modified"))}), 6,
			"Error from server (Conflict)", "  changed by: crossplane (status) · 60m ago\n  hint: look at what it is now, and try again\n"},
		{"a name that is taken", []string{"create", "ws-alice"}, alice.and(script{"POST " + all: apierrors.NewAlreadyExists(workspaces, "ws-alice")}), 6,
			"Error from server (AlreadyExists)", "  created: 2d1h ago · owner: alice\n  hint: choose another name, or look at it: kubectl workspace describe ws-alice\n"},

		{"a cluster without workspaces", list, serves(), 1, "error: this cluster serves no workspaces: it has no API eoepca.org/v1alpha1", installed},
		{"a cluster without workspaces, with kubectl's own get", []string{"get"}, serves(), 1, "error: this cluster serves no workspaces: it has no API eoepca.org/v1alpha1", installed},
		{"a cluster with another version", list, serves("v1beta1"), 1, "error: this cluster serves workspaces as v1beta1, and this plugin speaks v1alpha1 alone",
			"  hint: use the plugin of the server's release\n"},
		{"a server without this subresource", add, alice, 1, "Error from server (NotFound): the server could not find the requested resource",
			"  hint: the server is older than this plugin: kubectl workspace version\n"},
		{"a server of workspaces that is down", list, serves("v1alpha1").and(script{"GET " + one: down, version: down}), 3, "Error from server (ServiceUnavailable)", downHint},
		{"a server of workspaces that is down, with kubectl's own get", []string{"get"}, serves("v1alpha1").and(script{version: down}), 3, "Error from server (ServiceUnavailable)", downHint},

		{"a server that says itself what it lacks", list, script{"GET " + one: apierrors.NewServiceUnavailable("no token endpoint")}, 3,
			"Error from server (ServiceUnavailable): no token endpoint", ""},
		{"a sign-in that has expired", list, script{"GET " + one: apierrors.NewUnauthorized("Unauthorized")}, 4, "error: You must be logged in to the server",
			"  hint: the sign-in has expired or is not known there: sign in again\n"},
		{"a server that is slow", append(list, "--request-timeout=50ms"), script{"GET " + one: http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })}, 124,
			"Unable to connect to the server: ", "  hint: the server is slow or not reached: give it longer with --request-timeout\n"},
		{"a server that has no time", list, script{"GET " + one: apierrors.NewTimeoutError("too slow", 0)}, 124, "Error from server (Timeout)", ""},
		{"a page instead of an answer", list, script{"GET " + one: "<html>sign in here</html>"}, 1, "error: ", ""},
		{"a server that fails", list, script{"GET " + one: apierrors.NewInternalError(errors.New("broken"))}, 1, "Error from server (InternalError): Internal error occurred: broken", ""},
	} {
		t.Run(test.what, func(t *testing.T) {
			r := run(t, append(test.args, "--server="+listen(t, test.server), "--kubeconfig="+os.DevNull, "--cache-dir="+t.TempDir(), "-n=ns")...)
			first, rest, _ := strings.Cut(r.err, "\n")
			if r.code != test.code || r.out != "" || !strings.HasPrefix(first, test.err1) || rest != test.err {
				t.Errorf("exit code %d, want %d; stdout %q; stderr\n%swant\n%s…\n%s", r.code, test.code, r.out, r.err, test.err1, test.err)
			}
		})
	}
}

var down = apierrors.NewServiceUnavailable("the server is currently unable to handle the request")

const (
	downHint  = "  hint: the server of workspaces is down or not reached: kubectl get apiservice v1alpha1.eoepca.org\n"
	installed = "  hint: its operator installs it as https://github.com/eoepca/workspaces/blob/main/docs/operations.md#install tells\n"
)

const kubeconfig = `apiVersion: v1
kind: Config
clusters: [{name: c, cluster: {server: %q}}]
contexts: [{name: production, context: {cluster: c, user: u}}, {name: staging, context: {cluster: c, user: u}}]
users: [{name: u, user: {token: x}}]
current-context: production
`

// trusting is kubeconfig with the server's authority.
var trusting = strings.Replace(kubeconfig, "{server: %q}", "{server: %q, certificate-authority-data: %q}", 1)

// signingIn is a kubeconfig whose user signs in with a program.
func signingIn(program string) string {
	return strings.Replace(fmt.Sprintf(kubeconfig, "https://127.0.0.1:1"), "{token: x}",
		"{exec: {apiVersion: client.authentication.k8s.io/v1, interactiveMode: Never, command: "+program+"}}", 1)
}

// outOfDate is a server whose certificate has expired, and its authority as kubeconfigs have it.
func outOfDate(t *testing.T) (*httptest.Server, string) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), NotBefore: time.Now().Add(-2 * time.Hour), NotAfter: time.Now().Add(-time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true,
	}
	certificate, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewUnstartedServer(serving())
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	server.TLS = &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{certificate}, PrivateKey: key}}}
	server.StartTLS()
	t.Cleanup(server.Close)
	return server, base64.StdEncoding.EncodeToString(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: certificate}))
}

func TestConnectionsThatAreNone(t *testing.T) {
	t.Setenv("HOME", t.TempDir())
	t.Setenv("KUBECONFIG", "/nowhere")
	unknown := httptest.NewTLSServer(serving())
	t.Cleanup(unknown.Close)
	unknown.Config.ErrorLog = log.New(io.Discard, "", 0)
	expired, authority := outOfDate(t)
	for _, test := range []struct {
		what, kubeconfig string
		args             []string
		code             int
		err1, err        string
	}{
		{"no kubeconfig", "", nil, 1, "error: no kubeconfig: there is nothing that says which cluster is meant", "  hint: name one with --kubeconfig or in $KUBECONFIG; "},
		{"no kubeconfig where one is named", "", []string{"--kubeconfig=/nowhere/else"}, 1, "error: stat /nowhere/else: no such file or directory", ""},
		{"a kubeconfig that is none", "\x00garbage", nil, 1, "error: error loading config file", ""},
		{"a context with a slip", fmt.Sprintf(kubeconfig, "http://127.0.0.1:1"), []string{"--context=stagin"}, 1, "Error in configuration: context was not found for specified context: stagin", "  hint: did you mean staging?\n"},
		{"a context that is none", fmt.Sprintf(kubeconfig, "http://127.0.0.1:1"), []string{"--context=x"}, 1, "Error in configuration: context was not found for specified context: x",
			"  hint: the kubeconfig has the contexts production, staging\n"},
		{"a server that is not there", fmt.Sprintf(kubeconfig, "http://127.0.0.1:1"), nil, 1, "The connection to the server 127.0.0.1:1 was refused",
			"  hint: does the cluster run, and is it the one meant, in the context \"production\"?\n"},
		{"a server that is not there, named by hand", "", []string{"--server=http://127.0.0.1:1"}, 1, "The connection to the server 127.0.0.1:1 was refused",
			"  hint: does the cluster run, and is it the one meant?\n"},
		{"a server of an authority that is not known", fmt.Sprintf(kubeconfig, unknown.URL), nil, 1, "Unable to connect to the server: tls: failed to verify certificate",
			"  hint: is it the server that the kubeconfig means, in the context \"production\"? If so, get a new kubeconfig"},
		{"a server whose certificate is out of date", fmt.Sprintf(trusting, expired.URL, authority), nil, 1, "Unable to connect to the server: tls: failed to verify certificate",
			"  hint: the server's certificate is out of date, in the context \"production\", or the clock of this machine is wrong\n"},
		{"a program for signing in that is missing", signingIn("no-such-program"), nil, 4, "Unable to connect to the server: getting credentials: exec: executable no-such-program not found",
			"\nIt looks like you are trying to use a client-go credential plugin that is not installed."},
		{"a program for signing in that fails", signingIn("/bin/false"), nil, 4, "Unable to connect to the server: getting credentials: exec: executable /bin/false failed with exit code 1",
			"  hint: the program that signs you in has failed, in the context \"production\": mend that, then try again\n"},
		{"a user whose certificate is missing", strings.Replace(fmt.Sprintf(kubeconfig, "http://127.0.0.1:1"), "token: x", "client-certificate: /nowhere/c, client-key: /nowhere/k", 1), nil, 1,
			"Error in configuration: ", "* unable to read client-cert /nowhere/c for u due to open /nowhere/c: no such file or directory\n" +
				"* unable to read client-key /nowhere/k for u due to open /nowhere/k: no such file or directory\n  hint: mend what the kubeconfig says, in the context \"production\", or choose another context: kubectl config get-contexts\n"},
		{"a sign-in that has expired", fmt.Sprintf(kubeconfig, listen(t, script{
			"GET /apis/eoepca.org/v1alpha1/namespaces/default/workspaces/ws-alice": apierrors.NewUnauthorized("Unauthorized"),
			"GET /api":  apierrors.NewUnauthorized("Unauthorized"),
			"GET /apis": apierrors.NewUnauthorized("Unauthorized"),
		})), nil, 4, "error: You must be logged in to the server",
			"  hint: the sign-in of the context \"production\" has expired or is not known there: sign in again\n"},
	} {
		for _, command := range []string{"member list --workspace=ws-alice", "get ws-alice"} {
			t.Run(test.what+", "+command, func(t *testing.T) {
				args := append(strings.Fields(command), test.args...)
				if test.kubeconfig != "" {
					file := filepath.Join(t.TempDir(), "kubeconfig")
					if err := os.WriteFile(file, []byte(test.kubeconfig), 0o600); err != nil {
						t.Fatal(err)
					}
					args = append(args, "--kubeconfig="+file)
				}
				r := run(t, append(args, "--cache-dir="+t.TempDir())...)
				first, rest, _ := strings.Cut(r.err, "\n")
				if r.code != test.code || r.out != "" || !strings.HasPrefix(first, test.err1) || !strings.HasPrefix(rest, test.err) || test.err == "" && rest != "" {
					t.Errorf("exit code %d, want %d; stdout %q; stderr\n%swant\n%s…\n%s", r.code, test.code, r.out, r.err, test.err1, test.err)
				}
			})
		}
	}
}

// closedPipe is a stream that nobody reads.
type closedPipe struct{}

func (closedPipe) Write([]byte) (int, error) {
	return 0, &fs.PathError{Op: "write", Path: "|1", Err: syscall.EPIPE}
}

func TestNobodyReadsTheOutput(t *testing.T) {
	server := listen(t, serving(workspace("ws-alice", "alice")))
	for _, command := range []string{"member list --workspace=ws-alice", "member list --workspace=ws-alice -o json", "get ws-alice -o json"} {
		var errOut bytes.Buffer
		f := util.NewFactory(genericiooptions.IOStreams{In: &bytes.Buffer{}, Out: closedPipe{}, ErrOut: &errOut})
		root := cmd.New(util.Program, f)
		root.SetArgs(append(strings.Fields(command), "--server="+server, "--kubeconfig="+os.DevNull, "-n=ns", "--cache-dir="+t.TempDir()))
		if code := cmd.Run(t.Context(), f, root); code != 128+int(syscall.SIGPIPE) || errOut.String() != "" {
			t.Errorf("%s: exit code %d, stderr %q", command, code, errOut.String())
		}
	}
}
