package oauth

import (
	"encoding/base64"
	"encoding/json"
	"slices"
	"strings"
)

// Claims are what a token says of its bearer, as far as it matters here.
type Claims struct {
	audience       audience
	resourceAccess map[string]struct {
		Roles []string `json:"roles"`
	}
}

// For says whether the token is for an audience.
func (c Claims) For(audience string) bool { return slices.Contains(c.audience, audience) }

// Has says whether the bearer has a role at a resource.
func (c Claims) Has(resource, role string) bool {
	return slices.Contains(c.resourceAccess[resource].Roles, role)
}

// parseClaims reads the claims of a JWT.
func parseClaims(token string) (claims Claims, err error) {
	unreadable := &Error{reason: "the token endpoint issued a token that is no JWT"}
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		return claims, unreadable
	}
	payload, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err != nil {
		return claims, unreadable
	}
	wire := struct {
		Audience       audience `json:"aud"`
		ResourceAccess map[string]struct {
			Roles []string `json:"roles"`
		} `json:"resource_access"`
	}{}
	if err := json.Unmarshal(payload, &wire); err != nil {
		return claims, unreadable
	}
	return Claims{audience: wire.Audience, resourceAccess: wire.ResourceAccess}, nil
}

// audience is one name or a list of them.
type audience []string

func (a *audience) UnmarshalJSON(text []byte) error {
	var one string
	if json.Unmarshal(text, &one) == nil {
		*a = audience{one}
		return nil
	}
	var several []string
	err := json.Unmarshal(text, &several)
	*a = several
	return err
}
