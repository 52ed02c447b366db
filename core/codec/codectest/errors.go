package codectest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"strowger/core/llm"
)

// errorBody reads the body of an error answer and writes it for the caller.
func (s *suite) errorBody(t *testing.T, out *strings.Builder, status int, body []byte) {
	t.Helper()
	e := s.codec.ReadError(status, body)
	if err := s.checkError(status, e); err != nil {
		t.Errorf("%d %s: %v", status, body, err)
		return
	}
	fmt.Fprintf(out, "  error %d %s type=%q code=%q param=%q %s\n", e.Status, e.Code, e.Type, e.ProviderCode, e.Param, show([]byte(e.Message)))
	fmt.Fprintf(out, "  body %s\n", show(s.codec.AppendError(nil, e)))
}

// checkError checks what holds for every error body.
func (s *suite) checkError(status int, e *llm.Error) error {
	switch {
	case e == nil:
		return fmt.Errorf("no error at all")
	case e.Message == "":
		return fmt.Errorf("an error without a message")
	case e.HTTPStatus() != status:
		return fmt.Errorf("status %d", e.HTTPStatus())
	case len(e.Raw) > 0 && e.Schema != s.facts.Schema:
		return fmt.Errorf("a body without its schema")
	}
	body := s.codec.AppendError(nil, e)
	if !json.Valid(body) {
		return fmt.Errorf("written as no JSON: %s", body)
	}
	again := s.codec.ReadError(status, body)
	if again.Message != e.Message {
		return fmt.Errorf("message %q read again as %q", e.Message, again.Message)
	}
	return nil
}

// errors writes errors of our own, whole and in a stream.
func (s *suite) errors(t *testing.T) {
	codes := []llm.Code{
		llm.CodeInvalidRequest, llm.CodeTooLarge, llm.CodeUnauthorized, llm.CodeForbidden, llm.CodeNotFound, llm.CodeMethod,
		llm.CodeModelNotFound, llm.CodeNoEndpoint, llm.CodeRateLimited, llm.CodeTimeout, llm.CodeUnreachable, llm.CodeProvider,
		llm.CodeBadAnswer, llm.CodeStreamCut, llm.CodeShuttingDown, llm.CodeInternal, llm.CodeUnsupported, llm.CodeCancelled,
	}
	for _, code := range codes {
		e := &llm.Error{Code: code, Message: "a \"message\"\nof two lines \u2028 and \xff", Param: "some.param", Detail: []byte(`{"attempts":[]}`)}
		body := s.codec.AppendError([]byte("before"), e)
		doc, ok := bytes.CutPrefix(body, []byte("before"))
		if !ok || !json.Valid(doc) {
			t.Errorf("%s is written as %s", code, body)
			continue
		}
		got := s.codec.ReadError(e.HTTPStatus(), doc)
		if want := strings.ToValidUTF8(e.Message, "\ufffd"); got.Message != want {
			t.Errorf("%s: message %q, want %q", code, got.Message, want)
		}
		stream := s.codec.NewWriter(&llm.Request{Schema: s.facts.Schema, Stream: true}).Append(nil, &llm.Event{Err: e}, answer)
		if ends, err := s.checkFrames(stream); ends != 0 || err != nil {
			t.Errorf("%s in a stream: %d end marks, %v: %q", code, ends, err, stream)
		}
		if out := s.play(&llm.Request{Schema: s.facts.Schema, Stream: true}, stream); !out.failed {
			t.Errorf("%s in a stream is not read as an error: %q", code, stream)
		}
	}
	raw := []byte(`{"theirs": 1}`)
	if got := s.codec.AppendError(nil, &llm.Error{Raw: raw, Schema: s.facts.Schema}); !bytes.Equal(got, raw) {
		t.Errorf("a body of the schema is written as %s", got)
	}
	if got := s.codec.AppendError(nil, &llm.Error{Message: "m", Raw: raw}); bytes.Contains(got, []byte("theirs")) {
		t.Errorf("a body of no schema is passed on: %s", got)
	}
}

// silence: an answer of nothing is never an answer.
func (s *suite) silence(t *testing.T) {
	for _, stream := range []bool{false, true} {
		req := &llm.Request{Schema: s.facts.Schema, Operation: s.facts.Asked.Operation, Stream: stream}
		for _, body := range []string{"", "\n", " \r\n\r\n", "\ufeff"} {
			out := s.play(req, []byte(body))
			if out.complete || bytes.Contains(out.written, []byte("{")) {
				t.Errorf("%q (stream %v) is an answer: %q", body, stream, out.written)
			}
		}
	}
}
