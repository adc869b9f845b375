// Package api holds what clients of the API may rely on, each promise in a file of its name: asked through the real
// aggregator, as users with client certificates, of a server whose parts are kept by a real kube-apiserver and etcd.
// What only two servers can show, or a control plane that breaks, belongs to test/integration.
package api

import (
	"context"
	"errors"
	"fmt"
	"os"
	"testing"

	"github.com/eoepca/workspaces/test/integration/env"
)

// e is shared by all tests.
var e *env.Env

func TestMain(m *testing.M) { os.Exit(run(m)) }

func run(m *testing.M) int {
	var err error
	if e, err = env.Start(context.Background(), env.Options{Replicas: 1}); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	code := 1
	if err = tighten(context.Background()); err == nil {
		code = m.Run()
	}
	if err = errors.Join(err, e.Stop()); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return code
}
