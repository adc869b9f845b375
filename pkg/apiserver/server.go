package apiserver

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"sync"
	"time"

	utilnet "k8s.io/apimachinery/pkg/util/net"
	"k8s.io/apimachinery/pkg/util/wait"
	"k8s.io/apiserver/pkg/registry/rest"
	genericapiserver "k8s.io/apiserver/pkg/server"
	"k8s.io/apiserver/pkg/server/healthz"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/metadata"
	restclient "k8s.io/client-go/rest"
	"k8s.io/klog/v2"

	"github.com/eoepca/workspaces/pkg/access/grants"
	"github.com/eoepca/workspaces/pkg/apis/eoepca"
	"github.com/eoepca/workspaces/pkg/apis/eoepca/install"
	"github.com/eoepca/workspaces/pkg/apis/eoepca/v1alpha1"
	"github.com/eoepca/workspaces/pkg/registry/storetype"
	"github.com/eoepca/workspaces/pkg/registry/workspace"
	"github.com/eoepca/workspaces/pkg/sessionproxy"
	"github.com/eoepca/workspaces/pkg/storage"
)

// Server serves the API group until it is told to stop.
type Server struct {
	// Generic is the HTTP server.
	Generic   *genericapiserver.GenericAPIServer
	backend   *storage.Backend
	events    *eventSink
	grants    grants.Config
	client    *restclient.Config
	operators *storetype.Operators
	informers informers.SharedInformerFactory
	stopping  chan struct{} // closed when requests to sessions must end
}

// New makes a server from its configuration.
func (c CompletedConfig) New() (*Server, error) {
	announceProgress()
	events, err := newEventSink(c.client)
	if err != nil {
		return nil, err
	}
	backend, err := storage.New(storage.Config{Client: c.client, FenceNamespace: c.extra.FenceNamespace, Events: events.recorder()})
	if err != nil {
		return nil, fmt.Errorf("connect the storage: %w", err)
	}
	authorizer := newAllNames(c.generic.Authorization.Authorizer)
	c.generic.Authorization.Authorizer = readingAhead{authorizer, backend.ReadAhead}
	generic, err := c.generic.New(name, genericapiserver.NewEmptyDelegate())
	if err != nil {
		return nil, err
	}
	client, err := kubernetes.NewForConfig(c.client)
	if err != nil {
		return nil, fmt.Errorf("connect to kube-apiserver: %w", err)
	}
	metadataClient, err := metadata.NewForConfig(c.client)
	if err != nil {
		return nil, fmt.Errorf("connect to kube-apiserver: %w", err)
	}
	policy := c.extra.Settings.policy()
	operators := storetype.NewOperators(metadataClient)
	stores := storetype.New(storetype.Config{Disabled: policy.Defaults.StoreTypeDisabled, Datalabs: backend, Operators: operators})
	stopping := make(chan struct{})
	resources, err := workspace.NewStorage(workspace.Config{
		Backend:        backend,
		Policy:         policy,
		StoreAvailable: stores.Available,
		Sessions:       sessionproxy.New(c.extra.Settings.SessionAddress),
		Stopping:       stopping,
		Authorizer:     authorizer,
		Cluster:        client.CoreV1(),
		Issuer:         c.extra.Settings.issuer(),
	})
	if err != nil {
		return nil, err
	}
	maps.Copy(resources, storetype.NewStorage(stores))
	if err := installGroup(generic, resources); err != nil {
		return nil, err
	}
	ready := healthz.NamedCheck("parts", func(*http.Request) error { return backend.Ready() })
	if err := generic.AddReadyzChecks(ready, storeTypesKnown(operators), c.frontProxyKnown()); err != nil {
		return nil, err
	}
	return &Server{
		Generic: generic,
		backend: backend,
		grants: grants.Config{
			Client:         client,
			Workspaces:     resources["workspaces"].(grants.Workspaces),
			LeaseNamespace: c.extra.LeaseNamespace,
			Ready:          backend.Ready,
		},
		events:    events,
		client:    c.client,
		operators: operators,
		informers: c.generic.SharedInformerFactory,
		stopping:  stopping,
	}, nil
}

// storeTypesKnown is ready once it is known which operators are installed: until then stores would be refused.
func storeTypesKnown(operators *storetype.Operators) healthz.HealthChecker {
	return healthz.NamedCheck("store-types", func(*http.Request) error { return operators.Ready() })
}

// frontProxyKnown is ready once the CA is loaded that vouches for kube-apiserver: a connection that it opens earlier stays
// anonymous.
func (c CompletedConfig) frontProxyKnown() healthz.HealthChecker {
	return healthz.NamedCheck("front-proxy-ca", func(*http.Request) error {
		config := c.generic.Authentication.RequestHeaderConfig
		if config != nil && len(config.CAContentProvider.CurrentCABundleContent()) == 0 {
			return fmt.Errorf("the CA of kube-apiserver's front proxy is not loaded yet")
		}
		return nil
	})
}

func installGroup(generic *genericapiserver.GenericAPIServer, resources map[string]rest.Storage) error {
	group := genericapiserver.NewDefaultAPIGroupInfo(eoepca.GroupName, install.Scheme, install.ParameterCodec, install.Codecs)
	group.VersionedResourcesStorageMap[v1alpha1.SchemeGroupVersion.Version] = resources
	group.NegotiatedSerializer = textSerializer{group.NegotiatedSerializer}
	return generic.InstallAPIGroup(&group)
}

// Run serves until ctx ends and every request has been answered; no goroutine of the storage is left then.
func (s *Server) Run(ctx context.Context) error {
	// The storage outlives the requests that are being answered when ctx ends.
	backendCtx, stop := context.WithCancel(context.WithoutCancel(ctx))
	s.events.start()
	var running sync.WaitGroup
	running.Go(func() { s.backend.Run(backendCtx) })
	running.Go(func() { s.operators.Run(backendCtx) })
	running.Go(func() { s.endSessions(ctx, backendCtx) })
	running.Go(func() { s.tellReadiness(backendCtx) })
	// Another replica binds roles as soon as this one is told to stop.
	grantsCtx, stopGrants := context.WithCancel(ctx)
	running.Go(func() { s.bindRoles(grantsCtx) })
	err := s.Generic.PrepareRun().RunWithContext(ctx)
	stopGrants()
	stop()
	running.Wait()
	s.events.stop()
	if err == nil { // else the informers may not have been told to stop
		s.informers.Shutdown()
	}
	s.closeConnections()
	return err
}

// bindRoles keeps the Roles and RoleBindings of workspaces until ctx ends, unless that is left to administrators.
func (s *Server) bindRoles(ctx context.Context) {
	if s.grants.LeaseNamespace == "" {
		return
	}
	if err := grants.Run(ctx, s.grants); err != nil {
		klog.ErrorS(err, "The roles of workspaces are not bound")
	}
}

// closeConnections ends the connections to kube-apiserver that nobody uses any more.
func (s *Server) closeConnections() {
	if transport, err := restclient.TransportFor(s.client); err == nil {
		utilnet.CloseIdleConnectionsFor(transport)
	}
}

// tellReadiness logs when the server becomes ready or unready, and why: the health endpoint withholds the reason.
func (s *Server) tellReadiness(ctx context.Context) {
	told := "never"
	wait.UntilWithContext(ctx, func(context.Context) {
		reason := ""
		if err := s.backend.Ready(); err != nil {
			reason = err.Error()
		}
		switch {
		case reason == told:
		case reason == "":
			klog.InfoS("Ready")
		default:
			klog.InfoS("Not ready", "reason", reason)
		}
		told = reason
	}, time.Second)
}
