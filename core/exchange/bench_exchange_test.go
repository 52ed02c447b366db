package exchange_test

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"strowger/core/catalog"
	"strowger/core/exchange"
	"strowger/core/exchange/exchangetest"
	"strowger/core/llm"
	"strowger/core/router"
)

// passage is one request as a host drives it, a stage after the other: what is left behind is
// what the next begins with.
type passage struct {
	now    time.Time
	x      *exchange.Exchange
	send   exchange.Send
	report *exchange.Report
	doc    []byte
	out    []byte // for the caller, as its connection has it
	sent   []byte // to the provider, as its connection has it
	again  bool   // with the memory of the one before
}

// drive are the stages of one kind of request.
type drive struct {
	router *router.Router
	state  router.State
	body   []byte
	answer [][]byte // as it comes
}

// BenchmarkExchange is a whole exchange, and each stage of it by itself: whole is all of
// them, and again all of them in the memory of the exchange before; open reads the request, started decides, content writes what is sent, headers, data and
// ended are the provider's answer, and report is the record as JSON. An event of
// the stream is a 64th of its data.
func BenchmarkExchange(b *testing.B) {
	for _, kind := range []struct {
		name   string
		size   int
		stream bool
	}{{"plain356", 356, false}, {"plain20k", 20 << 10, false}, {"stream64", 356, true}} {
		d := newDrive(b, 2, kind.size, kind.stream)
		b.Run("whole/"+kind.name, func(b *testing.B) {
			b.ReportAllocs()
			var doc, out []byte
			for b.Loop() {
				c := passage{doc: doc[:0], out: out}
				d.all(&c)
				doc, out = c.doc, c.out
			}
		})
		b.Run("again/"+kind.name, func(b *testing.B) {
			b.ReportAllocs()
			c := passage{again: true}
			for b.Loop() {
				c.doc = c.doc[:0]
				d.all(&c)
			}
		})
		for i, s := range stages {
			b.Run(s.name+"/"+kind.name, func(b *testing.B) { d.stage(b, i) })
		}
	}
}

// stages are what a host does, in order.
var stages = []struct {
	name string
	do   func(*drive, *passage)
}{{"open", (*drive).open}, {"started", (*drive).started}, {"content", (*drive).content}, {"headers", (*drive).headers},
	{"data", (*drive).data}, {"ended", (*drive).ended}, {"report", (*drive).record}}

// all does every stage.
func (d *drive) all(c *passage) {
	for _, s := range stages {
		s.do(d, c)
	}
}

// stage measures one stage, of many exchanges at once: a clock that is stopped for each would be
// all that is measured.
func (d *drive) stage(b *testing.B, at int) {
	const many = 64
	passages := make([]passage, many)
	b.ReportAllocs()
	for done := 0; done < b.N; done += many {
		b.StopTimer()
		n := min(many, b.N-done)
		for i := range passages[:n] {
			passages[i] = passage{doc: passages[i].doc[:0], out: passages[i].out}
			for _, s := range stages[:at] {
				s.do(d, &passages[i])
			}
		}
		b.StartTimer()
		for i := range passages[:n] {
			stages[at].do(d, &passages[i])
		}
	}
}

// BenchmarkReport is the record of an exchange as JSON, by the number of candidates.
func BenchmarkReport(b *testing.B) {
	for _, n := range []int{2, 8, 32, 128} {
		b.Run(strconv.Itoa(n), func(b *testing.B) {
			d := newDrive(b, n, 356, false)
			var c passage
			d.all(&c)
			b.ReportAllocs()
			for b.Loop() {
				c.doc = c.report.AppendJSON(c.doc[:0])
			}
			b.SetBytes(int64(len(c.doc)))
		})
	}
}

func newDrive(b *testing.B, endpoints, size int, stream bool) *drive {
	var providers, served []string
	for i := range endpoints {
		providers = append(providers, fmt.Sprintf(`{"name":"p%d","schema":"openai","base_url":"http://p%d"}`, i, i))
		served = append(served, fmt.Sprintf(`{"provider":"p%d","price":{"input":%d,"output":%d}}`, i, 150000+i*50000, 600000+i*100000))
	}
	cfg, err := catalog.ReadJSON(fmt.Appendf(nil, `{"providers":[%s],"models":[{"id":"openai/gpt-4o-mini","endpoints":[%s]}],"routing":{}}`,
		strings.Join(providers, ","), strings.Join(served, ",")))
	if err != nil {
		b.Fatal(err)
	}
	cat, err := catalog.New(cfg)
	if err != nil {
		b.Fatal(err)
	}
	d := &drive{router: router.New(cat), body: bodyOf(size, stream), answer: answerOf(stream)}
	for range 20 { // what is known of the endpoints
		var c passage
		d.all(&c)
		if c.report.Outcome != exchange.OutcomeOK {
			b.Fatal(string(c.doc))
		}
	}
	return d
}

// bodyOf is a request of so many bytes.
func bodyOf(size int, stream bool) []byte {
	form := `{"model":"openai/gpt-4o-mini","messages":[{"role":"system","content":"You are a helpful assistant."},{"role":"user","content":"%s"}],"temperature":0.7,"max_tokens":256,"stream":%v}`
	text := strings.Repeat("A question of some words. ", size)
	return fmt.Appendf(nil, form, text[:size-len(fmt.Sprintf(form, "", stream))], stream)
}

// answerOf is an answer: one document, or 64 events and the end mark.
func answerOf(stream bool) (pieces [][]byte) {
	if !stream {
		return [][]byte{[]byte(`{"id":"chatcmpl-9","object":"chat.completion","created":1750000000,"model":"gpt-4o-mini-2024-07-18","choices":[{"index":0,"message":{"role":"assistant","content":"` +
			strings.Repeat("An answer. ", 30) + `","refusal":null},"logprobs":null,"finish_reason":"stop"}],"usage":{"prompt_tokens":60,"completion_tokens":90,"total_tokens":150,"prompt_tokens_details":{"cached_tokens":0}},"service_tier":"default","system_fingerprint":"fp_1"}`)}
	}
	const form = `data: {"id":"chatcmpl-9","object":"chat.completion.chunk","created":1750000000,"model":"gpt-4o-mini-2024-07-18","system_fingerprint":"fp_1","choices":[{"index":0,"delta":{%s},"logprobs":null,"finish_reason":%s}]}` + "\n\n"
	pieces = append(pieces, fmt.Appendf(nil, form, `"role":"assistant","content":""`, "null"))
	for i := range 62 {
		pieces = append(pieces, fmt.Appendf(nil, form, fmt.Sprintf(`"content":" word%d"`, i), "null"))
	}
	return append(pieces, append(fmt.Appendf(nil, form, "", `"stop"`), "data: [DONE]\n\n"...))
}

func (d *drive) open(c *passage) {
	c.now = exchangetest.Epoch.Add(time.Hour)
	call := router.Call{ID: "0197c0de-0000-7000-8000-000000000001", Seed: 7, Body: d.body, Entry: router.Entry{Schema: llm.SchemaOpenAI, Operation: llm.OperationChat}}
	if c.x != nil {
		d.router.OpenIn(c.x, call)
	} else {
		c.x = d.router.Open(call)
	}
}

// step is what a host does for one event; of what commands mean only what the stages need.
func (d *drive) step(c *passage, ev exchange.Event) {
	c.now = c.now.Add(time.Millisecond)
	for _, cmd := range c.x.Step(c.now, ev) {
		switch cmd := cmd.(type) {
		case exchange.Send:
			c.send = cmd
			d.state.Board.Begin(cmd.Endpoint.ID, cmd.Endpoint.Provider, c.now)
		case exchange.Record:
			d.state.Board.Finish(cmd.Sample.Endpoint)
			d.state.Board.Fold(cmd.Sample)
		case exchange.Finish:
			c.report = cmd.Report
		}
	}
}

func (d *drive) started(c *passage) { d.step(c, d.state.Started()) }

func (d *drive) content(c *passage) {
	var body []byte
	if c.again {
		c.sent = c.send.AppendContent(c.sent[:0])
		body = c.sent
	} else {
		body = c.send.Content()
	}
	if !bytes.Contains(body, []byte("gpt-4o-mini")) {
		panic("no model in what is sent")
	}
}

func (d *drive) headers(c *passage) {
	d.step(c, exchange.Headers{Attempt: 1, Status: 200, Header: func(string) string { return "" }})
}

func (d *drive) data(c *passage) {
	for _, p := range d.answer {
		c.now = c.now.Add(time.Millisecond)
		out, cmds := c.x.Data(c.out[:0], c.now.UnixMicro(), 1, p)
		c.out = out
		for _, cmd := range cmds {
			switch cmd := cmd.(type) {
			case exchange.Record:
				d.state.Board.Finish(cmd.Sample.Endpoint)
				d.state.Board.Fold(cmd.Sample)
			case exchange.Finish:
				c.report = cmd.Report
			}
		}
	}
}

func (d *drive) ended(c *passage) { d.step(c, exchange.Ended{Attempt: 1}) }

func (d *drive) record(c *passage) { c.doc = c.report.AppendJSON(c.doc) }
