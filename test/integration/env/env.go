// Package env runs what integration tests test against: a control plane of its own (etcd, kube-apiserver, controllers), the
// CRDs of the parts, the roles of artifacts/base, and any number of replicas of the workspaces server in the test's process,
// which act as the service account that those roles are made for. The first replica is also behind the aggregator.
// What is tested, and the objects that tests are made with, do not belong here.
//
// A test binary starts one environment and shares it:
//
//	var e *env.Env
//
//	func TestMain(m *testing.M) { os.Exit(env.Main(m, env.Options{Replicas: 2}, &e)) }
//
//	func TestSomething(t *testing.T) {
//		t.Parallel()
//		ns := e.Namespace(t)                     // each test has a namespace of its own
//		a := e.Replicas[0].Workspaces(ns)        // the typed client of one replica, as the operator
//		_, err := e.Storages(ns).Get(…)          // the parts, as the administrator, past the server
//		alice, err := e.Aggregated("alice")      // anybody, through kube-apiserver
//	}
//
// Bucket names are unique in a cluster: name workspaces, or at least their buckets, after the test's namespace (Name does).
// A test that kills or reconfigures the control plane starts its own environment with Start. With WORKSPACES_TEST_LOGS set
// to a folder, the logs of all processes and of the replicas are kept there.
package env

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
	"k8s.io/klog/v2"

	"github.com/eoepca/workspaces/pkg/apiserver"
	"github.com/eoepca/workspaces/test/controlplane"
)

// Operator is the user as whom replicas are talked to unless another is asked for: he has the operator's role everywhere.
const Operator = "operator"

// LeaseNamespace is where replicas have the Lease whose holder binds roles, in tests that configure them so.
const LeaseNamespace = "workspaces-system"

// FenceNamespace is where the replicas have their fences.
const FenceNamespace = "eoepca-fence"

var (
	storages = schema.GroupVersionResource{Group: "pkg.internal", Version: "v1beta1", Resource: "storages"}
	datalabs = schema.GroupVersionResource{Group: "pkg.internal", Version: "v1beta2", Resource: "datalabs"}
)

// Options of an environment.
type Options struct {
	// Replicas is how many servers are started.
	Replicas int
	// Configure changes the options of each replica before it is started.
	Configure func(*apiserver.Options)
	// WithoutDatalabs leaves out the Datalabs' CRD.
	WithoutDatalabs bool
	// WithoutOperators leaves out the CRDs of the stores' operators: no stores can be had.
	WithoutOperators bool
	// WithoutAPIService keeps the aggregator from knowing of the first replica.
	WithoutAPIService bool
}

// Env is a running environment.
type Env struct {
	ControlPlane *controlplane.ControlPlane
	Replicas     []*Replica
	// Admin may do everything.
	Admin kubernetes.Interface
	// Dynamic is the administrator's client for any kind.
	Dynamic dynamic.Interface

	root              string
	certFile, keyFile string
	caPEM             []byte
	mu                sync.Mutex // one certificate is issued at a time
}

// Main runs the tests of a package in one environment, and answers the exit code. In short mode it runs none.
func Main(m *testing.M, o Options, e **Env) int {
	flag.Parse()
	if testing.Short() {
		fmt.Println("skipped: each test needs a control plane")
		return 0
	}
	var err error
	if *e, err = Start(context.Background(), o); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	code := m.Run()
	if err := (*e).Stop(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return code
}

// Start starts an environment and returns when every replica is ready. After an error nothing is left behind.
func Start(ctx context.Context, o Options) (*Env, error) {
	logs := os.Getenv("WORKSPACES_TEST_LOGS")
	plane, err := controlplane.Start(ctx, controlplane.Options{LogDir: logs})
	if err != nil {
		return nil, err
	}
	e := &Env{ControlPlane: plane}
	if err := e.prepare(ctx, o, logs); err != nil {
		return nil, errors.Join(err, e.Stop())
	}
	return e, nil
}

func (e *Env) prepare(ctx context.Context, o Options, logs string) (err error) {
	if err := logTo(logs, e.ControlPlane.Dir()); err != nil {
		return err
	}
	if e.root, err = repositoryRoot(); err != nil {
		return err
	}
	if e.Admin, err = kubernetes.NewForConfig(e.ControlPlane.Config()); err != nil {
		return err
	}
	if e.Dynamic, err = dynamic.NewForConfig(e.ControlPlane.Config()); err != nil {
		return err
	}
	if e.certFile, e.keyFile, e.caPEM, err = e.ControlPlane.ServingCert(); err != nil {
		return err
	}
	if err := e.installCRDs(ctx, o); err != nil {
		return err
	}
	if err := e.installRoles(ctx); err != nil {
		return err
	}
	for range o.Replicas {
		r, err := e.NewReplica(o.Configure)
		if err != nil {
			return err
		}
		e.Replicas = append(e.Replicas, r)
	}
	for _, r := range e.Replicas {
		if err := r.AwaitReady(ctx); err != nil {
			return err
		}
	}
	if o.Replicas > 0 && !o.WithoutAPIService {
		if err := e.ControlPlane.RegisterAPIService(ctx, e.Replicas[0].Port, e.caPEM); err != nil {
			return err
		}
	}
	return e.ControlPlane.StartControllerManager()
}

// Stop stops the replicas, then the control plane.
func (e *Env) Stop() error {
	var stopped sync.WaitGroup
	failures := make([]error, len(e.Replicas)+1)
	for i, r := range e.Replicas {
		stopped.Go(func() { failures[i] = r.Stop() })
	}
	stopped.Wait()
	failures[len(e.Replicas)] = e.ControlPlane.Stop()
	return errors.Join(failures...)
}

// Storages are the Storages of a namespace, past the server.
func (e *Env) Storages(namespace string) dynamic.ResourceInterface {
	return e.Dynamic.Resource(storages).Namespace(namespace)
}

// Datalabs are the Datalabs of a namespace, past the server.
func (e *Env) Datalabs(namespace string) dynamic.ResourceInterface {
	return e.Dynamic.Resource(datalabs).Namespace(namespace)
}

// Aggregated is the configuration of a client that speaks as the user to kube-apiserver, which hands workspaces to the
// first replica.
func (e *Env) Aggregated(user string, groups ...string) (*rest.Config, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	config, _, err := e.ControlPlane.User(user, groups...)
	return config, err
}

var logOnce sync.Once

// logTo sends what the replicas log to a file: there is one logger in a process.
func logTo(logs, dir string) (err error) {
	logOnce.Do(func() {
		if logs == "" {
			logs = filepath.Join(dir, "logs")
		}
		var file *os.File
		file, err = os.OpenFile(filepath.Join(logs, "replicas.log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
		if err != nil {
			return
		}
		flags := flag.NewFlagSet("klog", flag.ContinueOnError)
		klog.InitFlags(flags)
		for name, value := range map[string]string{"logtostderr": "false", "alsologtostderr": "false", "stderrthreshold": "FATAL"} {
			err = errors.Join(err, flags.Set(name, value))
		}
		klog.SetOutput(file)
	})
	return err
}

func repositoryRoot() (string, error) {
	start, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for dir := start; dir != filepath.Dir(dir); dir = filepath.Dir(dir) {
		if _, err := os.Stat(filepath.Join(dir, "artifacts", "base")); err == nil {
			return dir, nil
		}
	}
	return "", fmt.Errorf("%s is not inside a checkout: run the tests there", start)
}
