package access

import (
	"context"
	"time"

	"github.com/spf13/cobra"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/kubectl/pkg/util/templates"

	"github.com/eoepca/workspaces/pkg/apis/eoepca/v1alpha1"
	typedv1alpha1 "github.com/eoepca/workspaces/pkg/generated/clientset/versioned/typed/eoepca/v1alpha1"
	"github.com/eoepca/workspaces/pkg/kubectl/util"
)

var listExample = templates.Examples(`
	# Who asks for the buckets of the workspace, and what it has made of it
	kubectl workspace access list --incoming --workspace ws-alice

	# What it asks of others, with what that waits for
	kubectl workspace access list --outgoing --workspace ws-alice -o wide

	# The requests that wait for an answer, for a script
	kubectl workspace access list --incoming -A -o jsonpath='{range .items[?(@.state=="Requested")]}{.bucket}{" "}{.grantee}{"\n"}{end}'`)

// The directions of shares.
const (
	incoming = "Incoming"
	outgoing = "Outgoing"
)

func newListCommand(f *util.Factory, workspace *util.WorkspaceFlag) *cobra.Command {
	var only struct{ incoming, outgoing bool }
	cmd := util.NewListCommand(f, workspace, util.ListSpec{
		Short: "List requests and grants",
		Long: "List what others ask of the buckets of a workspace and what the workspace asks of the buckets of others, with what " +
			"the owner of the bucket has made of it: Requested waits for him, Granted and Denied say what he decided, Offered is granted but " +
			"not requested, and Unresolved cannot take effect; -o wide says why.",
		Example: listExample,
		Kind:    "Share",
		Polled:  true,
		Complete: func(spec *util.ListSpec, _ *cobra.Command, _ []string) error {
			both := only.incoming == only.outgoing
			spec.Columns = columns(both, only.incoming)
			spec.Fetch = func(ctx context.Context, client typedv1alpha1.WorkspaceInterface, ws *v1alpha1.Workspace, now time.Time) ([]util.Row, error) {
				sharing, err := client.GetSharing(ctx, ws.Name, metav1.GetOptions{})
				if err != nil {
					return nil, err
				}
				var rows []util.Row
				if both || only.incoming {
					rows = append(rows, shareRows(incoming, sharing.Incoming, now, both)...)
				}
				if both || only.outgoing {
					rows = append(rows, shareRows(outgoing, sharing.Outgoing, now, both)...)
				}
				return rows, nil
			}
			return nil
		},
	})
	cmd.Flags().BoolVar(&only.incoming, "incoming", only.incoming, "List what concerns the buckets of the workspace.")
	cmd.Flags().BoolVar(&only.outgoing, "outgoing", only.outgoing, "List what concerns the buckets of others.")
	return cmd
}

func columns(both, requesters bool) []util.Column {
	other := "Owner"
	switch {
	case both:
		other = "With"
	case requesters:
		other = "Requester"
	}
	columns := []util.Column{
		{Name: "Bucket"}, {Name: other}, {Name: "Permission"}, {Name: "State"}, {Name: "Since"}, {Name: "Reason"},
		{Name: "Grantee", Wide: true}, {Name: "Message", Wide: true},
	}
	if both {
		columns = append([]util.Column{{Name: "Direction"}}, columns...)
	}
	return columns
}

func shareRows(direction string, shares []v1alpha1.BucketShare, now time.Time, both bool) []util.Row {
	var rows []util.Row
	for i := range shares {
		share := &shares[i]
		row := util.Row{
			Name: share.Bucket + ":" + share.Grantee,
			Cells: []any{
				share.Bucket, other(direction, share), orNone(string(share.Permission)), string(share.State),
				util.Age(since(share), now), orNone(share.Reason), share.Grantee, orNone(share.Message),
			},
			Fields: fieldsOf(direction, share),
		}
		if both {
			row.Cells = append([]any{direction}, row.Cells...)
		}
		rows = append(rows, row)
	}
	return rows
}

// other is the workspace on the other side. That of an incoming share may be unknown, but its principal is not.
func other(direction string, share *v1alpha1.BucketShare) string {
	if share.Workspace == "" && direction == incoming {
		return share.Grantee
	}
	return orNone(share.Workspace)
}

// since is when the share came to its state.
func since(share *v1alpha1.BucketShare) time.Time {
	for _, at := range []*metav1.Time{share.DecidedAt, share.RequestedAt} {
		if at != nil {
			return at.Time
		}
	}
	return time.Time{}
}

func fieldsOf(direction string, share *v1alpha1.BucketShare) map[string]any {
	fields := map[string]any{"direction": direction, "bucket": share.Bucket, "grantee": share.Grantee, "state": string(share.State)}
	for name, value := range map[string]string{
		"with": share.Workspace, "withNamespace": share.Namespace, "permission": string(share.Permission),
		"reason": share.Reason, "message": share.Message,
	} {
		if value != "" {
			fields[name] = value
		}
	}
	for name, at := range map[string]*metav1.Time{"requestedAt": share.RequestedAt, "decidedAt": share.DecidedAt} {
		if at != nil {
			fields[name] = at.UTC().Format(time.RFC3339)
		}
	}
	return fields
}

func orNone(text string) string {
	if text == "" {
		return "<none>"
	}
	return text
}
