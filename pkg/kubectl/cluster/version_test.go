package cluster

import (
	"strings"
	"testing"
)

func TestSkew(t *testing.T) {
	for _, test := range []struct{ client, server, want string }{
		{"v0.3.1", "v0.3.9", ""},
		{"v0.3.1", "v0.2.0", ""},
		{"v0.3.1", "v0.4.0", ""},
		{"v0.3.1", "v0.1.0", "newer"},
		{"v0.3.1", "v0.5.0", "older"},
		{"v1.0.0", "v0.9.0", "newer"},
		{"v1.0.0-rc.1", "v2.1.0+build", "older"},
		{"(devel)", "v0.5.0", ""},
		{"v0.5.0", "unknown", ""},
		{"v0.5.0", "", ""},
		{"v0.0.0-20260101000000-abcdef", "v0.5.0", ""},
	} {
		v := versions{Client: build{Version: test.client}, Server: test.server}
		got := v.skew()
		if (got == "") != (test.want == "") || !strings.Contains(got, test.want) {
			t.Errorf("plugin %s, server %s: %q, want %q", test.client, test.server, got, test.want)
		}
	}
}
