package apiserver

import (
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/pflag"
	"k8s.io/apimachinery/pkg/util/sets"

	"github.com/eoepca/workspaces/pkg/apis/eoepca/defaulting"
	"github.com/eoepca/workspaces/pkg/oauth"
	"github.com/eoepca/workspaces/pkg/registry/workspace"
	"github.com/eoepca/workspaces/pkg/sessionproxy"
)

// Settings are the operator's decisions about workspaces. Each is a flag, and most also an environment variable.
type Settings struct {
	NamePrefix         string
	Environment        string
	UseVCluster        bool
	SessionMode        defaulting.SessionMode
	MaxSessions        int
	DisableRegistry    bool
	DisableStores      bool
	DisabledStoreTypes sets.Set[string]
	SessionAddress     sessionproxy.Address
	S3Endpoint         string
	S3Region           string
	TokenEndpoint      string
	TokenTimeout       time.Duration
	TokenAudience      string
}

// defaultSettings are those of a server that is told nothing.
func defaultSettings() Settings {
	return Settings{
		Environment:   "datalab",
		SessionMode:   defaulting.SessionModeOn,
		MaxSessions:   3,
		TokenTimeout:  10 * time.Second,
		TokenAudience: "workspace-api",
	}
}

func (s *Settings) addFlags(flags *pflag.FlagSet) {
	add := func(name string, value pflag.Value, usage string) *pflag.Flag {
		return flags.VarPF(value, name, "", usage+environmentUsage(name))
	}
	add("name-prefix", checked(&s.NamePrefix, parseNamePrefix, asIs), "What the names of new workspaces begin with.")
	add("provider-environment", checked(&s.Environment, parseText, asIs), "Provider environment of workspaces that name none.")
	add("use-vcluster", checked(&s.UseVCluster, parseBool, strconv.FormatBool), "Give new workspaces a virtual cluster.").NoOptDefVal = "true"
	add("session-mode", checked(&s.SessionMode, parseSessionMode, sessionModeText), "Session of new workspaces: on (declared and started), auto (declared and stopped) or off (none).")
	add("max-sessions", checked(&s.MaxSessions, parseCount, strconv.Itoa), "How many sessions a workspace may declare.")
	add("disable-docker-registry", checked(&s.DisableRegistry, parseBool, strconv.FormatBool), "Give new workspaces no container registry.").NoOptDefVal = "true"
	add("disable-stores", checked(&s.DisableStores, parseBool, strconv.FormatBool), "Refuse stores of any type.").NoOptDefVal = "true"
	add("disabled-store-types", checked(&s.DisabledStoreTypes, defaulting.ParseStoreTypes, storeTypesText), "Store types that are refused: databases, vectors, caches, documents; comma-separated.")
	add("session-address", checked(&s.SessionAddress, sessionproxy.ParseAddress, sessionproxy.Address.String), "Where the server reaches sessions: a URL in which {namespace}, {workspace} and {session} stand for names.")
	add("s3-endpoint", checked(&s.S3Endpoint, parseURL, asIs), "URL of the S3 server, for credentials that do not name it.")
	add("s3-region", checked(&s.S3Region, parseText, asIs), "Region of the S3 server, for credentials that do not name it.")
	add("token-endpoint", checked(&s.TokenEndpoint, parseURL, asIs), "URL of the OAuth token endpoint; without one no tokens are issued.")
	add("token-timeout", checked(&s.TokenTimeout, parseSeconds, time.Duration.String), "Time limit for the OAuth token endpoint.")
	add("token-audience", checked(&s.TokenAudience, parseText, asIs), "Audience of issued tokens.")
}

// policy is what the registry needs of the settings.
func (s *Settings) policy() workspace.Policy {
	return workspace.Policy{
		Defaults: defaulting.Config{
			NamePrefix:         s.NamePrefix,
			Environment:        s.Environment,
			UseVCluster:        s.UseVCluster,
			SessionMode:        s.SessionMode,
			MaxSessions:        s.MaxSessions,
			DisableRegistry:    s.DisableRegistry,
			DisableStores:      s.DisableStores,
			DisabledStoreTypes: s.DisabledStoreTypes,
		},
		S3Endpoint: s.S3Endpoint,
		S3Region:   s.S3Region,
	}
}

// issuer issues tokens where an endpoint is configured.
func (s *Settings) issuer() *oauth.Issuer {
	if s.TokenEndpoint == "" {
		return nil
	}
	return oauth.NewIssuer(s.TokenEndpoint, s.TokenAudience, s.TokenTimeout)
}

// checkedValue is a flag that says what it accepts.
type checkedValue[T any] struct {
	target *T
	parse  func(string) (T, error)
	format func(T) string
}

func checked[T any](target *T, parse func(string) (T, error), format func(T) string) pflag.Value {
	return &checkedValue[T]{target: target, parse: parse, format: format}
}

func (v *checkedValue[T]) Set(text string) error {
	value, err := v.parse(strings.TrimSpace(text))
	if err == nil {
		*v.target = value
	}
	return err
}

func (v *checkedValue[T]) String() string {
	if v.target == nil {
		return ""
	}
	return v.format(*v.target)
}

func (v *checkedValue[T]) Type() string {
	switch any(v.target).(type) {
	case *bool:
		return "bool"
	case *int:
		return "int"
	case *time.Duration:
		return "duration"
	default:
		return "string"
	}
}

func asIs(text string) string { return text }

func parseText(text string) (string, error) { return text, nil }

var namePrefix = regexp.MustCompile(`^([a-z0-9]([-a-z0-9]{0,31}))?$`)

func parseNamePrefix(text string) (string, error) {
	if !namePrefix.MatchString(text) {
		return "", fmt.Errorf("want at most 32 lower-case letters, digits and '-', beginning with a letter or digit, such as ws-")
	}
	return text, nil
}

func parseBool(text string) (bool, error) {
	switch strings.ToLower(text) {
	case "true", "1", "yes", "on", "t", "y":
		return true, nil
	case "false", "0", "no", "off", "f", "n":
		return false, nil
	}
	return false, fmt.Errorf("want true or false")
}

func parseCount(text string) (int, error) {
	count, err := strconv.Atoi(text)
	if err != nil || count < 0 {
		return 0, fmt.Errorf("want a whole number of at least 0")
	}
	return count, nil
}

// parseSeconds takes a duration, or a bare number of seconds as in the environment variable.
func parseSeconds(text string) (time.Duration, error) {
	if seconds, err := strconv.ParseFloat(text, 64); err == nil {
		text = strconv.FormatFloat(seconds, 'f', -1, 64) + "s"
	}
	duration, err := time.ParseDuration(text)
	if err != nil || duration <= 0 {
		return 0, fmt.Errorf("want a duration above 0, such as 10s")
	}
	return duration, nil
}

func parseURL(text string) (string, error) {
	parsed, err := url.Parse(text)
	if text != "" && (err != nil || parsed.Host == "" || (parsed.Scheme != "http" && parsed.Scheme != "https")) {
		return "", fmt.Errorf("want a URL that begins with http:// or https://")
	}
	return text, nil
}

func parseSessionMode(text string) (defaulting.SessionMode, error) {
	mode := defaulting.SessionMode(strings.ToLower(text))
	if !slices.Contains(defaulting.SessionModes, mode) {
		return "", fmt.Errorf("want on, auto or off")
	}
	return mode, nil
}

func sessionModeText(mode defaulting.SessionMode) string { return string(mode) }

func storeTypesText(types sets.Set[string]) string {
	return strings.Join(sets.List(types), ",")
}
