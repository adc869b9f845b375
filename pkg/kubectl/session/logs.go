package session

import (
	"context"
	"fmt"
	"time"

	"github.com/spf13/cobra"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/kubectl/pkg/cmd/logs"
	"k8s.io/kubectl/pkg/polymorphichelpers"
	"k8s.io/kubectl/pkg/util/templates"

	"github.com/eoepca/workspaces/pkg/apis/eoepca/v1alpha1"
	typedv1alpha1 "github.com/eoepca/workspaces/pkg/generated/clientset/versioned/typed/eoepca/v1alpha1"
	"github.com/eoepca/workspaces/pkg/kubectl/util"
)

var logsExample = templates.Examples(`
	# What the session "default" has logged
	kubectl workspace session logs default --workspace ws-alice

	# What it logs from now on
	kubectl workspace session logs default -f --tail 0 --workspace ws-alice

	# What it said before it crashed
	kubectl workspace session logs default --previous --since 1h --workspace ws-alice`)

// podPatience is how long somebody waits for the pod to begin.
const podPatience = 20 * time.Second

type logsOptions struct {
	*util.Factory
	*logs.LogsOptions
	workspace *util.WorkspaceFlag
	client    typedv1alpha1.WorkspaceInterface
	name      string
}

func newLogsCommand(f *util.Factory, workspace *util.WorkspaceFlag) *cobra.Command {
	o := &logsOptions{Factory: f, LogsOptions: logs.NewLogsOptions(f.IOStreams), workspace: workspace}
	cmd := &cobra.Command{
		Use:   "logs NAME",
		Short: "Print what a session logs",
		Long: util.Long(
			"Print the logs of a session: those of its pod, in the namespace of the workspace's name. Whoever runs the cluster decides who may " +
				"read them there."),
		Example:           logsExample,
		Args:              util.OneName,
		ValidArgsFunction: workspace.CompleteItems(f, 1, declaredNames),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := o.complete(cmd, args); err != nil {
				return err
			}
			return o.run(cmd.Context())
		},
	}
	flags := cmd.Flags()
	flags.BoolVarP(&o.Follow, "follow", "f", o.Follow, "Go on with what is logged from now on.")
	flags.BoolVarP(&o.Previous, "previous", "p", o.Previous, "Print what the container before the present one has logged.")
	flags.DurationVar(&o.SinceSeconds, "since", o.SinceSeconds, "Leave out what is older than this, such as 5m or 3h.")
	flags.Int64Var(&o.Tail, "tail", o.Tail, "How many of the last lines to print; -1: all.")
	flags.BoolVar(&o.Timestamps, "timestamps", o.Timestamps, "Begin each line with its time.")
	flags.StringVarP(&o.Container, "container", "c", o.Container, "The container of the pod. Defaults to the one that the pod names as its default.")
	return cmd
}

func (o *logsOptions) complete(cmd *cobra.Command, args []string) (err error) {
	o.name = args[0]
	if err := o.workspace.Complete(o.Factory, cmd); err != nil {
		return err
	}
	o.ContainerNameSpecified, o.TailSpecified = cmd.Flag("container").Changed, cmd.Flag("tail").Changed
	if o.SinceSeconds < 0 {
		return util.UsageErrorf(cmd, "--since %s: give a time that is not negative, such as 5m", o.SinceSeconds)
	}
	o.client, err = o.Workspaces()
	return err
}

func (o *logsOptions) run(ctx context.Context) error {
	ws, err := o.client.Get(ctx, o.workspace.Name, metav1.GetOptions{})
	if err != nil {
		return err
	}
	if declared(ws, o.name) == nil {
		return notDeclared(ws, o.name)
	}
	service, err := o.service(ctx, ws)
	if apierrors.IsForbidden(err) {
		return o.forbidden(err, ws)
	}
	if err != nil {
		return err
	}
	err = o.print(ctx, service)
	if cause := context.Cause(ctx); cause != nil {
		return cause
	}
	if apierrors.IsForbidden(err) {
		return o.forbidden(err, ws)
	}
	return err
}

// service is the session's, by which its pods are found.
func (o *logsOptions) service(ctx context.Context, ws *v1alpha1.Workspace) (*corev1.Service, error) {
	client, err := o.Kubernetes()
	if err != nil {
		return nil, err
	}
	service, err := client.CoreV1().Services(ws.Name).Get(ctx, ws.Name+"-"+o.name, metav1.GetOptions{})
	if apierrors.IsNotFound(err) {
		return nil, o.noPods(ws, fmt.Sprintf("the namespace %q has no Service %q, by which they would be found", ws.Name, ws.Name+"-"+o.name))
	}
	if err != nil {
		return nil, err
	}
	if len(service.Spec.Selector) == 0 {
		return nil, o.noPods(ws, fmt.Sprintf("its Service %q in the namespace %q selects none", service.Name, ws.Name))
	}
	pods, err := client.CoreV1().Pods(ws.Name).List(ctx, metav1.ListOptions{LabelSelector: labels.SelectorFromSet(service.Spec.Selector).String()})
	if err != nil {
		return nil, err
	}
	if len(pods.Items) == 0 {
		return nil, o.noPods(ws, fmt.Sprintf("the namespace %q has none for it", ws.Name))
	}
	return service, nil
}

func (o *logsOptions) noPods(ws *v1alpha1.Workspace, why string) error {
	state := "is " + phaseOf(observed(ws, o.name))
	if declared(ws, o.name).State == v1alpha1.SessionStopped {
		state = "is stopped"
	}
	err := util.Errorf(util.ExitNotFound, "session %q of workspace %q %s and has no pods that log: %s", o.name, ws.Name, state, why)
	err.Hint = fmt.Sprintf("%s session list -o wide --workspace %s -n %s", util.Program, ws.Name, ws.Namespace)
	return err
}

func (o *logsOptions) forbidden(err error, ws *v1alpha1.Workspace) error {
	return &util.CodedError{Code: util.ExitForbidden, Err: err, Hint: fmt.Sprintf("logs are those of pods: to read them you need get on services, "+
		"list on pods and get on pods/log in the namespace %s; ask whoever runs the cluster", ws.Name)}
}

// print leaves the choice of the pod and its container, and the reading, to kubectl's own code.
func (o *logsOptions) print(ctx context.Context, service *corev1.Service) (err error) {
	o.LogsOptions.Namespace, o.Object, o.GetPodTimeout = service.Namespace, service, podPatience
	o.ConsumeRequestFn, o.RESTClientGetter = logs.DefaultConsumeRequest, o.Config
	o.LogsForObject, o.AllPodLogsForObject = polymorphichelpers.LogsForObjectFn, polymorphichelpers.AllPodLogsForObjectFn
	if o.Options, err = o.ToLogOptions(); err != nil {
		return err
	}
	return o.RunLogsContext(ctx)
}
