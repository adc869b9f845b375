package compose

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestPackedTextsAreWhatTheyWere(t *testing.T) {
	for name, text := range map[string]string{
		"empty":      "",
		"short":      `{"v":1}`,
		"just short": strings.Repeat("x", packFrom-1),
		"just long":  strings.Repeat("x", packFrom),
		"long":       strings.Repeat(`{"a":"ä"},`, 100000),
	} {
		packed := pack(text)
		if len(text) < packFrom && packed != text {
			t.Errorf("%s: a short text is not legible any more", name)
		}
		if packed != pack(text) {
			t.Errorf("%s: packed otherwise the second time", name)
		}
		if got, err := unpack(packed); err != nil || got != text {
			t.Errorf("%s: %d bytes became %d: %v", name, len(text), len(got), err)
		}
	}
}

func TestWhatWasNotPackedHereIsRefused(t *testing.T) {
	for name, value := range map[string]string{
		"nothing":        packMark,
		"not base64":     packMark + "???",
		"not gzip":       packMark + "bm90IGd6aXA=",
		"cut off":        pack(strings.Repeat("x", packFrom))[:60],
		"without an end": pack(strings.Repeat("x", unpackMax+1)),
	} {
		if text, err := unpack(value); err == nil {
			t.Errorf("%s: unpacked to %d bytes", name, len(text))
		}
	}
}

func TestAnIntentOfTenThousandMembersFitsAnAnnotation(t *testing.T) {
	intent := &Intent{ID: "one"}
	for i := range 10000 {
		name := fmt.Sprintf("member-%d@example.org", i)
		intent.Datalab = append(intent.Datalab,
			Edit{Op: OpSet, Path: fields("spec", "users", name), Value: name},
			Edit{Op: OpSet, Path: fields("spec", "userOverrides", name), Value: map[string]any{"role": "user", "grantedAt": "2026-01-10T19:00:00Z"}})
	}
	value, err := intent.Encode()
	if err != nil {
		t.Fatal(err)
	}
	if limit := 200 << 10; len(value) > limit {
		t.Errorf("%d bytes, want at most %d", len(value), limit)
	}
	got, err := DecodeIntent(value)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(intent, got); diff != "" {
		t.Errorf("%.2000s", diff)
	}
}
