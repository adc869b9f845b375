package apiserver

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/spf13/pflag"
	"k8s.io/apimachinery/pkg/util/sets"
	cliflag "k8s.io/component-base/cli/flag"
)

func TestSettingsComeFromFlagsThenEnvironmentThenDefaults(t *testing.T) {
	environment := map[string]string{
		"PREFIX_FOR_NAME":              "ws-",
		"PROVIDER_ENVIRONMENT":         "staging",
		"USE_VCLUSTER":                 "True",
		"SESSION_MODE":                 "auto",
		"MAX_SESSIONS":                 "5",
		"DISABLE_DOCKER_REGISTRY":      "1",
		"DISABLE_STORES":               "no",
		"DISABLED_STORE_TYPES":         "postgres; redis,mongodb",
		"AWS_ENDPOINT_URL":             "https://s3.example.org",
		"AWS_REGION":                   "",
		"AWS_DEFAULT_REGION":           "eu-west-1",
		"TOKEN_BROKER_TOKEN_ENDPOINT":  "https://iam.example.org/token",
		"TOKEN_BROKER_TIMEOUT_SECONDS": "2.5",
		"AUTH_AUDIENCE":                "workspaces",
	}
	fromEnvironment := Settings{
		NamePrefix: "ws-", Environment: "staging", UseVCluster: true, SessionMode: "auto", MaxSessions: 5, DisableRegistry: true,
		DisabledStoreTypes: sets.New("databases", "caches", "documents"),
		S3Endpoint:         "https://s3.example.org", S3Region: "eu-west-1",
		TokenEndpoint: "https://iam.example.org/token", TokenTimeout: 2500 * time.Millisecond, TokenAudience: "workspaces",
	}
	fromFlags := fromEnvironment
	fromFlags.MaxSessions, fromFlags.UseVCluster, fromFlags.SessionMode = 1, false, "off"

	for name, test := range map[string]struct {
		args        []string
		environment map[string]string
		want        Settings
	}{
		"nothing":              {nil, nil, defaultSettings()},
		"environment":          {nil, environment, fromEnvironment},
		"flags win":            {[]string{"--max-sessions=1", "--use-vcluster=false", "--session-mode=off"}, environment, fromFlags},
		"empty variables":      {nil, map[string]string{"MAX_SESSIONS": "", "SESSION_MODE": ""}, defaultSettings()},
		"a flag without value": {[]string{"--disable-stores"}, nil, with(func(s *Settings) { s.DisableStores = true })},
	} {
		t.Run(name, func(t *testing.T) {
			settings, err := parse(test.args, test.environment)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, settings); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestABadSettingIsNamedWithItsValueAndWhatIsAccepted(t *testing.T) {
	for flag, test := range map[string]struct{ value, accepts string }{
		"name-prefix":             {"WS_", "lower-case letters"},
		"use-vcluster":            {"maybe", "true or false"},
		"session-mode":            {"sometimes", "on, auto or off"},
		"max-sessions":            {"-1", "a whole number of at least 0"},
		"disable-docker-registry": {"x", "true or false"},
		"disable-stores":          {"2", "true or false"},
		"disabled-store-types":    {"postgres,oracle", "databases, vectors, caches, documents"},
		"session-address":         {"http://sessions/", "{workspace} and {session}"},
		"s3-endpoint":             {"s3.example.org", "http:// or https://"},
		"token-endpoint":          {"ftp://iam", "http:// or https://"},
		"token-timeout":           {"0", "a duration above 0"},
	} {
		t.Run(flag, func(t *testing.T) {
			_, err := parse([]string{"--" + flag + "=" + test.value}, nil)
			expect(t, err, "--"+flag, test.value, test.accepts)
			for _, variable := range environment[flag] {
				_, err = parse(nil, map[string]string{variable: test.value})
				expect(t, err, variable, "--"+flag, test.value, test.accepts)
			}
		})
	}
}

func TestBadOptionsStopTheStart(t *testing.T) {
	for name, test := range map[string]struct {
		change func(*Options)
		says   []string
	}{
		"fence namespace": {func(o *Options) { o.FenceNamespace = "Fence_1" }, []string{"--fence-namespace", "Fence_1", "lower case"}},
		"shutdown delay":  {func(o *Options) { o.ShutdownDelay = -time.Second }, []string{"--shutdown-delay-duration", "-1s", "0 or more"}},
		"kubeconfig": {func(o *Options) { o.Recommended.CoreAPI.CoreAPIKubeconfigPath = "/nowhere/kubeconfig" },
			[]string{"--kubeconfig", "/nowhere/kubeconfig", "no such file"}},
		"audience": {func(o *Options) { o.Settings.TokenEndpoint, o.Settings.TokenAudience = "https://iam", "" },
			[]string{"--token-audience", `""`, "whom tokens are for"}},
		"certificate": {func(o *Options) { o.Recommended.SecureServing.ServerCert.CertKey.CertFile = "/nowhere/tls.crt" },
			[]string{"--tls-cert-file", "/nowhere/tls.crt", "no such file"}},
	} {
		t.Run(name, func(t *testing.T) {
			options := NewOptions()
			if err := options.Validate(); err != nil {
				t.Fatalf("options that nobody changed: %v", err)
			}
			test.change(options)
			expect(t, options.Validate(), test.says...)
		})
	}
}

func TestDelegationUsesTheKubeconfigOfThePartsUnlessItHasItsOwn(t *testing.T) {
	options := NewOptions()
	options.Recommended.CoreAPI.CoreAPIKubeconfigPath = "parts"
	options.Recommended.Authorization.RemoteKubeConfigFile = "own"
	options.complete()
	got := []string{options.Recommended.Authentication.RemoteKubeConfigFile, options.Recommended.Authorization.RemoteKubeConfigFile}
	if diff := cmp.Diff([]string{"parts", "own"}, got); diff != "" {
		t.Error(diff)
	}
}

func parse(args []string, variables map[string]string) (Settings, error) {
	options := NewOptions()
	var groups cliflag.NamedFlagSets
	options.AddFlags(&groups)
	flags := pflag.NewFlagSet("test", pflag.ContinueOnError)
	for _, group := range groups.FlagSets {
		flags.AddFlagSet(group)
	}
	if err := flags.Parse(args); err != nil {
		return Settings{}, err
	}
	err := fromEnvironment(flags, func(name string) (string, bool) {
		value, ok := variables[name]
		return value, ok
	})
	return options.Settings, err
}

func with(change func(*Settings)) Settings {
	settings := defaultSettings()
	change(&settings)
	return settings
}

func expect(t *testing.T, err error, says ...string) {
	t.Helper()
	if err == nil {
		t.Fatal("accepted")
	}
	for _, part := range says {
		if !strings.Contains(err.Error(), part) {
			t.Errorf("%q does not say %q", err, part)
		}
	}
	if strings.Contains(err.Error(), "\n") {
		t.Errorf("%q is more than a line", err)
	}
}
