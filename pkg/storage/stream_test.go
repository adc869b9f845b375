package storage

import (
	"context"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"k8s.io/client-go/rest"
)

// Without fences a stream proves its progress by watches that end soon, with a bookmark. Who asks after that bookmark is not
// left to wait for the next routine one, a minute away.
func TestAStreamWithoutFencesHurriesAsOftenAsItIsAsked(t *testing.T) {
	timeouts := make(chan string)
	end := make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(http.StatusOK)
		w.(http.Flusher).Flush()
		timeouts <- r.URL.Query().Get("timeoutSeconds")
		select {
		case <-end:
		case <-r.Context().Done():
		}
	}))
	defer server.Close()
	clients, err := newPartClients(&rest.Config{Host: server.URL})
	if err != nil {
		t.Fatal(err)
	}
	client := clients[datalabKind]
	s := newStream(client, newFence(client, ""), 1, make(chan streamInput, 10))
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() { defer close(done); s.run(ctx) }()
	defer func() { cancel(); <-done }()

	if first := <-timeouts; first == "3" {
		t.Fatal("the first watch is a short one, and nobody has asked")
	}
	s.requestProgress()
	if second := <-timeouts; second != "3" {
		t.Fatalf("asked for progress, the next watch lasts %s s, want 3", second)
	}
	s.requestProgress()
	for len(s.hurry) > 0 { // until the stream has taken the request
		select {
		case <-timeouts:
			t.Fatal("a short watch was broken off")
		default:
		}
	}
	end <- struct{}{}
	if third := <-timeouts; third != "3" {
		t.Fatalf("asked during a short watch, the next one lasts %s s, want 3", third)
	}
}

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func TestAStreamDoesNotStormAServerThatEndsWatchesAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var watches atomic.Int32
		clients, err := newPartClients(&rest.Config{Host: "127.0.0.1", Transport: roundTripper(func(r *http.Request) (*http.Response, error) {
			watches.Add(1)
			return &http.Response{StatusCode: http.StatusOK, Header: http.Header{"Content-Type": {"application/json"}}, Body: http.NoBody, Request: r}, nil
		})})
		if err != nil {
			t.Fatal(err)
		}
		s := newStream(clients[storageKind], newFence(clients[storageKind], ""), 1, nil)
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		s.run(ctx)
		if n := watches.Load(); n < 5 || n > 30 {
			t.Errorf("%d watches in 10 s", n)
		}
	})
}
