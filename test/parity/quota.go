package main

import "net/http"

// Quotas count objects. Their status is written as the quota controller does, which does not run here.
const (
	quotas     = "!/api/v1/namespaces/$NS/resourcequotas"
	quotaCount = "count/workspaces.$GROUP"
)

// limited makes a quota of one workspace, of which so many are used, and waits until it is heeded.
func (x *experiment) limited(used string, heeded int) {
	x.must(http.MethodPost, quotas, `{"metadata": {"name": "$GROUP"}, "spec": {"hard": {"`+quotaCount+`": "1"}}}`)
	x.used(used, heeded)
}

func (x *experiment) used(count string, heeded int) {
	x.must(http.MethodPatch, quotas+"/$GROUP/status", `{"status": {"hard": {"`+quotaCount+`": "1"}, "used": {"`+quotaCount+`": "`+count+`"}}}`,
		"Content-Type", mergePatch)
	x.until("the quota is heeded", func() bool { return x.request(http.MethodPost, dry, x.object("probe")).code == heeded })
}

var quotaChecks = []behaviour{
	does("quota", "of objects is used up", func(x *experiment) {
		x.made("one")
		x.limited("1", http.StatusForbidden)
		x.post("", x.object("two"))
		x.post(dry, x.object("two"))
		x.apply("/two"+first, x.object("two"))
		x.get("/two")
	}),
	does("quota", "of objects counts each that is made", func(x *experiment) {
		x.limited("1", http.StatusForbidden)
		x.used("0", http.StatusCreated)
		x.post(dry, x.object("one"))
		x.post("", x.object("one"))
		x.note("used: %v", x.must(http.MethodGet, quotas+"/$GROUP", nil).object()["status"].(object)["used"].(object)[x.fill(quotaCount)])
		x.post("", x.object("two"))
	}),
	does("quota", "of objects leaves updates alone", func(x *experiment) {
		x.made("one")
		x.limited("1", http.StatusForbidden)
		x.put("/one", x.current("spec: {owner: bob}"))
		x.merge("/one", `{"spec": {"owner": "carol"}}`)
		x.apply("/one"+first, x.applied("{sessions: [{name: second, state: Stopped}]}"))
	}),
}
