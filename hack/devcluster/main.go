// Command devcluster runs a cluster for development on this machine alone: a real control plane, a real S3 server, our
// server, and one simulation in the place of the Crossplane providers. It is a module of its own, so that what it needs
// never becomes a dependency of the products.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"

	"github.com/spf13/cobra"
	"k8s.io/client-go/tools/clientcmd"

	"github.com/eoepca/workspaces/hack/devcluster/internal/cluster"
	"github.com/eoepca/workspaces/hack/devcluster/internal/devprovider"
	"github.com/eoepca/workspaces/hack/devcluster/internal/tools"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := command().ExecuteContext(ctx); err != nil {
		fmt.Fprintln(os.Stderr, "error:", err)
		os.Exit(1)
	}
}

func command() *cobra.Command {
	layout := &cluster.Layout{}
	root := &cobra.Command{
		Use: "devcluster", Short: "A cluster for development, on this machine alone",
		SilenceUsage: true, SilenceErrors: true,
		PersistentPreRunE: func(*cobra.Command, []string) (err error) {
			layout.Root, err = filepath.Abs(layout.Root)
			return err
		},
	}
	root.PersistentFlags().StringVar(&layout.Root, "root", ".", "folder of the checkout")
	root.AddCommand(
		&cobra.Command{
			Use: "tools", Short: "Build etcd, kube-apiserver, kube-controller-manager and kubectl, once", Args: cobra.NoArgs,
			RunE: func(c *cobra.Command, _ []string) error { return tools.Build(c.Context(), layout.Root, os.Stdout) },
		},
		&cobra.Command{
			Use: "up", Short: "Start the cluster", Args: cobra.NoArgs,
			RunE: func(c *cobra.Command, _ []string) error { return layout.Up(c.Context(), os.Stdout) },
		},
		&cobra.Command{
			Use: "down", Short: "Stop the cluster", Args: cobra.NoArgs,
			RunE: func(c *cobra.Command, _ []string) error { return layout.Down(c.Context(), os.Stdout) },
		},
		&cobra.Command{
			Use: "status", Short: "Tell how the cluster is", Args: cobra.NoArgs,
			RunE: func(*cobra.Command, []string) error { return layout.Status(os.Stdout) },
		},
		&cobra.Command{
			Use: "supervise", Hidden: true, Args: cobra.NoArgs,
			RunE: func(c *cobra.Command, _ []string) error { return layout.Supervise(c.Context()) },
		},
		devproviderCommand(),
	)
	return root
}

func devproviderCommand() *cobra.Command {
	var kubeconfig string
	o := devprovider.Options{Retry: time.Second}
	c := &cobra.Command{
		Use: "devprovider", Short: "Play the Crossplane providers: the one simulation of the cluster", Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			config, err := clientcmd.BuildConfigFromFlags("", kubeconfig)
			if err != nil {
				return err
			}
			config.QPS = -1
			return devprovider.Run(c.Context(), config, o)
		},
	}
	c.Flags().StringVar(&kubeconfig, "kubeconfig", "", "how to reach the cluster")
	c.Flags().StringVar(&o.Dir, "dir", "", "folder of the S3 server's data")
	c.Flags().StringVar(&o.S3Address, "s3-address", "127.0.0.1:17070", "address of the S3 server")
	c.Flags().StringVar(&o.SessionsAddress, "sessions-address", "127.0.0.1:17080", "address of the session pages")
	c.Flags().StringVar(&o.Region, "s3-region", "us-east-1", "region of the S3 server")
	c.Flags().DurationVar(&o.Delay, "delay", 2*time.Second, "how long things take to become ready, and to go")
	return c
}
