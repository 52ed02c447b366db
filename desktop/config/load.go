package config

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"

	"strowger/desktop/facts"
)

// maxSize is the most bytes a configuration may have.
const maxSize = 4 << 20

const tooLarge = "the file is larger than 4 MiB: that is not a configuration"

// Load reads the file at path. The error is of type Problems if the file could be read
// but is wrong; if not, it wraps the system's (fs.ErrNotExist, for instance).
func Load(path string, known *facts.Catalog) (*Config, error) {
	text, info, err := readFile(path)
	if err != nil {
		return nil, err
	}
	c, err := Parse(path, text, known)
	if c != nil {
		c.Stamp = stampOf(info)
	}
	return c, err
}

// readFile reads a regular file, and one byte more than a configuration may have. Anything else
// could keep its reader waiting, or say something else each time.
func readFile(path string) ([]byte, fs.FileInfo, error) {
	f, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NONBLOCK, 0) // which a pipe would wait to be opened without
	if err != nil {
		return nil, nil, cannotRead(path, err)
	}
	defer f.Close()
	info, err := f.Stat()
	switch {
	case err != nil:
		return nil, nil, cannotRead(path, err)
	case info.IsDir():
		return nil, nil, fmt.Errorf("configuration %s is a folder, not a file", path)
	case !info.Mode().IsRegular():
		return nil, nil, fmt.Errorf("configuration %s is a pipe or a device; it is to be a file, which can be looked at again", path)
	}
	text, err := io.ReadAll(io.LimitReader(f, maxSize+1))
	if err != nil {
		return nil, nil, cannotRead(path, err)
	}
	return text, info, nil
}

// Stamp tells versions of a file apart; of a file that cannot be looked at it says why.
func Stamp(path string) string {
	info, err := os.Stat(path)
	if err != nil {
		return err.Error()
	}
	return stampOf(info)
}

func stampOf(info fs.FileInfo) string {
	return fmt.Sprint(info.Size(), info.ModTime().UnixNano())
}

// cannotRead says why, without naming the path twice.
func cannotRead(path string, err error) error {
	if pe, ok := errors.AsType[*fs.PathError](err); ok {
		err = pe.Err
	}
	return fmt.Errorf("configuration %s cannot be read: %w", path, err)
}

// Find is the path of the configuration to use: flag if it is not empty, else the first
// that exists of strowger.yaml, strowger.yml and strowger.json, in the working folder
// and then in strowger/ in the user's configuration folder. It is "" if there is none.
// The error is about a file that may exist but cannot be looked at.
func Find(flag string) (path string, err error) {
	if flag != "" {
		return flag, nil
	}
	folders := []string{""}
	if dir, err := os.UserConfigDir(); err == nil { // a service may have none
		folders = append(folders, filepath.Join(dir, "strowger"))
	}
	for _, folder := range folders {
		for _, name := range [...]string{"strowger.yaml", "strowger.yml", "strowger.json"} {
			path := filepath.Join(folder, name)
			_, err := os.Stat(path)
			if err == nil {
				return path, nil
			}
			if !errors.Is(err, fs.ErrNotExist) {
				return "", cannotRead(path, err)
			}
		}
	}
	return "", nil
}
