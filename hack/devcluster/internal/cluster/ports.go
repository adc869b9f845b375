package cluster

import (
	"net"
	"strconv"

	"github.com/eoepca/workspaces/test/controlplane"
)

const host = "127.0.0.1"

// Ports that are used when nobody else has any of them.
const (
	kubeAPIServerPort = 16443
	serverPort        = 16444
	s3Port            = 17070
	sessionsPort      = 17080
)

// ports are listened on until they are needed, so that nobody takes them meanwhile. They are named by their usual number.
type ports map[int]net.Listener

// reservePorts reserves the usual ports, or free ones in the place of all: another cluster that is just starting has
// perhaps not got all of its own yet.
func reservePorts() (ports, error) {
	usual, err := reserve(func(port int) (net.Listener, error) { return net.Listen("tcp", join(port)) })
	if err == nil {
		return usual, nil
	}
	return reserve(func(int) (net.Listener, error) { return controlplane.ListenFree() })
}

func reserve(listen func(port int) (net.Listener, error)) (ports, error) {
	p := ports{}
	for _, port := range []int{kubeAPIServerPort, serverPort, s3Port, sessionsPort} {
		l, err := listen(port)
		if err != nil {
			p.release()
			return nil, err
		}
		p[port] = l
	}
	return p, nil
}

// release frees the ports, or all of them.
func (p ports) release(usual ...int) {
	if len(usual) == 0 {
		usual = []int{kubeAPIServerPort, serverPort, s3Port, sessionsPort}
	}
	for _, port := range usual {
		if l := p[port]; l != nil {
			_ = l.Close()
		}
	}
}

func (p ports) number(usual int) int { return p[usual].Addr().(*net.TCPAddr).Port }

func (p ports) addresses() address {
	at := func(usual int) string { return join(p.number(usual)) }
	return address{KubeAPIServer: at(kubeAPIServerPort), Server: at(serverPort), S3: at(s3Port), Sessions: at(sessionsPort)}
}

func join(port int) string { return net.JoinHostPort(host, strconv.Itoa(port)) }
