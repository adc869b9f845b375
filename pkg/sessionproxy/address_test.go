package sessionproxy

import (
	"testing"
)

func TestAddresses(t *testing.T) {
	session := Session{Namespace: "ns", Workspace: "ws-alice", Name: "default"}
	for text, want := range map[string]string{
		"": "http://ws-alice-default.ws-alice.svc.cluster.local",
		"http://{workspace}-{session}.{workspace}.svc.example.org:8080/": "http://ws-alice-default.ws-alice.svc.example.org:8080",
		"http://127.0.0.1:17080/{namespace}/{workspace}/{session}/":      "http://127.0.0.1:17080/ns/ws-alice/default",
		"https://sessions/{workspace}/{session}":                         "https://sessions/ws-alice/default",
	} {
		address := Address(text)
		if text != "" {
			var err error
			if address, err = ParseAddress(text); err != nil {
				t.Errorf("%q is refused: %v", text, err)
				continue
			}
		}
		if got, err := address.of(session); err != nil || got.String() != want {
			t.Errorf("%q is %v (%v), want %s", text, got, err, want)
		}
	}
}

func TestBadAddresses(t *testing.T) {
	for _, text := range []string{
		"", "sessions", "ftp://{workspace}-{session}", "//{workspace}-{session}/", "http://sessions/", "http://{workspace}/", "http://{session}/",
		"http:///{workspace}/{session}", "http://me@{workspace}-{session}/", "http://{workspace}-{session}/?a", "http://{workspace}-{session}/?",
		"http://{workspace}-{session}/#a", "http://{workspace}-{session}/#", "http://{workspace}-{session}-{user}/", "http://{workspace}-{session}/{",
		"http://h/{workspace}/../{session}/", "http://h//{workspace}/{session}/", "http://h/%2e%2e/{workspace}/{session}/", `http://h\{workspace}/{session}`,
	} {
		if address, err := ParseAddress(text); err == nil {
			t.Errorf("%q is accepted as %q", text, address)
		}
	}
}

// A name with dots or slashes in it would be another host, or another path.
func TestNamesCannotChangeWhereAnAddressPoints(t *testing.T) {
	for _, s := range []Session{
		{"ns", "ws.evil", "a"}, {"ns", "ws", "a.evil"}, {"ns", "ws", "../a"}, {"ns", "", "a"}, {"ns", "ws", ""}, {"n/s", "ws", "a"},
		{"ns", "ws", "a@evil"}, {"ns", "WS", "a"}, {"ns", "ws", "a:80"},
		{"ns", "a234567890123456789012345678901234567890", "b234567890123456789012345678901234567890"},
	} {
		if target, err := Address("").of(s); err == nil {
			t.Errorf("%+v is at %s", s, target)
		}
	}
}
