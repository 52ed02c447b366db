package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// The index lists the names that key set stored, without the secrets: keyrings cannot be
// asked what they have. It is a file in the user's configuration folder, one name a line.

func indexPath() (string, error) {
	dir, err := os.UserConfigDir()
	if err != nil {
		return "", fmt.Errorf("the user's configuration folder is unknown: %w", err)
	}
	return filepath.Join(dir, "strowger", "keyring.txt"), nil
}

// readIndex lists the stored names, sorted. Lines that are no names are passed over.
func readIndex() ([]string, error) {
	path, err := indexPath()
	if err != nil {
		return nil, nil // nothing was ever stored
	}
	text, err := os.ReadFile(path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("the list of stored keys cannot be read: %w", err)
	}
	names := slices.DeleteFunc(strings.Split(string(text), "\n"), func(s string) bool { return !isKeyName(s) })
	slices.Sort(names)
	return slices.Compact(names), nil
}

// changeIndex adds or removes a name.
func changeIndex(name string, there bool) error {
	names, err := readIndex()
	if err != nil || slices.Contains(names, name) == there {
		return err
	}
	path, err := indexPath()
	if err != nil {
		return err
	}
	if there {
		names = append(names, name)
		slices.Sort(names)
	} else {
		names = slices.DeleteFunc(names, func(s string) bool { return s == name })
	}
	return replaceFile(path, []byte(strings.Join(names, "\n")+"\n"))
}
