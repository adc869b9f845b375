package access

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/spf13/cobra"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/kubectl/pkg/util/templates"

	"github.com/eoepca/workspaces/pkg/apis/eoepca/v1alpha1"
	"github.com/eoepca/workspaces/pkg/kubectl/util"
)

var grantExample = templates.Examples(`
	# Let another workspace read a bucket
	kubectl workspace access grant ws-alice-eo --to ws-bob --workspace ws-alice

	# Let it write too
	kubectl workspace access grant ws-alice-eo --to ws-bob --permission ReadWrite --workspace ws-alice

	# Let all read who have asked and wait for an answer
	kubectl workspace access grant ws-alice-eo --all --workspace ws-alice`)

type grantOptions struct {
	*decision
	permission permissionFlag
	// explicit says that the user asks for the permission, and not only for access.
	explicit bool
	// widened are the permissions of those who had fewer before.
	widened map[string]v1alpha1.Permission
}

func newGrantCommand(f *util.Factory, workspace *util.WorkspaceFlag) *cobra.Command {
	o := &grantOptions{decision: newDecision(f, workspace, "granted"), permission: permissionFlag{v1alpha1.PermissionReadOnly}, widened: map[string]v1alpha1.Permission{}}
	cmd := &cobra.Command{
		Use:   "grant BUCKET (--to PRINCIPAL... | --all)",
		Short: "Grant others access to a bucket",
		Long: util.Long(
			"Grant other workspaces access to a bucket of this one. It takes effect when they ask for the bucket, if they have not done so. " +
				"Who has access already keeps his permission, unless --permission is given. WriteOnly includes listing and deleting."),
		Example:           grantExample,
		ValidArgsFunction: workspace.CompleteItems(f, 1, buckets),
		RunE: func(cmd *cobra.Command, args []string) error {
			o.explicit = cmd.Flags().Changed("permission")
			if err := o.complete(cmd, args, "to"); err != nil {
				return err
			}
			return o.run(cmd.Context())
		},
	}
	cmd.Flags().Var(&o.permission, "permission", "What they may do.")
	cobra.CheckErr(cmd.RegisterFlagCompletionFunc("permission", cobra.FixedCompletions(permissions, cobra.ShellCompDirectiveNoFileComp)))
	o.addFlags(cmd, "to", "Whom to grant it", "Grant it to all whose requests wait for an answer.",
		granteesIn(v1alpha1.ShareRequested, v1alpha1.ShareDenied))
	return cmd
}

func (o *grantOptions) run(ctx context.Context) error {
	if err := o.resolve(ctx); err != nil {
		return err
	}
	ws, err := o.edit(ctx, o.grant)
	if err != nil {
		return err
	}
	if len(o.grantees) == 0 {
		return o.nobody("requests that wait")
	}
	for _, grantee := range slices.Sorted(maps.Keys(o.widened)) {
		o.Progressf("Warning: this widens what %s may do with %s from %s to %s%s", grantee, o.bucket, o.widened[grantee], o.permission.Permission, o.Remark())
	}
	if err := o.report(ctx, ws, "granted to"); err != nil || !o.Changed || o.NeverWritten() {
		return err
	}
	o.remark(ctx)
	return nil
}

// remark tells who has not asked. Of other obstacles the server has warned.
func (o *grantOptions) remark(ctx context.Context) {
	sharing, err := o.Client.GetSharing(ctx, o.Workspace.Name, metav1.GetOptions{})
	if err != nil {
		return // what was to be done is done
	}
	for _, share := range sharing.Incoming {
		if share.Bucket == o.bucket && slices.Contains(o.grantees, share.Grantee) && share.State == v1alpha1.ShareOffered {
			o.Progressf("%s has not asked for %s: %s", share.Grantee, share.Bucket, share.Message)
		}
	}
}

func (o *grantOptions) grant(was *v1alpha1.AccessGrant, grantee string) (*v1alpha1.AccessGrant, string) {
	told := fmt.Sprintf("%s (%s)", grantee, o.permission.Permission)
	if was == nil {
		return &v1alpha1.AccessGrant{Bucket: o.bucket, Grantee: grantee, Permission: o.permission.Permission}, told
	}
	denied := was.Permission == v1alpha1.PermissionNone
	if !denied && !o.explicit {
		return was, ""
	}
	is := was.DeepCopy()
	is.Permission = o.permission.Permission
	if !denied {
		told = fmt.Sprintf("%s (%s, was %s)", grantee, is.Permission, was.Permission)
	}
	if !denied && is.Permission == v1alpha1.PermissionReadWrite && was.Permission != is.Permission {
		o.widened[grantee] = was.Permission
	}
	return is, told
}
