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
	"strowger/bench/traffic"
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
		traffic.UntilEnd(ctx, os.Stdin)
		return nil
	}
	a, err := app.Start(ctx, o)
	if err != nil {
		return err
	}
	fmt.Println("serves at", a.URL())
	traffic.UntilEnd(ctx, os.Stdin)
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
	mark, of := string(regexp.MustCompile(`k\d{8}`).Find(body)), traffic.Workload{Routed: true}
	if bytes.Contains(body, []byte(`"stream":true`)) {
		of.Events = traffic.StreamEvents
	}
	wrong := ""
	if i.count.Add(1) > 20 {
		wrong = i.wrong
	}
	switch wrong {
	case "status":
		w.WriteHeader(http.StatusBadGateway)
	case "mark":
		mark = "k99999999"
	case "model":
		of.Routed = false
	case "close":
		panic(http.ErrAbortHandler)
	}
	answer := of.Answer(mark)
	if wrong == "events" {
		_, answer, _ = bytes.Cut(answer, []byte("\n\n"))
	}
	_, _ = w.Write(answer)
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
	cmd := exec.CommandContext(ctx, self, append([]string{"-strowger", self, "-peers", t.TempDir()}, args...)...)
	cmd.Env = append(os.Environ(), asProgram+"=1", asServe+"="+serve, "GORACE=atexit_sleep_ms=0")
	var stdout, stderr strings.Builder
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil && cmd.ProcessState == nil {
		t.Fatal(err)
	}
	return stdout.String(), stderr.String(), cmd.ProcessState.ExitCode()
}

// TestMeasures is a whole run with everything that is installed here, but without Portkey, which
// takes a second to start.
func TestMeasures(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "load.json")
	out, log, code := program(t, "", "-turn", "20ms", "-rounds", "1", "-connections", "8", "-rate", "500", "-only", "356B,burst,open,routing", "-json", file)
	if code != exitUnsure && code != exitMissed { // there is no Portkey, and gates are for more connections
		t.Fatalf("exit %d\n%s\n%s", code, out, log)
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
	_, unsure := r.verdict().(unmeasuredError)
	if missed := !unsure; missed != (code == exitMissed) || missed != strings.Contains(log, "load: gates: ") || missed != strings.Contains(out, "\nmissed ") {
		t.Errorf("exit %d: %+v", code, r.Gates)
	}
	if r.Wrong != 0 || r.Answers < 100 || len(r.Workloads) != 4 || strings.Contains(out, "FAILED") {
		t.Errorf("%d wrong of %d answers, %d workloads", r.Wrong, r.Answers, len(r.Workloads))
	}
	there := 0
	for _, p := range r.Peers {
		if p.Absent == "" {
			there++
			checkPeer(t, &r, p)
		} else if !strings.Contains(out, "LEFT OUT   "+p.Name+": ") || p.How == "" {
			t.Errorf("that %s is left out, and how to install it, is not said", p.Name)
		}
	}
	if p := r.about(namePortkey); p.Absent == "" || there < 5 {
		t.Errorf("%d peers", there)
	}
	for _, m := range r.Workloads {
		want := there - 1
		if m.Name == routingLoad {
			want = 1
		}
		if len(m.Rounds) != 1 || len(m.Rounds[0]) != want {
			t.Fatalf("%s: %d rounds, not all peers: %v", m.Name, len(m.Rounds), m.Rounds)
		}
		for name, v := range m.Rounds[0] {
			if v.Rate <= 0 || v.P50 <= 0 || v.P99 < v.P50 || v.Requests <= 0 || runtime.GOOS == "linux" && (v.CPU > 0) == (name == nameDirect) {
				t.Errorf("%s, %s: %+v", m.Name, name, v)
			}
		}
	}
}

func checkPeer(t *testing.T, r *result, p entrant) {
	if p.Name == nameDirect {
		return
	}
	want := 1
	if p.Name == nameStrowger {
		want = starts
	}
	if len(p.Starts) != want || runtime.GOOS == "linux" && (p.Idle.Resident < 1<<20 || p.Loaded.Own < 1<<18) {
		t.Errorf("%+v", p)
	}
	records := p.Name == nameStrowger || p.Name == nameRouting
	if rec := p.Record; rec.Requests != rec.Written+rec.Dropped || records != (rec.Requests > 0) {
		t.Errorf("%s: the record is %+v", p.Name, rec)
	}
	if records {
		n := int64(1)
		for _, m := range r.Workloads {
			n += m.Rounds[0][p.Name].Requests
		}
		if p.Record.Requests < n {
			t.Errorf("%s: %d requests in the record, %d measured", p.Name, p.Record.Requests, n)
		}
	}
}

// TestFailsWhenAnswersAreWrong is the whole program; every way to be wrong comes below.
func TestFailsWhenAnswersAreWrong(t *testing.T) {
	t.Parallel()
	out, log, code := program(t, "mark", "-turn", "100ms", "-rounds", "1", "-connections", "4", "-only", "356B")
	const want = "356B, strowger: wrong: request k0000"
	if code != exitFailed || !strings.Contains(out, "FAILED     "+want) || !strings.Contains(log, want) {
		t.Errorf("exit %d\n%s\n%s", code, log, out)
	}
}

// TestFailsWithoutRows: counting requests is not recording them.
func TestFailsWithoutRows(t *testing.T) {
	t.Parallel()
	out, log, code := program(t, "nothing", "-turn", "100ms", "-rounds", "1", "-connections", "4", "-only", "356B")
	const want = "the record of strowger: 0 of 100 rows are there"
	if code != exitFailed || !strings.Contains(out, "FAILED     "+want) || !strings.Contains(log, want) {
		t.Errorf("exit %d\n%s\n%s", code, log, out)
	}
}

func TestTurnsThatGoWrong(t *testing.T) {
	for wrong, want := range map[string]string{
		"nothing": "",
		"status":  "status 502",
		"mark":    "an answer without the number k00000",
		"model":   `event 0: answer.model is "sim-1" instead of "bench/sim"`,
		"events":  "63 events instead of 64",
		"close":   "EOF",
		"count":   "but strowger counts ",
	} {
		t.Run(wrong, func(t *testing.T) {
			t.Parallel()
			s := httptest.NewServer(&impostor{wrong: wrong})
			defer s.Close()
			p := &peer{name: nameStrowger, routed: true, records: true, proc: &process.Process{Addr: strings.TrimPrefix(s.URL, "http://"), Pid: os.Getpid()}}
			m := &meter{o: options{turn: 300 * time.Millisecond, connections: 4}, log: io.Discard, result: result{Peers: []entrant{{Name: nameStrowger}}}}
			_, err := m.turn(t.Context(), choose(burstLoad, 0)[0], p)
			if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
				t.Errorf("%v, want %q", err, want)
			}
			if wrong := strings.Contains(fmt.Sprint(err), "wrong: "); wrong != (m.result.Wrong > 0) {
				t.Errorf("%d answers are counted as wrong: %v", m.result.Wrong, err)
			}
		})
	}
}

func TestFailsWhenServeDoesNotStart(t *testing.T) {
	_, log, code := program(t, "", "-strowger", "/nowhere/strowger", "-turn", "10ms", "-rounds", "1")
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
	if r, err := process.Recorded(t.Context(), addr, 9, time.Millisecond); err == nil || r != (process.Record{Requests: 10, Written: 7, Dropped: 2}) {
		t.Errorf("more requests counted than sent: %v, %v", r, err)
	}
	if _, err := process.Recorded(t.Context(), addr, 10, time.Millisecond); err == nil || !strings.Contains(err.Error(), "7 are recorded and 2 dropped") {
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
		{[]string{"-turn", "long"}, exitUsage, "long"},
		{[]string{"-turn", "1ms"}, exitUsage, "from 10ms to 1m"},
		{[]string{"-rate", "0"}, exitUsage, "from 1 to 100000"},
		{[]string{"-connections", "0"}, exitUsage, "from 1 to 1024"},
		{[]string{"-only", "open,huge"}, exitUsage, "the kinds are 356B, 20KB, "},
		{[]string{"now"}, exitUsage, `unexpected "now"`},
		{[]string{"-docs"}, exitUsage, "-docs is for the root of the repository"},
		{[]string{"-docs", "-only", "356B"}, exitUsage, "-docs is for all kinds of request, 64 connections, 2000 requests a second"},
		{[]string{"-docs", "-connections", "63"}, exitUsage, "-docs is for all"},
		{[]string{"-docs", "-rate", "1000"}, exitUsage, "-docs is for all"},
		{[]string{"-docs", "-turn", "999ms"}, exitUsage, "turns of 1s or more"},
		{[]string{"-docs", "-rounds", "1"}, exitUsage, "2 rounds or more"},
		{[]string{"-docs", "-pin=false"}, exitUsage, "cores of their own"},
		{[]string{"-json", filepath.Join(t.TempDir(), "there", "is", "none.json")}, exitUsage, "-json: open "},
	} {
		var out bytes.Buffer
		if code := run(t.Context(), strings.NewReader(""), &out, &out, c.args); code != c.code || !strings.Contains(out.String(), c.want) {
			t.Errorf("%q: exit %d: %s", c.args, code, &out)
		}
	}
}
