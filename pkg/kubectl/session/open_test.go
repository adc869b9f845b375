package session_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	kruntime "k8s.io/apimachinery/pkg/runtime"
	clienttesting "k8s.io/client-go/testing"

	"github.com/eoepca/workspaces/pkg/apis/eoepca/v1alpha1"
	"github.com/eoepca/workspaces/pkg/kubectl/kubectltest"
	"github.com/eoepca/workspaces/pkg/kubectl/util"
)

// browser has the user's browser write down what it opens.
func browser(t *testing.T) (opened func() string) {
	t.Helper()
	if runtime.GOOS != "linux" {
		t.Skip("the program that opens addresses is played for Linux")
	}
	dir := t.TempDir()
	script := "#!/bin/sh\necho \"$1\" >" + filepath.Join(dir, "opened") + "\n"
	if err := os.WriteFile(filepath.Join(dir, "xdg-open"), []byte(script), 0o700); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", dir+":"+os.Getenv("PATH"))
	return func() string {
		text, _ := os.ReadFile(filepath.Join(dir, "opened"))
		return strings.TrimSpace(string(text))
	}
}

func TestOpen(t *testing.T) {
	odd := team("a=Started/Running")
	odd.Status.Sessions[0].URL = "file:///etc/passwd"
	bare := team("a=Started/Running")
	bare.Status.Sessions[0].URL = ""
	for _, test := range []struct {
		promise string
		args    string
		before  *v1alpha1.Workspace
		after   []*v1alpha1.Workspace
		code    int
		out     string
		err     string
		opened  string
	}{
		{promise: "a running session is opened", args: "a", before: team("a=Started/Running"), err: "session/a: https://a.example.org\n", opened: "https://a.example.org"},
		{promise: "one that starts is waited for", args: "a", before: team("a=Started/Pending"), after: []*v1alpha1.Workspace{team("a=Started/Running")},
			err: "session/a: Pending\nsession/a: Running\nsession/a: https://a.example.org\n", opened: "https://a.example.org"},
		{promise: "one that is stopped is not started unasked", args: "a", before: team("a=Stopped/Stopped"), code: 3,
			err: `hint: kubectl workspace session open a --start --workspace ws-alice -n workspace`},
		{promise: "it is when asked", args: "a --start --print-url", before: team("a=Stopped/Stopped"), after: []*v1alpha1.Workspace{team("a=Started/Running")},
			out: "https://a.example.org\n"},
		{promise: "--print-url opens nothing", args: "a --print-url", before: team("a=Started/Running"), out: "https://a.example.org\n"},
		{promise: "--no-browser neither", args: "a --no-browser", before: team("a=Started/Running"), err: "session/a: https://a.example.org\n"},
		{promise: "--no-wait does not wait", args: "a --no-wait", before: team("a=Started/Pending"), code: 3, err: "is not running yet"},
		{promise: "without a URL there is the API", args: "a", before: bare, code: 3, err: "hint: kubectl workspace session open a --proxy"},
		{promise: "what is no page is not opened", args: "a", before: odd, code: 1, err: "no address of a web page"},
		{promise: "what is not declared is not found", args: "b", before: bare, code: 5, err: `declares no session "b"`},
		{promise: "a port without a proxy", args: "a --port 8080", before: bare, code: 2, err: "--port is the one that --proxy listens on"},
	} {
		t.Run(test.promise, func(t *testing.T) {
			opened := browser(t)
			p := kubectltest.New(t, test.before)
			p.Changes(test.after...)
			p.Server.PrependReactor("create", "*", func(clienttesting.Action) (bool, kruntime.Object, error) {
				ws := team("a=Started")
				err := p.Server.Tracker().Update(v1alpha1.SchemeGroupVersion.WithResource("workspaces"), ws, kubectltest.Namespace)
				return true, &v1alpha1.WorkspaceLaunch{Spec: v1alpha1.WorkspaceLaunchSpec{Session: "a"}}, err
			})
			got := p.Run(append([]string{"session", "open", "--workspace", "ws-alice"}, strings.Fields(test.args)...)...)
			if got.Code != test.code || got.Out != test.out || !strings.Contains(got.Err, test.err) || opened() != test.opened {
				t.Errorf("%+v and %q is opened; want code %d, stdout %q, stderr with %q, %q opened",
					got, opened(), test.code, test.out, test.err, test.opened)
			}
		})
	}
}

func TestOpenThroughTheAPILastsUntilItIsInterrupted(t *testing.T) {
	opened := browser(t)
	api := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { _, _ = io.WriteString(w, r.URL.Path) }))
	defer api.Close()
	p := kubectltest.New(t, team("a=Started/Running"))
	done := make(chan kubectltest.Result)
	go func() {
		done <- p.Run("session", "open", "a", "--proxy", "--workspace", "ws-alice", "--server", api.URL)
	}()
	for opened() == "" {
		select {
		case got := <-done:
			t.Fatalf("it has ended: %+v", got)
		case <-time.After(10 * time.Millisecond):
		}
	}
	jar, _ := cookiejar.New(nil)
	resp, err := (&http.Client{Jar: jar}).Get(opened())
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if body, _ := io.ReadAll(resp.Body); string(body) != "/apis/eoepca.org/v1alpha1/namespaces/workspace/workspaces/ws-alice/proxy/a/" {
		t.Errorf("the session answers %s %q", resp.Status, body)
	}
	p.Interrupt(util.Interrupted{Signal: syscall.SIGINT})
	if got := <-done; got.Code != 130 || !strings.Contains(got.Err, "until you press Ctrl-C") {
		t.Errorf("%+v, want code 130", got)
	}
	if _, err := http.Get(opened()); err == nil {
		t.Error("the port is still open")
	}
}

func TestLogs(t *testing.T) {
	service := &corev1.Service{ObjectMeta: metav1.ObjectMeta{Namespace: "ws-alice", Name: "ws-alice-a"}, Spec: corev1.ServiceSpec{Selector: map[string]string{"session": "a"}}}
	pod := &corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{Namespace: "ws-alice", Name: "a-0", Labels: map[string]string{"session": "a"}},
		Spec:       corev1.PodSpec{Containers: []corev1.Container{{Name: "lab"}}},
	}
	all := []kruntime.Object{service, pod}
	for _, test := range []struct {
		promise string
		args    string
		cluster []kruntime.Object
		refuse  string
		code    int
		out     string
		err     string
	}{
		{promise: "what the session's pod logs", args: "a", cluster: all, out: "logs of a-0: container=lab\n"},
		{promise: "as kubectl's flags say", args: "a --previous --since 90s --tail 5 -c lab", cluster: all, out: "logs of a-0: container=lab&previous=true&sinceSeconds=90&tailLines=5\n"},
		{promise: "a cluster without pods for sessions", args: "a", code: 5, err: `has no pods that log: the namespace "ws-alice" has no Service "ws-alice-a"`},
		{promise: "a service whose pods are not there", args: "a", cluster: all[:1], code: 5, err: `session "a" of workspace "ws-alice" is Running and has no pods that log`},
		{promise: "what is stopped has no pods", args: "b", code: 5, err: `session "b" of workspace "ws-alice" is stopped and has no pods that log`},
		{promise: "who may not", args: "a", cluster: all, refuse: "services", code: 4, err: "hint: logs are those of pods: to read them you need get on services"},
		{promise: "who may not list pods", args: "a", cluster: all, refuse: "pods", code: 4, err: "in the namespace ws-alice; ask whoever runs the cluster"},
		{promise: "what is not declared", args: "x", code: 5, err: `declares no session "x"`},
		{promise: "no time to come", args: "a --since=-1s", code: 2, err: "--since -1s"},
	} {
		t.Run(test.promise, func(t *testing.T) {
			api := httptest.NewServer(podAPI(pod))
			defer api.Close()
			p := kubectltest.New(t, team("a=Started/Running", "b=Stopped/Stopped"))
			for _, object := range test.cluster {
				if err := p.Cluster.Tracker().Add(object); err != nil {
					t.Fatal(err)
				}
			}
			if test.refuse != "" {
				p.Cluster.PrependReactor("*", test.refuse, func(clienttesting.Action) (bool, kruntime.Object, error) {
					return true, nil, apierrors.NewForbidden(corev1.Resource(test.refuse), "", nil)
				})
			}
			args := append([]string{"session", "logs", "--workspace", "ws-alice", "--server", api.URL}, strings.Fields(test.args)...)
			got := p.Run(args...)
			if got.Code != test.code || got.Out != test.out || !strings.Contains(got.Err, test.err) {
				t.Errorf("%+v; want code %d, stdout %q, stderr with %q", got, test.code, test.out, test.err)
			}
		})
	}
}

// podAPI serves one pod and what it logs.
func podAPI(pod *corev1.Pod) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /api/v1/namespaces/ws-alice/pods", func(w http.ResponseWriter, _ *http.Request) {
		list := &corev1.PodList{TypeMeta: metav1.TypeMeta{APIVersion: "v1", Kind: "PodList"}, Items: []corev1.Pod{*pod}}
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(list)
	})
	mux.HandleFunc("GET /api/v1/namespaces/ws-alice/pods/{pod}/log", func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.WriteString(w, "logs of "+r.PathValue("pod")+": "+r.URL.RawQuery+"\n")
	})
	return mux
}
