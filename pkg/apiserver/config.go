package apiserver

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"time"

	"k8s.io/apimachinery/pkg/util/sets"
	openapinamer "k8s.io/apiserver/pkg/endpoints/openapi"
	genericapiserver "k8s.io/apiserver/pkg/server"
	genericfilters "k8s.io/apiserver/pkg/server/filters"
	utilcompatibility "k8s.io/apiserver/pkg/util/compatibility"
	"k8s.io/client-go/rest"

	"github.com/eoepca/workspaces/pkg/apis/eoepca/install"
	"github.com/eoepca/workspaces/pkg/generated/openapi"
)

// Config is everything that a server is made of.
type Config struct {
	Generic *genericapiserver.RecommendedConfig
	Extra   Extra
}

// Extra is what the generic server does not know of.
type Extra struct {
	Settings       Settings
	FenceNamespace string
	LeaseNamespace string
}

// Config prepares a server. It waits for kube-apiserver, which says whom to trust.
func (o *Options) Config(ctx context.Context) (*Config, error) {
	if err := o.Recommended.SecureServing.MaybeDefaultWithSelfSignedCerts("localhost", nil, []net.IP{net.IPv4(127, 0, 0, 1)}); err != nil {
		return nil, fmt.Errorf("make a serving certificate: %w", err)
	}
	generic := genericapiserver.NewRecommendedConfig(install.Codecs)
	generic.EffectiveVersion = utilcompatibility.DefaultBuildEffectiveVersion()
	generic.FeatureGate = o.Recommended.FeatureGate
	namer := openapinamer.NewDefinitionNamer(install.Scheme)
	generic.OpenAPIConfig = genericapiserver.DefaultOpenAPIConfig(openapi.GetOpenAPIDefinitions, namer)
	generic.OpenAPIConfig.Info.Title = "Workspaces"
	generic.OpenAPIConfig.PostProcessSpec = withoutKindsOfConnectionsV2
	generic.OpenAPIV3Config = genericapiserver.DefaultOpenAPIV3Config(openapi.GetOpenAPIDefinitions, namer)
	generic.OpenAPIV3Config.Info.Title = "Workspaces"
	// The one place where clients behind the aggregator find it: /version is kube-apiserver's own.
	generic.OpenAPIV3Config.Info.Version = version()
	generic.OpenAPIV3Config.PostProcessSpec = withoutKindsOfConnections
	// Parts that are missing or slow make the server unready; a restart would not help.
	generic.LivezGracePeriod = 10 * time.Minute
	generic.ShutdownDelayDuration = o.ShutdownDelay
	// Watches are ended when the server stops; else it would wait for clients to end them.
	generic.ShutdownWatchTerminationGracePeriod = 10 * time.Second
	// Requests to sessions last as long as their users like, as they do at kube-apiserver.
	generic.LongRunningFunc = genericfilters.BasicLongRunningRequestCheck(sets.NewString("watch"), sets.NewString("proxy"))
	generic.BuildHandlerChainFunc = func(handler http.Handler, config *genericapiserver.Config) http.Handler {
		return withUserAgent(withReadAhead(genericapiserver.DefaultBuildHandlerChain(withNoStore(handler), config)))
	}
	if err := o.awaitKubeAPIServer(ctx); err != nil {
		return nil, err
	}
	if err := o.Recommended.ApplyTo(generic); err != nil {
		return nil, err
	}
	if evaluator := generic.AuditPolicyRuleEvaluator; evaluator != nil {
		generic.AuditPolicyRuleEvaluator = withoutSecrets{evaluator}
	}
	return &Config{Generic: generic, Extra: Extra{
		Settings:       o.Settings,
		FenceNamespace: o.FenceNamespace,
		LeaseNamespace: o.LeaseNamespace,
	}}, nil
}

// CompletedConfig is a Config that can make a server.
type CompletedConfig struct {
	generic genericapiserver.CompletedConfig
	client  *rest.Config
	extra   Extra
}

// Complete fills in what follows from the rest.
func (c *Config) Complete() CompletedConfig {
	// kube-apiserver's priority and fairness decides how fast we may go.
	client := rest.CopyConfig(c.Generic.ClientConfig)
	client.QPS = -1
	client.UserAgent = rest.DefaultKubernetesUserAgent()
	return CompletedConfig{generic: c.Generic.Complete(), client: client, extra: c.Extra}
}
