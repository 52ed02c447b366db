package sse

import (
	"encoding/json"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"testing"
)

// TestCorpus frames recorded answers of real providers, which lie beside the project and not in it: in
// STROWGER_CORPUS or, seen from the project, in ../shared/corpus.
func TestCorpus(t *testing.T) {
	root := os.Getenv("STROWGER_CORPUS")
	if root == "" {
		root = filepath.Join("..", "..", "..", "shared", "corpus")
	}
	if _, err := os.Stat(root); err != nil {
		t.Skipf("no recorded traffic: %v", err)
	}
	streams, events := 0, 0
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || filepath.Ext(path) != ".json" || filepath.Dir(path) == root {
			return err
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		var entry struct {
			Response struct{ SSE string }
		}
		if err := json.Unmarshal(text, &entry); err != nil || entry.Response.SSE == "" {
			return err
		}
		streams++
		events += checkRecorded(t, path, entry.Response.SSE)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if streams == 0 {
		t.Fatalf("no sse response in %s", root)
	}
	t.Logf("%d streams, %d frames", streams, events)
}

// checkRecorded frames a stream at several sizes of pieces and returns how many frames it has.
func checkRecorded(t *testing.T, path, stream string) int {
	want := reference(stream)
	for _, size := range []int{1, 2, 7, 64, 1000, 4096, len(stream)} {
		got := frames(t, []byte(stream), size)
		if !slices.Equal(got, want) {
			t.Errorf("%s in pieces of %d: %d frames, want %d", path, size, len(got), len(want))
		}
	}
	for _, e := range want {
		if !e.comment && e.data != "[DONE]" && !json.Valid([]byte(e.data)) {
			t.Errorf("%s: data is no JSON: %.100q", path, e.data)
		}
	}
	return len(want)
}
