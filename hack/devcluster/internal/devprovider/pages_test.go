package devprovider

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"golang.org/x/net/websocket"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/controller-runtime/pkg/client/fake"
)

// A running session has a page and a socket that echoes; what does not run has neither.
func TestSessionsAreServedWhileTheyRun(t *testing.T) {
	lab := newObject(datalabKind)
	lab.SetNamespace("ns")
	lab.SetName("ws")
	for name, phase := range map[string]string{"main": "Running", "idle": "Stopped"} {
		if err := unstructured.SetNestedField(lab.Object, phase, "status", "sessions", name, "phase"); err != nil {
			t.Fatal(err)
		}
	}
	p := &provider{client: fake.NewClientBuilder().WithObjects(lab).Build()}
	server := httptest.NewServer(p.pages())
	defer server.Close()
	for path, code := range map[string]int{
		"/healthz": http.StatusOK, "/ns/ws/main/": http.StatusOK, "/ns/ws/main/lab": http.StatusOK,
		"/ns/ws/idle/": http.StatusNotFound, "/ns/ws/idle/echo": http.StatusNotFound, "/ns/other/main/": http.StatusNotFound, "/ns/ws/": http.StatusNotFound,
	} {
		resp, err := http.Get(server.URL + path)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		if resp.StatusCode != code {
			t.Errorf("%s is answered by %s, want %d", path, resp.Status, code)
		}
	}
	conn, err := websocket.Dial(strings.Replace(server.URL, "http", "ws", 1)+"/ns/ws/main/echo", "", server.URL)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	got := make([]byte, 5)
	if _, err := conn.Write([]byte("hello")); err != nil {
		t.Fatal(err)
	}
	if _, err := io.ReadFull(conn, got); err != nil || string(got) != "hello" {
		t.Errorf("the socket answers %q (%v)", got, err)
	}
}
