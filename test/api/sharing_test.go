package api

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/eoepca/workspaces/pkg/apis/eoepca/v1alpha1"
)

// sharing is what the subresource answers, in words, without the buckets that other tests offer.
func sharing(t testing.TB, ns, name string) (words []string) {
	t.Helper()
	answer := &v1alpha1.WorkspaceSharing{}
	operator(t).get(t, at(ns, name, "sharing")).want(t, http.StatusOK).into(t, answer)
	if answer.Kind != "WorkspaceSharing" || answer.Name != name || answer.Namespace != ns {
		t.Errorf("it is of %s %s/%s", answer.Kind, answer.Namespace, answer.Name)
	}
	short := strings.NewReplacer("-"+ns, "").Replace
	for _, s := range answer.Incoming {
		words = append(words, short(fmt.Sprintf("in %s %s/%s %s %s", s.Bucket, s.Workspace, s.Grantee, s.State, s.Permission)))
	}
	for _, s := range answer.Outgoing {
		words = append(words, short(fmt.Sprintf("out %s %s/%s %s %s", s.Bucket, s.Workspace, s.Grantee, s.State, s.Permission)))
	}
	for _, b := range answer.Discoverable {
		if b.Namespace == ns {
			words = append(words, short(fmt.Sprintf("found %s %s", b.Bucket, b.Workspace)))
		}
	}
	return words
}

// The way of a bucket from one workspace to another and back. Each answer holds all that was written before it.
func TestABucketIsShared(t *testing.T) {
	t.Parallel()
	ns := e.Namespace(t)
	alice := made(t, ns, "alice", `storage: {buckets: [{name: $WS, discoverable: true}]}`).Name
	bob := made(t, ns, "bob", `storage: {principal: s3-$WS}`).Name
	storage := func(name, spec string) func() {
		return func() {
			t.Helper()
			spec = strings.NewReplacer("$ALICE", alice, "$BOB", bob).Replace(spec)
			operator(t).patch(t, at(ns, name), mergePatch, `{"spec":{"storage":{`+spec+`}}}`).want(t, http.StatusOK)
		}
	}
	grant := func(permission string) func() {
		return storage(alice, `"accessGrants":[{"bucket":"$ALICE","grantee":"s3-$BOB","permission":"`+permission+`"}]`)
	}
	request := storage(bob, `"accessRequests":[{"bucket":"$ALICE","reason":"mosaics"}]`)
	for _, step := range []struct {
		name       string
		do         func()
		alice, bob []string
	}{
		{"found", func() {}, nil, []string{"found alice alice"}},
		{"asked for", request, []string{"in alice bob/s3-bob Requested "}, []string{"out alice alice/s3-bob Requested "}},
		{"withdrawn", storage(bob, `"accessRequests":null`), nil, []string{"found alice alice"}},
		{"granted unasked", grant("ReadOnly"), []string{"in alice /s3-bob Offered ReadOnly"}, []string{"out alice alice/s3-bob Offered ReadOnly"}},
		{"granted", request, []string{"in alice bob/s3-bob Granted ReadOnly"}, []string{"out alice alice/s3-bob Granted ReadOnly"}},
		{"denied", grant("None"), []string{"in alice bob/s3-bob Denied None"}, []string{"out alice alice/s3-bob Denied None"}},
		{"granted again", grant("ReadWrite"), []string{"in alice bob/s3-bob Granted ReadWrite"}, []string{"out alice alice/s3-bob Granted ReadWrite"}},
		{"revoked", storage(alice, `"accessGrants":null`), []string{"in alice bob/s3-bob Requested "}, []string{"out alice alice/s3-bob Requested "}},
		{"hidden", storage(alice, `"buckets":[{"name":"$ALICE"}]`), nil, []string{"out alice /s3-bob Unresolved "}},
	} {
		step.do()
		if diff := cmp.Diff(step.alice, sharing(t, ns, alice)); diff != "" {
			t.Errorf("%s: alice (-want +got):\n%s", step.name, diff)
		}
		if diff := cmp.Diff(step.bob, sharing(t, ns, bob)); diff != "" {
			t.Errorf("%s: bob (-want +got):\n%s", step.name, diff)
		}
	}
	for version, code := range map[string]int{"0": http.StatusOK, "x": http.StatusBadRequest} {
		operator(t).get(t, at(ns, alice, "sharing")+"?resourceVersion="+version).want(t, code)
	}
	operator(t).get(t, at(ns, "missing", "sharing")).want(t, http.StatusNotFound)
}

// What would share a bucket with the wrong one, or not at all, is refused where it is written.
func TestSharingIsRefused(t *testing.T) {
	t.Parallel()
	ns := e.Namespace(t)
	alice := made(t, ns, "alice", `storage: {buckets: [{name: $WS}, {name: $WS-2}], accessRequests: [{bucket: $WS-3}], accessGrants: [{bucket: $WS-2, grantee: zoe, permission: None}]}`).Name
	bob := made(t, ns, "bob", `storage: {principal: s3-$WS, buckets: [{name: $WS, discoverable: true}]}`).Name
	sharing(t, ns, alice) // holds all that was written before, and so does what the next answers are made of
	for name, test := range map[string]struct {
		change, field string
		says          []string
	}{
		"a bucket outside of the prefix": {`buckets: [{name: $WS-2}, {name: other}]`, "spec.storage.buckets[1].name", []string{"other", "must start with", alice}},
		"a bucket of another":            {`buckets: [{name: $WS-2}, {name: ` + bob + `}]`, "spec.storage.buckets[1].name", []string{bob, "must start with"}},
		"a request for one's own":        {`accessRequests: [{bucket: $WS}]`, "spec.storage.accessRequests[0].bucket", []string{alice, "is a bucket of this workspace"}},
		"a grant on another's":           {`accessGrants: [{bucket: ` + bob + `, grantee: eric, permission: None}]`, "spec.storage.accessGrants[0].bucket", []string{bob, "must be a bucket of this workspace: " + alice}},
		"a grant to oneself":             {`accessGrants: [{bucket: $WS, grantee: $WS, permission: None}]`, "spec.storage.accessGrants[0].grantee", []string{alice, "is this workspace itself"}},
		"a grant to a workspace's name":  {`accessGrants: [{bucket: $WS, grantee: ` + bob + `, permission: ReadOnly}]`, "spec.storage.accessGrants[0].grantee", []string{bob, "is the name of a workspace", `its principal is "s3-` + bob}},
		"a granted bucket that goes":     {`buckets: [{name: $WS}]`, "spec.storage.accessGrants[0].bucket", []string{alice + "-2", "revoke the grant too"}},
		"a requested one that comes":     {`buckets: [{name: $WS}, {name: $WS-2}, {name: $WS-3}]`, "spec.storage.accessRequests[0].bucket", []string{alice + "-3", "withdraw the request too"}},
	} {
		t.Run(name, func(t *testing.T) {
			body := merged(t, object{}, "spec: {storage: {"+strings.ReplaceAll(test.change, "$WS", alice)+"}}")
			refused(t, operator(t).patch(t, at(ns, alice), mergePatch, body), refusal{test.field, test.says})
		})
	}
}
