package main

import (
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestExplanationsAreOfBehavioursThatThereAre(t *testing.T) {
	names := map[string]bool{}
	for _, b := range suite() {
		names[b.String()] = true
	}
	all, err := readExplanations()
	if err != nil {
		t.Fatal(err)
	}
	if len(all) > tolerable {
		t.Errorf("%d explanations, want at most %d", len(all), tolerable)
	}
	for _, e := range all {
		if !names[e.Behaviour] {
			t.Errorf("nothing is named %q", e.Behaviour)
		}
		delete(names, e.Behaviour) // explained once
		if !strings.Contains(e.Reason, "Conventions: ") {
			t.Errorf("%s: which convention permits it?", e.Behaviour)
		}
	}
}

func TestVerdicts(t *testing.T) {
	explanations := []explanation{{Behaviour: "get: it", Control: "200", Subject: "404", Reason: "so"}}
	saw := func(short string) observation {
		return observation{steps: []step{{short, short + " in full", short + " in common"}}}
	}
	both := func(a, b observation) observation { return observation{steps: append(a.steps, b.steps...)} }
	broken := observation{steps: saw("404").steps, failed: errNoModel}
	alike := observation{steps: []step{{"404", "404 in other words", "404 in common"}}}
	for name, test := range map[string]struct {
		behaviour        string
		control, subject observation
		builtin          *observation
		want             verdict
	}{
		"equal":                                 {"other", saw("200"), saw("200"), nil, equal},
		"equal, whatever a built-in does":       {"other", saw("200"), saw("200"), &alike, equal},
		"different":                             {"other", saw("200"), saw("404"), nil, different},
		"as a built-in":                         {"other", saw("200"), saw("404"), &alike, asBuiltin},
		"as neither":                            {"other", saw("200"), saw("403"), &alike, different},
		"each step as one of them":              {"other", both(saw("200"), saw("200")), both(saw("200"), saw("404")), ptr(both(saw("403"), alike)), asBuiltin},
		"one step as neither":                   {"other", both(saw("200"), saw("200")), both(saw("404"), saw("403")), ptr(both(alike, alike)), different},
		"a step more than the custom resource":  {"other", saw("200"), both(saw("200"), saw("404")), ptr(saw("200")), different},
		"the built-in has failed":               {"other", saw("200"), saw("404"), &broken, different},
		"as explained":                          {"it", saw("200"), saw("404"), nil, explained},
		"different, not as explained":           {"it", saw("200"), saw("500"), nil, different},
		"equal, so there is nothing to explain": {"it", saw("200"), saw("200"), nil, different},
		"as a built-in, so there is nothing to": {"it", saw("200"), saw("404"), &alike, different},
		"as explained, but it has failed":       {"it", saw("200"), broken, nil, different},
		"broken down equally":                   {"other", saw("500"), saw("500"), nil, different},
		"failed equally":                        {"other", broken, broken, nil, different},
	} {
		r := result{behaviour: behaviour{verb: "get", name: test.behaviour}, control: test.control, subject: test.subject, builtin: test.builtin}
		if got := newTable([]result{r}, explanations).rows[0].verdict; got != test.want {
			t.Errorf("%s: %s, want %s", name, got, test.want)
		}
	}
}

func ptr[T any](v T) *T { return &v }

func TestTooManyExplanationsAreNotTolerated(t *testing.T) {
	for n, fails := range map[int]bool{0: false, tolerable: false, tolerable + 1: true} {
		table := &table{rows: make([]row, n)}
		for i := range table.rows {
			table.rows[i].verdict = explained
		}
		if err := table.err(); (err != nil) != fails {
			t.Errorf("%d: %v", n, err)
		}
	}
}

func TestOnlyWhatMustDifferIsMadeEqual(t *testing.T) {
	full := func(group, change string) string {
		o := object{
			"apiVersion": group + "/v1alpha1", "kind": "Workspace", "spec": object{"owner": "alice"},
			"metadata": object{"name": "one", "uid": "11111111-2222-3333-4444-55555555555" + change[:1], "resourceVersion": change, "creationTimestamp": "2026-01-0" + change[:1]},
			"status":   object{"observedGeneration": change},
		}
		n := normaliser{group: group}
		return n.answer(&answer{code: http.StatusOK, header: http.Header{"Content-Type": {"application/json"}}, body: mustJSON(o)}).full
	}
	if diff := cmp.Diff(full(controlGroup, "1"), full(subjectGroup, "2")); diff != "" {
		t.Error(diff)
	}
	for name, bodies := range map[string][2]string{
		"spec":          {`{"spec":{"owner":"alice"}}`, `{"spec":{"owner":"bob"}}`},
		"label":         {`{"metadata":{"labels":{"a":"b"}}}`, `{"metadata":{"labels":{"a":"c"}}}`},
		"no version":    {`{"metadata":{"name":"a","resourceVersion":"1"}}`, `{"metadata":{"name":"a"}}`},
		"message":       {`{"kind":"Status","message":"a"}`, `{"kind":"Status","message":"b"}`},
		"cause":         {`{"details":{"causes":[{"field":"a"}]}}`, `{"details":{"causes":[{"field":"b"}]}}`},
		"owner, fields": {`{"metadata":{"managedFields":[{"fieldsV1":{"f:a":{}}}]}}`, `{"metadata":{"managedFields":[{"fieldsV1":{"f:b":{}}}]}}`},
		"a token":       {`{"kind":"WorkspaceList","metadata":{"continue":"x"},"items":[]}`, `{"kind":"WorkspaceList","metadata":{},"items":[]}`},
		"another uid":   {`[{"metadata":{"uid":"11111111-2222-3333-4444-555555555555"}},{"metadata":{"uid":"11111111-2222-3333-4444-555555555555"}}]`, `[{"metadata":{"uid":"11111111-2222-3333-4444-555555555555"}},{"metadata":{"uid":"11111111-2222-3333-4444-555555555556"}}]`},
	} {
		one, other := normaliser{group: "g"}, normaliser{group: "g"}
		header := http.Header{"Content-Type": {"application/json"}}
		if one.answer(&answer{200, header, []byte(bodies[0])}) == other.answer(&answer{200, header, []byte(bodies[1])}) {
			t.Errorf("%s: taken for equal", name)
		}
	}
}
