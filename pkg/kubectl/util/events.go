package util

import (
	"context"
	"slices"
	"sort"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/fields"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/cli-runtime/pkg/resource"
	"k8s.io/client-go/kubernetes"
	"k8s.io/kubectl/pkg/cmd/events"
	cmdutil "k8s.io/kubectl/pkg/cmd/util"

	"github.com/eoepca/workspaces/pkg/apis/eoepca/v1alpha1"
)

// PartsGroup is the API group of the Storages and Datalabs that workspaces are composed of.
const PartsGroup = "pkg.internal"

// kindsOfWorkspaces are those whose events tell of a workspace: its own and its parts'. All have its name.
var kindsOfWorkspaces = []schema.GroupKind{
	{Group: v1alpha1.SchemeGroupVersion.Group, Kind: "Workspace"}, {Group: PartsGroup, Kind: "Storage"}, {Group: PartsGroup, Kind: "Datalab"},
}

// EventOptions select the events on the workspace of a name, or of all workspaces for an empty one.
func EventOptions(name string) metav1.ListOptions {
	options := metav1.ListOptions{Limit: cmdutil.DefaultChunkSize}
	if name != "" {
		options.FieldSelector = fields.OneTermEqualSelector("involvedObject.name", name).String()
	}
	return options
}

// IsWorkspaceEvent says whether the event is on the workspace of a name, or on one of its parts; for an empty name on any.
func IsWorkspaceEvent(event *corev1.Event, name string) bool {
	version, err := schema.ParseGroupVersion(event.InvolvedObject.APIVersion)
	return err == nil && (name == "" || name == event.InvolvedObject.Name) &&
		slices.Contains(kindsOfWorkspaces, version.WithKind(event.InvolvedObject.Kind).GroupKind())
}

// ListEvents answers the events on the workspace of a name and on its parts, oldest first; for an empty name those of all
// workspaces. The version is where a watch goes on.
func ListEvents(ctx context.Context, client kubernetes.Interface, namespace, name string) (list *corev1.EventList, err error) {
	list = &corev1.EventList{TypeMeta: metav1.TypeMeta{APIVersion: "v1", Kind: "EventList"}}
	options := EventOptions(name)
	err = resource.FollowContinue(&options, func(options metav1.ListOptions) (runtime.Object, error) {
		page, err := client.CoreV1().Events(namespace).List(ctx, options)
		if err != nil {
			return nil, err
		}
		list.ResourceVersion = page.ResourceVersion
		for _, event := range page.Items {
			if IsWorkspaceEvent(&event, name) {
				event.TypeMeta = metav1.TypeMeta{APIVersion: "v1", Kind: "Event"}
				list.Items = append(list.Items, event)
			}
		}
		return page, nil
	})
	if err != nil {
		return nil, err
	}
	sort.Stable(events.SortableEvents(list.Items))
	return list, nil
}
