package util

import (
	"bytes"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"k8s.io/utils/clock"
	testingclock "k8s.io/utils/clock/testing"
)

func TestProgressElsewhereIsOneLineForEachChange(t *testing.T) {
	var out bytes.Buffer
	p := startProgress("session/default", &out, testingclock.NewFakeClock(time.Time{}), nil)
	p.Step("Pending", "")
	p.Step("Pending", "")
	p.Step("Pending", "no node has room")
	p.Step("Running", "")
	p.Done()
	want := "session/default: Pending\nsession/default: Pending (no node has room)\nsession/default: Running\n"
	if diff := cmp.Diff(want, out.String()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestProgressOnATerminalIsOneLineRewritten(t *testing.T) {
	var out bytes.Buffer
	fake := testingclock.NewFakeClock(time.Time{})
	p := startProgress("session/default", &out, silent{fake}, func() int { return 80 })
	p.Step("Pending", "no node has room")
	fake.Step(4 * time.Second)
	p.Step("Starting", "")
	p.Step("Running", "")
	p.Done()
	want := "\r\x1b[Ksession/default: Pending (no node has room)   0s" +
		"\r\x1b[Ksession/default: Pending → Starting   4s" +
		"\r\x1b[Ksession/default: Pending → Starting → Running   4s\n"
	if diff := cmp.Diff(want, out.String()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestProgressNeverWraps(t *testing.T) {
	var out bytes.Buffer
	p := startProgress("session/default", &out, silent{testingclock.NewFakeClock(time.Time{})}, func() int { return 20 })
	p.Step("Pending", "no node has room")
	p.Done()
	want := "\r\x1b[Ksession/default: P…\n"
	if diff := cmp.Diff(want, out.String()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestProgressCountsTheSeconds(t *testing.T) {
	out := make(lines, 10)
	fake := testingclock.NewFakeClock(time.Time{})
	p := startProgress("session/default", out, fake, func() int { return 80 })
	p.Step("Pending", "")
	<-out
	fake.Step(time.Second)
	if got, want := <-out, "\r\x1b[Ksession/default: Pending   1s"; got != want {
		t.Errorf("after a second: %q, want %q", got, want)
	}
	p.Done()
}

// lines hands on what is written.
type lines chan string

func (l lines) Write(p []byte) (int, error) {
	l <- string(p)
	return len(p), nil
}

// silent tells the time of the fake clock and never ticks.
type silent struct{ *testingclock.FakeClock }

func (s silent) NewTicker(time.Duration) clock.Ticker {
	return testingclock.NewFakeClock(time.Time{}).NewTicker(time.Second)
}
