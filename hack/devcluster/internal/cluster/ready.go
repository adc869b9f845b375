package cluster

import (
	"context"
	"fmt"
	"net/http"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/util/wait"
	"k8s.io/client-go/discovery"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/rest"

	"github.com/eoepca/workspaces/test/controlplane/process"
)

type check func(context.Context) error

// waitReady waits until all checks of a process pass.
func waitReady(ctx context.Context, p *process.Process, checks ...check) error {
	ctx, cancel := context.WithTimeout(ctx, readyTimeout)
	defer cancel()
	for _, each := range checks {
		if err := p.WaitReady(ctx, each); err != nil {
			return err
		}
	}
	return nil
}

// answers checks that a URL answers 200.
func answers(url string) check {
	return func(ctx context.Context) error { return getOK(ctx, http.DefaultClient, url) }
}

func getOK(ctx context.Context, client *http.Client, url string) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return err
	}
	resp, err := client.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("%s answers %s", url, resp.Status)
	}
	return nil
}

// serverReady checks our server's /readyz, directly and under its certificate.
func (s *supervisor) serverReady(ctx context.Context) error {
	config := s.plane.Config()
	config.Host = "https://" + s.state.Addresses.Server
	client, err := rest.HTTPClientFor(config)
	if err != nil {
		return err
	}
	return getOK(ctx, client, config.Host+"/readyz")
}

var workspaces = schema.GroupVersionResource{Group: "eoepca.org", Version: "v1alpha1", Resource: "workspaces"}

// waitServed waits until a client finds workspaces by discovery, and lists them: all that kubectl does.
func (s *supervisor) waitServed(ctx context.Context) error {
	config := s.plane.Config()
	finder, err := discovery.NewDiscoveryClientForConfig(config)
	if err != nil {
		return err
	}
	client, err := dynamic.NewForConfig(config)
	if err != nil {
		return err
	}
	var last error
	err = wait.PollUntilContextTimeout(ctx, 100*time.Millisecond, readyTimeout, true, func(ctx context.Context) (bool, error) {
		if last = discovered(finder); last != nil {
			return false, nil
		}
		_, last = client.Resource(workspaces).List(ctx, metav1.ListOptions{Limit: 1})
		return last == nil, nil
	})
	if err != nil {
		return fmt.Errorf("workspaces are not served through kube-apiserver: %w (log: %s)", last, s.Log("workspaces-apiserver"))
	}
	return nil
}

// discovered looks into the aggregated discovery document, the one that kubectl reads.
func discovered(finder discovery.AggregatedDiscoveryInterface) error {
	_, resources, failures, err := finder.GroupsAndMaybeResources()
	if err != nil {
		return err
	}
	group := workspaces.GroupVersion()
	if err := failures[group]; err != nil {
		return err
	}
	if list := resources[group]; list == nil || len(list.APIResources) == 0 {
		return fmt.Errorf("%s is not discovered yet", group)
	}
	return nil
}
