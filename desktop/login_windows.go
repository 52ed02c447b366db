package main

import (
	"errors"
	"os"

	"golang.org/x/sys/windows"
	"golang.org/x/sys/windows/registry"
)

// What the system starts at login is a value of this key of the user.
const (
	loginKey  = `Software\Microsoft\Windows\CurrentVersion\Run`
	loginName = "Strowger"
)

// startsAtLogin reports whether the system starts the window at login.
func startsAtLogin() bool {
	k, err := registry.OpenKey(registry.CURRENT_USER, loginKey, registry.QUERY_VALUE)
	if err != nil {
		return false
	}
	defer k.Close()
	_, _, err = k.GetStringValue(loginName)
	return err == nil
}

// startAtLogin makes the system start this program with these flags at login, or not any more.
func startAtLogin(on bool, args []string) error {
	k, _, err := registry.CreateKey(registry.CURRENT_USER, loginKey, registry.SET_VALUE)
	if err != nil {
		return err
	}
	defer k.Close()
	if !on {
		if err := k.DeleteValue(loginName); !errors.Is(err, registry.ErrNotExist) {
			return err
		}
		return nil
	}
	program, err := os.Executable()
	if err != nil {
		return err
	}
	return k.SetStringValue(loginName, windows.ComposeCommandLine(append([]string{program}, args...)))
}
