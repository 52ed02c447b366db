package codec_test

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"

	"strowger/core/codec"
	"strowger/core/codec/codectest/shapetest"
	"strowger/core/llm"
)

// result is one thing that was sent to a provider or written to a caller.
type result struct {
	schema  llm.Schema // of the bytes
	sent    bool       // to a provider
	stream  bool
	bytes   []byte
	loss    llm.Loss
	failure bool // an error
}

// play is a script being played.
type play struct {
	t       *testing.T
	out     strings.Builder
	from    llm.Schema
	asked   codec.Asked
	req     *llm.Request
	to      llm.Schema
	model   string // what the provider's model is called
	answer  []byte
	results []result
}

const (
	upstream  = "up-model"
	maxOutput = 4096
)

// vendors are the base URLs of those who made the schemas: other servers take more, or less.
var vendors = map[llm.Schema]string{
	llm.SchemaOpenAI: "https://api.openai.com/v1", llm.SchemaResponses: "https://api.openai.com/v1",
	llm.SchemaAnthropic: "https://api.anthropic.com", llm.SchemaGemini: "https://generativelanguage.googleapis.com",
}

// told is what an exchange adds to an answer.
var told = &codec.Answer{ID: "exchange-1", Created: 1_700_000_000, Model: "author/model"}

// step plays what is no answer.
func (p *play) step(verb, rest string) {
	p.t.Helper()
	word, words, _ := strings.Cut(verb, " ")
	switch word {
	case "from":
		p.from = schemaNamed(p.t, words)
	case "request":
		p.request(words, []byte(rest))
	case "to":
		if p.req == nil {
			return
		}
		for _, word := range strings.Fields(words) {
			name, model, _ := strings.Cut(word, "/")
			p.to, p.model = schemaNamed(p.t, name), cmp.Or(model, upstream)
			p.send()
		}
	case "error":
		status, err := strconv.Atoi(words)
		if err != nil {
			p.t.Fatalf("want: error STATUS: body, not %q", verb)
		}
		p.failed(status, []byte(rest))
	default:
		p.t.Fatalf("unknown line %q", rest)
	}
}

func schemaNamed(t *testing.T, name string) llm.Schema {
	t.Helper()
	s := llm.SchemaNamed(strings.TrimSpace(name))
	if _, ok := codecs[s]; !ok {
		t.Fatalf("no codec of schema %q", name)
	}
	return s
}

func (p *play) request(words string, body []byte) {
	p.t.Helper()
	p.asked = codec.Asked{Operation: llm.OperationChat}
	if p.from == llm.SchemaGemini {
		p.asked.Model = "m"
	}
	for _, word := range strings.Fields(words) {
		if op := llm.OperationNamed(word); op != llm.OperationNone {
			p.asked.Operation = op
		}
		p.asked.Stream = p.asked.Stream || word == "stream"
	}
	var refusal *llm.Error
	p.req, refusal = codecs[p.from].ReadRequest(p.asked, body)
	if refusal != nil {
		fmt.Fprintf(&p.out, "  refused %d %s\n", refusal.HTTPStatus(), refusal.Error())
		p.results = append(p.results, result{schema: p.from, failure: true})
	}
}

// send writes the request for a provider of p.to, and reads that as its server would.
func (p *play) send() {
	p.t.Helper()
	c := codecs[p.to]
	form := codec.Form{Name: p.model, Stream: p.req.Stream, MaxOutput: maxOutput, BaseURL: vendors[p.to]}
	r := result{schema: p.to, sent: true, stream: p.req.Stream}
	if p.to != p.from {
		prompt, refusal := codecs[p.from].ReadPrompt(p.req)
		if refusal != nil {
			fmt.Fprintf(&p.out, "  %s refused %d %s\n", p.to, refusal.HTTPStatus(), refusal.Error())
			return
		}
		form.Prompt = prompt
		r.loss = tables[p.to].Loss(p.req.Operation, codec.FieldsFor(prompt, p.to))
		lacks := tables[p.to].Lacks(p.req, form)
		codec.Lose(&r.loss, lacks)
		for _, l := range lacks {
			fmt.Fprintf(&p.out, "  %s %s: %s\n", p.to, l.Field, l.Note)
		}
	}
	if r.loss.Unserved {
		fmt.Fprintf(&p.out, "  %s has no such operation\n", p.to)
		p.results = append(p.results, r)
		return
	}
	for _, x := range []struct {
		what   string
		fields llm.Fields
	}{{"impossible", r.loss.Impossible}, {"approximated", r.loss.Approximated}, {"dropped", r.loss.Dropped}} {
		if !x.fields.Empty() {
			fmt.Fprintf(&p.out, "  %s %s: %s\n", p.to, x.what, strings.Join(x.fields.Names(), ", "))
		}
	}
	if form.Prompt != nil && len(form.Prompt.Unknown) > 0 {
		fmt.Fprintf(&p.out, "  %s unknown: %s\n", p.to, strings.Join(form.Prompt.Unknown, ", "))
	}
	if !r.loss.Impossible.Empty() { // such an endpoint is not sent the request
		p.results = append(p.results, r)
		return
	}
	r.bytes = c.AppendRequest(nil, p.req, form)
	path := c.Path(p.req, form)
	fmt.Fprintf(&p.out, "  %s %s %s\n", p.to, path, r.bytes)
	asked := codec.Asked{Operation: p.req.Operation}
	if p.to == llm.SchemaGemini {
		asked.Model, asked.Stream = p.model, p.req.Stream
	}
	got, refusal := c.ReadRequest(asked, r.bytes)
	switch {
	case !json.Valid(r.bytes):
		p.t.Errorf("%s is sent no JSON: %s", p.to, r.bytes)
	case refusal != nil:
		p.t.Errorf("%s would refuse what it is sent: %v: %s", p.to, refusal, r.bytes)
	case got.Model != p.model || got.Stream != p.req.Stream:
		p.t.Errorf("%s is asked for model %q, stream %v: %s", p.to, got.Model, got.Stream, r.bytes)
	}
	p.results = append(p.results, r)
}

// answered plays the answer of the last provider, and reads what the caller is written.
func (p *play) answered() {
	p.t.Helper()
	body := p.answer
	p.answer = nil
	if p.req == nil {
		p.t.Fatal("an answer without a request")
	}
	whole := relay(p.from, p.to, p.req, body)
	for _, size := range []int{1, 3, 64} {
		var pieces [][]byte
		for piece := range slices.Chunk(body, size) {
			pieces = append(pieces, bytes.Clone(piece))
		}
		if got := relay(p.from, p.to, p.req, pieces...); !bytes.Equal(got.written, whole.written) || got.err != whole.err {
			p.t.Errorf("in pieces of %d\n got  %q %s\n want %q %s", size, got.written, got.err, whole.written, whole.err)
		}
	}
	show(&p.out, whole.written)
	if whole.failed {
		p.out.WriteString("  failed " + whole.err + "\n")
	}
	p.results = append(p.results, result{schema: p.from, stream: p.req.Stream, bytes: whole.written, failure: whole.failed})
	if whole.failed {
		return
	}
	if p.from != p.to && p.req.Operation == llm.OperationChat {
		judge := shapetest.Whole
		if p.req.Stream {
			judge = shapetest.Stream
		}
		if err := judge(p.from, whole.written); err != nil {
			p.t.Errorf("what the caller is written has not the schema's shape: %v", err)
		}
	}
	again := relay(p.from, p.from, p.req, whole.written)
	if again.failed || again.finish != whole.finish && whole.finish != llm.FinishOther {
		p.t.Errorf("what the caller is written reads as finish %v, %s; was %v: %q", again.finish, again.err, whole.finish, whole.written)
	}
}

func show(out *strings.Builder, written []byte) {
	for line := range strings.Lines(string(written)) {
		out.WriteString(strings.TrimRight("  | "+line, " \r\n") + "\n")
	}
}

// relayed is an answer on its way.
type relayed struct {
	written []byte
	finish  llm.Finish
	usage   llm.Usage
	err     string
	failed  bool
}

// relay reads an answer of a provider and writes it for the caller, as an exchange does: up
// to the end or the first failure, calls without ids with one.
func relay(from, to llm.Schema, req *llm.Request, pieces ...[]byte) (out relayed) {
	reader, writer := codecs[to].NewReader(req, req.Stream), codecs[from].NewWriter(req)
	done, calls := false, 0
	take := func(e *llm.Event) {
		if done || out.failed {
			return
		}
		done = e.Done || e.Whole
		if e.Finish != llm.FinishNone {
			out.finish = e.Finish
		}
		if e.Usage.Known {
			out.usage = e.Usage
		}
		for i := range e.Deltas {
			if d := &e.Deltas[i]; d.Kind == llm.DeltaCall {
				if calls++; len(d.ID) == 0 {
					d.ID = strconv.AppendInt([]byte("call_exchange_"), int64(calls), 10)
				}
			}
		}
		if e.Err != nil && !(e.Whole && e.Choices) {
			out.failed, out.err = true, fmt.Sprintf("%s %q", e.Err.Code, e.Err.Error())
		}
		if !e.Done {
			out.written = writer.Append(out.written, e, told)
		}
	}
	var err error
	for _, piece := range pieces {
		if err = reader.Read(piece, take); err != nil {
			break
		}
	}
	if err == nil {
		err = reader.Close(take)
	}
	switch {
	case err != nil:
		out.failed, out.err = true, err.Error()
	case out.failed:
	case out.finish == llm.FinishNone && (req.Stream || !done):
		out.failed, out.err = true, "cut: no reason to end"
	case req.Stream:
		out.written = writer.Append(out.written, &llm.Event{Schema: from, Done: true}, told)
	}
	return out
}

// failed plays an error answer.
func (p *play) failed(status int, body []byte) {
	e := codecs[p.to].ReadError(status, body)
	written := codecs[p.from].AppendError(nil, e)
	fmt.Fprintf(&p.out, "  %d %s\n", e.HTTPStatus(), written)
	if !json.Valid(written) {
		p.t.Errorf("an error is written as no JSON: %s", written)
	}
	if again := codecs[p.from].ReadError(status, written); again.Message != e.Message {
		p.t.Errorf("message %q becomes %q", e.Message, again.Message)
	}
	p.results = append(p.results, result{schema: p.from, bytes: written, failure: true})
}
