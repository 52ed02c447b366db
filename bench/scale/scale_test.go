package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"strowger/bench/traffic"
	"strowger/desktop/app"
)

// The test's own binary stands in for the program and for strowger.
const asProgram = "SCALE_TEST_PROGRAM"

func TestMain(m *testing.M) {
	if os.Getenv(asProgram) == "" {
		os.Exit(m.Run())
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if os.Args[1] != "serve" {
		os.Exit(run(ctx, os.Stdin, os.Stdout, os.Stderr, os.Args[1:]))
	}
	if err := standIn(ctx, os.Args[2:]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// standIn is "strowger serve".
func standIn(ctx context.Context, args []string) error {
	fs := flag.NewFlagSet("serve", flag.ContinueOnError)
	var o app.Options
	fs.StringVar(&o.ConfigPath, "config", "", "")
	fs.StringVar(&o.DataDir, "data", "", "")
	fs.StringVar(&o.Listen, "listen", "", "")
	if err := fs.Parse(args); err != nil {
		return err
	}
	a, err := app.Start(ctx, o)
	if err != nil {
		return err
	}
	fmt.Println("serves at", a.URL())
	traffic.UntilEnd(ctx, os.Stdin)
	return a.Close()
}

// program runs the program in a process of its own, as it needs one.
func program(t *testing.T, args ...string) (out, log string, code int) {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, self, append([]string{"-strowger", self}, args...)...)
	cmd.Env = append(os.Environ(), asProgram+"=1", "GORACE=atexit_sleep_ms=0")
	var stdout, stderr strings.Builder
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil && cmd.ProcessState == nil {
		t.Fatal(err)
	}
	return stdout.String(), stderr.String(), cmd.ProcessState.ExitCode()
}

// TestMeasures is a run in small steps, without two parts that go as a third does.
func TestMeasures(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "scale.json")
	out, log, code := program(t, "-small", "-turn", "100ms", "-only", "cores,idle,active,bodies,routes,record", "-json", file)
	if code != exitOK {
		t.Fatalf("exit %d\n%s\n%s", code, out, log)
	}
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var r result
	if err := json.Unmarshal(b, &r); err != nil || len(r.Parts) != 6 {
		t.Fatalf("%d parts, %v", len(r.Parts), err)
	}
	for _, p := range r.Parts {
		if len(p.Points) != 2 || p.About == "" || p.Along == "" {
			t.Errorf("%s: %d points", p.Name, len(p.Points))
		}
		for _, q := range p.Points {
			known := 0
			for _, v := range q.Values {
				if v > 0 {
					known++
				}
				if v < 0 && p.Name != "idle" { // where a stream may weigh less than what was given back meanwhile
					t.Errorf("%s", p.line(q))
				}
			}
			if len(q.Values) != len(p.Columns) || runtime.GOOS == "linux" && known < len(p.Columns)-2 {
				t.Errorf("%s: %d of %d are known", p.line(q), known, len(p.Columns))
			}
			if !strings.Contains(log, strings.SplitN(p.line(q), ":", 2)[0]) {
				t.Errorf("nothing was said of %q", p.line(q))
			}
		}
		if !strings.Contains(out, "\n**"+p.Name+"**: ") {
			t.Errorf("no table of %s in\n%s", p.Name, out)
		}
	}
	page := filepath.Join(dir, "performance.md")
	if err := os.WriteFile(page, []byte("<!-- scale: written by a task -->\n<!-- /scale -->"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := r.document(dir); err != nil {
		t.Fatal(err)
	}
	if text, err := os.ReadFile(page); err != nil || !strings.Contains(string(text), "| 20 KB |") {
		t.Errorf("%v: %s", err, text)
	}
	if _, err := os.Stat(filepath.Join(dir, picture)); err != nil {
		t.Error(err)
	}
}

func TestPanels(t *testing.T) {
	p := part{Along: "streams", Columns: []column{{"p50 ms", 1, "Delay"}, {"own", 1, ""}, {"p99 ms", 1, "Delay"}, {"CPU", 1, "CPU"}},
		Points: []point{{X: 0, Values: []float64{1, 2, 3, 0}}, {X: 10, Values: []float64{4, 5, 6, 7}}}}
	got := p.panels()
	if len(got) != 2 || len(got[0].Lines) != 2 || got[0].Lines[1].Name != "p99 ms" || got[0].Lines[1].Points[1].Y != 6 ||
		got[1].Lines[0].Name != "" || len(got[1].Lines[0].Points) != 1 || got[1].Along != "streams" {
		t.Errorf("%+v", got)
	}
	if line := p.line(p.Points[1]); !strings.Contains(line, "10 streams: p50 ms 4.0 · own 5.0") {
		t.Error(line)
	}
}

// Records worth keeping are made once.
func TestRecordsAreKept(t *testing.T) {
	dir := t.TempDir()
	m := &meter{o: options{data: filepath.Join(dir, "kept")}, dir: filepath.Join(dir, "own"), log: t.Output()}
	there := filepath.Join(dir, "kept", "1000000")
	if err := errors.Join(os.MkdirAll(there, 0o700), os.WriteFile(filepath.Join(there, "strowger.db"), nil, 0o600)); err != nil {
		t.Fatal(err)
	}
	if got, err := m.filled(t.Context(), 1_000_000); err != nil || got != there {
		t.Errorf("%s, %v", got, err)
	}
	if got, err := m.filled(t.Context(), 100); err != nil || got != filepath.Join(dir, "own", "100") || m.keeps(100) {
		t.Errorf("%s, %v", got, err)
	}
}

// TestEven: of two cores one may give somewhat more than the other.
func TestEven(t *testing.T) {
	for _, c := range []struct {
		first, second float64
		want          string // "held: " or what else the tables say
		missed        bool
	}{{0.45, 0.55, "held: ", false}, {0.7, 0.3, "held: ", false}, {0.29, 0.71, "missed: ", true}, {1, 0, "missed: ", true}, {0, 0, "not measured: ", false}} {
		var r result
		r.even(c.first, c.second)
		err := r.missed()
		if text := string(r.markdown()); !strings.Contains(text, "\n"+c.want) || (err != nil) != c.missed || c.missed && !strings.Contains(err.Error(), "at most 70") {
			t.Errorf("%v: %v\n%s", c, err, text)
		}
	}
	if s := stepsOf(options{}); s.connections != evenConnections {
		t.Errorf("%d connections, and so nothing is said of the cores", s.connections)
	}
}

func TestThousands(t *testing.T) {
	for n, want := range map[int64]string{0: "0", 999: "999", 1000: "1,000", 1_020_003: "1,020,003"} {
		if got := thousands(n); got != want {
			t.Errorf("%s instead of %s", got, want)
		}
	}
}

func TestFails(t *testing.T) {
	if _, log, code := program(t, "-strowger", "/nowhere/strowger", "-only", "idle", "-small"); code != exitFailed || !strings.Contains(log, "/nowhere/strowger") {
		t.Errorf("exit %d: %s", code, log)
	}
	for _, c := range []struct {
		args []string
		code int
		want string
	}{
		{[]string{"-help"}, exitOK, "Example:\n  go tool task bench:scale "},
		{[]string{"-only", "idle,big"}, exitUsage, "the parts are cores, idle, "},
		{[]string{"-turn", "1ms"}, exitUsage, "from 10ms to 1m"},
		{[]string{"-samples", "-1"}, exitUsage, "not be negative"},
		{[]string{"-docs", "-small"}, exitUsage, "-docs is for all parts"},
		{[]string{"-docs"}, exitUsage, "-docs is for the root of the repository"},
		{[]string{"-json", filepath.Join(t.TempDir(), "there", "is", "none.json")}, exitUsage, "-json: open "},
		{[]string{"now"}, exitUsage, `unexpected "now"`},
	} {
		var out bytes.Buffer
		if code := run(t.Context(), strings.NewReader(""), &out, &out, c.args); code != c.code || !strings.Contains(out.String(), c.want) {
			t.Errorf("%q: exit %d: %s", c.args, code, &out)
		}
	}
}
