package util

import (
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
	"time"
	"unicode"

	"golang.org/x/term"
	"k8s.io/utils/clock"
)

// Progress tells the user how far things have come: on a terminal one line for each, rewritten in place, with the steps so far
// and the time that they took; elsewhere one line for each change, so that logs read well.
type Progress struct {
	out   io.Writer
	clock clock.WithTicker
	style Style
	// size of the terminal; nil: not a terminal.
	size  func() (width, height int)
	stop  chan struct{}
	ended sync.WaitGroup

	mu    sync.Mutex
	lines []*line
	// drawn is how many lines of the terminal are ours.
	drawn int
	// moved is when something has last come to another state.
	moved time.Time
}

// line is how far one subject has come.
type line struct {
	subject string
	start   time.Time
	steps   []step
	// because is what somebody else says of the last step, where its own remark is empty.
	because string
	// took is how long it was until it was over; 0: it goes on.
	took time.Duration
}

// step is a state that the subject has come to, and a remark on it.
type step struct{ state, remark string }

// NewProgress starts the progress of subjects such as "session/default". End it with Done.
func (f *Factory) NewProgress(subjects ...string) *Progress {
	return startProgress(f.ErrOut, f.Clock, terminalSize(f.ErrOut), f.Style(f.ErrOut), subjects...)
}

func startProgress(out io.Writer, c clock.WithTicker, size func() (int, int), style Style, subjects ...string) *Progress {
	p := &Progress{out: out, clock: c, size: size, style: style, stop: make(chan struct{}), moved: c.Now()}
	for _, subject := range subjects {
		p.lines = append(p.lines, &line{subject: subject, start: p.moved})
	}
	if size != nil {
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

// terminalSize is nil where the writer is no terminal.
func terminalSize(w io.Writer) func() (int, int) {
	if !isTerminal(w) {
		return nil
	}
	return func() (int, int) {
		width, height, err := term.GetSize(int(w.(*os.File).Fd()))
		if err != nil || width <= 0 || height <= 0 {
			return 80, 24
		}
		return width, height
	}
}

// Step tells the state that the one subject has come to, and a remark on it that may be empty. The same again says nothing.
func (p *Progress) Step(state, remark string) { p.StepOf(p.lines[0].subject, state, remark) }

// StepOf is Step for one of several subjects.
func (p *Progress) StepOf(subject, state, remark string) {
	p.change(subject, func(l *line) bool {
		next, n := step{Printable(state), Printable(remark)}, len(l.steps)
		switch {
		case n > 0 && l.steps[n-1] == next:
			return false
		case n > 0 && l.steps[n-1].state == next.state:
			l.steps[n-1] = next
		default:
			l.steps = append(l.steps, next)
		}
		l.because = ""
		return true
	})
}

// Over says that the subject has come to where it should be.
func (p *Progress) Over(subject string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, l := range p.lines {
		if l.subject == subject && l.took == 0 {
			// A time of 0 would be that of one that goes on.
			l.took = max(p.clock.Since(l.start), 1)
		}
	}
	p.draw()
}

// Because tells why nothing moves. It stands until something does.
func (p *Progress) Because(text string) {
	for _, l := range p.lines {
		p.change(l.subject, func(l *line) bool {
			n := len(l.steps)
			if n == 0 || l.took > 0 || l.steps[n-1].remark != "" || l.because == Printable(text) {
				return false
			}
			l.because = Printable(text)
			return true
		})
	}
}

// change shows a line that a change has altered.
func (p *Progress) change(subject string, alter func(*line) bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, l := range p.lines {
		if l.subject != subject || !alter(l) {
			continue
		}
		if l.because == "" {
			p.moved = p.clock.Now()
		}
		if p.size == nil {
			fmt.Fprintf(p.out, "%s: %s\n", l.subject, l.present())
		}
	}
	p.draw()
}

// quiet is for how long nothing has moved.
func (p *Progress) quiet() time.Duration {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.clock.Since(p.moved)
}

// Done ends the progress and leaves its last lines standing.
func (p *Progress) Done() {
	close(p.stop)
	p.ended.Wait()
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.drawn > 0 {
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
			p.draw()
			p.mu.Unlock()
		}
	}
}

// Printable is a text on one line that can neither end the line nor speak to the terminal.
func Printable(text string) string { return strings.Join(strings.Fields(Harmless(text)), " ") }

// Harmless is a text with a blank for each character that steers a terminal.
func Harmless(text string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(text, "�"))
}
