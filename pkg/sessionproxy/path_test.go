package sessionproxy

import (
	"net/url"
	"strings"
	"testing"
)

const testPrefix = "/apis/eoepca.org/v1alpha1/namespaces/ns/workspaces/ws/proxy/main"

func TestPathsBelowTheSession(t *testing.T) {
	for path, want := range map[string]string{
		"":                     "",
		"/":                    "/",
		"/lab":                 "/lab",
		"/lab/":                "/lab/",
		"//lab":                "//lab",
		"//evil.example.org/":  "//evil.example.org/",
		"/http://example.org/": "/http://example.org/",
		"/a%2Fb":               "/a%2Fb",
		"/a%20b;c=d":           "/a%20b;c=d",
		"/a..b/...":            "/a..b/...",
		"/%C3%BC":              "/%C3%BC",
		"/%25":                 "/%25",
		"/%25zz":               "/%25zz",
		"/%252525c3%252525bc":  "/%252525c3%252525bc",
	} {
		got, err := pathBelow(testPrefix, parse(t, testPrefix+path))
		if err != nil || got != want {
			t.Errorf("%q is %q (%v), want %q", path, got, err, want)
		}
	}
}

func TestPathsThatLeadElsewhereAreRefused(t *testing.T) {
	for _, path := range []string{
		testPrefix + "/..", testPrefix + "/../other/", testPrefix + "/.", testPrefix + "/a/./b", testPrefix + "/%2e%2e/", testPrefix + "/.%2E/",
		testPrefix + "/..;/", testPrefix + "/..;a=b/", testPrefix + "/..%3B/", testPrefix + "/..%2Fother", testPrefix + "/..%5Cother",
		testPrefix + `/a\..\b`, testPrefix + "/%252e%252e/", testPrefix + "/%25252e%25252e%25252f",
		testPrefix + "/%252e%252e/%25zz", testPrefix + "/%" + strings.Repeat("25", 10) + "41", testPrefix + "/%" + strings.Repeat("25", 200_000),
		testPrefix + "x/", testPrefix + "%2F", testPrefix + "%2Fa", strings.Replace(testPrefix, "/ws/", "%2Fws/", 1),
		strings.Replace(testPrefix, "main", "m%61in", 1), "/", "", "/other" + testPrefix,
	} {
		if got, err := pathBelow(testPrefix, parse(t, path)); err == nil {
			t.Errorf("%q is let through as %q", path, got)
		}
	}
}

func parse(t *testing.T, path string) *url.URL {
	t.Helper()
	u, err := url.ParseRequestURI("http://host" + path)
	if err != nil {
		t.Fatal(err)
	}
	return u
}

// What a browser makes of the reference, at whatever prefix it sees the session.
func TestReferencesLeadBack(t *testing.T) {
	for _, test := range []struct{ from, to string }{
		{"/", "/"}, {"/", "/lab"}, {"/a", "/lab"}, {"/a/", "/lab"}, {"/a/b/c", "/lab/tree"}, {"/a/b/c", "/"}, {"/", "/a:b"}, {"/a", "//evil.example.org/"},
	} {
		for _, prefix := range []string{testPrefix, "/k8s/clusters/one" + testPrefix} {
			at := parse(t, prefix+test.from)
			got, err := at.Parse(back(test.from, test.to))
			if want := prefix + test.to; err != nil || got.Path != want || got.Host != "host" {
				t.Errorf("from %q to %q leads to %v (%v)", test.from, test.to, got, err)
			}
		}
	}
}
