//go:build unix

package edit

import (
	"path/filepath"

	"golang.org/x/sys/unix"
)

// unwritable says why the file at a path cannot be written; empty if it seems that it can.
func unwritable(path string) string {
	if real, err := filepath.EvalSymlinks(path); err == nil {
		if unix.Access(real, unix.W_OK) != nil {
			return path + " may not be written by this user"
		}
		path = real
	}
	dir := filepath.Dir(path)
	for unix.Access(dir, unix.F_OK) != nil && dir != filepath.Dir(dir) {
		dir = filepath.Dir(dir) // it would be made
	}
	if unix.Access(dir, unix.W_OK) != nil {
		return "the folder " + dir + " may not be written by this user"
	}
	return ""
}
