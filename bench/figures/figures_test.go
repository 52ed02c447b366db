package figures

import (
	"encoding/xml"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestReplace(t *testing.T) {
	dir := t.TempDir()
	if err := Replace(dir, "one", nil); err == nil || !strings.Contains(err.Error(), "root of the repository") {
		t.Errorf("without a page: %v", err)
	}
	path := filepath.Join(dir, page)
	const first, second = "<!-- one: written by a task -->\nold\n<!-- /one -->\n", "<!-- two: written by another -->\n<!-- /two -->"
	if err := os.WriteFile(path, []byte("before\n"+first+"between\n"+second), 0o600); err != nil {
		t.Fatal(err)
	}
	for range 2 { // it can be written again
		for section, text := range map[string]string{"one": "first\n", "two": "\nsecond"} {
			if err := Replace(dir, section, []byte(text)); err != nil {
				t.Fatal(err)
			}
		}
	}
	got, err := os.ReadFile(path)
	const want = "before\n<!-- one: written by a task -->\n\nfirst\n\n<!-- /one -->\nbetween\n<!-- two: written by another -->\n\nsecond\n\n<!-- /two -->"
	if err != nil || string(got) != want {
		t.Errorf("%v: %q", err, got)
	}
	if err := Replace(dir, "three", nil); err == nil || !strings.Contains(err.Error(), "marks") {
		t.Errorf("a section that is not there: %v", err)
	}
}

// The page has the sections that programs write.
func TestPage(t *testing.T) {
	b, err := os.ReadFile(filepath.Join("..", "..", Dir, page))
	if err != nil {
		t.Fatal(err)
	}
	for _, section := range []string{"measured", "scale", "stages"} {
		if strings.Count(string(b), "<!-- "+section+": written by go tool task ") != 1 || strings.Count(string(b), "<!-- /"+section+" -->") != 1 {
			t.Errorf("no section %s", section)
		}
	}
}

func TestPanels(t *testing.T) {
	svg := Panels([]Panel{
		{Title: "a < b", Along: "streams", Lines: []Line{{Points: []Point{{X: 0, Y: 5}, {X: 1000, Y: 6}, {X: 10000, Y: 7}}}}},
		{Title: "steep", Along: "bytes", Lines: []Line{{Name: "p50", Points: []Point{{X: 356, Y: 1, Name: "356 B"}, {X: 2 << 20, Y: 4000, Name: "2 MB"}}}, {Name: "p99", Points: []Point{{X: 356, Y: 0.5}}}}},
		{Title: "one", Lines: []Line{{Points: []Point{{X: 0, Y: 0}}}}},
		{Title: "none"},
	}, "what & why")
	text, d := string(svg), xml.NewDecoder(strings.NewReader(string(svg)))
	for {
		if _, err := d.Token(); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatalf("%v in\n%s", err, text)
		}
	}
	for _, want := range []string{"a &lt; b", "what &amp; why", ">10k<", ">2 MB<", "prefers-color-scheme: dark"} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in\n%s", want, text)
		}
	}
	if strings.Contains(text, "NaN") || strings.Contains(text, "Inf") {
		t.Errorf("a place that is none:\n%s", text)
	}
}

func TestScales(t *testing.T) {
	for _, c := range []struct {
		ys     []float64
		ratios bool
		from   float64
		to     float64
	}{{[]float64{3, 7}, false, 0, 8}, {[]float64{0, 1200}, false, 0, 1500}, {[]float64{0.5, 400}, true, -1, 3}, {[]float64{0}, false, 0, 1}} {
		if s := upright(c.ys); s.ratios != c.ratios || s.from != c.from || s.to != c.to {
			t.Errorf("%v: %+v", c.ys, s)
		}
	}
	x := sideways([]float64{0, 1, 10, 100})
	if !(x(0) < x(1) && x(10)-x(1) == x(100)-x(10) && x(100) < cellWide) {
		t.Errorf("%g %g %g %g", x(0), x(1), x(10), x(100))
	}
}

// TestWritable: what is in a file stays, and none is left behind.
func TestWritable(t *testing.T) {
	dir := t.TempDir()
	there, fresh := filepath.Join(dir, "there"), filepath.Join(dir, "new")
	if err := os.WriteFile(there, []byte("kept"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{"", there, fresh} {
		if err := Writable(path); err != nil {
			t.Error(err)
		}
	}
	if b, err := os.ReadFile(there); err != nil || string(b) != "kept" {
		t.Errorf("%q, %v", b, err)
	}
	if _, err := os.Stat(fresh); !os.IsNotExist(err) {
		t.Errorf("an empty file is left: %v", err)
	}
	if err := Writable(filepath.Join(dir, "no", "folder")); err == nil {
		t.Error("there is no such folder")
	}
}
