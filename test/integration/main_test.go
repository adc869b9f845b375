// Package integration holds the promises of the storage, each in a file of its name: with a real etcd and kube-apiserver, two
// replicas of the server, and writers that get in each other's way.
package integration

import (
	"os"
	"testing"

	"github.com/eoepca/workspaces/test/integration/env"
)

// e is shared by all tests; those that break the control plane have one of their own.
var e *env.Env

func TestMain(m *testing.M) { os.Exit(env.Main(m, env.Options{Replicas: 2}, &e)) }
