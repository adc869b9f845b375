package explain

import (
	"context"
	"fmt"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/eoepca/workspaces/pkg/kubectl/util"
)

// conflict says who has changed the workspace last.
func (e *explainer) conflict(ctx context.Context, err error) error {
	ws := e.read(ctx, e.namespace, aboutWorkspace(err))
	if ws == nil {
		return err
	}
	var last metav1.ManagedFieldsEntry
	for _, entry := range ws.ManagedFields {
		if entry.Time != nil && (last.Time == nil || entry.Time.After(last.Time.Time)) {
			last = entry
		}
	}
	if last.Time == nil {
		return with(err, "", "somebody changes it all the time: try again")
	}
	what := last.Manager
	if last.Subresource != "" {
		what += " (" + last.Subresource + ")"
	}
	return with(err, fmt.Sprintf("changed by: %s · %s ago", what, util.Age(last.Time.Time, e.Clock.Now())), "look at what it is now, and try again")
}

// exists says whose the workspace is that has the name already.
func (e *explainer) exists(ctx context.Context, err error) error {
	ws := e.read(ctx, e.namespace, aboutWorkspace(err))
	if ws == nil {
		return with(err, "", "choose another name")
	}
	said := []string{"created: " + util.Age(ws.CreationTimestamp.Time, e.Clock.Now()) + " ago"}
	if ws.Spec.Owner != "" {
		said = append(said, "owner: "+ws.Spec.Owner)
	}
	if ws.DeletionTimestamp != nil {
		return with(err, strings.Join(append(said, "it is being deleted"), " · "), "wait until it is gone: kubectl wait --for=delete workspace/"+ws.Name+" -n "+ws.Namespace)
	}
	return with(err, strings.Join(said, " · "), "choose another name, or look at it: "+util.Program+" describe "+ws.Name)
}
