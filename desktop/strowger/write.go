package main

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"strowger/desktop/wholefile"
)

// replaceFile writes a file so that whoever reads it finds the old or the new one whole.
// The old one is kept beside it as NAME.bak. Only the user may read it.
func replaceFile(path string, text []byte) (err error) {
	dir := filepath.Dir(path)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	old, err := os.ReadFile(path)
	switch {
	case err == nil:
		if err := wholefile.Write(path+".bak", old, 0o600); err != nil {
			return err
		}
	case !errors.Is(err, fs.ErrNotExist):
		return err
	}
	return wholefile.Write(path, text, 0o600)
}
