package util_test

import (
	"bytes"
	"errors"
	"fmt"
	"syscall"
	"testing"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	utilerrors "k8s.io/apimachinery/pkg/util/errors"
	"k8s.io/apimachinery/pkg/util/validation/field"

	"github.com/eoepca/workspaces/pkg/apis/eoepca/v1alpha1"
	"github.com/eoepca/workspaces/pkg/kubectl/util"
)

func TestExitCodes(t *testing.T) {
	notFound := apierrors.NewNotFound(workspaces, "ws")
	sessions := field.NewPath("spec", "sessions")
	for _, test := range []struct {
		what string
		err  error
		code int
	}{
		{"success", nil, 0},
		{"anything else", errors.New("x"), 1},
		{"an error that says so", util.Errorf(util.ExitNotReady, "x"), 3},
		{"unavailable", unavailable, 3},
		{"forbidden", forbidden, 4},
		{"not found", notFound, 5},
		{"not found, wrapped", fmt.Errorf("reading: %w", notFound), 5},
		{"conflict", apierrors.NewConflict(workspaces, "ws", nil), 6},
		{"already exists", apierrors.NewAlreadyExists(workspaces, "ws"), 6},
		{"a limit", apierrors.NewInvalid(v1alpha1.Kind("Workspace"), "ws", field.ErrorList{field.TooMany(sessions, 3, 2)}), 6},
		{"invalid otherwise", apierrors.NewInvalid(v1alpha1.Kind("Workspace"), "ws", field.ErrorList{field.Required(sessions, "")}), 1},
		{"timeout", util.TimedOut{After: time.Second}, 124},
		{"interrupt", util.Interrupted{Signal: syscall.SIGINT}, 130},
		{"termination", fmt.Errorf("waiting: %w", util.Interrupted{Signal: syscall.SIGTERM}), 143},
		{"several that agree", utilerrors.NewAggregate([]error{notFound, notFound}), 5},
		{"several that differ", utilerrors.NewAggregate([]error{notFound, forbidden}), 1},
		{"several, one of them an interrupt", utilerrors.NewAggregate([]error{notFound, util.Interrupted{Signal: syscall.SIGINT}}), 130},
	} {
		if got := util.ExitCode(test.err); got != test.code {
			t.Errorf("%s: exit code %d, want %d", test.what, got, test.code)
		}
	}
}

func TestErrorsReadAsKubectls(t *testing.T) {
	hinted := util.Errorf(util.ExitUsage, "which?")
	hinted.Hint = "kubectl workspace --help"
	for _, test := range []struct {
		err  error
		want string
	}{
		{errors.New("x"), "error: x\n"},
		{forbidden, "Error from server (Forbidden): " + forbidden.Error() + "\n"},
		{&util.CodedError{Code: 6, Err: forbidden}, "Error from server (Forbidden): " + forbidden.Error() + "\n"},
		{hinted, "error: which?\n  hint: kubectl-workspace --help\n"},
		{utilerrors.NewAggregate([]error{hinted, forbidden, hinted}), "which?\n" + "Error from server (Forbidden): " + forbidden.Error() + "\nwhich?\n  hint: kubectl-workspace --help\n"},
		{refused, "The connection to the server 127.0.0.1 was refused - did you specify the right host or port?\n"},
	} {
		var out bytes.Buffer
		util.PrintError(&out, "kubectl-workspace", test.err)
		if out.String() != test.want {
			t.Errorf("got  %q\nwant %q", out.String(), test.want)
		}
	}
}
