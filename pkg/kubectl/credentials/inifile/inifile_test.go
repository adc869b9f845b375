package inifile

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const mark = "# ours"

func section(lines ...string) Section { return Section{Title: "profile a", Mark: mark, Lines: lines} }

func TestPut(t *testing.T) {
	for _, test := range []struct{ promise, text, want string }{
		{"a new file", "", "[profile a]\n# ours\nx = 1\n"},
		{"a section at the end", "[default]\nregion = eu", "[default]\nregion = eu\n\n[profile a]\n# ours\nx = 1\n"},
		{"a file that ends with a blank line", "[default]\n\n", "[default]\n\n[profile a]\n# ours\nx = 1\n"},
		{"ours is replaced", "[profile a]\n# ours\nx = 0\n  y = 2\n", "[profile a]\n# ours\nx = 1\n"},
		{"ours is as it is", "[profile a]\n# ours\nx = 1\n", "[profile a]\n# ours\nx = 1\n"},
		{
			"all else stays, with its comments", "; top\n[profile a] # here\n  # ours\nx = 0\n\n# on b\n[profile b]\nz=1\n# end",
			"; top\n[profile a]\n# ours\nx = 1\n\n# on b\n[profile b]\nz=1\n# end",
		},
		{"the title in other words", "[ profile \"a\" ]\n# ours\n", "[profile a]\n# ours\nx = 1\n"},
		{"the line ends of Windows", "[default]\r\n", "[default]\r\n\r\n[profile a]\r\n# ours\r\nx = 1\r\n"},
	} {
		got, err := Put(test.text, section("x = 1"), false)
		if diff := cmp.Diff(test.want, got); diff != "" || err != nil {
			t.Errorf("%s: %v (-want +got):\n%s", test.promise, err, diff)
		}
		if again, err := Put(got, section("x = 1"), false); err != nil || again != got {
			t.Errorf("%s: written again it is %q (%v)", test.promise, again, err)
		}
	}
}

func TestPutLeavesAloneWhatIsNotOurs(t *testing.T) {
	const text = "[profile a]\nx = 2\n# ours\n"
	var foreign *ForeignError
	if _, err := Put(text, section("x = 1"), false); !errors.As(err, &foreign) {
		t.Errorf("got %v", err)
	}
	// The comment at its end is what follows it.
	if got, err := Put(text, section("x = 1"), true); err != nil || got != "[profile a]\n# ours\nx = 1\n# ours\n" {
		t.Errorf("replaced: %q %v", got, err)
	}
	if _, err := Put("[profile a]\n# ours\n[profile a]\n# ours\n", section(), true); err == nil || !strings.Contains(err.Error(), "2 sections") {
		t.Errorf("twice: %v", err)
	}
}

// Whatever stands in a file, what is not the section stays, in its order.
func FuzzPutKeepsAllElse(f *testing.F) {
	f.Add("[default]\nregion = eu\n")
	f.Add("; top\r\n[profile a]\r\n# ours\r\n[x]\r\n")
	f.Add("[profile a")
	f.Add("[]\n[profile a]\n\n\n#\n[profile a]")
	f.Fuzz(func(t *testing.T, text string) {
		got, err := Put(text, section("x = 1"), true)
		if err != nil {
			return
		}
		again, err := Put(got, section("x = 1"), false)
		if err != nil || again != got {
			t.Errorf("%q became %q, then %q (%v)", text, got, again, err)
		}
		found := find(strings.SplitAfter(text, "\n"), "profile a", mark)
		if len(found) == 0 && !strings.HasPrefix(got, text) {
			t.Errorf("%q became %q", text, got)
		}
		if len(found) == 1 {
			lines := strings.SplitAfter(text, "\n")
			before, after := strings.Join(lines[:found[0].from], ""), strings.Join(lines[found[0].to:], "")
			if !strings.HasPrefix(got, before) || !strings.HasSuffix(got, after) {
				t.Errorf("%q became %q", text, got)
			}
		}
	})
}
