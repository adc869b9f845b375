package util

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	utilerrors "k8s.io/apimachinery/pkg/util/errors"
	cmdutil "k8s.io/kubectl/pkg/cmd/util"
)

// PrintError writes an error as kubectl would, with a hint on a line of its own where there is one. The program is
// what the user calls the plugin.
func PrintError(w io.Writer, program string, err error) {
	fmt.Fprintln(w, strings.TrimRight(message(err), "\n"))
	for _, line := range remarks(err) {
		fmt.Fprintf(w, "  %s\n", strings.ReplaceAll(line, Program, program))
	}
}

// remarks are the remark and the hint of an error, or of each of several, once.
func remarks(err error) (lines []string) {
	var coded *CodedError
	var several utilerrors.Aggregate
	switch {
	case errors.As(err, &coded):
		if coded.Remark != "" {
			lines = append(lines, coded.Remark)
		}
		if coded.Hint != "" {
			lines = append(lines, "hint: "+coded.Hint)
		}
	case errors.As(err, &several):
		for _, one := range several.Errors() {
			for _, line := range remarks(one) {
				if !slices.Contains(lines, line) {
					lines = append(lines, line)
				}
			}
		}
	}
	return lines
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
