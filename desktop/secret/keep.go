package secret

import (
	"errors"
	"os"
	"path/filepath"
	"strings"

	"strowger/desktop/wholefile"
)

// The bounds of a key that somebody pastes, in bytes.
const (
	leastPasted = 8
	mostPasted  = 512
)

// Pasted is a key as somebody pasted it, without the white space around it. The error says what
// keeps it from being one, and shows nothing of it.
func Pasted(text string) (string, error) {
	key := strings.TrimSpace(text)
	switch {
	case key == "":
		return "", errors.New("nothing was pasted")
	case len(key) < leastPasted:
		return "", errors.New("too short to be a key")
	case len(key) > mostPasted:
		return "", errors.New("longer than 512 bytes: that is not a key")
	case strings.ContainsFunc(key, func(r rune) bool { return r <= ' ' || r > '~' }):
		return "", errors.New("a key has no spaces, line breaks or letters beyond ASCII; was more copied than the key?")
	}
	return key, nil
}

// Folder is where Keep puts secrets: secrets/ in strowger/ in the user's configuration folder. It
// need not exist.
func Folder() (string, error) {
	dir, err := os.UserConfigDir()
	if err != nil {
		return "", err
	}
	if !filepath.IsAbs(dir) {
		return "", errors.New("the user's configuration folder is no absolute path")
	}
	return filepath.Join(dir, "strowger", "secrets"), nil
}

// Keep writes a secret into a file of that name in a folder, both for their user alone, whole or
// not at all. It gives the file's reference, and what puts back how it was before.
func Keep(folder, name, value string) (ref string, undo func(), err error) {
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return "", nil, cause(err)
	}
	if err := os.Chmod(folder, 0o700); err != nil { // it may have been there
		return "", nil, cause(err)
	}
	path := filepath.Join(folder, name)
	before, problem := readFile(path)
	if err := wholefile.Write(path, []byte(value+"\n"), 0o600); err != nil {
		return "", nil, cause(err)
	}
	undo = func() {
		if problem != nil {
			_ = os.Remove(path)
			return
		}
		_ = wholefile.Write(path, []byte(before+"\n"), 0o600)
	}
	return "file:" + path, undo, nil
}
