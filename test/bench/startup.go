package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"syscall"
	"time"

	"github.com/eoepca/workspaces/test/controlplane"
)

// What somebody at a terminal waits for: a program that starts, asks and prints. Of the same workspaces, through the same
// kube-apiserver, with a discovery that is cached; kubectl stands in the columns of the storages, the plugin in those of the workspaces.

const (
	startUpName     = "kubectl get, kubectl-workspace get"
	startUpResident = "resident: kubectl get, kubectl-workspace get"
	startUpLimit    = 60 * time.Millisecond
	residentLimit   = 60 << 10 // KB
	startUpRatio    = 1.2
)

// startUp are the rows of the plugin.
func (b *bench) startUp(ctx context.Context) []row {
	if !b.wants(startUpName) {
		return nil
	}
	b.say.step("measure %s", startUpName)
	programs, err := b.env.programs(ctx)
	if err != nil {
		return []row{comparison(b.n, startUpName, nil, nil, noTarget, err)}
	}
	var sizes [2][]int64
	run := func(side int) func(context.Context, int) error {
		return func(ctx context.Context, i int) error {
			size, err := programs[side](ctx)
			if i >= warmUp {
				sizes[side] = append(sizes[side], size)
			}
			return err
		}
	}
	r := request{name: startUpName, storages: run(0), workspaces: run(1), reps: b.reps(nil, 40)}
	a, w, err := r.compare(ctx)
	limit := target{fmt.Sprintf("≤ %.1fx, ≤ %v", startUpRatio, startUpLimit), func(a, w samples) bool {
		return atMost(startUpRatio).met(a, w) && w.at(0.5) <= startUpLimit
	}}
	rows := []row{comparison(b.n, startUpName, a, w, limit, err)}
	if err != nil {
		return rows
	}
	return append(rows, residents(b.n, median(sizes[0]), median(sizes[1])))
}

func residents(n int, kubectl, plugin int64) row {
	text := func(size int64) [3]string { return [3]string{fmt.Sprintf("%.1f MB", float64(size)/1024)} }
	r := row{n: n, name: startUpResident, storages: text(kubectl), workspaces: text(plugin), ratio: float64(plugin) / float64(kubectl)}
	r.judge("≤ 60 MiB", plugin <= residentLimit)
	return r
}

func median(values []int64) int64 {
	slices.Sort(values)
	return values[len(values)/2]
}

// programs are kubectl and the plugin, as the operator calls them: each answers its greatest resident size in KB.
func (e *environment) programs(ctx context.Context) (programs [2]func(context.Context) (int64, error), err error) {
	_, config, err := e.plane.User("operator")
	if err != nil {
		return programs, err
	}
	kubeconfig := filepath.Join(e.dir, "operator.kubeconfig")
	if err := os.WriteFile(kubeconfig, config, 0o600); err != nil {
		return programs, err
	}
	kubectl, err := controlplane.Program("kubectl")
	if err != nil {
		return programs, err
	}
	plugin := filepath.Join(e.dir, "kubectl-workspace")
	build := exec.CommandContext(ctx, "go", "build", "-o", plugin, "github.com/eoepca/workspaces/cmd/kubectl-workspace")
	build.Env = append(os.Environ(), "CGO_ENABLED=0") // as make build does
	if text, err := build.CombinedOutput(); err != nil {
		return programs, fmt.Errorf("build the plugin: %w\n%s", err, text)
	}
	flags := []string{pairName(0), "--namespace", namespace, "--kubeconfig", kubeconfig, "--cache-dir", filepath.Join(e.dir, "cache")}
	programs[0] = sized(kubectl, append([]string{"get", "workspaces.v1alpha1.eoepca.org"}, flags...))
	programs[1] = sized(plugin, append([]string{"get"}, flags...))
	return programs, nil
}

func sized(program string, args []string) func(context.Context) (int64, error) {
	return func(ctx context.Context) (int64, error) {
		cmd := exec.CommandContext(ctx, program, args...)
		if text, err := cmd.CombinedOutput(); err != nil {
			return 0, fmt.Errorf("%s: %w\n%s", filepath.Base(program), err, text)
		}
		usage, ok := cmd.ProcessState.SysUsage().(*syscall.Rusage)
		if !ok {
			return 0, fmt.Errorf("%s: the system does not tell its size", filepath.Base(program))
		}
		return usage.Maxrss, nil
	}
}
