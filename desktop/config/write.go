package config

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"strowger/desktop/wholefile"
)

// UserFile is where the user's own configuration belongs; it need not exist.
func UserFile() (string, error) {
	dir, err := os.UserConfigDir()
	if err != nil {
		return "", fmt.Errorf("the user has no folder for configurations: %w", err)
	}
	return filepath.Join(dir, "strowger", "strowger.yaml"), nil
}

// Read is the text of the file at path, which need not be a valid configuration.
func Read(path string) ([]byte, error) {
	text, _, err := readFile(path)
	if err != nil {
		return nil, err
	}
	if len(text) > maxSize {
		return nil, Problem{File: path, Message: tooLarge}
	}
	return text, nil
}

// ErrChanged says that a file does not say any more what it is to be changed from.
var ErrChanged = errors.New("it has changed meanwhile")

// Write puts text in the place of the file at path, whole or not at all. A link stays one,
// the file keeps its mode, and what it said stands beside it, with .bak at its end. A file
// that is new is its user's alone.
func Write(path string, text []byte) error {
	return write(path, text, func([]byte) bool { return true })
}

// Swap is Write for a file that says from, nil if it is not there; the error is ErrChanged if
// that is not so, and then nothing has been written.
func Swap(path string, from, text []byte) error {
	return write(path, text, func(is []byte) bool { return bytes.Equal(is, from) && (is == nil) == (from == nil) })
}

// write is Write if fits says so of what is there, nil if nothing is.
func write(path string, text []byte, fits func(is []byte) bool) error {
	if len(text) > maxSize {
		return Problem{File: path, Message: tooLarge}
	}
	real, err := filepath.EvalSymlinks(path)
	mode := fs.FileMode(0o600)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		if _, err := os.Lstat(path); err == nil {
			return fmt.Errorf("configuration %s is a link that leads nowhere", path)
		}
		if !fits(nil) {
			return ErrChanged
		}
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			return cannotWrite(path, err)
		}
		real = path
	case err != nil:
		return cannotWrite(path, err)
	default:
		info, err := os.Stat(real)
		if err != nil {
			return cannotWrite(path, err)
		}
		mode = info.Mode().Perm()
		if mode&0o200 == 0 {
			return fmt.Errorf("configuration %s may not be written: it is read-only", path)
		}
		before, err := Read(real)
		if err != nil {
			return err
		}
		if !fits(before) {
			return ErrChanged
		}
		if err := wholefile.Write(real+".bak", before, mode); err != nil {
			return cannotWrite(path+".bak", err)
		}
	}
	if err := wholefile.Write(real, text, mode); err != nil {
		return cannotWrite(path, err)
	}
	return nil
}

// cannotWrite says why, without naming the path twice or a temporary file.
func cannotWrite(path string, err error) error {
	if pe, ok := errors.AsType[*fs.PathError](err); ok {
		err = pe.Err
	}
	if le, ok := errors.AsType[*os.LinkError](err); ok {
		err = le.Err
	}
	return fmt.Errorf("configuration %s cannot be written: %w", path, err)
}
