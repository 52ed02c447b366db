//go:build darwin || windows

package secret

// reachable reports why the keyring is not to be asked: here it is part of the system.
func reachable() error { return nil }
