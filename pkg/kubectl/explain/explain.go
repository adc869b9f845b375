// Package explain adds to the failure of a command what helps its user on: what a refusal is for want of, which name was
// meant, who else has changed a workspace, what the connection lacks. It asks the server little, for a moment, and only
// after a command has failed. It changes nothing, and knows no noun.
package explain

import (
	"context"
	"errors"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	utilerrors "k8s.io/apimachinery/pkg/util/errors"

	"github.com/eoepca/workspaces/pkg/apis/eoepca/v1alpha1"
	"github.com/eoepca/workspaces/pkg/kubectl/util"
)

// patience is how long a failed command may go on to find out more.
const patience = 2 * time.Second

// explainer finds out about one failure.
type explainer struct {
	*util.Factory
	// namespace that the command meant.
	namespace string
}

// Error is the failure of a command with what can be said about it.
func Error(ctx context.Context, f *util.Factory, err error) error {
	err = single(err)
	if hinted := new(util.CodedError); errors.As(err, &hinted) && (hinted.Hint != "" || hinted.Code == util.ExitUsage) {
		return err // its command knows best
	}
	if ctx.Err() != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	e := &explainer{Factory: f}
	e.namespace, _ = f.Namespace() // of a kubeconfig that cannot be read nothing more is asked
	return e.explain(ctx, err)
}

func (e *explainer) explain(ctx context.Context, err error) error {
	switch {
	case apierrors.IsForbidden(err):
		return e.forbidden(ctx, err)
	case apierrors.IsUnauthorized(err):
		return e.unauthorized(err)
	case lacksAPI(err):
		return e.lacksAPI(ctx, err)
	case apierrors.IsNotFound(err):
		return e.notFound(ctx, err)
	case apierrors.IsConflict(err):
		return e.conflict(ctx, err)
	case apierrors.IsAlreadyExists(err):
		return e.exists(ctx, err)
	case apierrors.IsServiceUnavailable(err):
		return unavailable(err)
	}
	return e.connection(err)
}

// with is the error with a remark and a hint, either of which may be empty.
func with(err error, remark, hint string) error {
	if remark == "" && hint == "" {
		return err
	}
	return &util.CodedError{Code: util.ExitCode(err), Err: err, Remark: remark, Hint: hint}
}

// single unpacks an error that stands alone among what could have been several.
func single(err error) error {
	var several utilerrors.Aggregate
	if errors.As(err, &several) && len(several.Errors()) == 1 {
		return single(several.Errors()[0])
	}
	return err
}

// details are those of an answer of the server; empty where it gives none.
func details(err error) metav1.StatusDetails {
	var status apierrors.APIStatus
	if errors.As(err, &status) && status.Status().Details != nil {
		return *status.Status().Details
	}
	return metav1.StatusDetails{}
}

// aboutWorkspace is the name of the workspace that an answer is about; empty: about something else.
func aboutWorkspace(err error) string {
	if d := details(err); d.Group == v1alpha1.SchemeGroupVersion.Group && d.Kind == "workspaces" {
		return d.Name
	}
	return ""
}

// read is the workspace as it is now; nil for whoever may not read it.
func (e *explainer) read(ctx context.Context, namespace, name string) *v1alpha1.Workspace {
	client, err := e.Clientset()
	if err != nil || name == "" {
		return nil
	}
	ws, err := client.EoepcaV1alpha1().Workspaces(namespace).Get(ctx, name, metav1.GetOptions{})
	if err != nil {
		return nil
	}
	return ws
}

// visible are the names of the workspaces that the user sees, from the cache.
func (e *explainer) visible(ctx context.Context, namespace string) (names []string) {
	client, err := e.Clientset()
	if err != nil {
		return nil
	}
	list, err := client.EoepcaV1alpha1().Workspaces(namespace).List(ctx, metav1.ListOptions{ResourceVersion: "0"})
	if err != nil {
		return nil
	}
	for _, ws := range list.Items {
		names = append(names, ws.Name)
	}
	return names
}
