package module

import (
	"fmt"
	"os"
	"os/exec"
	"strings"
)

// experiments are those of Go that the module is built without: the collector that scans small
// objects by page, which is for many processors and takes room beside the one it replaces.
const experiments = "nogreenteagc"

// Build builds the module into file, as it is shipped. tags add to the build.
func Build(file string, tags ...string) error {
	return build(file, "strowger/edge/reactor", "", 1, tagged(tags)...)
}

// build builds the module of a package. begin is the name of the function that the host begins
// with, if it is not the usual one; least is told to Slim.
func build(file, pkg, begin string, least int, flags ...string) error {
	wasm, err := compile(file, pkg, flags...)
	if err != nil {
		return err
	}
	if begin != "" {
		if wasm, err = beginAs(wasm, begin); err != nil {
			return fmt.Errorf("%s: %w", file, err)
		}
	}
	if wasm, err = Slim(wasm, least); err != nil {
		return fmt.Errorf("%s: %w", file, err)
	}
	return os.WriteFile(file, wasm, 0o644)
}

func tagged(tags []string) []string { return []string{"-tags=" + strings.Join(tags, ",")} }

// compile builds the module of a package into file as Go makes it, and gives what is in it.
func compile(file, pkg string, flags ...string) ([]byte, error) {
	args := append([]string{"build", "-trimpath", "-ldflags=-s -w", "-buildmode=c-shared", "-o", file}, flags...)
	cmd := exec.Command("go", append(args, pkg)...)
	cmd.Env = append(os.Environ(), "GOOS=wasip1", "GOARCH=wasm", "GOEXPERIMENT="+experiments, "GOFLAGS=-buildvcs=false", "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("building the module: %w\n%s", err, out)
	}
	return os.ReadFile(file)
}
