package util

import (
	"errors"
	"fmt"
	"io"
	"strings"

	cmdutil "k8s.io/kubectl/pkg/cmd/util"
)

// PrintError writes an error as kubectl would, with a hint on a line of its own where there is one. The program is
// what the user calls the plugin.
func PrintError(w io.Writer, program string, err error) {
	fmt.Fprintln(w, strings.TrimRight(message(err), "\n"))
	var coded *CodedError
	if !errors.As(err, &coded) {
		return
	}
	if coded.Remark != "" {
		fmt.Fprintf(w, "  %s\n", coded.Remark)
	}
	if coded.Hint != "" {
		fmt.Fprintf(w, "  hint: %s\n", strings.ReplaceAll(coded.Hint, Program, program))
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
	for errors.As(err, &coded) && coded.Err.Error() == err.Error() {
		err = coded.Err
	}
	return err
}
