package storage

import (
	"context"
	"errors"
	"fmt"
	"strings"

	apierrors "k8s.io/apimachinery/pkg/api/errors"

	"github.com/eoepca/workspaces/pkg/apis/eoepca"
	"github.com/eoepca/workspaces/pkg/compose"
)

// readError says in the caller's terms what went wrong between the server and kube-apiserver.
func (b *Backend) readError(err error) error {
	var status apierrors.APIStatus
	switch {
	case err == nil:
		return nil
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return apierrors.NewTimeoutError("the request ended before the parts of the workspace were read", 1)
	case apierrors.IsResourceExpired(err), apierrors.IsGone(err), apierrors.IsTooManyRequests(err), apierrors.IsBadRequest(err):
		return err
	case apierrors.IsForbidden(err):
		return apierrors.NewInternalError(fmt.Errorf("the workspaces server lacks a permission of its own, apply its ClusterRole: %w", err))
	case errors.Is(err, errNoStorages), apierrors.IsNotFound(err):
		return apierrors.NewServiceUnavailable("the cluster does not serve the parts of workspaces: install the storage provider")
	case errors.As(err, &status):
		return err
	}
	return apierrors.NewServiceUnavailable(fmt.Sprintf("kube-apiserver does not answer the workspaces server: %v", err))
}

// movedError says of a write that nobody computes anew that a part has changed in the meantime.
func movedError(err error, name string) error {
	if errors.Is(err, errMoved) {
		return apierrors.NewConflict(eoepca.Resource("workspaces"), name, err)
	}
	return err
}

// writeError says in the caller's terms, and at the caller's fields, why a part was refused.
func (b *Backend) writeError(err error, kind partKind, ws *eoepca.Workspace) error {
	if tooLarge(err) {
		return apierrors.NewRequestEntityTooLargeError("the workspace is larger than etcd stores: leave something out")
	}
	if refused(err) {
		return compose.TranslateError(err, kind.String(), ws)
	}
	return b.readError(err)
}

// tooLarge says whether etcd, or the connection to it, took a part for too large, which kube-apiserver tells as a failure of its
// own.
func tooLarge(err error) bool {
	var status apierrors.APIStatus
	if !errors.As(err, &status) {
		return false
	}
	message := status.Status().Message
	return strings.Contains(message, "etcdserver: request is too large") || strings.Contains(message, "trying to send message larger than max")
}

// refused says whether a write has certainly not happened and will not happen if tried again as it is. After any other
// error it may have happened.
func refused(err error) bool {
	var status apierrors.APIStatus
	if !errors.As(err, &status) {
		return false
	}
	if tooLarge(err) {
		return true
	}
	code := status.Status().Code
	return code >= 400 && code < 500 && !apierrors.IsTooManyRequests(err) && !apierrors.IsTimeout(err) && !apierrors.IsConflict(err)
}
