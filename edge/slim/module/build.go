package module

import (
	"fmt"
	"os"
	"os/exec"
	"strings"
)

// deciding are the packages that are compiled without inlining, which takes much room in wasm:
// what they do is done once for a request or a configuration, not for each event.
var deciding = [...]string{
	"strowger/core/catalog", "strowger/core/policy", "strowger/core/router", "strowger/core/memory", "strowger/core/limits", "strowger/edge/...",
}

// experiments are those of Go that the module is built without: the collector that scans small
// objects by page, which is for many processors and takes room beside the one it replaces.
const experiments = "nogreenteagc"

// Build builds the module into file, as it is shipped. tags add to the build.
func Build(file string, tags ...string) error {
	wasm, err := compile(file, tags...)
	if err != nil {
		return err
	}
	if wasm, err = Slim(wasm); err != nil {
		return fmt.Errorf("%s: %w", file, err)
	}
	return os.WriteFile(file, wasm, 0o644)
}

// compile builds the module into file as Go makes it, and gives what is in it.
func compile(file string, tags ...string) ([]byte, error) {
	args := []string{"build", "-trimpath", "-ldflags=-s -w", "-buildmode=c-shared", "-tags=" + strings.Join(tags, ","), "-o", file}
	for _, pkg := range deciding {
		args = append(args, "-gcflags="+pkg+"=-l")
	}
	cmd := exec.Command("go", append(args, "strowger/edge/reactor")...)
	cmd.Env = append(os.Environ(), "GOOS=wasip1", "GOARCH=wasm", "GOEXPERIMENT="+experiments, "GOFLAGS=-buildvcs=false", "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("building the module: %w\n%s", err, out)
	}
	return os.ReadFile(file)
}
