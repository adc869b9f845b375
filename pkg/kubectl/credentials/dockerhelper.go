package credentials

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"

	"github.com/docker/docker-credential-helpers/credentials"
	"github.com/spf13/cobra"
	"k8s.io/kubectl/pkg/util/templates"

	"github.com/eoepca/workspaces/pkg/kubectl/util"
)

// helperName is the helper as Docker's config.json names it, and dockerHelper the program that it calls for it.
const (
	helperName   = "kubectl-workspace"
	dockerHelper = "docker-credential-" + helperName
)

// Arguments are those of the plugin's command line. Called by the name of Docker's credential helper, it is that helper.
func Arguments(argv []string) []string {
	if strings.TrimSuffix(filepath.Base(argv[0]), ".exe") == dockerHelper {
		return append([]string{"credentials", "docker-helper"}, argv[1:]...)
	}
	return argv[1:]
}

// newDockerHelperCommand speaks Docker's protocol for helpers: an action as the argument, input and output as JSON, errors on stdout.
func newDockerHelperCommand(f *util.Factory, workspace *util.WorkspaceFlag) *cobra.Command {
	return &cobra.Command{
		Use:    "docker-helper ACTION",
		Hidden: true,
		Short:  "Answer Docker",
		Long:   util.Long("Answer Docker as its credential helper: get, list, store, erase and version."),
		Example: templates.Examples(`
			# What Docker asks
			echo registry.example.org | kubectl workspace credentials docker-helper get`),
		Args:              util.Args(cobra.ExactArgs(1)),
		ValidArgsFunction: cobra.NoFileCompletions,
		RunE: func(cmd *cobra.Command, args []string) error {
			helper := helper{f, workspace, cmd}
			err := credentials.HandleCommand(helper, args[0], f.In, f.Out)
			if err != nil {
				fmt.Fprintln(f.Out, err)
				return util.Answered(util.ExitError)
			}
			return nil
		},
	}
}

// helper answers for the registries of Docker's config.json.
type helper struct {
	*util.Factory
	workspace *util.WorkspaceFlag
	cmd       *cobra.Command
}

var errKeptNowhere = errors.New("the keys of this registry are those of a workspace, and kept nowhere: there is nothing to store or to erase; " +
	"its entries in credHelpers and plugins of Docker's config.json may be removed")

// Add implements credentials.Helper.
func (helper) Add(*credentials.Credentials) error { return errKeptNowhere }

// Delete implements credentials.Helper.
func (helper) Delete(string) error { return errKeptNowhere }

// Get implements credentials.Helper.
func (h helper) Get(server string) (user, secret string, err error) {
	registries, err := registeredHelpers(h.Factory)
	if err != nil {
		return "", "", err
	}
	flags, known := registries[registryHost(server)]
	if !known {
		return "", "", credentials.NewErrCredentialsNotFound()
	}
	if err := h.cmd.Flags().Parse(flags); err != nil {
		return "", "", err
	}
	if err := h.workspace.Complete(h.Factory, h.cmd); err != nil {
		return "", "", err
	}
	found, err := fetch(h.context(), h.Factory, h.workspace.Name)
	if err != nil {
		return "", "", err
	}
	if found.Registry == nil {
		return "", "", credentials.NewErrCredentialsNotFound()
	}
	return found.Registry.Username, found.Registry.Password, nil
}

// List implements credentials.Helper. It asks no server: who the user is at each registry is told by Get.
func (h helper) List() (map[string]string, error) {
	registries, err := registeredHelpers(h.Factory)
	users := make(map[string]string, len(registries))
	for registry := range registries {
		users[registry] = ""
	}
	return users, err
}

func (h helper) context() context.Context { return h.cmd.Context() }

// registryHost is the name of a registry as images have it, whatever else Docker puts around it.
func registryHost(server string) string {
	_, host, found := strings.Cut(server, "://")
	if !found {
		host = server
	}
	host, _, _ = strings.Cut(host, "/")
	return host
}
