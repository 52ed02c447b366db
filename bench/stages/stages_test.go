package main

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

// The reference is a fixed piece of work of the kind that the stages do: bytes are copied and looked at.
func BenchmarkReference(b *testing.B) {
	text := []byte(strings.Repeat(`{"role":"user","content":"hello, world"},`, 25))[:1024]
	var to [1024]byte
	b.ReportAllocs()
	for b.Loop() {
		quotes := 0
		for i, c := range text {
			to[i] = c
			if c == '"' || c < ' ' {
				quotes++
			}
		}
		if quotes == 0 {
			b.Fatal("there are some")
		}
	}
}

const recorded = `goos: linux
goarch: amd64
pkg: strowger/core/scan
cpu: AMD EPYC
BenchmarkObject/300B         	   80674	       289.5 ns/op	1060.36 MB/s	       0 B/op	       0 allocs/op
BenchmarkSplice/20KB         	   69577	      4342 ns/op	 895.71 MB/s	      16 B/op	       2 allocs/op
--- BENCH: BenchmarkSplice/20KB
    some_test.go:12: a word
BenchmarkRecord   	    3181	      7542 ns/op	        11.2 cpu-µs/op	    5998 B/op	      12 allocs/op
BenchmarkRecord   	    3181	      7510 ns/op	        11.2 cpu-µs/op	    6001 B/op	      13 allocs/op
BenchmarkCold
PASS
ok  	strowger/core/scan	0.057s
`

func TestParse(t *testing.T) {
	got, err := parse([]byte(recorded))
	if err != nil || len(got) != 3 || got["Object/300B"] != (outcome{289.5, 0, 0}) || got["Splice/20KB"] != (outcome{4342, 16, 2}) || got["Record"] != (outcome{7510, 5998, 12}) {
		t.Errorf("%v: %v", err, got)
	}
	if _, err := parse([]byte("BenchmarkX  10  fast ns/op\n")); err == nil {
		t.Error("a word is a number")
	}
}

func TestMatch(t *testing.T) {
	got := match([]stage{{bench: "Make/value/2"}, {bench: "Entry/doc=1.5KB"}})
	if want := `^BenchmarkMake$/^value$/^2$|^BenchmarkEntry$/^doc=1\.5KB$`; got != want {
		t.Errorf("%s instead of %s", got, want)
	}
}

func TestCompare(t *testing.T) {
	s := stage{pkg: "core/x", bench: "Y"}
	loose := s
	loose.loose = true
	old := map[string]kept{"core/x Y": {Ratio: 2, Bytes: 10, Allocs: 40}}
	for _, c := range []struct {
		m    measured
		want string // of what is dearer; empty for nothing
	}{
		{measured{stage: s, found: true, ratio: 3, outcome: outcome{allocs: 40}}, ""},
		{measured{stage: s, found: true, ratio: 0.1, outcome: outcome{allocs: 0}}, ""},
		{measured{stage: s, found: true, ratio: 3.01, outcome: outcome{allocs: 40}}, "core/x Y: 3.01 times the reference, before 2: 1.50 times as much"},
		{measured{stage: s, found: true, ratio: 2, outcome: outcome{allocs: 41}}, "core/x Y: 41 allocations, before 40"},
		{measured{stage: loose, found: true, ratio: 2, outcome: outcome{allocs: 42}}, ""},
		{measured{stage: loose, found: true, ratio: 2, outcome: outcome{allocs: 43}}, "core/x Y: 43 allocations, before 40"},
		{measured{stage: s}, "core/x Y: it was measured before, and is not there any more"},
		{measured{stage: stage{pkg: "core/x", bench: "New"}, found: true, ratio: 100, outcome: outcome{allocs: 9}}, ""},
	} {
		got := strings.Join(compare(old, []measured{{}, c.m}), "\n")
		if got != c.want {
			t.Errorf("%+v: %q instead of %q", c.m, got, c.want)
		}
	}
}

// answers is a tester whose every benchmark takes as long as is said, and the reference 500 ns.
func answers(ns string, allocs string) tester {
	return func(_ context.Context, pkg, match string, _ time.Duration) ([]byte, error) {
		var b bytes.Buffer
		for one := range strings.SplitSeq(match, "|") {
			name := strings.NewReplacer("^", "", "$", "", `\`, "").Replace(one)
			took := ns
			if name == "BenchmarkReference" {
				took = "500"
			}
			if pkg != "core/policy" { // that has none
				b.WriteString(name + " \t 100\t " + took + " ns/op\t 24 B/op\t " + allocs + " allocs/op\n")
			}
		}
		return b.Bytes(), nil
	}
}

// TestRun keeps, compares and documents what a run says.
func TestRun(t *testing.T) {
	t.Chdir(t.TempDir())
	if err := errors.Join(os.Mkdir("docs", 0o700), os.WriteFile(filepath.Join("docs", "performance.md"), []byte("<!-- stages: written by a task -->\n<!-- /stages -->"), 0o600)); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		ns, allocs, args string
		code             int
		want             string
	}{
		{"1000", "2", "-compare -baseline b.json", exitFailed, "-keep writes it"},
		{"1000", "2", "-keep -baseline b.json", exitDearer, "core/plan Make/value/8 1000 2 24 2"},
		{"500", "2", "-baseline b.json", exitOK, "held core/plan Make/value/8: 500 ns, 2 allocations; at most 600 and 2"},
		{"500", "3", "-baseline b.json", exitDearer, "missed core/plan Make/value/8: 500 ns, 3 allocations"},
		{"590", "2", "-compare -baseline b.json -rounds 1", exitOK, "nothing costs more than in b.json"},
		{"1600", "2", "-compare -baseline b.json -docs", exitDearer, "DEARER core/plan Make/value/128: 3.2 times the reference, before 2: 1.60 times as much"},
		{"1000", "3", "-compare -baseline b.json", exitDearer, "DEARER core/sse Framer/data: 3 allocations, before 2"},
		{"1000", "2", "-rounds 0", exitUsage, "-rounds must be at least 1, and -each more than 0; see -help"},
		{"1000", "2", "now", exitUsage, `unexpected "now"; see -help`},
		{"1000", "2", "-nonsense", exitUsage, "not defined: -nonsense; see -help"},
		{"1000", "2", "-help", exitOK, "Example: go tool task bench:stages "},
		{"fast", "2", "", exitFailed, "fast"},
	} {
		var out bytes.Buffer
		code := run(t.Context(), answers(c.ns, c.allocs), &out, &out, strings.Fields(c.args))
		text := strings.Join(strings.Fields(out.String()), " ")
		if code != c.code || !strings.Contains(text, c.want) {
			t.Errorf("%q, %s ns: exit %d\n%s", c.args, c.ns, code, &out)
		}
	}
	b, err := os.ReadFile(filepath.Join("docs", "performance.md"))
	for _, want := range []string{"| scan | the members of a request of 300 B | 1600 | 3.2 | 24 | 2 |", "| plan | 2 candidates by value | 1600 |", "| | its document is packed, its rows are inserted and counted, in batches of 256 | 1600 |", "| | 8 | 1600 |", "Left out, for it is not in the tree: core/policy Make/body."} {
		if got := regexp.MustCompile(` +`).ReplaceAllString(string(b), " "); err != nil || !strings.Contains(got, want) {
			t.Errorf("%q is not in\n%s", want, b)
		}
	}
}

// TestStops: what would fail in the end is told first, and an interruption is called that.
func TestStops(t *testing.T) {
	t.Chdir(t.TempDir())
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	fails := func(context.Context, string, string, time.Duration) ([]byte, error) {
		cancel()
		return nil, errors.New("signal: interrupt")
	}
	var out strings.Builder
	if code := run(ctx, fails, &out, &out, []string{"-docs"}); code != exitUsage || !strings.Contains(out.String(), "root of the repository") || ctx.Err() != nil {
		t.Errorf("exit %d: %s", code, &out)
	}
	out.Reset()
	if code := run(ctx, fails, &out, &out, nil); code != exitFailed || out.String() != "stages: interrupted\n" {
		t.Errorf("exit %d: %s", code, &out)
	}
}

// TestReal runs the cheapest benchmark there is.
func TestReal(t *testing.T) {
	t.Chdir(filepath.Join("..", ".."))
	out, err := goTest(t.Context(), "core/sse", match([]stage{{bench: "AppendEvent"}}), time.Millisecond)
	if err != nil {
		t.Fatal(err)
	}
	got, err := parse(out)
	if _, ok := got["AppendEvent"]; err != nil || !ok {
		t.Errorf("%v: %s", err, out)
	}
	if out, err := goTest(t.Context(), "core/nowhere", "x", time.Millisecond); err != nil || out != nil {
		t.Errorf("a package that is not there: %s, %v", out, err)
	}
	t.Chdir("core")
	if _, err := goTest(t.Context(), "core/sse", "x", time.Millisecond); err == nil || !strings.Contains(err.Error(), "root of the repository") {
		t.Errorf("elsewhere: %v", err)
	}
}
