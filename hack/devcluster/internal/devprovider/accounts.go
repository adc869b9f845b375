package devprovider

import (
	"crypto/rand"
	"errors"
	"sync"

	"github.com/versity/versitygw/auth"
)

// rootUser is the S3 server's own administrator; its secret is random and nobody's.
const rootUser = "devprovider-root"

func randomSecret() string { return rand.Text() + rand.Text() }

// accounts are the users of the S3 server. They live in memory alone: the Secrets in the cluster are what is kept,
// and every start reads them again.
type accounts struct {
	mu      sync.RWMutex
	secrets map[string]string // access key → secret key
}

var _ auth.IAMService = &accounts{}

func newAccounts() *accounts { return &accounts{secrets: map[string]string{}} }

func (a *accounts) set(access, secret string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.secrets[access] = secret
}

func (a *accounts) remove(access string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	delete(a.secrets, access)
}

// GetUserAccount answers the account of an access key; its role may not create buckets, nor pass by policies.
func (a *accounts) GetUserAccount(access string) (auth.Account, error) {
	a.mu.RLock()
	defer a.mu.RUnlock()
	secret, ok := a.secrets[access]
	if !ok {
		return auth.Account{}, auth.ErrNoSuchUser
	}
	return auth.Account{Access: access, Secret: secret, Role: auth.RoleUser}, nil
}

// ResolveAccounts answers those of the access keys that do not exist.
func (a *accounts) ResolveAccounts(accesses []string) ([]string, error) {
	a.mu.RLock()
	defer a.mu.RUnlock()
	var missing []string
	for _, access := range accesses {
		if _, ok := a.secrets[access]; !ok {
			missing = append(missing, access)
		}
	}
	return missing, nil
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
