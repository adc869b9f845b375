package credentials

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"regexp"

	"github.com/spf13/cobra"
	"k8s.io/kubectl/pkg/util/templates"

	"github.com/eoepca/workspaces/pkg/apis/eoepca/v1alpha1"
	"github.com/eoepca/workspaces/pkg/kubectl/credentials/inifile"
	"github.com/eoepca/workspaces/pkg/kubectl/util"
)

var configureAWSExample = templates.Examples(`
	# A profile for the workspace; afterwards all AWS clients know it
	kubectl workspace credentials configure aws --workspace ws-alice
	aws --profile ws-alice s3 ls s3://ws-alice

	# See what would be written
	kubectl workspace credentials configure aws --workspace ws-alice --profile alice --dry-run=client`)

// mark is the comment that follows the title of a section of ours.
const mark = "# Written by kubectl workspace credentials configure, which may write it again."

type awsOptions struct {
	configureOptions
	profile string
}

func newConfigureAWSCommand(f *util.Factory, workspace *util.WorkspaceFlag) *cobra.Command {
	o := &awsOptions{configureOptions: configureOptions{Factory: f, workspace: workspace}}
	cmd := &cobra.Command{
		Use:   "aws",
		Short: "Give AWS clients a profile that asks for the keys of a workspace",
		Long: util.Long(
			"Write a profile into ~/.aws/config ($AWS_CONFIG_FILE) by which the AWS CLI, the AWS SDKs and what is built "+
				"with them ask this plugin for the keys of a workspace, each time they start. No key is written: they stay "+
				"what they are after a rollover, and go with your access to the workspace.",
			"All else in the file stays as it is. A profile of the same name that this command has not written is replaced "+
				"with --force only."),
		Example:           configureAWSExample,
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
	return cmd
}

func (o *awsOptions) addFlags(cmd *cobra.Command) {
	o.configureOptions.addFlags(cmd)
	cmd.Flags().StringVar(&o.profile, "profile", o.profile, "The name of the profile. Defaults to the workspace's.")
	cobra.CheckErr(cmd.RegisterFlagCompletionFunc("profile", cobra.NoFileCompletions))
}

// title is what all clients take as the name of a section.
var title = regexp.MustCompile(`^[A-Za-z0-9_.@-]+$`)

func (o *awsOptions) complete(cmd *cobra.Command) error {
	if err := o.configureOptions.complete(cmd); err != nil {
		return err
	}
	if o.profile == "" {
		o.profile = o.workspace.Name
	}
	if !title.MatchString(o.profile) {
		return util.UsageErrorf(cmd, "--profile %q: give letters, digits, and any of _ . @ -", o.profile)
	}
	return nil
}

func (o *awsOptions) run(ctx context.Context) error {
	s3, err := o.fetchS3(ctx)
	if err != nil {
		return err
	}
	if err := o.putProfile(s3); err != nil {
		return err
	}
	o.Progressf("use it with: aws --profile %s s3 ls s3://%s", o.profile, s3.Bucket)
	return nil
}

// fetchS3 is what is written of the credentials, and that they can be read at all.
func (o *configureOptions) fetchS3(ctx context.Context) (*v1alpha1.S3Credentials, error) {
	found, err := fetch(ctx, o.Factory, o.workspace.Name)
	if err != nil {
		return nil, err
	}
	if found.Storage == nil {
		return nil, notReady(fmt.Errorf("workspace %q has no S3 keys yet", o.workspace.Name), o.workspace.Name)
	}
	return found.Storage, nil
}

func (o *awsOptions) putProfile(s3 *v1alpha1.S3Credentials) error {
	if err := o.checkKeys(); err != nil {
		return err
	}
	path, err := home(o.Factory, "AWS_CONFIG_FILE", ".aws", "config")
	if err != nil {
		return err
	}
	process, err := o.command.line("credentials", "export", "--format=process")
	if err != nil {
		return err
	}
	lines, err := settings(setting{"endpoint_url", s3.Endpoint}, setting{"region", s3.Region})
	if err != nil {
		return err
	}
	section := inifile.Section{Title: "profile " + o.profile, Mark: mark, Lines: append([]string{"credential_process = " + process}, lines...)}
	if o.profile == "default" {
		section.Title = o.profile
	}
	if s3.ForcePathStyle {
		section.Lines = append(section.Lines, "s3 =", "  addressing_style = path")
	}
	return o.put(path, fmt.Sprintf("profile %q", o.profile), section)
}

// checkKeys refuses a profile for which there are keys in the other file of AWS clients: they would win.
func (o *awsOptions) checkKeys() error {
	path, err := home(o.Factory, "AWS_SHARED_CREDENTIALS_FILE", ".aws", "credentials")
	if err != nil {
		return err
	}
	text, err := os.ReadFile(path)
	if err != nil {
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		return err
	}
	if !inifile.Has(string(text), o.profile) {
		return nil
	}
	conflict := util.Errorf(util.ExitConflict, "%s has a section [%s], whose keys would win over those of the workspace", path, o.profile)
	conflict.Hint = "remove it there, or give another name with --profile"
	return conflict
}
