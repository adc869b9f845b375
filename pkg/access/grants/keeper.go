package grants

import (
	"context"
	"errors"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/tools/cache"
)

var (
	// errStale is that something has changed which has not been seen yet. It is tried again, with what is seen by then.
	errStale = errors.New("it has changed meanwhile")
	// errForeign is that somebody else's object has the name that ours should have.
	errForeign = errors.New("an object of this name is not the workspaces server's: rename or delete it")
)

// clientOf is the typed client of one kind in a namespace.
type clientOf[T any] interface {
	Create(ctx context.Context, object T, options metav1.CreateOptions) (T, error)
	Update(ctx context.Context, object T, options metav1.UpdateOptions) (T, error)
	Delete(ctx context.Context, name string, options metav1.DeleteOptions) error
	Get(ctx context.Context, name string, options metav1.GetOptions) (T, error)
}

// object is what a keeper keeps.
type object interface {
	runtime.Object
	metav1.Object
}

// keeper writes the objects of one kind, and only where there is something to write. Every write names what it replaces, so a
// second keeper can do no harm.
type keeper[T object] struct {
	held     cache.Store
	clientIn func(namespace string) clientOf[T]
}

// ensure makes an object what it should be.
func (k keeper[T]) ensure(ctx context.Context, wanted T) error {
	client := k.clientIn(wanted.GetNamespace())
	known, exists, err := k.held.GetByKey(cache.MetaObjectToName(wanted).String())
	if err != nil {
		return err
	}
	if exists {
		return k.update(ctx, client, known.(*held), wanted)
	}
	_, err = client.Create(ctx, wanted, metav1.CreateOptions{})
	if !apierrors.IsAlreadyExists(err) {
		return err
	}
	found, err := client.Get(ctx, wanted.GetName(), metav1.GetOptions{})
	switch {
	case apierrors.IsNotFound(err):
		return errStale
	case err != nil:
		return err
	case found.GetLabels()[managedByLabel] != managedBy:
		return errForeign
	}
	return k.update(ctx, client, hold(found), wanted)
}

func (k keeper[T]) update(ctx context.Context, client clientOf[T], known *held, wanted T) error {
	if known.digest == digest(wanted) {
		return nil
	}
	wanted = wanted.DeepCopyObject().(T)
	wanted.SetUID(known.UID)
	wanted.SetResourceVersion(known.ResourceVersion)
	_, err := client.Update(ctx, wanted, metav1.UpdateOptions{})
	switch {
	case apierrors.IsInvalid(err): // what a RoleBinding binds cannot be changed
		return errors.Join(errStale, k.delete(ctx, client, known))
	case apierrors.IsConflict(err), apierrors.IsNotFound(err):
		return errStale
	}
	return err
}

// remove removes an object that is ours.
func (k keeper[T]) remove(ctx context.Context, name cache.ObjectName) error {
	known, exists, err := k.held.GetByKey(name.String())
	if err != nil || !exists {
		return err
	}
	return k.delete(ctx, k.clientIn(name.Namespace), known.(*held))
}

func (k keeper[T]) delete(ctx context.Context, client clientOf[T], known *held) error {
	err := client.Delete(ctx, known.Name, metav1.DeleteOptions{
		Preconditions: &metav1.Preconditions{UID: &known.UID, ResourceVersion: &known.ResourceVersion},
	})
	switch {
	case apierrors.IsNotFound(err):
		return nil
	case apierrors.IsConflict(err):
		return errStale
	}
	return err
}
