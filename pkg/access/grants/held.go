package grants

import (
	"context"
	"fmt"

	rbacv1 "k8s.io/api/rbac/v1"
	metainternalversion "k8s.io/apimachinery/pkg/apis/meta/internalversion"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/watch"
	"k8s.io/apiserver/pkg/authentication/user"
	genericapirequest "k8s.io/apiserver/pkg/endpoints/request"
	"k8s.io/apiserver/pkg/registry/rest"
	"k8s.io/client-go/tools/cache"

	"github.com/eoepca/workspaces/pkg/apis/eoepca"
)

// Workspaces is the registry that serves workspaces.
type Workspaces interface {
	rest.Lister
	rest.Watcher
}

// held is what is kept of a Role or a RoleBinding: whether it is what it should be.
type held struct {
	metav1.ObjectMeta // namespace, name, uid and resourceVersion

	digest string
}

func hold(object any) *held {
	var meta *metav1.ObjectMeta
	switch object := object.(type) {
	case *rbacv1.Role:
		meta = &object.ObjectMeta
	case *rbacv1.RoleBinding:
		meta = &object.ObjectMeta
	}
	return &held{
		ObjectMeta: metav1.ObjectMeta{Namespace: meta.Namespace, Name: meta.Name, UID: meta.UID, ResourceVersion: meta.ResourceVersion},
		digest:     digest(object),
	}
}

// follow keeps what a source has, reduced, and tells the keys of what changes.
func follow(source cache.ListerWatcher, reduce cache.TransformFunc, changed func(key string)) (cache.Store, cache.Controller) {
	tell := func(object any) {
		if key, err := cache.DeletionHandlingMetaNamespaceKeyFunc(object); err == nil {
			changed(key)
		}
	}
	return cache.NewInformerWithOptions(cache.InformerOptions{
		ListerWatcher: source,
		Transform:     reduce,
		Handler: cache.ResourceEventHandlerFuncs{
			AddFunc:    tell,
			UpdateFunc: func(_, object any) { tell(object) },
			DeleteFunc: tell,
		},
	})
}

// reduceWorkspace makes recipients of a workspace.
func reduceWorkspace(object any) (any, error) {
	if cached, ok := object.(runtime.CacheableObject); ok { // shared with the watches of clients
		object = cached.GetObject()
	}
	switch object := object.(type) {
	case *eoepca.Workspace:
		return recipientsOf(object), nil
	case *recipients, cache.DeletedFinalStateUnknown:
		return object, nil
	}
	return nil, fmt.Errorf("%T is no workspace", object)
}

// reduceRBAC holds a Role or a RoleBinding.
func reduceRBAC(object any) (any, error) {
	switch object.(type) {
	case *rbacv1.Role, *rbacv1.RoleBinding:
		return hold(object), nil
	}
	return object, nil
}

// source reads the registry in the process, as the server itself, who sees everything.
func source(workspaces Workspaces) cache.ListerWatcher {
	asServer := func(ctx context.Context) context.Context {
		ctx = genericapirequest.WithNamespace(ctx, metav1.NamespaceAll)
		return genericapirequest.WithUser(ctx, &user.DefaultInfo{Name: user.APIServerUser, Groups: []string{user.SystemPrivilegedGroup}})
	}
	internal := func(options metav1.ListOptions) *metainternalversion.ListOptions {
		return &metainternalversion.ListOptions{
			ResourceVersion:      options.ResourceVersion,
			ResourceVersionMatch: options.ResourceVersionMatch,
			AllowWatchBookmarks:  options.AllowWatchBookmarks,
			SendInitialEvents:    options.SendInitialEvents,
		}
	}
	return &cache.ListWatch{
		DisableChunking: true,
		ListWithContextFunc: func(ctx context.Context, options metav1.ListOptions) (runtime.Object, error) {
			return workspaces.List(asServer(ctx), internal(options))
		},
		WatchFuncWithContext: func(ctx context.Context, options metav1.ListOptions) (watch.Interface, error) {
			return workspaces.Watch(asServer(ctx), internal(options))
		},
	}
}
