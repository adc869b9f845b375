package devprovider

import (
	"context"
	"errors"
	"fmt"
	"maps"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"
)

// bySecret is the index of Datalabs that read a Secret.
const bySecret = "secret"

// datalabs plays provider-datalab: sessions that come and go, and a Secret with what their users need.
type datalabs struct{ *provider }

func (d datalabs) Reconcile(ctx context.Context, req reconcile.Request) (reconcile.Result, error) {
	o := newObject(datalabKind)
	if err := d.client.Get(ctx, req.NamespacedName, o); err != nil {
		return reconcile.Result{}, client.IgnoreNotFound(err)
	}
	if o.GetAnnotations()[pausedAnnotation] == "true" {
		return reconcile.Result{}, nil
	}
	if o.GetDeletionTimestamp() != nil {
		return d.delete(ctx, o)
	}
	if err := patchFinalizer(ctx, d.client, o, true); err != nil {
		return retryConflict(err)
	}
	after := o.DeepCopy()
	result, err := d.sync(ctx, after)
	setSynced(after, err)
	if patchErr := patchStatus(ctx, d.client, o, after); patchErr != nil {
		return retryConflict(patchErr)
	}
	if err != nil {
		logOnce(o, err)
		return reconcile.Result{RequeueAfter: d.options.Retry}, nil
	}
	return result, nil
}

// sync moves the sessions one step on and writes the Secret; what it finds goes into the object's status.
func (d datalabs) sync(ctx context.Context, o *unstructured.Unstructured) (reconcile.Result, error) {
	spec, err := readSpec[datalabSpec](o)
	if err != nil {
		return reconcile.Result{}, err
	}
	wait := d.moveSessions(o, spec)
	if err := d.secret(ctx, o, spec); errors.Is(err, errNoKeys) {
		setCondition(o, "Ready", false, "Creating", simulated+": "+err.Error())
		return reconcile.Result{RequeueAfter: soonest(wait, d.options.Retry)}, nil
	} else if err != nil {
		return reconcile.Result{}, err
	}
	result := d.becomeReady(o)
	result.RequeueAfter = soonest(result.RequeueAfter, wait)
	return result, nil
}

var errNoKeys = errors.New("the Secret with the storage keys is not there yet")

// secret writes <name>-datalab: a copy of the storage keys, and the keys of each declared store.
func (d datalabs) secret(ctx context.Context, o *unstructured.Unstructured, spec datalabSpec) error {
	keys, err := d.readSecret(ctx, o.GetNamespace(), secretNameOf(o, spec))
	if err != nil {
		return err
	}
	if keys == nil {
		return errNoKeys
	}
	there, err := d.readSecret(ctx, o.GetNamespace(), datalabSecret(o))
	if err != nil {
		return err
	}
	var old map[string][]byte
	if there != nil {
		old = there.Data
	}
	data := maps.Clone(keys.Data)
	maps.Copy(data, storeKeys(o.GetName(), spec, old))
	if err := d.writeSecret(ctx, o, datalabSecret(o), there, data, nil); err != nil {
		return fmt.Errorf("write Secret %s: %w", datalabSecret(o), err)
	}
	return nil
}

func datalabSecret(o *unstructured.Unstructured) string { return o.GetName() + "-datalab" }

func secretNameOf(o client.Object, spec datalabSpec) string {
	if spec.SecretName == "" {
		return o.GetName()
	}
	return spec.SecretName
}

// delete stops the sessions, then takes the Secret away, after a delay.
func (d datalabs) delete(ctx context.Context, o *unstructured.Unstructured) (reconcile.Result, error) {
	after := o.DeepCopy()
	d.stopSessions(after)
	setCondition(after, "Ready", false, "Deleting", simulated)
	if err := patchStatus(ctx, d.client, o, after); err != nil {
		return retryConflict(err)
	}
	if wait := remaining(o.GetDeletionTimestamp(), d.options.Delay); wait > 0 {
		return reconcile.Result{RequeueAfter: wait}, nil
	}
	if err := d.deleteSecret(ctx, o, datalabSecret(o)); err != nil {
		return reconcile.Result{}, err
	}
	d.forget(o)
	tell(o, "gone")
	return retryConflict(patchFinalizer(ctx, d.client, o, false))
}

// readers are the Datalabs that read a Secret.
func (d datalabs) readers(ctx context.Context, secret client.Object) []reconcile.Request {
	list := &unstructured.UnstructuredList{}
	list.SetGroupVersionKind(datalabKind)
	err := d.client.List(ctx, list, client.InNamespace(secret.GetNamespace()), client.MatchingFields{bySecret: secret.GetName()})
	if err != nil {
		return nil
	}
	return requests(list.Items)
}

func secretOf(o client.Object) []string {
	spec, err := readSpec[datalabSpec](o.(*unstructured.Unstructured))
	if err != nil {
		return nil
	}
	return []string{secretNameOf(o, spec)}
}
