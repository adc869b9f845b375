package main

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func TestLinksAreFollowed(t *testing.T) {
	const self = "# The title\n\n## What `it` does, and why\n\n"
	for name, c := range map[string]struct {
		text string
		want []string // parts of the problems
	}{
		"a file beside it":                   {"[a](other.md)", nil},
		"a folder":                           {"[a](sub)", nil},
		"a heading of another file":          {"[a](other.md#first-step)", nil},
		"a heading of its own":               {"[a](#what-it-does-and-why)", nil},
		"a file that is missing":             {"[a](gone.md)", []string{"there is no"}},
		"a heading that is missing":          {"[a](other.md#second)", []string{"no such heading"}},
		"a heading within code":              {"[a](other.md#not-a-heading)", []string{"no such heading"}},
		"another host":                       {"[a](https://example.org/gone.md)", nil},
		"an example in code":                 {"`[a](gone.md)` and\n```\n[a](gone.md)\n```\n", nil},
		"two on one line, one of them wrong": {"[a](other.md) [b](gone.md)", []string{"gone.md"}},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			write(t, filepath.Join(dir, "self.md"), self+c.text)
			write(t, filepath.Join(dir, "other.md"), "# Other\n### First step\n```\n# not a heading\n```\n")
			write(t, filepath.Join(dir, "sub", "file.md"), "[back](../self.md)")
			write(t, filepath.Join(dir, "bin", "module.md"), "[not ours](gone.md)")
			got, err := check(dir)
			if err != nil {
				t.Fatal(err)
			}
			if !slices.EqualFunc(got, c.want, strings.Contains) {
				t.Errorf("got %q, want problems that tell of %q", got, c.want)
			}
		})
	}
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}
