package credentials

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"
	"k8s.io/kubectl/pkg/util/templates"

	"github.com/eoepca/workspaces/pkg/kubectl/credentials/inifile"
	"github.com/eoepca/workspaces/pkg/kubectl/util"
)

var configureRcloneExample = templates.Examples(`
	# A remote for the workspace
	kubectl workspace credentials configure rclone --workspace ws-alice
	rclone ls ws-alice:ws-alice

	# Under other names
	kubectl workspace credentials configure rclone --workspace ws-alice --remote alice --profile alice`)

type rcloneOptions struct {
	awsOptions
	remote string
}

func newConfigureRcloneCommand(f *util.Factory, workspace *util.WorkspaceFlag) *cobra.Command {
	o := &rcloneOptions{awsOptions: awsOptions{configureOptions: configureOptions{Factory: f, workspace: workspace}}}
	cmd := &cobra.Command{
		Use:   "rclone",
		Short: "Give rclone a remote that asks for the keys of a workspace",
		Long: util.Long(
			"Write a remote into rclone.conf ($RCLONE_CONFIG) that takes its keys from a profile of AWS clients, and that profile, "+
				"which asks this plugin for the keys of a workspace each time rclone starts. No key is written.",
			"All else in the files stays as it is. A remote or profile of the same name that this command has not written is "+
				"replaced with --force only."),
		Example:           configureRcloneExample,
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
	cmd.Flags().StringVar(&o.remote, "remote", o.remote, "The name of the remote. Defaults to the workspace's.")
	cobra.CheckErr(cmd.RegisterFlagCompletionFunc("remote", cobra.NoFileCompletions))
	return cmd
}

func (o *rcloneOptions) complete(cmd *cobra.Command) error {
	if err := o.awsOptions.complete(cmd); err != nil {
		return err
	}
	if o.remote == "" {
		o.remote = o.workspace.Name
	}
	if !title.MatchString(o.remote) || o.remote[0] == '-' {
		return util.UsageErrorf(cmd, "--remote %q: give letters, digits, and any of _ . @ -, of which - is not the first", o.remote)
	}
	return nil
}

func (o *rcloneOptions) run(ctx context.Context) error {
	s3, err := o.fetchS3(ctx)
	if err != nil {
		return err
	}
	path, err := rcloneConfig(o.Factory)
	if err != nil {
		return err
	}
	if err := o.putProfile(s3); err != nil {
		return err
	}
	style := "" // as rclone thinks best
	if s3.ForcePathStyle {
		style = "true"
	}
	lines, err := settings(
		setting{"type", "s3"}, setting{"provider", "Other"}, setting{"env_auth", "true"}, setting{"profile", o.profile},
		setting{"endpoint", s3.Endpoint}, setting{"region", s3.Region}, setting{"force_path_style", style},
	)
	if err != nil {
		return err
	}
	if err := o.put(path, fmt.Sprintf("remote %q", o.remote), inifile.Section{Title: o.remote, Mark: mark, Lines: lines}); err != nil {
		return err
	}
	o.Progressf("use it with: rclone ls %s:%s", o.remote, s3.Bucket)
	return nil
}

// rcloneConfig is the file that rclone reads. One that is encrypted is for rclone alone to write.
func rcloneConfig(f *util.Factory) (string, error) {
	path, err := rclonePath(f)
	if err != nil {
		return "", err
	}
	text, err := os.ReadFile(path)
	switch {
	case err != nil && !errors.Is(err, fs.ErrNotExist):
		return "", err
	case strings.Contains(string(text), "RCLONE_ENCRYPT_V"):
		return "", util.Errorf(util.ExitError, "%s is encrypted, and only rclone can write it: use \"%s credentials configure aws\", and a remote "+
			"of rclone with env_auth and that profile", path, util.Program)
	}
	return path, nil
}

// rclonePath is the first of rclone's places where a file is, else the place where it makes one.
func rclonePath(f *util.Factory) (string, error) {
	if f.Getenv("RCLONE_CONFIG") != "" {
		return home(f, "RCLONE_CONFIG")
	}
	usual, err := home(f, "", ".config", "rclone", "rclone.conf")
	if err != nil {
		return "", err
	}
	old, err := home(f, "", ".rclone.conf")
	if err != nil {
		return "", err
	}
	places := []string{usual}
	for _, folder := range []string{f.Getenv("XDG_CONFIG_HOME"), f.Getenv("APPDATA")} {
		if folder != "" {
			places = append([]string{filepath.Join(folder, "rclone", "rclone.conf")}, places...)
		}
	}
	for _, place := range append(places, old) {
		if isFile(place) {
			return place, nil
		}
	}
	return places[0], nil
}

func isFile(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular()
}
