package compose

import (
	"errors"
	"fmt"
	"strings"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/eoepca/workspaces/pkg/apis/eoepca"
	storagev1beta1 "github.com/eoepca/workspaces/pkg/apis/provider/storage/v1beta1"
)

const (
	workspaceKind     = "Workspace"
	workspaceResource = "workspaces"
)

// TranslateError turns what a part of the kind answered to a write into what the Workspace's writer should read: about his
// object, at his fields, in his values. What is not about the part passes as it is.
func TranslateError(err error, kind string, ws *eoepca.Workspace) error {
	var answer apierrors.APIStatus
	if err == nil || ws == nil || !errors.As(err, &answer) {
		return err
	}
	status := answer.Status()
	if status.Details != nil && status.Details.Group != "" && status.Details.Group != storagev1beta1.SchemeGroupVersion.Group {
		return err
	}
	if ours := lackOfPermission(&status); ours != nil {
		return ours
	}
	from, servedErr := served(ws)
	if servedErr != nil {
		return err
	}
	t := translator{kind: Kind(kind), from: from}
	if status.Details != nil && status.Details.Group != "" {
		status.Details = t.details(status.Details, ws.Name)
	}
	status.Message = t.message(&status, ws.Name)
	return &apierrors.StatusError{ErrStatus: status}
}

// lackOfPermission answers an error of its own if it is this server that may not write a part: the caller has done nothing
// wrong, and could do nothing about it.
func lackOfPermission(status *metav1.Status) error {
	if status.Reason != metav1.StatusReasonForbidden || status.Details == nil {
		return nil
	}
	_, about, ok := strings.Cut(status.Message, " is forbidden: User ")
	if !ok || !strings.Contains(about, " cannot ") || !strings.Contains(about, " in API group ") {
		return nil
	}
	return apierrors.NewInternalError(fmt.Errorf("the workspaces server lacks a permission of its own, apply its ClusterRole: User %s", about))
}

func (t translator) details(part *metav1.StatusDetails, name string) *metav1.StatusDetails {
	details := part.DeepCopy()
	details.Group, details.Name, details.UID = eoepca.GroupName, name, ""
	switch details.Kind {
	case string(Storage), string(Datalab):
		details.Kind = workspaceKind
	default:
		details.Kind = workspaceResource
	}
	for i := range details.Causes {
		t.cause(&details.Causes[i])
	}
	return details
}

// noPath is where kube-apiserver says that rules were not checked, since there are other errors.
const noPath = "<nil>"

// cause translates the field of a cause, and how its message speaks of the field and of the values that it may have.
func (t translator) cause(cause *metav1.StatusCause) {
	part := cause.Field
	if part == noPath {
		cause.Field, cause.Message = "spec", strings.TrimPrefix(cause.Message, "Invalid value: null: ")
		return
	}
	name, row, ok := t.path(part)
	if !ok {
		// A field that a Workspace does not have: its nearest is all of the spec.
		cause.Field = "spec"
		cause.Message = fmt.Sprintf("field %s of the %s: %s", part, t.kind, cause.Message)
		return
	}
	cause.Field = name
	if part != "" && part != "spec" {
		cause.Message = strings.ReplaceAll(cause.Message, part, name)
	}
	if row != nil {
		for workspace, part := range row.Enum {
			cause.Message = strings.ReplaceAll(cause.Message, `"`+part+`"`, `"`+workspace+`"`)
		}
	}
}

// message says anew what an invalid object's causes say; any other message keeps its reason, and speaks of the Workspace.
func (t translator) message(status *metav1.Status, name string) string {
	if text, ok := invalidMessage(status, name); ok {
		return text
	}
	message := status.Message
	for _, subject := range []string{"storages", "datalabs", string(Storage), string(Datalab)} {
		object := workspaceResource
		if subject == string(t.kind) {
			object = workspaceKind
		}
		message = strings.ReplaceAll(message, subject+"."+storagev1beta1.SchemeGroupVersion.Group, object+"."+eoepca.GroupName)
	}
	return message
}

func invalidMessage(status *metav1.Status, name string) (string, bool) {
	if status.Reason != metav1.StatusReasonInvalid || status.Details == nil || len(status.Details.Causes) == 0 {
		return "", false
	}
	if !strings.Contains(status.Message, " is invalid: ") {
		return "", false
	}
	var causes []string
	for _, cause := range status.Details.Causes {
		if cause.Field == "" {
			return "", false
		}
		causes = append(causes, cause.Field+": "+cause.Message)
	}
	text := causes[0]
	if len(causes) > 1 {
		text = "[" + strings.Join(causes, ", ") + "]"
	}
	return fmt.Sprintf("%s.%s %q is invalid: %s", workspaceKind, eoepca.GroupName, name, text), true
}
