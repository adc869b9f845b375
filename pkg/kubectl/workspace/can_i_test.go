package workspace_test

import (
	"strings"
	"testing"

	authorizationv1 "k8s.io/api/authorization/v1"
	"k8s.io/apimachinery/pkg/runtime"
	clienttesting "k8s.io/client-go/testing"

	"github.com/eoepca/workspaces/pkg/access"
	"github.com/eoepca/workspaces/pkg/kubectl/kubectltest"
	"github.com/eoepca/workspaces/pkg/kubectl/util"
)

// allow makes the cluster allow what a rule says, and answers what was asked, as "verb resource/subresource name".
func allow(p *kubectltest.Plugin, rule func(*authorizationv1.ResourceAttributes) bool) *[]string {
	var asked []string
	p.Cluster.PrependReactor("create", "selfsubjectaccessreviews", func(action clienttesting.Action) (bool, runtime.Object, error) {
		review := action.(clienttesting.CreateAction).GetObject().(*authorizationv1.SelfSubjectAccessReview).DeepCopy()
		a := review.Spec.ResourceAttributes
		asked = append(asked, strings.Join([]string{a.Verb, strings.TrimSuffix(a.Resource+"/"+a.Subresource, "/"), a.Namespace, a.Name}, " "))
		review.Status.Allowed = rule(a)
		return true, review, nil
	})
	return &asked
}

func member(a *authorizationv1.ResourceAttributes) bool {
	return a.Verb == "get" && a.Name == "ws-alice" && (a.Subresource == "" || a.Subresource == "usage") || a.Verb == "list"
}

func TestCanI(t *testing.T) {
	for _, test := range []struct {
		promise, args string
		code          int
		out, err      string
		asked         string
	}{
		{promise: "what is allowed", args: "can-i get --workspace ws-alice", out: "yes\n", asked: "get workspaces workspace ws-alice"},
		{promise: "what is not", args: "can-i update members --workspace ws-alice", code: 1, out: "no\n", asked: "update workspaces/members workspace ws-alice"},
		{promise: "as RBAC names it", args: "can-i get workspaces/usage --workspace ws-alice", out: "yes\n", asked: "get workspaces/usage workspace ws-alice"},
		{promise: "for a script", args: "can-i create token --workspace ws-alice -q", code: 1, asked: "create workspaces/token workspace ws-alice"},
		{promise: "making one is about the namespace", args: "can-i create workspaces", code: 1, out: "no\n", asked: "create workspaces workspace "},
		{promise: "types of stores are the cluster's", args: "can-i list storetypes", out: "yes\n", asked: "list storetypes  "},
		{promise: "a verb that there is not", args: "can-i delete members", code: util.ExitUsage, err: "nobody can \"delete\" members: give one of get, update, patch"},
		{promise: "a thing that there is not", args: "can-i get pods", code: util.ExitUsage, err: "give one of workspace, members"},
		{promise: "no question", args: "can-i", code: util.ExitUsage, err: "give VERB"},
		{promise: "a question or the list", args: "can-i get --list", code: util.ExitUsage, err: "not both"},
		{promise: "which workspace", args: "can-i get", code: util.ExitUsage, err: "which workspace?"},
		{promise: "the list is about a workspace", args: "can-i --list", code: util.ExitUsage, err: "which workspace?"},
		{promise: "quiet and list", args: "can-i --list -q", code: util.ExitUsage, err: "--quiet"},
		{promise: "a format is that of the list", args: "can-i get -o json", code: util.ExitUsage, err: "-o goes with --list"},
	} {
		t.Run(test.promise, func(t *testing.T) {
			p := kubectltest.New(t)
			asked := allow(p, member)
			got := p.Run(strings.Fields(test.args)...)
			if got.Code != test.code || got.Out != test.out || !strings.Contains(got.Err, test.err) || test.err == "" && got.Err != "" {
				t.Errorf("got code %d, stdout %q, stderr %q\nwant code %d, stdout %q, stderr with %q", got.Code, got.Out, got.Err, test.code, test.out, test.err)
			}
			if was := strings.Join(*asked, ","); was != test.asked {
				t.Errorf("asked %q, want %q", was, test.asked)
			}
		})
	}
}

func TestCanIListsEverything(t *testing.T) {
	p := kubectltest.New(t)
	allow(p, member)
	got := p.Run("can-i", "--list", "--workspace", "ws-alice")
	golden(t, "can-i.txt", got.Out)
	got = p.Run("can-i", "--list", "--workspace", "ws-alice", "-o", "jsonpath={.items[?(@.name==\"workspace\")].allowed}")
	if got.Out != `["get","list"]` {
		t.Errorf("as JSON: %+v", got)
	}
}

func TestCanIKnowsEveryPermissionThatRolesGive(t *testing.T) {
	p := kubectltest.New(t)
	asked := allow(p, member)
	if got := p.Run("can-i", "--list", "--workspace", "ws-alice"); got.Code != 0 {
		t.Fatalf("%+v", got)
	}
	known := map[string]bool{}
	for _, question := range *asked {
		known[strings.Join(strings.Split(question, " ")[:2], " ")] = true
	}
	count := 0
	for _, permission := range access.Permissions {
		for _, verb := range permission.Verbs {
			for _, resource := range permission.Resources {
				count++
				if !known[verb+" "+resource] {
					t.Errorf("roles may %s %s, which can-i does not know", verb, resource)
				}
			}
		}
	}
	if len(*asked) != count {
		t.Errorf("can-i asks for %d permissions, the roles have %d", len(*asked), count)
	}
}
