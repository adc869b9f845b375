package devprovider

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/minio/minio-go/v7"
	"github.com/minio/minio-go/v7/pkg/credentials"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/eoepca/workspaces/test/controlplane"
)

// once tells whether the S3 server has run: it can do so once per process, so -count finds it used up.
var once sync.Once

// The whole story of one workspace, on a real control plane.
func TestStoryOfAWorkspace(t *testing.T) {
	if testing.Short() {
		t.Skip("starts a control plane")
	}
	first := false
	if once.Do(func() { first = true }); !first {
		t.Skip("the S3 server runs once per process")
	}
	c, options := run(t)
	alice := storage("ws-alice", `"bucketAccessGrants":[{"bucketName":"ws-alice","grantee":"ws-eric","permission":"ReadOnly","grantedAt":"2026-01-01T00:00:00Z"}]`)
	alice.SetLabels(map[string]string{discoverableLabel: "true"})
	lab := datalab("ws-alice", `"sessions":[{"name":"default","state":"started"}],"cacheStores":{"prod":{"storage":"1Gi"}}`)
	for _, o := range []client.Object{alice, storage("ws-eric", ""), lab} {
		create(t, c, o)
	}
	until(t, "the parts are ready", func() error { return all(conditionIsTrue(c, alice, "Ready"), conditionIsTrue(c, lab, "Ready")) })

	owner, eric := s3Client(t, c, options, "ws-alice"), s3Client(t, c, options, "ws-eric")
	if err := put(owner, "ws-alice", "hello.txt"); err != nil {
		t.Errorf("the owner writes: %v", err)
	}
	if err := read(eric, "ws-alice", "hello.txt"); code(err) != "AccessDenied" {
		t.Errorf("a stranger reads: got %v, want a denial", err)
	}
	change(t, c, storage("ws-eric", ""), `{"spec":{"bucketAccessRequests":[{"bucketName":"ws-alice","requestedAt":"2026-01-01T00:00:00Z"}]}}`)
	until(t, "the grant takes effect with the request", func() error { return read(eric, "ws-alice", "hello.txt") })
	if err := put(eric, "ws-alice", "other.txt"); code(err) != "AccessDenied" {
		t.Errorf("a reader writes: got %v, want a denial", err)
	}

	until(t, "the session runs", func() error { return sessionPage(c, lab, http.StatusOK) })
	change(t, c, lab, `{"spec":{"sessions":[{"name":"default","state":"stopped"}]}}`)
	until(t, "the session is stopped", func() error { return sessionGone(c, lab, options) })

	keys := secret(t, c, "ws-alice-datalab")
	if keys["AWS_ACCESS_KEY_ID"] != "ws-alice" || keys["REDIS_PROD_PASSWORD"] == "" {
		t.Error("ws-alice-datalab lacks keys")
	}
	for _, o := range []client.Object{lab, alice} {
		if err := c.Delete(t.Context(), o); err != nil {
			t.Fatal(err)
		}
		until(t, "it is gone", func() error { return gone(c, o) })
	}
	if err := put(owner, "ws-alice", "hello.txt"); code(err) != "InvalidAccessKeyId" && code(err) != "NoSuchBucket" {
		t.Errorf("after the deletion: got %v, want a refusal", err)
	}
	for _, name := range []string{"ws-alice", "ws-alice-datalab"} {
		until(t, "Secret "+name+" is gone", func() error { return gone(c, &corev1.Secret{ObjectMeta: named(name)}) })
	}
}

func run(t *testing.T) (client.Client, Options) {
	t.Helper()
	plane, err := controlplane.Start(t.Context(), controlplane.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = plane.Stop() })
	if err := plane.InstallCRDs(t.Context()); err != nil {
		t.Fatal(err)
	}
	options := Options{
		Dir: t.TempDir(), S3Address: freeAddress(t), SessionsAddress: freeAddress(t),
		Region: "us-east-1", Delay: 100 * time.Millisecond, Retry: 100 * time.Millisecond,
	}
	ctx, cancel := context.WithCancel(context.Background())
	end := make(chan error, 1)
	go func() { end <- Run(ctx, plane.Config(), options) }()
	t.Cleanup(func() {
		cancel()
		if err := <-end; err != nil {
			t.Errorf("devprovider: %v", err)
		}
	})
	c, err := client.New(plane.Config(), client.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return c, options
}

func s3Client(t *testing.T, c client.Client, o Options, principal string) *minio.Client {
	t.Helper()
	keys := secret(t, c, principal)
	s, err := minio.New(o.S3Address, &minio.Options{
		Creds: credentials.NewStaticV4(keys["AWS_ACCESS_KEY_ID"], keys["AWS_SECRET_ACCESS_KEY"], ""), Region: keys["AWS_REGION"],
	})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func put(s *minio.Client, bucket, key string) error {
	_, err := s.PutObject(context.Background(), bucket, key, bytes.NewReader([]byte("hello")), 5, minio.PutObjectOptions{})
	return err
}

func read(s *minio.Client, bucket, key string) error {
	o, err := s.GetObject(context.Background(), bucket, key, minio.GetObjectOptions{})
	if err != nil {
		return err
	}
	_, err = io.ReadAll(o)
	return err
}

func code(err error) string { return minio.ToErrorResponse(err).Code }

func secret(t *testing.T, c client.Client, name string) map[string]string {
	t.Helper()
	s := &corev1.Secret{ObjectMeta: named(name)}
	until(t, "Secret "+name+" is there", func() error { return c.Get(t.Context(), client.ObjectKeyFromObject(s), s) })
	keys := map[string]string{}
	for key, value := range s.Data {
		keys[key] = string(value)
	}
	return keys
}

func sessionPage(c client.Client, lab *unstructured.Unstructured, want int) error {
	o, err := fetch(c, lab)
	if err != nil {
		return err
	}
	url, _, _ := unstructured.NestedString(o.Object, "status", "sessions", "default", "url")
	return expect(url, want)
}

func sessionGone(c client.Client, lab *unstructured.Unstructured, options Options) error {
	o, err := fetch(c, lab)
	if err != nil {
		return err
	}
	session, _, _ := unstructured.NestedMap(o.Object, "status", "sessions", "default")
	if session["phase"] != "Stopped" || session["url"] != nil {
		return fmt.Errorf("session is %v", session)
	}
	return expect("http://"+options.SessionsAddress+"/default/ws-alice/default/", http.StatusNotFound)
}

func expect(url string, want int) error {
	resp, err := http.Get(url)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if resp.StatusCode != want {
		return fmt.Errorf("%s answers %s", url, resp.Status)
	}
	return nil
}

func conditionIsTrue(c client.Client, o *unstructured.Unstructured, condition string) error {
	there, err := fetch(c, o)
	if err == nil && !isTrue(there, condition) {
		err = fmt.Errorf("%s %s: %v", o.GetKind(), o.GetName(), there.Object["status"])
	}
	return err
}

func fetch(c client.Client, o *unstructured.Unstructured) (*unstructured.Unstructured, error) {
	there := newObject(o.GroupVersionKind())
	return there, c.Get(context.Background(), client.ObjectKeyFromObject(o), there)
}

func gone(c client.Client, o client.Object) error {
	err := c.Get(context.Background(), client.ObjectKeyFromObject(o), o.DeepCopyObject().(client.Object))
	if apierrors.IsNotFound(err) {
		return nil
	}
	return fmt.Errorf("still there (%v)", err)
}

func all(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// until retries what becomes true by itself.
func until(t *testing.T, what string, check func() error) {
	t.Helper()
	deadline := time.Now().Add(30 * time.Second)
	for err := check(); err != nil; err = check() {
		if time.Now().After(deadline) {
			t.Fatalf("not so after 30 s: %s: %v", what, err)
		}
		time.Sleep(20 * time.Millisecond)
	}
}

func create(t *testing.T, c client.Client, o client.Object) {
	t.Helper()
	if err := c.Create(t.Context(), o); err != nil {
		t.Fatal(err)
	}
}

func change(t *testing.T, c client.Client, o client.Object, patch string) {
	t.Helper()
	if err := c.Patch(t.Context(), o, client.RawPatch("application/merge-patch+json", []byte(patch))); err != nil {
		t.Fatal(err)
	}
}

func freeAddress(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

func storage(name, more string) *unstructured.Unstructured {
	return object(storageKind.GroupVersion().String(), storageKind.Kind, name,
		`"principal":"`+name+`","buckets":[{"bucketName":"`+name+`"}]`, more)
}

func datalab(name, more string) *unstructured.Unstructured {
	return object(datalabKind.GroupVersion().String(), datalabKind.Kind, name, `"users":["alice"]`, more)
}

func object(version, kind, name, spec, more string) *unstructured.Unstructured {
	if more != "" {
		spec = strings.Join([]string{spec, more}, ",")
	}
	o := &unstructured.Unstructured{}
	text := fmt.Sprintf(`{"apiVersion":%q,"kind":%q,"metadata":{"name":%q,"namespace":"default"},"spec":{%s}}`, version, kind, name, spec)
	if err := o.UnmarshalJSON([]byte(text)); err != nil {
		panic(err)
	}
	return o
}

func named(name string) metav1.ObjectMeta {
	return metav1.ObjectMeta{Name: name, Namespace: "default"}
}
