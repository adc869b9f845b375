package bucket_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/eoepca/workspaces/pkg/apis/eoepca/v1alpha1"
	"github.com/eoepca/workspaces/pkg/kubectl/kubectltest"
)

// alice has two buckets: one that others may find, with a rule and a grant, and one of her own.
func alice() *v1alpha1.Workspace {
	yes := true
	return &v1alpha1.Workspace{
		ObjectMeta: metav1.ObjectMeta{Name: "ws-alice", Namespace: kubectltest.Namespace},
		Status:     v1alpha1.WorkspaceStatus{Conditions: []metav1.Condition{{Type: v1alpha1.ConditionReady, Status: metav1.ConditionTrue}}},
		Spec: v1alpha1.WorkspaceSpec{Storage: v1alpha1.StorageSpec{
			Buckets: []v1alpha1.Bucket{
				{Name: "ws-alice", Discoverable: &yes, LifecycleRules: []v1alpha1.LifecycleRule{
					{Target: "tmp/*", Mode: v1alpha1.LifecycleDelete, MinAge: "2w"},
				}},
				{Name: "ws-alice-raw"},
			},
			AccessGrants: []v1alpha1.AccessGrant{
				{Bucket: "ws-alice", Grantee: "ws-bob", Permission: v1alpha1.PermissionReadOnly},
				{Bucket: "ws-alice", Grantee: "ws-eve", Permission: v1alpha1.PermissionNone},
			},
		}},
	}
}

// state is the buckets in short: "name* (rule, rule)", with a star for what is discoverable.
func state(ws *v1alpha1.Workspace) string {
	var buckets []string
	for _, bucket := range ws.Spec.Storage.Buckets {
		text := bucket.Name
		if bucket.Discoverable != nil && *bucket.Discoverable {
			text += "*"
		}
		for _, rule := range bucket.LifecycleRules {
			text += " " + rule.Target + "=" + string(rule.Mode) + "@" + rule.MinAge
			if rule.At != nil {
				text += rule.At.UTC().String()
			}
		}
		buckets = append(buckets, text)
	}
	return strings.Join(buckets, ", ")
}

func TestChanges(t *testing.T) {
	const rule = " tmp/*=Delete@2w"
	for _, test := range []struct {
		promise, args, typed string
		conflicts            int
		code                 int
		out, err             string
		written              string // what is sent; empty: nothing
	}{
		{promise: "a new bucket is nobody's to find, and is waited for", args: "create ws-alice-eo", out: "bucket/ws-alice-eo created\n", err: "workspace/ws-alice: Ready\n",
			written: "ws-alice*" + rule + ", ws-alice-raw, ws-alice-eo"},
		{promise: "several, for others to find, without waiting", args: "create ws-alice-eo ws-alice-maps --discoverable --no-wait",
			out: "bucket/ws-alice-eo created\nbucket/ws-alice-maps created\n", written: "ws-alice*" + rule + ", ws-alice-raw, ws-alice-eo*, ws-alice-maps*"},
		{promise: "what is there already stays", args: "create ws-alice", out: "bucket/ws-alice unchanged\n"},
		{promise: "what is there already is not changed by the way", args: "create ws-alice --discoverable=false", code: 6,
			err: "has the bucket \"ws-alice\" already, and it is discoverable\n  hint: kubectl workspace bucket update ws-alice --discoverable=false --workspace ws-alice"},
		{promise: "names are needed", args: "create", code: 2, err: "requires at least 1 arg"},
		{promise: "a dry run by the client sends nothing", args: "create ws-alice-eo --dry-run=client", out: "bucket/ws-alice-eo created (dry run)\n"},
		{promise: "a dry run by the server waits for nothing", args: "create ws-alice-eo --dry-run=server", out: "bucket/ws-alice-eo created (server dry run)\n",
			written: "All ws-alice*" + rule + ", ws-alice-raw, ws-alice-eo"},

		{promise: "others may find it", args: "update ws-alice-raw --discoverable", out: "bucket/ws-alice-raw updated\n", written: "ws-alice*" + rule + ", ws-alice-raw*"},
		{promise: "others may not, and others' changes are kept", args: "update ws-alice --discoverable=false", conflicts: 2, out: "bucket/ws-alice updated\n",
			written: "ws-alice" + rule + ", ws-alice-raw"},
		{promise: "left out is false already", args: "update ws-alice-raw --discoverable=false", out: "bucket/ws-alice-raw unchanged\n"},
		{promise: "something must be changed", args: "update ws-alice-raw", code: 2, err: "say what to change"},
		{promise: "a missing bucket is not found, the others are named", args: "update ws-bob --discoverable", code: 5,
			err: `workspace "ws-alice" has no bucket "ws-bob": it has ws-alice, ws-alice-raw`},

		{promise: "the name is typed", args: "delete ws-alice-raw", typed: "ws-alice-raw\n", out: "bucket/ws-alice-raw deleted\n",
			err: `Bucket ws-alice-raw is lost with all that is in it. Type "ws-alice-raw" to go on: workspace/ws-alice: Ready`, written: "ws-alice*" + rule},
		{promise: "a yes is not enough", args: "delete ws-alice-raw", typed: "y\n", code: 1, err: "nothing was changed"},
		{promise: "nobody can be asked", args: "delete ws-alice-raw", code: 2, err: "agree with --yes"},
		{promise: "--yes agrees", args: "delete ws-alice-raw --yes --no-wait", out: "bucket/ws-alice-raw deleted\n", written: "ws-alice*" + rule},
		{promise: "nothing half: one that is granted, and none is deleted", args: "delete ws-alice-raw ws-alice --yes", code: 6,
			err: "bucket \"ws-alice\" has grants or denials for ws-bob, ws-eve: revoke them first\n  hint: kubectl workspace access revoke ws-alice --all --workspace ws-alice"},
		{promise: "it is refused before anybody is asked", args: "delete --all", typed: "ws-alice\n", code: 6, err: "error: bucket"},
		{promise: "a missing one too", args: "delete ws-bob", typed: "ws-bob\n", code: 5, err: "error: workspace"},
		{promise: "names or all", args: "delete --all ws-alice", code: 2, err: "not both"},
		{promise: "a dry run asks nothing", args: "delete ws-alice-raw --dry-run=server", out: "bucket/ws-alice-raw deleted (server dry run)\n", written: "All ws-alice*" + rule},

		{promise: "a rule is added", args: "lifecycle set ws-alice-raw --target * --mode notify --min-age 4w",
			out: "bucket/ws-alice-raw lifecycle set: Notify * after 4w\n", written: "ws-alice*" + rule + ", ws-alice-raw *=Notify@4w"},
		{promise: "a rule takes the place of that of its target", args: "lifecycle set ws-alice --target tmp/* --mode Delete --at 2027-01-31T02:00:00+01:00",
			out: "bucket/ws-alice lifecycle set: Delete tmp/* from 2027-01-31T01:00:00Z\n", written: "ws-alice* tmp/*=Delete@2027-01-31 01:00:00 +0000 UTC, ws-alice-raw"},
		{promise: "the same rule again changes nothing", args: "lifecycle set ws-alice --target tmp/* --mode Delete --min-age 2w", out: "bucket/ws-alice unchanged\n"},
		{promise: "a rule has a target", args: "lifecycle set ws-alice --mode Delete --min-age 2w", code: 2, err: "give --target"},
		{promise: "a rule has a mode", args: "lifecycle set ws-alice --target * --min-age 2w", code: 2, err: "give --mode Delete or Notify"},
		{promise: "the mode is one of two", args: "lifecycle set ws-alice --target * --mode Burn", code: 2, err: "give Delete or Notify"},
		{promise: "a rule has a time", args: "lifecycle set ws-alice --target * --mode Delete", code: 2, err: "either --min-age or --at"},
		{promise: "and only one", args: "lifecycle set ws-alice --target * --mode Delete --min-age 2w --at 2027-01-31T00:00:00Z", code: 2, err: "either --min-age or --at"},
		{promise: "an age is a number and a unit", args: "lifecycle set ws-alice --target * --mode Delete --min-age 2y", code: 2, err: "such as 2w"},
		{promise: "a time is of RFC 3339", args: "lifecycle set ws-alice --target * --mode Delete --at tomorrow", code: 2, err: "such as 2027-01-31T00:00:00Z"},
		{promise: "one bucket", args: "lifecycle set ws-alice ws-alice-raw --target * --mode Delete --min-age 2w", code: 2, err: "exactly one BUCKET, not 2"},

		{promise: "a rule is removed", args: "lifecycle remove ws-alice tmp/*", out: "bucket/ws-alice lifecycle rules removed: tmp/*\n", written: "ws-alice*, ws-alice-raw"},
		{promise: "all rules are", args: "lifecycle remove ws-alice --all", out: "bucket/ws-alice lifecycle rules removed: tmp/*\n", written: "ws-alice*, ws-alice-raw"},
		{promise: "all of none", args: "lifecycle remove ws-alice-raw --all", out: "bucket/ws-alice-raw unchanged\n"},
		{promise: "a rule that is not there", args: "lifecycle remove ws-alice logs/*", code: 5, err: `has no lifecycle rule for "logs/*": it has rules for ["tmp/*"]`},
		{promise: "targets or all", args: "lifecycle remove ws-alice tmp/* --all", code: 2, err: "not both"},
		{promise: "something is to be removed", args: "lifecycle remove ws-alice", code: 2, err: "at least one TARGET, or --all"},
	} {
		t.Run(test.promise, func(t *testing.T) {
			p := kubectltest.New(t, alice())
			p.Typed = test.typed
			states := p.Writes("buckets", test.conflicts, state)
			got := p.Run(append([]string{"bucket"}, append(strings.Fields(test.args), "--workspace", "ws-alice")...)...)
			if got.Code != test.code || got.Out != test.out || !strings.Contains(got.Err, test.err) || test.err == "" && got.Err != "" {
				t.Errorf("exit code %d, want %d; stdout %q, want %q; stderr %q, want %q", got.Code, test.code, got.Out, test.out, got.Err, test.err)
			}
			if sent := strings.Join(*states, "; "); sent != test.written {
				t.Errorf("sent %q, want %q", sent, test.written)
			}
		})
	}
}

func TestLists(t *testing.T) {
	const header = "BUCKET     TARGET   MODE     MIN-AGE   AT\n"
	for args, want := range map[string]kubectltest.Result{
		"list": {Out: "" +
			"NAME           DISCOVERABLE   RULES   GRANTS\n" +
			"ws-alice       true           1       1\n" +
			"ws-alice-raw   false          0       0\n"},
		"list -o wide --no-headers": {Out: "" +
			"ws-alice       true    1     1     Delete tmp/* after 2w   ws-bob (ReadOnly)\n" +
			"ws-alice-raw   false   0     0     <none>                  <none>\n"},
		"list -o jsonpath={.items[?(@.discoverable==true)].name}":                             {Out: "ws-alice"},
		"list -o jsonpath={.items[0].lifecycleRules[0].minAge}/{.items[0].grants[0].grantee}": {Out: "2w/ws-bob"},
		"list -o name":                                       {Out: "bucket/ws-alice\nbucket/ws-alice-raw\n"},
		"lifecycle list":                                     {Out: header + "ws-alice   tmp/*    Delete   2w        <none>\n"},
		"lifecycle list ws-alice -o name":                    {Out: "rule/ws-alice:tmp/*\n"},
		"lifecycle list ws-alice-raw":                        {Err: "No rules found.\n"},
		"lifecycle list ws-bob":                              {Code: 5, Err: "error: workspace \"ws-alice\" has no bucket \"ws-bob\": it has ws-alice, ws-alice-raw\n"},
		"lifecycle list -o jsonpath={.items[0].minAge}":      {Out: "2w"},
		"lifecycle list a b":                                 {Code: 2, Err: "error: accepts at most 1 arg(s), received 2\n  hint: kubectl workspace bucket lifecycle list --help\n"},
		"lifecycle preview ws-alice":                         {Code: 2, Err: "error: what would you change? describe a rule with --target, --mode and --min-age or --at, or name one with --remove\n  hint: kubectl workspace bucket lifecycle preview --help\n"},
		"lifecycle preview ws-alice --remove nothing":        {Code: 5, Err: "error: bucket \"ws-alice\" has no lifecycle rule for \"nothing\": it has rules for [\"tmp/*\"]\n"},
		"lifecycle preview ws-alice --target * --min-age 2w": {Code: 2, Err: "error: what becomes of them? give --mode Delete or Notify\n  hint: kubectl workspace bucket lifecycle preview --help\n"},
	} {
		p := kubectltest.New(t, alice())
		if diff := cmp.Diff(want, p.Run(append([]string{"bucket"}, append(strings.Fields(args), "--workspace", "ws-alice")...)...)); diff != "" {
			t.Errorf("bucket %s (-want +got):\n%s", args, diff)
		}
	}
}

func TestPreviewAsksTheServerAndChangesNothing(t *testing.T) {
	for args, want := range map[string]string{
		"--target tmp/* --mode Delete --min-age 4w": "CHANGE    TARGET   MODE     MIN-AGE    AT\nChanged   tmp/*    Delete   2w -> 4w   <none>\n",
		"--target logs/* --mode Notify --min-age 1d": "" +
			"CHANGE      TARGET   MODE     MIN-AGE   AT\nUnchanged   tmp/*    Delete   2w        <none>\nAdded       logs/*   Notify   1d        <none>\n",
		"--remove tmp/*": "CHANGE    TARGET   MODE     MIN-AGE   AT\nRemoved   tmp/*    Delete   2w        <none>\n",
		"--target tmp/* --mode Delete --min-age 4w -o jsonpath={.items[0].change}:{.items[0].before.minAge}:{.items[0].after.minAge}": "Changed:2w:4w",
	} {
		p := kubectltest.New(t, alice())
		states := p.Writes("buckets", 1, state)
		got := p.Run(append([]string{"bucket", "lifecycle", "preview", "ws-alice", "--workspace", "ws-alice"}, strings.Fields(args)...)...)
		if diff := cmp.Diff(kubectltest.Result{Out: want}, got); diff != "" {
			t.Errorf("preview %s (-want +got):\n%s", args, diff)
		}
		if len(*states) != 1 || !strings.HasPrefix((*states)[0], metav1.DryRunAll+" ") {
			t.Errorf("preview %s: sent %q, want one dry run", args, *states)
		}
	}
}

func TestCompletion(t *testing.T) {
	for args, want := range map[string]string{
		"delete ":                                  "ws-alice ws-alice-raw",
		"delete ws-alice ":                         "ws-alice-raw",
		"lifecycle list ":                          "ws-alice ws-alice-raw",
		"lifecycle remove ws-alice ":               "tmp/*",
		"lifecycle remove ws-alice-raw ":           "",
		"lifecycle set ws-alice --mode ":           "Delete Notify",
		"lifecycle set ws-alice --target ":         "tmp/*",
		"lifecycle preview ws-alice --remove ":     "tmp/*",
		"lifecycle preview ws-alice --min-age ":    "",
		"lifecycle set ws-alice --mode Delete ws-": "",
	} {
		line := append([]string{"bucket", "--workspace", "ws-alice"}, strings.Split(args, " ")...)
		got := kubectltest.New(t, alice()).Complete(line...)
		if strings.Join(got, " ") != want {
			t.Errorf("%s: offers %q, want %q", args, got, want)
		}
	}
}
