package util

import (
	"bufio"
	"context"
	"fmt"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// Confirmation is --yes, for commands that destroy something.
type Confirmation struct{ Yes bool }

// AddTo binds the flag.
func (c *Confirmation) AddTo(flags *pflag.FlagSet) {
	flags.BoolVarP(&c.Yes, "yes", "y", c.Yes, "Do not ask. Needed where nobody can be asked, such as in a script.")
}

// Ask has the user agree, unless --yes does. The question is a sentence that says what is lost. Where data is lost, retype
// is what has to be typed, such as the name; empty: "y" will do. Without a terminal to ask on it is a usage error.
func (c *Confirmation) Ask(ctx context.Context, f *Factory, cmd *cobra.Command, question, retype string) error {
	if c.Yes {
		return nil
	}
	if !f.Interactive() {
		return UsageErrorf(cmd, "%s Nobody can be asked here: agree with --yes", question)
	}
	prompt := "Go on? [y/N]: "
	if retype != "" {
		prompt = fmt.Sprintf("Type %q to go on: ", retype)
	}
	fmt.Fprintf(f.ErrOut, "%s %s", question, prompt)
	answer, err := f.readLine(ctx)
	if err != nil {
		fmt.Fprintln(f.ErrOut)
		return err
	}
	if retype != "" && answer == retype {
		return nil
	}
	if answer = strings.ToLower(answer); retype == "" && (answer == "y" || answer == "yes") {
		return nil
	}
	return Errorf(ExitError, "not agreed: nothing was changed")
}

// readLine is what the user types, until the context ends. An end of the input is an empty line.
func (f *Factory) readLine(ctx context.Context) (string, error) {
	line := make(chan string, 1)
	go func() {
		text, _ := bufio.NewReader(f.In).ReadString('\n') // the end of the input is a "no"
		line <- strings.TrimSpace(text)
	}()
	select {
	case <-ctx.Done():
		return "", context.Cause(ctx)
	case text := <-line:
		return text, nil
	}
}
