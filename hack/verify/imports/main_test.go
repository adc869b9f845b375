package main

import (
	"slices"
	"strings"
	"testing"
)

const exampleRules = `
# a comment
pkg/top:      pkg/low
pkg/low:      !net !k8s.io/client-go
pkg/low/deep: pkg/other
pkg/other:
`

func TestImportsAreCheckedAgainstTheRules(t *testing.T) {
	rules, err := parseRules(strings.NewReader(exampleRules))
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		imports string
		want    []string // parts of the problems
	}{
		"an allowed folder":                 {"m/pkg/top m/pkg/low fmt", nil},
		"a folder below an allowed one":     {"m/pkg/top m/pkg/low/a", nil},
		"its own folder":                    {"m/pkg/top/a m/pkg/top/b", nil},
		"the wrong direction":               {"m/pkg/low m/pkg/top", []string{"pkg/low must not import pkg/top"}},
		"a folder that only begins alike":   {"m/pkg/top m/pkg/lowest", []string{"must not import pkg/lowest"}},
		"a refused package":                 {"m/pkg/low net", []string{"must not import net"}},
		"a package below a refused one":     {"m/pkg/low net/http", []string{"must not import net/http"}},
		"a package that only begins alike":  {"m/pkg/low network", nil},
		"the most particular rule counts":   {"m/pkg/low/deep m/pkg/other net", nil},
		"its parent's rights do not":        {"m/pkg/low/deep m/pkg/low", []string{"must not import pkg/low"}},
		"a package without a rule":          {"m/new fmt", []string{"new: no rule"}},
		"each wrong import is told":         {"m/pkg/other m/pkg/top m/pkg/low", []string{"pkg/top", "pkg/low"}},
		"other modules that are not named":  {"m/pkg/other example.org/m/pkg/top", nil},
		"a refused one of a refused folder": {"m/pkg/low/x k8s.io/client-go/rest", []string{"k8s.io/client-go/rest"}},
	} {
		t.Run(name, func(t *testing.T) {
			got := check(rules, "m/", []string{c.imports})
			if !slices.EqualFunc(got, c.want, strings.Contains) {
				t.Errorf("%q: got %q, want problems that tell of %q", c.imports, got, c.want)
			}
		})
	}
}

func TestARuleWithoutColonIsRefused(t *testing.T) {
	_, err := parseRules(strings.NewReader("pkg/a: pkg/b\npkg/c"))
	if err == nil || !strings.Contains(err.Error(), ":2:") {
		t.Errorf("got %v, want an error that names line 2", err)
	}
}
