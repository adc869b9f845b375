package tools

import (
	"fmt"
	"syscall"
)

// CheckSpace refuses when the folder's disk has less than the bytes left: a full disk breaks things in obscure ways.
func CheckSpace(dir string, bytes uint64) error {
	var fs syscall.Statfs_t
	if err := syscall.Statfs(dir, &fs); err != nil {
		return nil // cannot tell
	}
	const gib = 1 << 30
	if free := fs.Bavail * uint64(fs.Bsize); free < bytes {
		return fmt.Errorf("the disk of %s is nearly full: %.1f GiB are free, %.1f are needed; make room and try again",
			dir, float64(free)/gib, float64(bytes)/gib)
	}
	return nil
}
