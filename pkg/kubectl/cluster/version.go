package cluster

import (
	"context"
	"fmt"
	"runtime"
	"runtime/debug"

	"github.com/spf13/cobra"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	utilversion "k8s.io/apimachinery/pkg/util/version"
	"k8s.io/kubectl/pkg/util/templates"

	"github.com/eoepca/workspaces/pkg/kubectl/util"
)

var versionExample = templates.Examples(`
	# The versions of the plugin, of the server of workspaces and of Kubernetes
	kubectl workspace version

	# Of the plugin alone, without asking a server
	kubectl workspace version --client -o json`)

// versions are those of everything that takes part.
type versions struct {
	Client     build  `json:"clientVersion"`
	Server     string `json:"serverVersion,omitempty"`
	Kubernetes string `json:"kubernetesVersion,omitempty"`
	// Remark says why the server's is missing.
	Remark string `json:"remark,omitempty"`
}

// build is what the plugin was built from.
type build struct {
	Version  string `json:"version"`
	Revision string `json:"revision,omitempty"`
	Go       string `json:"goVersion"`
	Platform string `json:"platform"`
}

type versionOptions struct {
	*util.Factory
	output util.DataFlag
	client bool
}

// NewVersionCommand tells the versions.
func NewVersionCommand(f *util.Factory) *cobra.Command {
	o := &versionOptions{Factory: f}
	cmd := &cobra.Command{
		Use:   "version",
		Short: "Tell the versions of the plugin and of the server",
		Long: util.Long(
			"Tell the versions of the plugin, of the server of workspaces and of Kubernetes. Plugin and server work together when their " +
				"versions are at most one minor version apart."),
		Example:           versionExample,
		Args:              util.Args(cobra.NoArgs),
		ValidArgsFunction: cobra.NoFileCompletions,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := o.output.Complete(cmd); err != nil {
				return err
			}
			return o.run(cmd.Context())
		},
	}
	cmd.Flags().BoolVar(&o.client, "client", o.client, "Tell the version of the plugin alone.")
	o.output.AddTo(cmd)
	return cmd
}

func (o *versionOptions) run(ctx context.Context) error {
	v := versions{Client: thisBuild()}
	var unreachable error
	if !o.client {
		unreachable = v.ask(ctx, o.Factory)
	}
	if err := o.print(v); err != nil {
		return err
	}
	if skew := v.skew(); skew != "" {
		o.Progressf("warning: %s", skew)
	}
	return unreachable
}

// ask asks both servers. That there are no workspaces is a remark, that there is no cluster an error.
func (v *versions) ask(ctx context.Context, f *util.Factory) error {
	c, err := connect(f)
	if err != nil {
		return err
	}
	info, err := c.kubernetesVersion(ctx)
	if err != nil {
		return err
	}
	v.Kubernetes = info.GitVersion
	if v.Server, err = c.serverVersion(ctx); apierrors.IsNotFound(err) {
		v.Remark = "the cluster serves no workspaces"
	} else if err != nil {
		v.Remark = reason(err)
	}
	return nil
}

func (o *versionOptions) print(v versions) error {
	if written, err := o.output.Print(o.Out, v); written {
		return err
	}
	fmt.Fprintf(o.Out, "Client Version: %s\n", v.Client.Version)
	if v.Remark != "" {
		fmt.Fprintf(o.Out, "Server Version: unknown (%s)\n", v.Remark)
	} else if v.Server != "" {
		fmt.Fprintf(o.Out, "Server Version: %s\n", v.Server)
	}
	if v.Kubernetes != "" {
		fmt.Fprintf(o.Out, "Kubernetes Version: %s\n", v.Kubernetes)
	}
	return nil
}

// skew says that plugin and server are too far apart; empty where they are not, or nobody can tell.
func (v *versions) skew() string {
	client, err := utilversion.ParseGeneric(v.Client.Version)
	if err != nil || unreleased(client) {
		return ""
	}
	server, err := utilversion.ParseGeneric(v.Server)
	if err != nil || unreleased(server) {
		return ""
	}
	apart := int(client.Minor()) - int(server.Minor())
	if client.Major() == server.Major() && -1 <= apart && apart <= 1 {
		return ""
	}
	which := "newer"
	if client.LessThan(server) {
		which = "older"
	}
	return fmt.Sprintf("the plugin (%s) is more than one minor version %s than the server (%s): install the plugin of the server's version",
		v.Client.Version, which, v.Server)
}

// unreleased versions stand for any.
func unreleased(v *utilversion.Version) bool { return v.Major() == 0 && v.Minor() == 0 }

// thisBuild is what the Go toolchain has recorded of the plugin.
func thisBuild() build {
	b := build{Version: "unknown", Go: runtime.Version(), Platform: runtime.GOOS + "/" + runtime.GOARCH}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return b
	}
	if info.Main.Version != "" {
		b.Version = info.Main.Version
	}
	for _, setting := range info.Settings {
		if setting.Key == "vcs.revision" {
			b.Revision = setting.Value
		}
	}
	return b
}

// reason is why something is not known, in a few words.
func reason(err error) string {
	switch {
	case apierrors.IsForbidden(err):
		return "not allowed"
	case apierrors.IsNotFound(err):
		return "not found"
	case apierrors.IsServiceUnavailable(err):
		return "the server of workspaces is away"
	}
	return err.Error()
}
