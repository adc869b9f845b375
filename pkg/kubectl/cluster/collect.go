package cluster

import (
	"context"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/eoepca/workspaces/pkg/apis/eoepca/v1alpha1"
	"github.com/eoepca/workspaces/pkg/kubectl/util"
)

// collect packs everything. What may not be read is left out; that no workspace is found is an error only where it was named.
func (c *cluster) collect(ctx context.Context, b *bundle, selection *util.WorkspaceSelection) error {
	v := versions{Client: thisBuild()}
	err := v.ask(ctx, c.Factory)
	if err := b.add("versions.yaml", "kubectl workspace version", v, err); err != nil {
		return err
	}
	if err := b.add("check.yaml", "kubectl workspace check", c.check(ctx, false), nil); err != nil {
		return err
	}
	var service any
	err = c.get(ctx, apiServicePath, &service)
	if err := b.add("apiservice.yaml", apiServicePath, service, err); err != nil {
		return err
	}
	client, err := c.Clientset()
	if err != nil {
		return err
	}
	types, err := client.EoepcaV1alpha1().StoreTypes().List(ctx, metav1.ListOptions{})
	if err := b.add("storetypes.yaml", apiPath+"/storetypes", types, err); err != nil {
		return err
	}
	found, failures := selection.Find(ctx, c.Factory)
	for i := range found {
		if err := c.collectWorkspace(ctx, b, &found[i]); err != nil {
			return err
		}
	}
	if len(failures) > 0 && len(selection.Names) > 0 {
		return util.OneOrAll(failures)
	}
	return b.refusals("workspaces", failures)
}

// refusals tell in the manifest what could not be read at all.
func (b *bundle) refusals(what string, failures []error) error {
	for _, err := range failures {
		if err := b.add(what, what, nil, err); err != nil {
			return err
		}
	}
	return nil
}

// collectWorkspace packs a workspace, what is computed of it, its parts and the events of all of them.
func (c *cluster) collectWorkspace(ctx context.Context, b *bundle, ws *v1alpha1.Workspace) error {
	folder := "workspaces/" + ws.Namespace + "/" + ws.Name + "/"
	path := apiPath + "/namespaces/" + ws.Namespace + "/workspaces/" + ws.Name
	ws.TypeMeta = metav1.TypeMeta{APIVersion: v1alpha1.SchemeGroupVersion.String(), Kind: "Workspace"}
	if err := b.add(folder+"workspace.yaml", path, ws, nil); err != nil {
		return err
	}
	client, err := c.Clientset()
	if err != nil {
		return err
	}
	workspaces := client.EoepcaV1alpha1().Workspaces(ws.Namespace)
	sharing, err := workspaces.GetSharing(ctx, ws.Name, metav1.GetOptions{})
	if err := b.add(folder+"sharing.yaml", path+"/sharing", sharing, err); err != nil {
		return err
	}
	usage, err := workspaces.GetUsage(ctx, ws.Name, metav1.GetOptions{})
	if err := b.add(folder+"usage.yaml", path+"/usage", usage, err); err != nil {
		return err
	}
	if err := c.collectParts(ctx, b, folder, ws); err != nil {
		return err
	}
	events, err := util.ListEvents(ctx, c, ws.Namespace, ws.Name)
	return b.add(folder+"events.yaml", "/api/v1/namespaces/"+ws.Namespace+"/events of "+ws.Name, events, err)
}

func (c *cluster) collectParts(ctx context.Context, b *bundle, folder string, ws *v1alpha1.Workspace) error {
	client, err := c.Dynamic()
	if err != nil {
		return err
	}
	for _, part := range []struct{ file, version, resource string }{
		{"storage.yaml", storagesVersion, "storages"}, {"datalab.yaml", datalabsVersion, "datalabs"},
	} {
		version, err := schema.ParseGroupVersion(part.version)
		if err != nil {
			return err
		}
		object, err := client.Resource(version.WithResource(part.resource)).Namespace(ws.Namespace).Get(ctx, ws.Name, metav1.GetOptions{})
		var content any
		if object != nil {
			content = object.Object
		}
		path := "/apis/" + part.version + "/namespaces/" + ws.Namespace + "/" + part.resource + "/" + ws.Name
		if err := b.add(folder+part.file, path, content, err); err != nil {
			return err
		}
	}
	return nil
}
