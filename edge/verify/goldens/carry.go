package goldens

import (
	"strconv"

	"strowger/core/catalog"
	"strowger/core/exchange/exchangetest"
	"strowger/core/llm"
	"strowger/core/router"
	"strowger/core/scan"
	"strowger/edge/verify"
)

// config is a catalog with a provider of each schema, which has the model golden/SCHEMA.
func config() (c catalog.Config) {
	vendors := map[llm.Schema]string{
		llm.SchemaOpenAI: "https://api.openai.com/v1", llm.SchemaResponses: "https://api.openai.com/v1",
		llm.SchemaAnthropic: "https://api.anthropic.com", llm.SchemaGemini: "https://generativelanguage.googleapis.com",
	}
	for _, name := range llm.SchemaNames() {
		s := llm.SchemaNamed(name)
		c.Providers = append(c.Providers, catalog.Provider{Name: name, Schema: s, BaseURL: vendors[s], KeyRef: "env:KEY"})
		e := catalog.Endpoint{Provider: name, Name: "up-model", Price: catalog.Price{Known: true, Input: 2_500_000, Output: 10_000_000}}
		e.MaxOutput = 4096
		c.Models = append(c.Models, catalog.Model{ID: "golden/" + name, Endpoints: []catalog.Endpoint{e}})
	}
	return c
}

// kind is what requests and answers belong together by.
type kind struct {
	schema llm.Schema
	op     llm.Operation
	stream bool
}

var operations = []llm.Operation{llm.OperationChat, llm.OperationCompletion, llm.OperationEmbeddings, llm.OperationCountTokens}

// run carries requests of each schema out at providers of each schema, with answers of that
// schema: until each request and each answer of a kind has had its turn.
func (all *recordings) run(r *verify.Recorder) error {
	asks, answers := map[kind][]*request{}, map[kind][]*answer{}
	for i := range all.requests {
		q := &all.requests[i]
		k := kind{q.schema, q.op, q.stream || streams(q.body)}
		asks[k] = append(asks[k], q)
	}
	for i := range all.answers {
		a := &all.answers[i]
		k := kind{a.schema, a.op, a.stream}
		answers[k] = append(answers[k], a)
		if a.status != 0 { // an error is no stream, whatever was asked for
			k.stream = true
			answers[k] = append(answers[k], a)
		}
	}
	for _, from := range llm.SchemaNames() {
		for _, to := range llm.SchemaNames() {
			for _, op := range operations {
				for _, stream := range []bool{false, true} {
					c := carrier{r, llm.SchemaNamed(from), llm.SchemaNamed(to), op, answers}
					if err := c.all(asks[kind{c.from, op, stream}], stream); err != nil {
						return err
					}
				}
			}
		}
	}
	return nil
}

// carrier carries requests from one schema to another.
type carrier struct {
	r        *verify.Recorder
	from, to llm.Schema
	op       llm.Operation
	answers  map[kind][]*answer
}

func (c *carrier) all(asks []*request, stream bool) error {
	if len(asks) == 0 {
		return nil
	}
	word := "whole"
	if stream {
		word = "stream"
	}
	for i := range max(len(asks), len(c.answers[kind{c.to, c.op, stream}])) {
		q := asks[i%len(asks)]
		name := "codecs/" + c.from.String() + "/" + c.to.String() + "/" + c.op.String() + "/" + word + "/" + strconv.Itoa(i)
		if err := c.r.Case(name, func() error { return c.carry(q, i) }); err != nil {
			return err
		}
	}
	return nil
}

// carry makes one case: q, answered with the answers from place i on.
func (c *carrier) carry(q *request, i int) error {
	if _, err := verify.Configure(c.r, config()); err != nil {
		return err
	}
	model := "golden/" + c.to.String()
	call := router.Call{
		ID: "0197c0de-0000-7000-8000-000000000001", Seed: uint64(i), Body: renamed(q.body, model),
		Entry: router.Entry{Schema: q.schema, Operation: q.op},
	}
	if q.schema == llm.SchemaGemini {
		call.Entry.Model, call.Entry.Stream = model, q.stream
	}
	at := i
	return verify.CarryOut(c.r, uint64(i), call, exchangetest.Epoch, func(s llm.Schema, stream bool) (int, []byte) {
		list := c.answers[kind{s, c.op, stream}]
		if len(list) == 0 {
			return 500, nil
		}
		a := list[at%len(list)]
		at++
		return max(a.status, 200), []byte(a.body)
	})
}

// streams tells whether a body asks for a stream.
func streams(body string) bool {
	m := scan.Object([]byte(body))
	for m.Next() {
		if m.KeyIs("stream") {
			v := m.Value()
			return body[v.Start:v.End] == "true"
		}
	}
	return false
}

// renamed is a body that asks for another model. One that is no JSON stays as it is.
func renamed(body, model string) []byte {
	doc := []byte(body)
	if scan.Valid(doc) != nil {
		return doc
	}
	var ed scan.Editor
	ed.Reset(doc)
	m := scan.Object(doc)
	for m.Next() {
		if m.KeyIs("model") {
			ed.Set(m.Value(), scan.AppendQuote(nil, model))
		}
	}
	if m.Err() != nil {
		return doc
	}
	return ed.Append(nil)
}
