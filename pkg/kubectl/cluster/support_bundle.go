package cluster

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"

	"github.com/spf13/cobra"
	"k8s.io/kubectl/pkg/util/templates"

	"github.com/eoepca/workspaces/pkg/kubectl/util"
)

var bundleExample = templates.Examples(`
	# Everything that helps others to help you with a workspace
	kubectl workspace support-bundle ws-alice

	# All workspaces that you may see, into a file of your choice
	kubectl workspace support-bundle -A --output-file /tmp/bundle.tar.gz

	# See what is in it before you hand it on
	tar -xzOf /tmp/bundle.tar.gz --wildcards '*/manifest.yaml'`)

type bundleOptions struct {
	*util.Factory
	util.WorkspaceSelection
	workspace util.WorkspaceFlag
	file      string
}

// NewSupportBundleCommand packs what helps others to help.
func NewSupportBundleCommand(f *util.Factory) *cobra.Command {
	o := &bundleOptions{Factory: f}
	cmd := &cobra.Command{
		Use:   "support-bundle [NAME...]",
		Short: "Pack what helps others to help you, without secrets",
		Long: util.Long(
			"Pack workspaces, their parts and events, what the cluster says about the server, the versions, and the result of \"check\" into a "+
				"compressed archive. Without a name: the workspace in use, else all of the namespace that you may see.",
			"No Secret, credentials, token or kubeconfig is read, and what may be secret elsewhere is masked: the manifest in the archive "+
				"says what is in it, how it was redacted and what you were not allowed to read. The name of the file goes to stdout."),
		Example:           bundleExample,
		ValidArgsFunction: f.CompleteWorkspaces,
		RunE: func(cmd *cobra.Command, names []string) error {
			if err := o.complete(cmd, names); err != nil {
				return err
			}
			return o.run(cmd.Context())
		},
	}
	o.WorkspaceSelection.AddTo(cmd)
	o.workspace.AddTo(f, cmd)
	cmd.Flags().StringVar(&o.file, "output-file", o.file, "Where to write the archive; it must not exist yet. Defaults to a name with the time, in the current folder.")
	return cmd
}

func (o *bundleOptions) complete(cmd *cobra.Command, names []string) error {
	o.Names = names
	if err := o.Validate(cmd); err != nil {
		return err
	}
	for _, name := range names {
		if err := util.ValidName(cmd, name); err != nil {
			return err
		}
	}
	if o.Given() {
		return nil
	}
	err := o.workspace.Complete(o.Factory, cmd)
	if o.workspace.Name == "" {
		return nil // where none is meant, all are
	}
	o.Names = []string{o.workspace.Name}
	return err
}

func (o *bundleOptions) run(ctx context.Context) error {
	now := o.Clock.Now()
	b := &bundle{folder: "workspace-support-" + now.UTC().Format("20060102T150405Z"), made: now}
	if o.file == "" {
		o.file = b.folder + ".tar.gz"
	}
	// Nobody waits for something that cannot be kept.
	file, err := os.OpenFile(o.file, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return util.Errorf(util.ExitConflict, "%s exists already: choose another --output-file", o.file)
	}
	if err != nil {
		return err
	}
	err = o.write(ctx, b, file)
	if closed := file.Close(); err == nil {
		err = closed
	}
	if err != nil {
		_ = os.Remove(o.file) // nothing half done is left; why is told
		return err
	}
	o.Progressf("%d files, %d refused. Secrets are masked; look at manifest.yaml in it before you hand it on.", len(b.files), b.refused())
	fmt.Fprintln(o.Out, o.file)
	return nil
}

func (o *bundleOptions) write(ctx context.Context, b *bundle, file *os.File) error {
	c, err := connect(o.Factory)
	if err != nil {
		return err
	}
	if err := c.collect(ctx, b, &o.WorkspaceSelection); err != nil {
		return err
	}
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	text, err := b.pack()
	if err != nil {
		return err
	}
	_, err = file.Write(text)
	return err
}
