package clients

import (
	"strings"
	"testing"
)

func TestKubectlCreatesAndDeletes(t *testing.T) {
	t.Parallel()
	k := newKubectl(t)
	one := k.manifest("one")
	k.says("workspace.eoepca.org/one created (dry run)", "create --dry-run=client -f -", one)
	k.says("workspace.eoepca.org/one created (server dry run)", "create --dry-run=server -f -", one)
	k.says("", "get wks -o name")
	k.says("workspace.eoepca.org/one created", "create --save-config -f -", one)
	k.fails(1, `Error from server (AlreadyExists): error when creating "STDIN": workspaces.eoepca.org "one" already exists`, "create -f -", one)
	k.fails(1, "spec.members[0].role: Unsupported value: \"Boss\"", "create -f -", k.manifest("two", "  members: [{name: bob, role: Boss}]"))
	k.fails(1, `unknown field "spec.nonsense"`, "create -f -", k.manifest("two", "  nonsense: true"))
	k.shows([]string{"two created"}, "create --validate=warn -f -", k.manifest("two", "  nonsense: true"))
	k.shows([]string{"owner: alice"}, "apply view-last-applied wks one")

	k.says(`workspace.eoepca.org "one" deleted from `+k.namespace+" namespace (server dry run)", "delete wks one --dry-run=server")
	k.says(`workspace.eoepca.org "one" deleted from `+k.namespace+" namespace", "delete --cascade=foreground -f -", one)
	k.fails(1, `Error from server (NotFound): workspaces.eoepca.org "one" not found`, "delete wks one")
	k.says("", "delete wks one --ignore-not-found")
	k.says("workspace.eoepca.org/one created", "create -f -", one)
	k.says(`workspace.eoepca.org "one" force deleted from `+k.namespace+" namespace", "delete wks one --force --grace-period=0")
	k.says(`workspace.eoepca.org "two" deleted from `+k.namespace+" namespace", "delete wks --all --cascade=orphan")
	k.says("", "get wks -o name")
}

// A manifest that is applied is three-way merged: what others wrote stays, what it no longer has goes.
func TestKubectlApplies(t *testing.T) {
	t.Parallel()
	k := newKubectl(t)
	k.apply("one", "  members: [{name: bob}, {name: carol}]")
	k.says("workspace.eoepca.org/one patched", `patch wks one -p {"spec":{"members":[{"name":"dave"}]}}`)
	k.says("workspace.eoepca.org/one configured", "apply -f -", k.manifest("one", "  members: [{name: bob, role: Admin}]"))
	members := "get wks one -o jsonpath={range.spec.members[*]}{.name}={.role};{end}"
	if got := k.out(members); !strings.Contains(got, "bob=Admin;") || !strings.Contains(got, "dave=User;") || strings.Contains(got, "carol") {
		t.Errorf("after an apply, the members are %s", got)
	}
	k.says("workspace.eoepca.org/one configured", "apply -f -", k.manifest("one"))
	k.says("workspace.eoepca.org/one unchanged", "apply -f -", k.manifest("one"))
	k.says("", members) // the whole list was in the manifest, and is not any more
	k.says("workspace.eoepca.org/one patched", `patch wks one -p {"spec":{"members":[{"name":"dave"}]}}`)

	// The same with server-side apply: what client-side apply owned is taken over, not fought for.
	k.says("workspace.eoepca.org/one configured", "apply -f -", k.manifest("one", "  members: [{name: bob, role: User}]"))
	k.says("workspace.eoepca.org/one serverside-applied", "apply --server-side -f -", k.manifest("one", "  members: [{name: bob, role: Admin}]"))
	k.says("workspace.eoepca.org/one serverside-applied", "apply --server-side -f -", k.manifest("one"))
	if got := k.out(members); strings.Contains(got, "bob") || !strings.Contains(got, "dave=User;") {
		t.Errorf("after a server-side apply that leaves them out, the members are %s", got)
	}
	k.fails(1, `conflict with "kubectl-patch" using eoepca.org/v1alpha1: .spec.members[name="dave"].role`,
		"apply --server-side -f -", k.manifest("one", "  members: [{name: dave, role: Admin}]"))
	k.says("workspace.eoepca.org/one serverside-applied",
		"apply --server-side --force-conflicts -f -", k.manifest("one", "  members: [{name: dave, role: Admin}]"))
	k.says("dave=Admin;", members)
}

func TestKubectlDiffs(t *testing.T) {
	t.Parallel()
	k := newKubectl(t)
	k.apply("client")
	k.says("workspace.eoepca.org/server serverside-applied", "apply --server-side -f -", k.manifest("server"))
	for name, way := range map[string]string{"client": "diff -f -", "server": "diff --server-side -f -"} {
		k.says("", way, k.manifest(name))
		r := k.Run(t, strings.ReplaceAll(k.manifest(name), "owner: alice", "owner: erin"), "kubectl", strings.Fields(way)...)
		if r.Code != 1 || !strings.Contains(r.Out, "-  owner: alice\n+  owner: erin\n") {
			t.Errorf("%s of a change: %+v", way, r)
		}
		r = k.Run(t, k.manifest("new"), "kubectl", strings.Fields(way)...)
		if r.Code != 1 || !strings.Contains(r.Out, "+  name: new\n") {
			t.Errorf("%s of what is not there: %+v", way, r)
		}
		if r := k.Run(t, k.manifest(name, "  members: [{name: bob, role: Boss}]"), "kubectl", strings.Fields(way)...); r.Code < 1 || !strings.Contains(r.Err, "Boss") {
			t.Errorf("%s of nonsense: %+v", way, r)
		}
	}
	k.owner("alice", "client")
}

func TestKubectlPatchesLabelsAndAnnotates(t *testing.T) {
	t.Parallel()
	k := newKubectl(t)
	k.apply("one")
	k.says("workspace.eoepca.org/one labeled", "label wks one team=x")
	k.fails(1, "'team' already has a value (x), and --overwrite is false", "label wks one team=y")
	k.says("workspace.eoepca.org/one labeled", "label --overwrite wks -l team=x team=y")
	k.says("workspace.eoepca.org/one unlabeled", "label wks --all team-")
	k.says("workspace.eoepca.org/one annotated", "annotate wks one note=read")
	k.says("read", "get wks one -o jsonpath={.metadata.annotations.note}")
	k.says("workspace.eoepca.org/one annotated", "annotate wks one note-")
	k.fails(1, "invalid label value", "label wks one team=/")

	k.says("workspace.eoepca.org/one patched", `patch wks one -p {"spec":{"members":[{"name":"bob"}]}}`)
	k.says("workspace.eoepca.org/one patched", `patch wks one -p {"spec":{"members":[{"name":"carol"}]}}`)
	k.says("bob carol", "get wks one -o jsonpath={.spec.members[?(@.name==\"bob\")].name}{\"\\u0020\"}{.spec.members[?(@.name==\"carol\")].name}")
	k.says("workspace.eoepca.org/one patched", `patch wks one --type=merge -p {"spec":{"members":[{"name":"dave"}],"owner":"erin"}}`)
	k.says("dave", "get wks one -o jsonpath={.spec.members[*].name}")
	k.says("workspace.eoepca.org/one patched", `patch wks one --type=json -p [{"op":"test","path":"/spec/owner","value":"erin"},{"op":"replace","path":"/spec/owner","value":"frank"}]`)
	k.owner("frank", "one")
	k.says("workspace.eoepca.org/one patched (no change)", `patch wks one -p {"spec":{"owner":"frank"}}`)
	k.fails(1, "the server rejected our request due to an error in our request", `patch wks one --type=json -p [{"op":"test","path":"/spec/owner","value":"nobody"}]`)
	k.says("workspace.eoepca.org/one patched", `patch wks one --subresource=sessions -p {"spec":{"owner":"gina","sessions":[{"name":"lab","state":"Stopped"}]}}`)
	k.owner("frank", "one")
	k.fails(1, `cannot patch resource "workspaces/status"`, `patch wks one --subresource=status --type=merge -p {"status":{"observedGeneration":9}}`)
}

func TestKubectlReplaces(t *testing.T) {
	t.Parallel()
	k := newKubectl(t)
	k.apply("one", "  members: [{name: bob}]")
	read := k.out("get wks one -o yaml")
	k.says("workspace.eoepca.org/one replaced", "replace -f -", strings.ReplaceAll(read, "owner: alice", "owner: erin"))
	k.owner("erin", "one")
	k.fails(1, "Error from server (Conflict)", "replace -f -", read)
	// What the server has filled in, or could have, is left out.
	k.says("workspace.eoepca.org/one replaced", "replace -f -", strings.ReplaceAll(k.manifest("one"), k.principal("one")+"\n", ""))
	k.says(" datalab one-"+k.namespace, "get wks one -o jsonpath={.spec.members}{\"\\u0020\"}{.spec.environment}{\"\\u0020\"}{.spec.storage.principal}")
	k.fails(1, `spec.storage.principal: Invalid value: "other": is immutable: must stay "one-`+k.namespace+`"`, "replace -f -",
		strings.ReplaceAll(k.manifest("one"), k.principal("one"), "    principal: other"))
	k.fails(1, `workspaces.eoepca.org "two" not found`, "replace -f -", k.manifest("two"))

	uid := k.out("get wks one -o jsonpath={.metadata.uid}")
	k.says(`workspace.eoepca.org "one" deleted from `+k.namespace+" namespace\nworkspace.eoepca.org/one replaced", "replace --force -f -", k.manifest("one"))
	if k.out("get wks one -o jsonpath={.metadata.uid}") == uid {
		t.Error("replaced by force, it is the same one")
	}
}

func TestKubectlEdits(t *testing.T) {
	t.Parallel()
	k := newKubectl(t)
	k.apply("one")
	k.editor(`sed -i 's/owner: alice/owner: erin/' "$1"`)
	k.says("workspace.eoepca.org/one edited", "edit wks one")
	k.owner("erin", "one")
	k.editor(":")
	k.fails(0, "Edit cancelled, no changes made.", "edit wks one")

	// What others change meanwhile stays.
	k.editor(`kubectl label wks one team=x >/dev/null && sed -i 's/owner: erin/owner: frank/' "$1"`)
	k.says("workspace.eoepca.org/one edited", "edit wks one")
	k.says("frank x", "get wks one -o jsonpath={.spec.owner}{\"\\u0020\"}{.metadata.labels.team}")

	// What is refused is shown with its reason when the editor opens again, and kept in a file at the end.
	k.editor(`if grep -q '^# .*spec.storage.principal: Invalid value: "other": is immutable' "$1"; then touch "$HOME/told"; else sed -i 's/principal: one.*/principal: other/' "$1"; fi`)
	k.fails(1, "Edit cancelled, no valid changes were saved", "edit wks one")
	k.OK(t, "", "test", "-e", k.Home+"/told")
	k.fails(1, "A copy of your changes has been stored to", "edit wks one")
}

// What kubectl can do with workloads only, it refuses with a reason.
func TestKubectlRefusesWhatIsForWorkloads(t *testing.T) {
	t.Parallel()
	k := newKubectl(t)
	k.apply("one")
	k.fails(1, "workspaces/scale", "scale wks/one --replicas=2")
	k.fails(1, "could not find scale subresource", "autoscale wks/one --max=3")
	for _, line := range []string{"rollout status wks/one", "expose wks/one --port=80", "logs wks/one", "exec wks/one -- true", "set image wks/one a=b"} {
		k.fails(1, `no kind "Workspace" is registered`, line)
	}
}
