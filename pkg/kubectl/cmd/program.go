package cmd

import (
	"bytes"
	"fmt"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"
	"k8s.io/kubectl/pkg/util/term"

	"github.com/eoepca/workspaces/pkg/kubectl/completion"
	"github.com/eoepca/workspaces/pkg/kubectl/credentials"
	"github.com/eoepca/workspaces/pkg/kubectl/util"
)

// programName is what the user has typed: kubectl tells its plugins where it lives, otherwise the binary's own name counts.
func programName(argv0 string, getenv func(string) string) string {
	if kubectl := getenv("KUBECTL_PATH"); kubectl != "" {
		return base(kubectl) + " workspace"
	}
	return base(argv0)
}

// arguments are those of the process. Called by the name of a helper, it does what that is for: kubectl asks it to complete
// a command line, docker for a registry's key.
func arguments(argv []string) []string {
	if base(argv[0]) == completion.Helper {
		return append([]string{cobra.ShellCompRequestCmd}, argv[1:]...)
	}
	return credentials.Arguments(argv)
}

func base(path string) string {
	return strings.TrimSuffix(filepath.Base(path), ".exe")
}

// finish makes every example and explanation speak of the program as the user calls it, so that it can be pasted.
func finish(cmd *cobra.Command, program string) {
	cmd.Long = strings.ReplaceAll(cmd.Long, util.Program, program)
	cmd.Example = strings.ReplaceAll(cmd.Example, util.Program, program)
	// The usage template says "[options]" itself.
	cmd.DisableFlagsInUseLine = true
	completeFlags(cmd)
	for _, sub := range cmd.Commands() {
		finish(sub, program)
	}
}

// named corrects the one line of kubectl's help template that knows nothing of display names.
func named(help func(*cobra.Command, []string), program string) func(*cobra.Command, []string) {
	return func(cmd *cobra.Command, args []string) {
		out := cmd.OutOrStdout()
		var text bytes.Buffer
		cmd.SetOut(&text)
		help(cmd, args)
		cmd.SetOut(out)
		fmt.Fprint(term.NewResponsiveWriter(out), strings.ReplaceAll(text.String(), `Use "`+cmd.Root().Name()+" ", `Use "`+program+" "))
	}
}
