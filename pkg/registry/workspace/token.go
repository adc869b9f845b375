package workspace

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/util/validation/field"
	"k8s.io/apiserver/pkg/registry/rest"
	"k8s.io/apiserver/pkg/util/dryrun"

	"github.com/eoepca/workspaces/pkg/apis/eoepca"
	"github.com/eoepca/workspaces/pkg/oauth"
)

// apiRole is the role of programs that reach the buckets and stores of a workspace: a token without it is of no use, and one
// with it is the workspace's.
const apiRole = "ws_api"

// maxTokenRequests is how many tokens are asked for at a time: a slow endpoint must not take up the whole server.
const maxTokenRequests = 20

// tokenREST serves the subresource token: a create asks the token endpoint for an access token of the workspace's OAuth
// client. Nothing of it is kept.
type tokenREST struct {
	workspaces *REST
	secrets    secretReader
	issuer     *oauth.Issuer // nil when none is configured
	now        func() time.Time
	slots      chan struct{}
}

var _ rest.NamedCreater = (*tokenREST)(nil)

func newTokenREST(workspaces *REST, secrets secretReader, issuer *oauth.Issuer, now func() time.Time) *tokenREST {
	return &tokenREST{workspaces: workspaces, secrets: secrets, issuer: issuer, now: now, slots: make(chan struct{}, maxTokenRequests)}
}

func (*tokenREST) New() runtime.Object { return &eoepca.WorkspaceToken{} }

// Destroy has nothing to do: the storage belongs to workspaces.
func (*tokenREST) Destroy() {}

// Create answers with a new token.
func (r *tokenREST) Create(ctx context.Context, name string, obj runtime.Object, validate rest.ValidateObjectFunc, options *metav1.CreateOptions) (runtime.Object, error) {
	found, err := r.workspaces.Get(ctx, name, &metav1.GetOptions{})
	if err != nil {
		return nil, err
	}
	ws, request := found.(*eoepca.Workspace), obj.(*eoepca.WorkspaceToken)
	if request.Name != "" && request.Name != name {
		return nil, apierrors.NewBadRequest(fmt.Sprintf("metadata.name is %q: want the workspace's name %q, or none", request.Name, name))
	}
	if dryrun.IsDryRun(options.DryRun) {
		return nil, apierrors.NewInvalid(eoepca.Kind("WorkspaceToken"), name, field.ErrorList{
			field.Forbidden(field.NewPath("dryRun"), "a token is issued or not: there is no trying"),
		})
	}
	if validate != nil {
		if err := validate(ctx, request.DeepCopyObject()); err != nil {
			return nil, err
		}
	}
	if r.issuer == nil {
		return nil, apierrors.NewServiceUnavailable("this server issues no tokens: its operator has configured no token endpoint")
	}
	auditRead(ctx, ws, eoepca.OAuthSecret(ws.Name))
	secret, err := r.secrets.read(ctx, ws, eoepca.OAuthSecret(ws.Name))
	if err != nil {
		return nil, err
	}
	client, err := oauthClient(ws, secret)
	if err != nil {
		return nil, err
	}
	token, err := r.issue(ctx, ws, client)
	if err != nil {
		return nil, err
	}
	return issued(ws, token, r.now()), nil
}

// issue asks for a token, and refuses one that is not the workspace's.
func (r *tokenREST) issue(ctx context.Context, ws *eoepca.Workspace, client oauth.Credentials) (*oauth.Token, error) {
	select {
	case r.slots <- struct{}{}:
		defer func() { <-r.slots }()
	default:
		return nil, apierrors.NewTooManyRequests("too many tokens are being asked for: the token endpoint is slow", 5)
	}
	token, err := r.issuer.Token(ctx, client)
	var failure *oauth.Error
	switch {
	case errors.As(err, &failure) && failure.Timeout:
		return nil, badGateway(http.StatusGatewayTimeout, ws, failure.Error())
	case errors.As(err, &failure):
		return nil, badGateway(http.StatusBadGateway, ws, failure.Error())
	case err != nil:
		return nil, err
	case !token.Claims.For(r.issuer.Audience()):
		return nil, badGateway(http.StatusBadGateway, ws, fmt.Sprintf("the token endpoint issued a token for others than %q", r.issuer.Audience()))
	case !token.Claims.Has(ws.Name, apiRole):
		return nil, badGateway(http.StatusBadGateway, ws, fmt.Sprintf("the token endpoint issued a token without the role %s of this workspace", apiRole))
	}
	return token, nil
}

func issued(ws *eoepca.Workspace, token *oauth.Token, now time.Time) *eoepca.WorkspaceToken {
	answer := &eoepca.WorkspaceToken{
		ObjectMeta: metav1.ObjectMeta{Namespace: ws.Namespace, Name: ws.Name},
		Status: eoepca.WorkspaceTokenStatus{
			AccessToken: token.AccessToken,
			TokenType:   "Bearer",
			ExpiresIn:   int64(token.Lifetime / time.Second),
			Scope:       token.Scope,
		},
	}
	if token.Lifetime > 0 {
		expires := metav1.NewTime(now.Add(token.Lifetime).UTC().Truncate(time.Second))
		answer.Status.ExpirationTimestamp = &expires
	}
	return answer
}

// The names that providers give the two halves of an OAuth client.
var (
	clientIDNames     = []string{"clientID", "client_id", "CLIENT_ID"}
	clientSecretNames = []string{"clientSecret", "client_secret", "CLIENT_SECRET"}
)

// oauthClient finds the client in its Secret: under keys of its own, or within one value that is a JSON object. Both
// halves come from the same place.
func oauthClient(ws *eoepca.Workspace, secret map[string][]byte) (client oauth.Credentials, err error) {
	half := false
	places := []map[string]string{textOf(secret)}
	for _, key := range slices.Sorted(maps.Keys(secret)) {
		var fields map[string]any
		if json.Unmarshal(secret[key], &fields) == nil {
			places = append(places, textFields(fields))
		}
	}
	for _, place := range places {
		client = oauth.Credentials{ID: firstOf(place, clientIDNames), Secret: firstOf(place, clientSecretNames)}
		if client.ID != "" && client.Secret != "" {
			return client, nil
		}
		half = half || client.ID != "" || client.Secret != ""
	}
	why := "the provider has not written Secret %q"
	switch {
	case half:
		why = "Secret %q holds half an OAuth client: it needs both " + clientIDNames[0] + " and " + clientSecretNames[0]
	case secret != nil:
		why = "Secret %q holds no OAuth client: it needs " + clientIDNames[0] + " and " + clientSecretNames[0]
	}
	missing := apierrors.NewNotFound(eoepca.Resource("workspaces/token"), ws.Name)
	missing.ErrStatus.Message = fmt.Sprintf("workspace %q has no OAuth client: "+why, ws.Name, eoepca.OAuthSecret(ws.Name))
	return oauth.Credentials{}, missing
}

func textOf(secret map[string][]byte) map[string]string {
	out := map[string]string{}
	for key, value := range secret {
		if isText(value) {
			out[key] = strings.TrimSpace(string(value))
		}
	}
	return out
}

func textFields(fields map[string]any) map[string]string {
	out := map[string]string{}
	for key, value := range fields {
		if text, ok := value.(string); ok {
			out[key] = text
		}
	}
	return out
}

func firstOf(values map[string]string, names []string) (first string) {
	for _, name := range names {
		first = cmp.Or(first, values[name])
	}
	return first
}

// badGateway is the answer when the token endpoint, not the caller or this server, is at fault.
func badGateway(code int32, ws *eoepca.Workspace, message string) error {
	return &apierrors.StatusError{ErrStatus: metav1.Status{
		Status:  metav1.StatusFailure,
		Code:    code,
		Reason:  metav1.StatusReason(strings.ReplaceAll(http.StatusText(int(code)), " ", "")),
		Details: &metav1.StatusDetails{Group: eoepca.GroupName, Kind: "workspaces", Name: ws.Name},
		Message: fmt.Sprintf("no token for workspace %q: %s", ws.Name, message),
	}}
}
