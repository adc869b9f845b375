package workspace

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/api/equality"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/util/validation/field"
	"k8s.io/apiserver/pkg/audit"
	"k8s.io/apiserver/pkg/registry/rest"

	"github.com/eoepca/workspaces/pkg/apis/eoepca"
)

// launchREST serves the subresource launch: a create sets a declared session Started. It needs less permission than the
// sessions do, since it can neither declare nor stop one.
type launchREST struct {
	sessions     *sectionREST
	answerPartly func(context.Context) context.Context
	now          func() time.Time
}

var _ rest.NamedCreater = (*launchREST)(nil)

func (*launchREST) New() runtime.Object { return &eoepca.WorkspaceLaunch{} }

// Destroy has nothing to do: the storage belongs to workspaces.
func (*launchREST) Destroy() {}

// Create starts the session and answers with its status right after.
func (r *launchREST) Create(ctx context.Context, name string, obj runtime.Object, validate rest.ValidateObjectFunc, options *metav1.CreateOptions) (runtime.Object, error) {
	launch := obj.(*eoepca.WorkspaceLaunch)
	if launch.Name != "" && launch.Name != name {
		return nil, apierrors.NewBadRequest(fmt.Sprintf("metadata.name is %q: want the workspace's name %q, or none", launch.Name, name))
	}
	if launch.Spec.Session == "" {
		return nil, apierrors.NewInvalid(eoepca.Kind("WorkspaceLaunch"), name, field.ErrorList{
			field.Required(field.NewPath("spec", "session"), "name a session that the workspace declares"),
		})
	}
	if validate != nil {
		if err := validate(ctx, launch.DeepCopyObject()); err != nil {
			return nil, err
		}
	}
	start := rest.DefaultUpdatedObjectInfo(nil, func(_ context.Context, _, old runtime.Object) (runtime.Object, error) {
		ws, was := old.(*eoepca.Workspace).DeepCopy(), old.(*eoepca.Workspace)
		if err := startSession(ws, launch.Spec.Session); err != nil || equality.Semantic.DeepEqual(ws.Spec.Sessions, was.Spec.Sessions) {
			return ws, err
		}
		return ws, ownState(ws, launch.Spec.Session, manager(ctx, options.FieldManager), r.now())
	})
	updated, _, err := r.sessions.Update(r.answerPartly(ctx), name, start, rest.ValidateAllObjectFunc, rest.ValidateAllObjectUpdateFunc, false,
		&metav1.UpdateOptions{DryRun: options.DryRun, FieldManager: options.FieldManager})
	if err != nil {
		return nil, err
	}
	audit.AddAuditAnnotation(ctx, auditSession, launch.Spec.Session)
	return launched(updated.(*eoepca.Workspace), launch.Spec.Session), nil
}

func startSession(ws *eoepca.Workspace, name string) error {
	session, err := findSession(ws, name)
	if err == nil {
		session.State = eoepca.SessionStarted
	}
	return err
}

// findSession answers a session that the workspace declares.
func findSession(ws *eoepca.Workspace, name string) (*eoepca.Session, error) {
	declared := make([]string, 0, len(ws.Spec.Sessions))
	for i := range ws.Spec.Sessions {
		if ws.Spec.Sessions[i].Name == name {
			return &ws.Spec.Sessions[i], nil
		}
		declared = append(declared, strconv.Quote(ws.Spec.Sessions[i].Name))
	}
	known := "it declares none"
	if len(declared) > 0 {
		known = "it declares " + strings.Join(declared, ", ")
	}
	err := apierrors.NewNotFound(eoepca.Resource("workspaces/sessions"), name)
	err.ErrStatus.Message = fmt.Sprintf("workspace %q declares no session %q: %s", ws.Name, name, known)
	return nil, err
}

func launched(ws *eoepca.Workspace, session string) *eoepca.WorkspaceLaunch {
	launch := &eoepca.WorkspaceLaunch{
		ObjectMeta: metav1.ObjectMeta{Namespace: ws.Namespace, Name: ws.Name},
		Spec:       eoepca.WorkspaceLaunchSpec{Session: session},
		Status:     eoepca.SessionStatus{Name: session},
	}
	for _, status := range ws.Status.Sessions {
		if status.Name == session {
			launch.Status = status
		}
	}
	return launch
}
