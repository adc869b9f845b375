package v1beta2_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	kjson "sigs.k8s.io/json"

	"github.com/eoepca/workspaces/pkg/apis/provider"
	"github.com/eoepca/workspaces/pkg/apis/provider/datalab/v1beta2"
)

// TestMalformed: a field of an unexpected type is left out and named; everything around it is read.
func TestMalformed(t *testing.T) {
	for name, test := range map[string]struct {
		json       string
		spec       v1beta2.DatalabSpec
		conditions []provider.Condition
		status     []string
	}{
		"nothing is wrong": {
			json: `{"spec":{"users":["a"],"unknown":{"x":1}}}`,
			spec: v1beta2.DatalabSpec{Users: []string{"a"}},
		},
		"null is nothing": {
			json: `{"spec":{"users":null,"quota":null},"status":null}`,
		},
		"the spec is no object": {
			json: `{"spec":"x"}`,
			spec: v1beta2.DatalabSpec{Malformed: []string{"spec"}},
		},
		"a value": {
			json: `{"spec":{"secretName":7,"vcluster":"yes","users":["a"]}}`,
			spec: v1beta2.DatalabSpec{Users: []string{"a"}, Malformed: []string{"spec.secretName", "spec.vcluster"}},
		},
		"an element keeps its place, so that nobody becomes the owner by accident": {
			json: `{"spec":{"users":[7,"bob"]}}`,
			spec: v1beta2.DatalabSpec{Users: []string{"", "bob"}, Malformed: []string{"spec.users[0]"}},
		},
		"a value within an item": {
			json: `{"spec":{"sessions":[{"name":"a","state":true},{"name":"b"}]}}`,
			spec: v1beta2.DatalabSpec{Sessions: []v1beta2.Session{{Name: "a"}, {Name: "b"}}, Malformed: []string{"spec.sessions[0].state"}},
		},
		"a value within an entry": {
			json: `{"spec":{"databases":{"pg0":{"names":"dev","storage":"1Gi"},"pg1":7}}}`,
			spec: v1beta2.DatalabSpec{
				Databases: map[string]v1beta2.Database{"pg0": {Storage: "1Gi"}, "pg1": {}},
				Malformed: []string{"spec.databases[pg0].names", "spec.databases[pg1]"},
			},
		},
		"an optional object": {
			json: `{"spec":{"quota":"much","data":{"enabled":"yes"}}}`,
			spec: v1beta2.DatalabSpec{Malformed: []string{"spec.data.enabled", "spec.quota"}},
		},
		"letter case counts": {
			json: `{"spec":{"Users":["a"]}}`,
		},
		"a condition": {
			json:       `{"status":{"conditions":[{"type":"Ready","status":"True","lastTransitionTime":"once"},7]}}`,
			conditions: []provider.Condition{{Type: "Ready", Status: "True"}, {}},
			status:     []string{"status.conditions[0].lastTransitionTime", "status.conditions[1]"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			var datalab v1beta2.Datalab
			if err := kjson.UnmarshalCaseSensitivePreserveInts([]byte(test.json), &datalab); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.spec, datalab.Spec); diff != "" {
				t.Errorf("spec (-wanted +got):\n%s", diff)
			}
			if diff := cmp.Diff(test.conditions, datalab.Status.Conditions); diff != "" {
				t.Errorf("conditions (-wanted +got):\n%s", diff)
			}
			if diff := cmp.Diff(test.status, datalab.Status.Malformed); diff != "" {
				t.Errorf("malformed (-wanted +got):\n%s", diff)
			}
		})
	}
}
