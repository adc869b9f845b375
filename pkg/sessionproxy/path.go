package sessionproxy

import (
	"net/url"
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
		return "", apierrors.NewBadRequest("the path may have no segments . and ..: send the path that they lead to")
	}
	return rest, nil
}

// hasDots finds segments that some server takes for its own folder or the one above: also between backslashes, with parameters
// behind them, or escaped twice.
func hasDots(path string) bool {
	for {
		for _, segment := range strings.FieldsFunc(path, func(r rune) bool { return r == '/' || r == '\\' }) {
			name, _, _ := strings.Cut(segment, ";")
			if name == "." || name == ".." {
				return true
			}
		}
		plain, err := url.PathUnescape(path)
		if err != nil || plain == path {
			return false
		}
		path = plain
	}
}

// back is the reference by which a client at one path below the session finds another: relative, so that it holds under whatever
// prefix the client sees the session.
func back(from, to string) string {
	up := max(strings.Count(from, "/")-1, 0)
	return "./" + strings.Repeat("../", up) + strings.TrimPrefix(to, "/")
}
