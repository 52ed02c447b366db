package traffic

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"strconv"
	"strings"
	"sync"
	"time"
)

// Provide serves the provider of all peers until in ends.
func Provide(ctx context.Context, in io.Reader, out io.Writer) error {
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	var p simulated
	go p.serve(l)
	fmt.Fprintf(out, "serving at http://%s\n", l.Addr())
	UntilEnd(ctx, in)
	return l.Close()
}

// UntilEnd waits for the parent's end, or its word, as the end of in.
func UntilEnd(ctx context.Context, in io.Reader) {
	end := make(chan struct{})
	go func() {
		defer close(end)
		_, _ = io.Copy(io.Discard, in) // however it ends, it has ended
	}()
	select {
	case <-end:
	case <-ctx.Done():
	}
}

// simulated is a provider that answers the workloads alone, as bench/provider would, and that
// takes so little for it that the proxies are the slow part: it shares its core with the load.
// Requests that a proxy should not have sent in this form are refused.
type simulated struct{ failed sync.Map } // mark → true: requests that failed once

func (p *simulated) serve(l net.Listener) {
	for {
		conn, err := l.Accept()
		if err != nil {
			return // closed
		}
		go p.talk(conn)
	}
}

// talk answers a connection's requests.
func (p *simulated) talk(conn net.Conn) {
	defer conn.Close()
	in := bufio.NewReaderSize(conn, 32<<10)
	var m message
	var out []byte
	for m.read(in, false) == nil {
		q, err := p.ask(&m)
		switch {
		case err != nil:
			out = appendAnswer(out[:0], "400 Bad Request", []byte(`{"error":{"message":`+strconv.Quote(err.Error())+`,"type":"invalid_request_error"}}`))
		case q.fail:
			out = appendAnswer(out[:0], "503 Service Unavailable", []byte(`{"error":{"message":"overloaded","type":"server_error"}}`))
		case q.events == 0:
			out = appendAnswer(out[:0], "200 OK", q.completion(Upstream))
		case q.every > 0:
			_ = q.last(conn) // however it ends, nobody reads it any more
			return
		case q.pace > 0:
			if q.trickle(conn) != nil {
				return
			}
			continue
		default:
			out = append(out[:0], streamHead...)
			for i := range q.events {
				out = q.appendEvent(out, i)
			}
			out = append(out, streamTail...)
		}
		if _, err := conn.Write(out); err != nil {
			return
		}
	}
}

// asked is what a request asks for.
type asked struct {
	mark   string
	events int           // 0: a plain answer
	pace   int           // events a second; 0: all at once
	every  time.Duration // between events, if they are to go on for as long as they are read
	fail   bool
}

// ask reads a request and says what is wrong with it.
func (p *simulated) ask(m *message) (q asked, err error) {
	body := m.body
	switch {
	case !bytes.HasPrefix(m.start, []byte("POST /v1/chat/completions ")):
		return q, fmt.Errorf("unexpected %q", m.start)
	case string(m.key) != "Bearer "+Key:
		return q, fmt.Errorf("the key is not the provider's")
	case !bytes.Contains(body, []byte(`"model":"`+Upstream+`"`)):
		return q, fmt.Errorf("another model was asked for")
	case bytes.Contains(body, []byte(`"provider":`)):
		return q, fmt.Errorf("unknown parameter: provider")
	}
	at := bytes.Index(body, []byte(`\"\n`)) - markSize
	if at < 0 || body[at] != 'k' {
		return q, fmt.Errorf("no number in the request")
	}
	q.mark = string(body[at : at+markSize])
	if bytes.Contains(body, []byte(`"stream":true`)) {
		q.events = StreamEvents
	}
	if q.pace, err = directive(body, "sim: tps="); err == nil && q.events > 0 {
		var ms int
		ms, err = directive(body, "sim: every=")
		q.every = time.Duration(ms) * time.Millisecond
	}
	if err != nil {
		return q, err
	}
	if tenth([]byte(q.mark)) && bytes.Contains(body, []byte(FailTenth)) {
		_, before := p.failed.LoadAndDelete(q.mark)
		if q.fail = !before; q.fail {
			p.failed.Store(q.mark, true)
		}
	}
	return q, nil
}

// directive is the number behind a name in the request, 0 if the name is not there.
func directive(body []byte, name string) (int, error) {
	_, rest, ok := bytes.Cut(body, []byte(name))
	if !ok {
		return 0, nil
	}
	digits, _, _ := strings.Cut(string(rest[:min(len(rest), 8)]), " ")
	return strconv.Atoi(digits)
}

// tenth says whether a request is the one in ten that fails once, where that is asked for.
func tenth(mark []byte) bool { return mark[len(mark)-1] == '0' }

const (
	streamHead = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nCache-Control: no-cache\r\nTransfer-Encoding: chunked\r\n\r\n"
	streamTail = "0\r\n\r\n"
)

func appendAnswer(dst []byte, status string, body []byte) []byte {
	dst = fmt.Appendf(dst, "HTTP/1.1 %s\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n", status, len(body))
	return append(dst, body...)
}

// usage is what a plain answer states.
var usage = fmt.Sprintf(`"usage":{"prompt_tokens":%d,"completion_tokens":%d,"total_tokens":%d}`, PromptTokens, CompletionTokens, PromptTokens+CompletionTokens)

// completion is a plain answer of a model of that name.
func (q asked) completion(model string) []byte {
	return []byte(`{"id":"chatcmpl-1","object":"chat.completion","created":1767225600,"model":"` + model + `","choices":[{"index":0,"message":` +
		`{"role":"assistant","content":"a a a a a a a ` + q.mark + `","refusal":null},"logprobs":null,"finish_reason":"stop"}],` +
		usage + `,"system_fingerprint":"fp_1"}`)
}

// appendEvent appends event i of a stream as a chunk of its own.
func (q asked) appendEvent(dst []byte, i int) []byte {
	var room [256]byte
	event := q.event(room[:0], Upstream, i)
	dst = strconv.AppendInt(dst, int64(len("data: ")+len(event)+len("\n\n")), 16)
	dst = append(dst, "\r\ndata: "...)
	dst = append(dst, event...)
	return append(dst, "\n\n\r\n"...)
}

// event appends what event i of a stream says.
func (q asked) event(dst []byte, model string, i int) []byte {
	if i == q.events-1 {
		return append(dst, "[DONE]"...)
	}
	dst = appendChunk(dst, model)
	switch i {
	case q.events - 2:
		return append(dst, `{},"finish_reason":"stop"}]}`...)
	case q.events - 3:
		dst = append(dst, `{"content":" `...)
		dst = append(dst, q.mark...)
		return append(dst, `"},"finish_reason":null}]}`...)
	case 0:
		return append(dst, `{"role":"assistant","content":""},"finish_reason":null}]}`...)
	}
	return append(dst, `{"content":" a"},"finish_reason":null}]}`...)
}

// appendChunk appends a chunk of a stream as far as its delta.
func appendChunk(dst []byte, model string) []byte {
	dst = append(dst, `{"id":"chatcmpl-1","object":"chat.completion.chunk","created":1767225600,"model":"`...)
	dst = append(dst, model...)
	return append(dst, `","choices":[{"index":0,"delta":`...)
}

// trickle writes a stream at its pace, each event by itself.
func (q asked) trickle(conn net.Conn) error {
	begin := time.Now()
	out := []byte(streamHead)
	for i := range q.events {
		time.Sleep(time.Until(begin.Add(time.Duration(i) * time.Second / time.Duration(q.pace))))
		out = q.appendEvent(out, i)
		if i == q.events-1 {
			out = append(out, streamTail...)
		}
		if _, err := conn.Write(out); err != nil {
			return err
		}
		out = out[:0]
	}
	return nil
}
