package util

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"syscall"
	"time"

	"github.com/spf13/cobra"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	utilerrors "k8s.io/apimachinery/pkg/util/errors"
	utilnet "k8s.io/apimachinery/pkg/util/net"
)

// The exit codes of the plugin. A signal gives 128 plus its number.
const (
	ExitOK        = 0
	ExitError     = 1
	ExitUsage     = 2
	ExitNotReady  = 3
	ExitForbidden = 4
	ExitNotFound  = 5
	ExitConflict  = 6
	ExitTimeout   = 124
)

// CodedError is an error that knows the exit code it ends the process with, and what the user may do next.
type CodedError struct {
	Code int
	Err  error
	// Remark says more about the failure; printed on a line of its own.
	Remark string
	// Hint is a command or a sentence that helps; printed on a line of its own.
	Hint string
}

func (e *CodedError) Error() string { return e.Err.Error() }

// Unwrap gives the cause.
func (e *CodedError) Unwrap() error { return e.Err }

// Errorf makes a CodedError without a hint.
func Errorf(code int, format string, args ...any) *CodedError {
	return &CodedError{Code: code, Err: fmt.Errorf(format, args...)}
}

// UsageErrorf says what is wrong with the command line of cmd and where its help is.
func UsageErrorf(cmd *cobra.Command, format string, args ...any) error {
	err := Errorf(ExitUsage, format, args...)
	err.Hint = fmt.Sprintf("%s --help", cmd.CommandPath())
	return err
}

// errAnswered is the cause of an exit code that needs no words.
var errAnswered = errors.New("answered already")

// Answered ends the process with a code that is the answer itself, as that of a command that was asked a question: nothing is printed.
func Answered(code int) error { return &CodedError{Code: code, Err: errAnswered} }

// IsAnswered says whether there is nothing to print.
func IsAnswered(err error) bool { return errors.Is(err, errAnswered) }

// Unconfirmed is the failure of a request to change something that was cut short, by a signal or by --timeout: whether the server has
// done it is not known. The error stays as it is where the request has failed by itself.
func Unconfirmed(ctx context.Context, err error, what, hint string) error {
	cause := context.Cause(ctx)
	if err == nil || cause == nil {
		return err
	}
	return &CodedError{Code: ExitCode(cause), Err: fmt.Errorf("%w: the server has not confirmed %s", cause, what), Hint: hint}
}

// Args makes the error of a cobra argument check a usage error.
func Args(check cobra.PositionalArgs) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if err := check(cmd, args); err != nil {
			return UsageErrorf(cmd, "%v", err)
		}
		return nil
	}
}

// OneName demands exactly one name on the command line.
func OneName(cmd *cobra.Command, args []string) error {
	if len(args) != 1 {
		return UsageErrorf(cmd, "give exactly one NAME, not %d", len(args))
	}
	return nil
}

// TimedOut is the cause of a context that --timeout has ended.
type TimedOut struct{ After time.Duration }

func (e TimedOut) Error() string { return fmt.Sprintf("timed out after %s", e.After) }

// Interrupted is the cause of a context that a signal has ended.
type Interrupted struct{ Signal os.Signal }

func (e Interrupted) Error() string {
	if e.Signal == os.Interrupt {
		return "interrupted"
	}
	return "ended by the signal " + e.Signal.String()
}

// ExitCode maps an error to the exit code of the process.
func ExitCode(err error) int {
	var (
		coded       *CodedError
		interrupted Interrupted
		timedOut    TimedOut
		aggregate   utilerrors.Aggregate
	)
	switch {
	case err == nil:
		return ExitOK
	case errors.As(err, &coded):
		return coded.Code
	case errors.As(err, &interrupted):
		if number, ok := interrupted.Signal.(syscall.Signal); ok {
			return 128 + int(number)
		}
		return ExitError
	case errors.As(err, &timedOut):
		return ExitTimeout
	case errors.As(err, &aggregate):
		return aggregateCode(aggregate)
	}
	return apiCode(err)
}

// IsInterrupt says whether an error, or one of several, tells of the signal. Those of Kubernetes' aggregates are not found by errors.As.
func IsInterrupt(err error) bool {
	var aggregate utilerrors.Aggregate
	return errors.As(err, new(Interrupted)) || errors.As(err, &aggregate) && slices.ContainsFunc(aggregate.Errors(), IsInterrupt)
}

// aggregateCode is the code that all errors share, else the general one; that of the signal goes before all others.
func aggregateCode(aggregate utilerrors.Aggregate) int {
	if at := slices.IndexFunc(aggregate.Errors(), IsInterrupt); at >= 0 {
		return ExitCode(aggregate.Errors()[at])
	}
	code := ExitOK
	for _, err := range aggregate.Errors() {
		if c := ExitCode(err); code == ExitOK {
			code = c
		} else if c != code {
			return ExitError
		}
	}
	return code
}

func apiCode(err error) int {
	switch {
	case apierrors.IsForbidden(err), apierrors.IsUnauthorized(err):
		return ExitForbidden
	case apierrors.IsNotFound(err):
		return ExitNotFound
	case apierrors.IsConflict(err), apierrors.IsAlreadyExists(err), IsLimit(err):
		return ExitConflict
	case apierrors.IsServiceUnavailable(err):
		return ExitNotReady
	case apierrors.IsTimeout(err), apierrors.IsServerTimeout(err), utilnet.IsTimeout(err):
		return ExitTimeout
	}
	return ExitError
}

// IsLimit finds "too many items" among the causes of a rejected request: a limit such as that on sessions.
func IsLimit(err error) bool {
	var status apierrors.APIStatus
	if !errors.As(err, &status) || status.Status().Details == nil {
		return false
	}
	for _, cause := range status.Status().Details.Causes {
		if cause.Type == metav1.CauseType("FieldValueTooMany") {
			return true
		}
	}
	return false
}
