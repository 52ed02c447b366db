//go:build !windows

package main

import (
	"errors"
	"os"
)

// What the system starts at login is a file, loginFile, that says loginEntry.

// startsAtLogin reports whether the system starts the window at login.
func startsAtLogin() bool {
	path, err := loginFile()
	if err == nil {
		_, err = os.Stat(path)
	}
	return err == nil
}

// startAtLogin makes the system start this program with these flags at login, or not any more.
func startAtLogin(on bool, args []string) error {
	path, err := loginFile()
	if err != nil {
		return err
	}
	if !on {
		if err := os.Remove(path); !errors.Is(err, os.ErrNotExist) {
			return err
		}
		return nil
	}
	program, err := os.Executable()
	if err != nil {
		return err
	}
	entry, err := loginEntry(program, args)
	if err != nil {
		return err
	}
	return writeFile(path, entry)
}
