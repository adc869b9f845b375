package util

import (
	"fmt"
	"strings"
	"time"
	"unicode/utf8"
)

// draw writes the lines over those that were drawn before. One that wraps could not be rewritten.
func (p *Progress) draw() {
	if p.size == nil {
		return
	}
	width, height := p.size()
	var texts []string
	for _, l := range p.lines {
		if len(l.steps) > 0 {
			texts = append(texts, l.text(width-1, p.elapsed(l), p.style))
		}
	}
	// What has scrolled out of sight could not be rewritten either.
	if most := max(height-1, 1); len(texts) > most {
		more := shorten(fmt.Sprintf("… and %d more", len(texts)-most+1), width-1)
		texts = append(texts[:most-1], more)
	}
	if len(texts) == 0 {
		return
	}
	var b strings.Builder
	b.WriteByte('\r')
	if p.drawn > 1 {
		fmt.Fprintf(&b, "\x1b[%dA", p.drawn-1)
	}
	for i, text := range texts {
		if i > 0 {
			b.WriteString("\r\n")
		}
		b.WriteString("\x1b[K" + text)
	}
	if p.drawn > len(texts) {
		b.WriteString("\x1b[J")
	}
	p.drawn = len(texts)
	fmt.Fprint(p.out, b.String())
}

func (p *Progress) elapsed(l *line) time.Duration {
	took := l.took
	if took == 0 {
		took = p.clock.Since(l.start)
	}
	return took.Round(time.Second)
}

// present is the state that the subject is in, and why.
func (l *line) present() step {
	last := l.steps[len(l.steps)-1]
	if last.remark == "" {
		last.remark = l.because
	}
	return last
}

func (s step) String() string {
	if s.remark == "" {
		return s.state
	}
	return s.state + " (" + s.remark + ")"
}

// text is the line as well as it can be told in a width: the state matters most, then why, then what was before.
func (l *line) text(width int, elapsed time.Duration, style Style) string {
	last, past := l.present(), ""
	for _, before := range l.steps[:len(l.steps)-1] {
		past += before.state + " → "
	}
	_, name, _ := strings.Cut(l.subject, "/")
	took := "   " + elapsed.String()
	state := style.Warn
	if l.took > 0 {
		state = style.Good
	}
	for _, form := range []struct{ before, state, after string }{
		{l.subject + ": " + past, last.state, remark(last.remark) + took},
		{l.subject + ": … → ", last.state, remark(last.remark) + took},
		{l.subject + ": ", last.state, remark(shorten(last.remark, width-length(l.subject+": "+last.state+remark("x")+took)+1)) + took},
		{l.subject + ": ", last.state, took},
		{l.subject + ": ", last.state, ""},
		{name + ": ", last.state, ""},
	} {
		if form.before == l.subject+": … → " && past == "" {
			continue
		}
		if length(form.before+form.state+form.after) <= width {
			return form.before + state(form.state) + style.Faint(form.after)
		}
	}
	return shorten(name+": "+last.state, width)
}

func remark(text string) string {
	if text == "" {
		return ""
	}
	return " (" + text + ")"
}

func length(text string) int { return utf8.RuneCountInString(text) }

func shorten(line string, width int) string {
	if length(line) <= width {
		return line
	}
	if width <= 0 {
		return ""
	}
	return string([]rune(line)[:width-1]) + "…"
}
