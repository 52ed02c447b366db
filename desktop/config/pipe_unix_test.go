//go:build unix

package config_test

import (
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"strowger/desktop/config"
)

// TestPipe does not wait for what a pipe may say one day.
func TestPipe(t *testing.T) {
	path := filepath.Join(t.TempDir(), "strowger.yaml")
	if err := syscall.Mkfifo(path, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := config.Load(path, nil); err == nil || !strings.Contains(err.Error(), "is a pipe") {
		t.Error(err)
	}
	if _, err := config.Read(path); err == nil || !strings.Contains(err.Error(), "is a pipe") {
		t.Error(err)
	}
}
