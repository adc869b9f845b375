// Package oauth asks an OAuth token endpoint for access tokens by the client-credentials grant, and tells what such a token
// claims. It trusts the endpoint with the client's secret and with nothing else: its answers are bounded in time and size,
// redirects are not followed, and no error repeats what it says. It knows nothing of workspaces.
package oauth

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"golang.org/x/oauth2"
	"golang.org/x/oauth2/clientcredentials"
)

// maxHeader bounds the headers of an answer; its body is bounded by the library, to 1 MiB.
const maxHeader = 64 << 10

// Issuer is a token endpoint.
type Issuer struct {
	endpoint, audience string
	timeout            time.Duration
	http               *http.Client
}

// NewIssuer makes an issuer of tokens for an audience. A request takes no longer than the timeout.
func NewIssuer(endpoint, audience string, timeout time.Duration) *Issuer {
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.MaxResponseHeaderBytes = maxHeader
	return &Issuer{endpoint: endpoint, audience: audience, timeout: timeout, http: &http.Client{
		Transport: transport,
		// The secret goes to the configured endpoint, and nowhere that it may point to.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

// Audience is who the tokens are for.
func (i *Issuer) Audience() string { return i.audience }

// CloseIdleConnections closes the connections that nobody uses any more.
func (i *Issuer) CloseIdleConnections() { i.http.CloseIdleConnections() }

// Credentials are those of an OAuth client.
type Credentials struct{ ID, Secret string }

// Token is an access token as it was issued.
type Token struct {
	// AccessToken is the token.
	AccessToken string
	// Lifetime is how long it is valid; 0 when the endpoint does not say.
	Lifetime time.Duration
	// Scope as the endpoint says it.
	Scope string
	// Claims of the token. They are not verified: they come from the issuer himself.
	Claims Claims
}

// Error is why there is no token. It holds nothing that the endpoint has said.
type Error struct {
	// Timeout says that the endpoint took too long.
	Timeout bool
	reason  string
}

func (e *Error) Error() string { return e.reason }

// Token asks for a token of the client.
func (i *Issuer) Token(ctx context.Context, client Credentials) (*Token, error) {
	ctx, cancel := context.WithTimeout(context.WithValue(ctx, oauth2.HTTPClient, i.http), i.timeout)
	defer cancel()
	config := clientcredentials.Config{
		ClientID:       client.ID,
		ClientSecret:   client.Secret,
		TokenURL:       i.endpoint,
		EndpointParams: url.Values{"audience": {i.audience}},
		AuthStyle:      oauth2.AuthStyleInHeader,
	}
	answer, err := config.Token(ctx)
	if err != nil {
		return nil, explain(ctx, err)
	}
	// Type answers Bearer, whatever the case, and what else the endpoint says.
	if answer.TokenType == "" || answer.Type() != "Bearer" {
		return nil, &Error{reason: "the token endpoint issued a token of another type than Bearer"}
	}
	claims, err := parseClaims(answer.AccessToken)
	if err != nil {
		return nil, err
	}
	var lifetime time.Duration
	if !answer.Expiry.IsZero() {
		if lifetime = time.Until(answer.Expiry).Round(time.Second); lifetime <= 0 {
			return nil, &Error{reason: "the token endpoint issued a token that is not valid any more"}
		}
	}
	scope, _ := answer.Extra("scope").(string)
	return &Token{AccessToken: answer.AccessToken, Lifetime: lifetime, Scope: printable(scope), Claims: claims}, nil
}

// codes are those that RFC 6749 has for a refusal. Others are not repeated.
var codes = []string{"invalid_request", "invalid_client", "invalid_grant", "unauthorized_client", "unsupported_grant_type", "invalid_scope"}

// explain tells what went wrong in words of our own: those of the endpoint, of which errors quote some, might hold the secret
// that it was sent.
func explain(ctx context.Context, err error) error {
	var refused *oauth2.RetrieveError
	var network net.Error
	var dial *net.OpError
	switch {
	case errors.Is(ctx.Err(), context.DeadlineExceeded), errors.As(err, &network) && network.Timeout():
		return &Error{Timeout: true, reason: "the token endpoint did not answer in time"}
	case ctx.Err() != nil:
		return ctx.Err()
	case errors.As(err, &refused):
		return &Error{reason: refusal(refused)}
	case errors.As(err, &dial) && dial.Op == "dial":
		return &Error{reason: "the token endpoint cannot be reached"}
	case strings.Contains(err.Error(), "tls: ") || strings.Contains(err.Error(), "x509: "):
		return &Error{reason: "the token endpoint cannot be trusted: its certificate does not verify"}
	}
	return &Error{reason: "the token endpoint answered with something else than a token"}
}

func refusal(refused *oauth2.RetrieveError) string {
	code := refused.Response.StatusCode
	switch {
	case code/100 == 3:
		return "the token endpoint redirects, which is not followed: configure the address that it redirects to"
	case slices.Contains(codes, refused.ErrorCode):
		return "the token endpoint refused: " + refused.ErrorCode
	}
	return fmt.Sprintf("the token endpoint answered with status %d", code)
}

// printable is a scope as RFC 6749 allows it; empty when it is not one.
func printable(scope string) string {
	const longest = 4096
	odd := func(c rune) bool { return c < 0x20 || c > 0x7e || c == '"' || c == '\\' }
	if len(scope) > longest || strings.ContainsFunc(scope, odd) {
		return ""
	}
	return scope
}
