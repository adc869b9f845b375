// Command links checks that what the Markdown files of this module link to is there: files, folders and headings.
// Addresses of other hosts are not asked.
package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
)

func main() {
	problems, err := check(".")
	if err != nil {
		fmt.Fprintln(os.Stderr, "error:", err)
		os.Exit(1)
	}
	for _, problem := range problems {
		fmt.Println(problem)
	}
	if len(problems) > 0 {
		os.Exit(1)
	}
}

// skipped are folders that hold what is not ours.
var skipped = map[string]bool{".git": true, ".dev": true, "bin": true, "dist": true, "node_modules": true}

func check(root string) (problems []string, err error) {
	err = filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		switch {
		case errors.Is(err, fs.ErrNotExist): // Gone since its folder was listed.
			return nil
		case err != nil:
			return err
		case entry.IsDir() && skipped[entry.Name()]:
			return filepath.SkipDir
		case entry.IsDir() || filepath.Ext(path) != ".md":
			return nil
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		for _, target := range targets(string(text)) {
			if problem := follow(path, target); problem != "" {
				problems = append(problems, fmt.Sprintf("%s: link %q: %s", path, target, problem))
			}
		}
		return nil
	})
	return problems, err
}

var (
	fence = regexp.MustCompile("(?ms)^ *```.*?^ *```")
	code  = regexp.MustCompile("`[^`\n]*`")
	link  = regexp.MustCompile(`\]\(([^)\s]+)\)`)
	other = regexp.MustCompile(`^[a-z]+:`)
)

// targets are what a text links to, leaving out other hosts and what is code.
func targets(text string) (found []string) {
	text = code.ReplaceAllString(fence.ReplaceAllString(text, ""), "")
	for _, match := range link.FindAllStringSubmatch(text, -1) {
		if !other.MatchString(match[1]) {
			found = append(found, match[1])
		}
	}
	return found
}

// follow answers what is wrong with a link from a file.
func follow(from, target string) string {
	path, heading, _ := strings.Cut(target, "#")
	file := from
	if path != "" {
		file = filepath.Join(filepath.Dir(from), path)
	}
	if _, err := os.Stat(file); err != nil {
		return "there is no " + file
	}
	if heading == "" {
		return ""
	}
	text, err := os.ReadFile(file)
	if err != nil {
		return err.Error()
	}
	for _, line := range strings.Split(fence.ReplaceAllString(string(text), ""), "\n") {
		if strings.HasPrefix(line, "#") && anchor(line) == heading {
			return ""
		}
	}
	return fmt.Sprintf("%s has no such heading", file)
}

var dropped = regexp.MustCompile(`[^\p{L}\p{N} _-]`)

// anchor is the name by which a heading is linked to.
func anchor(heading string) string {
	title := strings.ToLower(strings.TrimSpace(strings.TrimLeft(heading, "#")))
	return strings.ReplaceAll(dropped.ReplaceAllString(title, ""), " ", "-")
}
