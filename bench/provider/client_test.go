package provider

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"
)

// start serves a provider for the length of a test.
func start(t testing.TB, o Options) (*Provider, *Server) {
	t.Helper()
	p := New(o)
	s, err := Serve(p)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return p, s
}

// fixed is a clock that stands still.
func fixed() time.Time { return time.Unix(1_700_000_000, 0) }

// dial opens a connection to s and sends a chat completion request.
func dial(t testing.TB, s *Server, body string, headers ...string) net.Conn {
	t.Helper()
	conn, err := net.Dial("tcp", strings.TrimPrefix(s.URL, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	if _, err := io.WriteString(conn, requestText(body, headers...)); err != nil {
		t.Fatal(err)
	}
	return conn
}

// requestText is a whole request as it goes over the wire.
func requestText(body string, headers ...string) string {
	head := "POST /v1/chat/completions HTTP/1.1\r\nHost: sim\r\nContent-Type: application/json\r\n"
	for _, h := range headers {
		head += h + "\r\n"
	}
	return fmt.Sprintf("%sContent-Length: %d\r\n\r\n%s", head, len(body), body)
}

// seen is what a raw client saw of a response.
type seen struct {
	res  *http.Response // nil without headers
	body string
	end  string // complete, cut, reset, silence
}

// observe reads a response until it ends or until nothing more is to be expected.
func observe(conn net.Conn, patience time.Duration) seen {
	_ = conn.SetReadDeadline(time.Now().Add(patience))
	res, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		return seen{end: ending(err)}
	}
	body, err := io.ReadAll(res.Body)
	return seen{res: res, body: string(body), end: ending(err)}
}

func ending(err error) string {
	switch {
	case err == nil:
		return "complete"
	case errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, io.EOF):
		return "cut"
	case errors.Is(err, syscall.ECONNRESET):
		return "reset"
	case errors.Is(err, os.ErrDeadlineExceeded):
		return "silence"
	}
	return err.Error()
}

// post sends a request over net/http and returns status, headers and body.
func post(t testing.TB, s *Server, body string, headers ...string) (*http.Response, string) {
	t.Helper()
	req, err := http.NewRequest(http.MethodPost, s.URL+"/v1/chat/completions", strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	for _, h := range headers {
		if name, value, ok := strings.Cut(h, ": "); ok {
			req.Header.Set(name, value)
		}
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	got, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res, string(got)
}

// say is a request body with one user message.
func say(text, more string) string {
	content, _ := json.Marshal(text)
	return `{"model":"m","messages":[{"role":"user","content":` + string(content) + `}]` + more + `}`
}

// wire is the union of chunk, plain answer and error.
type wire struct {
	Object  string
	Choices *[]struct {
		Delta, Message struct {
			Role             string
			Content, Refusal *string
			ToolCalls        []struct {
				ID       string
				Function struct{ Name, Arguments string }
			} `json:"tool_calls"`
		}
		FinishReason *string `json:"finish_reason"`
	}
	Usage *struct {
		PromptTokens     int `json:"prompt_tokens"`
		CompletionTokens int `json:"completion_tokens"`
		TotalTokens      int `json:"total_tokens"`
		Prompt           struct {
			Cached int `json:"cached_tokens"`
		} `json:"prompt_tokens_details"`
		Completion struct {
			Reasoning int `json:"reasoning_tokens"`
		} `json:"completion_tokens_details"`
	}
	Error *struct {
		Message, Type string
		Param, Code   *string
	}
}

// summary puts a body into words, a line for each event.
func summary(body string) string {
	var b strings.Builder
	if !strings.Contains(body, "data: ") && !strings.HasPrefix(body, ":") {
		return summaryOf(body)
	}
	for event := range strings.SplitSeq(strings.TrimSuffix(body, "\n\n"), "\n\n") {
		data, ok := strings.CutPrefix(event, "data: ")
		if !ok {
			data = event
		}
		line := summaryOf(data)
		if !strings.HasSuffix(b.String(), line) || !strings.HasPrefix(line, "  comment") {
			b.WriteString(line)
		}
	}
	return b.String()
}

func summaryOf(data string) string {
	var m wire
	switch {
	case data == "":
		return "  nothing\n"
	case data == "[DONE]":
		return "  [DONE]\n"
	case strings.HasPrefix(data, ":"):
		return "  comment\n"
	case strings.TrimSpace(data) == "":
		return "  white space\n"
	case strings.HasPrefix(data, "<!doctype html>"):
		return "  a page\n"
	case json.Unmarshal([]byte(data), &m) != nil:
		return "  unparsable …" + data[max(0, len(data)-16):] + "\n"
	}
	out := " "
	if m.Error != nil {
		out += fmt.Sprintf(" error %s/%s", m.Error.Type, *m.Error.Code)
	}
	if m.Choices != nil && len(*m.Choices) == 0 {
		out += " choices []"
	}
	if m.Choices != nil && len(*m.Choices) > 0 {
		c := (*m.Choices)[0]
		d := c.Delta
		if m.Object == "chat.completion" {
			d = c.Message
		}
		if d.Role != "" {
			out += " " + d.Role
		}
		if d.Content != nil {
			out += fmt.Sprintf(" %q", *d.Content)
		}
		if d.Refusal != nil {
			out += fmt.Sprintf(" refusal %q", *d.Refusal)
		}
		for _, call := range d.ToolCalls {
			out += fmt.Sprintf(" call %s(%s)", call.Function.Name, call.Function.Arguments)
		}
		if c.FinishReason != nil {
			out += " finish " + *c.FinishReason
		}
	}
	if u := m.Usage; u != nil {
		out += fmt.Sprintf(" usage %d+%d", u.PromptTokens, u.CompletionTokens)
	}
	return out + "\n"
}

// dialOld is dial for HTTP/1.0, which has no chunks.
func dialOld(t testing.TB, s *Server, body string) net.Conn {
	t.Helper()
	conn, err := net.Dial("tcp", strings.TrimPrefix(s.URL, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	if _, err := fmt.Fprintf(conn, "POST /chat/completions HTTP/1.0\r\nContent-Length: %d\r\n\r\n%s", len(body), body); err != nil {
		t.Fatal(err)
	}
	return conn
}
