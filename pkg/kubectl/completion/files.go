package completion

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"

	"github.com/eoepca/workspaces/pkg/kubectl/util"
)

// What has become of a file.
const (
	created   = "created"
	changed   = "changed"
	unchanged = "unchanged"
)

// installHelper makes the helper: a link to the plugin, which knows itself by that name. Windows knows links only for few,
// and gets a program that calls it.
func (o *installOptions) installHelper(dir string) error {
	if runtime.GOOS == "windows" {
		script := "@\"" + o.program + "\" __complete %*\r\n"
		return o.write(filepath.Join(dir, Helper+".cmd"), []byte(script), "__complete", 0o755)
	}
	link := filepath.Join(dir, Helper)
	leads, err := os.Readlink(link)
	what := created
	switch {
	case err == nil && leads == o.program:
		o.tell(link, unchanged)
		return nil
	case err == nil && strings.HasPrefix(filepath.Base(leads), "kubectl-workspace"):
		what = changed // of a plugin that has moved
	case err == nil, !errors.Is(err, fs.ErrNotExist):
		if _, statErr := os.Lstat(link); statErr != nil {
			return cannot(statErr)
		}
		return util.Errorf(util.ExitConflict, "%s is there already and is not ours: remove it, or choose another folder with --dir", link)
	}
	if !o.dryRun {
		if err := replaceLink(o.program, link); err != nil {
			return cannot(err)
		}
	}
	o.tell(link, what)
	return nil
}

// replaceLink makes the link in one step, so that there is never none.
func replaceLink(program, link string) error {
	if err := os.MkdirAll(filepath.Dir(link), 0o755); err != nil {
		return err
	}
	next := link + ".next"
	_ = os.Remove(next) // of one who was cut short
	if err := os.Symlink(program, next); err != nil {
		return err
	}
	return os.Rename(next, link)
}

// write makes the file hold the text, unless it does. One that is there without the mark is somebody else's.
func (o *installOptions) write(file string, text []byte, mark string, mode fs.FileMode) error {
	present, err := os.ReadFile(file)
	what := changed
	switch {
	case err == nil && bytes.Equal(present, text):
		o.tell(file, unchanged)
		return nil
	case errors.Is(err, fs.ErrNotExist):
		what = created
	case err != nil:
		return cannot(err)
	case !bytes.Contains(present, []byte(mark)):
		return util.Errorf(util.ExitConflict, "%s is there already and is not ours: remove it, or keep the script that \"completion SHELL\" prints elsewhere", file)
	}
	if !o.dryRun {
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			return cannot(err)
		}
		if err := os.WriteFile(file, text, mode); err != nil {
			return cannot(err)
		}
	}
	o.tell(file, what)
	return nil
}

// cannot says what to do about a folder that is somebody else's.
func cannot(err error) error {
	if errors.Is(err, fs.ErrPermission) {
		return &util.CodedError{Code: util.ExitError, Err: err, Hint: "choose a folder that you may write with --dir, such as ~/.local/bin; it has to be on the $PATH"}
	}
	return err
}
