package proxy_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"strowger/bench/provider"
	"strowger/core/catalog"
	"strowger/desktop/proxy"
)

func zipped(t testing.TB, text string) string {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	if _, err := io.WriteString(z, text); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// bomb is a gigabyte of zeros, compressed; in members, which makes it quick to make.
func bomb(t testing.TB) string {
	t.Helper()
	const members = 64
	return strings.Repeat(zipped(t, strings.Repeat("\x00", 1<<30/members)), members)
}

// Answers that are compressed without having been asked for are read; of ways that are not
// known the failure names the way, and somebody else is asked.
func TestCompressedAnswers(t *testing.T) {
	stream := word + word + lastWord
	for _, c := range []struct {
		name, encoding, whole, stream string
		status                        int
		outcome, says                 string
	}{
		{"gzip", "gzip", zipped(t, whole), zipped(t, stream), 200, "", ""},
		{"x-gzip", "X-GZIP", zipped(t, whole), zipped(t, stream), 200, "", ""},
		{"identity", "identity", whole, stream, 200, "", ""},
		{"two members", "gzip", zipped(t, whole[:40]) + zipped(t, whole[40:]), zipped(t, word) + zipped(t, word+lastWord), 200, "", ""},
		{"brotli", "br", "?", "?", 200, "bad_answer", "content-encoding br, which"},
		{"twice", "gzip, gzip", zipped(t, zipped(t, whole)), "?", 200, "bad_answer", "content-encoding gzip, gzip, which"},
		{"a long name, whose 64th byte is half a character", strings.Repeat("x", 63) + "é", "?", "?", 200, "bad_answer", strings.Repeat("x", 63) + ", which"},
		{"no gzip at all", "gzip", whole, stream, 200, "bad_answer", "not the gzip"},
		{"wrong sum", "gzip", spoilt(zipped(t, whole)), spoilt(zipped(t, ": one moment\n\n")), 200, "bad_answer", "not the gzip"},
		{"cut", "gzip", zipped(t, whole)[:30], zipped(t, word)[:20], 200, "cut", "the connection was closed"},
		{"empty", "gzip", "", "", 200, "bad_answer", "empty"},
		{"error", "gzip", zipped(t, `{"error":{"message":"too much"}}`), zipped(t, `{"error":{"message":"too much"}}`), 429, "rate_limited", "too much"},
		{"error that cannot be read", "br", "?", "?", 429, "rate_limited", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			var streams atomic.Bool
			w := newWire(t, func(_ *wire, _ int64, conn net.Conn) bool {
				kind, sent := "application/json", c.whole
				if streams.Load() {
					kind, sent = "text/event-stream", c.stream
				}
				say(conn, fmt.Sprintf("HTTP/1.1 %d X\r\nContent-Type: %s\r\nContent-Encoding: %s\r\nContent-Length: %d\r\n\r\n%s", c.status, kind, c.encoding, len(sent), sent))
				return true
			})
			r := newRig(t, setup{more: []catalog.Provider{{Name: "p", BaseURL: w.url}}, providers: []provider.Options{{Name: "other"}}})
			for _, s := range []bool{false, true} {
				streams.Store(s)
				a := r.post(body(s, "sim: text=other", `"provider":{"only":["p"]},`))
				if c.outcome == "" {
					if a.status != 200 || s && (a.text != "word word " || !a.done) || !s && !strings.Contains(a.text, `"content":"well"`) {
						t.Errorf("stream %v: %+v", s, a)
					}
					continue
				}
				got := attemptsOf(t, a)
				if len(got) == 0 || got[0].Outcome != c.outcome || !strings.Contains(got[0].Error, c.says) {
					t.Errorf("stream %v: %+v; want %s, %q", s, got, c.outcome, c.says)
				}
				if a := r.post(body(s, "sim: text=other", `"provider":{"order":["p"]},`)); a.status != 200 || !strings.Contains(a.text, "other") {
					t.Errorf("stream %v with another provider: %+v", s, a)
				}
			}
			r.idle()
		})
	}
}

// spoilt has another checksum.
func spoilt(zipped string) string {
	b := []byte(zipped)
	b[len(b)-8] ^= 1
	return string(b)
}

// The events of a compressed stream come out as they are sent.
func TestCompressedStreamIsLive(t *testing.T) {
	read := make(chan bool)
	s := newHandler(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("content-type", "text/event-stream")
		w.Header().Set("content-encoding", "gzip")
		z := gzip.NewWriter(w)
		for _, event := range []string{word, word, lastWord} {
			fmt.Fprint(z, event)
			_ = z.Flush()
			w.(http.Flusher).Flush()
			select {
			case <-read:
			case <-time.After(5 * time.Second):
				return
			}
		}
		_ = z.Close()
	})
	r := newRig(t, setup{more: []catalog.Provider{{Name: "p", BaseURL: s}}})
	resp, err := r.open(context.Background(), body(true, "hello"))
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	buf, got := make([]byte, 4096), ""
	for i, want := range []string{"word ", "word ", "[DONE]"} {
		for got = ""; !strings.Contains(got, want); {
			n, err := resp.Body.Read(buf)
			if got += string(buf[:n]); err != nil && !strings.Contains(got, want) {
				t.Fatalf("event %d: %v behind %q", i, err, got)
			}
		}
		read <- true
	}
}

// An answer that is a gigabyte when it is read is given up at the codec's bound; comments
// without end are passed over and cost nothing.
func TestBombsFromProviders(t *testing.T) {
	packed := bomb(t)
	for name, kind := range map[string]string{"whole": "application/json", "stream": "text/event-stream"} {
		t.Run(name, func(t *testing.T) {
			s := newHandler(t, func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("content-type", kind)
				w.Header().Set("content-encoding", "gzip")
				_, _ = io.WriteString(w, packed)
			})
			r := newRig(t, setup{more: []catalog.Provider{{Name: "p", BaseURL: s}}})
			var a reply
			most := peak(func() { a = r.post(body(name == "stream", "hello")) })
			if got := attemptsOf(t, a); a.status != 502 || got[0].Outcome != "bad_answer" {
				t.Errorf("%d %s", a.status, a.text)
			}
			t.Logf("%d MB at its most", most>>20)
			if most > 400<<20 {
				t.Errorf("%d MB at its most", most>>20)
			}
			r.idle()
		})
	}
}

// Requests may be compressed with gzip, and are bounded by what they are then.
func TestCompressedRequests(t *testing.T) {
	const most = 1 << 20
	r := newRig(t, setup{options: proxy.Options{MaxBody: most}})
	sent := body(false, "sim: text=well")
	exactly := strings.Replace(sent, "{", "{"+strings.Repeat(" ", most-len(sent)), 1)
	for _, c := range []struct {
		name, encoding, body string
		status               int
		says                 string
	}{
		{"gzip", "gzip", zipped(t, sent), 200, "well"},
		{"x-gzip", "x-gzip", zipped(t, sent), 200, "well"},
		{"in capitals", "GZIP", zipped(t, sent), 200, "well"},
		{"identity", "identity", sent, 200, "well"},
		{"as large as may be", "gzip", zipped(t, exactly), 200, "well"},
		{"one byte more", "gzip", zipped(t, " "+exactly), 413, "larger than 1 MiB"},
		{"a bomb", "gzip", bomb(t), 413, "larger than 1 MiB"},
		{"cut", "gzip", zipped(t, sent)[:40], 400, "broke off"},
		{"empty", "gzip", "", 400, "broke off"},
		{"no gzip at all", "gzip", sent, 400, "not the gzip"},
		{"wrong sum", "gzip", spoilt(zipped(t, sent)), 400, "not the gzip"},
		{"deflate", "deflate", "?", 415, "content-encoding deflate is not supported"},
		{"brotli", "br", "?", 415, "content-encoding br is not supported"},
		{"twice", "gzip, gzip", zipped(t, zipped(t, sent)), 415, "is not supported"},
	} {
		t.Run(c.name, func(t *testing.T) {
			var a reply
			most := peak(func() { a = r.post(c.body, "content-encoding", c.encoding) })
			if a.status != c.status || !strings.Contains(a.text, c.says) {
				t.Errorf("%d %s", a.status, a.text)
			}
			if a.status == 415 && a.header.Get("accept-encoding") != "gzip" {
				t.Error("it is not said what is supported")
			}
			if most > 16<<20 {
				t.Errorf("%d MB at its most", most>>20)
			}
		})
	}
	if last := r.providers[0].Last(); last.Header.Get("content-encoding") != "" || !strings.HasPrefix(string(last.Body), "{") {
		t.Errorf("the provider was sent %v", last.Header)
	}
}

// peak is by how much the heap grew at its most during f.
func peak(f func()) int64 {
	before, most := heap(), int64(0)
	stop, stopped := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(stopped)
		for {
			var m runtime.MemStats
			runtime.ReadMemStats(&m)
			most = max(most, int64(m.HeapAlloc)-before)
			select {
			case <-stop:
				return
			case <-time.After(2 * time.Millisecond):
			}
		}
	}()
	f()
	close(stop)
	<-stopped
	return most
}

// newHandler serves a handler and gives its address.
func newHandler(t testing.TB, h http.HandlerFunc) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &http.Server{Handler: h}
	go func() { _ = s.Serve(l) }()
	t.Cleanup(func() { s.Close() })
	return "http://" + l.Addr().String()
}
