package codectest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"reflect"
	"strconv"
	"strings"
	"testing"

	"strowger/core/codec"
	"strowger/core/llm"
)

// request reads a body, sends it on, and reads what was sent.
func (s *suite) request(t *testing.T, out *strings.Builder, asked codec.Asked, body []byte) *llm.Request {
	t.Helper()
	req, refusal := s.codec.ReadRequest(asked, body)
	if refusal != nil {
		fmt.Fprintf(out, "  refused %d %s %s\n", refusal.HTTPStatus(), refusal.Code, show([]byte(refusal.Error())))
		if refusal.HTTPStatus() != 400 {
			t.Errorf("a body that is refused is the caller's mistake, not %d", refusal.HTTPStatus())
		}
		return nil
	}
	out.WriteString("  " + describeRequest(req) + "\n")
	sent := s.codec.AppendRequest(nil, req, codec.Form{Name: upstream, Stream: req.Stream})
	fmt.Fprintf(out, "  send %s %s\n", s.codec.Path(req, codec.Form{Name: upstream, Stream: req.Stream}), show(sent))
	if err := s.checkRequest(body, asked, req, sent); err != nil {
		t.Errorf("%s: %v", body, err)
	}
	return req
}

// asked is what a path says by the words of a script.
func (s *suite) asked(words string) (a codec.Asked, lossy bool, err error) {
	a = s.facts.Asked
	for _, word := range strings.Fields(words) {
		switch op := llm.OperationNamed(word); {
		case op != llm.OperationNone:
			a.Operation = op
		case word == "stream" && s.facts.InPath:
			a.Stream = true
		case word == "lossy":
			lossy = true
		default:
			return a, false, fmt.Errorf("%q is neither an operation nor stream nor lossy", word)
		}
	}
	return a, lossy, nil
}

// sentTo is what the path that req is sent to says.
func (s *suite) sentTo(req *llm.Request, f codec.Form) codec.Asked {
	a := codec.Asked{Operation: req.Operation}
	if s.facts.InPath {
		a.Model, a.Stream = f.Name, f.Stream
	}
	return a
}

func describeRequest(r *llm.Request) string {
	var b strings.Builder
	fmt.Fprintf(&b, "model %q", r.Model)
	for _, word := range []struct {
		on   bool
		name string
	}{{r.Stream, "stream"}, {r.WantUsage, "usage"}, {r.WantCost, "cost"}} {
		if word.on {
			b.WriteString(" " + word.name)
		}
	}
	fmt.Fprintf(&b, " tokens=%d", r.InputTokens)
	if r.Images != 0 {
		fmt.Fprintf(&b, " images=%d", r.Images)
	}
	if r.MaxOutput != 0 {
		fmt.Fprintf(&b, " max=%d", r.MaxOutput)
	}
	if r.User != "" {
		fmt.Fprintf(&b, " user=%q", r.User)
	}
	if names := r.Features.Names(); names != nil {
		b.WriteString(" features=" + strings.Join(names, ","))
	}
	if r.Parameters != nil {
		b.WriteString(" parameters=" + strings.Join(r.Parameters, ","))
	}
	for _, x := range []struct {
		name string
		json []byte
	}{{"provider", r.Extensions.Provider}, {"models", r.Extensions.Models}, {"config", r.Extensions.ModelConfig}} {
		if x.json != nil {
			b.WriteString(" " + x.name + " " + string(x.json))
		}
	}
	return b.String()
}

// checkRequest checks what holds for every request that is accepted.
func (s *suite) checkRequest(body []byte, asked codec.Asked, req *llm.Request, sent []byte) error {
	if !json.Valid(sent) {
		return fmt.Errorf("sent is no JSON: %s", sent)
	}
	if &req.Body[0] != &body[0] || len(req.Body) != len(body) {
		return fmt.Errorf("the request does not keep the body")
	}
	before := bytes.Clone(body)
	again := s.codec.AppendRequest([]byte("before"), req, codec.Form{Name: upstream, Stream: req.Stream})
	if string(again) != "before"+string(sent) {
		return fmt.Errorf("a second time, behind other bytes, sent is %s, first %s", again, sent)
	}
	if !bytes.Equal(before, body) {
		return fmt.Errorf("the body has been changed to %s", body)
	}
	if req.Schema != s.facts.Schema || req.Operation != asked.Operation {
		return fmt.Errorf("schema %v, operation %v", req.Schema, req.Operation)
	}
	same, _ := s.codec.ReadRequest(asked, body)
	if !reflect.DeepEqual(req, same) {
		return fmt.Errorf("read a second time as %s", describeRequest(same))
	}
	if err := s.checkForms(req); err != nil {
		return err
	}
	return s.checkSent(req, codec.Form{Name: upstream, Stream: req.Stream}, sent)
}

// checkSent reads what was sent as if it had come from a caller.
func (s *suite) checkSent(req *llm.Request, f codec.Form, sent []byte) error {
	got, refusal := s.codec.ReadRequest(s.sentTo(req, f), sent)
	if refusal != nil {
		return fmt.Errorf("sent is refused: %v: %s", refusal, sent)
	}
	if x := got.Extensions; x.Provider != nil || x.Models != nil || x.ModelConfig != nil || got.WantCost {
		return fmt.Errorf("fields for the router have left: %s", sent)
	}
	if got.Model != upstream {
		return fmt.Errorf("sent names model %s", strconv.Quote(got.Model))
	}
	want := *req
	want.Model, want.Extensions, want.WantCost, want.WantUsage = upstream, llm.Extensions{}, false, got.WantUsage
	want.Body, want.Marks, want.InputBound = got.Body, got.Marks, got.InputBound
	if !reflect.DeepEqual(&want, got) {
		return fmt.Errorf("sent reads %s, which was %s", describeRequest(got), describeRequest(req))
	}
	return nil
}
