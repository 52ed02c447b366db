package http1_test

import (
	"bytes"
	"errors"
	"io"
	"math/rand"
	"net"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"strowger/desktop/http1"
)

// connected are the two ends of a connection, the first of them quick.
func connected(t *testing.T) (quick, other *net.TCPConn, q net.Conn) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	a, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	b, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _, _ = a.Close(), b.Close() })
	return a.(*net.TCPConn), b.(*net.TCPConn), http1.Quick(a)
}

// What goes through a quick connection is what goes through any: all of it, both ways at once,
// and however slowly it is taken.
func TestQuickCarries(t *testing.T) {
	_, other, q := connected(t)
	_ = other.SetReadBuffer(16 << 10)
	sent := make([]byte, 3<<20+17)
	rand.New(rand.NewSource(1)).Read(sent)
	var all sync.WaitGroup
	all.Go(func() {
		for rest := sent; len(rest) > 0; {
			n, err := q.Write(rest[:min(len(rest), 1<<20)])
			if err != nil {
				t.Errorf("write: %v", err)
				break
			}
			rest = rest[n:]
		}
		_ = q.(interface{ CloseWrite() error }).CloseWrite()
	})
	all.Go(func() { _, _ = other.Write(sent); _ = other.CloseWrite() })
	all.Go(func() {
		time.Sleep(20 * time.Millisecond)
		if got, err := io.ReadAll(other); err != nil || !bytes.Equal(got, sent) {
			t.Errorf("%d bytes have come, %v; want %d", len(got), err, len(sent))
		}
	})
	if got, err := io.ReadAll(q); err != nil || !bytes.Equal(got, sent) {
		t.Errorf("%d bytes were read, %v; want %d", len(got), err, len(sent))
	}
	all.Wait()
}

// What goes wrong with a quick connection is told as package net tells it.
func TestQuickFails(t *testing.T) {
	for name, c := range map[string]struct {
		breaks func(quick, other *net.TCPConn)
		does   func(c net.Conn) (int, error)
	}{
		"the other end":         {func(_, other *net.TCPConn) { _ = other.Close() }, read},
		"a reset":               {func(_, other *net.TCPConn) { _ = other.SetLinger(0); _ = other.Close() }, read},
		"closed, read":          {func(quick, _ *net.TCPConn) { _ = quick.Close() }, read},
		"closed, write":         {func(quick, _ *net.TCPConn) { _ = quick.Close() }, write},
		"closed while it waits": {func(quick, _ *net.TCPConn) { time.AfterFunc(20*time.Millisecond, func() { _ = quick.Close() }) }, read},
		"too late, read":        {func(quick, _ *net.TCPConn) { _ = quick.SetReadDeadline(time.Unix(1, 0)) }, read},
		"too late, write":       {func(quick, _ *net.TCPConn) { _ = quick.SetWriteDeadline(time.Unix(1, 0)) }, write},
		"a deadline passes":     {func(quick, _ *net.TCPConn) { _ = quick.SetDeadline(time.Now().Add(20 * time.Millisecond)) }, read},
		"one that takes nothing": {func(quick, _ *net.TCPConn) { _ = quick.SetDeadline(time.Now().Add(20 * time.Millisecond)) }, func(c net.Conn) (n int, err error) {
			for p := make([]byte, 1<<20); err == nil; {
				_, err = c.Write(p)
			}
			return 0, err
		}},
		"no room":               {func(_, other *net.TCPConn) { _, _ = other.Write([]byte("a")) }, func(c net.Conn) (int, error) { return c.Read(nil) }},
		"a write after its end": {func(quick, _ *net.TCPConn) { _ = quick.CloseWrite() }, write},
	} {
		plain, other, _ := connected(t)
		c.breaks(plain, other)
		time.Sleep(5 * time.Millisecond)
		n, want := c.does(plain)
		again, end, q := connected(t)
		c.breaks(again, end)
		time.Sleep(5 * time.Millisecond)
		got, err := c.does(q)
		if got != n || said(err, again) != said(want, plain) || errors.Is(err, os.ErrDeadlineExceeded) != errors.Is(want, os.ErrDeadlineExceeded) || errors.Is(err, net.ErrClosed) != errors.Is(want, net.ErrClosed) {
			t.Errorf("%s: %d and %q, want %d and %q", name, got, said(err, again), n, said(want, plain))
		}
	}
}

func read(c net.Conn) (int, error) { return c.Read(make([]byte, 100)) }

func write(c net.Conn) (int, error) { return c.Write(make([]byte, 100)) }

// said is an error without the addresses in it.
func said(err error, c net.Conn) string {
	if err == nil {
		return ""
	}
	return strings.NewReplacer(c.LocalAddr().String(), "here", c.RemoteAddr().String(), "there").Replace(err.Error())
}
