package main

import (
	"encoding/json"
	"net/http"
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
	if len(all) >= 8 {
		t.Errorf("%d reasons, want less than 8", len(all))
	}
	for _, e := range all {
		for _, b := range e.Behaviours {
			if !names[b.Name] {
				t.Errorf("nothing is named %q", b.Name)
			}
			delete(names, b.Name) // explained once
		}
	}
}

func TestAnExplanationHoldsForItsAnswersAlone(t *testing.T) {
	explanations := []explanation{{}}
	if err := json.Unmarshal([]byte(`{"Reason":"so","Behaviours":[{"Name":"get: it","Control":"200","Subject":"404"}]}`), &explanations[0]); err != nil {
		t.Fatal(err)
	}
	saw := func(short string) observation { return observation{steps: []step{{short, short + " in full"}}} }
	broken := observation{steps: saw("404").steps, failed: errNoModel}
	for name, test := range map[string]struct {
		behaviour        string
		control, subject observation
		want             verdict
	}{
		"equal":                           {"other", saw("200"), saw("200"), equal},
		"different":                       {"other", saw("200"), saw("404"), different},
		"as explained":                    {"it", saw("200"), saw("404"), explained},
		"different, not as explained":     {"it", saw("200"), saw("500"), different},
		"equal, so there is nothing to":   {"it", saw("200"), saw("200"), different},
		"as explained, but it has failed": {"it", saw("200"), broken, different},
		"failed equally":                  {"other", broken, broken, different},
	} {
		r := result{behaviour: behaviour{verb: "get", name: test.behaviour}, control: test.control, subject: test.subject}
		if got := newTable([]result{r}, explanations).rows[0].verdict; got != test.want {
			t.Errorf("%s: %s, want %s", name, got, test.want)
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
