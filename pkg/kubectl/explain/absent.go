package explain

import (
	"context"
	"slices"
	"strings"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/eoepca/workspaces/pkg/apis/eoepca/v1alpha1"
	"github.com/eoepca/workspaces/pkg/kubectl/util"
)

// notFound asks whether a name near to the one given was meant.
func (e *explainer) notFound(ctx context.Context, err error) error {
	name := aboutWorkspace(err)
	if name == "" {
		return err
	}
	return with(err, "", util.DidYouMean(name, e.visible(ctx, e.namespace)))
}

// noResource is how kubectl's own code says that the cluster has no such resource.
const noResource = `the server doesn't have a resource type "workspaces"`

// lacksAPI tells the answer of a server that does not know the path from that of one which knows that there is no such object.
func lacksAPI(err error) bool {
	if strings.HasPrefix(err.Error(), noResource) {
		return true
	}
	d := details(err)
	noPath := slices.ContainsFunc(d.Causes, func(cause metav1.StatusCause) bool { return cause.Type == metav1.CauseTypeUnexpectedServerResponse })
	return apierrors.IsNotFound(err) && (noPath && d.Group == v1alpha1.SchemeGroupVersion.Group || d.Kind == "" && d.Name == "")
}

// install is where to read how the server is installed.
const install = "its operator installs it as https://github.com/eoepca/workspaces/blob/main/docs/operations.md#install tells"

// lacksAPI finds out what the server lacks: workspaces, this version of them, or something in it that this plugin knows.
func (e *explainer) lacksAPI(ctx context.Context, err error) error {
	client, clientErr := e.Kubernetes()
	if clientErr != nil {
		return err
	}
	gv := v1alpha1.SchemeGroupVersion
	discovery := client.Discovery().WithLegacyWithContext(ctx)
	_, asked := discovery.ServerResourcesForGroupVersionWithContext(ctx, gv.String())
	switch {
	case asked == nil:
		return with(&util.CodedError{Code: util.ExitError, Err: err}, "", "the server is older than this plugin: "+util.Program+" version")
	case apierrors.IsServiceUnavailable(asked):
		return unavailable(asked)
	case !apierrors.IsNotFound(asked):
		return err
	}
	groups, _ := discovery.ServerGroupsWithContext(ctx) // without them nothing is served, as far as this goes
	if versions := versionsOf(groups, gv.Group); len(versions) > 0 {
		return with(util.Errorf(util.ExitError, "this cluster serves workspaces as %s, and this plugin speaks %s alone", strings.Join(versions, ", "), gv.Version),
			"", "use the plugin of the server's release")
	}
	return with(util.Errorf(util.ExitError, "this cluster serves no workspaces: it has no API %s", gv), "", install)
}

func versionsOf(groups *metav1.APIGroupList, name string) (versions []string) {
	if groups == nil {
		return nil
	}
	for _, group := range groups.Groups {
		for _, version := range group.Versions {
			if group.Name == name {
				versions = append(versions, version.Version)
			}
		}
	}
	return versions
}
