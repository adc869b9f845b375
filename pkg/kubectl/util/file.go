package util

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
)

// WriteFile writes a whole file or nothing of it: whoever reads it meanwhile, or after a crash, finds the old text or the new one.
// A file that is there keeps its permissions, and a symbolic link stays one; a new file, and folders that are missing, are for
// their owner alone.
func WriteFile(path string, text []byte) (err error) {
	path, mode, err := target(path)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	file, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".*")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.Remove(file.Name()))
		}
	}()
	_, err = file.Write(text)
	err = errors.Join(err, file.Chmod(mode), file.Sync(), file.Close())
	if err != nil {
		return err
	}
	return os.Rename(file.Name(), path)
}

// target is the file that a path means, behind all links, and the permissions that it has or is to have.
func target(path string) (string, fs.FileMode, error) {
	real, err := filepath.EvalSymlinks(path)
	if errors.Is(err, fs.ErrNotExist) {
		return path, 0o600, nil
	}
	if err != nil {
		return "", 0, err
	}
	info, err := os.Stat(real)
	if err != nil {
		return "", 0, err
	}
	if !info.Mode().IsRegular() {
		return "", 0, &fs.PathError{Op: "write", Path: path, Err: errors.New("not a regular file")}
	}
	return real, info.Mode().Perm(), nil
}
