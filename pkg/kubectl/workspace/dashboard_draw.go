package workspace

import (
	"strings"
	"unicode/utf8"

	"github.com/eoepca/workspaces/pkg/kubectl/util"
)

// titles is how much room the titles of blocks take.
const titles = 10

// draw makes lines of the blocks, none longer than the width; 0: as long as they are.
func draw(blocks []block, style util.Style, width int) (lines []string) {
	for i, b := range blocks {
		if i == 0 {
			lines = append(lines, drawHeader(b, style, width)...)
			continue
		}
		if i == 1 {
			lines = append(lines, "")
		}
		lines = append(lines, cut(width, piece{style.Bold, pad(b.title, titles)}, piece{b.mark.painter(style), b.summary}))
		lines = append(lines, drawEntries(b.entries, style, width)...)
	}
	return lines
}

func drawHeader(b block, style util.Style, width int) []string {
	status := b.entries[0]
	return []string{
		cut(width, piece{style.Bold, b.title}, piece{style.Faint, "  " + b.summary}),
		cut(width, piece{status.painter(style), status.sign + " " + status.cells[0]}),
	}
}

func drawEntries(entries []entry, style util.Style, width int) (lines []string) {
	var widths []int
	for _, e := range entries {
		for i, cell := range e.cells {
			if i == len(widths) {
				widths = append(widths, 0)
			}
			widths[i] = max(widths[i], utf8.RuneCountInString(cell))
		}
	}
	for _, e := range entries {
		pieces := []piece{{e.painter(style), pad("  "+e.sign, 4)}}
		for i, cell := range e.cells {
			pieces = append(pieces, piece{plain.painter(style), pad(cell, widths[i]+2)})
		}
		lines = append(lines, cut(width, pieces...))
	}
	return lines
}

// painter is how what has the mark is coloured.
func (m mark) painter(style util.Style) func(string) string {
	return func(text string) string {
		if m.paint == nil {
			return text
		}
		return m.paint(style, text)
	}
}

// piece is a text of a line with a colour of its own.
type piece struct {
	paint func(string) string
	text  string
}

// cut joins the pieces to a line that fits, without blanks at its end: colours take no room. What others have written cannot steer
// the terminal.
func cut(width int, pieces ...piece) string {
	var all string
	for i := range pieces {
		pieces[i].text = util.Harmless(pieces[i].text)
		all += pieces[i].text
	}
	all = strings.TrimRight(all, " ")
	if width > 0 {
		all = util.Shorten(all, width-1)
	}
	var line strings.Builder
	rest := []rune(all)
	for _, p := range pieces {
		n := min(utf8.RuneCountInString(p.text), len(rest))
		if n > 0 {
			line.WriteString(p.paint(string(rest[:n])))
		}
		rest = rest[n:]
	}
	return line.String()
}

func pad(text string, width int) string {
	if missing := width - utf8.RuneCountInString(text); missing > 0 {
		return text + strings.Repeat(" ", missing)
	}
	return text
}
