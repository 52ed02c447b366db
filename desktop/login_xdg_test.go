//go:build !darwin && !windows

package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestStartAtLogin(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("XDG_CONFIG_HOME", dir)
	if startsAtLogin() {
		t.Fatal("before")
	}
	s := settings{config: `/home/a b/$x"\y%.yaml`, listen: "127.0.0.1:1"}
	if err := startAtLogin(true, s.again()); err != nil || !startsAtLogin() {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "autostart", "strowger.desktop")
	text, err := os.ReadFile(path)
	want := ` "--background" "--config" "/home/a b/\\$x\\"\\\\y%%.yaml" "--listen" "127.0.0.1:1"` + "\n"
	if err != nil || !strings.Contains(string(text), want) || !strings.HasPrefix(string(text), "[Desktop Entry]\n") {
		t.Errorf("%s, %v; want %s", text, err, want)
	}
	for range 2 { // the second has nothing to do
		if err := startAtLogin(false, nil); err != nil || startsAtLogin() {
			t.Error(err)
		}
	}
}
