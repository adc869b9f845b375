package env

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	utilnet "k8s.io/apimachinery/pkg/util/net"
	"k8s.io/apimachinery/pkg/util/wait"
	"k8s.io/client-go/rest"

	"github.com/eoepca/workspaces/pkg/apiserver"
	"github.com/eoepca/workspaces/pkg/generated/clientset/versioned"
	typed "github.com/eoepca/workspaces/pkg/generated/clientset/versioned/typed/eoepca/v1alpha1"
)

const (
	serverUser   = "system:serviceaccount:workspaces-system:workspaces-apiserver"
	readyTimeout = 60 * time.Second
)

// Replica is one workspaces server.
type Replica struct {
	// Port of the loopback address that it serves on.
	Port int
	// Clients speak to this replica as the operator.
	Clients versioned.Interface
	// RESTConfig is the configuration of Clients.
	RESTConfig *rest.Config

	env       *Env
	configure func(*apiserver.Options)
	cancel    context.CancelFunc
	done      chan struct{}
	err       error // set before done is closed
}

// NewReplica starts another server, and does not wait until it is ready. Whoever starts it stops it.
func (e *Env) NewReplica(configure func(*apiserver.Options)) (*Replica, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	r := &Replica{env: e, configure: configure, Port: listener.Addr().(*net.TCPAddr).Port}
	if r.RESTConfig, err = r.As(Operator); err != nil {
		return nil, errors.Join(err, listener.Close())
	}
	if r.Clients, err = versioned.NewForConfig(r.RESTConfig); err != nil {
		return nil, errors.Join(err, listener.Close())
	}
	return r, r.start(listener)
}

func (r *Replica) start(listener net.Listener) error {
	options, err := r.options(listener)
	if err != nil {
		return errors.Join(err, listener.Close())
	}
	ctx, cancel := context.WithCancel(context.Background())
	r.cancel, r.done, r.err = cancel, make(chan struct{}), nil
	go func(done chan struct{}) {
		defer close(done)
		r.err = options.Run(ctx)
	}(r.done)
	return nil
}

func (r *Replica) options(listener net.Listener) (*apiserver.Options, error) {
	kubeconfig, err := r.env.serverKubeconfig()
	if err != nil {
		return nil, err
	}
	o := apiserver.NewOptions()
	o.FenceNamespace = FenceNamespace
	o.LeaseNamespace = "" // what binds roles is tested where a test asks for it
	o.Recommended.CoreAPI.CoreAPIKubeconfigPath = kubeconfig
	serving := o.Recommended.SecureServing
	serving.BindAddress = net.IPv4(127, 0, 0, 1)
	serving.Listener, serving.BindPort = listener, r.Port
	serving.ServerCert.CertKey.CertFile, serving.ServerCert.CertKey.KeyFile = r.env.certFile, r.env.keyFile
	// Tests give a role and use it at once.
	o.Recommended.Authorization.AllowCacheTTL = time.Second
	o.Recommended.Authorization.DenyCacheTTL = time.Millisecond
	if r.configure != nil {
		r.configure(o)
	}
	return o, nil
}

// serverKubeconfig is the file by which replicas reach kube-apiserver.
func (e *Env) serverKubeconfig() (string, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	file := filepath.Join(e.ControlPlane.Dir(), "workspaces-apiserver.kubeconfig")
	if _, err := os.Stat(file); err == nil {
		return file, nil
	}
	_, text, err := e.ControlPlane.User(serverUser, "system:serviceaccounts", "system:serviceaccounts:workspaces-system")
	if err != nil {
		return "", err
	}
	return file, os.WriteFile(file, text, 0o600)
}

// As is the configuration of a client that speaks as the user to this replica, past the aggregator.
func (r *Replica) As(user string, groups ...string) (*rest.Config, error) {
	config, err := r.env.Aggregated(user, groups...)
	if err != nil {
		return nil, err
	}
	config.Host = fmt.Sprintf("https://127.0.0.1:%d", r.Port)
	return config, nil
}

// Workspaces are the workspaces of a namespace, as this replica serves them to the operator.
func (r *Replica) Workspaces(namespace string) typed.WorkspaceInterface {
	return r.Clients.EoepcaV1alpha1().Workspaces(namespace)
}

// Ready answers nil when the replica says that it is ready and knows the operator, and else what it says instead.
func (r *Replica) Ready(ctx context.Context) error {
	select {
	case <-r.done:
		return fmt.Errorf("the replica has ended: %w", r.err)
	default:
	}
	client, err := rest.HTTPClientFor(r.RESTConfig)
	if err != nil {
		return err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, r.RESTConfig.Host+"/readyz", nil)
	if err != nil {
		return err
	}
	resp, err := client.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		text, _ := io.ReadAll(resp.Body)
		return fmt.Errorf("the replica is not ready: %s", text)
	}
	// Users who come past the aggregator are known when the authority of their certificates is, which need not be yet.
	_, err = r.Workspaces(metav1.NamespaceDefault).List(ctx, metav1.ListOptions{Limit: 1})
	return err
}

// AwaitReady returns when the replica is ready.
func (r *Replica) AwaitReady(ctx context.Context) error {
	var last error
	err := wait.PollUntilContextTimeout(ctx, 50*time.Millisecond, readyTimeout, true, func(ctx context.Context) (bool, error) {
		last = r.Ready(ctx)
		return last == nil, nil
	})
	if err != nil {
		return fmt.Errorf("wait for the replica: %w (last: %w)", err, last)
	}
	return nil
}

// Stop tells the server to stop, waits until it has, and answers what it ended with. Safe to call twice.
func (r *Replica) Stop() error {
	r.cancel()
	<-r.done
	return r.err
}

// Restart stops the server and starts it again on its port. It does not wait until it is ready.
func (r *Replica) Restart() error {
	if err := r.Stop(); err != nil {
		return err
	}
	listener, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", r.Port))
	if err != nil {
		return err
	}
	return r.start(listener)
}

// CloseIdleConnections closes those of the replica's clients.
func (r *Replica) CloseIdleConnections() { closeIdle(r.RESTConfig) }

// CloseIdleConnections closes those of the administrator's clients.
func (e *Env) CloseIdleConnections() { closeIdle(e.ControlPlane.Config()) }

func closeIdle(config *rest.Config) {
	// Clients of one configuration share their connections.
	if client, err := rest.HTTPClientFor(config); err == nil {
		utilnet.CloseIdleConnectionsFor(client.Transport)
	}
}
