package workspace

import (
	"context"
	"fmt"

	"github.com/liggitt/tabwriter"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/watch"
	"k8s.io/cli-runtime/pkg/printers"
	"k8s.io/cli-runtime/pkg/resource"
	"k8s.io/client-go/rest"
	"k8s.io/kubectl/pkg/cmd/get"
	cmdutil "k8s.io/kubectl/pkg/cmd/util"
)

// watcher is kubectl get's --watch under a context: kubectl's own takes the signals for itself and ends the process
// with 1, so that a script could not tell an interrupt from an error.
type watcher struct {
	*get.GetOptions
	// show is false while what there is must not be printed: --watch-only.
	show    bool
	printer printers.ResourcePrinter
	// tabs remembers the widths of the columns from one change to the next.
	tabs *tabwriter.Writer
}

func (w *watcher) run(ctx context.Context, factory cmdutil.Factory, args []string) error {
	result := w.query(factory, args)
	infos, err := result.Infos()
	if apierrors.IsNotFound(err) && w.IgnoreNotFound {
		return nil
	}
	if err != nil {
		return err
	}
	w.show, w.tabs = !w.WatchOnly, printers.GetNewTabWriter(w.Out)
	if w.printer, err = w.ToPrinter(infos[0].ResourceMapping(), &w.show, w.AllNamespaces, false); err != nil {
		return err
	}
	present, err := result.Object()
	if err != nil {
		return err
	}
	if err := w.printPresent(present); err != nil {
		return err
	}
	w.show = true
	// What was read is an exact cut: nothing is missed, and nothing comes twice, when the watch goes on from it.
	version, err := meta.NewAccessor().ResourceVersion(present)
	if err != nil {
		return err
	}
	stream, err := result.Watch(version)
	if err != nil {
		return err
	}
	return w.printChanges(ctx, stream)
}

func (w *watcher) query(factory cmdutil.Factory, args []string) *resource.Result {
	return factory.NewBuilder().
		Unstructured().
		NamespaceParam(w.Namespace).DefaultNamespace().AllNamespaces(w.AllNamespaces).
		LabelSelectorParam(w.LabelSelector).
		FieldSelectorParam(w.FieldSelector).
		// In one piece: a watch goes on from one version.
		RequestChunksOf(0).
		ResourceTypeOrNameArgs(true, args...).
		SingleResourceType().
		Latest().
		TransformRequests(w.askForTable).
		Do()
}

func (w *watcher) askForTable(request *rest.Request) {
	if w.ServerPrint && w.IsHumanReadablePrinter {
		request.SetHeader("Accept", fmt.Sprintf("application/json;as=Table;v=%s;g=%s,application/json", metav1.SchemeGroupVersion.Version, metav1.GroupName))
	}
}

func (w *watcher) printPresent(present runtime.Object) error {
	if !meta.IsListType(present) {
		return w.print(watch.Added, present)
	}
	return meta.EachListItem(present, func(item runtime.Object) error { return w.print(watch.Added, item) })
}

func (w *watcher) printChanges(ctx context.Context, stream watch.Interface) error {
	defer stream.Stop()
	for {
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case event, open := <-stream.ResultChan():
			switch {
			case !open:
				return nil
			case event.Type == watch.Error:
				return apierrors.FromObject(event.Object)
			case event.Type == watch.Bookmark:
				continue
			}
			if err := w.print(event.Type, event.Object); err != nil {
				return err
			}
		}
	}
}

func (w *watcher) print(kind watch.EventType, obj runtime.Object) error {
	if w.OutputWatchEvents {
		obj = &metav1.WatchEvent{Type: string(kind), Object: runtime.RawExtension{Object: obj}}
	}
	if err := w.printer.PrintObj(obj, w.tabs); err != nil {
		return err
	}
	return w.tabs.Flush()
}
