package server_test

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"
)

const post3 = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc"

// answers are handlers whose answers are to be those of net/http, in every respect.
var answers = []struct {
	name, request string
	h             http.HandlerFunc
}{
	{"nothing said", get + "\r\n", func(w http.ResponseWriter, r *http.Request) {}},
	{"text", get + "\r\n", func(w http.ResponseWriter, r *http.Request) { _, _ = io.WriteString(w, "hello") }},
	{"a page", get + "\r\n", func(w http.ResponseWriter, r *http.Request) { _, _ = io.WriteString(w, "<html><body>") }},
	{"a type that is said", get + "\r\n", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("content-type", "application/json")
		_, _ = io.WriteString(w, "{}")
	}},
	{"no type at all", get + "\r\n", func(w http.ResponseWriter, r *http.Request) {
		w.Header()["Content-Type"] = nil
		_, _ = io.WriteString(w, "{}")
	}},
	{"encoded", get + "\r\n", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("content-encoding", "gzip")
		_, _ = io.WriteString(w, "{}")
	}},
	{"a status", get + "\r\n", func(w http.ResponseWriter, r *http.Request) { http.Error(w, "no", http.StatusTeapot) }},
	{"a status of nobody's", get + "\r\n", func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(799) }},
	{"no content", get + "\r\n", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("content-length", "3")
		w.WriteHeader(http.StatusNoContent)
		if _, err := w.Write([]byte("abc")); err != http.ErrBodyNotAllowed {
			panic(err)
		}
	}},
	{"not modified", get + "\r\n", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("etag", "x")
		w.Header().Set("content-type", "text/plain")
		w.WriteHeader(http.StatusNotModified)
	}},
	{"an early hint", get + "\r\n", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("link", "x")
		w.WriteHeader(http.StatusEarlyHints)
		w.Header().Set("x-more", "y")
		_, _ = io.WriteString(w, "hello")
	}},
	{"headers behind the head", get + "\r\n", func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(http.StatusOK)
		w.Header().Set("x-late", "y")
		_, _ = io.WriteString(w, "hello")
	}},
	{"a value that would be two headers", get + "\r\n", func(w http.ResponseWriter, r *http.Request) {
		w.Header()["X-Split"] = []string{"a\r\nX-Other: b"}
		w.Header()["X Split"] = []string{"a"}
		w.Header()["X-Two"] = []string{"a", "b"}
	}},
	{"flushed", get + "\r\n", func(w http.ResponseWriter, r *http.Request) {
		for range 3 {
			_, _ = io.WriteString(w, "hello")
			w.(http.Flusher).Flush()
		}
	}},
	{"flushed before anything", get + "\r\n", func(w http.ResponseWriter, r *http.Request) {
		_ = http.NewResponseController(w).Flush()
		_, _ = io.WriteString(w, "hello")
	}},
	{"flushed with a length", get + "\r\n", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("content-length", "10")
		_, _ = io.WriteString(w, "hello")
		_ = http.NewResponseController(w).Flush()
		_, _ = io.WriteString(w, "hello")
	}},
	{"large", get + "\r\n", func(w http.ResponseWriter, r *http.Request) {
		for i := range 40 {
			_, _ = w.Write(slices.Repeat([]byte{byte('a' + i%26)}, 700*i))
		}
	}},
	{"large with a length", get + "\r\n", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("content-length", "100000")
		_, _ = w.Write(slices.Repeat([]byte("ab"), 50000))
	}},
	{"shorter than its length", get + "\r\n", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("content-length", "10")
		_, _ = io.WriteString(w, "hello")
	}},
	{"longer than its length", get + "\r\n", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("content-length", "3")
		if _, err := io.WriteString(w, "hello"); err != http.ErrContentLength {
			panic(err)
		}
		_, _ = io.WriteString(w, "")
	}},
	{"until the connection ends", get + "\r\n", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("transfer-encoding", "identity")
		_, _ = io.WriteString(w, "hello")
	}},
	{"chunks that the handler asks for", get + "\r\n", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("transfer-encoding", "chunked")
		w.Header().Set("content-length", "5")
		_, _ = io.WriteString(w, "hello")
	}},
	{"the last", get + "\r\n", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("connection", "close")
		_, _ = io.WriteString(w, "hello")
	}},
	{"the last for the caller", get + "Connection: foo, close\r\n\r\n", func(w http.ResponseWriter, r *http.Request) { _, _ = io.WriteString(w, "hello") }},
	{"another day", get + "\r\n", func(w http.ResponseWriter, r *http.Request) { w.Header().Set("date", "today") }},
	{"the head alone", "HEAD / HTTP/1.1\r\nHost: a\r\n\r\n", func(w http.ResponseWriter, r *http.Request) { _, _ = io.WriteString(w, "hello") }},
	{"the head alone of nothing", "HEAD / HTTP/1.1\r\nHost: a\r\n\r\n", func(w http.ResponseWriter, r *http.Request) {}},
	{"the head alone, flushed", "HEAD / HTTP/1.1\r\nHost: a\r\n\r\n", func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.WriteString(w, "hello")
		_ = http.NewResponseController(w).Flush()
		_, _ = io.WriteString(w, "hello")
	}},
	{"the head alone with a length", "HEAD / HTTP/1.1\r\nHost: a\r\n\r\n", func(w http.ResponseWriter, r *http.Request) { w.Header().Set("content-length", "77") }},
	{"a body echoed", post3, func(w http.ResponseWriter, r *http.Request) { _, _ = io.Copy(w, r.Body) }},
	{"a body unread", post3, func(w http.ResponseWriter, r *http.Request) { _, _ = io.WriteString(w, "hello") }},
	{"a body closed", post3, func(w http.ResponseWriter, r *http.Request) {
		r.Body.Close()
		_, err := r.Body.Read(make([]byte, 1))
		fmt.Fprint(w, err)
	}},
	{"a body read in part", post3, func(w http.ResponseWriter, r *http.Request) { _, _ = r.Body.Read(make([]byte, 1)) }},
	{"a body that is too large", post3, func(w http.ResponseWriter, r *http.Request) {
		_, err := io.ReadAll(http.MaxBytesReader(w, r.Body, 2))
		w.Header().Set("connection", "close")
		fmt.Fprint(w, err)
	}},
	{"what it has of the connection", get + "\r\n", func(w http.ResponseWriter, r *http.Request) {
		_, server := r.Context().Value(http.ServerContextKey).(*http.Server)
		local, _ := r.Context().Value(http.LocalAddrContextKey).(net.Addr)
		fmt.Fprint(w, server, local != nil, r.RemoteAddr != "", r.Proto, r.Context().Err())
	}},
	{"broken off", get + "\r\n", func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.WriteString(w, "hello")
		_ = http.NewResponseController(w).Flush()
		panic(http.ErrAbortHandler)
	}},
	{"a bug", get + "\r\n", func(w http.ResponseWriter, r *http.Request) { panic("a bug") }},
}

// Answers are what net/http makes of the same handlers, and so is whether the connection goes on.
func TestAnswers(t *testing.T) {
	for _, row := range answers {
		t.Run(row.name, func(t *testing.T) {
			got, want := ask(t, true, row.request, row.h), ask(t, false, row.request, row.h)
			if got != want {
				t.Errorf("own:\n%s\nnet/http:\n%s", got, want)
			}
		})
	}
}

// ask gives all that is answered, and whether a second request is.
func ask(t *testing.T, own bool, request string, h http.HandlerFunc) string {
	conn := connect(t, serving(t, own, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/again" {
			_, _ = io.WriteString(w, "again")
			return
		}
		h(w, r)
	})))
	fmt.Fprint(conn, request)
	var said strings.Builder
	in := bufio.NewReader(conn)
	hinted := &http.Request{Method: strings.Fields(request)[0]}
	for {
		r, err := http.ReadResponse(in, hinted)
		if err != nil {
			said.WriteString("no answer")
			return said.String()
		}
		body, err := io.ReadAll(r.Body)
		if when := r.Header.Get("Date"); r.StatusCode >= 200 {
			if _, bad := time.Parse(http.TimeFormat, when); bad == nil {
				r.Header.Set("Date", "now")
			}
		}
		fmt.Fprintf(&said, "%s %d %q close=%v %s body=%q %v\n", r.Status, r.ContentLength, r.TransferEncoding, r.Close, sorted(r.Header), body, err)
		if r.StatusCode >= 200 {
			break
		}
	}
	fmt.Fprint(conn, "GET /again HTTP/1.1\r\nHost: a\r\n\r\n")
	if r, err := http.ReadResponse(in, nil); err == nil {
		body, err := io.ReadAll(r.Body)
		fmt.Fprintf(&said, "and %q %v", body, err)
	}
	return said.String()
}

func sorted(h http.Header) string {
	var b strings.Builder
	for _, name := range slices.Sorted(maps.Keys(h)) {
		fmt.Fprintf(&b, "%s=%q ", name, h[name])
	}
	return b.String()
}

func connect(t *testing.T, addr string) *net.TCPConn {
	t.Helper()
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	_ = conn.SetDeadline(time.Now().Add(20 * time.Second))
	return conn.(*net.TCPConn)
}

// A handler that was given up writes to nobody.
func TestWritingBehindTheHandler(t *testing.T) {
	kept := make(chan http.ResponseWriter, 1)
	conn := connect(t, serving(t, true, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { kept <- w })))
	fmt.Fprint(conn, get+"Connection: close\r\n\r\n")
	if _, err := io.ReadAll(conn); err != nil {
		t.Fatal(err)
	}
	w := <-kept
	if _, err := w.Write([]byte("x")); err == nil {
		t.Error("it writes")
	}
	if _, _, err := http.NewResponseController(w).Hijack(); !errors.Is(err, http.ErrHijacked) {
		t.Error(err)
	}
}
