// Package controlplane runs a real Kubernetes control plane on the loopback address: etcd, kube-apiserver with RBAC and
// aggregation, and if wanted kube-controller-manager. The integration tests and the development cluster start it.
// Nothing about workspaces lives here but how their CRDs and their APIService are registered.
package controlplane

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"time"

	"k8s.io/client-go/rest"

	"github.com/eoepca/workspaces/test/controlplane/process"
)

// Options of a control plane. The zero value is a throw-away one on free ports.
type Options struct {
	// Assets is the folder of etcd, kube-apiserver and kube-controller-manager.
	// Default: each from $KUBEBUILDER_ASSETS, or if it is not there, from where `make tools` puts it.
	Assets string
	// Dir keeps data and certificates over restarts. Default: a temporary folder that Stop removes.
	Dir string
	// LogDir receives one log file per process. Default: logs in Dir.
	LogDir string
	// Port of kube-apiserver. Default: a free one.
	Port int
	// ControllerManager also starts kube-controller-manager.
	ControllerManager bool
}

// ControlPlane is a running control plane.
type ControlPlane struct {
	binaries    map[string]string // name → path
	dir, logDir string
	temporary   bool
	ports       ports

	ca, frontProxyCA    *authority
	serving, frontProxy pair
	saKey               string
	config              *rest.Config

	etcd, apiServer, controllerManager *process.Process
}

// Start starts the processes and returns when kube-apiserver is ready. After an error nothing is left behind.
func Start(ctx context.Context, o Options) (*ControlPlane, error) {
	c, err := prepare(o)
	if err != nil {
		return nil, err
	}
	if err := c.run(ctx, o); err != nil {
		return nil, errors.Join(err, c.Stop())
	}
	return c, nil
}

func prepare(o Options) (*ControlPlane, error) {
	binaries, err := findBinaries(o)
	if err != nil {
		return nil, err
	}
	c := &ControlPlane{binaries: binaries, dir: o.Dir, logDir: o.LogDir}
	if c.ports, err = choosePorts(o.Port); err != nil {
		return nil, err
	}
	if c.dir == "" {
		c.temporary = true
		if c.dir, err = os.MkdirTemp("", "controlplane-"); err != nil {
			return nil, err
		}
	}
	if c.logDir == "" {
		c.logDir = filepath.Join(c.dir, "logs")
	}
	return c, nil
}

func (c *ControlPlane) run(ctx context.Context, o Options) error {
	if err := c.preparePKI(); err != nil {
		return err
	}
	if err := c.StartEtcd(ctx); err != nil {
		return err
	}
	if err := c.StartAPIServer(ctx); err != nil {
		return err
	}
	if o.ControllerManager {
		return c.StartControllerManager()
	}
	return nil
}

// preparePKI makes two authorities: whoever holds a certificate of the front proxy's may claim any identity at an
// aggregated server, so it must not be the one that signs users.
func (c *ControlPlane) preparePKI() (err error) {
	pki := filepath.Join(c.dir, "pki")
	if c.ca, err = loadAuthority(pki, "ca"); err != nil {
		return err
	}
	if c.frontProxyCA, err = loadAuthority(pki, "front-proxy-ca"); err != nil {
		return err
	}
	if c.serving, err = c.ca.server("kube-apiserver", "kubernetes.default.svc"); err != nil {
		return err
	}
	if c.frontProxy, err = c.frontProxyCA.client("front-proxy-client", "front-proxy-client"); err != nil {
		return err
	}
	c.saKey = filepath.Join(pki, "service-account.key")
	if _, err := os.Stat(c.saKey); err != nil {
		if _, err := newKey(c.saKey); err != nil {
			return err
		}
	}
	c.config, _, err = c.User("admin", "system:masters")
	return err
}

// Config answers the administrator's client configuration, without a client-side rate limit.
func (c *ControlPlane) Config() *rest.Config { return rest.CopyConfig(c.config) }

// Dir is the folder with data and certificates.
func (c *ControlPlane) Dir() string { return c.dir }

// Processes answers the running processes, in the order of their start.
func (c *ControlPlane) Processes() []*process.Process {
	var all []*process.Process
	for _, p := range []*process.Process{c.etcd, c.apiServer, c.controllerManager} {
		if p != nil {
			all = append(all, p)
		}
	}
	return all
}

// KillAPIServer ends kube-apiserver as a crash would.
func (c *ControlPlane) KillAPIServer() { c.apiServer.Kill() }

// KillEtcd ends etcd as a crash would.
func (c *ControlPlane) KillEtcd() { c.etcd.Kill() }

// RestartAPIServer kills kube-apiserver and starts it again on the same port.
func (c *ControlPlane) RestartAPIServer(ctx context.Context) error {
	c.KillAPIServer()
	return c.StartAPIServer(ctx)
}

// RestartEtcd kills etcd and starts it again on the same port and data.
func (c *ControlPlane) RestartEtcd(ctx context.Context) error {
	c.KillEtcd()
	return c.StartEtcd(ctx)
}

// Stop ends all processes and removes what was temporary. Safe to call twice.
func (c *ControlPlane) Stop() error {
	if c.temporary { // nothing to keep, so nobody to wait for
		for _, p := range c.Processes() {
			p.Kill()
		}
		return os.RemoveAll(c.dir)
	}
	c.controllerManager.Stop(2 * time.Second)
	c.apiServer.Stop(5 * time.Second)
	c.etcd.Stop(10 * time.Second)
	return nil
}
