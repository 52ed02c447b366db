package config

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"strowger/desktop/facts"
)

func TestLoad(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	good := write("good.yaml", "listen: localhost:1\n")
	c, err := Load(good, nil)
	if err != nil || c.Path != good || c.Listen != "localhost:1" {
		t.Errorf("%v, %v", c, err)
	}
	if _, err = Load(filepath.Join(dir, "none.yaml"), nil); !errors.Is(err, fs.ErrNotExist) || !strings.Contains(err.Error(), "none.yaml cannot be read: ") {
		t.Error(err)
	}
	if _, err = Load(dir, nil); err == nil || !strings.Contains(err.Error(), "is a folder") {
		t.Error(err)
	}
	var ps Problems
	large := write("large.yaml", "#"+strings.Repeat(" ", maxSize))
	if _, err = Load(large, nil); !errors.As(err, &ps) || !strings.HasPrefix(err.Error(), large+":1:1: the file is larger than 4 MiB") {
		t.Error(err)
	}
	deployment := write("strowger.json", `{"strowger":1,"rev":"1","catalog":{},"secrets":{}}`)
	if _, err = Load(deployment, nil); !errors.As(err, &ps) || len(ps) != 1 || !strings.Contains(err.Error(), "deployment document") || !strings.Contains(err.Error(), "--config") {
		t.Error(err)
	}
	latin := write("latin1.yaml", "listen: localhost:1 # caf\xe9\n")
	if _, err = Load(latin, nil); err == nil || err.Error() != latin+":1:26: the file is not UTF-8 text" {
		t.Error(err)
	}
}

func TestFind(t *testing.T) {
	work, user := t.TempDir(), t.TempDir()
	t.Chdir(work)
	t.Setenv("XDG_CONFIG_HOME", user)
	t.Setenv("HOME", user)
	t.Setenv("AppData", user)
	dir, err := os.UserConfigDir()
	if err != nil {
		t.Skip(err)
	}
	own := filepath.Join(dir, "strowger", "strowger.yml")
	check := func(want string) {
		t.Helper()
		if got, err := Find(""); got != want || err != nil {
			t.Errorf("%q, %v; want %q", got, err, want)
		}
	}
	touch := func(path string) {
		t.Helper()
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o700), os.WriteFile(path, nil, 0o600)); err != nil {
			t.Fatal(err)
		}
	}
	check("")
	touch(own)
	check(own)
	touch("strowger.json")
	check("strowger.json")
	touch("strowger.yaml")
	check("strowger.yaml")
	if got, err := Find("x.yaml"); got != "x.yaml" || err != nil {
		t.Error(got, err)
	}
}

// A configuration knows which version of the file it was read from, so that a change that
// came since then is seen.
func TestStamp(t *testing.T) {
	path := filepath.Join(t.TempDir(), "strowger.yaml")
	write := func(text string) {
		t.Helper()
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("timezone: UTC\n")
	c, err := Load(path, facts.BuiltIn())
	if err != nil {
		t.Fatal(err)
	}
	if c.Stamp == "" || c.Stamp != Stamp(path) {
		t.Errorf("read from %q, the file is %q", c.Stamp, Stamp(path))
	}
	if write("timezone: Europe/Paris\n"); c.Stamp == Stamp(path) {
		t.Error("a changed file has the same stamp")
	}
}
