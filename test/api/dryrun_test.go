package api

import (
	"net/http"
	"testing"
)

const dryRun = "?dryRun=All"

// A dry run of any request answers as the request would, and writes nothing to either part.
func TestDryRunWritesNothing(t *testing.T) {
	t.Parallel()
	ns := e.Namespace(t)
	ws := made(t, ns, "one", `members: [{name: bob}]`)
	before := versions(t, ns, ws.Name)
	changed := ws.DeepCopy()
	changed.Spec.Owner = "erin"
	changed.Spec.Storage.Buckets = changed.Spec.Storage.Buckets[:1]
	changed.Spec.Storage.Buckets[0].Discoverable = new(bool)
	*changed.Spec.Storage.Buckets[0].Discoverable = true
	apply := written(t, ns, "one", `owner: alice, members: [{name: carol}]`)
	add := `{"spec": {"members": [{"name": "carol"}], "storage": {"buckets": [{"name": "` + ws.Name + `-b"}]}}}`

	for _, test := range []struct {
		promise string
		ask     func() *answer
		code    int
	}{
		{"update", func() *answer { return operator(t).put(t, at(ns, ws.Name)+dryRun, changed) }, 200},
		{"strategic patch", func() *answer { return operator(t).patch(t, at(ns, ws.Name)+dryRun, strategicPatch, add) }, 200},
		{"merge patch", func() *answer { return operator(t).patch(t, at(ns, ws.Name)+dryRun, mergePatch, add) }, 200},
		{"JSON patch", func() *answer {
			return operator(t).patch(t, at(ns, ws.Name)+dryRun, jsonPatch, `[{"op": "replace", "path": "/spec/owner", "value": "erin"}]`)
		}, 200},
		{"apply", func() *answer {
			return operator(t).patch(t, at(ns, ws.Name)+dryRun+"&fieldManager=gitops&force=true", applyPatch, apply)
		}, 200},
		{"sessions", func() *answer {
			return operator(t).patch(t, at(ns, ws.Name, "sessions")+dryRun, strategicPatch, `{"spec": {"sessions": [{"name": "more"}]}}`)
		}, 200},
		{"launch", func() *answer {
			return operator(t).post(t, at(ns, ws.Name, "launch")+dryRun, object{"spec": object{"session": "main"}})
		}, 201},
		{"delete", func() *answer { return operator(t).delete(t, at(ns, ws.Name)+dryRun, nil) }, 200},
		{"delete, asked for in the body", func() *answer {
			return operator(t).delete(t, at(ns, ws.Name), object{"dryRun": []string{"All"}})
		}, 200},
		{"deletecollection", func() *answer { return operator(t).delete(t, at(ns)+dryRun, nil) }, 200},
	} {
		t.Run(test.promise, func(t *testing.T) {
			test.ask().want(t, test.code)
			if after := versions(t, ns, ws.Name); after != before {
				t.Errorf("it has written: versions %v, before %v", after, before)
			}
		})
	}
	if got := operator(t).get(t, at(ns, ws.Name)).want(t, 200).workspace(t); got.DeletionTimestamp != nil || got.ResourceVersion != ws.ResourceVersion {
		t.Errorf("it is another one: %+v", got.ObjectMeta)
	}
}

// A dry run of a create, or of an apply that creates, answers the completed workspace, without a version.
func TestDryRunOfACreate(t *testing.T) {
	t.Parallel()
	ns := e.Namespace(t)
	ws := written(t, ns, "new", "")
	for promise, a := range map[string]*answer{
		"create": operator(t).post(t, at(ns)+dryRun, ws),
		"apply":  operator(t).patch(t, at(ns, nameOf(ws))+dryRun+"&fieldManager=gitops", applyPatch, ws),
	} {
		got := a.want(t, http.StatusCreated).workspace(t)
		if got.ResourceVersion != "" || got.Spec.Storage.Principal != got.Name || got.UID == "" {
			t.Errorf("%s answers %+v", promise, got)
		}
	}
	if got := versions(t, ns, nameOf(ws)); got != [2]string{} {
		t.Errorf("something was written: versions %v", got)
	}
	operator(t).get(t, at(ns, nameOf(ws))).want(t, http.StatusNotFound)
	operator(t).post(t, at(ns)+"?dryRun=Some", ws).want(t, http.StatusUnprocessableEntity)
}

// A dry run asks the parts' own rules too.
func TestDryRunAsksTheParts(t *testing.T) {
	t.Parallel()
	ns := e.Namespace(t)
	ws := made(t, ns, "one", "")
	for field, spec := range map[string]string{
		"spec.storage.accessRequests[0].reason": `storage: {accessRequests: [{bucket: other, reason: refused}]}`,
		"spec.runtime.quota.memory":             `runtime: {quota: {memory: 13Gi}}`,
	} {
		want := refusal{field, []string{"refused by the provider"}}
		refused(t, operator(t).post(t, at(ns)+dryRun, written(t, ns, "new", spec)), want)
		change := object{"spec": written(t, ns, "one", spec)["spec"]}
		refused(t, operator(t).patch(t, at(ns, ws.Name)+dryRun, mergePatch, change), want)
		refused(t, operator(t).patch(t, at(ns, ws.Name), mergePatch, change), want)
	}
}
