package e2e

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/minio/minio-go/v7"
	"github.com/minio/minio-go/v7/pkg/credentials"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/utils/ptr"

	"github.com/eoepca/workspaces/pkg/apis/eoepca/v1alpha1"
	"github.com/eoepca/workspaces/test/integration/env"
)

const namespace = metav1.NamespaceDefault

// create makes a workspace with one discoverable bucket of its name.
func create(t *testing.T, name string, storage v1alpha1.StorageSpec) {
	t.Helper()
	ws := &v1alpha1.Workspace{ObjectMeta: metav1.ObjectMeta{Name: name}}
	ws.Spec.Owner = "alice"
	ws.Spec.Storage = storage
	ws.Spec.Storage.Buckets = []v1alpha1.Bucket{{Name: name, Discoverable: ptr.To(true)}}
	workspaces := clients.EoepcaV1alpha1().Workspaces(namespace)
	if _, err := workspaces.Create(t.Context(), ws, metav1.CreateOptions{}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		deadline := time.Now().Add(30 * time.Second)
		for !apierrors.IsNotFound(workspaces.Delete(context.Background(), name, metav1.DeleteOptions{})) {
			if time.Now().After(deadline) {
				t.Errorf("%s does not go", name)
				return
			}
			time.Sleep(50 * time.Millisecond)
		}
	})
}

// change changes a workspace by a merge patch.
func change(t *testing.T, name string, content map[string]any) {
	t.Helper()
	patch, err := json.Marshal(content)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := clients.EoepcaV1alpha1().Workspaces(namespace).Patch(t.Context(), name, types.MergePatchType, patch, metav1.PatchOptions{}); err != nil {
		t.Fatal(err)
	}
}

func changeStorage(t *testing.T, name, field string, value any) {
	t.Helper()
	change(t, name, map[string]any{"spec": map[string]any{"storage": map[string]any{field: value}}})
}

// user is somebody with the keys of a workspace.
type user struct {
	t  *testing.T
	s3 *minio.Client
	// accessKey tells which of the workspace's keys he has.
	accessKey string
}

// withKeysOf reads the workspace's credentials, as soon as there are others than those that are known.
func withKeysOf(t *testing.T, name string, known ...*user) *user {
	t.Helper()
	u := &user{t: t}
	env.Eventually(t, "there are keys of "+name, func() error {
		answer, err := clients.EoepcaV1alpha1().Workspaces(namespace).GetCredentials(t.Context(), name, metav1.GetOptions{})
		if err != nil {
			return err
		}
		for _, other := range known {
			if answer.Storage.AccessKeyID == other.accessKey {
				return fmt.Errorf("they are still %s", other.accessKey)
			}
		}
		endpoint, err := url.Parse(answer.Storage.Endpoint)
		if err != nil {
			return err
		}
		u.accessKey = answer.Storage.AccessKeyID
		u.s3, err = minio.New(endpoint.Host, &minio.Options{
			Creds: credentials.NewStaticV4(u.accessKey, answer.Storage.SecretAccessKey, ""), Region: answer.Storage.Region,
			BucketLookup: minio.BucketLookupPath,
		})
		return err
	})
	return u
}

func (u *user) put(bucket, object string) error {
	_, err := u.s3.PutObject(context.Background(), bucket, object, bytes.NewReader([]byte("hello")), 5, minio.PutObjectOptions{})
	return err
}

// can is what the user can do in a bucket, tried one after the other on an object that is there: list, read, write, delete.
func (u *user) can(bucket, object string) string {
	ctx := context.Background()
	var can []string
	for _, try := range []struct {
		name string
		do   func() error
	}{
		{"list", func() error {
			for o := range u.s3.ListObjectsIter(ctx, bucket, minio.ListObjectsOptions{}) {
				if o.Err != nil {
					return o.Err
				}
			}
			return nil
		}},
		{"read", func() error {
			o, err := u.s3.GetObject(ctx, bucket, object, minio.GetObjectOptions{})
			if err == nil {
				_, err = io.ReadAll(o)
			}
			return err
		}},
		{"write", func() error { return u.put(bucket, "written") }},
		{"delete", func() error { return u.s3.RemoveObject(ctx, bucket, "written", minio.RemoveObjectOptions{}) }},
	} {
		switch code := minio.ToErrorResponse(try.do()).Code; code {
		case "":
			can = append(can, try.name)
		case "AccessDenied":
		default:
			return code // the keys themselves are refused, or the bucket is not there
		}
	}
	return strings.Join(can, " ")
}

// eventuallyCan waits until the user can do that in a bucket, and nothing else.
func (u *user) eventuallyCan(what, bucket, want string) {
	u.t.Helper()
	env.EventuallyWithin(u.t, 20*time.Second, what, func() error {
		if got := u.can(bucket, "hello"); got != want {
			return fmt.Errorf("%s can %q in %s, want %q", u.accessKey, got, bucket, want)
		}
		return nil
	})
}

const everything = "list read write delete"

// Each level of a grant does exactly what it says, and only while it is asked for and offered.
func TestGrants(t *testing.T) {
	create(t, "ws-alice", v1alpha1.StorageSpec{})
	create(t, "ws-eric", v1alpha1.StorageSpec{})
	alice, eric := withKeysOf(t, "ws-alice"), withKeysOf(t, "ws-eric")
	env.Eventually(t, "alice fills her bucket", func() error { return alice.put("ws-alice", "hello") })

	grant := func(permission string) func() {
		return func() {
			t.Helper()
			changeStorage(t, "ws-alice", "accessGrants", []any{map[string]any{"bucket": "ws-alice", "grantee": "ws-eric", "permission": permission}})
		}
	}
	revoke := func() { changeStorage(t, "ws-alice", "accessGrants", nil) }
	ask := func() { changeStorage(t, "ws-eric", "accessRequests", []any{map[string]any{"bucket": "ws-alice"}}) }
	withdraw := func() { changeStorage(t, "ws-eric", "accessRequests", nil) }
	offer := func(discoverable bool) func() {
		return func() {
			changeStorage(t, "ws-alice", "buckets", []any{map[string]any{"name": "ws-alice", "discoverable": discoverable}})
		}
	}
	for _, step := range []struct {
		name  string
		do    func()
		can   string
		state v1alpha1.ShareState
	}{
		{"nothing is said", func() {}, "", ""},
		{"asked for", ask, "", v1alpha1.ShareRequested},
		{"ReadOnly", grant("ReadOnly"), "list read", v1alpha1.ShareGranted},
		{"ReadWrite", grant("ReadWrite"), "list read write delete", v1alpha1.ShareGranted},
		{"WriteOnly", grant("WriteOnly"), "list write delete", v1alpha1.ShareGranted},
		{"None", grant("None"), "", v1alpha1.ShareDenied},
		{"granted again", grant("ReadOnly"), "list read", v1alpha1.ShareGranted},
		{"no longer asked for", withdraw, "", v1alpha1.ShareOffered},
		{"asked for again", ask, "list read", v1alpha1.ShareGranted},
		{"no longer offered", offer(false), "", v1alpha1.ShareUnresolved},
		{"offered again", offer(true), "list read", v1alpha1.ShareGranted},
		{"revoked", revoke, "", v1alpha1.ShareRequested},
	} {
		step.do()
		eric.eventuallyCan(step.name, "ws-alice", step.can)
		if got := stateOf(t, "ws-eric", "ws-alice"); got != step.state {
			t.Errorf("%s: the share is %q, want %q", step.name, got, step.state)
		}
		if got := alice.can("ws-alice", "hello"); got != everything {
			t.Errorf("%s: alice herself can %q", step.name, got)
		}
	}
}

// stateOf is how far the workspace has come with the bucket.
func stateOf(t *testing.T, name, bucket string) v1alpha1.ShareState {
	t.Helper()
	sharing, err := clients.EoepcaV1alpha1().Workspaces(namespace).GetSharing(t.Context(), name, metav1.GetOptions{})
	if err != nil {
		t.Fatal(err)
	}
	for _, share := range sharing.Outgoing {
		if share.Bucket == bucket {
			return share.State
		}
	}
	return ""
}

// Keys are replaced one after the other. As many old ones as are to be kept stay valid, in one's own buckets and in those
// that are granted, and no more.
func TestKeysAreRolledOver(t *testing.T) {
	create(t, "ws-owner", v1alpha1.StorageSpec{
		AccessGrants: []v1alpha1.AccessGrant{{Bucket: "ws-owner", Grantee: "ws-roller", Permission: v1alpha1.PermissionReadOnly}},
	})
	create(t, "ws-roller", v1alpha1.StorageSpec{
		CredentialsRollover: &v1alpha1.CredentialsRollover{Interval: v1alpha1.RolloverWeekly, MaxToKeep: 2},
		AccessRequests:      []v1alpha1.AccessRequest{{Bucket: "ws-owner"}},
	})
	owner, keys := withKeysOf(t, "ws-owner"), []*user{withKeysOf(t, "ws-roller")}
	env.Eventually(t, "the buckets are filled", func() error {
		return errors.Join(owner.put("ws-owner", "hello"), keys[0].put("ws-roller", "hello"))
	})
	const kept = 2
	for i := range kept + 2 {
		change(t, "ws-roller", map[string]any{"metadata": map[string]any{"annotations": map[string]any{"devprovider/rotate": fmt.Sprint(i)}}})
		keys = append(keys, withKeysOf(t, "ws-roller", keys...))
		valid := max(0, len(keys)-1-kept)
		for _, key := range keys[:valid] {
			key.eventuallyCan("an older key is refused", "ws-roller", "InvalidAccessKeyId")
		}
		for _, key := range keys[valid:] {
			key.eventuallyCan("a key is valid", "ws-roller", everything)
			key.eventuallyCan("a key is valid for what is granted", "ws-owner", "list read")
		}
	}
	if err := clients.EoepcaV1alpha1().Workspaces(namespace).Delete(t.Context(), "ws-roller", metav1.DeleteOptions{}); err != nil {
		t.Fatal(err)
	}
	for _, key := range keys {
		key.eventuallyCan("no key outlives the workspace", "ws-owner", "InvalidAccessKeyId")
	}
}
