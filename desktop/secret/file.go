package secret

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
)

// maxFile is the most bytes that a file with a secret may have.
const maxFile = 64 << 10

// isPath reports whether path is one that a reference may have: its meaning must not
// depend on the working folder.
func isPath(path string) bool {
	return filepath.IsAbs(path) || strings.HasPrefix(path, "~/") && len(path) > 2
}

// readFile is the content of a file with a secret, trimmed. Its errors do not repeat
// the path.
func readFile(path string) (string, error) {
	if rest, ok := strings.CutPrefix(path, "~/"); ok {
		home, err := os.UserHomeDir()
		if err != nil {
			return "", fmt.Errorf("~ is unknown: %w", err)
		}
		path = filepath.Join(home, rest)
	}
	// Before opening: opening a pipe would wait for its writer.
	info, err := os.Stat(path)
	if err != nil {
		return "", cause(err)
	}
	if err := private(info); err != nil {
		return "", err
	}
	f, err := os.Open(path)
	if err != nil {
		return "", cause(err)
	}
	defer f.Close()
	// Again, on what was opened: the name may mean another file by now.
	if info, err = f.Stat(); err != nil {
		return "", cause(err)
	}
	if err := private(info); err != nil {
		return "", err
	}
	text, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	if err != nil {
		return "", cause(err)
	}
	if len(text) > maxFile {
		return "", errors.New("the file is larger than 64 KiB: that is not a secret")
	}
	secret := strings.TrimSpace(string(text))
	if secret == "" {
		return "", errors.New("the file is empty")
	}
	return secret, nil
}

// private reports why a file is not fit to hold a secret.
func private(info fs.FileInfo) error {
	if !info.Mode().IsRegular() {
		return errors.New("not a regular file")
	}
	if mode := info.Mode().Perm(); runtime.GOOS != "windows" && mode&0o077 != 0 {
		return fmt.Errorf("other users may read or change the file (mode %04o); chmod 600 it", mode)
	}
	return nil
}

// cause is err without the path, which the reference already names.
func cause(err error) error {
	if pe, ok := errors.AsType[*fs.PathError](err); ok {
		return pe.Err
	}
	return err
}
