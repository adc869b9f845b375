package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
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

	// sizedCommand in place of the flags has this program run another and print its size.
	sizedCommand = "sized"
	sizedReps    = 5
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
	run := func(side int) func(context.Context, int) error {
		return func(ctx context.Context, _ int) error { return programs[side].run(ctx) }
	}
	r := request{name: startUpName, storages: run(0), workspaces: run(1), reps: b.reps(nil, 40)}
	a, w, err := r.compare(ctx)
	limit := target{fmt.Sprintf("≤ %.1fx, ≤ %v", startUpRatio, startUpLimit), func(a, w samples) bool {
		return atMost(startUpRatio).met(a, w) && w.at(0.5) <= startUpLimit
	}}
	return []row{comparison(b.n, startUpName, a, w, limit, err), residents(ctx, b.n, programs)}
}

func residents(ctx context.Context, n int, programs [2]program) row {
	r := row{n: n, name: startUpResident}
	var sizes [2]int64
	for side, p := range programs {
		if sizes[side], r.err = p.size(ctx); r.err != nil {
			r.verdict = "FAILED"
			return r
		}
	}
	text := func(size int64) [3]string { return [3]string{fmt.Sprintf("%.1f MB", float64(size)/1024)} }
	r.storages, r.workspaces, r.ratio = text(sizes[0]), text(sizes[1]), float64(sizes[1])/float64(sizes[0])
	r.judge("≤ 60 MiB", sizes[1] <= residentLimit)
	return r
}

// programs are kubectl and the plugin, as the operator calls them.
func (e *environment) programs(ctx context.Context) (programs [2]program, err error) {
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
	programs[0] = append(program{kubectl, "get", "workspaces.v1alpha1.eoepca.org"}, flags...)
	programs[1] = append(program{plugin, "get"}, flags...)
	return programs, nil
}

// program is a program and its arguments.
type program []string

func (p program) run(ctx context.Context) error {
	_, err := output(exec.CommandContext(ctx, p[0], p[1:]...))
	return err
}

// size is the greatest resident size of the program in KB, the median of a few runs. The kernel begins to count at the size of the
// process that starts it: so a fresh one does, for this one may have grown.
func (p program) size(ctx context.Context) (int64, error) {
	self, err := os.Executable()
	if err != nil {
		return 0, err
	}
	var sizes []int64
	for range sizedReps {
		text, err := output(exec.CommandContext(ctx, self, append([]string{sizedCommand}, p...)...))
		if err != nil {
			return 0, err
		}
		size, err := strconv.ParseInt(strings.TrimSpace(text), 10, 64)
		if err != nil {
			return 0, err
		}
		sizes = append(sizes, size)
	}
	slices.Sort(sizes)
	return sizes[len(sizes)/2], nil
}

// printSize runs a program, prints its size and answers the exit code. It is what this program does in place of all else when it is
// called with sizedCommand.
func printSize(args []string) int {
	size, err := greatestSize(exec.Command(args[0], args[1:]...))
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	fmt.Println(size)
	return 0
}

// greatestSize runs a program and answers its size in KB. One that is no larger than this one's cannot be told.
func greatestSize(cmd *exec.Cmd) (int64, error) {
	own, err := residentBytes(os.Getpid())
	if err != nil {
		return 0, err
	}
	if _, err := output(cmd); err != nil {
		return 0, err
	}
	usage, ok := cmd.ProcessState.SysUsage().(*syscall.Rusage)
	if !ok {
		return 0, errors.New("the system does not tell its size")
	}
	if usage.Maxrss <= own>>10 {
		return 0, fmt.Errorf("its size is not known: no more than %d KB", own>>10)
	}
	return usage.Maxrss, nil
}

// output is what a command prints; if it fails, that is part of the error.
func output(cmd *exec.Cmd) (string, error) {
	text, err := cmd.CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("%s: %w\n%s", filepath.Base(cmd.Path), err, text)
	}
	return string(text), nil
}
