package workspace

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apiserver/pkg/authentication/user"
	"k8s.io/apiserver/pkg/authorization/authorizer"
	genericapirequest "k8s.io/apiserver/pkg/endpoints/request"

	"github.com/eoepca/workspaces/pkg/apis/eoepca"
)

// A request lasts while all that let it in is still so.
func TestARequestEndsWithWhatLetItIn(t *testing.T) {
	stopped := make(chan struct{})
	close(stopped)
	unsure := errors.New("nobody answers")
	for name, test := range map[string]struct {
		session  error // after the first look
		decision authorizer.Decision
		asking   error
		stopping chan struct{}
		patience time.Duration
		ends     string // with this cause; empty: not by itself
	}{
		"all is well":                    {decision: authorizer.DecisionAllow},
		"the session is stopped":         {session: notRunning("it is stopped"), decision: authorizer.DecisionAllow, ends: "it is stopped"},
		"the workspace is gone":          {session: apierrors.NewNotFound(eoepca.Resource("workspaces"), "a"), decision: authorizer.DecisionAllow, ends: "not found"},
		"there is another of its name":   {session: apierrors.NewConflict(eoepca.Resource("workspaces"), "a", unsure), decision: authorizer.DecisionAllow, ends: "nobody answers"},
		"the permission is taken":        {decision: authorizer.DecisionNoOpinion, ends: "forbidden"},
		"the permission is denied":       {decision: authorizer.DecisionDeny, ends: "forbidden"},
		"the server stops":               {decision: authorizer.DecisionAllow, stopping: stopped, ends: "the server is stopping"},
		"nobody says, for a while":       {decision: authorizer.DecisionNoOpinion, asking: unsure, patience: time.Hour},
		"nobody says, for too long":      {decision: authorizer.DecisionNoOpinion, asking: unsure, ends: "nobody answers"},
		"the storage fails, for a while": {session: apierrors.NewInternalError(unsure), decision: authorizer.DecisionAllow, patience: time.Hour},
	} {
		t.Run(name, func(t *testing.T) {
			var looks atomic.Int32
			looked := make(chan struct{})
			k := keeper{every: time.Millisecond, patience: test.patience, stopping: test.stopping,
				authorizer: authorizer.AuthorizerFunc(func(_ context.Context, a authorizer.Attributes) (authorizer.Decision, string, error) {
					if a.GetUser().GetName() != "alice" || a.GetVerb() != "create" || a.GetSubresource() != "proxy" || a.GetName() != "a" {
						t.Errorf("the authorizer is asked about %+v", a)
					}
					return test.decision, "", test.asking
				})}
			check := func(context.Context) error {
				if looks.Add(1) == 3 {
					close(looked)
				}
				return test.session
			}
			var cause error
			handler := k.keep(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
				select {
				case <-r.Context().Done():
					cause = context.Cause(r.Context())
				case <-looked:
				}
			}), check)
			req := httptest.NewRequest(http.MethodPost, "/", nil)
			ctx := genericapirequest.WithUser(req.Context(), &user.DefaultInfo{Name: "alice"})
			ctx = genericapirequest.WithRequestInfo(ctx, &genericapirequest.RequestInfo{
				IsResourceRequest: true, Verb: "create", APIGroup: eoepca.GroupName, Namespace: "ns", Resource: "workspaces", Subresource: "proxy", Name: "a",
			})
			handler.ServeHTTP(httptest.NewRecorder(), req.WithContext(ctx))
			if (cause != nil) != (test.ends != "") || cause != nil && !strings.Contains(cause.Error(), test.ends) {
				t.Errorf("the request ended with %v, want %q", cause, test.ends)
			}
		})
	}
}

// What has ended does not wait for a client that reads nothing: neither an answer nor an upgraded connection.
func TestARequestDoesNotOutliveItsEndForASlowReader(t *testing.T) {
	for name, answer := range map[string]http.HandlerFunc{
		"an answer": func(w http.ResponseWriter, _ *http.Request) { flood(w) },
		"an upgraded connection": func(w http.ResponseWriter, _ *http.Request) {
			conn, _, err := http.NewResponseController(w).Hijack()
			if err != nil {
				t.Error(err)
				return
			}
			defer conn.Close()
			read := make(chan struct{})
			go func() { defer close(read); _, _ = io.Copy(io.Discard, conn) }()
			flood(conn)
			<-read
		},
	} {
		t.Run(name, func(t *testing.T) {
			k := keeper{every: time.Millisecond}
			ended := make(chan struct{})
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				defer close(ended)
				k.keep(answer, func(context.Context) error { return notRunning("it is stopped") }).ServeHTTP(w, r)
			}))
			defer server.Close()
			client, err := net.Dial("tcp", server.Listener.Addr().String())
			if err != nil {
				t.Fatal(err)
			}
			defer client.Close()
			if _, err := io.WriteString(client, "GET / HTTP/1.1\r\nHost: a\r\n\r\n"); err != nil {
				t.Fatal(err)
			}
			select {
			case <-ended:
			case <-time.After(10 * time.Second):
				t.Error("it goes on")
			}
		})
	}
}

// flood writes until nobody takes it.
func flood(w io.Writer) {
	for chunk := make([]byte, 1<<16); ; {
		if _, err := w.Write(chunk); err != nil {
			return
		}
	}
}
