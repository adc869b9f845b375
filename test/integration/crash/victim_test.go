package crash

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
	clientcmdapi "k8s.io/client-go/tools/clientcmd/api"

	"github.com/eoepca/workspaces/pkg/generated/clientset/versioned"
	typed "github.com/eoepca/workspaces/pkg/generated/clientset/versioned/typed/eoepca/v1alpha1"
	"github.com/eoepca/workspaces/test/controlplane"
	"github.com/eoepca/workspaces/test/controlplane/process"
	"github.com/eoepca/workspaces/test/integration/env"
)

// victim is a server in a process of its own, whose requests to kube-apiserver pass a gate. At the request that the gate is
// told of, the server is killed.
type victim struct {
	clients versioned.Interface
	server  *process.Process

	upstream *httputil.ReverseProxy
	mu       sync.Mutex
	fatal    moment
	killed   chan struct{}
}

// moment is when a server dies: at a request of its own, before it reaches kube-apiserver or once it has been carried out.
type moment struct {
	request func(*http.Request) bool
	done    bool // the request is carried out
}

// startVictim starts the server and returns when it is ready.
func startVictim(t *testing.T) *victim {
	t.Helper()
	v := &victim{killed: make(chan struct{})}
	gate := httptest.NewServer(v)
	t.Cleanup(gate.Close)
	config, err := e.Aggregated("system:serviceaccount:workspaces-system:workspaces-apiserver",
		"system:serviceaccounts", "system:serviceaccounts:workspaces-system")
	if err != nil {
		t.Fatal(err)
	}
	if v.upstream, err = reverseProxy(config); err != nil {
		t.Fatal(err)
	}
	port := v.start(t, gate.URL)
	if config, err = e.Aggregated(env.Operator); err != nil {
		t.Fatal(err)
	}
	config.Host = fmt.Sprintf("https://127.0.0.1:%d", port)
	if v.clients, err = versioned.NewForConfig(config); err != nil {
		t.Fatal(err)
	}
	err = v.server.WaitReady(t.Context(), func(ctx context.Context) error {
		_, err := v.clients.EoepcaV1alpha1().Workspaces(metav1.NamespaceDefault).List(ctx, metav1.ListOptions{})
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func reverseProxy(config *rest.Config) (*httputil.ReverseProxy, error) {
	target, err := url.Parse(config.Host)
	if err != nil {
		return nil, err
	}
	transport, err := rest.TransportFor(config)
	if err != nil {
		return nil, err
	}
	return &httputil.ReverseProxy{
		Rewrite:       func(r *httputil.ProxyRequest) { r.SetURL(target) },
		Transport:     transport,
		FlushInterval: -1, // watches
		ErrorHandler:  func(http.ResponseWriter, *http.Request, error) { panic(http.ErrAbortHandler) },
	}, nil
}

// servingCert is one for all victims: each is written to the same files, which others may be reading.
var servingCert = sync.OnceValues(func() ([2]string, error) {
	cert, key, _, err := e.ControlPlane.ServingCert()
	return [2]string{cert, key}, err
})

// start starts the process, and answers the port that it serves on.
func (v *victim) start(t *testing.T, gate string) int {
	t.Helper()
	dir := t.TempDir()
	kubeconfig := clientcmdapi.NewConfig()
	kubeconfig.Clusters["c"] = &clientcmdapi.Cluster{Server: gate}
	kubeconfig.Contexts["x"] = &clientcmdapi.Context{Cluster: "c"}
	kubeconfig.CurrentContext = "x"
	file := filepath.Join(dir, "kubeconfig")
	if err := clientcmd.WriteToFile(*kubeconfig, file); err != nil {
		t.Fatal(err)
	}
	files, err := servingCert()
	if err != nil {
		t.Fatal(err)
	}
	listener, err := controlplane.ListenFree()
	if err != nil {
		t.Fatal(err)
	}
	port := listener.Addr().(*net.TCPAddr).Port
	if err := listener.Close(); err != nil {
		t.Fatal(err)
	}
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	v.server, err = process.Start(process.Spec{
		Name: "workspaces-apiserver", Path: program, Env: []string{asServer + "=1"}, Log: filepath.Join(dir, "server.log"),
		Args: []string{
			"--kubeconfig=" + file, "--bind-address=127.0.0.1", "--secure-port=" + strconv.Itoa(port),
			"--tls-cert-file=" + files[0], "--tls-private-key-file=" + files[1], "--fence-namespace=" + env.FenceNamespace,
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { v.server.Stop(10 * time.Second) })
	return port
}

// ServeHTTP is the gate.
func (v *victim) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	v.mu.Lock()
	fatal := v.fatal
	v.mu.Unlock()
	switch {
	case fatal.request == nil || !fatal.request(r):
		v.upstream.ServeHTTP(w, r)
		return
	case fatal.done:
		v.upstream.ServeHTTP(httptest.NewRecorder(), r)
	}
	v.kill()
	panic(http.ErrAbortHandler)
}

// kill kills the server, and nothing that it sends after the fatal request passes.
func (v *victim) kill() {
	v.server.Kill()
	v.mu.Lock()
	defer v.mu.Unlock()
	select {
	case <-v.killed:
	default:
		close(v.killed)
	}
}

// diesAt tells the gate when the server is to die.
func (v *victim) diesAt(m moment) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.fatal = m
}

// awaitEnd returns when the server has been killed.
func (v *victim) awaitEnd(t *testing.T) {
	t.Helper()
	select {
	case <-v.killed:
	case <-time.After(time.Minute):
		t.Fatalf("the server lives on: it has not sent the fatal request (log: %s)", v.server.Log())
	}
}

func (v *victim) workspaces(namespace string) typed.WorkspaceInterface {
	return v.clients.EoepcaV1alpha1().Workspaces(namespace)
}
