// Package access holds what the roles of workspaces promise, with the controller that binds them in two replicas: who may do
// what and who sees what, at every moment.
package access

import (
	"os"
	"testing"

	"github.com/eoepca/workspaces/pkg/apiserver"
	"github.com/eoepca/workspaces/test/integration/env"
)

var e *env.Env

func TestMain(m *testing.M) {
	os.Exit(env.Main(m, env.Options{Replicas: 2, Configure: bindRoles}, &e))
}

func bindRoles(o *apiserver.Options) { o.LeaseNamespace = env.LeaseNamespace }
