package provider

import (
	"io"
	"net/http"
	"strings"
	"testing"
)

// ask are the requests that are timed: 0.3 KB plain and streamed, and a long prompt.
func ask() map[string]string {
	padding := strings.Repeat("lorem ipsum ", 20)
	return map[string]string{
		"plain":  say(padding, ""),
		"stream": say(padding, `,"stream":true,"stream_options":{"include_usage":true}`),
		"20KB":   say(strings.Repeat("lorem \"ipsum\" ", 1400), ""),
	}
}

// BenchmarkHandler is this package's own share of a request, without net/http.
func BenchmarkHandler(b *testing.B) {
	for name, body := range ask() {
		b.Run(name, func(b *testing.B) {
			p := New(Options{})
			r, _ := http.NewRequest(http.MethodPost, "/v1/chat/completions", nil)
			r.ContentLength = int64(len(body))
			w := &discard{h: http.Header{}}
			src := strings.NewReader(body)
			r.Body = io.NopCloser(src)
			b.ReportAllocs()
			for b.Loop() {
				src.Reset(body)
				p.ServeHTTP(w, r)
			}
		})
	}
}

type discard struct{ h http.Header }

func (d *discard) Header() http.Header         { return d.h }
func (d *discard) WriteHeader(int)             {}
func (d *discard) Write(b []byte) (int, error) { return len(b), nil }

// BenchmarkLoopback is a whole request over a kept connection. The answer has a fixed length, so that the
// client need not understand it.
func BenchmarkLoopback(b *testing.B) {
	for name, body := range ask() {
		b.Run(name, func(b *testing.B) {
			_, s := start(b, Options{Now: fixed, Behaviour: Behaviour{Text: strings.TrimSpace(strings.Repeat("word ", 16))}})
			size := answerSize(b, s, body)
			b.ReportAllocs()
			b.SetParallelism(8)
			b.RunParallel(func(pb *testing.PB) {
				conn := dial(b, s, body)
				request := []byte(requestText(body))
				buf := make([]byte, size)
				_, _ = io.ReadFull(conn, buf)
				for pb.Next() {
					if _, err := conn.Write(request); err != nil {
						b.Error(err)
						return
					}
					if _, err := io.ReadFull(conn, buf); err != nil {
						b.Error(err)
						return
					}
				}
			})
		})
	}
}

// answerSize is the length of a response, head and all.
func answerSize(b *testing.B, s *Server, body string) int {
	conn := dial(b, s, body, "Connection: close")
	all, err := io.ReadAll(conn)
	if err != nil {
		b.Fatal(err)
	}
	return len(all) - len("Connection: close\r\n")
}
