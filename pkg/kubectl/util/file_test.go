package util

import (
	"io/fs"
	"os"
	"path/filepath"
	"testing"
)

func TestWriteFile(t *testing.T) {
	dir := t.TempDir()
	old, link := filepath.Join(dir, "old"), filepath.Join(dir, "link")
	if err := os.WriteFile(old, []byte("before"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("old", link); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		promise, path, real string
		mode                fs.FileMode
	}{
		{"a new file, in a new folder, is its owner's", filepath.Join(dir, "new", "file"), filepath.Join(dir, "new", "file"), 0o600},
		{"a file keeps its permissions", old, old, 0o644},
		{"a link stays a link", link, old, 0o644},
	} {
		if err := WriteFile(test.path, []byte(test.promise)); err != nil {
			t.Fatal(err)
		}
		text, err := os.ReadFile(test.real)
		info, infoErr := os.Lstat(test.real)
		if err != nil || infoErr != nil || string(text) != test.promise || info.Mode() != test.mode {
			t.Errorf("%s: %q %v %v %v", test.promise, text, info, err, infoErr)
		}
	}
	if err := WriteFile(dir, nil); err == nil {
		t.Error("a folder was written")
	}
	if left, err := filepath.Glob(filepath.Join(dir, ".*")); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v %v", left, err)
	}
}
