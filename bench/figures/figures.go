// Package figures puts what was measured where people read it: tables between two marks of a page in
// docs, and pictures beside them.
package figures

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
)

// Dir is where the page is, in the repository's root.
const Dir = "docs"

const page = "performance.md"

// Replace writes text into the page in dir, between the marks of a section. The rest of the page stays as it is.
func Replace(dir, section string, text []byte) error {
	path := filepath.Join(dir, page)
	old, err := os.ReadFile(path)
	if err != nil {
		return fmt.Errorf("-docs is for the root of the repository: %w", err)
	}
	begin, end := "<!-- "+section+": written by ", "<!-- /"+section+" -->"
	head, rest, ok := bytes.Cut(old, []byte(begin))
	task, rest, line := bytes.Cut(rest, []byte("\n"))
	_, tail, closed := bytes.Cut(rest, []byte(end))
	if !ok || !line || !closed {
		return fmt.Errorf("%s has lost its marks, %q and %q", path, begin+"… -->", end)
	}
	var b bytes.Buffer
	b.Write(head)
	b.WriteString(begin)
	b.Write(task)
	b.WriteString("\n\n")
	b.Write(bytes.TrimSpace(text))
	b.WriteString("\n\n" + end)
	b.Write(tail)
	return os.WriteFile(path, b.Bytes(), 0o600)
}

// Picture writes a picture beside the page.
func Picture(dir, name string, svg []byte) error {
	return os.WriteFile(filepath.Join(dir, name), svg, 0o600)
}

// Short is a value with about three digits.
func Short(v float64) string {
	if v >= 100 || v <= -100 {
		return fmt.Sprintf("%.0f", v)
	}
	return fmt.Sprintf("%.3g", v)
}
