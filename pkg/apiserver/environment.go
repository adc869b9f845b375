package apiserver

import (
	"fmt"
	"strings"

	"github.com/spf13/pflag"
)

// environment names the variables that stand in for flags that are not given; the first that is set counts.
var environment = map[string][]string{
	"name-prefix":             {"PREFIX_FOR_NAME"},
	"provider-environment":    {"PROVIDER_ENVIRONMENT"},
	"use-vcluster":            {"USE_VCLUSTER"},
	"session-mode":            {"SESSION_MODE"},
	"max-sessions":            {"MAX_SESSIONS"},
	"disable-docker-registry": {"DISABLE_DOCKER_REGISTRY"},
	"disable-stores":          {"DISABLE_STORES"},
	"disabled-store-types":    {"DISABLED_STORE_TYPES"},
	"s3-endpoint":             {"ENDPOINT", "AWS_ENDPOINT_URL"},
	"s3-region":               {"REGION", "AWS_REGION", "AWS_DEFAULT_REGION"},
	"token-endpoint":          {"TOKEN_BROKER_TOKEN_ENDPOINT"},
	"token-timeout":           {"TOKEN_BROKER_TIMEOUT_SECONDS"},
	"token-audience":          {"AUTH_AUDIENCE"},
}

// environmentUsage ends the description of a flag with its variables.
func environmentUsage(flag string) string {
	if variables := environment[flag]; len(variables) > 0 {
		return " Environment: " + strings.Join(variables, ", ") + "."
	}
	return ""
}

// fromEnvironment sets the flags that were not given from their variables. An empty variable counts as unset.
func fromEnvironment(flags *pflag.FlagSet, lookup func(string) (string, bool)) error {
	var failure error
	flags.VisitAll(func(flag *pflag.Flag) {
		if flag.Changed || failure != nil {
			return
		}
		for _, variable := range environment[flag.Name] {
			if text, _ := lookup(variable); text != "" {
				if err := flag.Value.Set(text); err != nil {
					failure = fmt.Errorf("invalid value %q of environment variable %s (flag --%s): %w", text, variable, flag.Name, err)
				}
				return
			}
		}
	})
	return failure
}
