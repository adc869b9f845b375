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
	p := startProgress(&out, testingclock.NewFakeClock(time.Time{}), nil, Style{}, "session/a", "session/b")
	p.Step("Pending", "")
	p.Step("Pending", "")
	p.StepOf("session/b", "Starting", "")
	p.Because("FailedScheduling: no node has room")
	p.Because("FailedScheduling: no node has room")
	p.Step("Pending", "pulling\nthe \x1b[31mimage")
	p.Step("Running", "")
	p.Over("session/a")
	p.Because("something else")
	p.Done()
	want := `session/a: Pending
session/b: Starting
session/a: Pending (FailedScheduling: no node has room)
session/b: Starting (FailedScheduling: no node has room)
session/a: Pending (pulling the [31mimage)
session/a: Running
session/b: Starting (something else)
`
	if diff := cmp.Diff(want, out.String()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestProgressOnATerminalIsOneLineRewritten(t *testing.T) {
	var out bytes.Buffer
	fake := testingclock.NewFakeClock(time.Time{})
	p := startProgress(&out, silent{fake}, sized(80, 24), Style{}, "session/default")
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

func TestProgressOfSeveralIsOneLineForEach(t *testing.T) {
	var out bytes.Buffer
	fake := testingclock.NewFakeClock(time.Time{})
	p := startProgress(&out, silent{fake}, sized(80, 3), Style{}, "session/a", "session/b", "session/c")
	p.Step("Pending", "")
	p.StepOf("session/b", "Pending", "")
	p.Step("Running", "")
	p.Over("session/a")
	fake.Step(time.Second)
	p.StepOf("session/c", "Pending", "")
	p.Done()
	want := "\r\x1b[Ksession/a: Pending   0s" +
		"\r\x1b[Ksession/a: Pending   0s\r\n\x1b[Ksession/b: Pending   0s" +
		"\r\x1b[1A\x1b[Ksession/a: Pending → Running   0s\r\n\x1b[Ksession/b: Pending   0s" +
		"\r\x1b[1A\x1b[Ksession/a: Pending → Running   0s\r\n\x1b[Ksession/b: Pending   0s" +
		// As many as the terminal has room for; what is over takes no more time.
		"\r\x1b[1A\x1b[Ksession/a: Pending → Running   0s\r\n\x1b[K… and 2 more\n"
	if diff := cmp.Diff(want, out.String()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestProgressNeverWraps(t *testing.T) {
	for _, test := range []struct {
		width int
		want  string
	}{
		{80, "session/default: Requested → Pending (no node has room for it)   0s"},
		{65, "session/default: … → Pending (no node has room for it)   0s"},
		{50, "session/default: Pending (no node has room…)   0s"},
		{36, "session/default: Pending (no…)   0s"},
		{31, "session/default: Pending   0s"},
		{26, "session/default: Pending"},
		{20, "default: Pending"},
		{10, "default:…"},
		{1, ""},
	} {
		l := line{subject: "session/default", steps: []step{{"Requested", ""}, {"Pending", "no node has room for it"}}}
		got := l.text(test.width-1, 0, Style{})
		if got != test.want || length(got) >= max(test.width, 1) {
			t.Errorf("in %d columns: %q, want %q", test.width, got, test.want)
		}
	}
}

func TestProgressIsColouredByWhatItHasComeTo(t *testing.T) {
	l := line{subject: "session/a", steps: []step{{"Pending", ""}}}
	if got, want := l.text(79, time.Second, Style{on: true}), "session/a: \x1b[33mPending\x1b[0m\x1b[2m   1s\x1b[0m"; got != want {
		t.Errorf("on its way: %q, want %q", got, want)
	}
	l.took = time.Second
	if got, want := l.text(79, time.Second, Style{on: true}), "session/a: \x1b[32mPending\x1b[0m\x1b[2m   1s\x1b[0m"; got != want {
		t.Errorf("there: %q, want %q", got, want)
	}
}

func TestProgressCountsTheSeconds(t *testing.T) {
	out := make(lines, 10)
	fake := testingclock.NewFakeClock(time.Time{})
	p := startProgress(out, fake, sized(80, 24), Style{}, "session/default")
	p.Step("Pending", "")
	<-out
	fake.Step(time.Second)
	if got, want := <-out, "\r\x1b[Ksession/default: Pending   1s"; got != want {
		t.Errorf("after a second: %q, want %q", got, want)
	}
	p.Done()
}

func sized(width, height int) func() (int, int) {
	return func() (int, int) { return width, height }
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
