// Package figures puts what was measured where people read it: tables between two marks of a page in
// docs, and pictures beside them.
package figures

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// Dir is where the page is, in the repository's root.
const Dir = "docs"

const page = "performance.md"

// Check is an error if there is no such section in the page in dir.
func Check(dir, section string) error {
	_, err := find(dir, section)
	return err
}

// found is a page in three parts: as far as a section, its first mark included, and from its last mark on.
type found struct {
	path       string
	head, tail []byte
}

func find(dir, section string) (found, error) {
	path := filepath.Join(dir, page)
	old, err := os.ReadFile(path)
	if err != nil {
		return found{}, fmt.Errorf("-docs is for the root of the repository: %w", err)
	}
	begin, end := "<!-- "+section+": written by ", "<!-- /"+section+" -->"
	head, rest, ok := bytes.Cut(old, []byte(begin))
	task, rest, line := bytes.Cut(rest, []byte("\n"))
	i := bytes.Index(rest, []byte(end))
	if !ok || !line || i < 0 {
		return found{}, fmt.Errorf("%s has lost its marks, %q and %q", path, begin+"… -->", end)
	}
	return found{path, old[:len(head)+len(begin)+len(task)+1], rest[i:]}, nil
}

// Replace writes text into the page in dir, between the marks of a section. The rest of the page stays as it is.
func Replace(dir, section string, text []byte) error {
	p, err := find(dir, section)
	if err != nil {
		return err
	}
	whole := bytes.Join([][]byte{p.head, []byte("\n"), bytes.TrimSpace(text), []byte("\n\n"), p.tail}, nil)
	return os.WriteFile(p.path, whole, 0o600)
}

// Writable is an error if -json names a file that cannot be written, so that this is known before anything is
// measured. What is in it stays.
func Writable(path string) error {
	if path == "" {
		return nil
	}
	_, before := os.Stat(path)
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE, 0o600)
	if err != nil {
		return fmt.Errorf("-json: %w", err)
	}
	err = f.Close()
	if before != nil { // it was made for this
		err = errors.Join(err, os.Remove(path))
	}
	return err
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
