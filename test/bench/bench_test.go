package main

import (
	"bytes"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"
)

// TestMain is main for a test that has this program measure another's size.
func TestMain(m *testing.M) {
	if len(os.Args) > 2 && os.Args[1] == sizedCommand {
		os.Exit(printSize(os.Args[2:]))
	}
	os.Exit(m.Run())
}

func TestEveryMeasurementIsMadeOnARealControlPlane(t *testing.T) {
	if testing.Short() {
		t.Skip("starts a control plane")
	}
	var out, progress bytes.Buffer
	if err := run(t.Context(), options{sizes: []int{minimumSize}, quick: true, progress: &progress}, &out); err != nil {
		t.Fatalf("%v\n%s\n%s", err, progress.String(), out.String())
	}
	for _, name := range []string{
		"GET", "LIST", "LIST after an unrelated write", "LIST at version 0", "create", "session start",
		"write to event, idle", "resident per workspace", "live heap per workspace", "start to ready", startUpName, startUpResident,
	} {
		if !strings.Contains(out.String(), "| "+name+" ") {
			t.Errorf("no row for %q in\n%s", name, out.String())
		}
	}
}

func TestQuantilesOfSamples(t *testing.T) {
	var ten samples
	for i := 10; i > 0; i-- {
		ten = append(ten, time.Duration(i))
	}
	for _, c := range []struct {
		name    string
		samples samples
		q       float64
		want    time.Duration
	}{
		{"the least", ten, 0, 1},
		{"the middle", ten, 0.5, 6},
		{"nine of ten", ten, 0.9, 9},
		{"the greatest", ten, 1, 10},
		{"of one", samples{7}, 0.9, 7},
		{"of none", nil, 0.5, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := c.samples.at(c.q); got != c.want {
				t.Errorf("got %v, want %v", got, c.want)
			}
		})
	}
}

func TestARowSaysWhetherItsTargetIsMet(t *testing.T) {
	ms := func(n int) samples { return samples{time.Duration(n) * time.Millisecond} }
	for _, c := range []struct {
		name    string
		a, w    samples
		target  target
		verdict string
	}{
		{"just within the ratio", ms(10), ms(30), atMost(3), "yes"},
		{"beyond the ratio", ms(10), ms(31), atMost(3), "no"},
		{"within the time", ms(1), ms(60), within(60*time.Millisecond, 0), "yes"},
		{"beyond the time", ms(60), ms(61), within(60*time.Millisecond, 0), "no"},
		{"beyond the time now and then", ms(1), append(ms(1), 99*time.Millisecond), within(60*time.Millisecond, 70*time.Millisecond), "no"},
		{"short lists have no target", ms(1), ms(99), listTarget(1000, 1), ""},
		{"long lists have one", ms(10), ms(13), listTarget(10000, 1.2), "no"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := comparison(1, "x", c.a, c.w, c.target, nil).verdict; got != c.verdict {
				t.Errorf("got %q, want %q", got, c.verdict)
			}
		})
	}
}

func TestSizesAreParsed(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"100", "[100]"},
		{"1000, 100,100", "[100 1000]"},
		{"99", "want numbers of at least 100"},
		{"many", "want numbers of at least 100"},
	} {
		t.Run(c.text, func(t *testing.T) {
			sizes, err := parseSizes(c.text)
			if got := describe(sizes, err); !strings.Contains(got, c.want) {
				t.Errorf("got %s, want %s", got, c.want)
			}
		})
	}
}

func describe(sizes []int, err error) string {
	if err != nil {
		return err.Error()
	}
	return fmt.Sprint(sizes)
}
