package clients

import (
	"regexp"
	"testing"
)

// A watch shows a workspace come, become ready, change and go.
func TestKubectlWatches(t *testing.T) {
	t.Parallel()
	k := newKubectl(t)
	watch := k.Start(t, "kubectl", "get", "wks", "-w", "--output-watch-events", "--no-headers")
	sees := func(pattern string) {
		t.Helper()
		watch.Await(t, pattern, regexp.MustCompile(pattern).MatchString)
	}
	// The workspace may be in the list that the watch begins with, or be its first event.
	k.apply("one", "  sessions: [{name: main, state: Started}]")
	sees(`^ADDED +one +alice `)
	sees(`^(ADDED|MODIFIED) +one +alice +True +1/1 +1 +0 `)
	k.says("workspace.eoepca.org/one patched", `patch wks one -p {"spec":{"owner":"erin","members":[{"name":"bob"}]}}`)
	sees(`^MODIFIED +one +erin +\S+ +\S+ +1 +1 `)
	k.says(`workspace.eoepca.org "one" deleted from `+k.namespace+" namespace", "delete wks one")
	sees(`^MODIFIED +one +.* Terminating `)
	sees(`^DELETED +one +.* Terminating `)
	if r := watch.Interrupt(); r.Err != "" {
		t.Errorf("the watch complains: %s", r.Err)
	}
}

func TestKubectlWaits(t *testing.T) {
	t.Parallel()
	k := newKubectl(t)
	coming := k.Start(t, "kubectl", "wait", "--for=create", "--timeout=60s", "wks/one")
	k.apply("one", "  sessions: [{name: main, state: Stopped}]")
	if r := coming.Wait(t); r.Code != 0 || r.Out != "workspace.eoepca.org/one condition met" {
		t.Errorf("wait for its creation: %+v", r)
	}
	k.says("workspace.eoepca.org/one condition met", "wait --for=condition=StorageReady --timeout=60s wks/one")
	running := k.Start(t, "kubectl", "wait", "--for=jsonpath={.status.sessions[0].phase}=Running", "--timeout=60s", "wks/one")
	k.says("workspace.eoepca.org/one patched", `patch wks one -p {"spec":{"sessions":[{"name":"main","state":"Started"}]}}`)
	if r := running.Wait(t); r.Code != 0 {
		t.Errorf("wait for a session: %+v", r)
	}
	k.says("workspace.eoepca.org/one condition met", "wait --for=condition=Ready --timeout=60s wks --all")
	k.fails(1, "timed out waiting for the condition on workspaces/one", "wait --for=condition=Ready=False --timeout=1s wks/one")
	k.fails(1, `workspaces.eoepca.org "none" not found`, "wait --for=condition=Ready --timeout=1s wks/none")

	// Deletion waits for what holds the workspace, and so does who waits for it.
	k.says("workspace.eoepca.org/one patched", `patch wks one --type=merge -p {"metadata":{"finalizers":["example.org/hold"]}}`)
	k.says(`workspace.eoepca.org "one" deleted from `+k.namespace+" namespace", "delete wks one --wait=false")
	k.fails(1, "timed out waiting for the condition on workspaces/one", "wait --for=delete --timeout=1s wks/one")
	k.shows([]string{"deletionTimestamp: "}, "get wks one -o yaml")
	going := k.Start(t, "kubectl", "wait", "--for=delete", "--timeout=60s", "wks/one")
	k.says("workspace.eoepca.org/one patched", `patch wks one --type=merge -p {"metadata":{"finalizers":null}}`)
	if r := going.Wait(t); r.Code != 0 {
		t.Errorf("wait for its end: %+v", r)
	}
	k.fails(1, "NotFound", "get wks one")
}
