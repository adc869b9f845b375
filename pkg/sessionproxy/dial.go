package sessionproxy

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"strings"
	"time"
)

// resolver is what is needed of the DNS.
type resolver interface {
	LookupNetIP(ctx context.Context, network, host string) ([]netip.Addr, error)
	LookupCNAME(ctx context.Context, host string) (string, error)
}

// dialer connects to Services of sessions, and to nothing else that a name may be made to stand for.
type dialer struct {
	resolver resolver
	dial     func(ctx context.Context, network, address string) (net.Conn, error)
	patience time.Duration
}

// connect resolves a host by itself, once, and connects to what it has checked.
func (d *dialer) connect(ctx context.Context, network, address string) (net.Conn, error) {
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return nil, err
	}
	ips, err := d.resolve(ctx, host)
	if err != nil {
		return nil, err
	}
	for _, ip := range ips {
		var conn net.Conn
		if conn, err = d.dial(ctx, network, net.JoinHostPort(ip.String(), port)); err == nil {
			return impatient{conn, d.patience}, nil
		}
	}
	return nil, err
}

func (d *dialer) resolve(ctx context.Context, host string) ([]netip.Addr, error) {
	absolute := strings.TrimSuffix(host, ".") + "." // or the DNS would try its search domains first
	ips, err := d.resolver.LookupNetIP(ctx, "ip", absolute)
	if err != nil {
		return nil, err
	}
	// Whoever may change Services in the session's namespace can make its name an alias of any host.
	switch name, err := d.resolver.LookupCNAME(ctx, absolute); {
	case err != nil:
		return nil, err
	case !strings.EqualFold(name, absolute):
		return nil, fmt.Errorf("%s is an alias of %s: only a Service with an address of its own is a session's", host, name)
	}
	for _, ip := range ips {
		if ip = ip.Unmap(); !ip.IsGlobalUnicast() { // nor loopback, link-local, multicast
			return nil, fmt.Errorf("%s has the address %s, which no Service has", host, ip)
		}
	}
	return ips, nil
}

// impatient is a connection to a peer that must take what is sent to it within a time.
type impatient struct {
	net.Conn
	patience time.Duration
}

func (c impatient) Write(b []byte) (int, error) {
	if err := c.SetWriteDeadline(time.Now().Add(c.patience)); err != nil {
		return 0, err
	}
	return c.Conn.Write(b)
}
