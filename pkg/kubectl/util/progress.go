package util

import (
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"golang.org/x/term"
	"k8s.io/utils/clock"
)

// Progress tells the user how far something has come: on a terminal one line that is rewritten, with the steps so far
// and the time that they took; elsewhere one line for each change, so that logs read well.
type Progress struct {
	subject string
	out     io.Writer
	clock   clock.WithTicker
	start   time.Time
	// width of the terminal; nil: not a terminal.
	width func() int
	stop  chan struct{}
	ended sync.WaitGroup

	mu    sync.Mutex
	steps []step
}

// step is a state that the subject has come to, and a remark on it.
type step struct{ state, remark string }

func (s step) String() string {
	if s.remark == "" {
		return s.state
	}
	return s.state + " (" + s.remark + ")"
}

// NewProgress starts the progress of a subject such as "session/default". End it with Done.
func (f *Factory) NewProgress(subject string) *Progress {
	return startProgress(subject, f.ErrOut, f.Clock, terminalWidth(f.ErrOut))
}

func startProgress(subject string, out io.Writer, c clock.WithTicker, width func() int) *Progress {
	p := &Progress{subject: subject, out: out, clock: c, start: c.Now(), width: width, stop: make(chan struct{})}
	if width != nil {
		ticker := c.NewTicker(time.Second)
		p.ended.Go(func() { p.tick(ticker) })
	}
	return p
}

// isTerminal tells a stream that a person reads or types from one that a program does.
func isTerminal(stream any) bool {
	file, ok := stream.(*os.File)
	return ok && term.IsTerminal(int(file.Fd()))
}

// terminalWidth is nil where the writer is no terminal.
func terminalWidth(w io.Writer) func() int {
	if !isTerminal(w) {
		return nil
	}
	return func() int {
		width, _, err := term.GetSize(int(w.(*os.File).Fd()))
		if err != nil || width <= 0 {
			return 80
		}
		return width
	}
}

// Step tells the state that the subject has come to, and a remark on it that may be empty. The same again says nothing.
func (p *Progress) Step(state, remark string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	next, n := step{state, remark}, len(p.steps)
	switch {
	case n > 0 && p.steps[n-1] == next:
		return
	case n > 0 && p.steps[n-1].state == state:
		p.steps[n-1] = next
	default:
		p.steps = append(p.steps, next)
	}
	if p.width == nil {
		fmt.Fprintf(p.out, "%s: %s\n", p.subject, next)
		return
	}
	p.rewrite()
}

// Done ends the progress and leaves its last line standing.
func (p *Progress) Done() {
	close(p.stop)
	p.ended.Wait()
	if p.width != nil && len(p.steps) > 0 {
		fmt.Fprintln(p.out)
	}
}

func (p *Progress) tick(ticker clock.Ticker) {
	defer ticker.Stop()
	for {
		select {
		case <-p.stop:
			return
		case <-ticker.C():
			p.mu.Lock()
			p.rewrite()
			p.mu.Unlock()
		}
	}
}

func (p *Progress) rewrite() {
	if len(p.steps) == 0 {
		return
	}
	elapsed := p.clock.Since(p.start).Round(time.Second)
	var line strings.Builder
	fmt.Fprintf(&line, "%s: ", p.subject)
	last := len(p.steps) - 1
	for _, past := range p.steps[:last] {
		fmt.Fprintf(&line, "%s → ", past.state)
	}
	fmt.Fprintf(&line, "%s   %s", p.steps[last], elapsed)
	// A line that wraps could not be rewritten.
	fmt.Fprintf(p.out, "\r\x1b[K%s", shorten(line.String(), p.width()-1))
}

func shorten(line string, width int) string {
	if utf8.RuneCountInString(line) <= width {
		return line
	}
	return string([]rune(line)[:max(width-1, 0)]) + "…"
}
