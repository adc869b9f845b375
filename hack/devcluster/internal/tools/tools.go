// Package tools builds the programs that the development cluster and the tests run: etcd and Kubernetes' own, from their
// published Go modules. What each is built from is pinned by a go.mod of its own, under hack/devcluster/tools.
package tools

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/eoepca/workspaces/test/controlplane"
)

type tool struct{ name, module, pkg string }

var all = []tool{
	{"etcd", "etcd", "go.etcd.io/etcd/server/v3"},
	{"kube-apiserver", "kubernetes", "k8s.io/kubernetes/cmd/kube-apiserver"},
	{"kube-controller-manager", "kubernetes", "k8s.io/kubernetes/cmd/kube-controller-manager"},
	{"kubectl", "kubernetes", "k8s.io/kubernetes/cmd/kubectl"},
}

// minFree is what the sources, the build cache and the binaries need on a fresh machine.
const minFree = 6 << 30

// Build makes what is missing or built from another version, and tells its progress. It is silent when all is there.
// What KUBEBUILDER_ASSETS has is somebody else's, and taken as it is.
func Build(ctx context.Context, root string, progress io.Writer) error {
	dirs := controlplane.AssetDirs(root)
	given, dir := dirs[:len(dirs)-1], dirs[len(dirs)-1]
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	var missing []tool
	for _, t := range all {
		if t.in(given) {
			continue
		}
		if key, err := t.key(root); err != nil {
			return err
		} else if !t.built(dir, key) {
			missing = append(missing, t)
		}
	}
	if len(missing) == 0 {
		return nil
	}
	if err := CheckSpace(dir, minFree); err != nil {
		return err
	}
	fmt.Fprintf(progress, "Building %d programs into %s, once; the first time takes about five to ten minutes.\n", len(missing), dir)
	for i, t := range missing {
		label := fmt.Sprintf("[%d/%d] %s", i+1, len(missing), t.name)
		if err := withClock(progress, label, func() error { return t.build(ctx, root, dir) }); err != nil {
			return err
		}
	}
	return nil
}

// key identifies what the tool is built from.
func (t tool) key(root string) (string, error) {
	sum := sha256.New()
	for _, file := range []string{"go.mod", "go.sum"} {
		text, err := os.ReadFile(filepath.Join(t.source(root), file))
		if err != nil {
			return "", err
		}
		sum.Write(text)
	}
	return hex.EncodeToString(sum.Sum(nil)), nil
}

func (t tool) source(root string) string {
	return filepath.Join(root, "hack", "devcluster", "tools", t.module)
}

func (t tool) in(dirs []string) bool {
	return slices.ContainsFunc(dirs, func(dir string) bool {
		_, err := os.Stat(filepath.Join(dir, t.name))
		return err == nil
	})
}

func (t tool) stamp(dir string) string { return filepath.Join(dir, "."+t.name+".built") }

func (t tool) built(dir, key string) bool {
	stamp, err := os.ReadFile(t.stamp(dir))
	if err != nil || string(stamp) != key {
		return false
	}
	return t.in([]string{dir})
}

func (t tool) build(ctx context.Context, root, dir string) error {
	key, err := t.key(root)
	if err != nil {
		return err
	}
	unfinished := filepath.Join(dir, "."+t.name+".new")
	cmd := exec.CommandContext(ctx, "go", "build", "-buildvcs=false", "-ldflags="+linkerFlags(), "-o", unfinished, t.pkg)
	cmd.Dir = t.source(root)
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0", "GOFLAGS=", "GOWORK=off")
	var output bytes.Buffer
	cmd.Stdout, cmd.Stderr = &output, &output
	if err := cmd.Run(); err != nil {
		if ctx.Err() != nil {
			return errors.New("interrupted; run it again to go on")
		}
		if strings.Contains(output.String(), "no space left on device") {
			return fmt.Errorf("the disk is full: free some space for building %s, and run it again", t.name)
		}
		return fmt.Errorf("build %s: %w\n%s", t.name, err, lastLines(output.String(), 15))
	}
	// Renamed, so that a program that runs is not disturbed.
	if err := os.Rename(unfinished, filepath.Join(dir, t.name)); err != nil {
		return err
	}
	return os.WriteFile(t.stamp(dir), []byte(key), 0o644)
}

// linkerFlags give the programs the version that a release build has.
func linkerFlags() string {
	flags := []string{"-s", "-w"}
	major, minor, _ := strings.Cut(strings.TrimPrefix(controlplane.KubernetesVersion, "v"), ".")
	minor, _, _ = strings.Cut(minor, ".")
	for _, pkg := range []string{"k8s.io/component-base/version", "k8s.io/client-go/pkg/version"} {
		for name, value := range map[string]string{
			"gitVersion": controlplane.KubernetesVersion, "gitMajor": major, "gitMinor": minor, "gitTreeState": "clean",
		} {
			flags = append(flags, "-X", pkg+"."+name+"="+value)
		}
	}
	return strings.Join(flags, " ")
}

func lastLines(text string, n int) string {
	lines := strings.Split(strings.TrimSpace(text), "\n")
	return strings.Join(lines[max(0, len(lines)-n):], "\n")
}

// withClock shows the label with the time that has passed: each second on a terminal, else when it is done.
func withClock(out io.Writer, label string, do func() error) error {
	terminal := isTerminal(out)
	begin := time.Now()
	done := make(chan error, 1)
	go func() { done <- do() }()
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for {
		select {
		case err := <-done:
			seconds := int(time.Since(begin).Seconds())
			if terminal {
				fmt.Fprint(out, "\r")
			}
			if err == nil {
				fmt.Fprintf(out, "%s done after %d s\n", label, seconds)
			} else {
				fmt.Fprintf(out, "%s failed after %d s\n", label, seconds)
			}
			return err
		case <-tick.C:
			seconds := int(time.Since(begin).Round(time.Second).Seconds())
			if terminal {
				fmt.Fprintf(out, "\r%s … %d s ", label, seconds)
			} else if seconds%30 == 0 {
				fmt.Fprintf(out, "%s … %d s\n", label, seconds)
			}
		}
	}
}

func isTerminal(out io.Writer) bool {
	file, ok := out.(*os.File)
	if !ok {
		return false
	}
	info, err := file.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}
