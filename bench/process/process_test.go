package process_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"strowger/bench/process"
)

// TestMain makes this binary the program that is started: what it does is in its environment.
func TestMain(m *testing.M) {
	switch os.Getenv("PROCESS_TEST") {
	case "":
		os.Exit(m.Run())
	case "fails":
		_, _ = os.Stderr.WriteString("no room left\n")
		os.Exit(3)
	case "listens":
		l, err := net.Listen("tcp", os.Getenv("PROCESS_ADDR"))
		if err != nil {
			os.Exit(4)
		}
		_, _ = io.Copy(io.Discard, os.Stdin)
		_ = l.Close()
	case "stays silent":
		_, _ = io.Copy(io.Discard, os.Stdin)
	case "serves and does not listen":
		_, _ = os.Stdout.WriteString("serving at http://127.0.0.1:2\n")
		time.Sleep(time.Minute)
	case "starts another":
		cmd := exec.Command(os.Args[0])
		cmd.Env = append(os.Environ(), "PROCESS_TEST=serves and does not listen")
		if _, err := process.Start(context.Background(), "other", cmd, cmd.Start); err != nil {
			os.Exit(5)
		}
		_, _ = os.Stdout.WriteString("serving at http://127.0.0.1:1\n")
		time.Sleep(time.Minute)
	case "serves":
		_, _ = os.Stdout.WriteString("serving at http://127.0.0.1:1\n")
		_, _ = io.Copy(io.Discard, os.Stdin)
	}
}

func command(t *testing.T, does string) *exec.Cmd {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(self)
	cmd.Env = append(os.Environ(), "PROCESS_TEST="+does)
	return cmd
}

// A program that is not there, ends at once or says nothing is an error with its reason.
func TestStartFails(t *testing.T) {
	if _, err := process.Start(t.Context(), "it", exec.Command("/does/not/exist"), func() error { return os.ErrNotExist }); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("not there: %v", err)
	}
	cmd := command(t, "fails")
	if _, err := process.Start(t.Context(), "it", cmd, cmd.Start); err == nil || err.Error() != "it ended: exit status 3: no room left" {
		t.Errorf("ends at once: %v", err)
	}
	cmd = command(t, "stays silent")
	ctx, cancel := context.WithCancel(t.Context())
	start := func() error { defer cancel(); return cmd.Start() }
	if _, err := process.Start(ctx, "it", cmd, start); !errors.Is(err, context.Canceled) || cmd.ProcessState == nil {
		t.Errorf("given up: %v, ended: %v", err, cmd.ProcessState)
	}
}

// A program that does not say where it serves was told, and is there when somebody can connect.
func TestStartAt(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	addr := l.Addr().String()
	_ = l.Close() // for the program
	cmd := command(t, "listens")
	cmd.Env = append(cmd.Env, "PROCESS_ADDR="+addr)
	p, err := process.StartAt(t.Context(), "it", addr, cmd, cmd.Start)
	if err != nil {
		t.Fatal(err)
	}
	if conn, err := net.Dial("tcp", addr); err != nil || p.Addr != addr {
		t.Errorf("at %s: %v", p.Addr, err)
	} else {
		_ = conn.Close()
	}
	_ = p.Stop() // it is not made for being interrupted
	cmd = command(t, "fails")
	if _, err := process.StartAt(t.Context(), "it", addr, cmd, cmd.Start); err == nil || err.Error() != "it ended: exit status 3: no room left" {
		t.Errorf("ends at once: %v", err)
	}
}

// One that has ended badly before it was asked to is an error, with what it said.
func TestStopFails(t *testing.T) {
	cmd := command(t, "serves")
	p, err := process.Start(t.Context(), "it", cmd, cmd.Start)
	if err != nil {
		t.Fatal(err)
	}
	if p.Addr != "127.0.0.1:1" || p.Pid != cmd.Process.Pid {
		t.Errorf("%s, %d", p.Addr, p.Pid)
	}
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	<-p.Done()
	if err := p.Stop(); err == nil || !strings.HasPrefix(err.Error(), "it did not end well: ") || !strings.HasSuffix(err.Error(), ": serving at http://127.0.0.1:1") {
		t.Errorf("%v", err)
	}
	var none *process.Process
	if err := none.Stop(); err != nil {
		t.Error(err)
	}
}

// strowger is built, serves what it is configured to and ends well.
func TestServe(t *testing.T) {
	dir := t.TempDir()
	binary := filepath.Join(dir, "strowger-built")
	if err := process.Build(t.Context(), binary); err != nil {
		t.Fatal(err)
	}
	cmd, err := process.Serve(binary, dir, []byte("providers:\n  p: {schema: openai, base_url: \"http://127.0.0.1:1\"}\nmodels:\n  a/b: {endpoints: [{provider: p}]}\n"))
	if err != nil {
		t.Fatal(err)
	}
	p, err := process.Start(t.Context(), "strowger", cmd, cmd.Start)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := http.Get("http://" + p.Addr + "/v1/models")
	if err != nil {
		t.Fatal(err)
	}
	body, err := io.ReadAll(resp.Body)
	resp.Body.Close()
	if err != nil || !bytes.Contains(body, []byte(`"a/b"`)) {
		t.Errorf("%s, %v", body, err)
	}
	if err := p.Stop(); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(process.Data(dir)); err != nil {
		t.Error(err)
	}
	if err := process.Build(t.Context(), binary, "-nonsense"); err == nil || !strings.Contains(err.Error(), "-nonsense") {
		t.Errorf("%v", err)
	}
}
