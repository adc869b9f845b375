package util

import (
	"context"
	"reflect"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/watch"

	"github.com/eoepca/workspaces/pkg/apis/eoepca/v1alpha1"
)

// printedRows are what was printed of each workspace.
type printedRows map[types.NamespacedName][]Row

// follow prints the rows that change from a version on. It ends as kubectl's own --watch does: with the server's stream, or
// when the user interrupts it.
func (o *listOptions) follow(ctx context.Context, printed printedRows, from metav1.ListOptions) error {
	stream, err := o.client.Workspaces(o.namespace).Watch(ctx, from)
	if err != nil {
		return err
	}
	defer stream.Stop()
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
			if err := o.printChange(ctx, event, printed); err != nil {
				return err
			}
		}
	}
}

func (o *listOptions) printChange(ctx context.Context, event watch.Event, printed printedRows) error {
	ws, ok := event.Object.(*v1alpha1.Workspace)
	if !ok || event.Type == watch.Bookmark {
		return nil
	}
	if event.Type == watch.Deleted {
		delete(printed, nameOf(ws))
		return nil
	}
	rows, err := o.rows(ctx, ws)
	if err != nil {
		return err
	}
	changed := changedRows(printed[nameOf(ws)], rows)
	printed[nameOf(ws)] = rows
	if len(changed) == 0 {
		return nil
	}
	return o.Print(o.IOStreams, List{Kind: o.spec.Kind, Columns: o.columns(), Rows: changed})
}

// pollEvery is how often what cannot be watched is asked for.
const pollEvery = 2 * time.Second

// poll asks again and again, and prints the rows that have changed since.
func (o *listOptions) poll(ctx context.Context, printed printedRows) error {
	o.continued()
	for {
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-o.Clock.After(pollEvery):
		}
		present, _, err := o.ask(ctx)
		if err != nil {
			return err
		}
		list := List{Kind: o.spec.Kind, Columns: o.columns()}
		now := printedRows{}
		for i := range present {
			rows, err := o.rows(ctx, &present[i])
			if err != nil {
				return err
			}
			name := nameOf(&present[i])
			list.Rows = append(list.Rows, changedRows(printed[name], rows)...)
			now[name] = rows
		}
		printed = now
		if len(list.Rows) == 0 {
			continue
		}
		if err := o.Print(o.IOStreams, list); err != nil {
			return err
		}
	}
}

func nameOf(ws *v1alpha1.Workspace) types.NamespacedName {
	return types.NamespacedName{Namespace: ws.Namespace, Name: ws.Name}
}

// changedRows are those that differ from what was printed of the same workspace before.
func changedRows(before, after []Row) []Row {
	known := map[string]map[string]any{}
	for _, row := range before {
		known[row.key()] = row.Fields
	}
	var changed []Row
	for _, row := range after {
		if fields, ok := known[row.key()]; !ok || !reflect.DeepEqual(fields, row.Fields) {
			changed = append(changed, row)
		}
	}
	return changed
}
