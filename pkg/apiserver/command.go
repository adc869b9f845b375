package apiserver

import (
	"context"
	"fmt"
	"os"
	"runtime/debug"

	"github.com/spf13/cobra"
	utilruntime "k8s.io/apimachinery/pkg/util/runtime"
	utilfeature "k8s.io/apiserver/pkg/util/feature"
	cliflag "k8s.io/component-base/cli/flag"
	"k8s.io/component-base/logs"
	logsapi "k8s.io/component-base/logs/api/v1"
	_ "k8s.io/component-base/logs/json/register"           // --logging-format=json
	_ "k8s.io/component-base/metrics/prometheus/clientgo"  // metrics of our requests to kube-apiserver, and of the Lease
	_ "k8s.io/component-base/metrics/prometheus/version"   // the metric build_info
	_ "k8s.io/component-base/metrics/prometheus/workqueue" // metrics of the admission plugins' queues
	"k8s.io/component-base/term"
)

// name is what the program calls itself.
const name = "workspaces-apiserver"

func init() {
	utilruntime.Must(logsapi.AddFeatureGates(utilfeature.DefaultMutableFeatureGate))
}

// Execute runs the program until ctx ends, and returns its exit code. An error is one line on standard error.
func Execute(ctx context.Context) int {
	defer logs.FlushLogs()
	if err := NewCommand(ctx).Execute(); err != nil {
		fmt.Fprintf(os.Stderr, "%s: %v\n", name, err)
		return 1
	}
	return 0
}

// NewCommand returns the server as a command that runs until ctx ends.
func NewCommand(ctx context.Context) *cobra.Command {
	options := NewOptions()
	logging := logs.NewOptions()
	cmd := &cobra.Command{
		Use:   name,
		Short: "Serve workspaces.eoepca.org as a native Kubernetes API",
		Long: `Serve workspaces.eoepca.org as a native Kubernetes API, aggregated into kube-apiserver.

A Workspace is composed of one Storage and one Datalab of the same namespace and name; nothing else is stored.`,
		Version:       version(),
		Args:          cobra.NoArgs,
		SilenceUsage:  true,
		SilenceErrors: true,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := fromEnvironment(cmd.Flags(), os.LookupEnv); err != nil {
				return err
			}
			if err := logsapi.ValidateAndApply(logging, utilfeature.DefaultFeatureGate); err != nil {
				return err
			}
			return options.Run(ctx)
		},
	}
	var flags cliflag.NamedFlagSets
	options.AddFlags(&flags)
	logsapi.AddFlags(logging, flags.FlagSet("logging"))
	utilfeature.DefaultMutableFeatureGate.AddFlag(flags.FlagSet("features"))
	for _, set := range flags.FlagSets {
		cmd.Flags().AddFlagSet(set)
	}
	cmd.Flags().SetNormalizeFunc(cliflag.WordSepNormalizeFunc)
	columns, _, _ := term.TerminalSize(cmd.OutOrStdout())
	cliflag.SetUsageAndHelpFunc(cmd, flags, columns)
	return cmd
}

// version is that of the module, as the Go toolchain recorded it.
func version() string {
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" {
		return info.Main.Version
	}
	return "unknown"
}
