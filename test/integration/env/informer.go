package env

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
	"k8s.io/client-go/tools/cache"

	"github.com/eoepca/workspaces/pkg/apis/eoepca/v1alpha1"
	"github.com/eoepca/workspaces/pkg/generated/informers/externalversions"
)

// Informer follows a replica's workspaces, as a controller does it.
type Informer struct{ cache.SharedIndexInformer }

// Inform starts an informer that runs until the test ends, and waits until it has begun.
func Inform(t testing.TB, replica *Replica, namespace string) *Informer {
	t.Helper()
	factory := externalversions.NewSharedInformerFactoryWithOptions(replica.Clients, 0, externalversions.WithNamespace(namespace))
	informer := factory.Eoepca().V1alpha1().Workspaces().Informer()
	factory.Start(t.Context().Done())
	t.Cleanup(factory.Shutdown)
	if !cache.WaitForCacheSync(t.Context().Done(), informer.HasSynced) {
		t.Fatal("the informer does not begin")
	}
	return &Informer{informer}
}

// Agrees answers nil when the informer has what a list has, in the same versions.
func (i *Informer) Agrees(list *v1alpha1.WorkspaceList) error {
	want, have := map[string]string{}, map[string]string{}
	for _, ws := range list.Items {
		want[ws.Name] = ws.ResourceVersion
	}
	for _, obj := range i.GetStore().List() {
		ws := obj.(*v1alpha1.Workspace)
		have[ws.Name] = ws.ResourceVersion
	}
	if diff := cmp.Diff(want, have); diff != "" {
		return fmt.Errorf("the informer has something else than the list (-list +informer):\n%s", diff)
	}
	return nil
}
