package sessionproxy

import (
	"fmt"
	"net/url"
	"regexp"
	"strings"

	"k8s.io/apimachinery/pkg/util/validation"
)

// DefaultAddress is where sessions are in a cluster: a Service for each, in a namespace for each workspace.
const DefaultAddress = "http://{workspace}-{session}.{workspace}.svc.cluster.local/"

// Address says where sessions are reached: a URL in which {namespace}, {workspace} and {session} stand for names. The zero value
// is DefaultAddress.
type Address string

const addressWanted = "want an http:// or https:// URL without user, query and fragment, in which {namespace}, {workspace} and {session} " +
	"stand for names, the last two of them at least, such as " + DefaultAddress

var placeholder = regexp.MustCompile(`\{[^}]*\}?`)

// ParseAddress reads a template.
func ParseAddress(text string) (Address, error) {
	known := strings.NewReplacer("{namespace}", "n", "{workspace}", "w", "{session}", "s")
	example := known.Replace(text)
	target, err := url.Parse(example)
	switch {
	case err != nil, strings.ContainsAny(example, "{}%\\"):
	case target.Scheme != "http" && target.Scheme != "https", target.Hostname() == "":
	case target.User != nil, target.RawQuery != "", target.ForceQuery, target.Fragment != "", strings.HasSuffix(text, "#"):
	case !strings.Contains(text, "{workspace}"), !strings.Contains(text, "{session}"):
	case strings.Contains(target.Path, "//"), hasDots(target.Path):
	default:
		return Address(text), nil
	}
	return "", fmt.Errorf("%s", addressWanted)
}

func (a Address) String() string {
	if a == "" {
		return DefaultAddress
	}
	return string(a)
}

// of is the address of one session. Names that are not plain labels could change where the address points.
func (a Address) of(s Session) (*url.URL, error) {
	for _, name := range []string{s.Namespace, s.Workspace, s.Name, s.Workspace + "-" + s.Name} {
		if problems := validation.IsDNS1123Label(name); len(problems) > 0 {
			return nil, fmt.Errorf("%q cannot be part of an address: %s", name, problems[0])
		}
	}
	names := strings.NewReplacer("{namespace}", s.Namespace, "{workspace}", s.Workspace, "{session}", s.Name)
	return url.Parse(strings.TrimSuffix(names.Replace(a.String()), "/"))
}

// fixedHost says whether all sessions are behind one host, which whoever configured the server has named.
func (a Address) fixedHost() bool {
	_, rest, _ := strings.Cut(a.String(), "://")
	host, _, _ := strings.Cut(rest, "/")
	return !placeholder.MatchString(host)
}
