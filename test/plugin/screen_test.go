package plugin

import (
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// sequence is a control sequence of a terminal: a number and a letter.
var sequence = regexp.MustCompile(`^\x1b\[([0-9;]*)([A-Za-z])`)

// screen is what a person sees on a terminal of a width, after what was written to it: of the control sequences those that the
// plugin uses. Lines have no blanks at their ends.
func screen(written string, width int) []string {
	s := &paper{width: width, lines: [][]rune{nil}}
	for written != "" {
		if found := sequence.FindStringSubmatch(written); found != nil {
			number, _ := strconv.Atoi(found[1])
			s.control(found[2], number)
			written = written[len(found[0]):]
			continue
		}
		r := []rune(written)[0]
		s.write(r)
		written = written[len(string(r)):]
	}
	var lines []string
	for _, line := range s.lines {
		lines = append(lines, strings.TrimRight(string(line), " \x00"))
	}
	for len(lines) > 0 && lines[len(lines)-1] == "" {
		lines = lines[:len(lines)-1]
	}
	return lines
}

type paper struct {
	width, row, column int
	lines              [][]rune
}

func (s *paper) control(letter string, number int) {
	line := s.lines[s.row]
	switch letter {
	case "A":
		s.row = max(s.row-max(number, 1), 0)
	case "K":
		s.lines[s.row] = line[:min(s.column, len(line))]
	case "J":
		s.lines[s.row] = line[:min(s.column, len(line))]
		s.lines = s.lines[:s.row+1]
	}
}

func (s *paper) write(r rune) {
	switch r {
	case '\r':
		s.column = 0
	case '\n':
		s.down()
	case '\b':
		s.column = max(s.column-1, 0)
	default:
		if s.column == s.width {
			s.column = 0
			s.down()
		}
		line := s.lines[s.row]
		for len(line) <= s.column {
			line = append(line, ' ')
		}
		line[s.column] = r
		s.lines[s.row] = line
		s.column++
	}
}

func (s *paper) down() {
	if s.row++; s.row == len(s.lines) {
		s.lines = append(s.lines, nil)
	}
}

func TestScreen(t *testing.T) {
	for _, test := range []struct {
		written string
		want    []string
	}{
		{"one\r\ntwo", []string{"one", "two"}},
		{"long\r\x1b[Kshort", []string{"short"}},
		{"a\r\nb\r\x1b[1A\x1b[KA\r\n\x1b[KB\r\n", []string{"A", "B"}},
		{"0123456789abc\r\x1b[Kx", []string{"0123456789", "x"}},
		{"\x1b[33mcoloured\x1b[0m", []string{"coloured"}},
		{"a\r\nb\r\nc\r\x1b[2A\x1b[Jx", []string{"x"}},
	} {
		if diff := cmp.Diff(test.want, screen(test.written, 10)); diff != "" {
			t.Errorf("%q (-want +got):\n%s", test.written, diff)
		}
	}
}
