package devprovider

import (
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"sync"

	"github.com/versity/versitygw/auth"
)

// rootUser is the S3 server's own administrator; its secret is random and nobody's.
const rootUser = "devprovider-root"

func randomSecret() string { return rand.Text() + rand.Text() }

// key is a pair of keys of a principal.
type key struct{ Access, Secret string }

// accounts are the users of the S3 server: every key of a principal is one, and each acts as the principal, so that all have
// the same policies. The Secrets in the cluster keep the newest keys, a file those before them.
type accounts struct {
	file string

	mu   sync.RWMutex
	keys map[string][]key  // of a principal, the newest first
	uses map[string]string // access key → principal
}

var _ auth.IAMService = &accounts{}

// newAccounts knows the keys of the file, if there is one.
func newAccounts(file string) (*accounts, error) {
	a := &accounts{file: file, keys: map[string][]key{}, uses: map[string]string{}}
	text, err := os.ReadFile(file)
	if errors.Is(err, fs.ErrNotExist) {
		return a, nil
	}
	if err == nil {
		err = json.Unmarshal(text, &a.keys)
	}
	if err != nil {
		return nil, fmt.Errorf("read the keys of earlier runs: %w", err)
	}
	for principal, keys := range a.keys {
		for _, k := range keys {
			a.uses[k.Access] = principal
		}
	}
	return a, nil
}

// set makes these keys the principal's only ones.
func (a *accounts) set(principal string, keys ...key) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, k := range keys {
		if user, taken := a.uses[k.Access]; taken && user != principal {
			return fmt.Errorf("the access key %s is that of %s", k.Access, user)
		}
	}
	before := a.keys[principal]
	for _, k := range before {
		delete(a.uses, k.Access)
	}
	for _, k := range keys {
		a.uses[k.Access] = principal
	}
	if len(keys) == 0 {
		delete(a.keys, principal)
	} else {
		a.keys[principal] = keys
	}
	if max(len(before), len(keys)) > 1 && !slices.Equal(before, keys) {
		return a.save()
	}
	return nil
}

// save keeps what no Secret does.
func (a *accounts) save() error {
	old := map[string][]key{}
	for principal, keys := range a.keys {
		if len(keys) > 1 {
			old[principal] = keys
		}
	}
	text, err := json.Marshal(old)
	if err != nil {
		return err
	}
	return os.WriteFile(a.file, text, 0o600)
}

// of are the keys of a principal, the newest first.
func (a *accounts) of(principal string) []key {
	a.mu.RLock()
	defer a.mu.RUnlock()
	return slices.Clone(a.keys[principal])
}

// GetUserAccount answers the account of an access key; its role may not create buckets, nor pass by policies.
func (a *accounts) GetUserAccount(access string) (auth.Account, error) {
	a.mu.RLock()
	defer a.mu.RUnlock()
	principal := a.uses[access]
	for _, k := range a.keys[principal] {
		if k.Access == access {
			return auth.Account{Access: principal, Secret: k.Secret, Role: auth.RoleUser}, nil
		}
	}
	return auth.Account{}, auth.ErrNoSuchUser
}

// ResolveAccounts answers those of the principals that do not exist.
func (a *accounts) ResolveAccounts(principals []string) ([]string, error) {
	a.mu.RLock()
	defer a.mu.RUnlock()
	return slices.DeleteFunc(slices.Clone(principals), func(principal string) bool { return len(a.keys[principal]) > 0 }), nil
}

var errReadOnly = errors.New("accounts follow the Storages of the cluster: change those")

// CreateAccount refuses.
func (a *accounts) CreateAccount(auth.Account) error { return errReadOnly }

// UpdateUserAccount refuses.
func (a *accounts) UpdateUserAccount(string, auth.MutableProps) error { return errReadOnly }

// DeleteUserAccount refuses.
func (a *accounts) DeleteUserAccount(string) error { return errReadOnly }

// ListUserAccounts answers none: nobody asks.
func (a *accounts) ListUserAccounts() ([]auth.Account, error) { return nil, nil }

// Shutdown has nothing to do.
func (a *accounts) Shutdown() error { return nil }
