package proxy_test

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"

	"strowger/bench/provider"
	"strowger/core/catalog"
	"strowger/desktop/proxy"
)

// secure is a provider over TLS and HTTP/2 with a certificate of its own making.
type secure struct {
	*httptest.Server
	conns atomic.Int64 // made so far
}

func newSecure(t *testing.T, h http.HandlerFunc) *secure {
	t.Helper()
	s := &secure{}
	s.Server = httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.ProtoMajor != 2 {
			t.Errorf("asked by %s", r.Proto)
		}
		_, _ = io.Copy(io.Discard, r.Body)
		h(w, r)
	}))
	s.EnableHTTP2 = true
	s.Config.ErrorLog = log.New(testLog{t}, "", 0)
	s.Config.ConnState = func(_ net.Conn, state http.ConnState) {
		if state == http.StateNew {
			s.conns.Add(1)
		}
	}
	s.StartTLS()
	t.Cleanup(s.Close)
	return s
}

// trusting is a setup with a provider whose certificate is trusted, and behind it others.
func trusting(url string, cert *x509.Certificate, others ...provider.Options) setup {
	roots := x509.NewCertPool()
	roots.AddCert(cert)
	return setup{more: []catalog.Provider{{Name: "h2", BaseURL: url}}, providers: others, options: proxy.Options{RootCAs: roots},
		routing: catalog.Routing{Resume: catalog.ResumeOff}}
}

// events writes each at once and waits in between until it is told to go on.
func events(w http.ResponseWriter, next <-chan bool, all ...string) {
	w.Header().Set("content-type", "text/event-stream")
	for _, event := range all {
		_, _ = io.WriteString(w, event)
		w.(http.Flusher).Flush()
		if next != nil {
			<-next
		}
	}
}

// Over HTTP/2 each event comes when it is sent, and ends as it should.
func TestHTTP2Stream(t *testing.T) {
	next := make(chan bool)
	s := newSecure(t, func(w http.ResponseWriter, _ *http.Request) { events(w, next, word, word, lastWord) })
	r := newRig(t, trusting(s.URL, s.Certificate()))
	resp, err := r.open(context.Background(), body(true, "hello"))
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	buf := make([]byte, 4096)
	for _, want := range []string{"word ", "word ", "[DONE]"} {
		for got := ""; !strings.Contains(got, want); {
			n, err := resp.Body.Read(buf)
			if got += string(buf[:n]); err != nil && !strings.Contains(got, want) {
				t.Fatalf("%v behind %q", err, got)
			}
		}
		next <- true
	}
	r.idle()
}

// A stream that the provider resets is one that broke: before content somebody else is
// asked, in the middle it ends in an error and never looks complete.
func TestHTTP2ResetInTheAnswer(t *testing.T) {
	for _, c := range []struct {
		name   string
		stream bool
		sent   []string
		text   string
		served string
	}{
		{"before the headers", true, nil, "other", "other"},
		{"before content", true, []string{": one moment\n\n"}, "other", "other"},
		{"in the middle", true, []string{word, word}, "word word ", "h2"},
		{"whole", false, []string{whole[:50]}, "other", "other"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := newSecure(t, func(w http.ResponseWriter, _ *http.Request) {
				events(w, nil, c.sent...)
				panic(http.ErrAbortHandler)
			})
			r := newRig(t, trusting(s.URL, s.Certificate(), provider.Options{Name: "other"}))
			a := r.post(body(c.stream, "sim: text=other", `"provider":{"order":["h2"]},`))
			if a.header.Get("x-strowger-provider") != c.served || !strings.Contains(a.text, c.text) {
				t.Errorf("%+v", a)
			}
			if broke := c.served == "h2"; broke != (a.broken != nil) || broke != strings.Contains(a.failed, "stream_cut") || broke == (a.done || !c.stream) {
				t.Errorf("%+v", a)
			}
			if n := s.conns.Load(); n != 1 {
				t.Errorf("%d connections", n)
			}
			r.idle()
		})
	}
}

// Many answers share one connection, and one whose caller does not read holds up neither
// the others nor the memory: its provider is made to wait.
func TestHTTP2ManyStreams(t *testing.T) {
	var written atomic.Int64
	s := newSecure(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Query().Get("endless") == "" {
			events(w, nil, word, word, lastWord)
			return
		}
		w.Header().Set("content-type", "text/event-stream")
		for many := strings.Repeat(word, 64); ; {
			n, err := io.WriteString(w, many)
			if written.Add(int64(n)); err != nil {
				return
			}
		}
	})
	set := trusting(s.URL, s.Certificate())
	set.more = append(set.more, catalog.Provider{Name: "endless", BaseURL: s.URL + "?endless=1&"})
	r := newRig(t, set)
	r.post(body(true, "hello", `"provider":{"only":["h2"]},`))
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	resp, err := r.open(ctx, body(true, "hello", `"provider":{"only":["endless"]},`))
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	steady(t, &written)
	t.Logf("%d kB written to a caller that does not read", written.Load()>>10)
	if n := written.Load(); n > 24<<20 {
		t.Errorf("the provider has written %d MB to a caller that does not read", n>>20)
	}
	var all sync.WaitGroup
	for range 60 {
		all.Go(func() {
			if a := r.post(body(true, "hello", `"provider":{"only":["h2"]},`)); a.text != "word word " || !a.done {
				t.Errorf("%+v", a)
			}
		})
	}
	all.Wait()
	if n := s.conns.Load(); n != 1 {
		t.Errorf("%d connections", n)
	}
	cancel()
	await(t, "the endless answer to be given up", func() bool { return r.inFlight()["endless"] == 0 })
}

// steady waits until a number has stopped growing.
func steady(t *testing.T, n *atomic.Int64) {
	t.Helper()
	last, since := n.Load(), time.Now()
	await(t, "a provider to be made to wait", func() bool {
		if now := n.Load(); now != last || now == 0 {
			last, since = now, time.Now()
		}
		return time.Since(since) > 400*time.Millisecond
	})
}

// frames is a provider of HTTP/2 frames. What answer is given is the number of the stream
// from 1 and the stream's id; it runs where the connection is read.
func frames(t *testing.T, settings []http2.Setting, answer func(f *http2.Framer, n int64, id uint32)) (url string, cert *x509.Certificate, streams *atomic.Int64) {
	t.Helper()
	model := httptest.NewUnstartedServer(nil) // for its certificate
	model.StartTLS()
	defer model.Close()
	cert = model.Certificate()
	l, err := tls.Listen("tcp", "127.0.0.1:0", &tls.Config{Certificates: model.TLS.Certificates, NextProtos: []string{"h2"}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	streams = new(atomic.Int64)
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer conn.Close()
				preface := make([]byte, len(http2.ClientPreface))
				if _, err := io.ReadFull(conn, preface); err != nil {
					return
				}
				f := http2.NewFramer(conn, conn)
				_ = f.WriteSettings(settings...)
				for {
					frame, err := f.ReadFrame()
					if err != nil {
						return
					}
					switch frame := frame.(type) {
					case *http2.SettingsFrame:
						if !frame.IsAck() {
							_ = f.WriteSettingsAck()
						}
					case *http2.PingFrame:
						_ = f.WritePing(true, frame.Data)
					case *http2.HeadersFrame:
						answer(f, streams.Add(1), frame.StreamID)
					}
				}
			}()
		}
	}()
	return "https://" + l.Addr().String(), cert, streams
}

// head are the headers of a good answer.
func head() []byte {
	var b bytes.Buffer
	e := hpack.NewEncoder(&b)
	_ = e.WriteField(hpack.HeaderField{Name: ":status", Value: "200"})
	_ = e.WriteField(hpack.HeaderField{Name: "content-type", Value: "text/event-stream"})
	return b.Bytes()
}

// What a provider of HTTP/2 may say at the level of frames. What it turns away goes to
// somebody else at once and is never sent again unseen, as net/http would for a minute.
func TestHTTP2Frames(t *testing.T) {
	begin := func(f *http2.Framer, id uint32, data string) {
		_ = f.WriteHeaders(http2.HeadersFrameParam{StreamID: id, BlockFragment: head(), EndHeaders: true})
		_ = f.WriteData(id, false, []byte(data))
	}
	for _, c := range []struct {
		name    string
		answer  func(f *http2.Framer, n int64, id uint32)
		text    string
		served  string
		outcome string
		failed  string
	}{
		{"refused", func(f *http2.Framer, _ int64, id uint32) { _ = f.WriteRSTStream(id, http2.ErrCodeRefusedStream) }, "other", "other", "unreachable", ""},
		{"protocol error", func(f *http2.Framer, _ int64, id uint32) { _ = f.WriteRSTStream(id, http2.ErrCodeProtocol) }, "other", "other", "unreachable", ""},
		{"enhance your calm", func(f *http2.Framer, _ int64, id uint32) {
			_ = f.WriteRSTStream(id, http2.ErrCodeEnhanceYourCalm)
		}, "other", "other", "unreachable", ""},
		{"going away before it", func(f *http2.Framer, _ int64, id uint32) { _ = f.WriteGoAway(id-1, http2.ErrCodeNo, nil) }, "other", "other", "unreachable", ""},
		{"going away with an error", func(f *http2.Framer, _ int64, id uint32) {
			_ = f.WriteGoAway(id, http2.ErrCodeInternal, []byte("we are sorry"))
		}, "other", "other", "first_token_timeout", ""},
		{"going away after it", func(f *http2.Framer, _ int64, id uint32) {
			begin(f, id, word)
			_ = f.WriteGoAway(id, http2.ErrCodeNo, nil)
			_ = f.WriteData(id, true, []byte(word+lastWord))
		}, "word word ", "h2", "ok", ""},
		{"reset in the middle", func(f *http2.Framer, _ int64, id uint32) {
			begin(f, id, word)
			_ = f.WriteRSTStream(id, http2.ErrCodeInternal)
		}, "word ", "h2", "cut", "stream_cut"},
		{"silent in the middle", func(f *http2.Framer, _ int64, id uint32) { begin(f, id, word) }, "word ", "h2", "idle_timeout", "timeout"},
		{"more than its length", func(f *http2.Framer, _ int64, id uint32) {
			var b bytes.Buffer
			e := hpack.NewEncoder(&b)
			_ = e.WriteField(hpack.HeaderField{Name: ":status", Value: "200"})
			_ = e.WriteField(hpack.HeaderField{Name: "content-length", Value: "3"})
			_ = f.WriteHeaders(http2.HeadersFrameParam{StreamID: id, BlockFragment: b.Bytes(), EndHeaders: true})
			_ = f.WriteData(id, true, []byte(word))
		}, "other", "other", "cut", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			url, cert, streams := frames(t, nil, c.answer)
			set := trusting(url, cert, provider.Options{Name: "other"})
			set.timeouts = catalog.Timeouts{FirstToken: 700 * time.Millisecond, Idle: 300 * time.Millisecond}
			r := newRig(t, set)
			a := r.post(body(true, "sim: text=other", `"provider":{"order":["h2"]},`))
			rep := r.report(1)
			if a.text != c.text || a.header.Get("x-strowger-provider") != c.served || a.done != (c.failed == "") || !strings.Contains(a.failed, c.failed) {
				t.Errorf("%+v", a)
			}
			if got := rep.Attempts[0].Outcome.String(); got != c.outcome {
				t.Errorf("the attempt ended as %s (%s), want %s", got, rep.Attempts[0].Message, c.outcome)
			}
			tries := 0
			for _, a := range rep.Attempts {
				if a.Provider == "h2" {
					tries++
				}
			}
			if n := streams.Load(); n != int64(tries) {
				t.Errorf("%d attempts, but the provider got %d streams", tries, n)
			}
			r.idle()
		})
	}
}

// A provider that does not take the request's body in is as silent as one that says nothing.
func TestHTTP2WindowThatStaysShut(t *testing.T) {
	url, cert, _ := frames(t, []http2.Setting{{ID: http2.SettingInitialWindowSize, Val: 0}}, func(*http2.Framer, int64, uint32) {})
	set := trusting(url, cert, provider.Options{Name: "other"})
	set.timeouts = catalog.Timeouts{FirstToken: 200 * time.Millisecond}
	r := newRig(t, set)
	// The settings may come after the first request.
	for n := 1; n <= 2; n++ {
		a := r.post(body(true, "sim: text=other", `"provider":{"order":["h2"]},`))
		if a.text != "other" || !a.done || r.report(n).Attempts[0].Outcome.String() != "first_token_timeout" {
			t.Errorf("%+v, %+v", a, r.report(n).Attempts)
		}
	}
	r.idle()
}

// What the attempt tells of streams that are turned away before an answer: that they died.
func TestHTTP2StreamsThatDie(t *testing.T) {
	for name, code := range map[string]http2.ErrCode{"refused": http2.ErrCodeRefusedStream, "internal": http2.ErrCodeInternal, "protocol": http2.ErrCodeProtocol} {
		t.Run(name, func(t *testing.T) {
			url, cert, streams := frames(t, nil, func(f *http2.Framer, _ int64, id uint32) { _ = f.WriteRSTStream(id, code) })
			transport := proxy.NewTransport(nil, cert)
			defer transport.CloseIdleConnections()
			told := proxy.Carry(transport, url, nil, time.Second)
			checkFailed(t, told, true, false, fmt.Sprint(code))
			if n := streams.Load(); n != 1 {
				t.Errorf("the provider got %d streams", n)
			}
		})
	}
}
