package workspace

import (
	"context"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/duration"

	"github.com/eoepca/workspaces/pkg/apis/eoepca/v1alpha1"
	"github.com/eoepca/workspaces/pkg/kubectl/util"
)

// known is what there is to learn of a workspace. What the caller may not read is left out, and said so.
type known struct {
	*v1alpha1.Workspace
	now time.Time

	sharing *v1alpha1.WorkspaceSharing
	usage   *v1alpha1.WorkspaceUsage
	events  *corev1.EventList
	// hidden says in a few words why one of them is missing, by name.
	hidden map[string]string
}

// learn asks for what is not in the workspace itself. Its answer is whole whatever the server refuses.
func learn(ctx context.Context, f *util.Factory, ws *v1alpha1.Workspace) (*known, error) {
	k := &known{Workspace: ws, now: f.Clock.Now(), hidden: map[string]string{}}
	client, err := f.Clientset()
	if err != nil {
		return nil, err
	}
	workspaces := client.EoepcaV1alpha1().Workspaces(ws.Namespace)
	if k.sharing, err = workspaces.GetSharing(ctx, ws.Name, metav1.GetOptions{}); err != nil {
		k.sharing, k.hidden["sharing"] = nil, why(err)
	}
	if k.usage, err = workspaces.GetUsage(ctx, ws.Name, metav1.GetOptions{}); err != nil {
		k.usage, k.hidden["usage"] = nil, why(err)
	}
	return k, ctx.Err()
}

// learnEvents asks for the events of the present workspace and its parts; those of an earlier one of the name are left out.
func (k *known) learnEvents(ctx context.Context, f *util.Factory) error {
	client, err := f.Kubernetes()
	if err != nil {
		return err
	}
	list, err := util.ListEvents(ctx, client, k.Namespace, k.Name)
	if err != nil {
		k.hidden["events"] = why(err)
		return ctx.Err()
	}
	present := map[types.UID]bool{"": true, k.UID: true}
	for _, part := range k.Status.Parts {
		present[part.UID] = true
	}
	k.events = list.DeepCopy()
	k.events.Items = nil
	for _, event := range list.Items {
		if present[event.InvolvedObject.UID] {
			k.events.Items = append(k.events.Items, event)
		}
	}
	return nil
}

// why is a short reason for what is missing.
func why(err error) string {
	switch {
	case apierrors.IsForbidden(err):
		return "not allowed"
	case apierrors.IsNotFound(err):
		return "not found"
	}
	return err.Error()
}

// age is how long ago that was, as kubectl prints it.
func (k *known) age(t metav1.Time) string {
	if t.IsZero() {
		return "<unknown>"
	}
	return duration.HumanDuration(k.now.Sub(t.Time))
}

func (k *known) ageOf(t *metav1.Time) string {
	if t == nil {
		return "<unknown>"
	}
	return k.age(*t)
}

// session is what the provider says of a declared session; empty while it says nothing.
func (k *known) session(name string) v1alpha1.SessionStatus {
	for _, status := range k.Status.Sessions {
		if status.Name == name {
			return status
		}
	}
	return v1alpha1.SessionStatus{Name: name}
}

// store is a store of any type.
type store struct {
	kind, name, storage, backup string
	databases                   []string
}

// stores are those of all types, in the order of the spec.
func stores(s v1alpha1.Stores) (all []store) {
	for _, d := range s.Databases {
		all = append(all, store{"databases", d.Name, d.Storage, d.BackupStorage, d.Databases})
	}
	for _, kind := range []struct {
		name   string
		stores []v1alpha1.Store
	}{{"vectors", s.Vectors}, {"caches", s.Caches}, {"documents", s.Documents}} {
		for _, s := range kind.stores {
			all = append(all, store{kind: kind.name, name: s.Name, storage: s.Storage})
		}
	}
	return all
}
