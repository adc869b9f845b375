package main

import (
	"regexp"
	"strings"
	"testing"
)

// TestParity is what make parity shows, without the document, and some random walks.
func TestParity(t *testing.T) {
	if testing.Short() { // which is for what needs nothing but Go
		t.Skip("it needs a control plane")
	}
	var shown strings.Builder
	err := run(t.Context(), options{only: regexp.MustCompile(""), walks: "1-6/40", workers: 8, out: &shown})
	if err != nil {
		_, differences, _ := strings.Cut(shown.String(), "\n\n")
		t.Fatalf("%v\n%s", err, differences)
	}
}
