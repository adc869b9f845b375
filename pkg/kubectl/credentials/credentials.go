package credentials

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/cli-runtime/pkg/genericclioptions"
	"k8s.io/cli-runtime/pkg/printers"
	"k8s.io/kubectl/pkg/util/templates"

	"github.com/eoepca/workspaces/pkg/apis/eoepca/v1alpha1"
	"github.com/eoepca/workspaces/pkg/generated/clientset/versioned/scheme"
	typedv1alpha1 "github.com/eoepca/workspaces/pkg/generated/clientset/versioned/typed/eoepca/v1alpha1"
	"github.com/eoepca/workspaces/pkg/kubectl/util"
)

const formatEnv = "env"

var example = templates.Examples(`
	# Use the keys in this shell: S3 clients such as aws and rclone find them
	eval "$(kubectl workspace credentials --workspace ws-alice)"

	# As JSON: storage, stores, registry and env
	kubectl workspace credentials --workspace ws-alice -o json

	# One value
	kubectl workspace credentials --workspace ws-alice -o jsonpath='{.storage.endpoint}'`)

type options struct {
	*util.Factory
	workspace util.WorkspaceFlag
	print     *genericclioptions.PrintFlags
	client    typedv1alpha1.WorkspaceInterface
	// printer is nil for the env format.
	printer printers.ResourcePrinter
}

// NewCommand is the "credentials" noun; by itself it prints the environment.
func NewCommand(f *util.Factory) *cobra.Command {
	o := &options{Factory: f, print: genericclioptions.NewPrintFlags("").WithTypeSetter(scheme.Scheme).WithDefaultOutput(formatEnv)}
	cmd := &cobra.Command{
		Use:   "credentials",
		Short: "Print the keys of a workspace, ready for a shell",
		Long: util.Long(
			"Print the keys of a workspace: by default as \"export NAME='value'\" lines for a POSIX shell, with " +
				"the variables that its sessions have. They are read at this moment and stored nowhere."),
		Example: example,
		Args:    util.Args(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := o.complete(cmd); err != nil {
				return err
			}
			return o.run(cmd.Context())
		},
	}
	o.workspace.AddTo(f, cmd)
	o.print.AddFlags(cmd)
	formats := strings.Join(append([]string{formatEnv}, o.formats()...), ", ")
	cmd.Flags().Lookup("output").Usage = "Output format. One of: (" + formats + ")."
	return cmd
}

// formats leaves out "name": the credentials are no object that one could ask for by it.
func (o *options) formats() []string {
	return slices.DeleteFunc(o.print.AllowedFormats(), func(format string) bool { return format == "name" })
}

func (o *options) complete(cmd *cobra.Command) (err error) {
	if err := o.workspace.Complete(o.Factory, cmd); err != nil {
		return err
	}
	if err := o.choosePrinter(); err != nil {
		return util.UsageErrorf(cmd, "%v", err)
	}
	o.client, err = o.Workspaces()
	return err
}

func (o *options) choosePrinter() (err error) {
	switch format := *o.print.OutputFormat; {
	case format == "name":
		return fmt.Errorf("-o name: unknown format, give one of %s, %s", formatEnv, strings.Join(o.formats(), ", "))
	case format == formatEnv && *o.print.TemplatePrinterFlags.TemplateArgument == "":
		return nil
	}
	o.printer, err = o.print.ToPrinter()
	return err
}

func (o *options) run(ctx context.Context) error {
	credentials, err := o.client.GetCredentials(ctx, o.workspace.Name, metav1.GetOptions{})
	if err != nil {
		return err
	}
	if o.printer != nil {
		return o.printer.PrintObj(credentials, o.Out)
	}
	if credentials.Storage == nil && len(credentials.Env) == 0 {
		return o.notReady()
	}
	lines, skipped := exports(environment(credentials))
	for _, name := range skipped {
		o.Progressf("warning: left out %q: no shell takes it as the name of a variable", name)
	}
	_, err = fmt.Fprint(o.Out, lines)
	return err
}

func (o *options) notReady() error {
	err := util.Errorf(util.ExitNotReady, "workspace %q has no keys yet: the provider is still making them", o.workspace.Name)
	err.Hint = "kubectl wait --for=condition=Ready workspace/" + o.workspace.Name
	return err
}

// environment is the environment of sessions; the S3 keys are always in it, under the names that S3 clients read.
func environment(credentials *v1alpha1.WorkspaceCredentials) map[string]string {
	env := map[string]string{}
	if s3 := credentials.Storage; s3 != nil {
		env["AWS_ACCESS_KEY_ID"] = s3.AccessKeyID
		env["AWS_SECRET_ACCESS_KEY"] = s3.SecretAccessKey
		if s3.Endpoint != "" {
			env["AWS_ENDPOINT_URL"] = s3.Endpoint
		}
		if s3.Region != "" {
			env["AWS_REGION"] = s3.Region
		}
		if s3.ForcePathStyle {
			env["AWS_S3_FORCE_PATH_STYLE"] = "true"
		}
	}
	for name, value := range credentials.Env {
		env[name] = value
	}
	return env
}
