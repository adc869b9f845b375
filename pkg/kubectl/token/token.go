// Package token holds the command that has the server issue an OAuth token of a workspace. Nothing here logs or stores tokens.
package token

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/spf13/cobra"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	clientauthv1 "k8s.io/client-go/pkg/apis/clientauthentication/v1"
	"k8s.io/kubectl/pkg/util/templates"

	"github.com/eoepca/workspaces/pkg/apis/eoepca/v1alpha1"
	"github.com/eoepca/workspaces/pkg/kubectl/util"
)

// formatExecCredential is what Kubernetes' clients expect of a credential plugin.
const formatExecCredential = "exec-credential"

var example = templates.Examples(`
	# Call a service as the workspace
	curl -H "Authorization: Bearer $(kubectl workspace token --workspace ws-alice)" https://catalogue.example.org/

	# With all that the issuer says of it
	kubectl workspace token --workspace ws-alice -o yaml

	# As the credential plugin of a kubeconfig's user
	kubectl workspace token --workspace ws-alice -o exec-credential`)

type options struct {
	*util.Factory
	workspace util.WorkspaceFlag
	object    *util.ObjectFlags
}

// NewCommand is "token".
func NewCommand(f *util.Factory) *cobra.Command {
	o := &options{Factory: f, object: util.NewObjectFlags(formatExecCredential)}
	cmd := &cobra.Command{
		Use:   "token",
		Short: "Have an OAuth token of a workspace issued, and print it",
		Long: util.Long(
			"Have the server issue an OAuth access token of a workspace, and print it: by default the token alone, as " +
				"\"kubectl create token\" does. How long it is valid is the issuer's choice; -o yaml shows it. It is stored nowhere."),
		Example:           example,
		Args:              util.Args(cobra.NoArgs),
		ValidArgsFunction: cobra.NoFileCompletions,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := o.workspace.Complete(o.Factory, cmd); err != nil {
				return err
			}
			if err := o.object.Complete(cmd); err != nil {
				return err
			}
			return o.run(cmd.Context())
		},
	}
	o.workspace.AddTo(f, cmd)
	o.object.AddTo(cmd)
	return cmd
}

func (o *options) run(ctx context.Context) error {
	client, err := o.Workspaces()
	if err != nil {
		return err
	}
	request := &v1alpha1.WorkspaceToken{ObjectMeta: metav1.ObjectMeta{Name: o.workspace.Name}}
	token, err := client.CreateToken(util.WithoutBodies(ctx), o.workspace.Name, request, metav1.CreateOptions{})
	switch {
	case err != nil:
		return err
	case token.Status.AccessToken == "":
		return util.Errorf(util.ExitError, "the server has issued no token for workspace %q", o.workspace.Name)
	case !o.object.Own():
		return o.object.PrintObj(token, o.Out)
	case o.object.Format() == formatExecCredential:
		return o.printExecCredential(token)
	}
	_, err = fmt.Fprintln(o.Out, token.Status.AccessToken)
	return err
}

func (o *options) printExecCredential(token *v1alpha1.WorkspaceToken) error {
	return json.NewEncoder(o.Out).Encode(&clientauthv1.ExecCredential{
		TypeMeta: metav1.TypeMeta{APIVersion: clientauthv1.SchemeGroupVersion.String(), Kind: "ExecCredential"},
		Status: &clientauthv1.ExecCredentialStatus{
			Token: token.Status.AccessToken, ExpirationTimestamp: token.Status.ExpirationTimestamp,
		},
	})
}
