package cmd

import (
	"os"
	"strings"
	"testing"

	"github.com/eoepca/workspaces/pkg/kubectl/util"
)

func TestSlipsAreNamedAndWhatWasMeantIsAsked(t *testing.T) {
	for _, test := range []struct {
		line []string
		want string
	}{
		{[]string{"sesion"}, `error: unknown command "sesion" for "kubectl workspace": did you mean session?`},
		{[]string{"member", "ad", "bob"}, `error: unknown command "ad" for "kubectl workspace member": did you mean add?`},
		{[]string{"member", "fire", "bob"}, `error: unknown command "fire" for "kubectl workspace member": give one of add, list, remove, set-role, transfer`},
		{[]string{"get", "--watsch"}, `error: unknown flag: --watsch: did you mean --watch`},
		{[]string{"get", "--namespce=x"}, `error: unknown flag: --namespce: did you mean --namespace?`},
		{[]string{"get", "--bogus"}, "error: unknown flag: --bogus\n"},
		{[]string{"get", "-Z"}, `error: unknown shorthand flag: 'Z' in -Z`},
		{[]string{"get", "-n"}, `error: flag needs an argument: 'n' in -n`},
		{[]string{"create", "x", "--timeout=soon"}, `error: invalid argument "soon" for "--timeout" flag`},
		{[]string{"create", "x", "--wait", "--no-wait"}, `error: --wait and --no-wait contradict each other`},
		{[]string{"get", "ws-\xff"}, `error: "ws-\xff" is not valid UTF-8`},
		{[]string{"member", "add", "bob\xc3\x28", "--workspace=ws"}, `error: "bob\xc3(" is not valid UTF-8`},
		{[]string{"member", "list", "--workspace=\xff"}, `error: --workspace "\xff" is not valid UTF-8`},
		{[]string{"member", "list", "--workspace=ws/../x"}, `error: "ws/../x" is no name of a workspace`},
		{[]string{"get", "pod/x"}, `error: "pod/x" is no name of a workspace`},
		{[]string{"\xff"}, `error: unknown command "\xff"`},
	} {
		f, errOut := factory()
		root := New("kubectl workspace", f)
		root.SetArgs(append([]string{"--server=http://127.0.0.1:1", "--kubeconfig=" + os.DevNull}, test.line...))
		if code := Run(t.Context(), f, root); code != util.ExitUsage || !strings.HasPrefix(errOut.String(), test.want) {
			t.Errorf("%q: exit code %d, stderr\n%swant\n%s", test.line, code, errOut, test.want)
		}
	}
}
