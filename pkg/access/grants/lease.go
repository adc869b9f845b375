package grants

import (
	"context"
	"fmt"
	"os"
	"sync"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/uuid"
	"k8s.io/apimachinery/pkg/util/wait"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/leaderelection"
	"k8s.io/client-go/tools/leaderelection/resourcelock"
	"k8s.io/klog/v2"
)

// LeaseName names the Lease whose holder binds roles.
const LeaseName = "workspaces-grants"

// Config is what grants are kept with.
type Config struct {
	// Client writes Roles and RoleBindings, as the server.
	Client kubernetes.Interface
	// Workspaces are those that roles are bound in.
	Workspaces Workspaces
	// LeaseNamespace holds the Lease.
	LeaseNamespace string
	// Ready says whether workspaces are known: before that a replica does not want the Lease.
	Ready func() error
}

// Run keeps Roles and RoleBindings in step with the workspaces whenever this replica holds the Lease, until the context ends.
// It returns when nothing of it is left, and the Lease is free.
func Run(ctx context.Context, config Config) error {
	terms := make(chan context.Context) // each as long as this replica leads
	elector, err := newElector(config, terms)
	if err != nil {
		return fmt.Errorf("set up the election of the replica that binds roles: %w", err)
	}
	var working sync.WaitGroup
	defer working.Wait()
	working.Go(func() {
		for {
			select {
			case <-ctx.Done():
				return
			case term := <-terms:
				klog.InfoS("Binding the roles of workspaces")
				newController(config.Client, config.Workspaces).run(term)
				klog.InfoS("No longer binding the roles of workspaces")
			}
		}
	})
	known := func(context.Context) (bool, error) { return config.Ready() == nil, nil }
	for ctx.Err() == nil {
		if wait.PollUntilContextCancel(ctx, 100*time.Millisecond, true, known) == nil {
			elector.Run(ctx)
		}
	}
	return nil
}

func newElector(config Config, terms chan<- context.Context) (*leaderelection.LeaderElector, error) {
	host, err := os.Hostname()
	if err != nil {
		return nil, err
	}
	return leaderelection.NewLeaderElector(leaderelection.LeaderElectionConfig{
		Name: LeaseName,
		Lock: &resourcelock.LeaseLock{
			LeaseMeta:  metav1.ObjectMeta{Namespace: config.LeaseNamespace, Name: LeaseName},
			Client:     config.Client.CoordinationV1(),
			LockConfig: resourcelock.ResourceLockConfig{Identity: host + "_" + string(uuid.NewUUID())},
		},
		// client-go's usual ones: a replica that dies is replaced within 17 seconds, one that ends within two.
		LeaseDuration: 15 * time.Second,
		RenewDeadline: 10 * time.Second,
		RetryPeriod:   2 * time.Second,
		// The next holder may begin while this one ends: each write names what it replaces.
		ReleaseOnCancel: true,
		Callbacks: leaderelection.LeaderCallbacks{
			OnStartedLeading: func(term context.Context) {
				select {
				case terms <- term:
				case <-term.Done():
				}
			},
			OnStoppedLeading: func() {},
		},
	})
}
