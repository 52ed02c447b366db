package proxy_test

import (
	"fmt"
	"net"
	"strings"
	"syscall"
	"testing"
	"time"

	"strowger/core/catalog"
)

// A host that does not accept the connection costs the connect timeout and no more.
func TestConnectTimeout(t *testing.T) {
	r := newRig(t, setup{more: []catalog.Provider{{Name: "deaf", BaseURL: "http://" + deaf(t)}}, timeouts: catalog.Timeouts{Connect: 100 * time.Millisecond}})
	start := time.Now()
	a := r.post(body(true, "hello"))
	attempts := attemptsOf(t, a)
	if a.status != 504 || len(attempts) != 1 || attempts[0].Outcome != "connect_timeout" || !strings.Contains(attempts[0].Error, "no connection in time") {
		t.Errorf("%d %s", a.status, a.text)
	}
	if took := time.Since(start); took < 100*time.Millisecond || took > 2*time.Second {
		t.Errorf("it took %v", took)
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
