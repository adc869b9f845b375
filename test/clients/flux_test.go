package clients

import (
	"strings"
	"testing"
	"time"

	"github.com/fluxcd/cli-utils/pkg/kstatus/polling"
	"github.com/fluxcd/pkg/ssa"
	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// flux applies as the Flux controllers do.
type flux struct {
	t *testing.T
	place
	*ssa.ResourceManager
}

func newFlux(t *testing.T, p place) flux {
	t.Helper()
	p.deploysCluster(t) // as the account of kustomize-controller may
	c := p.client(t)
	poller := polling.NewStatusPoller(c, c.RESTMapper(), polling.Options{})
	return flux{t, p, ssa.NewResourceManager(c, poller, ssa.Owner{Field: "kustomize-controller", Group: "kustomize.toolkit.fluxcd.io"})}
}

// objects are manifests as Flux reads them from a repository, with the labels of their owner.
func (f flux) objects(manifests ...string) []*unstructured.Unstructured {
	f.t.Helper()
	var all []*unstructured.Unstructured
	for _, manifest := range manifests {
		all = append(all, f.object(f.t, manifest))
	}
	f.SetOwnerLabels(all, "team", "flux-system")
	return all
}

// applies checks what applying all manifests does to each.
func (f flux) applies(want map[string]ssa.Action, opts ssa.ApplyOptions, manifests ...string) *ssa.ChangeSet {
	f.t.Helper()
	opts.WaitInterval, opts.WaitTimeout = 100*time.Millisecond, time.Minute
	changes, err := f.ApplyAllStaged(f.t.Context(), f.objects(manifests...), opts)
	if err != nil {
		f.t.Fatal(err)
	}
	if diff := cmp.Diff(want, changes.ToMap()); diff != "" {
		f.t.Errorf("applied (-want +got):\n%s", diff)
	}
	return changes
}

// patch changes a workspace as somebody else.
func (f flux) patch(name, content, manager string) {
	f.t.Helper()
	err := f.Client().Patch(f.t.Context(), f.object(f.t, f.manifest(name)), client.RawPatch("application/merge-patch+json", []byte(content)), client.FieldOwner(manager))
	if err != nil {
		f.t.Fatal(err)
	}
}

// owner checks who owns a workspace.
func (f flux) owner(want, name string) {
	f.t.Helper()
	ws := f.get(name)
	if got, _, _ := unstructured.NestedString(ws.Object, "spec", "owner"); got != want {
		f.t.Errorf("the owner of %s is %s, want %s", name, got, want)
	}
}

func (f flux) get(name string) *unstructured.Unstructured {
	f.t.Helper()
	ws := f.object(f.t, f.manifest(name))
	if err := f.Client().Get(f.t.Context(), client.ObjectKeyFromObject(ws), ws); err != nil {
		f.t.Fatal(err)
	}
	return ws
}

var patient = ssa.WaitOptions{Interval: 100 * time.Millisecond, Timeout: time.Minute}

// A namespace, a workspace in it and a ConfigMap are applied in the order that they need, found unchanged, waited for,
// corrected after drift, and deleted.
func TestFluxAppliesCorrectsAndDeletes(t *testing.T) {
	t.Parallel()
	f := newFlux(t, newIdlePlace(t))
	f.namespace += "-staged"
	e.PlayProviders(t, f.namespace)
	manifests := []string{
		"apiVersion: v1\nkind: ConfigMap\nmetadata: {name: note}\ndata: {note: first}\n",
		f.manifest("one", "  members: [{name: bob}]", "  sessions: [{name: main, state: Started}]"),
		"apiVersion: v1\nkind: Namespace\nmetadata: {name: " + f.namespace + "}\n",
	}
	all := func(namespace, ws, note ssa.Action) map[string]ssa.Action {
		return map[string]ssa.Action{
			"Namespace/" + f.namespace:           namespace,
			"Workspace/" + f.namespace + "/one":  ws,
			"ConfigMap/" + f.namespace + "/note": note,
		}
	}
	opts := ssa.DefaultApplyOptions()
	changes := f.applies(all(ssa.CreatedAction, ssa.CreatedAction, ssa.CreatedAction), opts, manifests...)
	if err := f.WaitForSet(changes.ToObjMetadataSet(), patient); err != nil {
		t.Fatal(err)
	}
	before := f.get("one")
	f.applies(all(ssa.UnchangedAction, ssa.UnchangedAction, ssa.UnchangedAction), opts, manifests...)
	if after := f.get("one"); before.GetResourceVersion() != after.GetResourceVersion() {
		t.Errorf("what is unchanged went from version %s to %s", before.GetResourceVersion(), after.GetResourceVersion())
	}

	// Drift of what is declared is found and corrected; what others add stays theirs.
	f.patch("one", `{"spec":{"owner":"mallory"},"metadata":{"annotations":{"note":"theirs"}}}`, "somebody")
	change, live, merged, err := f.Diff(t.Context(), f.objects(manifests[1])[0], ssa.DefaultDiffOptions())
	if err != nil || change.Action != ssa.ConfiguredAction {
		t.Fatalf("diff after drift: %v, %v", change, err)
	}
	was, _, _ := unstructured.NestedString(live.Object, "spec", "owner")
	will, _, _ := unstructured.NestedString(merged.Object, "spec", "owner")
	if was != "mallory" || will != "alice" {
		t.Errorf("the diff says that the owner is %s and will be %s", was, will)
	}
	f.owner("mallory", "one") // a diff writes nothing
	f.applies(all(ssa.UnchangedAction, ssa.ConfiguredAction, ssa.UnchangedAction), opts, manifests...)
	f.owner("alice", "one")
	if note := f.get("one").GetAnnotations()["note"]; note != "theirs" {
		t.Errorf("somebody's annotation is %q", note)
	}

	objects := f.objects(manifests...)
	deleted, err := f.DeleteAll(t.Context(), objects, ssa.DeleteOptions{PropagationPolicy: "Background", Inclusions: f.GetOwnerLabels("team", "flux-system")})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(all(ssa.DeletedAction, ssa.DeletedAction, ssa.DeletedAction), deleted.ToMap()); diff != "" {
		t.Errorf("deleted (-want +got):\n%s", diff)
	}
	if err := f.WaitForTermination(objects, patient); err != nil {
		t.Error(err)
	}
}

// What is not ready is waited for, and told with its reason when the time is up.
func TestFluxWaits(t *testing.T) {
	t.Parallel()
	f := newFlux(t, newIdlePlace(t))
	manifest := f.manifest("one", "  sessions: [{name: main, state: Started}]")
	f.applies(map[string]ssa.Action{"Workspace/" + f.namespace + "/one": ssa.CreatedAction}, ssa.DefaultApplyOptions(), manifest)
	err := f.Wait(f.objects(manifest), ssa.WaitOptions{Interval: 100 * time.Millisecond, Timeout: time.Second})
	if err == nil || !strings.Contains(err.Error(), "Workspace/"+f.namespace+"/one status: 'InProgress'") {
		t.Errorf("to wait for what nobody provides: %v", err)
	}
	e.PlayProviders(t, f.namespace)
	if err := f.Wait(f.objects(manifest), patient); err != nil {
		t.Error(err)
	}
}

// What others once applied is taken over, their fields with it; what can only be set once is replaced where that is asked for.
func TestFluxTakesOverAndReplaces(t *testing.T) {
	t.Parallel()
	f := newFlux(t, newPlace(t))
	ws := "Workspace/" + f.namespace + "/one"
	err := f.Client().Create(t.Context(), f.object(t, f.manifest("one", "  members: [{name: bob}]")), client.FieldOwner("kubectl-client-side-apply"))
	if err != nil {
		t.Fatal(err)
	}
	opts := ssa.DefaultApplyOptions()
	opts.Cleanup.FieldManagers = []ssa.FieldManager{{Name: "kubectl", OperationType: "Update"}, {Name: "kubectl", OperationType: "Apply"}}
	f.applies(map[string]ssa.Action{ws: ssa.ConfiguredAction}, opts, f.manifest("one"))
	taken := f.get("one")
	if members, _, _ := unstructured.NestedSlice(taken.Object, "spec", "members"); len(members) > 0 {
		t.Errorf("what is no longer declared is still there: %v", members)
	}
	var managers []string
	for _, entry := range taken.GetManagedFields() {
		managers = append(managers, entry.Manager+" "+string(entry.Operation))
	}
	if diff := cmp.Diff([]string{"kustomize-controller Apply"}, managers); diff != "" {
		t.Errorf("managers (-want +got):\n%s", diff)
	}

	another := strings.Replace(f.manifest("one"), f.principal("one"), "    principal: another-"+f.namespace, 1)
	if _, err := f.ApplyAll(t.Context(), f.objects(another), opts); err == nil || !strings.Contains(err.Error(), `is immutable: must stay "one-`+f.namespace+`"`) {
		t.Errorf("another principal: %v", err)
	}
	opts.Force = true
	f.applies(map[string]ssa.Action{ws: ssa.CreatedAction}, opts, another)
	if replaced := f.get("one"); replaced.GetUID() == taken.GetUID() {
		t.Error("it has not been replaced")
	}
}
