// Package kubectltest runs the plugin's command lines against a scripted server, for the tests of the nouns.
package kubectltest

import (
	"bytes"
	"context"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/spf13/cobra"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/watch"
	"k8s.io/cli-runtime/pkg/genericiooptions"
	"k8s.io/client-go/dynamic"
	dynamicfake "k8s.io/client-go/dynamic/fake"
	"k8s.io/client-go/kubernetes"
	kubefake "k8s.io/client-go/kubernetes/fake"
	clienttesting "k8s.io/client-go/testing"
	"k8s.io/utils/clock"

	"github.com/eoepca/workspaces/pkg/apis/eoepca/v1alpha1"
	"github.com/eoepca/workspaces/pkg/generated/clientset/versioned"
	"github.com/eoepca/workspaces/pkg/generated/clientset/versioned/fake"
	"github.com/eoepca/workspaces/pkg/kubectl/cmd"
	"github.com/eoepca/workspaces/pkg/kubectl/util"
)

// Namespace is the one that the command lines run in.
const Namespace = "workspace"

// Result is what the user gets.
type Result struct {
	Code     int
	Out, Err string
}

// Plugin runs command lines.
type Plugin struct {
	Server *fake.Clientset
	// Cluster answers for Kubernetes' own kinds.
	Cluster *kubefake.Clientset
	// Composed answers for all other kinds; Kinds are those that the cluster has.
	Composed *dynamicfake.FakeDynamicClient
	Kinds    []schema.GroupVersionKind
	// Typed is what the user types when asked; empty: nobody can be asked.
	Typed string
	// Terminal says that input and output are a terminal.
	Terminal bool
	// Env is the environment of the command lines.
	Env map[string]string
	// Context is that of the command lines; Interrupt ends it as a signal does.
	Context   context.Context
	Interrupt context.CancelCauseFunc
}

// New is a plugin that talks to a server with these objects.
func New(t *testing.T, objects ...runtime.Object) *Plugin {
	t.Helper()
	t.Setenv("KUBECONFIG", os.DevNull)
	ctx, cancel := context.WithCancelCause(t.Context())
	server := fake.NewClientset(objects...)
	server.PrependReactor("get", "workspaces", computed)
	return &Plugin{
		Server: server, Cluster: kubefake.NewClientset(), Composed: dynamicfake.NewSimpleDynamicClient(runtime.NewScheme()),
		Env: map[string]string{}, Context: ctx, Interrupt: cancel,
	}
}

// computed answers the subresources that are computed: with nothing.
func computed(action clienttesting.Action) (bool, runtime.Object, error) {
	switch action.GetSubresource() {
	case "sharing":
		return true, &v1alpha1.WorkspaceSharing{}, nil
	case "usage":
		return true, &v1alpha1.WorkspaceUsage{}, nil
	}
	return false, nil, nil
}

// Run runs a command line.
func (p *Plugin) Run(args ...string) Result { return p.run(inNamespace(args)) }

// Complete is what Tab offers at the end of a command line, the last argument of which is what has been typed so far.
func (p *Plugin) Complete(args ...string) []string {
	var offered []string
	for line := range strings.Lines(p.run(append([]string{"__completeNoDesc", "-n", Namespace}, args...)).Out) {
		if line = strings.TrimSpace(line); !strings.HasPrefix(line, ":") { // the last line is for the shell
			offered = append(offered, line)
		}
	}
	return offered
}

func (p *Plugin) run(args []string) Result {
	var out, errOut bytes.Buffer
	f := util.NewFactory(genericiooptions.IOStreams{In: strings.NewReader(p.Typed), Out: &out, ErrOut: &errOut})
	f.Clientset = func() (versioned.Interface, error) { return p.Server, nil }
	f.Kubernetes = func() (kubernetes.Interface, error) { return p.Cluster, nil }
	f.Dynamic = func() (dynamic.Interface, error) { return p.Composed, nil }
	f.Mapper = p.mapper
	f.Interactive = func() bool { return p.Typed != "" }
	f.Terminal = func(any) bool { return p.Terminal }
	f.Getenv = func(name string) string { return p.Env[name] }
	f.Clock = instant{}
	root := cmd.New(util.Program, f)
	root.SetArgs(args)
	code := cmd.Run(p.Context, f, root)
	return Result{Code: code, Out: out.String(), Err: errOut.String()}
}

func (p *Plugin) mapper() (meta.RESTMapper, error) {
	mapper := meta.NewDefaultRESTMapper(nil)
	for _, kind := range p.Kinds {
		mapper.Add(kind, meta.RESTScopeNamespace)
	}
	return mapper, nil
}

// inNamespace names the namespace at the end of the flags: what comes after "--" is another command's. The last word of a
// line that is to be completed stays the last.
func inNamespace(args []string) []string {
	if len(args) > 0 && strings.HasPrefix(args[0], cobra.ShellCompRequestCmd) {
		return slices.Insert(slices.Clone(args), 1, "-n", Namespace)
	}
	end := slices.Index(args, "--")
	if end < 0 {
		end = len(args)
	}
	return slices.Insert(slices.Clone(args), end, "-n", Namespace)
}

// Play scripts the life of a workspace: a read answers with its first state, a watch from there sends the others and
// stays open.
func (p *Plugin) Play(states ...*v1alpha1.Workspace) {
	p.Server.PrependReactor("get", "workspaces", func(action clienttesting.Action) (bool, runtime.Object, error) {
		return action.GetSubresource() == "", numbered(states[0], 1), nil
	})
	p.Changes(states[1:]...)
}

// PlayOnce is Play for a watch that the server ends after the last state.
func (p *Plugin) PlayOnce(states ...*v1alpha1.Workspace) {
	p.Play(states...)
	p.changes(states[1:], true)
}

// Changes scripts what watches send. A state that is being deleted is sent as deleted.
func (p *Plugin) Changes(states ...*v1alpha1.Workspace) { p.changes(states, false) }

func (p *Plugin) changes(states []*v1alpha1.Workspace, end bool) {
	p.Server.PrependWatchReactor("workspaces", func(clienttesting.Action) (bool, watch.Interface, error) {
		watcher := watch.NewFakeWithChanSize(len(states), false)
		for i, state := range states {
			kind := watch.Modified
			if state.DeletionTimestamp != nil {
				kind = watch.Deleted
			}
			watcher.Action(kind, numbered(state, i+2))
		}
		if end {
			watcher.Stop()
		}
		return true, watcher, nil
	})
}

// Refuse makes the server answer a verb on a subresource ("" for the workspace itself) with an error.
func (p *Plugin) Refuse(verb, subresource string, err error) {
	p.Server.PrependReactor(verb, "*", func(action clienttesting.Action) (bool, runtime.Object, error) {
		return action.GetSubresource() == subresource, nil, err
	})
}

// Writes collects what is written to a section, after "All" where that is a dry run; state tells a workspace in short. The
// first so many writes meet a conflict.
func (p *Plugin) Writes(section string, conflicts int, state func(*v1alpha1.Workspace) string) *[]string {
	var states []string
	p.Server.PrependReactor("update", "workspaces", func(action clienttesting.Action) (bool, runtime.Object, error) {
		if action.GetSubresource() != section {
			return false, nil, nil
		}
		update := action.(clienttesting.UpdateActionImpl)
		ws := update.GetObject().(*v1alpha1.Workspace)
		if conflicts--; conflicts >= 0 {
			return true, nil, apierrors.NewConflict(v1alpha1.Resource("workspaces"), ws.Name, nil)
		}
		states = append(states, strings.Join(append(update.UpdateOptions.DryRun, state(ws)), " "))
		return true, ws, nil
	})
	return &states
}

// numbered is the state with a resourceVersion.
func numbered(ws *v1alpha1.Workspace, version int) *v1alpha1.Workspace {
	numbered := ws.DeepCopy()
	numbered.ResourceVersion = strconv.Itoa(version)
	return numbered
}

// instant is a clock whose waits are over at once.
type instant struct{ clock.RealClock }

func (instant) After(time.Duration) <-chan time.Time {
	over := make(chan time.Time)
	close(over)
	return over
}
