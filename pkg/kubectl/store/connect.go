package store

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"strings"

	"github.com/spf13/cobra"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/kubectl/pkg/util/templates"

	"github.com/eoepca/workspaces/pkg/apis/eoepca/v1alpha1"
	typedv1alpha1 "github.com/eoepca/workspaces/pkg/generated/clientset/versioned/typed/eoepca/v1alpha1"
	"github.com/eoepca/workspaces/pkg/kubectl/util"
)

var connectExample = templates.Examples(`
	# psql on the first database of the host pg0; redis-cli or mongosh for the other types
	kubectl workspace store connect pg0 --workspace ws-alice

	# Another program, which finds the store in its environment
	kubectl workspace store connect pg0 --database prod --workspace ws-alice -- pg_dump --schema-only
	kubectl workspace store connect prod --type vectors --workspace ws-alice -- sh -c 'curl -H "api-key: $QDRANT_API_KEY" $QDRANT_URL/collections'

	# How to do it by hand
	kubectl workspace store connect pg0 --print --workspace ws-alice`)

type connectOptions struct {
	*util.Factory
	workspace      *util.WorkspaceFlag
	client         typedv1alpha1.WorkspaceInterface
	kind           typeFlag
	name, database string
	print          bool
	command        []string
}

func newConnectCommand(f *util.Factory, workspace *util.WorkspaceFlag) *cobra.Command {
	o := &connectOptions{Factory: f, workspace: workspace}
	cmd := &cobra.Command{
		Use:   "connect NAME [-- COMMAND ARGS...]",
		Short: "Connect a client to a store",
		Long: util.Long(
			"Run a client on a store: psql for databases, redis-cli for caches, mongosh for documents, or the COMMAND. A store inside of the cluster is "+
				"reached by a forwarded port, as kubectl port-forward does it, for as long as the client runs.",
			"The keys are in the client's environment and nowhere else: PGHOST, PGPORT, PGUSER, PGPASSWORD and PGDATABASE for databases, REDIS_HOST, "+
				"REDIS_PORT, REDIS_USER and REDISCLI_AUTH for caches, MONGO_URI for documents, QDRANT_URL and QDRANT_API_KEY for vectors. "+
				"The exit code is the client's."),
		Example: connectExample,
		Args: func(cmd *cobra.Command, args []string) error {
			if names := cmd.ArgsLenAtDash(); names >= 0 {
				args = args[:names]
			}
			return util.OneName(cmd, args)
		},
		ValidArgsFunction: workspace.CompleteItems(f, 1, names),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := o.complete(cmd, args); err != nil {
				return err
			}
			return o.run(cmd.Context(), cmd)
		},
	}
	addType(cmd, &o.kind)
	cmd.Flags().StringVar(&o.database, "database", o.database, "The database on the store. Defaults to the first one.")
	cmd.Flags().BoolVar(&o.print, "print", o.print, "Print the command, without what is secret, and run nothing.")
	return cmd
}

func (o *connectOptions) complete(cmd *cobra.Command, args []string) (err error) {
	o.name, o.command = args[0], args[1:]
	if o.print && len(o.command) > 0 {
		return util.UsageErrorf(cmd, "--print shows the usual client: give no COMMAND with it")
	}
	if err := o.workspace.Complete(o.Factory, cmd); err != nil {
		return err
	}
	o.client, err = o.Workspaces()
	return err
}

func (o *connectOptions) run(ctx context.Context, cmd *cobra.Command) error {
	ws, err := o.client.Get(ctx, o.workspace.Name, metav1.GetOptions{})
	if err != nil {
		return err
	}
	key, err := find(ws, o.kind, o.name)
	if err != nil {
		return err
	}
	values, err := o.values(ctx, ws, key)
	if err != nil {
		return err
	}
	at := address{values["HOST"], cmp.Or(values["PORT"], defaultPorts[key.kind])}
	if o.print {
		return o.show(engines[key.kind](key.name, values, at, o.database), at)
	}
	if len(o.command) == 0 && engines[key.kind](key.name, values, at, o.database).command == nil {
		return util.UsageErrorf(cmd, "stores of the type %s have no client of their own: give a COMMAND after --", key.kind)
	}
	at, stop, err := o.reach(ctx, at, values["HOST_EXTERNAL"])
	if err != nil {
		return err
	}
	defer stop()
	return o.start(engines[key.kind](key.name, values, at, o.database))
}

// values are the store's credentials.
func (o *connectOptions) values(ctx context.Context, ws *v1alpha1.Workspace, key key) (map[string]string, error) {
	credentials, err := o.client.GetCredentials(ctx, ws.Name, metav1.GetOptions{})
	if err != nil {
		return nil, err
	}
	for _, store := range credentials.Stores {
		if store.Type == key.kind && store.Name == key.name && store.Values["HOST"] != "" {
			return store.Values, nil
		}
	}
	err = util.Errorf(util.ExitNotReady, "store %q (%s) of workspace %q has no keys yet: the provider is still making it", key.name, key.kind, ws.Name)
	return nil, err
}

// show prints the command for a person.
func (o *connectOptions) show(c client, at address) error {
	if s, ok := serviceOf(at.host); ok {
		o.Progressf("From outside of the cluster, forward a port first and connect to %s instead of %s:\n  kubectl port-forward -n %s service/%s %s",
			loopback, at.host, s.namespace, s.name, at.port)
	}
	var words []string
	for _, word := range c.shown {
		words = append(words, quote(word))
	}
	_, err := fmt.Fprintln(o.Out, strings.Join(words, " "))
	return err
}

// quote quotes a word for a POSIX shell where it needs that.
func quote(word string) string {
	plain := func(r rune) bool {
		return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("-_./:@%+=,", r)
	}
	if word != "" && strings.IndexFunc(word, func(r rune) bool { return !plain(r) }) < 0 {
		return word
	}
	return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
}

// reach makes the store reachable from here. A Service of the cluster is by a forwarded port; where that cannot be had, by the
// name that the provider has given it outside of the cluster.
func (o *connectOptions) reach(ctx context.Context, at address, external string) (address, func(), error) {
	service, ok := serviceOf(at.host)
	if !ok {
		return at, func() {}, nil
	}
	err := service.there(ctx, o.Factory)
	if err == nil {
		return service.forward(o.Factory, at.port)
	}
	if external != "" {
		return address{external, at.port}, func() {}, nil
	}
	return at, nil, err
}

// start runs the client until it ends. Signals from the keyboard are for the client, which shares the terminal.
func (o *connectOptions) start(c client) error {
	command := o.command
	if len(command) == 0 {
		command = c.command
	}
	program := exec.Command(command[0], command[1:]...)
	program.Env = c.environment(os.Environ())
	program.Stdin, program.Stdout, program.Stderr = o.In, o.Out, o.ErrOut
	ours := make(chan os.Signal, 1)
	signal.Notify(ours, os.Interrupt)
	defer signal.Stop(ours)
	o.Occupied.Store(true)
	err := program.Run()
	var exit *exec.ExitError
	switch {
	case errors.Is(err, exec.ErrNotFound):
		coded := util.Errorf(util.ExitError, "%w", err)
		coded.Hint = fmt.Sprintf("install %s, or give another client after --", command[0])
		return coded
	case errors.As(err, &exit) && exit.ExitCode() >= 0:
		return util.Answered(exit.ExitCode())
	}
	return err
}
