package main

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"strowger/bench/process"
	"strowger/desktop/app"
)

// The test's own binary stands in for the program and all its peers.
const (
	asProgram = "LOAD_TEST_PROGRAM" // set: be the program
	asServe   = "LOAD_TEST_SERVE"   // what "serve" is: empty for strowger, or what goes wrong
)

func TestMain(m *testing.M) {
	if os.Getenv(asProgram) == "" {
		os.Exit(m.Run())
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if os.Args[1] == "serve" {
		if err := standIn(ctx, os.Args[2:]); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(run(ctx, os.Stdin, os.Stdout, os.Stderr, os.Args[1:]))
}

// standIn is "strowger serve", or something worse.
func standIn(ctx context.Context, args []string) error {
	fs := flag.NewFlagSet("serve", flag.ContinueOnError)
	var o app.Options
	fs.StringVar(&o.ConfigPath, "config", "", "")
	fs.StringVar(&o.DataDir, "data", "", "")
	fs.StringVar(&o.Listen, "listen", "", "")
	if err := fs.Parse(args); err != nil {
		return err
	}
	if wrong := os.Getenv(asServe); wrong != "" {
		s := httptest.NewServer(&impostor{wrong: wrong})
		defer s.Close()
		fmt.Println("serves at", s.URL)
		untilEnd(ctx, os.Stdin)
		return nil
	}
	a, err := app.Start(ctx, o)
	if err != nil {
		return err
	}
	fmt.Println("serves at", a.URL())
	untilEnd(ctx, os.Stdin)
	return a.Close()
}

// impostor answers well for a while, and then as it should not.
type impostor struct {
	wrong string
	count atomic.Int64
}

func (i *impostor) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path == "/_/api/status" {
		n := i.count.Load()
		written := n
		if i.wrong == "count" && n > 20 {
			written++
		}
		fmt.Fprintf(w, `{"requests":%d,"store":{"written":%d,"dropped":0}}`, n, written)
		return
	}
	body, _ := io.ReadAll(r.Body)
	mark := string(regexp.MustCompile(`k\d{8}`).Find(body))
	events := 64
	if i.count.Add(1) > 20 {
		switch i.wrong {
		case "status":
			w.WriteHeader(http.StatusBadGateway)
		case "mark":
			mark = "k99999999"
		case "events":
			events--
		case "close":
			panic(http.ErrAbortHandler)
		}
	}
	if !bytes.Contains(body, []byte(`"stream":true`)) {
		fmt.Fprintf(w, `{"content":%q}`, mark)
		return
	}
	for range events - 2 {
		fmt.Fprint(w, "data: {}\n\n")
	}
	fmt.Fprintf(w, "data: %q\n\ndata: [DONE]\n\n", mark)
}

// program runs the program in a process of its own, as it needs one.
func program(t *testing.T, serve string, args ...string) (out, log string, code int) {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, self, append([]string{"-strowger", self}, args...)...)
	cmd.Env = append(os.Environ(), asProgram+"=1", asServe+"="+serve, "GORACE=atexit_sleep_ms=0")
	var stdout, stderr strings.Builder
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil && cmd.ProcessState == nil {
		t.Fatal(err)
	}
	return stdout.String(), stderr.String(), cmd.ProcessState.ExitCode()
}

func TestMeasures(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "load.json")
	out, log, code := program(t, "", "-requests", "200", "-rounds", "1", "-connections", "8", "-json", file)
	if code != exitOK {
		t.Fatalf("exit %d\n%s\n%s", code, out, log)
	}
	for _, want := range []string{
		"356B     direct", "20KB     direct", "stream   direct", "         ReverseProxy", "         strowger",
		"\nstart ", "\nidle ", "\nloaded ", "\nanswers    0 wrong of 1947\n", "\nrecord     649 written and 0 dropped of 649 requests\n",
	} {
		if !strings.Contains(out, want) {
			t.Errorf("the table lacks %q", want)
		}
	}
	if n := strings.Count(log, "\nround "); n != 3 {
		t.Errorf("%d lines of progress instead of 3:\n%s", n, log)
	}
	if strings.Contains(out, "FAILED") {
		t.Error("failures are told")
	}
	t.Log("\n" + out)
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var r result
	if err := json.Unmarshal(b, &r); err != nil {
		t.Fatal(err)
	}
	if len(r.Workloads) != 3 || len(r.Starts) != starts || r.Wrong != 0 || r.Record.Requests != r.Record.Written {
		t.Errorf("%+v", r)
	}
	for _, w := range r.Workloads {
		if len(w.Rounds) != 1 {
			t.Fatalf("%s: %d rounds", w.Name, len(w.Rounds))
		}
		if s := w.Rounds[0].Strowger; s.Rate <= 0 || s.P50 <= 0 || s.P99 < s.P50 {
			t.Errorf("%s: %+v", w.Name, s)
		}
		if runtime.GOOS == "linux" && (w.Ratio.Min <= 0 || w.Ratio.Median < w.Ratio.Min || w.Ratio.Max < w.Ratio.Median) {
			t.Errorf("%s: ratio %+v", w.Name, w.Ratio)
		}
	}
	if runtime.GOOS == "linux" && (r.Idle.Strowger.Resident < 1<<20 || r.Loaded.Strowger.Own < 1<<20) {
		t.Errorf("memory: %+v %+v", r.Idle, r.Loaded)
	}
}

// TestFailsWhenAnswersAreWrong is the whole program; every way to be wrong comes below.
func TestFailsWhenAnswersAreWrong(t *testing.T) {
	t.Parallel()
	out, log, code := program(t, "mark", "-requests", "50", "-rounds", "1", "-connections", "4")
	const want = "356B, strowger: wrong: request k00000"
	if code != exitFailed || !strings.Contains(out, "FAILED     "+want) || !strings.Contains(log, want) {
		t.Errorf("exit %d\n%s\n%s", code, log, out)
	}
}

func TestTurnsThatGoWrong(t *testing.T) {
	for wrong, want := range map[string]string{
		"nothing": "",
		"status":  "status 502",
		"mark":    "an answer without the number k00000",
		"events":  "63 events instead of 64",
		"close":   "EOF",
		"count":   "but strowger counts ",
	} {
		t.Run(wrong, func(t *testing.T) {
			t.Parallel()
			s := httptest.NewServer(&impostor{wrong: wrong})
			defer s.Close()
			p := &process.Process{Name: nameStrowger, Addr: strings.TrimPrefix(s.URL, "http://"), Pid: os.Getpid()}
			m := &meter{o: options{requests: 50, connections: 4}, provider: p, strowger: p}
			_, err := m.turn(t.Context(), workloads("stream")[0], p)
			if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
				t.Errorf("%v, want %q", err, want)
			}
			if wrong := strings.Contains(fmt.Sprint(err), ": wrong: "); wrong != (m.result.Wrong > 0) {
				t.Errorf("%d answers are counted as wrong: %v", m.result.Wrong, err)
			}
		})
	}
}

func TestFailsWhenServeDoesNotStart(t *testing.T) {
	_, log, code := program(t, "", "-strowger", "/nowhere/strowger", "-requests", "1", "-rounds", "1")
	if code != exitFailed || !strings.Contains(log, "/nowhere/strowger") {
		t.Errorf("exit %d: %s", code, log)
	}
}

func TestFailsWhenTheRecordLacksRequests(t *testing.T) {
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprint(w, `{"requests":10,"store":{"written":7,"dropped":2}}`)
	}))
	defer s.Close()
	addr := strings.TrimPrefix(s.URL, "http://")
	if r, err := recorded(t.Context(), addr, 9, time.Millisecond); err == nil || r != (record{10, 7, 2}) {
		t.Errorf("more requests counted than sent: %v, %v", r, err)
	}
	if _, err := recorded(t.Context(), addr, 10, time.Millisecond); err == nil || !strings.Contains(err.Error(), "7 are recorded and 2 dropped") {
		t.Errorf("one request is lost: %v", err)
	}
}

func TestCommandLine(t *testing.T) {
	for _, c := range []struct {
		args []string
		code int
		want string
	}{
		{[]string{"-help"}, exitOK, "Example:\n  go tool task load "},
		{[]string{"-rounds", "0"}, exitUsage, "at least 1"},
		{[]string{"-requests", "many"}, exitUsage, "many"},
		{[]string{"-connections", "0"}, exitUsage, "from 1 to 1024"},
		{[]string{"-only", "huge"}, exitUsage, "356B, 20KB and stream"},
		{[]string{"now"}, exitUsage, `unexpected "now"`},
	} {
		var out bytes.Buffer
		if code := run(t.Context(), strings.NewReader(""), &out, &out, c.args); code != c.code || !strings.Contains(out.String(), c.want) {
			t.Errorf("%q: exit %d: %s", c.args, code, &out)
		}
	}
}
