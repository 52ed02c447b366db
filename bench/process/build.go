package process

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

// program is the package of strowger without a window.
const program = "strowger/desktop/strowger"

// Build makes strowger as binary, with flags for go build.
func Build(ctx context.Context, binary string, flags ...string) error {
	cmd := exec.CommandContext(ctx, "go", slices.Concat([]string{"build", "-o", binary}, flags, []string{program})...)
	cgo := "CGO_ENABLED=0"
	if slices.Contains(flags, "-race") {
		cgo = "CGO_ENABLED=1"
	}
	cmd.Env = append(os.Environ(), cgo)
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("go build %s (to be run within the repository): %w\n%s", program, err, out)
	}
	return look(ctx)
}

// look looks at every source of strowger and its folder. go test runs a test again, instead of
// giving the result it had, when a file has changed that the test looked at; of what a compiler
// that it started has read it knows nothing.
func look(ctx context.Context) error {
	const files = `{{if .Module}}{{$d := .Dir}}{{$d}}{{"\n"}}{{range .GoFiles}}{{$d}}/{{.}}{{"\n"}}{{end}}{{range .EmbedFiles}}{{$d}}/{{.}}{{"\n"}}{{end}}{{end}}`
	cmd := exec.CommandContext(ctx, "go", "list", "-deps", "-f", files, program)
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	out, err := cmd.Output()
	if err != nil {
		return fmt.Errorf("go list -deps %s: %w", program, err)
	}
	for _, path := range strings.Fields(string(out)) {
		if _, err := os.Stat(filepath.FromSlash(path)); err != nil {
			return err
		}
	}
	return nil
}
