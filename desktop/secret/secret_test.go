package secret

import (
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

// hidden is a secret that no error may contain.
const hidden = "s3cr3t-value"

func lookup(name string) (string, bool) {
	v, ok := map[string]string{"KEY": " " + hidden + "\n", "EMPTY": "", "HOST": "example.org", "LINES": hidden + "\nx"}[name]
	return v, ok
}

// write makes a file with a mode; umask does not get in the way.
func write(t *testing.T, text string, mode os.FileMode) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "key")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(path, mode); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestResolve(t *testing.T) {
	home := t.TempDir()
	withoutKeyring(t)
	t.Setenv("HOME", home)
	t.Setenv("USERPROFILE", home)
	if err := os.WriteFile(filepath.Join(home, "k"), []byte(hidden), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ ref, want, err string }{
		{"", "", ""},
		{"env:KEY", hidden, ""},
		{"env:EMPTY", "", "env:EMPTY: the environment variable is not set"},
		{"env:NONE", "", "env:NONE: the environment variable is not set"},
		{"env:LINES", "", "env:LINES: the secret is not a single line of text"},
		{"env:", "", "env: must be followed by the name"},
		{"env:" + hidden, "", "env: must be followed by the name"},
		{"literal:" + hidden, hidden, ""},
		{"literal:", "", ""},
		{"literal:Bearer ${KEY}", "Bearer " + hidden, ""},
		{"literal:" + hidden + "${NONE}", "", "literal secret: the environment variable NONE is not set"},
		{"literal:" + hidden + "${" + hidden, "", `literal secret: "${" without "}"`},
		{"literal:${" + hidden + "}", "", `literal secret: "${" must be followed`},
		{"literal:" + hidden + "\r\nx: y", "", "literal secret: the secret is not a single line of text"},
		{"file:" + write(t, "\n "+hidden+" \n", 0o600), hidden, ""},
		{"file:" + write(t, hidden, 0o400), hidden, ""},
		{"file:~/k", hidden, ""},
		{"file:~/none", "", "file:~/none: no such file"},
		{"file:~/", "", "must be absolute"},
		{"file:" + write(t, " \n", 0o600), "", "the file is empty"},
		{"file:" + write(t, hidden+"\n"+hidden, 0o600), "", "not a single line"},
		{"file:" + write(t, strings.Repeat("x", maxFile+1), 0o600), "", "larger than 64 KiB"},
		{"file:" + t.TempDir(), "", "not a regular file"},
		{"file:relative", "", "file:relative: the path must be absolute"},
		{"keyring:azure", "", "keyring:azure: no keyring can be used here (DBUS_SESSION_BUS_ADDRESS says disabled); use an env: or file: reference"},
		{"keyring:", "", "keyring: must be followed by a name"},
		{hidden, "", "not a reference"},
		{"vault:" + hidden, "", "not a reference"},
	} {
		r := Resolver{Lookup: lookup}
		got, err := r.Resolve(c.ref)
		message := ""
		if err != nil {
			message = err.Error()
		}
		if got != c.want || !strings.Contains(message, c.err) || (c.err == "") != (err == nil) {
			t.Errorf("Resolve(%q) = %q, %v; want %q, %q", c.ref, got, err, c.want, c.err)
		}
		if strings.Contains(message, hidden) {
			t.Errorf("the error shows the secret: %s", message)
		}
	}
}

func TestResolveModes(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("no modes")
	}
	for _, mode := range []os.FileMode{0o644, 0o640, 0o604, 0o620, 0o601} {
		_, err := Resolve("file:" + write(t, hidden, mode))
		if err == nil || !strings.Contains(err.Error(), "chmod 600") {
			t.Errorf("mode %o: %v", mode, err)
		}
	}
}

func TestResolverRemembers(t *testing.T) {
	asked := 0
	r := Resolver{Lookup: func(name string) (string, bool) { asked++; return hidden, asked > 1 || name != "LATE" }}
	for range 3 {
		if s, err := r.Resolve("env:A"); s != hidden || err != nil {
			t.Fatal(s, err)
		}
	}
	if asked != 1 {
		t.Errorf("the environment was asked %d times", asked)
	}
	missing := true
	r = Resolver{Lookup: func(string) (string, bool) {
		if missing {
			return "", false
		}
		return hidden, true
	}}
	if _, err := r.Resolve("env:A"); err == nil {
		t.Fatal("no error")
	}
	missing = false
	if s, err := r.Resolve("env:A"); s != hidden || err != nil {
		t.Error("a failure was remembered:", err)
	}
}

func TestResolveEnvironment(t *testing.T) {
	t.Setenv("STROWGER_TEST_KEY", hidden)
	if s, err := Resolve("env:STROWGER_TEST_KEY"); s != hidden || err != nil {
		t.Error(s, err)
	}
	var r Resolver
	if s, err := r.Resolve("env:STROWGER_TEST_KEY"); s != hidden || err != nil {
		t.Error(s, err)
	}
}

func TestExpand(t *testing.T) {
	got, err := Expand("https://${HOST}/$x/{y}/${HOST}", lookup)
	if want := "https://example.org/$x/{y}/example.org"; got != want || err != nil {
		t.Errorf("%q, %v", got, err)
	}
}
