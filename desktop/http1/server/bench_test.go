package server_test

import (
	"bufio"
	"io"
	"log"
	"net"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"strowger/desktop/http1/server"
)

// serving starts one of the two servers with a handler, and gives its address.
func serving(t testing.TB, own bool, h http.Handler) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	inner := &http.Server{Handler: h, ErrorLog: log.New(io.Discard, "", 0)}
	var s either = inner
	if own {
		s = &server.Server{Inner: inner}
	}
	go func() { _ = s.Serve(l) }()
	t.Cleanup(func() { _ = s.Close() })
	return l.Addr().String()
}

// One request behind the other on one connection, from a caller that costs next to nothing. The
// figures are of both sides: their difference is the servers'.
func BenchmarkServer(b *testing.B) {
	answer := []byte(`{"id":"1","choices":[{"message":{"content":"` + strings.Repeat("x", 500) + `"}}]}`)
	kind := []string{"application/json"}
	h := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		room := make([]byte, 512)
		for {
			if _, err := r.Body.Read(room); err == io.EOF {
				break
			} else if err != nil {
				panic(err)
			}
		}
		select {
		case <-r.Context().Done():
			panic("the caller has not left")
		default:
		}
		w.Header()["Content-Type"] = kind
		_, _ = w.Write(answer)
	})
	body := strings.Repeat("b", 300)
	request := []byte("POST /v1/chat/completions HTTP/1.1\r\nHost: 127.0.0.1:4000\r\nUser-Agent: bench/1.0\r\nAuthorization: Bearer sk-0123456789\r\nAccept: application/json\r\n" +
		"Content-Type: application/json\r\nAccept-Encoding: gzip\r\nContent-Length: " + strconv.Itoa(len(body)) + "\r\n\r\n" + body)
	for _, own := range []bool{false, true} {
		b.Run(map[bool]string{false: "net-http", true: "own"}[own], func(b *testing.B) {
			conn, err := net.Dial("tcp", serving(b, own, h))
			if err != nil {
				b.Fatal(err)
			}
			defer conn.Close()
			in := bufio.NewReader(conn)
			b.ReportAllocs()
			before := processorTime()
			for b.Loop() {
				if _, err := conn.Write(request); err != nil {
					b.Fatal(err)
				}
				if err := skipAnswer(in); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64((processorTime()-before).Nanoseconds())/float64(b.N)/1000, "cpu-µs/op")
		})
	}
}

// One event behind the other on one connection, each flushed, under a deadline of its own.
func BenchmarkEvents(b *testing.B) {
	event := []byte("data: " + strings.Repeat("x", 200) + "\n\n")
	for _, own := range []bool{false, true} {
		b.Run(map[bool]string{false: "net-http", true: "own"}[own], func(b *testing.B) {
			told := make(chan struct{})
			conn, err := net.Dial("tcp", serving(b, own, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				out := http.NewResponseController(w)
				for range b.N {
					_ = out.SetWriteDeadline(time.Now().Add(2 * time.Minute))
					if _, err := w.Write(event); err != nil || out.Flush() != nil {
						panic("the caller has left")
					}
				}
				close(told)
			})))
			if err != nil {
				b.Fatal(err)
			}
			defer conn.Close()
			b.ReportAllocs()
			before := processorTime()
			go func() { _, _ = io.Copy(io.Discard, conn) }()
			_, _ = io.WriteString(conn, get+"\r\n")
			<-told
			b.ReportMetric(float64((processorTime()-before).Nanoseconds())/float64(b.N)/1000, "cpu-µs/op")
		})
	}
}

// skipAnswer reads an answer with a length.
func skipAnswer(in *bufio.Reader) error {
	for length := 0; ; {
		line, err := in.ReadSlice('\n')
		if err != nil {
			return err
		}
		if len(line) == 2 {
			_, err = in.Discard(length)
			return err
		}
		if name := "Content-Length: "; len(line) > len(name) && string(line[:len(name)]) == name {
			length = 0
			for _, d := range line[len(name) : len(line)-2] {
				length = 10*length + int(d-'0')
			}
		}
	}
}
