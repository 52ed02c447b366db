package proxy_test

import (
	"encoding/pem"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"strowger/core/catalog"
	"strowger/desktop/proxy"
)

// A host that does not accept the connection costs the connect timeout and no more.
func TestConnectTimeout(t *testing.T) {
	r := newRig(t, setup{more: []catalog.Provider{{Name: "deaf", BaseURL: "http://" + deaf(t)}}, timeouts: catalog.Timeouts{Connect: 100 * time.Millisecond}})
	start := time.Now()
	a := r.post(body(true, "hello"))
	attempts := attemptsOf(t, a)
	if a.status != 504 || len(attempts) != 1 || attempts[0].Outcome != "connect_timeout" || attempts[0].Error != "no connection in time: still connecting after 100ms" {
		t.Errorf("%d %s", a.status, a.text)
	}
	if took := time.Since(start); took < 100*time.Millisecond || took > 2*time.Second {
		t.Errorf("it took %v", took)
	}
}

// The caller leaves while the connection is being made: the system gives up trying at once.
func TestCallerLeavesWhileConnecting(t *testing.T) {
	addr := deaf(t)
	r := newRig(t, setup{more: []catalog.Provider{{Name: "deaf", BaseURL: "http://" + addr}}})
	_, port, _ := net.SplitHostPort(addr)
	n, err := strconv.Atoi(port)
	if err != nil {
		t.Fatal(err)
	}
	var asked time.Time     // when the system was last, whose answer may take long
	trying := func() bool { // to this port, in the state SYN_SENT
		asked = time.Now()
		table, err := os.ReadFile("/proc/self/net/tcp")
		if err != nil {
			t.Skip(err)
		}
		return strings.Contains(string(table), fmt.Sprintf("0100007F:%04X 02 ", n))
	}
	await(t, "the test's own tries to end", func() bool { return !trying() })
	best := time.Hour
	for n := 1; n <= 5 && best > prompt; n++ {
		conn := r.raw(body(true, "hello"))
		await(t, "the connection to be tried", trying)
		left := time.Now()
		conn.Close()
		await(t, "the connection to be given up", func() bool { return !trying() })
		best = min(best, asked.Sub(left))
		if rep := r.report(n); rep.Outcome != "left" {
			t.Errorf("recorded as %s", rep.Outcome)
		}
	}
	if best > prompt {
		t.Errorf("it was given up after %v, want at most %v", best, prompt)
	}
}

// deaf is the address of a socket whose queue of connections is full, so that the system
// does not answer further ones.
func deaf(t *testing.T) string {
	t.Helper()
	fd, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_STREAM|syscall.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { syscall.Close(fd) })
	if err := syscall.Bind(fd, &syscall.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}}); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Listen(fd, 0); err != nil {
		t.Fatal(err)
	}
	name, err := syscall.Getsockname(fd)
	if err != nil {
		t.Fatal(err)
	}
	addr := fmt.Sprintf("127.0.0.1:%d", name.(*syscall.SockaddrInet4).Port)
	for range 16 {
		conn, err := net.DialTimeout("tcp", addr, 100*time.Millisecond)
		if err != nil {
			return addr
		}
		t.Cleanup(func() { conn.Close() })
	}
	t.Skip("this system's queue of connections does not fill")
	return ""
}

// The system's authorities are those of SSL_CERT_FILE where it is set: a company's own.
func TestAuthoritiesOfTheSystem(t *testing.T) {
	if url := os.Getenv("STROWGER_TEST_URL"); url != "" { // in the process that is started below
		if told := proxy.Carry(proxy.NewTransport(nil), url, nil, 5*time.Second); len(told) != 3 {
			t.Errorf("told %+v", told)
		}
		return
	}
	s := newSecure(t, func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "{}") })
	file := filepath.Join(t.TempDir(), "own.pem")
	if err := os.WriteFile(file, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: s.Certificate().Raw}), 0o600); err != nil {
		t.Fatal(err)
	}
	for trusted, want := range map[string]bool{file: true, "/nonexistent": false} {
		self := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestAuthoritiesOfTheSystem$")
		self.Env = append(os.Environ(), "STROWGER_TEST_URL="+s.URL, "SSL_CERT_FILE="+trusted, "SSL_CERT_DIR=/nonexistent")
		if out, err := self.CombinedOutput(); (err == nil) != want {
			t.Errorf("%s: %v %s", trusted, err, out)
		}
	}
}
