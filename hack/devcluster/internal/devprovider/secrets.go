package devprovider

import (
	"context"
	"fmt"
	"maps"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// secretLabel marks the Secrets that devprovider made; only those are watched.
const secretLabel = "devprovider/simulated"

// loadAccounts tells the S3 server the keys of earlier runs, so that it knows them with its first answer.
func (p *provider) loadAccounts(ctx context.Context) error {
	list := &corev1.SecretList{}
	if err := p.live.List(ctx, list, client.MatchingLabels{secretLabel: "true"}); err != nil {
		return fmt.Errorf("read the Secrets of earlier runs: %w", err)
	}
	for _, secret := range list.Items {
		if owner := metav1.GetControllerOf(&secret); owner != nil && owner.Kind == storageKind.Kind {
			if err := p.gateway.accounts.set(secret.Name, validKeys(secret.Name, published(&secret), p.gateway.accounts)...); err != nil {
				return err
			}
		}
	}
	return nil
}

// readSecret reads a Secret's data live; nil when there is none.
func (p *provider) readSecret(ctx context.Context, namespace, name string) (*corev1.Secret, error) {
	secret := &corev1.Secret{}
	err := p.live.Get(ctx, types.NamespacedName{Namespace: namespace, Name: name}, secret)
	if apierrors.IsNotFound(err) {
		return nil, nil
	} else if err != nil {
		return nil, fmt.Errorf("read Secret %s: %w", name, err)
	}
	return secret, nil
}

// writeSecret makes the Secret of an object hold exactly the data, and bear the notes. A Secret that somebody else made is
// left alone.
func (p *provider) writeSecret(ctx context.Context, owner *unstructured.Unstructured, name string, there *corev1.Secret, data map[string][]byte, notes map[string]string) error {
	if there != nil {
		same := maps.EqualFunc(there.Data, data, func(a, b []byte) bool { return string(a) == string(b) })
		if there.Labels[secretLabel] == "" || same {
			return nil
		}
		there = there.DeepCopy()
		there.Data = data
		maps.Copy(there.Annotations, notes)
		return p.client.Update(ctx, there)
	}
	secret := &corev1.Secret{
		ObjectMeta: metav1.ObjectMeta{
			Name: name, Namespace: owner.GetNamespace(),
			Labels:          map[string]string{secretLabel: "true"},
			Annotations:     map[string]string{"devprovider/note": simulated},
			OwnerReferences: []metav1.OwnerReference{*metav1.NewControllerRef(owner, owner.GroupVersionKind())},
		},
		Data: data,
	}
	maps.Copy(secret.Annotations, notes)
	return p.client.Create(ctx, secret)
}

// deleteSecret deletes a Secret that devprovider made for the object.
func (p *provider) deleteSecret(ctx context.Context, owner *unstructured.Unstructured, name string) error {
	there, err := p.readSecret(ctx, owner.GetNamespace(), name)
	if err != nil || there == nil || !metav1.IsControlledBy(there, owner) {
		return err
	}
	return client.IgnoreNotFound(p.client.Delete(ctx, there))
}
