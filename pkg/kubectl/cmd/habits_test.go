package cmd

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/eoepca/workspaces/pkg/kubectl/util"
)

// readers are the verbs that change nothing on the server, or nothing that could be tried first. All others write.
var readers = []string{
	"get", "describe", "status", "tree", "use", "current", "can-i", "events", "list", "preview", "discover", "connect", "open", "logs", "export", "exec",
	"shell", "configure aws", "configure rclone", "configure docker", "docker-helper", "token", "usage", "kubeconfig", "ui", "check", "version", "support-bundle", "install", "bash", "zsh", "fish", "powershell",
	"docs markdown", "docs man",
}

// destroyers are the verbs after which something is lost.
var destroyers = []string{"delete", "transfer", "member remove"}

// exempt are commands that are not held to the habits.
var exempt = []string{"help", "options"}

// each calls visit with every command that does something, named as the user types it after the program.
func each(root *cobra.Command, visit func(name string, cmd *cobra.Command)) {
	for _, cmd := range root.Commands() {
		name := strings.TrimPrefix(cmd.CommandPath(), cmd.Root().CommandPath()+" ")
		if cmd.Runnable() && !cmd.HasSubCommands() && !slices.Contains(exempt, name) {
			visit(name, cmd)
		}
		each(cmd, visit)
	}
}

func is(name string, verbs []string) bool {
	return slices.ContainsFunc(verbs, func(verb string) bool { return name == verb || strings.HasSuffix(name, " "+verb) })
}

func TestCommandsHaveKubectlsFlags(t *testing.T) {
	for _, habit := range []struct {
		who   string
		has   func(name string) bool
		flags []string
	}{
		{"that writes", func(name string) bool { return !is(name, readers) }, []string{"dry-run", "output"}},
		{"that changes something", func(name string) bool { return !is(name, readers) && name != "delete" }, []string{"field-manager"}},
		{"that destroys", func(name string) bool { return is(name, destroyers) }, []string{"yes"}},
		{"that lists", func(name string) bool { return is(name, []string{"get", "list"}) },
			[]string{"output", "no-headers", "sort-by", "watch", "all-namespaces", "selector"}},
	} {
		root := plugin("kubectl workspace")
		each(root, func(name string, cmd *cobra.Command) {
			for _, flag := range habit.flags {
				if habit.has(name) && cmd.Flags().Lookup(flag) == nil {
					t.Errorf("%s: a command %s has --%s", name, habit.who, flag)
				}
			}
		})
	}
}

func TestCommandsExplainThemselves(t *testing.T) {
	root := plugin("kubectl workspace")
	each(root, func(name string, cmd *cobra.Command) {
		if cmd.Short == "" || strings.HasSuffix(cmd.Short, ".") {
			t.Errorf("%s: short is one phrase without a full stop, not %q", name, cmd.Short)
		}
		if !strings.Contains(cmd.Long, "Exit codes:") {
			t.Errorf("%s: long is made by util.Long, which names the exit codes", name)
		}
		cmd.NonInheritedFlags().VisitAll(func(flag *pflag.Flag) {
			if flag.Usage == "" {
				t.Errorf("%s: --%s has no help", name, flag.Name)
			}
		})
	})
}

func TestNothingCompletesToFilesByAccident(t *testing.T) {
	root := plugin("kubectl workspace")
	each(root, func(name string, cmd *cobra.Command) {
		if cmd.ValidArgsFunction == nil && len(cmd.ValidArgs) == 0 {
			t.Errorf("%s: say what its arguments complete to; nothing: cobra.NoFileCompletions", name)
		}
		cmd.Flags().VisitAll(func(flag *pflag.Flag) {
			_, set := cmd.GetFlagCompletionFunc(flag.Name)
			if flag.Value.Type() == "string" && !set && !namesFile(flag) {
				t.Errorf("%s: say what --%s completes to", name, flag.Name)
			}
		})
	})
}

func TestExamplesAreValid(t *testing.T) {
	root := plugin(util.Program)
	each(root, func(name string, cmd *cobra.Command) {
		calls := calls(cmd.Example)
		if len(calls) == 0 {
			t.Errorf("%s: no example calls %q", name, util.Program)
		}
		own := false
		for _, args := range calls {
			fresh := plugin(util.Program)
			called, err := tryOut(fresh, args)
			if err != nil {
				t.Errorf("%s: example %q: %v", name, strings.Join(args, " "), err)
			}
			own = own || called == cmd.CommandPath()
		}
		if !own {
			t.Errorf("%s: none of its examples calls it", name)
		}
	})
}

// tryOut reads a command line as far as it can be read without running it, and answers which command it calls.
func tryOut(root *cobra.Command, args []string) (string, error) {
	cmd, rest, err := root.Find(args)
	if err != nil {
		return "", err
	}
	if err := cmd.ParseFlags(rest); err != nil {
		if errors.Is(err, pflag.ErrHelp) {
			err = nil
		}
		return cmd.CommandPath(), err
	}
	if cmd.HasSubCommands() {
		return cmd.CommandPath(), cmd.RunE(cmd, cmd.Flags().Args())
	}
	if err := cmd.ValidateArgs(cmd.Flags().Args()); err != nil {
		return cmd.CommandPath(), err
	}
	return cmd.CommandPath(), checkFlags(cmd)
}

// calls finds the calls of the plugin in examples, also those inside of other commands, as a shell would split them.
func calls(examples string) [][]string {
	var found [][]string
	for _, line := range strings.Split(strings.ReplaceAll(examples, "\\\n", " "), "\n") {
		if line = strings.TrimSpace(line); strings.HasPrefix(line, "#") {
			continue
		}
		for {
			_, after, called := strings.Cut(line, util.Program+" ")
			if !called {
				break
			}
			args, rest := words(after)
			found, line = append(found, args), rest
		}
	}
	return found
}

// words splits the beginning of a shell's line, up to where the command ends; rest is what follows.
func words(line string) (words []string, rest string) {
	word, begun, quote := "", false, rune(0)
	flush := func() {
		if begun {
			words = append(words, word)
		}
		word, begun = "", false
	}
	for i, c := range line {
		switch {
		case quote != 0 && c == quote:
			quote = 0
		case quote != 0:
			word += string(c)
		case c == '\'' || c == '"' && begun && word != "" || c == '"' && strings.Contains(line[i+1:], `"`):
			quote, begun = c, true
		case c == ' ':
			flush()
		case c == '#' && !begun:
			return words, ""
		case strings.ContainsRune(`|;&)>"`, c):
			flush()
			return words, line[i+1:]
		default:
			word, begun = word+string(c), true
		}
	}
	flush()
	return words, ""
}
