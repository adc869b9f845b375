package main

import (
	_ "embed"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/google/go-cmp/cmp"
	"sigs.k8s.io/yaml"
)

// result is a behaviour as both showed it, and the built-in kind if there is one.
type result struct {
	behaviour
	control, subject observation
	builtin          *observation
}

// verdict on a result.
type verdict string

const (
	equal     verdict = "equal"       // to the custom resource
	asBuiltin verdict = "as built-in" // where the custom resource is not
	explained verdict = "explained"
	different verdict = "DIFFERENT"
)

// tolerable is how many differences may be explained.
const tolerable = 7

//go:embed explained.yaml
var explanations []byte

// explanation is why a behaviour differs, and which convention permits it. It holds for the answers that it names alone.
type explanation struct {
	Behaviour        string
	Control, Subject string
	Reason           string
}

func readExplanations() ([]explanation, error) {
	var all []explanation
	if err := yaml.UnmarshalStrict(explanations, &all); err != nil {
		return nil, fmt.Errorf("read explained.yaml: %w", err)
	}
	return all, nil
}

// row of the table.
type row struct {
	result
	verdict verdict
	reason  string
	diff    string
}

type table struct{ rows []row }

func newTable(results []result, explanations []explanation) *table {
	t := &table{}
	for _, r := range results {
		out := r.judge()
		for _, e := range explanations {
			if e.Behaviour == r.String() {
				out.explain(e)
			}
		}
		t.rows = append(t.rows, out)
	}
	return t
}

// judge compares what was shown. Each step must be the custom resource's, or have all in common with the built-in kind's.
func (r result) judge() row {
	out := row{result: r, verdict: different, diff: cmp.Diff(r.control.full(), r.subject.full())}
	switch {
	case r.failed():
	case r.subject.brokeDown():
		out.diff = "the server answers 500\n" + out.diff
	case out.diff == "":
		out.verdict = equal
	case r.builtin != nil:
		if differs := r.asBuiltin(); differs != "" {
			out.diff += "from the built-in kind:\n" + differs
		} else {
			out.verdict = asBuiltin
		}
	}
	return out
}

// brokeDown says whether an answer was 500, which no request deserves, whatever others answer.
func (o observation) brokeDown() bool {
	return slices.ContainsFunc(o.steps, func(s step) bool { return strings.HasPrefix(s.short, "500") })
}

func (r result) failed() bool {
	return r.control.failed != nil || r.subject.failed != nil || r.builtin != nil && r.builtin.failed != nil
}

// asBuiltin answers how the steps differ from the built-in kind's that differ from the custom resource's.
func (r result) asBuiltin() string {
	var differs strings.Builder
	for i := range max(len(r.control.steps), len(r.subject.steps), len(r.builtin.steps)) {
		subject := r.subject.step(i)
		if subject != r.control.step(i) {
			differs.WriteString(cmp.Diff(r.builtin.step(i).common, subject.common))
		}
	}
	return differs.String()
}

func (o observation) step(i int) step {
	if i < len(o.steps) {
		return o.steps[i]
	}
	return step{}
}

// explain takes an explanation for what it is worth.
func (r *row) explain(e explanation) {
	r.reason = e.Reason
	if r.verdict == different && !r.failed() && e.Control == r.control.short() && e.Subject == r.subject.short() {
		r.verdict = explained
		return
	}
	r.diff = fmt.Sprintf("the explanation no longer applies: it says %q and %q, and without it the verdict is %q\n%s", e.Control, e.Subject, r.verdict, r.diff)
	r.verdict = different
}

func (o observation) short() string {
	var all []string
	for _, s := range o.steps {
		all = append(all, s.short)
	}
	if o.failed != nil {
		all = append(all, "FAILED")
	}
	return strings.Join(all, "; ")
}

func (o observation) full() []string {
	var all []string
	for _, s := range o.steps {
		all = append(all, strings.Split(s.full, "\n")...)
	}
	if o.failed != nil {
		all = append(all, "FAILED: "+o.failed.Error())
	}
	return all
}

func (t *table) count(v verdict) (n int) {
	for _, r := range t.rows {
		if r.verdict == v {
			n++
		}
	}
	return n
}

// err says why the table is not good enough.
func (t *table) err() error {
	if n := t.count(different); n > 0 {
		return fmt.Errorf("%d differences that nothing explains", n)
	}
	if n := t.count(explained); n > tolerable {
		return fmt.Errorf("%d differences are explained, which are more than %d", n, tolerable)
	}
	return nil
}

// print prints the table for a terminal, and below it what differs.
func (t *table) print(w io.Writer, verbose bool) {
	for _, r := range t.rows {
		cells := r.cells()
		fmt.Fprintf(w, "%-11s  %-80s  %-30s  %-20s  %s\n", r.verdict, r.behaviour, cells[0], cells[1], cells[2])
	}
	for _, r := range t.rows {
		if r.verdict == different || verbose && r.verdict != equal {
			fmt.Fprintf(w, "\n%s %s\n- control: %s\n+ subject: %s\n%s\n", r.verdict, r.behaviour, r.control.short(), r.subject.short(), r.diff)
		} else if verbose {
			fmt.Fprintf(w, "\n%s %s\n%s\n", r.verdict, r.behaviour, strings.Join(r.control.full(), "\n"))
		}
	}
	fmt.Fprintf(w, "\n%s\n", t.summary())
}

// cells are what the custom resource, the built-in kind and the Workspace answered, in short.
func (r row) cells() [3]string {
	builtin := ""
	if r.builtin != nil {
		builtin = clipped(r.builtin.short())
	}
	return [3]string{clipped(r.control.short()), builtin, clipped(r.subject.short())}
}

func (t *table) summary() string {
	return fmt.Sprintf("%d behaviours: %d equal to a custom resource, %d as built-in, %d explained, %d different",
		len(t.rows), t.count(equal), t.count(asBuiltin), t.count(explained), t.count(different))
}

const width = 60

func clipped(text string) string {
	if runes := []rune(text); len(runes) > width {
		return string(runes[:width-1]) + "…"
	}
	return text
}
