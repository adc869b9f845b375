package controlplane

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	"path/filepath"
	"strconv"
	"time"

	"k8s.io/client-go/rest"

	"github.com/eoepca/workspaces/test/controlplane/process"
)

const (
	host         = "127.0.0.1"
	startTimeout = 60 * time.Second
)

// StartEtcd starts etcd on its port and data; Start has done so already, this is for after KillEtcd.
func (c *ControlPlane) StartEtcd(ctx context.Context) error {
	client, peer := c.EtcdURL(), fmt.Sprintf("http://%s:%d", host, c.ports.etcdPeer)
	p, err := c.start("etcd",
		"--name=default",
		"--data-dir="+filepath.Join(c.dir, "etcd"),
		"--listen-client-urls="+client, "--advertise-client-urls="+client,
		"--listen-peer-urls="+peer, "--initial-advertise-peer-urls="+peer, "--initial-cluster=default="+peer,
		"--quota-backend-bytes="+strconv.Itoa(8<<30),
		"--unsafe-no-fsync", // survives the end of the process; only a crash of the machine could lose data
		"--log-level=warn",
	)
	if err != nil {
		return err
	}
	c.etcd = p
	return waitReady(ctx, p, func(ctx context.Context) error { return get(ctx, http.DefaultClient, client+"/health") })
}

// StartAPIServer starts kube-apiserver; Start has done so already, this is for after KillAPIServer.
func (c *ControlPlane) StartAPIServer(ctx context.Context) error {
	p, err := c.start("kube-apiserver",
		"--etcd-servers="+c.EtcdURL(),
		"--bind-address="+host, "--endpoint-reconciler-type=none", // loopback is nothing to advertise
		"--secure-port="+strconv.Itoa(c.ports.apiServer),
		"--cert-dir="+c.ca.dir,
		"--tls-cert-file="+c.serving.certFile, "--tls-private-key-file="+c.serving.keyFile,
		"--client-ca-file="+c.ca.certFile(),
		"--authorization-mode=RBAC",
		"--service-cluster-ip-range=10.0.0.0/24",
		"--allow-privileged=true",
		"--service-account-issuer=https://kubernetes.default.svc",
		"--service-account-key-file="+c.saKey, "--service-account-signing-key-file="+c.saKey,
		// Aggregation. The routing to endpoints stays off: with it an ExternalName service is refused.
		"--requestheader-client-ca-file="+c.frontProxyCA.certFile(),
		"--requestheader-allowed-names=front-proxy-client",
		"--requestheader-username-headers=X-Remote-User",
		"--requestheader-group-headers=X-Remote-Group",
		"--requestheader-uid-headers=X-Remote-Uid",
		"--requestheader-extra-headers-prefix=X-Remote-Extra-",
		"--proxy-client-cert-file="+c.frontProxy.certFile, "--proxy-client-key-file="+c.frontProxy.keyFile,
	)
	if err != nil {
		return err
	}
	c.apiServer = p
	client, err := rest.HTTPClientFor(c.config)
	if err != nil {
		return err
	}
	defer client.CloseIdleConnections()
	return waitReady(ctx, p, func(ctx context.Context) error { return get(ctx, client, c.config.Host+"/readyz") })
}

// StartControllerManager starts the controllers that workspaces meet, and no others. Start does so if asked to; who wants
// them to know of kinds from the start, and not half a minute later, starts them after installing these.
func (c *ControlPlane) StartControllerManager() error {
	kubeconfig := filepath.Join(c.dir, "kube-controller-manager.kubeconfig")
	if err := c.writeKubeconfig(kubeconfig, "system:kube-controller-manager"); err != nil {
		return err
	}
	p, err := c.start("kube-controller-manager",
		"--kubeconfig="+kubeconfig,
		"--controllers=namespace-controller,garbage-collector-controller,serviceaccount-controller,"+
			"serviceaccount-token-controller,clusterrole-aggregation-controller",
		"--use-service-account-credentials",
		"--service-account-private-key-file="+c.saKey,
		"--root-ca-file="+c.ca.certFile(),
		"--secure-port=0",
		"--leader-elect=false",
	)
	c.controllerManager = p
	return err
}

func (c *ControlPlane) start(name string, args ...string) (*process.Process, error) {
	return process.Start(process.Spec{
		Name: name,
		Path: c.binaries[name],
		Args: args,
		Log:  filepath.Join(c.logDir, name+".log"),
	})
}

// EtcdURL is where etcd serves its clients.
func (c *ControlPlane) EtcdURL() string { return fmt.Sprintf("http://%s:%d", host, c.ports.etcd) }

func waitReady(ctx context.Context, p *process.Process, ready func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(ctx, startTimeout)
	defer cancel()
	return p.WaitReady(ctx, ready)
}

func get(ctx context.Context, client *http.Client, url string) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return err
	}
	resp, err := client.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("%s answers %s", url, resp.Status)
	}
	return nil
}

// ports on the loopback address.
type ports struct{ apiServer, etcd, etcdPeer int }

// choosePorts fills in free ports where none is asked for. They are held together until all are known, so they differ.
func choosePorts(apiServer int) (ports, error) {
	p := ports{apiServer: apiServer}
	for _, port := range []*int{&p.apiServer, &p.etcd, &p.etcdPeer} {
		if *port != 0 {
			continue
		}
		l, err := ListenFree()
		if err != nil {
			return p, err
		}
		defer l.Close()
		*port = l.Addr().(*net.TCPAddr).Port
	}
	return p, nil
}

// ListenFree listens on a free port below those that the kernel gives to outgoing connections: while a server is down,
// a client of it that tries again and again could otherwise be given the server's own port, and keep it.
func ListenFree() (net.Listener, error) {
	const first, last, tries = 20000, 32000, 100
	var err error
	for range tries {
		port := first + rand.IntN(last-first)
		var l net.Listener
		if l, err = net.Listen("tcp", net.JoinHostPort(host, strconv.Itoa(port))); err == nil {
			return l, nil
		}
	}
	return nil, fmt.Errorf("find a free port: %w", err)
}
