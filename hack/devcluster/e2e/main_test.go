// Package e2e holds what only everything together can show: workspaces written through the aggregator, their keys read back
// from it, and the real S3 server behind them. It has tests alone.
package e2e

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"net"
	"os"
	"testing"
	"time"

	"github.com/eoepca/workspaces/hack/devcluster/internal/devprovider"
	"github.com/eoepca/workspaces/pkg/generated/clientset/versioned"
	"github.com/eoepca/workspaces/test/integration/env"
)

// clients speak to the aggregator as the operator.
var clients versioned.Interface

func TestMain(m *testing.M) {
	flag.Parse()
	if testing.Short() {
		fmt.Println("skipped: each test needs a control plane")
		return
	}
	code, err := run(m)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	os.Exit(code)
}

func run(m *testing.M) (code int, err error) {
	e, err := env.Start(context.Background(), env.Options{Replicas: 1})
	if err != nil {
		return 1, err
	}
	defer func() { err = errors.Join(err, e.Stop()) }()
	config, err := e.Aggregated(env.Operator)
	if err != nil {
		return 1, err
	}
	if clients, err = versioned.NewForConfig(config); err != nil {
		return 1, err
	}
	stop, err := playProviders(e)
	if err != nil {
		return 1, err
	}
	defer func() { err = errors.Join(err, stop()) }()
	return m.Run(), nil
}

// playProviders runs devprovider beside the tests. It can run once in a process, as its S3 server can.
func playProviders(e *env.Env) (stop func() error, err error) {
	dir, err := os.MkdirTemp("", "s3-")
	if err != nil {
		return nil, err
	}
	options := devprovider.Options{Dir: dir, Region: "us-east-1", Delay: 50 * time.Millisecond, Retry: 100 * time.Millisecond}
	for _, address := range []*string{&options.S3Address, &options.SessionsAddress} {
		listener, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			return nil, err
		}
		defer listener.Close()
		*address = listener.Addr().String()
	}
	ctx, cancel := context.WithCancel(context.Background())
	end := make(chan error, 1)
	go func() { end <- devprovider.Run(ctx, e.ControlPlane.Config(), options) }()
	return func() error {
		cancel()
		return errors.Join(<-end, os.RemoveAll(dir))
	}, nil
}
