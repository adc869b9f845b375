package util

import (
	"context"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/watch"

	"github.com/eoepca/workspaces/pkg/apis/eoepca/v1alpha1"
	typedv1alpha1 "github.com/eoepca/workspaces/pkg/generated/clientset/versioned/typed/eoepca/v1alpha1"
)

// follow prints the rows that change from a version on. It ends as kubectl's own --watch does: with the server's stream, or
// when the user interrupts it.
func (o *listOptions) follow(ctx context.Context, client typedv1alpha1.WorkspaceInterface, present []v1alpha1.Workspace, from metav1.ListOptions) error {
	stream, err := client.Watch(ctx, from)
	if err != nil {
		return err
	}
	defer stream.Stop()
	printed := map[types.NamespacedName][]Row{}
	for i := range present {
		printed[nameOf(&present[i])] = o.rows(&present[i])
	}
	o.continued()
	for {
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case event, open := <-stream.ResultChan():
			if !open {
				return nil
			}
			if event.Type == watch.Error {
				return apierrors.FromObject(event.Object)
			}
			if err := o.printChange(event, printed); err != nil {
				return err
			}
		}
	}
}

func (o *listOptions) printChange(event watch.Event, printed map[types.NamespacedName][]Row) error {
	ws, ok := event.Object.(*v1alpha1.Workspace)
	if !ok || event.Type == watch.Bookmark {
		return nil
	}
	if event.Type == watch.Deleted {
		delete(printed, nameOf(ws))
		return nil
	}
	rows := o.rows(ws)
	changed := changedRows(printed[nameOf(ws)], rows)
	printed[nameOf(ws)] = rows
	if len(changed) == 0 {
		return nil
	}
	return o.Print(o.IOStreams, List{Kind: o.spec.Kind, Columns: o.columns(), Rows: changed})
}

func nameOf(ws *v1alpha1.Workspace) types.NamespacedName {
	return types.NamespacedName{Namespace: ws.Namespace, Name: ws.Name}
}
