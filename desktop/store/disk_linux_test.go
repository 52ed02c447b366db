package store

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// disk is a file system of 1 MiB of its own.
func disk(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size=1m"); err != nil {
		t.Skipf("not run: a small file system cannot be mounted: %v", err)
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(dir, 0); err != nil {
			t.Error(err)
		}
	})
	return dir
}

// fill takes all that is left of the disk.
func fill(t *testing.T, dir string) (ballast string) {
	t.Helper()
	ballast = filepath.Join(dir, "ballast")
	f, err := os.Create(ballast)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	io.Copy(f, bytes.NewReader(make([]byte, 4<<20))) // until it is full
	return ballast
}

func TestFullTmpfs(t *testing.T) {
	dir := disk(t)
	path := filepath.Join(dir, FileName)
	s, err := open(path, Options{}, eager(nil))
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	ballast := fill(t, dir)
	seq := int64(0)
	add := func(n int) {
		for range n {
			seq++
			s.Add(entry(seq))
		}
	}
	add(100)
	c := settled(t, s)
	if !c.Failing || c.Failed == 0 || !strings.Contains(c.LastError, "full") {
		t.Errorf("full: %+v", c)
	}
	if err := os.Remove(ballast); err != nil {
		t.Fatal(err)
	}
	add(50)
	c = settled(t, s)
	if c.Failing || c.Written < 50 || c.Written+c.Failed != seq {
		t.Errorf("room again: %+v", c)
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	sound(t, path, c.Written)

	fill(t, dir)
	if err := reason(t, path); err.Reason != ReasonFull {
		t.Errorf("a database on a full disk: reason %d: %v", err.Reason, err)
	}
	for _, path := range []string{filepath.Join(dir, "new.db"), filepath.Join(dir, "new", FileName)} {
		if err := reason(t, path); err.Reason != ReasonFull {
			t.Errorf("%s on a full disk: reason %d: %v", path, err.Reason, err)
		}
	}
}

func TestReadOnlyFileSystem(t *testing.T) {
	dir := disk(t)
	path := filepath.Join(dir, FileName)
	s, err := Open(path, Options{})
	if err != nil {
		t.Fatal(err)
	}
	s.Add(entry(1))
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Mount("tmpfs", dir, "tmpfs", syscall.MS_REMOUNT|syscall.MS_RDONLY, ""); err != nil {
		t.Skipf("not run: %v", err)
	}
	for _, path := range []string{path, filepath.Join(dir, "new.db"), filepath.Join(dir, "new", FileName)} {
		if err := reason(t, path); err.Reason != ReasonReadOnly {
			t.Errorf("%s: reason %d: %v", path, err.Reason, err)
		}
	}
}

const nobody = 65534

// Modes do not hold for root: root runs the test as nobody, in a process of its own.
func TestReadOnlyModes(t *testing.T) {
	dir := t.TempDir()
	binary, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	root := os.Getuid() == 0
	if root { // nobody may enter neither this folder nor the one go test built it in
		os.Chmod(dir, 0o755)
		os.Chmod(filepath.Dir(dir), 0o755)
		b, err := os.ReadFile(binary)
		if err != nil {
			t.Fatal(err)
		}
		binary = filepath.Join(dir, "test")
		if err := os.WriteFile(binary, b, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	for name, mode := range map[string]struct{ folder, file os.FileMode }{
		"file":   {0o700, 0o400},
		"folder": {0o500, 0o600},
		"both":   {0o500, 0o400},
		"new":    {0o500, 0},
		"hidden": {0, 0o600},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(dir, name, FileName)
			guarded(t, path, mode.folder, mode.file)
			cmd := child(binary, "open", path)
			if root {
				cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobody, Gid: nobody}}
			}
			out, err := cmd.Output()
			if err != nil {
				t.Skipf("not run: no process of another user: %v", err)
			}
			if !strings.HasPrefix(string(out), "4 ") || !strings.Contains(string(out), path) {
				t.Errorf("want %d (read-only): %s", ReasonReadOnly, out)
			}
		})
	}
}

// guarded puts a database, if it has a mode, into a new folder of that mode; if root
// does it, they are nobody's.
func guarded(t *testing.T, path string, folder, file os.FileMode) {
	t.Helper()
	if err := os.Mkdir(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if file != 0 {
		b, err := os.ReadFile(written(t, 1))
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, b, file); err != nil {
			t.Fatal(err)
		}
	}
	if os.Getuid() == 0 {
		os.Chown(path, nobody, nobody)
		os.Chown(filepath.Dir(path), nobody, nobody)
	}
	os.Chmod(filepath.Dir(path), folder)
	t.Cleanup(func() { os.Chmod(filepath.Dir(path), 0o700) })
}
