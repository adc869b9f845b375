package util

import (
	"fmt"
	"io"
	"strings"
)

// Size is how many columns and lines a terminal has now.
type Size func() (width, height int)

// TerminalSize is that of the terminal behind the writer; nil where there is none.
func TerminalSize(w io.Writer) Size {
	if size := terminalSize(w); size != nil {
		return size
	}
	return nil
}

// Screen paints lines over those that it has painted before, as a dashboard that stays where it is. It leaves the last ones standing.
type Screen struct {
	out     io.Writer
	size    Size
	painted int
	last    string
}

// NewScreen paints on a terminal of that size.
func NewScreen(out io.Writer, size Size) *Screen { return &Screen{out: out, size: size} }

// Paint shows the lines that make makes for the width; as many as there is room for. Nothing flickers: it is one write, and none
// when nothing has changed.
func (s *Screen) Paint(make func(width int) []string) error {
	width, height := s.size()
	lines := make(width)
	if room := max(height-1, 1); len(lines) > room {
		lines = lines[:room]
	}
	text := strings.Join(lines, "\x1b[K\n") + "\x1b[K\n"
	if text == s.last {
		return nil
	}
	var up string
	if s.painted > 0 {
		up = fmt.Sprintf("\r\x1b[%dA", s.painted)
	}
	s.painted, s.last = len(lines), text
	_, err := io.WriteString(s.out, up+text+"\x1b[J")
	return err
}

// Shorten cuts a line to a width, and shows that it did.
func Shorten(line string, width int) string { return shorten(line, width) }
