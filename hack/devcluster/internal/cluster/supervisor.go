package cluster

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/eoepca/workspaces/test/controlplane"
	"github.com/eoepca/workspaces/test/controlplane/process"
)

const (
	region = "us-east-1"

	readyTimeout = time.Minute // for each process
)

// Supervise starts everything and keeps it until the context ends. It is the supervisor's whole life.
func (l Layout) Supervise(ctx context.Context) error {
	lock, err := l.lock()
	if err != nil {
		return err
	}
	defer lock.Close()
	if err := os.WriteFile(l.pidFile(), []byte(strconv.Itoa(os.Getpid())+"\n"), 0o644); err != nil {
		return err
	}
	s := &supervisor{Layout: l, state: State{Phase: starting}}
	defer s.stop()
	if err := s.start(ctx); err != nil {
		s.stop() // before it is told, so that nothing is left when up returns
		s.tell(State{Phase: failed, Error: explain(err)})
		return err
	}
	s.state.Phase, s.state.Step = ready, ""
	s.tell(s.state)
	slog.Info("the development cluster is ready")
	s.watch(ctx)
	return nil
}

type supervisor struct {
	Layout
	state   State
	plane   *controlplane.ControlPlane
	started []*process.Process // besides those of the control plane, in the order of their start
}

// start brings the cluster up, step by step.
func (s *supervisor) start(ctx context.Context) error {
	ports, err := reservePorts()
	if err != nil {
		return err
	}
	defer ports.release()
	s.state.Addresses = ports.addresses()

	s.step("etcd, kube-apiserver, kube-controller-manager")
	ports.release(kubeAPIServerPort)
	s.plane, err = controlplane.Start(ctx, controlplane.Options{
		Dir: s.dev("controlplane"), LogDir: s.dev("logs"),
		Port: ports.number(kubeAPIServerPort), ControllerManager: true,
	})
	if err != nil {
		return err
	}
	s.record(s.plane.Processes()...)

	s.step("resource definitions, roles and users")
	if err := s.plane.InstallCRDsFrom(ctx, filepath.Join(s.Root, "artifacts", "crds")); err != nil {
		return err
	}
	if err := s.plane.InstallOperators(ctx); err != nil {
		return err
	}
	if err := s.bootstrap(ctx); err != nil {
		return err
	}
	s.step("devprovider (the one simulation) with its S3 server")
	ports.release(s3Port, sessionsPort)
	if err := s.startDevprovider(ctx); err != nil {
		return err
	}
	s.step("the workspaces API server")
	ports.release(serverPort)
	if err := s.startServer(ctx, ports.number(serverPort)); err != nil {
		return err
	}
	s.step("waiting until kubectl get workspaces answers")
	return s.waitServed(ctx)
}

func (s *supervisor) startDevprovider(ctx context.Context) error {
	kubeconfig, err := s.internalKubeconfig("devprovider", "devprovider")
	if err != nil {
		return err
	}
	self, err := os.Executable()
	if err != nil {
		return err
	}
	p, err := s.run("devprovider", self, "devprovider",
		"--kubeconfig="+kubeconfig,
		"--dir="+s.dev("s3"),
		"--s3-address="+s.state.Addresses.S3,
		"--sessions-address="+s.state.Addresses.Sessions,
		"--s3-region="+region,
	)
	if err != nil {
		return err
	}
	return waitReady(ctx, p, answers("http://"+s.state.Addresses.S3+"/healthz"), answers("http://"+s.state.Addresses.Sessions+"/healthz"))
}

// startServer runs our server as the service account that it has in a real cluster, with that account's rights alone.
func (s *supervisor) startServer(ctx context.Context, port int) error {
	if _, err := os.Stat(s.bin("apiserver")); err != nil {
		return fmt.Errorf("the server is not built: run `make build` (%w)", err)
	}
	kubeconfig, err := s.internalKubeconfig("workspaces-apiserver", "system:serviceaccount:"+controlplane.Namespace+":workspaces-apiserver",
		"system:serviceaccounts", "system:serviceaccounts:"+controlplane.Namespace)
	if err != nil {
		return err
	}
	certFile, keyFile, ca, err := s.plane.ServingCert()
	if err != nil {
		return err
	}
	p, err := s.run("workspaces-apiserver", s.bin("apiserver"),
		"--kubeconfig="+kubeconfig,
		"--authentication-kubeconfig="+kubeconfig,
		"--authorization-kubeconfig="+kubeconfig,
		"--bind-address="+host,
		"--secure-port="+strconv.Itoa(port),
		"--tls-cert-file="+certFile, "--tls-private-key-file="+keyFile,
		"--s3-endpoint=http://"+s.state.Addresses.S3,
		"--session-address=http://"+s.state.Addresses.Sessions+"/{namespace}/{workspace}/{session}/",
		"--s3-region="+region,
		"--fence-namespace=eoepca-fence",
	)
	if err != nil {
		return err
	}
	if err := waitReady(ctx, p, s.serverReady); err != nil {
		return err
	}
	return s.plane.RegisterAPIService(ctx, port, ca)
}

// run starts a process and records it.
func (s *supervisor) run(name, path string, args ...string) (*process.Process, error) {
	p, err := process.Start(process.Spec{Name: name, Path: path, Args: args, Log: s.Log(name)})
	if err != nil {
		return nil, err
	}
	s.started = append(s.started, p)
	s.record(p)
	return p, nil
}

func (s *supervisor) record(processes ...*process.Process) {
	for _, p := range processes {
		s.state.Processes = append(s.state.Processes, child{Name: p.Name(), PID: p.PID(), Log: p.Log()})
	}
	s.tell(s.state)
}

func (s *supervisor) step(what string) {
	slog.Info("starting", "step", what)
	s.state.Step = what
	s.tell(s.state)
}

func (s *supervisor) tell(state State) {
	if err := s.writeState(state); err != nil {
		slog.Error("cannot say what is going on", "error", err)
	}
}

// watch waits for the end, and tells when a process ends by itself.
func (s *supervisor) watch(ctx context.Context) {
	ended := make(chan *process.Process)
	for _, p := range append(s.plane.Processes(), s.started...) {
		go func() {
			<-p.Done()
			select {
			case ended <- p:
			case <-ctx.Done():
			}
		}()
	}
	for {
		select {
		case <-ctx.Done():
			return
		case p := <-ended:
			slog.Error("a process has ended by itself", "process", p.Name())
			s.state.Phase, s.state.Error = broken, explain(p.ExitError())
			s.tell(s.state)
		}
	}
}

// stop ends what was started, last first: a server must not see those vanish that it needs.
func (s *supervisor) stop() {
	for i := len(s.started) - 1; i >= 0; i-- {
		s.started[i].Stop(10 * time.Second)
	}
	if s.plane != nil {
		_ = s.plane.Stop()
	}
	slog.Info("stopped")
}

// explain puts the likeliest reason before an error.
func explain(err error) string {
	if errors.Is(err, syscall.ENOSPC) || strings.Contains(err.Error(), syscall.ENOSPC.Error()) {
		return "the disk is full: make room, then `make down` and `make up`\n" + err.Error()
	}
	return err.Error()
}
