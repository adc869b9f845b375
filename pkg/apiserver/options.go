package apiserver

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"time"

	utilerrors "k8s.io/apimachinery/pkg/util/errors"
	"k8s.io/apimachinery/pkg/util/validation"
	genericoptions "k8s.io/apiserver/pkg/server/options"
	"k8s.io/client-go/tools/clientcmd"
	cliflag "k8s.io/component-base/cli/flag"

	"github.com/eoepca/workspaces/pkg/apis/eoepca/install"
	"github.com/eoepca/workspaces/pkg/apis/eoepca/v1alpha1"
)

// Options are everything that the server can be told.
type Options struct {
	// Recommended are k8s.io/apiserver's own: serving, authentication, authorization, audit, admission, features.
	Recommended *genericoptions.RecommendedOptions
	// Settings are the operator's decisions about workspaces.
	Settings Settings
	// FenceNamespace holds the objects by which the server proves that its streams are up to date; empty for none.
	FenceNamespace string
	// LeaseNamespace holds the Lease of the replica that binds the roles of workspaces; empty for none.
	LeaseNamespace string
	// ShutdownDelay is how long the server goes on serving, unready, when it is told to stop.
	ShutdownDelay time.Duration
}

// NewOptions returns the options of a server that is told nothing.
func NewOptions() *Options {
	recommended := genericoptions.NewRecommendedOptions("", install.Codecs.LegacyCodec(v1alpha1.SchemeGroupVersion))
	// The parts are the storage: there is no etcd of our own.
	recommended.Etcd = nil
	recommended.EgressSelector = nil
	recommended.SecureServing.BindPort = 6443
	// Without files the self-signed certificate stays in memory: the root file system may be read-only.
	recommended.SecureServing.ServerCert.CertDirectory = ""
	// A role that was granted or taken away has effect within seconds.
	recommended.Authorization.AllowCacheTTL = 5 * time.Second
	recommended.Authorization.DenyCacheTTL = time.Second
	// Every request has passed kube-apiserver's priority and fairness already; queueing twice under rules that were
	// made for one would need more permissions and only add delay.
	recommended.Features.EnablePriorityAndFairness = false
	heedQuotas(recommended)
	return &Options{
		Recommended:    recommended,
		Settings:       defaultSettings(),
		FenceNamespace: "eoepca-fence",
		LeaseNamespace: "workspaces-system",
	}
}

// AddFlags registers all flags, grouped for the help text.
func (o *Options) AddFlags(flags *cliflag.NamedFlagSets) {
	workspaces := flags.FlagSet("workspaces")
	o.Settings.addFlags(workspaces)
	workspaces.StringVar(&o.FenceNamespace, "fence-namespace", o.FenceNamespace,
		"Namespace of the paused objects by which the server proves that its streams are up to date. Empty for none: watches are then 1-2 s late.")
	workspaces.StringVar(&o.LeaseNamespace, "lease-namespace", o.LeaseNamespace,
		"Namespace of the Lease whose holder binds roles to the owner, the members and the groups of each workspace. Empty for none: they are then bound by hand.")
	o.Recommended.CoreAPI.AddFlags(flags.FlagSet("kube-apiserver"))
	serving := flags.FlagSet("serving")
	o.Recommended.SecureServing.AddFlags(serving)
	serving.DurationVar(&o.ShutdownDelay, "shutdown-delay-duration", o.ShutdownDelay,
		"How long to go on serving, while /readyz fails, after being told to stop: as long as it takes until no new requests are sent here.")
	o.Recommended.Authentication.AddFlags(flags.FlagSet("authentication"))
	o.Recommended.Authorization.AddFlags(flags.FlagSet("authorization"))
	o.Recommended.Audit.AddFlags(flags.FlagSet("audit"))
	o.Recommended.Admission.AddFlags(flags.FlagSet("admission"))
	o.Recommended.Features.AddFlags(flags.FlagSet("features"))
	o.Recommended.Traces.AddFlags(flags.FlagSet("traces"))
}

// complete lets delegated authentication and authorization use the kubeconfig of the parts unless they have their own.
func (o *Options) complete() {
	kubeconfig := o.Recommended.CoreAPI.CoreAPIKubeconfigPath
	if o.Recommended.Authentication.RemoteKubeConfigFile == "" {
		o.Recommended.Authentication.RemoteKubeConfigFile = kubeconfig
	}
	if o.Recommended.Authorization.RemoteKubeConfigFile == "" {
		o.Recommended.Authorization.RemoteKubeConfigFile = kubeconfig
	}
}

// Validate finds what would keep the server from starting; each error names the flag, its value and what is accepted.
func (o *Options) Validate() error {
	errs := o.Recommended.Validate()
	if o.ShutdownDelay < 0 {
		errs = append(errs, fmt.Errorf("invalid value %q for --shutdown-delay-duration: want 0 or more", o.ShutdownDelay))
	}
	for flag, namespace := range map[string]string{"fence-namespace": o.FenceNamespace, "lease-namespace": o.LeaseNamespace} {
		if namespace == "" {
			continue
		}
		for _, problem := range validation.IsDNS1123Label(namespace) {
			errs = append(errs, fmt.Errorf("invalid value %q for --%s: %s", namespace, flag, problem))
		}
	}
	if o.Settings.TokenEndpoint != "" && o.Settings.TokenAudience == "" {
		errs = append(errs, errors.New(`invalid value "" for --token-audience: want whom tokens are for, as the OAuth server names it`))
	}
	kubeconfigs := []struct{ flag, file string }{
		{"kubeconfig", o.Recommended.CoreAPI.CoreAPIKubeconfigPath},
		{"authentication-kubeconfig", o.Recommended.Authentication.RemoteKubeConfigFile},
		{"authorization-kubeconfig", o.Recommended.Authorization.RemoteKubeConfigFile},
	}
	for i, kubeconfig := range kubeconfigs {
		if kubeconfig.file == "" || i > 0 && kubeconfig.file == kubeconfigs[0].file {
			continue
		}
		if _, err := clientcmd.LoadFromFile(kubeconfig.file); err != nil {
			errs = append(errs, fmt.Errorf("invalid value %q for --%s: want a kubeconfig file: %w", kubeconfig.file, kubeconfig.flag, err))
		}
	}
	if err := checkCertificate(o.Recommended.SecureServing.ServerCert.CertKey); err != nil {
		errs = append(errs, err)
	}
	return utilerrors.NewAggregate(errs)
}

// checkCertificate refuses what kube-apiserver would refuse later, and say less clearly.
func checkCertificate(files genericoptions.CertKey) error {
	if files.CertFile == "" && files.KeyFile == "" {
		return nil
	}
	pair, err := tls.LoadX509KeyPair(files.CertFile, files.KeyFile)
	if err != nil {
		return fmt.Errorf("invalid values %q for --tls-cert-file and %q for --tls-private-key-file: want a certificate and its key in PEM: %w",
			files.CertFile, files.KeyFile, err)
	}
	if expired := pair.Leaf.NotAfter; time.Now().After(expired) {
		return fmt.Errorf("invalid value %q for --tls-cert-file: the certificate expired at %s: renew it", files.CertFile, expired.Format(time.RFC3339))
	}
	return nil
}

// Run starts a server with these options and returns when it has ended.
func (o *Options) Run(ctx context.Context) error {
	o.complete()
	if err := o.Validate(); err != nil {
		return err
	}
	config, err := o.Config(ctx)
	if err != nil {
		// Being told to stop while kube-apiserver is awaited is no failure.
		if ctx.Err() != nil {
			return nil
		}
		return err
	}
	server, err := config.Complete().New()
	if err != nil {
		return err
	}
	return server.Run(ctx)
}
