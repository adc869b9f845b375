package credentials

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	clientcmdapi "k8s.io/client-go/tools/clientcmd/api"

	"github.com/eoepca/workspaces/pkg/kubectl/util"
)

// program is the name of the plugin's binary.
const program = "kubectl-workspace"

// invocation is how another program calls this plugin, from any folder and with any environment, and means the same workspace.
type invocation struct {
	program string
	// flags name the kubeconfig, the context, the namespace and the workspace.
	flags []string
}

// kept are the other flags of the connection that an invocation repeats. The rest hold secrets, or belong into a kubeconfig.
var kept = []string{"as", "as-group", "as-uid", "as-user-extra"}

// unrelated are the flags that say nothing of the connection.
var unrelated = []string{"kubeconfig", "context", "namespace", "v", "color", "request-timeout", "cache-dir", "disable-compression"}

func newInvocation(f *util.Factory, cmd *cobra.Command, workspace string) (invocation, error) {
	var flags []string
	var refused string
	cmd.Root().PersistentFlags().VisitAll(func(flag *pflag.Flag) {
		switch values := valuesOf(flag); {
		case !flag.Changed || slices.Contains(unrelated, flag.Name):
		case slices.Contains(kept, flag.Name):
			for _, value := range values {
				flags = append(flags, "--"+flag.Name+"="+value)
			}
		default:
			refused = flag.Name
		}
	})
	if refused != "" {
		return invocation{}, util.UsageErrorf(cmd, "--%s cannot be kept for other programs: put it into a context of your kubeconfig", refused)
	}
	connection, err := connectionFlags(f)
	if err != nil {
		return invocation{}, err
	}
	namespace, err := f.Namespace()
	if err != nil {
		return invocation{}, err
	}
	path, err := ownPath()
	if err != nil {
		return invocation{}, err
	}
	return invocation{path, slices.Concat(connection, []string{"--namespace=" + namespace, "--workspace=" + workspace}, flags)}, nil
}

func valuesOf(flag *pflag.Flag) []string {
	if list, ok := flag.Value.(pflag.SliceValue); ok {
		return list.GetSlice()
	}
	return []string{flag.Value.String()}
}

// connectionFlags name the kubeconfig's file and context. In a Pod, where there is neither, they are not needed.
func connectionFlags(f *util.Factory) ([]string, error) {
	config, err := f.Config.ToRawKubeConfigLoader().RawConfig()
	if err != nil {
		return nil, err
	}
	name := config.CurrentContext
	if f.Config.Context != nil && *f.Config.Context != "" {
		name = *f.Config.Context
	}
	if name == "" {
		return nil, nil
	}
	file, err := fileOf(config, name)
	if err != nil {
		return nil, err
	}
	return []string{"--kubeconfig=" + file, "--context=" + name}, nil
}

// fileOf is the one file that holds a context, its cluster and its user: a program can be told of one alone.
func fileOf(config clientcmdapi.Config, name string) (string, error) {
	context := config.Contexts[name]
	if context == nil {
		return "", util.Errorf(util.ExitError, "context %q does not exist", name)
	}
	cluster, user := config.Clusters[context.Cluster], config.AuthInfos[context.AuthInfo]
	if cluster == nil || user == nil {
		return "", util.Errorf(util.ExitError, "context %q has no cluster or no user", name)
	}
	if cluster.LocationOfOrigin != context.LocationOfOrigin || user.LocationOfOrigin != context.LocationOfOrigin {
		return "", util.Errorf(util.ExitError, "context %q is made of several files: give one that holds all of it with --kubeconfig", name)
	}
	return filepath.Abs(context.LocationOfOrigin)
}

// ownPath is where this program can be found tomorrow: its place on the PATH rather than where a link points to now, which a package
// manager may replace.
func ownPath() (string, error) {
	self, err := os.Executable()
	if err != nil {
		return "", err
	}
	found, err := exec.LookPath(program)
	if err != nil {
		return self, nil
	}
	mine, err := os.Stat(self)
	if err != nil {
		return "", err
	}
	if other, err := os.Stat(found); err == nil && os.SameFile(mine, other) {
		return filepath.Abs(found)
	}
	return self, nil
}

// bare needs no quotes on any command line.
var bare = regexp.MustCompile(`^[A-Za-z0-9_./:@%+,=-]+$`)

// line is a command line that all readers split alike: some split at blanks and double quotes alone, others are shells.
func (i invocation) line(arguments ...string) (string, error) {
	special := "\"$`\\!\n\r"
	if runtime.GOOS == "windows" {
		special = "\"%\n\r"
	}
	words := slices.Concat([]string{i.program}, arguments, i.flags)
	for n, word := range words {
		switch {
		case bare.MatchString(word):
		case strings.ContainsAny(word, special) || strings.Contains(word, " #") || strings.Contains(word, " ;"):
			return "", fmt.Errorf("%q cannot be written as part of a command line: choose another path or name", word)
		default:
			words[n] = `"` + word + `"`
		}
	}
	return strings.Join(words, " "), nil
}
