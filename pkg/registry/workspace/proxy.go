package workspace

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apiserver/pkg/audit"
	genericapirequest "k8s.io/apiserver/pkg/endpoints/request"
	"k8s.io/apiserver/pkg/registry/rest"

	"github.com/eoepca/workspaces/pkg/apis/eoepca"
	"github.com/eoepca/workspaces/pkg/sessionproxy"
)

// proxyREST serves the subresource proxy: HTTP and WebSocket to a running session. Where the session is follows from the
// names of the workspace and of a session that it declares, and from nothing that a client writes.
type proxyREST struct {
	workspaces *REST
	namespaces sessionNamespaces
	proxy      *sessionproxy.Proxy
	keeper     keeper
}

var _ rest.Connecter = (*proxyREST)(nil)

func newProxyREST(workspaces *REST, namespaces sessionNamespaces, config Config) *proxyREST {
	return &proxyREST{
		workspaces: workspaces,
		namespaces: namespaces,
		proxy:      config.Sessions,
		keeper:     keeper{authorizer: config.Authorizer, stopping: config.Stopping, every: keepInterval, patience: keepPatience, farewell: keepFarewell},
	}
}

func (*proxyREST) New() runtime.Object { return &eoepca.Workspace{} }

// Destroy has nothing to do: the storage belongs to workspaces.
func (*proxyREST) Destroy() {}

// ConnectMethods are all that a session may serve.
func (*proxyREST) ConnectMethods() []string {
	return []string{http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete, http.MethodOptions}
}

// NewConnectOptions has none: the path below proxy is read from the request, as the client has escaped it.
func (*proxyREST) NewConnectOptions() (options runtime.Object, subpath bool, subpathKey string) {
	return nil, true, ""
}

// Connect answers the way to the session that the path names.
func (r *proxyREST) Connect(ctx context.Context, name string, _ runtime.Object, responder rest.Responder) (http.Handler, error) {
	session := ""
	info, ok := genericapirequest.RequestInfoFrom(ctx)
	if ok && len(info.Parts) > 3 {
		session = info.Parts[3]
		audit.AddAuditAnnotation(ctx, auditSession, session)
	}
	ws, err := r.running(ctx, name, session)
	if err != nil {
		return nil, err
	}
	prefix := strings.Join([]string{"", info.APIPrefix, info.APIGroup, info.APIVersion, "namespaces", info.Namespace, info.Resource, name, info.Subresource, session}, "/")
	handler, err := r.proxy.Handler(sessionproxy.Session{Namespace: ws.Namespace, Workspace: ws.Name, Name: session}, prefix, responder.Error)
	if err != nil {
		return nil, apierrors.NewBadRequest(err.Error())
	}
	return r.keeper.keep(handler, func(ctx context.Context) error {
		// The request itself does not know the namespace, only what it was asked with does.
		now, err := r.running(genericapirequest.WithNamespace(ctx, ws.Namespace), name, session)
		if err == nil && now.UID != ws.UID {
			err = notRunning("workspace %q has been deleted and made anew", name)
		}
		return err
	}), nil
}

// running answers the workspace if the session runs, as the cache knows it: to ask for each request of a page what is known
// to the millisecond would cost more than the page.
func (r *proxyREST) running(ctx context.Context, name, session string) (*eoepca.Workspace, error) {
	obj, err := r.workspaces.Get(ctx, name, &metav1.GetOptions{ResourceVersion: "0"})
	if err != nil {
		return nil, err
	}
	ws := obj.(*eoepca.Workspace)
	if session == "" {
		return nil, apierrors.NewBadRequest("name the session: …/workspaces/" + name + "/proxy/<session>/")
	}
	declared, err := findSession(ws, session)
	if err != nil {
		return nil, err
	}
	phase := ""
	for _, status := range ws.Status.Sessions {
		if status.Name == session {
			phase = status.Phase
		}
	}
	switch {
	case ws.DeletionTimestamp != nil:
		return nil, notRunning("workspace %q is being deleted", name)
	case declared.State != eoepca.SessionStarted:
		return nil, notRunning("session %q of workspace %q is stopped: create a WorkspaceLaunch at workspaces/%s/launch, or kubectl workspace session start %s --workspace %s",
			session, name, name, session, name)
	case phase != sessionRunning:
		return nil, notRunning("session %q of workspace %q is not running yet (phase %q): wait for status.sessions", session, name, phase)
	}
	// Sessions are in a namespace named as the workspace, and so may be what has nothing to do with it.
	if _, err := r.namespaces.check(ctx, ws); err != nil {
		return nil, err
	}
	return ws, nil
}

// sessionRunning is the phase of a session that can be reached.
const sessionRunning = "Running"

// notRunningError says that there is nothing to reach, rather than that nobody knows.
type notRunningError struct{ *apierrors.StatusError }

func notRunning(format string, args ...any) error {
	return notRunningError{apierrors.NewServiceUnavailable(fmt.Sprintf(format, args...))}
}

const (
	keepInterval = 5 * time.Second
	keepPatience = time.Minute
	keepFarewell = 5 * time.Second
)
