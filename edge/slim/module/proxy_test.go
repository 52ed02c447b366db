package module

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// Every import of WASI that the standard library declares becomes a function, but for those that
// every host has.
func TestOwn(t *testing.T) {
	for _, c := range [][2]string{
		{"//go:wasmimport wasi_snapshot_preview1 fd_close\n//go:noescape\nfunc fd_close(fd int32) Errno\n", "//go:nosplit\nfunc fd_close(fd int32) Errno { return 8 }\n"},
		{"//go:wasmimport wasi_snapshot_preview1 sched_yield\nfunc sched_yield() errno\n", "//go:nosplit\nfunc sched_yield() errno { return 0 }\n"},
		{"//go:wasmimport wasi_snapshot_preview1 random_get\n//go:noescape\nfunc random_get(b *byte) errno\n", "//go:wasmimport wasi_snapshot_preview1 random_get\n//go:noescape\nfunc random_get(b *byte) errno\n"},
		{"//go:wasmimport env proxy_log\nfunc log()\n", "//go:wasmimport env proxy_log\nfunc log()\n"},
		{"//go:wasmimport wasi_snapshot_preview1 clock_time_get\nfunc now(time *timestamp) errno\n", "//go:nosplit\nfunc now(time *timestamp) errno { ownClock += 1000; *time = ownClock; return 0 }\n" + ownClock},
	} {
		if got := own(c[0]); got != c[1] {
			t.Errorf("%q\n becomes %q\n want    %q", c[0], got, c[1])
		}
	}
}

// The standard library of this Go declares all that there is an answer for, and with the words
// that the answers use.
func TestBodiesAreUsed(t *testing.T) {
	root, err := exec.Command("go", "env", "GOROOT").Output()
	if err != nil {
		t.Fatal(err)
	}
	all := ""
	for _, pkg := range []string{"runtime", "syscall"} {
		files, _ := filepath.Glob(filepath.Join(strings.TrimSpace(string(root)), "src", pkg, "*_wasip1.go"))
		for _, name := range files {
			text, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			if was := string(text); strings.Count(was, "wasmimport wasi_snapshot_preview1") != len(imported.FindAllString(was, -1)) {
				t.Errorf("%s declares imports in another form", name)
			}
			all += string(text)
		}
	}
	for name := range bodies {
		if !strings.Contains(all, "wasi_snapshot_preview1 "+name+"\n") {
			t.Errorf("nothing imports %s any more", name)
		}
	}
}

func TestBeginAs(t *testing.T) {
	wasm := []byte(preamble + "\x07\x0f\x01\x0b_initialize\x00\x01" + "\x0b\x01\x00")
	got, err := beginAs(wasm, "_start")
	if want := preamble + "\x07\x0a\x01\x06_start\x00\x01" + "\x0b\x01\x00"; err != nil || string(got) != want {
		t.Errorf("%q %v, want %q", got, err, want)
	}
	if _, err := beginAs(got, "_start"); err == nil {
		t.Error("a module that begins otherwise is taken")
	}
}
