package main

import (
	"encoding/json"
	"encoding/xml"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"strowger/bench/process"
)

// sample is a small run.
func sample() *result {
	one := func(cpu, p50 float64) turn {
		return turn{Requests: 10, CPU: cpu, Rate: 100, P50: p50, P90: p50, P99: 2 * p50, P999: 3 * p50}
	}
	rd := round{nameDirect: one(0, 0.1), nameNginx: one(20, 0.15), nameReverse: one(50, 0.2), nameStrowger: one(30, 0.18)}
	r := &result{
		Connections: gateConnections,
		Peers: []entrant{{Name: nameDirect}, {Name: nameNginx}, {Name: nameReverse}, {Name: nameCaddy, Absent: "caddy is not installed", How: "get caddy"},
			{Name: nameStrowger, Starts: []float64{20}, Idle: weight{19 << 20, 5 << 20}}},
		Workloads: []measured{{Name: plainLoad, Rounds: []round{rd, rd}}, {Name: openLoad, Rate: gateRate, Rounds: []round{rd}}},
	}
	r.summarize()
	return r
}

func TestDocuments(t *testing.T) {
	dir := t.TempDir()
	page := filepath.Join(dir, "performance.md")
	const marker, markerEnd = "<!-- measured: written by something -->", "<!-- /measured -->"
	if err := sample().document(dir); err == nil || !strings.Contains(err.Error(), "root of the repository") {
		t.Errorf("without a page: %v", err)
	}
	for _, text := range []string{"no markers", "before\n" + marker + "\nold\n"} {
		if err := os.WriteFile(page, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := sample().document(dir); err == nil || !strings.Contains(err.Error(), "marks") {
			t.Errorf("%q: %v", text, err)
		}
	}
	if err := os.WriteFile(page, []byte("before\n"+marker+"\nold\n"+markerEnd+"\nbehind\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	var texts []string
	for range 2 { // it can be written again
		if err := sample().document(dir); err != nil {
			t.Fatal(err)
		}
		b, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}
		texts = append(texts, string(b))
	}
	text := texts[0]
	for _, want := range []string{"before\n", "behind\n", "| strowger | 30.0 | 0.60 (0.60 to 0.60) |", "| CPU of a request, 356 B, to ReverseProxy's | ≤ 0.65 | 0.60 | held |",
		"**Left out:** Caddy, because caddy is not installed (`get caddy`)"} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is not in\n%s", want, text)
		}
	}
	if strings.Contains(text, "old") || texts[1] != text {
		t.Errorf("what was there before is kept:\n%s", text)
	}
	checkPicture(t, filepath.Join(dir, docsPicture))
	var saved result
	if b, err := os.ReadFile(filepath.Join(dir, docsJSON)); err != nil || json.Unmarshal(b, &saved) != nil || len(saved.Workloads) != len(sample().Workloads) {
		t.Errorf("%v: %+v", err, saved)
	}
}

// checkPicture reads the picture as XML, and sees that it names all that were measured.
func checkPicture(t *testing.T, path string) {
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var names []string
	d := xml.NewDecoder(f)
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		if text, ok := token.(xml.CharData); ok {
			names = append(names, string(text))
		}
	}
	for _, want := range []string{nameNginx, nameReverse, nameStrowger} {
		if !slices.Contains(names, want) {
			t.Errorf("%s is not in the picture: %q", want, names)
		}
	}
}

func TestSpread(t *testing.T) {
	for _, c := range []struct {
		in   []float64
		want spread
	}{
		{nil, spread{}},
		{[]float64{2}, spread{2, 2, 2}},
		{[]float64{3, 1, 2}, spread{1, 2, 3}},
		{[]float64{4, 1, 2, 3}, spread{1, 2.5, 4}},
	} {
		if got := spreadOf(c.in); got != c.want {
			t.Errorf("%v: %v instead of %v", c.in, got, c.want)
		}
	}
	of, to := []round{{"a": {CPU: 30}}, {"a": {CPU: 10}}, {"a": {CPU: 5}}}, []round{{"b": {CPU: 60}}, {"b": {}}, {"b": {CPU: 20}}}
	if got := spreadOf(ratios(of, to, cpuOf, "a", "b")); got != (spread{0.25, 0.375, 0.5}) {
		t.Errorf("ratios %v", got)
	}
}

func TestSaysWhatWasNotRecorded(t *testing.T) {
	r := result{
		Peers:     []entrant{{Name: nameStrowger, Record: process.Record{Requests: 10, Written: 8, Dropped: 2}}, {Name: nameNginx, Absent: "nginx is not there", How: "get it"}},
		Workloads: []measured{{Name: plainLoad, Rounds: []round{{nameStrowger: {Requests: 10, Rate: 9_000, Dropped: 2}}}}},
		Failures:  []string{"one\ntwo"},
	}
	r.summarize()
	var out strings.Builder
	r.write(&out)
	for _, want := range []string{"8 written and 2 dropped of 10 requests", "note       some requests through strowger were not recorded", "LEFT OUT   nginx: nginx is not there; to install it: get it", "missed        requests not recorded, below 10000/s", "FAILED     one\n           two\n"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("%q is not in\n%s", want, &out)
		}
	}
}
