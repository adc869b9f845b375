package workspace

import (
	"context"
	"errors"
	"net/http"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apiserver/pkg/authorization/authorizer"
	"k8s.io/apiserver/pkg/endpoints/filters"

	"github.com/eoepca/workspaces/pkg/apis/eoepca"
)

// keeper lets requests go on as long as they may: what was true when they began is asked again and again.
type keeper struct {
	authorizer authorizer.Authorizer
	stopping   <-chan struct{} // closed when the server ends
	every      time.Duration
	patience   time.Duration // how long nobody may be able to say
	farewell   time.Duration // how long a client may take to hear that it is over
}

// keep ends a request when it lasts longer than the answers to its questions: a session that runs, a workspace that the caller
// sees, and his permission.
func (k keeper) keep(handler http.Handler, check func(context.Context) error) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		ctx, end := context.WithCancelCause(req.Context())
		defer end(nil)
		watched := make(chan struct{})
		go func() {
			defer close(watched)
			if k.watch(ctx, check, end) {
				hangUp(w, k.farewell)
			}
		}()
		defer func() { end(nil); <-watched }()
		handler.ServeHTTP(w, req.WithContext(ctx))
	})
}

// hangUp lets a client have a last word for a while. One that neither takes nor sends anything would else hold on to the request.
func hangUp(w http.ResponseWriter, after time.Duration) {
	client, at := http.NewResponseController(w), time.Now().Add(after)
	_ = client.SetReadDeadline(at) // not supported by recorders in tests alone
	_ = client.SetWriteDeadline(at)
}

// watch says whether it has ended the request, rather than seen its end.
func (k keeper) watch(ctx context.Context, check func(context.Context) error, end context.CancelCauseFunc) bool {
	tick := time.NewTicker(k.every)
	defer tick.Stop()
	sure := time.Now()
	for {
		select {
		case <-ctx.Done():
			return false
		case <-k.stopping:
			end(apierrors.NewServiceUnavailable("the server is stopping: connect again"))
			return true
		case <-tick.C:
		}
		err := check(ctx)
		if err == nil {
			err = k.authorize(ctx)
		}
		switch {
		case err == nil:
			sure = time.Now()
		case isVerdict(err) || time.Since(sure) > k.patience:
			end(err)
			return true
		}
	}
}

// authorize asks whether the caller still may send such a request.
func (k keeper) authorize(ctx context.Context) error {
	if k.authorizer == nil {
		return nil
	}
	attributes, err := filters.GetAuthorizerAttributes(ctx)
	if err != nil {
		return err
	}
	decision, reason, err := k.authorizer.Authorize(ctx, attributes)
	switch {
	case decision == authorizer.DecisionAllow:
		return nil
	case err != nil:
		return err
	default:
		return apierrors.NewForbidden(eoepca.Resource("workspaces/proxy"), attributes.GetName(), errors.New(reason))
	}
}

// isVerdict tells a no from not knowing.
func isVerdict(err error) bool {
	var over notRunningError
	return errors.As(err, &over) || apierrors.IsForbidden(err) || apierrors.IsNotFound(err) || apierrors.IsConflict(err)
}
