package sessionproxy

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"path"
	"strings"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/klog/v2"
)

const (
	dialTimeout    = 5 * time.Second
	answerTimeout  = time.Minute // until the first byte, and for taking what is sent
	maxHeaderBytes = 64 << 10
)

// Session names a session.
type Session struct{ Namespace, Workspace, Name string }

// Proxy carries requests to sessions.
type Proxy struct {
	address   Address
	transport http.RoundTripper
}

// New makes a proxy to sessions at an address.
func New(address Address) *Proxy { return newProxy(address, answerTimeout) }

func newProxy(address Address, patience time.Duration) *Proxy {
	d := &dialer{resolver: &net.Resolver{PreferGo: true}, dial: (&net.Dialer{Timeout: dialTimeout}).DialContext, patience: patience}
	connect := d.connect
	if address.fixedHost() {
		connect = func(ctx context.Context, network, address string) (net.Conn, error) {
			conn, err := d.dial(ctx, network, address)
			if err != nil {
				return nil, err
			}
			return impatient{conn, patience}, nil
		}
	}
	return &Proxy{address: address, transport: finalAnswers{&http.Transport{
		DialContext: connect,
		// No proxy of the environment: it would be told where to connect by name.
		Proxy: nil,
		// Each request has a connection of its own: nothing that one caller sends can become a part of another's.
		DisableKeepAlives:      true,
		DisableCompression:     true,
		TLSHandshakeTimeout:    dialTimeout,
		ResponseHeaderTimeout:  patience,
		ExpectContinueTimeout:  time.Second,
		MaxResponseHeaderBytes: maxHeaderBytes,
	}}}
}

// finalAnswers keeps the reverse proxy from passing on provisional answers (103 and the like): they would go past
// cleanAnswer.
type finalAnswers struct{ http.RoundTripper }

func (f finalAnswers) RoundTrip(req *http.Request) (*http.Response, error) {
	return f.RoundTripper.RoundTrip(req.WithContext(withoutValues{req.Context()}))
}

// withoutValues hides the hooks by which a client is told of provisional answers.
type withoutValues struct{ context.Context }

func (withoutValues) Value(any) any { return nil }

// Handler carries requests whose path begins with a prefix to a session. What goes wrong is handed to fail, which answers the
// client.
func (p *Proxy) Handler(session Session, prefix string, fail func(error)) (http.Handler, error) {
	target, err := p.address.of(session)
	if err != nil {
		return nil, err
	}
	return &handler{proxy: p, session: session, prefix: prefix, target: target, fail: fail}, nil
}

type handler struct {
	proxy   *Proxy
	session Session
	prefix  string
	target  *url.URL // without a slash at its end
	fail    func(error)
}

func (h *handler) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	below, err := pathBelow(h.prefix, req.URL)
	if err == nil {
		err = check(req)
	}
	if err != nil {
		h.fail(err)
		return
	}
	if below == "" {
		// The references of a page would miss the session's name.
		to := url.URL{Path: path.Base(h.prefix) + "/", RawQuery: req.URL.RawQuery}
		if text, ok := page(to.String()); ok && navigates(req) {
			describePage(w.Header(), to.String(), len(text))
			_, _ = w.Write(text)
			return
		}
		below = "/"
	}
	there := *h.target
	there.RawPath = h.target.Path + below
	if there.Path, err = url.PathUnescape(there.RawPath); err != nil {
		h.fail(apierrors.NewBadRequest(err.Error()))
		return
	}
	proxy := &httputil.ReverseProxy{
		Transport:     h.proxy.transport,
		FlushInterval: -1, // streams are passed on as they come
		ErrorLog:      log.New(io.Discard, "", 0),
		Rewrite: func(r *httputil.ProxyRequest) {
			to := there
			to.RawQuery = r.Out.URL.RawQuery // cleaned by the library
			r.Out.URL, r.Out.Host = &to, there.Host
			cleanRequest(r.Out.Header, h.prefix, h.target)
		},
		ModifyResponse: func(resp *http.Response) error {
			cleanAnswer(resp, h.prefix, below, h.target)
			return nil
		},
		ErrorHandler: func(_ http.ResponseWriter, req *http.Request, err error) { h.fail(h.explain(req.Context(), err)) },
	}
	proxy.ServeHTTP(w, req)
}

// check refuses requests that are no session's business.
func check(req *http.Request) error {
	upgrade := asksFor(req.Header, "Connection", "upgrade")
	switch {
	case upgrade && (req.Method != http.MethodGet || req.ContentLength != 0 || !isWebSocket(req.Header)):
		return apierrors.NewBadRequest("only a GET without a body may be upgraded, and only to a WebSocket")
	case foreign(req.Header) && (upgrade || req.Method != http.MethodGet && req.Method != http.MethodHead):
		return apierrors.NewBadRequest("a page of another host may not send this: open the session itself")
	}
	return nil
}

func isWebSocket(header http.Header) bool {
	protocols := header.Values("Upgrade")
	return len(protocols) == 1 && strings.EqualFold(strings.TrimSpace(protocols[0]), "websocket")
}

func asksFor(header http.Header, name, token string) bool {
	for _, line := range header.Values(name) {
		for _, each := range strings.Split(line, ",") {
			if strings.EqualFold(strings.TrimSpace(each), token) {
				return true
			}
		}
	}
	return false
}

// explain tells the client what went wrong with the session, and whoever runs the server the rest.
func (h *handler) explain(ctx context.Context, err error) error {
	if cause := context.Cause(ctx); cause != nil {
		var status apierrors.APIStatus
		if errors.As(cause, &status) {
			return cause
		}
		return apierrors.NewTimeoutError("the request was given up", 0)
	}
	klog.V(2).InfoS("A session does not answer as it should", "namespace", h.session.Namespace, "workspace", h.session.Workspace,
		"session", h.session.Name, "target", h.target.Host, "err", err)
	name := fmt.Sprintf("session %q of workspace %q", h.session.Name, h.session.Workspace)
	var timeout net.Error
	var connect *net.OpError
	switch {
	case errors.As(err, &connect) && connect.Op == "dial":
		return apierrors.NewServiceUnavailable(name + " cannot be reached: it may be starting or ending; try again")
	case errors.As(err, &timeout) && timeout.Timeout():
		return apierrors.NewTimeoutError(name+" has not answered in time", 0)
	default:
		return apierrors.NewServiceUnavailable(name + " cannot be reached, or does not answer as an HTTP server does")
	}
}
