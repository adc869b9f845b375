package credentials

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"k8s.io/kubectl/pkg/util/templates"

	"github.com/eoepca/workspaces/pkg/kubectl/util"
)

var configureDockerExample = templates.Examples(`
	# Pull from and push to the registry with the keys of the workspace
	kubectl workspace credentials configure docker --workspace ws-alice --registry registry.example.org
	docker pull registry.example.org/ws-alice/image

	# With the helper in a folder of your own on the PATH
	kubectl workspace credentials configure docker --workspace ws-alice --registry registry.example.org --helper-dir ~/.local/bin`)

type dockerOptions struct {
	configureOptions
	registry  string
	helperDir string
}

func newConfigureDockerCommand(f *util.Factory, workspace *util.WorkspaceFlag) *cobra.Command {
	o := &dockerOptions{configureOptions: configureOptions{Factory: f, workspace: workspace}}
	cmd := &cobra.Command{
		Use:   "docker",
		Short: "Have Docker ask for the registry keys of a workspace",
		Long: util.Long(
			"Make this plugin Docker's credential helper for a registry: a link to it named "+dockerHelper+" on the PATH, and "+
				"entries in Docker's config.json ($DOCKER_CONFIG) that say which workspace the registry's keys come from. Docker, "+
				"and other programs that read that file, ask for them each time. No key is written.",
			"All else in the file stays as it is. Another helper for the same registry is replaced with --force only."),
		Example:           configureDockerExample,
		Args:              util.Args(cobra.NoArgs),
		ValidArgsFunction: cobra.NoFileCompletions,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := o.complete(cmd); err != nil {
				return err
			}
			return o.run(cmd.Context())
		},
	}
	o.addFlags(cmd)
	cmd.Flags().StringVar(&o.registry, "registry", o.registry, "The registry, as images name it: HOST or HOST:PORT.")
	cmd.Flags().StringVar(&o.helperDir, "helper-dir", o.helperDir, "The folder for the link. Defaults to that of this plugin.")
	cobra.CheckErr(cmd.RegisterFlagCompletionFunc("registry", cobra.NoFileCompletions))
	cobra.CheckErr(cmd.MarkFlagDirname("helper-dir"))
	return cmd
}

func (o *dockerOptions) complete(cmd *cobra.Command) error {
	if o.registry = registryHost(o.registry); o.registry == "" {
		return util.UsageErrorf(cmd, "which registry? name it with --registry HOST, as images do")
	}
	if strings.ContainsAny(o.registry, "/ \t") {
		return util.UsageErrorf(cmd, "--registry %q: give HOST or HOST:PORT", o.registry)
	}
	return o.configureOptions.complete(cmd)
}

func (o *dockerOptions) run(ctx context.Context) error {
	found, err := fetch(ctx, o.Factory, o.workspace.Name)
	if err != nil {
		return err
	}
	if found.Registry == nil {
		return util.Errorf(util.ExitNotFound, "workspace %q has no keys of a container registry", o.workspace.Name)
	}
	path, err := dockerConfigPath(o.Factory)
	if err != nil {
		return err
	}
	before, err := os.ReadFile(path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	after, err := registerHelper(before, o.registry, o.command.flags, o.force)
	var coded *util.CodedError
	switch {
	case errors.As(err, &coded):
		coded.Err = fmt.Errorf("%s: %w", path, coded.Err)
		return coded
	case err != nil:
		return fmt.Errorf("%s: %w", path, err)
	}
	if err := o.link(); err != nil {
		return err
	}
	if err := o.save(path, fmt.Sprintf("registry %q", o.registry), string(before), after, after); err != nil {
		return err
	}
	o.Progressf("use it with: docker pull %s/IMAGE", o.registry)
	return nil
}

// link puts the helper where Docker finds it: a link to this plugin, which knows by its name what it is called for.
func (o *dockerOptions) link() error {
	dir := o.helperDir
	if dir == "" {
		dir = filepath.Dir(o.command.program)
	}
	dir, err := filepath.Abs(dir)
	if err != nil {
		return err
	}
	path := filepath.Join(dir, dockerHelper)
	if runtime.GOOS == "windows" {
		path += ".exe"
	}
	if !slices.Contains(filepath.SplitList(o.Getenv("PATH")), dir) {
		o.Progressf("warning: %s is not on the PATH, where Docker looks for %s", dir, dockerHelper)
	}
	if o.dryRun == "client" {
		o.Progressf("helper linked at %s (dry run)", path)
		return nil
	}
	return o.linkAt(path)
}

func (o *dockerOptions) linkAt(path string) error {
	there, err := os.Lstat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
	case err != nil:
		return err
	case there.Mode()&fs.ModeSymlink == 0 && !o.force:
		return util.Errorf(util.ExitConflict, "%s is there already and no link: --force replaces it", path)
	default:
		if to, err := os.Readlink(path); err == nil && to == o.command.program {
			return nil
		}
		if err := os.Remove(path); err != nil {
			return err
		}
	}
	err = os.Symlink(o.command.program, path)
	if errors.Is(err, fs.ErrPermission) || errors.Is(err, fs.ErrNotExist) {
		unwritable := util.Errorf(util.ExitError, "link the helper: %w", err)
		unwritable.Hint = "--helper-dir names a folder on your PATH that you may write to"
		return unwritable
	}
	return err
}
