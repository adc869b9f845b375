package bucket

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"k8s.io/kubectl/pkg/util/templates"

	"github.com/eoepca/workspaces/pkg/apis/eoepca/v1alpha1"
	"github.com/eoepca/workspaces/pkg/kubectl/util"
)

var listExample = templates.Examples(`
	# The buckets of a workspace
	kubectl workspace bucket list --workspace ws-alice

	# Their rules, and to whom they are granted
	kubectl workspace bucket list --workspace ws-alice -o wide

	# The names of those that others may find, for a script
	kubectl workspace bucket list --workspace ws-alice -o jsonpath='{.items[?(@.discoverable==true)].name}'`)

func newListCommand(f *util.Factory, workspace *util.WorkspaceFlag) *cobra.Command {
	return util.NewListCommand(f, workspace, util.ListSpec{
		Short: "List the buckets of a workspace",
		Long: "List the buckets of a workspace: whether others may find them and ask for access, how many lifecycle rules they have, " +
			"and how many others they are granted to.",
		Example: listExample,
		Kind:    "Bucket",
		Columns: []util.Column{
			{Name: "Name"}, {Name: "Discoverable"}, {Name: "Rules"}, {Name: "Grants"},
			{Name: "Lifecycle", Wide: true}, {Name: "Granted to", Wide: true},
		},
		Rows: rows,
	})
}

func rows(ws *v1alpha1.Workspace, _ time.Time) []util.Row {
	var rows []util.Row
	for i := range ws.Spec.Storage.Buckets {
		bucket := &ws.Spec.Storage.Buckets[i]
		var rules, grants []string
		ruleFields, grantFields := []any{}, []any{}
		for j := range bucket.LifecycleRules {
			rule := &bucket.LifecycleRules[j]
			rules = append(rules, sentence(rule))
			ruleFields = append(ruleFields, fieldsOf(rule))
		}
		for _, grant := range ws.Spec.Storage.AccessGrants {
			if grant.Bucket != bucket.Name || grant.Permission == v1alpha1.PermissionNone {
				continue
			}
			grants = append(grants, fmt.Sprintf("%s (%s)", grant.Grantee, grant.Permission))
			grantFields = append(grantFields, map[string]any{"grantee": grant.Grantee, "permission": string(grant.Permission)})
		}
		rows = append(rows, util.Row{
			Name: bucket.Name,
			Cells: []any{
				bucket.Name, strconv.FormatBool(discoverable(bucket)), strconv.Itoa(len(rules)), strconv.Itoa(len(grants)),
				orNone(strings.Join(rules, ", ")), orNone(strings.Join(grants, ", ")),
			},
			Fields: map[string]any{
				"name": bucket.Name, "discoverable": discoverable(bucket), "lifecycleRules": ruleFields, "grants": grantFields,
			},
		})
	}
	return rows
}

func orNone(text string) string {
	if text == "" {
		return "<none>"
	}
	return text
}
