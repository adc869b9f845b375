package member_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/eoepca/workspaces/pkg/apis/eoepca/v1alpha1"
	"github.com/eoepca/workspaces/pkg/kubectl/kubectltest"
)

func alice() *v1alpha1.Workspace {
	return &v1alpha1.Workspace{
		ObjectMeta: metav1.ObjectMeta{Name: "ws-alice", Namespace: kubectltest.Namespace},
		Spec: v1alpha1.WorkspaceSpec{Owner: "alice", Members: []v1alpha1.Member{
			{Name: "bob", Role: v1alpha1.MemberRoleAdmin}, {Name: "carol", Role: v1alpha1.MemberRoleUser},
		}},
	}
}

// state is the owner and the members in short.
func state(ws *v1alpha1.Workspace) string {
	state := ws.Spec.Owner
	for _, member := range ws.Spec.Members {
		state += " " + member.Name + "=" + string(member.Role)
	}
	return state
}

func TestChanges(t *testing.T) {
	for _, test := range []struct {
		promise, args, typed string
		conflicts            int
		code                 int
		out, err             string
		written              string // what is sent; empty: nothing
	}{
		{promise: "members are users", args: "add dave erin", out: "member/dave added\nmember/erin added\n", written: "alice bob=Admin carol=User dave=User erin=User"},
		{promise: "a role in any case", args: "add dave --role admin", out: "member/dave added\n", written: "alice bob=Admin carol=User dave=Admin"},
		{promise: "who is a member already stays one", args: "add carol", out: "member/carol unchanged\n"},
		{promise: "a role is not changed by the way", args: "add bob", code: 6, err: "already, as Admin"},
		{promise: "the owner is no member", args: "add alice", code: 6, err: "owns workspace"},
		{promise: "nothing half: one wrong name and none is removed", args: "remove bob zoe", code: 5, err: `no member "zoe": its members are`},
		{promise: "a name that is typed twice is one", args: "remove bob bob", out: "member/bob removed\n", written: "alice carol=User"},
		{promise: "the owner cannot be removed", args: "remove alice", code: 6, err: "member transfer NAME"},
		{promise: "all are asked about", args: "remove --all", code: 2, err: "agree with --yes"},
		{promise: "all, after a yes", args: "remove --all", typed: "y\n", out: "member/bob removed\nmember/carol removed\n", err: "lose their rights in it. Go on? [y/N]: ", written: "alice"},
		{promise: "a no changes nothing", args: "remove --all", typed: "n\n", code: 1, err: "nothing was changed"},
		{promise: "names or all", args: "remove --all bob", code: 2, err: "not both"},
		{promise: "others' changes are kept", args: "set-role carol Admin", conflicts: 2, out: "member/carol is Admin now\n", written: "alice bob=Admin carol=Admin"},
		{promise: "a role must be known", args: "set-role carol Boss", code: 2, err: "give User or Admin"},
		{promise: "the owner so far stays as an admin", args: "transfer bob --yes", out: "workspace/ws-alice belongs to bob now\n", written: "bob carol=User alice=Admin"},
		{promise: "the owner so far leaves", args: "transfer zoe --leave --yes", out: "workspace/ws-alice belongs to zoe now\n", written: "zoe bob=Admin carol=User"},
		{promise: "to himself: nothing", args: "transfer alice --yes", out: "workspace/ws-alice unchanged\n"},
		{promise: "a dry run by the client sends nothing", args: "add dave --dry-run=client", out: "member/dave added (dry run)\n"},
		{promise: "a dry run by the server asks nothing", args: "transfer bob --dry-run=server", out: "workspace/ws-alice belongs to bob now (server dry run)\n", written: "All bob carol=User alice=Admin"},
		{promise: "waiting or not", args: "add dave --wait --no-wait", code: 2, err: "contradict each other"},
	} {
		t.Run(test.promise, func(t *testing.T) {
			p := kubectltest.New(t, alice())
			p.Typed = test.typed
			states := p.Writes("members", test.conflicts, state)
			got := p.Run(append([]string{"member"}, append(strings.Fields(test.args), "--workspace", "ws-alice")...)...)
			if got.Code != test.code || got.Out != test.out || !strings.Contains(got.Err, test.err) || test.err == "" && got.Err != "" {
				t.Errorf("exit code %d, want %d; stdout %q, want %q; stderr %q, want %q", got.Code, test.code, got.Out, test.out, got.Err, test.err)
			}
			if sent := strings.Join(*states, "; "); sent != test.written {
				t.Errorf("sent %q, want %q", sent, test.written)
			}
		})
	}
}

func TestList(t *testing.T) {
	empty := alice()
	empty.Name, empty.Spec = "ws-empty", v1alpha1.WorkspaceSpec{}
	for args, want := range map[string]kubectltest.Result{
		"--workspace ws-alice":                              {Out: "NAME    ROLE    AGE\nalice   Owner   <unknown>\nbob     Admin   <unknown>\ncarol   User    <unknown>\n"},
		"--workspace ws-alice --sort-by .role --no-headers": {Out: "bob     Admin   <unknown>\nalice   Owner   <unknown>\ncarol   User    <unknown>\n"},
		"--workspace ws-alice -o name":                      {Out: "member/alice\nmember/bob\nmember/carol\n"},
		"--workspace ws-alice -o custom-columns=WHO:.name":  {Out: "WHO\nalice\nbob\ncarol\n"},
		"--workspace ws-alice -o jsonpath={.items[1].role}": {Out: "Admin"},
		"--workspace ws-empty":                              {Err: "No members found.\n"},
		"--workspace ws-empty -o name":                      {},
		"-l team=eo":                                        {Err: "No members found.\n"},
		"-A --no-headers":                                   {Out: "workspace   ws-alice   alice   Owner   <unknown>\nworkspace   ws-alice   bob     Admin   <unknown>\nworkspace   ws-alice   carol   User    <unknown>\n"},
		"-A --workspace ws-alice":                           {Code: 2, Err: "error: --workspace means one workspace, -A and -l mean many: give one or the other\n  hint: kubectl workspace member list --help\n"},
		"--workspace ws-alice --sort-by .none":              {Code: 2, Err: "error: --sort-by .none: couldn't find any field with path \"{.none}\" in the list of objects\n"},
		"--workspace ws-alice -o bogus":                     {Code: 2, Err: "error: -o bogus: unknown format, give one of wide, name, json, yaml, kyaml, go-template, go-template-file, template, templatefile, jsonpath, jsonpath-as-json, jsonpath-file, custom-columns, custom-columns-file\n  hint: kubectl workspace member list --help\n"},
	} {
		p := kubectltest.New(t, alice(), empty)
		if diff := cmp.Diff(want, p.Run(append([]string{"member", "list"}, strings.Fields(args)...)...)); diff != "" {
			t.Errorf("member list %s (-want +got):\n%s", args, diff)
		}
	}
}

func TestListWatchPrintsWhatChanges(t *testing.T) {
	p := kubectltest.New(t, alice())
	more, fewer := alice(), alice()
	more.Spec.Members = append(more.Spec.Members, v1alpha1.Member{Name: "dave", Role: v1alpha1.MemberRoleUser})
	fewer.Spec.Members = fewer.Spec.Members[:1]
	fewer.Spec.Members[0].Role = v1alpha1.MemberRoleUser
	p.PlayOnce(alice(), more, fewer)
	got := p.Run("member", "list", "--workspace", "ws-alice", "--watch")
	want := kubectltest.Result{Out: `NAME    ROLE    AGE
alice   Owner   <unknown>
bob     Admin   <unknown>
carol   User    <unknown>
dave    User    <unknown>
bob     User    <unknown>
`}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
