package sessionproxy

import (
	"context"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
	"time"
)

// names is a DNS.
type names struct {
	t       *testing.T
	address []string
	alias   string
}

func (n names) LookupNetIP(_ context.Context, _, host string) ([]netip.Addr, error) {
	n.absolute(host)
	var all []netip.Addr
	for _, each := range n.address {
		all = append(all, netip.MustParseAddr(each))
	}
	return all, nil
}

func (n names) LookupCNAME(_ context.Context, host string) (string, error) {
	n.absolute(host)
	if n.alias != "" {
		return n.alias, nil
	}
	return strings.ToUpper(host), nil
}

func (n names) absolute(host string) {
	if host != "ws-main.ws.svc.cluster.local." {
		n.t.Errorf("the DNS is asked for %q: search domains would be tried", host)
	}
}

func TestOnlyAddressesOfServicesAreDialled(t *testing.T) {
	for name, test := range map[string]struct {
		dns  names
		want string
	}{
		"a Service":                       {names{address: []string{"10.96.0.17"}}, "10.96.0.17:80"},
		"a Service with IPv6":             {names{address: []string{"fd00:10:96::17"}}, "[fd00:10:96::17]:80"},
		"loopback":                        {names{address: []string{"127.0.0.1"}}, ""},
		"loopback, IPv6":                  {names{address: []string{"::1"}}, ""},
		"loopback in IPv6":                {names{address: []string{"::ffff:127.0.0.1"}}, ""},
		"the metadata service":            {names{address: []string{"169.254.169.254"}}, ""},
		"the metadata service in IPv6":    {names{address: []string{"::ffff:169.254.169.254"}}, ""},
		"link-local":                      {names{address: []string{"fe80::1"}}, ""},
		"nowhere":                         {names{address: []string{"0.0.0.0"}}, ""},
		"everybody":                       {names{address: []string{"224.0.0.1"}}, ""},
		"a bad one among good ones":       {names{address: []string{"10.96.0.17", "127.0.0.1"}}, ""},
		"an alias, as ExternalName makes": {names{address: []string{"10.96.0.1"}, alias: "kubernetes.default.svc.cluster.local."}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			test.dns.t = t
			dialled := ""
			d := &dialer{resolver: test.dns, patience: time.Minute, dial: func(_ context.Context, _, address string) (net.Conn, error) {
				dialled = address
				return &net.TCPConn{}, nil
			}}
			_, err := d.connect(t.Context(), "tcp", "ws-main.ws.svc.cluster.local:80")
			if dialled != test.want || (err == nil) != (test.want != "") {
				t.Errorf("dialled %q (%v), want %q", dialled, err, test.want)
			}
		})
	}
}

// Which hosts are checked: those that names decide.
func TestTheConfiguredHostIsTrusted(t *testing.T) {
	for address, fixed := range map[Address]bool{
		"": false, "http://{workspace}-{session}.sessions/": false, "http://127.0.0.1:1/{workspace}/{session}/": true,
		"https://sessions/{workspace}/{session}": true, "http://sessions.{namespace}/{workspace}/{session}/": false,
	} {
		if address.fixedHost() != fixed {
			t.Errorf("%q: fixed is %v", address, !fixed)
		}
	}
}

// A session that takes nothing in does not hold a request for ever.
func TestASessionMustTakeWhatIsSent(t *testing.T) {
	over := make(chan struct{}) // a server that does not read does not see that its client has gone
	s := newStage(t, 100*time.Millisecond, func(http.ResponseWriter, *http.Request) { <-over })
	t.Cleanup(func() { close(over) })
	endless := readerFunc(func(b []byte) (int, error) { return len(b), nil })
	req := httptest.NewRequest(http.MethodPost, s.proxy.URL+testPrefix+"/", endless)
	req.RequestURI = ""
	done := make(chan struct{})
	go func() {
		defer close(done)
		// An answer of 5xx, or a connection that was closed on the sender.
		if resp, err := s.client.Do(req); err == nil {
			resp.Body.Close()
		}
	}()
	select {
	case <-done:
	case <-time.After(30 * time.Second):
		t.Error("the request goes on")
	}
}

type readerFunc func([]byte) (int, error)

func (f readerFunc) Read(b []byte) (int, error) { return f(b) }
