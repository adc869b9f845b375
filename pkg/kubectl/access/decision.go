package access

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/eoepca/workspaces/pkg/apis/eoepca/v1alpha1"
	"github.com/eoepca/workspaces/pkg/kubectl/util"
)

// decision is what grant, deny and revoke have in common: they decide who may use one bucket of the workspace.
type decision struct {
	*util.Change
	bucket string
	// grantees are as the user names them, until they are resolved.
	grantees []string
	all      bool
	// decided says for whom something has changed, and how.
	decided []string
}

func newDecision(f *util.Factory, workspace *util.WorkspaceFlag, operation string) *decision {
	return &decision{Change: util.NewChange(f, workspace, util.SectionAccess, operation)}
}

// addFlags binds --to, or as revoke calls it --from, and --all.
func (d *decision) addFlags(cmd *cobra.Command, flag, whom, all string, complete func(*v1alpha1.WorkspaceSharing, []string) []string) {
	cmd.Flags().StringSliceVar(&d.grantees, flag, d.grantees,
		whom+": the principal of a workspace, or the workspace's name; several with commas, or by giving the flag several times.")
	cmd.Flags().BoolVar(&d.all, "all", d.all, all)
	cobra.CheckErr(cmd.RegisterFlagCompletionFunc(flag, completeShared(d.Factory, d.Workspace, complete)))
	d.AddFlags(cmd, false)
}

func (d *decision) complete(cmd *cobra.Command, args []string, flag string) error {
	switch {
	case len(args) != 1:
		return util.UsageErrorf(cmd, "give exactly one BUCKET, not %d", len(args))
	case d.all && len(d.grantees) > 0:
		return util.UsageErrorf(cmd, "give --%s or --all, not both", flag)
	case !d.all && len(d.grantees) == 0:
		return util.UsageErrorf(cmd, "who? give --%s PRINCIPAL, or --all", flag)
	case slices.Contains(d.grantees, ""):
		return util.UsageErrorf(cmd, "--%s: give a principal, not an empty one", flag)
	}
	d.bucket = args[0]
	return d.Complete(cmd)
}

// resolve finds the principals that are meant: those of the requests that wait, with --all.
func (d *decision) resolve(ctx context.Context) error {
	sharing, err := d.Client.GetSharing(ctx, d.Workspace.Name, metav1.GetOptions{})
	if err != nil {
		return err
	}
	if !d.all {
		return d.principals(sharing)
	}
	for _, share := range sharing.Incoming {
		if share.Bucket == d.bucket && share.State == v1alpha1.ShareRequested {
			d.grantees = append(d.grantees, share.Grantee)
		}
	}
	return nil
}

// principals takes the names of workspaces that ask for the bucket, or have asked for any, for their principals. Any other
// name is taken for a principal: what is wrong with it is the server's to say.
func (d *decision) principals(sharing *v1alpha1.WorkspaceSharing) error {
	for i, name := range d.grantees {
		var known []string
		for _, share := range sharing.Incoming {
			if share.Grantee == name {
				known = []string{name}
				break
			}
			if share.Workspace == name && !slices.Contains(known, share.Grantee) {
				known = append(known, share.Grantee)
			}
		}
		switch len(known) {
		case 0:
		case 1:
			d.grantees[i] = known[0]
		default:
			return util.Errorf(util.ExitUsage, "several workspaces are named %q: give the principal of the one you mean, %s", name, strings.Join(known, " or "))
		}
	}
	return nil
}

// edit changes the grants of the bucket, each grantee's by change. A nil grant is none.
func (d *decision) edit(ctx context.Context, change func(was *v1alpha1.AccessGrant, grantee string) (is *v1alpha1.AccessGrant, told string)) (*v1alpha1.Workspace, error) {
	return d.Edit(ctx, func(ws *v1alpha1.Workspace) error {
		if err := ownBucket(ws, d.bucket); err != nil {
			return err
		}
		d.decided = nil
		for _, grantee := range d.grantees {
			grants := ws.Spec.Storage.AccessGrants
			at := slices.IndexFunc(grants, func(g v1alpha1.AccessGrant) bool { return g.Bucket == d.bucket && g.Grantee == grantee })
			var was *v1alpha1.AccessGrant
			if at >= 0 {
				was = grants[at].DeepCopy()
			}
			is, told := change(was, grantee)
			switch {
			case was == nil && is == nil, was != nil && is != nil && was.Permission == is.Permission:
				continue
			case is == nil:
				grants = slices.Delete(grants, at, at+1)
			case was == nil:
				grants = append(grants, *is)
			default:
				grants[at] = *is
			}
			ws.Spec.Storage.AccessGrants = grants
			d.decided = append(d.decided, told)
		}
		return nil
	})
}

// report says what was done.
func (d *decision) report(ctx context.Context, ws *v1alpha1.Workspace, operation string) error {
	return d.Report(ctx, ws, "bucket", operation+" "+strings.Join(d.decided, ", "), d.bucket)
}

// nobody tells that --all means nobody.
func (d *decision) nobody(what string) error {
	d.Progressf("There are no %s for the bucket %q.", what, d.bucket)
	return nil
}

// grantees of the shares of the bucket on the command line that are in one of the states.
func granteesIn(states ...v1alpha1.ShareState) func(*v1alpha1.WorkspaceSharing, []string) []string {
	return func(sharing *v1alpha1.WorkspaceSharing, args []string) []string {
		var names []string
		for _, share := range sharing.Incoming {
			if (len(args) == 0 || share.Bucket == args[0]) && slices.Contains(states, share.State) {
				names = append(names, share.Grantee)
			}
		}
		return names
	}
}

// permissionFlag is --permission.
type permissionFlag struct{ v1alpha1.Permission }

var permissions = []string{string(v1alpha1.PermissionReadOnly), string(v1alpha1.PermissionReadWrite), string(v1alpha1.PermissionWriteOnly)}

func (p *permissionFlag) String() string { return string(p.Permission) }
func (p *permissionFlag) Type() string   { return strings.Join(permissions, "|") }

// Set takes a permission in any case.
func (p *permissionFlag) Set(text string) error {
	for _, permission := range permissions {
		if strings.EqualFold(permission, text) {
			p.Permission = v1alpha1.Permission(permission)
			return nil
		}
	}
	return fmt.Errorf("give one of %s; the command \"deny\" gives none", strings.Join(permissions, ", "))
}
