package sessionproxy

import (
	"encoding/hex"
	"net/url"
	"regexp"
	"strings"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
)

// pathBelow answers what of a request's path is the session's, as the client has escaped it. It begins with a slash, or is
// empty when even that is missing.
func pathBelow(prefix string, u *url.URL) (string, error) {
	// An escaped prefix would be read as one thing by who authorized the request, and as another here.
	rest, ok := strings.CutPrefix(u.EscapedPath(), prefix)
	if !ok || rest != "" && rest[0] != '/' || u.Opaque != "" {
		return "", apierrors.NewBadRequest("the path up to the session's name may have no escaped characters")
	}
	plain, err := url.PathUnescape(rest)
	if err != nil {
		return "", apierrors.NewBadRequest("the path is not escaped as paths are: " + err.Error())
	}
	if hasDots(plain) {
		return "", apierrors.NewBadRequest("the path may have no segments . and .., however escaped: send the path that they lead to")
	}
	return rest, nil
}

// escapings is how many times over a path may be escaped: more would only keep this server busy.
const escapings = 4

var escape = regexp.MustCompile(`%[0-9A-Fa-f]{2}`)

// hasDots finds segments that some server takes for its own folder or the one above: also between backslashes, with parameters
// behind them, or escaped several times. A path that is escaped too often counts as one that has them.
func hasDots(path string) bool {
	for range escapings + 1 {
		for _, segment := range strings.FieldsFunc(path, func(r rune) bool { return r == '/' || r == '\\' }) {
			name, _, _ := strings.Cut(segment, ";")
			if name == "." || name == ".." {
				return true
			}
		}
		plain := unescape(path)
		if plain == path {
			return false
		}
		path = plain
	}
	return true
}

// unescape reads a path as lenient servers do: what is no escape stays as it is.
func unescape(path string) string {
	return escape.ReplaceAllStringFunc(path, func(e string) string {
		c, _ := hex.DecodeString(e[1:]) // it matches
		return string(c)
	})
}

// back is the reference by which a client at one path below the session finds another: relative, so that it holds under whatever
// prefix the client sees the session.
func back(from, to string) string {
	up := max(strings.Count(from, "/")-1, 0)
	return "./" + strings.Repeat("../", up) + strings.TrimPrefix(to, "/")
}
