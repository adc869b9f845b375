package util

import (
	"context"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/fields"
	utilnet "k8s.io/apimachinery/pkg/util/net"
	"k8s.io/apimachinery/pkg/watch"
	"k8s.io/utils/clock"

	"github.com/eoepca/workspaces/pkg/apis/eoepca/v1alpha1"
	typedv1alpha1 "github.com/eoepca/workspaces/pkg/generated/clientset/versioned/typed/eoepca/v1alpha1"
)

// reconnectAfter is the least time between two rounds: a server that is away, or ends each watch, is not hammered.
const reconnectAfter = time.Second

// Visit looks at one state of a workspace and says whether it has seen enough.
type Visit func(*v1alpha1.Workspace) (done bool, err error)

// Follow shows visit each state of a workspace, the present one first, until it is done. It survives ended watches,
// expired versions and a server that is away for a while; it ends with the context's cause, with visit's error, or
// with NotFound when the workspace is gone.
func Follow(ctx context.Context, c clock.Clock, client typedv1alpha1.WorkspaceInterface, name string, visit Visit) error {
	for round := 0; ; round++ {
		began := c.Now()
		done, err := followOnce(ctx, client, name, visit)
		switch {
		case done:
			return err
		case ctx.Err() != nil:
			return context.Cause(ctx)
		case err != nil && (round == 0 || !isPassing(err)):
			return err
		}
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-c.After(max(0, reconnectAfter-c.Since(began))):
		}
	}
}

// followOnce is one read and one watch from there. Neither done nor an error: the watch has ended.
func followOnce(ctx context.Context, client typedv1alpha1.WorkspaceInterface, name string, visit Visit) (bool, error) {
	ws, err := client.Get(ctx, name, metav1.GetOptions{})
	if err != nil {
		return false, err
	}
	if done, err := visit(ws); done || err != nil {
		return true, err
	}
	watcher, err := client.Watch(ctx, metav1.ListOptions{
		FieldSelector:   fields.OneTermEqualSelector(metav1.ObjectNameField, name).String(),
		ResourceVersion: ws.ResourceVersion,
	})
	if apierrors.IsResourceExpired(err) || apierrors.IsGone(err) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	defer watcher.Stop()
	for {
		select {
		case <-ctx.Done():
			return false, nil
		case event, open := <-watcher.ResultChan():
			if !open || event.Type == watch.Error {
				return false, nil
			}
			if done, err := visitEvent(event, name, visit); done || err != nil {
				return true, err
			}
		}
	}
}

func visitEvent(event watch.Event, name string, visit Visit) (bool, error) {
	ws, ok := event.Object.(*v1alpha1.Workspace)
	if !ok || ws.Name != name {
		return false, nil
	}
	switch event.Type {
	case watch.Deleted:
		return true, apierrors.NewNotFound(v1alpha1.Resource("workspaces"), name)
	case watch.Added, watch.Modified:
		return visit(ws)
	}
	return false, nil
}

// isPassing tells a server that is away or overloaded from one that has given its answer.
func isPassing(err error) bool {
	return utilnet.IsConnectionRefused(err) || utilnet.IsConnectionReset(err) || utilnet.IsProbableEOF(err) || utilnet.IsTimeout(err) ||
		apierrors.IsServiceUnavailable(err) || apierrors.IsTooManyRequests(err) || apierrors.IsServerTimeout(err) ||
		apierrors.IsTimeout(err) || apierrors.IsInternalError(err)
}
