package credentials

import (
	"context"
	"errors"

	"github.com/spf13/cobra"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/eoepca/workspaces/pkg/apis/eoepca/v1alpha1"
	"github.com/eoepca/workspaces/pkg/kubectl/util"
)

// NewCommand is the "credentials" noun.
func NewCommand(f *util.Factory) *cobra.Command {
	workspace := &util.WorkspaceFlag{}
	cmd := util.NewGroup("credentials", "Use the keys of a workspace: in a shell, in a program, or in a client's configuration")
	workspace.AddTo(f, cmd)
	cmd.AddCommand(newExportCommand(f, workspace), newExecCommand(f, workspace), newShellCommand(f, workspace),
		newConfigureCommand(f, workspace), newDockerHelperCommand(f, workspace))
	return cmd
}

// fetch reads the credentials at this moment. They are kept nowhere, and never logged.
func fetch(ctx context.Context, f *util.Factory, workspace string) (*v1alpha1.WorkspaceCredentials, error) {
	client, err := f.Workspaces()
	if err != nil {
		return nil, err
	}
	found, err := client.GetCredentials(util.WithoutBodies(ctx), workspace, metav1.GetOptions{})
	switch {
	case isMissing(err):
		return nil, notReady(err, workspace)
	case err != nil:
		return nil, err
	case found.Storage == nil && len(found.Env) == 0:
		return nil, notReady(errors.New("workspace \""+workspace+"\" has no credentials yet"), workspace)
	}
	return found, nil
}

// isMissing tells credentials that are still to be made from a workspace that does not exist.
func isMissing(err error) bool {
	var status apierrors.APIStatus
	return apierrors.IsNotFound(err) && errors.As(err, &status) && status.Status().Details != nil && status.Status().Details.Kind == "workspaces/credentials"
}

func notReady(err error, workspace string) error {
	return &util.CodedError{Code: util.ExitNotReady, Err: err, Hint: "kubectl wait --for=condition=StorageReady workspace/" + workspace}
}
