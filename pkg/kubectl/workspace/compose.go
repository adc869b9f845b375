package workspace

import (
	"fmt"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/eoepca/workspaces/pkg/apis/eoepca/v1alpha1"
)

// compose makes the workspace that the flags describe; what they leave out is left to the server.
func (o *createOptions) compose() (*v1alpha1.Workspace, error) {
	ws := &v1alpha1.Workspace{
		ObjectMeta: metav1.ObjectMeta{Name: o.name},
		Spec:       v1alpha1.WorkspaceSpec{Owner: o.owner, Environment: o.environment},
	}
	for _, flag := range o.members {
		name, role, err := pair("member", flag, v1alpha1.MemberRoleUser, v1alpha1.MemberRoleAdmin)
		if err != nil {
			return nil, err
		}
		ws.Spec.Members = append(ws.Spec.Members, v1alpha1.Member{Name: name, Role: role})
	}
	for _, name := range o.buckets {
		ws.Spec.Storage.Buckets = append(ws.Spec.Storage.Buckets, v1alpha1.Bucket{Name: name})
	}
	for _, flag := range o.sessions {
		name, state, err := pair("session", flag, v1alpha1.SessionStarted, v1alpha1.SessionStopped)
		if err != nil {
			return nil, err
		}
		ws.Spec.Sessions = append(ws.Spec.Sessions, v1alpha1.Session{Name: name, State: state})
	}
	return ws, nil
}

// pair reads NAME or NAME=VALUE, where the value is one of two, written in any case; the first is the default.
func pair[T ~string](flag, text string, first, second T) (string, T, error) {
	name, value, given := strings.Cut(text, "=")
	switch {
	case name == "":
		return "", "", fmt.Errorf("--%s %q: the name is missing", flag, text)
	case !given, strings.EqualFold(value, string(first)):
		return name, first, nil
	case strings.EqualFold(value, string(second)):
		return name, second, nil
	}
	return "", "", fmt.Errorf("--%s %q: after the = give %s or %s", flag, text, first, second)
}
