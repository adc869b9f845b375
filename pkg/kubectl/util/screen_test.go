package util

import (
	"bytes"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestScreenPaintsOverWhatItHasPainted(t *testing.T) {
	var out bytes.Buffer
	height := 10
	s := NewScreen(&out, func() (int, int) { return 80, height })
	paint := func(lines ...string) string {
		t.Helper()
		out.Reset()
		if err := s.Paint(func(int) []string { return lines }); err != nil {
			t.Fatal(err)
		}
		return out.String()
	}
	for _, step := range []struct {
		promise string
		height  int
		lines   []string
		want    string
	}{
		{"begins where the cursor is", 10, []string{"a", "b"}, "a\x1b[K\nb\x1b[K\n\x1b[J"},
		{"writes nothing when nothing has changed", 10, []string{"a", "b"}, ""},
		{"goes up over what is there, and clears what is left", 10, []string{"c"}, "\r\x1b[2Ac\x1b[K\n\x1b[J"},
		{"never scrolls", 3, []string{"1", "2", "3", "4"}, "\r\x1b[1A1\x1b[K\n2\x1b[K\n\x1b[J"},
		{"shows something on a terminal of one line", 1, []string{"x", "y"}, "\r\x1b[2Ax\x1b[K\n\x1b[J"},
	} {
		height = step.height
		if diff := cmp.Diff(step.want, paint(step.lines...)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", step.promise, diff)
		}
	}
}
