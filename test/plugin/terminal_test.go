package plugin

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/eoepca/workspaces/test/integration/env"
)

// What a person sees who waits: one line that is rewritten, whatever the width, and the URL below it.
func TestWaitingIsOneLineThatIsRewritten(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		width uint16
		want  string
	}{
		{80, `^session/default: Pending → Scheduled → Starting → Running   \d+s\nhttps://default.example.org$`},
		{20, `^default: Running\nhttps://default\.exam\nple\.org$`},
	} {
		t.Run(fmt.Sprint(test.width), func(t *testing.T) {
			t.Parallel()
			s := newStage(t, "default=Stopped")
			term := s.run(test.width, "session start default")
			term.await("default: Pending")
			for _, phase := range []string{"Scheduled", "Starting"} {
				s.says("default", "started", phase)
				term.await(phase)
			}
			s.says("default", "started", "Running")
			term.ends(0)
			if got := term.sees(); !regexp.MustCompile(test.want).MatchString(got) {
				t.Errorf("seen:\n%s\nwant:\n%s", got, test.want)
			}
		})
	}
}

func TestWaitingForSeveralIsALineForEach(t *testing.T) {
	t.Parallel()
	s := newStage(t, "a=Stopped", "b=Stopped")
	term := s.run(80, "session start --all")
	term.await("session/b: Pending")
	s.says("b", "started", "Running")
	term.await("session/b: Pending → Running")
	s.says("a", "started", "Starting")
	term.await("session/a: Pending → Starting")
	s.says("a", "started", "Running")
	term.ends(0)
	want := `^session/a: Pending → Starting → Running   \d+s\nsession/b: Pending → Running   \d+s\na https://a.example.org\nb https://b.example.org$`
	if got := term.sees(); !regexp.MustCompile(want).MatchString(got) {
		t.Errorf("seen:\n%s\nwant:\n%s", got, want)
	}
}

func TestWhileNothingMovesAWarningSaysWhy(t *testing.T) {
	t.Parallel()
	s := newStage(t, "default=Stopped")
	_, err := e.Admin.RbacV1().RoleBindings(s.ns).Create(t.Context(), &rbacv1.RoleBinding{
		ObjectMeta: metav1.ObjectMeta{Name: "events"},
		RoleRef:    rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "ClusterRole", Name: "view"},
		Subjects:   []rbacv1.Subject{{APIGroup: rbacv1.GroupName, Kind: rbacv1.UserKind, Name: env.Operator}},
	}, metav1.CreateOptions{})
	if err != nil {
		t.Fatal(err)
	}
	term := s.run(80, "session start default")
	term.await("default: Pending")
	_, err = e.Admin.CoreV1().Events(s.ns).Create(t.Context(), &corev1.Event{
		ObjectMeta:     metav1.ObjectMeta{Name: "why"},
		InvolvedObject: corev1.ObjectReference{APIVersion: "pkg.internal/v1beta2", Kind: "Datalab", Namespace: s.ns, Name: s.ws},
		Type:           corev1.EventTypeWarning, Reason: "FailedScheduling", Message: "no node has room", LastTimestamp: metav1.NewTime(time.Now()),
	}, metav1.CreateOptions{})
	if err != nil {
		t.Fatal(err)
	}
	term.await("session/default: Pending (FailedScheduling: no node has room)")
	term.types(ctrlC)
	term.ends(130)
}

// Ctrl-C leaves nothing half done, and says what goes on and how to look.
func TestInterrupts(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		promise string
		width   uint16
		line    string
		// before is what the provider says of the session default, which is declared Started.
		before string
		// seen is awaited, then the keys are pressed.
		seen, keys string
		code       int
		want       []string
		declared   string
	}{
		{"start", 80, "session start default", "Pending", "Pending", ctrlC, 130,
			[]string{`interrupted: session "default" is Pending; it goes on starting`, "hint: kubectl workspace session list"}, "default=Started"},
		{"start", 20, "session start default", "Starting", "Starting", ctrlC, 130,
			[]string{`interrupted: session "default" is Starting; it goes on starting`}, "default=Started"},
		{"delete", 20, "session delete default --yes", "Running", "Requested", ctrlC, 130,
			[]string{`session "default" is Requested; its deletion goes on`}, ""},
		{"stop", 80, "session stop default", "Running", "Requested", ctrlC, 130,
			[]string{`session "default" is Requested; it goes on stopping`}, "default=Stopped"},
		{"restart", 80, "session restart default", "Running", "Requested", ctrlC, 130,
			[]string{`session "default" is Requested; it is not started again`, "hint: kubectl workspace session start default"}, "default=Stopped"},
		{"delete", 80, "session delete default --yes", "Running", "Requested", ctrlC, 130,
			[]string{`session "default" is Requested; its deletion goes on`}, ""},
		{"create", 80, "session create gpu --start", "Running", "gpu: Pending", ctrlC, 130,
			[]string{`session "gpu" is Pending; it goes on starting`}, "default=Started gpu=Started"},
		{"open", 80, "session open default", "Pending", "Pending", ctrlC, 130, []string{`it goes on starting`}, "default=Started"},
		{"create of a workspace", 80, "create NAME-2 --owner alice", "Running", "workspace/", ctrlC, 130,
			[]string{"it exists and goes on becoming ready", "hint: kubectl"}, "default=Started"},
		{"delete of a workspace", 80, "delete NAME --yes", "Running", "Terminating", ctrlC, 130,
			[]string{"interrupted: workspace", "; it goes on being deleted", "hint: kubectl workspace describe "}, gone},
		{"at a prompt", 80, "session delete default", "Running", "Type", ctrlC, 130, nil, "default=Started"},
		{"a time that is over", 80, "session start default --timeout 1s", "Pending", "Pending", noKeys, 124,
			[]string{`timed out after 1s: session "default" is Pending; it goes on starting`}, "default=Started"},
	} {
		t.Run(fmt.Sprint(test.promise, " ", test.width), func(t *testing.T) {
			t.Parallel()
			s := newStage(t, "default=Started")
			s.says("default", "started", test.before)
			if test.declared == gone {
				s.hold()
			}
			term := s.run(test.width, strings.ReplaceAll(test.line, "NAME", s.ws))
			term.await(test.seen)
			term.types(test.keys)
			term.ends(test.code)
			for _, want := range test.want {
				// As it was written, without the ends of lines that the width has made.
				if got := term.raw(); !strings.Contains(got, want) {
					t.Errorf("seen:\n%s\nwant it to contain %q", term.sees(), want)
				}
			}
			s.until(test.declared)
		})
	}
}

// A dashboard stays where it is, in a terminal of any width, until the user has seen enough or the workspace is gone.
func TestTheDashboardStaysInView(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		width         uint16
		title, before string
		after         string
	}{
		{80, `(?m)^NAME  namespace NS, owner alice, environment datalab, age \d+m?s?$`, "  ◌ default  Pending", "  ✔ default  Running  https://default.example.org"},
		{20, `(?m)^NAME  \w+…$`, "  ◌ default  Pendi…", "  ✔ default  Runni…"},
	} {
		t.Run(fmt.Sprint(test.width), func(t *testing.T) {
			t.Parallel()
			s := newStage(t, "default=Started")
			s.says("default", "started", "Pending")
			term := s.run(test.width, "status --watch")
			term.await(test.before)
			s.says("default", "started", "Running")
			term.await(test.after)
			title := strings.NewReplacer("NAME", s.ws, "NS", s.ns).Replace(test.title)
			if got := term.sees(); len(regexp.MustCompile(title).FindAllString(got, -1)) != 1 || strings.Contains(got, test.before) {
				t.Errorf("seen:\n%s\nwant the dashboard once, and %s", got, title)
			}
			term.types(ctrlC)
			term.ends(130)
			if got := term.sees(); strings.Contains(strings.ToLower(got), "error") {
				t.Errorf("seen:\n%s", got)
			}
		})
	}
}

// Whatever asks can be interrupted, and has then changed nothing.
func TestEachPromptCanBeInterrupted(t *testing.T) {
	t.Parallel()
	s := newStage(t, "default=Stopped")
	s.call("member add bob")
	s.call("bucket create " + s.ws + "-b --no-wait")
	s.call("store create pg0 --type databases --no-wait")
	s.call("access request some-bucket")
	s.call("access grant " + s.ws + "-b --to eric")
	before := s.spec()
	for _, test := range []struct{ line, asks string }{
		{"delete " + s.ws, "Type"},
		{"delete --all", "Type"},
		{"member remove --all", "[y/N]"},
		{"member transfer bob", "[y/N]"},
		{"bucket delete " + s.ws, "Type"},
		{"store delete pg0", "Type"},
		{"session delete --all", "Type"},
		{"access revoke " + s.ws + "-b --all", "[y/N]"},
		{"access withdraw --all", "[y/N]"},
	} {
		term := s.run(80, test.line)
		term.await(test.asks)
		term.types(ctrlC)
		term.ends(130)
		if got := term.sees(); strings.Contains(got, "error") || s.spec() != before {
			t.Errorf("%s: seen is\n%s\nand the workspace is %s", test.line, got, s.spec())
		}
	}
}

// A server that takes its time does not keep the user, not even from kubectl's own code.
func TestASlowServerIsLeftByCtrlC(t *testing.T) {
	t.Parallel()
	reached := make(chan struct{}, 100)
	slow := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		reached <- struct{}{}
		<-r.Context().Done()
	}))
	t.Cleanup(slow.Close)
	s := newStage(t)
	for _, line := range []string{"get", "get --watch", "tree", "member list"} {
		term := s.run(80, line+" --token=x --server="+slow.URL)
		<-reached
		term.types(ctrlC)
		term.ends(130)
		for len(reached) > 0 {
			<-reached
		}
	}
}

// What is lost is asked for, and only what was asked for counts as an answer.
func TestPrompts(t *testing.T) {
	t.Parallel()
	s := newStage(t, "default=Stopped")
	for _, test := range []struct {
		promise, keys string
		code          int
		want          string
	}{
		{"refused", "n" + enter, 1, "not agreed: nothing was changed"},
		{"yes is not the name", "y" + enter, 1, "not agreed"},
		{"another name", "gpu" + enter, 1, "not agreed"},
		{"nothing", enter, 1, "not agreed"},
		{"the end of the input", ctrlD, 1, "not agreed"},
		{"a second thought", ctrlC, 130, ""},
	} {
		term := s.run(80, "session delete default")
		term.await(`Type "default" to go on:`)
		term.types(test.keys)
		term.ends(test.code)
		if !strings.Contains(term.sees(), test.want) || s.declared() != "default=Stopped" {
			t.Errorf("%s: the sessions are %q, and seen is\n%s", test.promise, s.declared(), term.sees())
		}
	}
	term := s.run(80, "session delete default")
	term.await(`with its volume`)
	term.types("default" + enter)
	term.ends(0)
	s.until("")
}

// Colours are those of the waiting display.
func TestColours(t *testing.T) {
	t.Parallel()
	s := newStage(t, "default=Started")
	s.says("default", "started", "Running")
	coloured := regexp.MustCompile(`\x1b\[[0-9;]*m`)
	for _, test := range []struct {
		line string
		want bool
	}{
		{"session start default", true},
		{"NO_COLOR=1 session start default", false},
		{"NO_COLOR=1 session start default --color always", true},
		{"session start default --color never", false},
		{"TERM=dumb session start default", false},
	} {
		term := s.run(80, test.line)
		term.ends(0)
		if got := coloured.MatchString(term.raw()); got != test.want {
			t.Errorf("%s: colours are %v, want %v:\n%q", test.line, got, test.want, term.raw())
		}
	}
}
