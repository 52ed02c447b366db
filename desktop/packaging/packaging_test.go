// Package packaging_test looks into the packages that `go tool task package` builds.
package packaging_test

import (
	"debug/pe"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

// installed is every file that a package puts somewhere, with its mode.
var installed = map[string]string{
	"/usr/bin/strowger":                                   "-rwxr-xr-x",
	"/usr/bin/strowger-desktop":                           "-rwxr-xr-x",
	"/usr/share/applications/strowger.desktop":            "-rw-r--r--",
	"/usr/lib/systemd/user/strowger.service":              "-rw-r--r--",
	"/usr/share/man/man1/strowger.1.gz":                   "-rw-r--r--",
	"/usr/share/man/man1/strowger-desktop.1.gz":           "-rw-r--r--",
	"/usr/share/doc/strowger/copyright":                   "-rw-r--r--",
	"/usr/share/icons/hicolor/scalable/apps/strowger.svg": "-rw-r--r--",
	"/usr/share/icons/hicolor/48x48/apps/strowger.png":    "-rw-r--r--",
	"/usr/share/icons/hicolor/128x128/apps/strowger.png":  "-rw-r--r--",
	"/usr/share/icons/hicolor/256x256/apps/strowger.png":  "-rw-r--r--",
	"/usr/share/icons/hicolor/512x512/apps/strowger.png":  "-rw-r--r--",
}

// built is the one package of a pattern.
func built(t *testing.T, pattern string) string {
	t.Helper()
	dir := os.Getenv("STROWGER_PACKAGES")
	if dir == "" {
		t.Skip("needs built packages: go tool task package:test")
	}
	found, err := filepath.Glob(filepath.Join(dir, pattern))
	if err != nil || len(found) != 1 {
		t.Fatalf("%s: %v, %v", pattern, found, err)
	}
	return found[0]
}

func output(t *testing.T, name string, args ...string) string {
	t.Helper()
	out, err := exec.Command(name, args...).Output()
	if err != nil {
		t.Fatalf("%s %v: %v", name, args, err)
	}
	return string(out)
}

func same(t *testing.T, got map[string]string) {
	t.Helper()
	for path, mode := range installed {
		if got[path] != mode {
			t.Errorf("%s: mode %q instead of %q", path, got[path], mode)
		}
	}
	for path := range got {
		if installed[path] == "" {
			t.Errorf("%s is in it", path)
		}
	}
}

func TestDeb(t *testing.T) {
	path := built(t, "strowger_*.deb")
	got := map[string]string{}
	for line := range strings.Lines(output(t, "dpkg-deb", "-c", path)) {
		f := strings.Fields(line)
		if strings.HasPrefix(f[0], "-") {
			got[strings.TrimPrefix(f[len(f)-1], ".")] = f[0]
		}
		if f[1] != "root/root" {
			t.Errorf("of another than root: %s", line)
		}
	}
	same(t, got)
	fields := output(t, "dpkg-deb", "-f", path)
	for _, want := range []string{"Package: strowger\n", "Version: " + os.Getenv("STROWGER_VERSION") + "\n", "Architecture: " + runtime.GOARCH + "\n", "libwebkit2gtk-4.1-0"} {
		if !strings.Contains(fields, want) {
			t.Errorf("%q is missing in %s", want, fields)
		}
	}
}

func TestRPM(t *testing.T) {
	path := built(t, "strowger-*.rpm")
	got := map[string]string{}
	for line := range strings.Lines(output(t, "rpm", "-qp", "--qf", `[%{FILEMODES:perms} %{FILENAMES}\n]`, path)) {
		if mode, name, _ := strings.Cut(strings.TrimSpace(line), " "); strings.HasPrefix(mode, "-") {
			got[name] = mode
		}
	}
	same(t, got)
	if v := output(t, "rpm", "-qp", "--qf", "%{NAME} %{VERSION}", path); v != "strowger "+os.Getenv("STROWGER_VERSION") {
		t.Error(v)
	}
}

// The installer cannot be run here; it is a program for Windows that holds more than one of them.
func TestInstaller(t *testing.T) {
	path := built(t, "strowger-*-setup.exe")
	f, err := pe.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	size, err := os.Stat(path)
	if err != nil || size.Size() < 8<<20 {
		t.Errorf("%v, %v", size, err)
	}
	window, err := pe.Open(filepath.Join(filepath.Dir(path), "..", "windows", "strowger-desktop.exe"))
	if err != nil {
		t.Fatal(err)
	}
	defer window.Close()
	if h, ok := window.OptionalHeader.(*pe.OptionalHeader64); !ok || h.Subsystem != pe.IMAGE_SUBSYSTEM_WINDOWS_GUI || window.Section(".rsrc") == nil {
		t.Error("the window opens a console, or has no icon")
	}
}
