// Package inifile puts a section of ours into an INI file that belongs to somebody else, such as ~/.aws/config, and changes nothing
// else of it: not its comments, its order or its line ends. Text to text: files are read and written elsewhere.
package inifile

import (
	"fmt"
	"regexp"
	"strings"
)

// Section is a section of ours.
type Section struct {
	// Title is what stands in brackets.
	Title string
	// Mark is the comment by which the section is known as ours when it is written again.
	Mark string
	// Lines are those of the section, without title and mark.
	Lines []string
}

// String is the section as it is written.
func (s Section) String() string { return strings.Join(s.lines(), "\n") + "\n" }

func (s Section) lines() []string { return append([]string{"[" + s.Title + "]", s.Mark}, s.Lines...) }

// ForeignError is a section of our title without our mark.
type ForeignError struct{ Title string }

func (e *ForeignError) Error() string {
	return fmt.Sprintf("there is a section [%s] already that somebody else has written", e.Title)
}

// Put adds the section to the text, or replaces it. A section of the title that is not ours is a ForeignError, unless replacing it
// is allowed.
func Put(text string, section Section, replaceForeign bool) (string, error) {
	lines := strings.SplitAfter(text, "\n")
	if lines[len(lines)-1] == "" {
		lines = lines[:len(lines)-1]
	}
	found := find(lines, section.Title, section.Mark)
	switch {
	case len(found) > 1:
		return "", fmt.Errorf("there are %d sections [%s]: leave one", len(found), section.Title)
	case len(found) == 1 && !replaceForeign && !found[0].ours:
		return "", &ForeignError{section.Title}
	}
	end := "\n"
	if first, _, _ := strings.Cut(text, "\n"); strings.HasSuffix(first, "\r") {
		end = "\r\n"
	}
	ours := strings.Join(section.lines(), end) + end
	if len(found) == 1 {
		return strings.Join(lines[:found[0].from], "") + ours + strings.Join(lines[found[0].to:], ""), nil
	}
	if text != "" && !strings.HasSuffix(text, "\n") {
		text += end
	}
	if text != "" && !strings.HasSuffix(text, end+end) {
		text += end
	}
	return text + ours, nil
}

// Has says whether the text has a section of the title.
func Has(text, title string) bool { return len(find(strings.SplitAfter(text, "\n"), title, "")) > 0 }

// span is where a section is: its title's line, and the line after its last. It is ours when the mark follows the title.
type span struct {
	from, to int
	ours     bool
}

var header = regexp.MustCompile(`^\s*\[([^\]]*)\]`)

// find finds the sections of a title. Comments and blank lines at a section's end belong to what follows it.
func find(lines []string, title, mark string) (found []span) {
	begin := -1
	finish := func(end int) {
		if begin < 0 {
			return
		}
		s := span{from: begin, to: begin + 1}
		if begin+1 < end && strings.TrimSpace(lines[begin+1]) == mark {
			s.to, s.ours = begin+2, true
		}
		for i := s.to; i < end; i++ {
			if !isBlank(lines[i]) {
				s.to = i + 1
			}
		}
		found, begin = append(found, s), -1
	}
	for i, line := range lines {
		match := header.FindStringSubmatch(strings.TrimPrefix(line, "\ufeff"))
		if match == nil {
			continue
		}
		finish(i)
		if plain(match[1]) == plain(title) {
			begin = i
		}
	}
	finish(len(lines))
	return found
}

func isBlank(line string) bool {
	line = strings.TrimSpace(line)
	return line == "" || line[0] == '#' || line[0] == ';'
}

// plain is a title without what readers ignore: quotes, and how much space there is.
func plain(title string) string {
	return strings.Join(strings.Fields(strings.NewReplacer(`"`, "", "'", "").Replace(title)), " ")
}
