package tools

import (
	"bytes"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestAToolIsBuiltAgainWhenItsModuleChanges(t *testing.T) {
	root, dir := t.TempDir(), t.TempDir()
	etcd := tool{"etcd", "etcd", "go.etcd.io/etcd/server/v3"}
	write(t, filepath.Join(etcd.source(root), "go.mod"), "module etcd")
	write(t, filepath.Join(etcd.source(root), "go.sum"), "")
	key := keyOf(t, etcd, root)
	if etcd.built(dir, key) {
		t.Error("built before anything was")
	}
	write(t, etcd.stamp(dir), key)
	if etcd.built(dir, key) {
		t.Error("built although the program is missing")
	}
	write(t, filepath.Join(dir, "etcd"), "")
	if !etcd.built(dir, key) {
		t.Error("not built although all is there")
	}
	write(t, filepath.Join(etcd.source(root), "go.sum"), "another version")
	if etcd.built(dir, keyOf(t, etcd, root)) {
		t.Error("built although its module changed")
	}
}

func TestProgramsOfSomebodyElseAreTakenAsTheyAre(t *testing.T) {
	given := t.TempDir()
	for _, tool := range all {
		write(t, filepath.Join(given, tool.name), "")
	}
	t.Setenv("KUBEBUILDER_ASSETS", given)
	var out bytes.Buffer
	if err := Build(t.Context(), t.TempDir(), &out); err != nil || out.Len() > 0 {
		t.Errorf("got %v, %q", err, out.String())
	}
}

func TestAFullDiskIsTold(t *testing.T) {
	err := CheckSpace(t.TempDir(), math.MaxUint64)
	if err == nil || !strings.Contains(err.Error(), "make room") {
		t.Errorf("got %v", err)
	}
}

func keyOf(t *testing.T, tool tool, root string) string {
	t.Helper()
	key, err := tool.key(root)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func write(t *testing.T, file, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}
