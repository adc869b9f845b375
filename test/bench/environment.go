package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"k8s.io/client-go/rest"

	"github.com/eoepca/workspaces/test/controlplane"
	"github.com/eoepca/workspaces/test/controlplane/process"
)

const (
	namespace      = "bench"
	fenceNamespace = "eoepca-fence"
	stopGrace      = 20 * time.Second
	startLimit     = 3 * time.Minute
)

// environment is a control plane, and beside it the server that is measured.
type environment struct {
	plane    *controlplane.ControlPlane
	dir      string // binary, kubeconfig and logs
	binary   string
	port     int
	cert     [2]string // file names of certificate and key
	caPEM    []byte
	server   *process.Process
	operator *client // what a user with all rights sees, through kube-apiserver
	load     *client // another one, who only makes noise
	direct   *client // straight to the server: its health and its profiles
	etcd     *client // straight to etcd
	profiles string
}

func start(ctx context.Context, o options, say *progress) (*environment, error) {
	env := &environment{profiles: o.profiles, binary: o.server}
	if err := env.prepare(ctx, say); err != nil {
		return nil, fmt.Errorf("start: %w", errors.Join(err, env.stop()))
	}
	return env, nil
}

func (e *environment) prepare(ctx context.Context, say *progress) (err error) {
	if e.dir, err = os.MkdirTemp("", "bench-"); err != nil {
		return err
	}
	if e.binary == "" {
		say.step("build the server")
		e.binary = filepath.Join(e.dir, "apiserver")
		build := exec.CommandContext(ctx, "go", "build", "-o", e.binary, "github.com/eoepca/workspaces/cmd/apiserver")
		if text, err := build.CombinedOutput(); err != nil {
			return fmt.Errorf("build the server: %w\n%s", err, text)
		}
	}
	say.step("start the control plane")
	if e.plane, err = controlplane.Start(ctx, controlplane.Options{}); err != nil {
		return err
	}
	if err := e.plane.InstallCRDs(ctx); err != nil {
		return err
	}
	if err := e.connect(ctx); err != nil {
		return err
	}
	if err := e.furnish(ctx); err != nil {
		return err
	}
	if _, err := e.startServer(ctx); err != nil {
		return err
	}
	return e.plane.RegisterAPIService(ctx, e.port, e.caPEM)
}

// connect makes the clients. The operator gets his rights from RBAC like any user: a member of system:masters would not
// be asked for them.
func (e *environment) connect(ctx context.Context) (err error) {
	if e.cert[0], e.cert[1], e.caPEM, err = e.plane.ServingCert(); err != nil {
		return err
	}
	if e.port, err = freePort(); err != nil {
		return err
	}
	operator, _, err := e.plane.User("operator")
	if err != nil {
		return err
	}
	load, kubeconfig, err := e.plane.User("load", "system:masters")
	if err != nil {
		return err
	}
	direct := rest.CopyConfig(operator)
	direct.Host = fmt.Sprintf("https://127.0.0.1:%d", e.port)
	for _, each := range []struct {
		client **client
		config *rest.Config
	}{{&e.operator, operator}, {&e.load, load}, {&e.direct, direct}} {
		if *each.client, err = newClient(each.config); err != nil {
			return err
		}
	}
	transport := &http.Transport{MaxIdleConnsPerHost: seedWriters}
	e.etcd = &client{http: &http.Client{Transport: transport}, host: e.plane.EtcdURL()}
	return e.deployAccount(ctx, load, kubeconfig)
}

func (e *environment) kubeconfig() string { return filepath.Join(e.dir, "kubeconfig") }

// furnish makes what all requests need.
func (e *environment) furnish(ctx context.Context) error {
	for _, name := range []string{namespace} {
		if err := e.create(ctx, "/api/v1/namespaces", map[string]any{"metadata": map[string]any{"name": name}}); err != nil {
			return err
		}
	}
	if err := e.create(ctx, "/api/v1/namespaces/"+namespace+"/configmaps", map[string]any{"metadata": map[string]any{"name": unrelated}}); err != nil {
		return err
	}
	if err := e.bind(ctx, "cluster-admin", "User", "operator"); err != nil {
		return err
	}
	return e.bind(ctx, "eoepca:workspace-user", "Group", "system:authenticated")
}

func (e *environment) bind(ctx context.Context, role, kind, subject string) error {
	const group = "rbac.authorization.k8s.io"
	return e.create(ctx, "/apis/"+group+"/v1/clusterrolebindings", map[string]any{
		"metadata": map[string]any{"name": "bench:" + subject},
		"roleRef":  map[string]any{"apiGroup": group, "kind": "ClusterRole", "name": role},
		"subjects": []any{map[string]any{"apiGroup": group, "kind": kind, "name": subject}},
	})
}

func (e *environment) create(ctx context.Context, path string, object map[string]any) error {
	body, err := json.Marshal(object)
	if err != nil {
		return err
	}
	return e.load.do(ctx, http.MethodPost, path, jsonBody, body, nil)
}

// startServer starts the server and answers how long it took to become ready.
func (e *environment) startServer(ctx context.Context) (time.Duration, error) {
	ctx, cancel := context.WithTimeout(ctx, startLimit)
	defer cancel()
	begun := time.Now()
	p, err := process.Start(process.Spec{
		Name: "apiserver",
		Path: e.binary,
		Args: []string{
			"--kubeconfig=" + e.kubeconfig(),
			"--bind-address=127.0.0.1", "--secure-port=" + strconv.Itoa(e.port),
			"--tls-cert-file=" + e.cert[0], "--tls-private-key-file=" + e.cert[1],
			"--fence-namespace=" + fenceNamespace,
			"--lease-namespace=", // roles are bound beside the requests, at their own pace
		},
		// Every five minutes the cache is compared with the parts; a difference ends the server, and the benchmark.
		Env: []string{"KUBE_WATCHCACHE_CONSISTENCY_CHECKER=true"},
		Log: filepath.Join(e.dir, "apiserver.log"),
	})
	if err != nil {
		return 0, err
	}
	e.server = p
	err = p.WaitReady(ctx, func(ctx context.Context) error { return e.direct.get(ctx, "/readyz", nil) })
	ready := time.Since(begun)
	if err != nil {
		return 0, err
	}
	return ready, p.WaitReady(ctx, func(ctx context.Context) error {
		// A connection of the first moments may be older than the server's knowledge of whose certificates to ask for.
		e.direct.http.CloseIdleConnections()
		return e.direct.get(ctx, "/debug/pprof/symbol", nil)
	})
}

// footprint is how the server stands after a start: how soon it was ready, and what it takes.
type footprint struct {
	ready    time.Duration
	resident int64 // bytes of the process in memory
	live     int64 // bytes of the heap that are in use
}

// restart stops the server, starts it, and waits until kube-apiserver passes requests on to it.
func (e *environment) restart(ctx context.Context) (f footprint, err error) {
	e.server.Stop(stopGrace)
	if f.ready, err = e.startServer(ctx); err != nil {
		return f, err
	}
	if f.resident, f.live, err = e.memory(ctx); err != nil {
		return f, err
	}
	ctx, cancel := context.WithTimeout(ctx, startLimit)
	defer cancel()
	return f, e.server.WaitReady(ctx, func(ctx context.Context) error {
		return e.operator.get(ctx, workspaces+"?limit=1", nil)
	})
}

// memory collects garbage and waits until the process has given back what it wants to give back.
func (e *environment) memory(ctx context.Context) (resident, live int64, err error) {
	for range 2 { // the second collection frees what the first one's finalizers let go
		if live, err = e.liveHeap(ctx); err != nil {
			return 0, 0, err
		}
	}
	deadline := time.Now().Add(15 * time.Second)
	for before := int64(0); time.Now().Before(deadline); before = resident {
		if resident, err = residentBytes(e.server.PID()); err != nil {
			return 0, 0, err
		}
		if change := resident - before; -resident/200 < change && change < resident/200 {
			break
		}
		if err := pause(ctx, 2*time.Second); err != nil {
			return 0, 0, err
		}
	}
	return resident, live, nil
}

// liveHeap collects garbage and answers what is left.
func (e *environment) liveHeap(ctx context.Context) (int64, error) {
	response, err := e.direct.open(ctx, http.MethodGet, "/debug/pprof/heap?gc=1&debug=1", "", nil)
	if err != nil {
		return 0, err
	}
	defer response.Body.Close()
	for lines := bufio.NewScanner(response.Body); lines.Scan(); {
		if text, found := strings.CutPrefix(lines.Text(), "# HeapAlloc = "); found {
			return strconv.ParseInt(text, 10, 64)
		}
	}
	return 0, fmt.Errorf("the server's heap profile does not name its size")
}

func residentBytes(pid int) (int64, error) {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0, fmt.Errorf("read the server's memory (Linux is needed): %w", err)
	}
	for line := range strings.Lines(string(status)) {
		if fields := strings.Fields(line); len(fields) == 3 && fields[0] == "VmRSS:" {
			kib, err := strconv.ParseInt(fields[1], 10, 64)
			return kib << 10, err
		}
	}
	return 0, fmt.Errorf("/proc/%d/status does not name VmRSS", pid)
}

func (e *environment) stop() error {
	e.server.Stop(stopGrace)
	var err error
	if e.plane != nil {
		err = e.plane.Stop()
	}
	if e.dir != "" {
		_ = os.RemoveAll(e.dir)
	}
	return err
}

func freePort() (int, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port, nil
}

func pause(ctx context.Context, d time.Duration) error {
	select {
	case <-time.After(d):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
