package cmd

import (
	"context"
	"maps"
	"slices"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	clientcmdapi "k8s.io/client-go/tools/clientcmd/api"

	"github.com/eoepca/workspaces/pkg/kubectl/util"
)

// files are the flags that name a file or a folder: the shell completes them.
var files = []string{"kubeconfig", "certificate-authority", "client-certificate", "client-key", "cache-dir", "template"}

// namesFile says whether the shell completes the flag to files: those above, and what cobra's MarkFlagFilename and
// MarkFlagDirname have marked.
func namesFile(flag *pflag.Flag) bool {
	return slices.Contains(files, flag.Name) ||
		flag.Annotations[cobra.BashCompFilenameExt] != nil || flag.Annotations[cobra.BashCompSubdirsInDir] != nil
}

// choices are the values of flags that kubectl's own code binds, and leaves without completion.
var choices = map[string][]string{
	"dry-run": {"none", "client", "server"},
	"cascade": {"background", "foreground", "orphan"},
}

// completeFlags completes the command's flags that nobody has completed: by their choices, else to nothing, where a shell would
// offer files.
func completeFlags(cmd *cobra.Command) {
	cmd.LocalFlags().VisitAll(func(flag *pflag.Flag) {
		if _, set := cmd.GetFlagCompletionFunc(flag.Name); !set && !namesFile(flag) {
			cobra.CheckErr(cmd.RegisterFlagCompletionFunc(flag.Name, cobra.FixedCompletions(choices[flag.Name], cobra.ShellCompDirectiveNoFileComp)))
		}
	})
}

// completeConnection completes kubectl's own flags, which kubectl leaves to its plugins.
func completeConnection(f *util.Factory, root *cobra.Command) {
	fromKubeconfig := func(names func(clientcmdapi.Config) []string) cobra.CompletionFunc {
		return func(_ *cobra.Command, _ []string, toComplete string) ([]cobra.Completion, cobra.ShellCompDirective) {
			config, err := f.Config.ToRawKubeConfigLoader().RawConfig()
			if err != nil {
				return nil, cobra.ShellCompDirectiveNoFileComp
			}
			return util.Offer(names(config), nil, toComplete), cobra.ShellCompDirectiveNoFileComp
		}
	}
	for flag, complete := range map[string]cobra.CompletionFunc{
		"context": fromKubeconfig(func(c clientcmdapi.Config) []string { return slices.Collect(maps.Keys(c.Contexts)) }),
		"cluster": fromKubeconfig(func(c clientcmdapi.Config) []string { return slices.Collect(maps.Keys(c.Clusters)) }),
		"user":    fromKubeconfig(func(c clientcmdapi.Config) []string { return slices.Collect(maps.Keys(c.AuthInfos)) }),
		"namespace": func(cmd *cobra.Command, _ []string, toComplete string) ([]cobra.Completion, cobra.ShellCompDirective) {
			return util.Offer(namespaces(cmd.Context(), f), nil, toComplete), cobra.ShellCompDirectiveNoFileComp
		},
	} {
		cobra.CheckErr(root.RegisterFlagCompletionFunc(flag, complete))
	}
}

// namespaces are those of the cluster, for whom may list them, and those of the workspaces that the user sees for all others.
func namespaces(ctx context.Context, f *util.Factory) (names []string) {
	ctx, cancel := context.WithTimeout(ctx, 3*time.Second)
	defer cancel()
	cached := metav1.ListOptions{ResourceVersion: "0"}
	if client, err := f.Kubernetes(); err == nil {
		if list, err := client.CoreV1().Namespaces().List(ctx, cached); err == nil {
			for _, namespace := range list.Items {
				names = append(names, namespace.Name)
			}
			return names
		}
	}
	if client, err := f.Clientset(); err == nil {
		if list, err := client.EoepcaV1alpha1().Workspaces(metav1.NamespaceAll).List(ctx, cached); err == nil {
			for _, ws := range list.Items {
				names = append(names, ws.Namespace)
			}
		}
	}
	return names
}
