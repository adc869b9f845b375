package credentials

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"strings"
)

// s3Keys are the keys as S3 clients want them.
type s3Keys struct {
	access, secret, session, endpoint, region string
	pathStyle                                 bool
}

// s3Format is a format of S3 keys.
func s3Format(write func(name string, keys s3Keys) (string, error)) func(string, map[string]string) (string, []leftOut, error) {
	return func(workspace string, env map[string]string) (string, []leftOut, error) {
		text, err := write(workspace, s3Keys{
			access: env[envAccessKey], secret: env[envSecretKey], session: env[envSessionToken],
			endpoint: env[envEndpoint], region: env[envRegion], pathStyle: env[envPathStyle] == "true",
		})
		return text, nil, err
	}
}

func writeJSON(_ string, env map[string]string) (string, []leftOut, error) {
	text, err := indent(env)
	return text, nil, err
}

func indent(value any) (string, error) {
	var out strings.Builder
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	err := encoder.Encode(value)
	return out.String(), err
}

// writeProcess is without an expiration, as nobody knows it: clients ask again with every start.
func writeProcess(_ string, keys s3Keys) (string, error) {
	return indent(struct {
		Version         int
		AccessKeyID     string `json:"AccessKeyId"`
		SecretAccessKey string
		SessionToken    string `json:",omitempty"`
	}{1, keys.access, keys.secret, keys.session})
}

func writeMC(_ string, keys s3Keys) (string, error) {
	if keys.endpoint == "" {
		return "", errNoEndpoint
	}
	path := "auto"
	if keys.pathStyle {
		path = "on"
	}
	return indent(struct {
		URL          string `json:"url"`
		AccessKey    string `json:"accessKey"`
		SecretKey    string `json:"secretKey"`
		SessionToken string `json:"sessionToken,omitempty"`
		API          string `json:"api"`
		Path         string `json:"path"`
	}{keys.endpoint, keys.access, keys.secret, keys.session, "s3v4", path})
}

var errNoEndpoint = errors.New("the credentials name no endpoint: ask the operator to configure one")

func writeAWSProfile(name string, keys s3Keys) (string, error) {
	return section(name, []setting{
		{"aws_access_key_id", keys.access},
		{"aws_secret_access_key", keys.secret},
		{"aws_session_token", keys.session},
		{"endpoint_url", keys.endpoint},
		{"region", keys.region},
	})
}

func writeRclone(name string, keys s3Keys) (string, error) {
	style := "" // as rclone thinks best
	if keys.pathStyle {
		style = "true"
	}
	return section(name, []setting{
		{"type", "s3"},
		{"provider", "Other"},
		{"access_key_id", keys.access},
		{"secret_access_key", keys.secret},
		{"session_token", keys.session},
		{"endpoint", keys.endpoint},
		{"region", keys.region},
		{"force_path_style", style},
	})
}

func writeS3cmd(_ string, keys s3Keys) (string, error) {
	endpoint, err := url.Parse(keys.endpoint)
	if err != nil || endpoint.Host == "" {
		return "", errNoEndpoint
	}
	https := "False"
	if endpoint.Scheme == "https" {
		https = "True"
	}
	return section("default", []setting{
		{"access_key", keys.access},
		{"secret_key", keys.secret},
		{"access_token", keys.session},
		{"bucket_location", keys.region},
		{"host_base", endpoint.Host},
		{"host_bucket", endpoint.Host}, // without the bucket in it: names of buckets need no DNS
		{"use_https", https},
	})
}

// setting is a line of a section; an empty value is left out.
type setting struct{ key, value string }

// section is a section of an INI file.
func section(name string, all []setting) (string, error) {
	lines, err := settings(all...)
	if err != nil {
		return "", err
	}
	return strings.Join(append([]string{"[" + name + "]"}, lines...), "\n") + "\n", nil
}

// settings are the lines of a section, for those settings that have a value. These files know neither quotes nor escapes that
// their readers agree on.
func settings(all ...setting) (lines []string, err error) {
	for _, s := range all {
		if s.value == "" {
			continue
		}
		if !fitsSection(s.value) {
			return nil, fmt.Errorf("the value of %s has characters that such a file cannot hold: use env or json", s.key)
		}
		lines = append(lines, s.key+" = "+s.value)
	}
	return lines, nil
}

// fitsSection refuses what some reader takes for a quote, a comment, or the end of the line.
func fitsSection(value string) bool {
	for _, r := range value {
		if r < ' ' || r == 0x7f {
			return false
		}
	}
	return value == strings.TrimSpace(value) && !strings.ContainsAny(value[:1], "\"'`#;") && !strings.Contains(value, " #") && !strings.Contains(value, " ;")
}
