package module

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// Hosts of proxy-wasm give a module little of WASI, and that differently: a clock of 0 ends Go at
// the start, and a function that is missing is a module that does not load. So the filter's module
// has functions of its own in the place of all imports but those that every host has. They are
// written into the files of the standard library that declare the imports, by go build's overlay:
// in the module itself every function behind an import would change its number.

// given are the functions of WASI that every host has.
var given = map[string]bool{"random_get": true, "fd_write": true}

// bodies are what the module answers itself; of any other function that it has no such thing.
// The clock is a counter, as time comes from the host's calls. Nothing here calls the host: none
// may be called while a module starts.
var bodies = map[string]string{
	"clock_time_get":    "ownClock += 1000; *time = ownClock; return 0",
	"args_sizes_get":    "*argc, *argvBufLen = 0, 0; return 0",
	"environ_sizes_get": "*environCount, *environBufLen = 0, 0; return 0",
	"poll_oneoff":       "*nevents = 0; return 0",
	"sched_yield":       "return 0",
	"proc_exit":         "for { var none *int; *none = 0 }",
}

const (
	noSuchFile = "return 8" // EBADF
	ownClock   = "\nvar ownClock timestamp\n"
)

// imported is an import of WASI's as the standard library declares it.
var imported = regexp.MustCompile(`(?m)^//go:wasmimport wasi_snapshot_preview1 (\w+)\n(?://go:noescape\n)?(func .*)$`)

// own is a file of the standard library with functions in the place of its imports.
func own(file string) string {
	clock := false
	file = imported.ReplaceAllStringFunc(file, func(decl string) string {
		m := imported.FindStringSubmatch(decl)
		name, fn := m[1], m[2]
		if given[name] {
			return decl
		}
		body, ok := bodies[name]
		if !ok {
			body = noSuchFile
		}
		clock = clock || name == "clock_time_get"
		return "//go:nosplit\n" + fn + " { " + body + " }"
	})
	if clock {
		file += ownClock
	}
	return file
}

// BuildProxy builds the module of the filter into file, as it is shipped. tags add to the build:
// the names of hosts whose functions have other names.
func BuildProxy(file string, tags ...string) error {
	dir, err := os.MkdirTemp("", "strowger-overlay")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	overlay, err := writeOverlay(dir)
	if err != nil {
		return err
	}
	begin := ""
	if slices.Contains(tags, "strowger_mosn") {
		begin = "_start"
	}
	return build(file, "strowger/edge/proxywasm", begin, 2, append(tagged(tags), "-overlay="+overlay)...)
}

// beginAs gives the function that a host begins with another name.
func beginAs(wasm []byte, name string) ([]byte, error) {
	const usual = "_initialize"
	sections, err := split(wasm)
	if err != nil {
		return nil, err
	}
	was, is := append([]byte{byte(len(usual))}, usual...), append([]byte{byte(len(name))}, name...)
	if bytes.Count(sections[sectionExport], was) != 1 {
		return nil, errors.New("the module does not export " + usual)
	}
	sections[sectionExport] = bytes.Replace(sections[sectionExport], was, is, 1)
	return join(sections), nil
}

// writeOverlay writes the changed files into dir, and the list of them.
func writeOverlay(dir string) (list string, err error) {
	root, err := exec.Command("go", "env", "GOROOT").Output()
	if err != nil {
		return "", fmt.Errorf("asking where Go is: %w", err)
	}
	replace := map[string]string{}
	for _, pkg := range [...]string{"runtime", "syscall"} {
		files, _ := filepath.Glob(filepath.Join(strings.TrimSpace(string(root)), "src", pkg, "*_wasip1.go"))
		for _, name := range files {
			text, err := os.ReadFile(name)
			if err != nil {
				return "", err
			}
			changed := own(string(text))
			if changed == string(text) {
				continue
			}
			to := filepath.Join(dir, pkg+"_"+filepath.Base(name))
			if err := os.WriteFile(to, []byte(changed), 0o644); err != nil {
				return "", err
			}
			replace[name] = to
		}
	}
	text, err := json.Marshal(map[string]any{"Replace": replace})
	if err != nil {
		return "", err
	}
	list = filepath.Join(dir, "overlay.json")
	return list, os.WriteFile(list, text, 0o644)
}
