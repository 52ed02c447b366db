package main

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

var (
	taskDefined = regexp.MustCompile(`(?m)^  ([a-z][\w:-]*):\n`)
	taskCalled  = regexp.MustCompile(`(?m)^\s+- task: ([\w:-]+)`)
	taskNeeded  = regexp.MustCompile(`(?m)^    deps: \[([^\]]*)\]`)
	taskTold    = regexp.MustCompile(`go tool task ([a-z][\w:-]*)`)
)

// Every task that the Taskfile calls, or that a text or a help tells of, is there.
func TestTasks(t *testing.T) {
	file, err := os.ReadFile("../../Taskfile.yml")
	if err != nil {
		t.Fatal(err)
	}
	_, body, _ := strings.Cut(string(file), "\ntasks:\n")
	defined := map[string]bool{}
	for _, m := range taskDefined.FindAllStringSubmatch(body, -1) {
		defined[m[1]] = true
	}
	check := func(name, where string) {
		if !defined[strings.TrimSuffix(name, ":")] {
			t.Errorf("%s: there is no task %q", where, name)
		}
	}
	for _, m := range taskCalled.FindAllStringSubmatch(body, -1) {
		check(m[1], "Taskfile.yml")
	}
	for _, m := range taskNeeded.FindAllStringSubmatch(body, -1) {
		for name := range strings.SplitSeq(m[1], ",") {
			check(strings.TrimSpace(name), "Taskfile.yml")
		}
	}
	told := 0
	err = filepath.WalkDir("../..", func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if name := d.Name(); d.IsDir() && (name == "node_modules" || name == ".git" || name == ".task") {
			return fs.SkipDir
		}
		switch filepath.Ext(path) {
		case ".md", ".go", ".mjs", ".tmpl", ".yml":
		default:
			return nil
		}
		text, err := os.ReadFile(path)
		for _, m := range taskTold.FindAllStringSubmatch(string(text), -1) {
			told++
			check(m[1], path)
		}
		return err
	})
	if err != nil || told < 20 || len(defined) < 30 {
		t.Errorf("%d tasks, %d mentions: %v", len(defined), told, err)
	}
}
