package store

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
)

// FileName is the database's name in the data folder.
const FileName = "strowger.db"

// DefaultDir is the user's data folder for this program; it need not exist. Linux and
// the other Unixes: $XDG_DATA_HOME/strowger or ~/.local/share/strowger; macOS:
// ~/Library/Application Support/Strowger; Windows: %LOCALAPPDATA%\Strowger.
func DefaultDir() (string, error) {
	return dataDir(runtime.GOOS, os.Getenv, os.UserHomeDir)
}

func dataDir(goos string, env func(string) string, home func() (string, error)) (string, error) {
	switch goos {
	case "windows":
		dir := env("LOCALAPPDATA")
		if dir == "" {
			return "", errors.New("data folder: %LOCALAPPDATA% is not set")
		}
		return filepath.Join(dir, "Strowger"), nil
	case "darwin", "ios":
		dir, err := home()
		if err != nil {
			return "", fmt.Errorf("data folder: %w", err)
		}
		return filepath.Join(dir, "Library", "Application Support", "Strowger"), nil
	}
	// A relative XDG_DATA_HOME is to be ignored:
	// https://specifications.freedesktop.org/basedir-spec/latest/
	if dir := env("XDG_DATA_HOME"); filepath.IsAbs(dir) {
		return filepath.Join(dir, "strowger"), nil
	}
	dir, err := home()
	if err != nil {
		return "", fmt.Errorf("data folder: %w", err)
	}
	return filepath.Join(dir, ".local", "share", "strowger"), nil
}
