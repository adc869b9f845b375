// Command imports checks that the packages of this module import each other only as hack/imports.rules allows.
package main

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"os/exec"
	"slices"
	"strings"
)

const rulesFile = "hack/imports.rules"

func main() {
	problems, err := run()
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

func run() ([]string, error) {
	file, err := os.Open(rulesFile)
	if err != nil {
		return nil, fmt.Errorf("run this in the root of the module: %w", err)
	}
	defer file.Close()
	rules, err := parseRules(file)
	if err != nil {
		return nil, err
	}
	module, err := output("go", "list", "-m")
	if err != nil {
		return nil, err
	}
	packages, err := output("go", "list", "-f", `{{if .GoFiles}}{{.ImportPath}} {{join .Imports " "}}{{end}}`, "./...")
	if err != nil {
		return nil, err
	}
	return check(rules, strings.TrimSpace(module)+"/", strings.Split(packages, "\n")), nil
}

func output(name string, args ...string) (string, error) {
	cmd := exec.Command(name, args...)
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		return "", fmt.Errorf("%s: %w", strings.Join(cmd.Args, " "), err)
	}
	return string(out), nil
}

// rule says what the packages of a folder may and must not import.
type rule struct {
	folder  string
	allowed []string // folders of this module
	refused []string // packages from elsewhere
}

func parseRules(in io.Reader) ([]rule, error) {
	var rules []rule
	lines := bufio.NewScanner(in)
	for number := 1; lines.Scan(); number++ {
		line := strings.TrimSpace(lines.Text())
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		folder, rest, ok := strings.Cut(line, ":")
		if !ok {
			return nil, fmt.Errorf("%s:%d: want FOLDER: FOLDER… !PACKAGE…", rulesFile, number)
		}
		r := rule{folder: folder}
		for _, word := range strings.Fields(rest) {
			if refused, ok := strings.CutPrefix(word, "!"); ok {
				r.refused = append(r.refused, refused)
			} else {
				r.allowed = append(r.allowed, word)
			}
		}
		rules = append(rules, r)
	}
	// The most particular rule comes first.
	slices.SortStableFunc(rules, func(a, b rule) int { return len(b.folder) - len(a.folder) })
	return rules, lines.Err()
}

// check answers what is wrong with packages, each given as its import path and those of its imports.
func check(rules []rule, module string, packages []string) (problems []string) {
	for _, line := range packages {
		words := strings.Fields(line)
		if len(words) == 0 { // A folder with tests alone.
			continue
		}
		importer := strings.TrimPrefix(words[0], module)
		i := slices.IndexFunc(rules, func(r rule) bool { return within(importer, r.folder) })
		if i < 0 {
			problems = append(problems, fmt.Sprintf("%s: no rule: say in %s what it may import", importer, rulesFile))
			continue
		}
		for _, imported := range words[1:] {
			own, ours := strings.CutPrefix(imported, module)
			if ours && !rules[i].allows(own) || !ours && rules[i].refuses(imported) {
				problems = append(problems, fmt.Sprintf("%s must not import %s: see %s", importer, strings.TrimPrefix(imported, module), rulesFile))
			}
		}
	}
	return problems
}

func (r rule) allows(folder string) bool {
	return within(folder, r.folder) || slices.ContainsFunc(r.allowed, func(a string) bool { return within(folder, a) })
}

func (r rule) refuses(path string) bool {
	return slices.ContainsFunc(r.refused, func(refused string) bool { return within(path, refused) })
}

func within(path, folder string) bool {
	return path == folder || strings.HasPrefix(path, folder+"/")
}
