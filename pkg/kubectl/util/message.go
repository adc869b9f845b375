package util

import (
	"errors"
	"fmt"
	"io"
	"strings"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	cmdutil "k8s.io/kubectl/pkg/cmd/util"
)

// PrintError writes an error as kubectl would, with a hint on a line of its own where there is one. The program is
// what the user calls the plugin.
func PrintError(w io.Writer, program string, err error) {
	fmt.Fprintln(w, strings.TrimRight(message(err), "\n"))
	if hint := hint(err); hint != "" {
		fmt.Fprintf(w, "  hint: %s\n", strings.ReplaceAll(hint, Program, program))
	}
}

// message asks kubectl's own error printing for the text: it knows statuses with causes, connection
// problems and broken kubeconfigs.
func message(err error) string {
	var text string
	cmdutil.BehaviorOnFatal(func(msg string, _ int) { text = msg })
	defer cmdutil.DefaultBehaviorOnFatal()
	cmdutil.CheckErr(innermostKnown(err))
	return text
}

// innermostKnown strips our wrapping from a bare API error, which kubectl recognises by its type alone.
func innermostKnown(err error) error {
	var coded *CodedError
	if errors.As(err, &coded) && coded.Err.Error() == err.Error() {
		return coded.Err
	}
	return err
}

func hint(err error) string {
	var coded *CodedError
	if errors.As(err, &coded) && coded.Hint != "" {
		return coded.Hint
	}
	// Only a server without the API answers so: a missing workspace is named in the details.
	var status apierrors.APIStatus
	if apierrors.IsNotFound(err) && errors.As(err, &status) && (status.Status().Details == nil || status.Status().Details.Name == "") {
		return "does the cluster serve workspaces? kubectl get apiservice v1alpha1.eoepca.org"
	}
	return ""
}
