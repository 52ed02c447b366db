package main

import (
	"errors"
	"fmt"
	"slices"
	"strconv"

	"strowger/core/codec"
	"strowger/core/codec/anthropic"
	"strowger/core/codec/gemini"
	"strowger/core/codec/openai"
	"strowger/core/codec/responses"
	"strowger/core/llm"
)

// codecs are all there are.
var codecs = map[llm.Schema]codec.Both{
	llm.SchemaOpenAI: openai.Codec{}, llm.SchemaResponses: responses.Codec{},
	llm.SchemaAnthropic: anthropic.Codec{}, llm.SchemaGemini: gemini.Codec{},
}

var tables = map[llm.Schema]*codec.Table{
	llm.SchemaOpenAI: openai.Table(), llm.SchemaResponses: responses.Table(),
	llm.SchemaAnthropic: anthropic.Table(), llm.SchemaGemini: gemini.Table(),
}

// told is what an exchange adds to an answer.
var told = &codec.Answer{ID: "exchange-1", Created: 1_700_000_000, Model: "author/model"}

// passed is what became of an answer on its way to a caller.
type passed struct {
	written []byte
	said    said
	finish  llm.Finish
	usage   llm.Usage
	failure *llm.Error // the provider reports it, in a status 200
}

// said is what of an answer every schema has.
type said struct {
	text  string
	calls []string
}

// errCut is an answer that stops without a reason.
var errCut = errors.New("the answer ends without a reason")

// relay reads an answer of a provider of schema from and writes it for a caller of schema to,
// as an exchange does. req is as the caller sent it.
func relay(to, from llm.Schema, req *llm.Request, stream bool, answer []byte) (out passed, err error) {
	abroad := *req
	abroad.Schema = llm.SchemaNone // so that there are deltas to compare
	reader, writer := codecs[from].NewReader(&abroad, stream), codecs[to].NewWriter(req)
	done := false
	names, args := map[[2]int]int{}, []string{}
	take := func(e *llm.Event) {
		if done || out.failure != nil {
			return
		}
		done = e.Done || e.Whole
		if e.Err != nil && !(e.Whole && e.Choices) {
			out.failure = e.Err
			return
		}
		if e.Finish != llm.FinishNone {
			out.finish = e.Finish
		}
		if e.Usage.Known {
			out.usage = e.Usage
		}
		for i := range e.Deltas {
			d := &e.Deltas[i]
			switch d.Kind {
			case llm.DeltaText:
				out.said.text += codec.Plain(d.Text)
			case llm.DeltaCall:
				names[[2]int{d.Choice, d.Block}] = len(args)
				args = append(args, codec.Plain(d.Name)+" "+codec.Plain(d.Text))
				if len(d.ID) == 0 {
					d.ID = strconv.AppendInt([]byte("call_"), int64(len(args)), 10)
				}
			case llm.DeltaArguments:
				args[names[[2]int{d.Choice, d.Block}]] += codec.Plain(d.Text)
			}
		}
		if !e.Done {
			out.written = writer.Append(out.written, e, told)
		}
	}
	if err = reader.Read(slices.Clone(answer), take); err == nil {
		err = reader.Close(take)
	}
	out.said.calls = args
	switch {
	case err != nil || out.failure != nil:
		return out, err
	case out.finish == llm.FinishNone && req.Operation == llm.OperationChat:
		return out, errCut
	case stream:
		out.written = writer.Append(out.written, &llm.Event{Schema: to, Done: true}, told)
	}
	return out, nil
}

// asked is a caller's request for a stream, or for none, in a schema.
func asked(schema llm.Schema, op llm.Operation, stream bool) *llm.Request {
	return &llm.Request{Schema: schema, Operation: op, Stream: stream, WantUsage: true, Model: "m"}
}

// same says where what is read again is not what was said.
func same(was, is passed) error {
	switch {
	case was.said.text != is.said.text:
		return fmt.Errorf("text %.200q becomes %.200q", was.said.text, is.said.text)
	case len(was.said.calls) != len(is.said.calls):
		return fmt.Errorf("%d calls become %d", len(was.said.calls), len(is.said.calls))
	case was.finish != is.finish && was.finish != llm.FinishOther && was.finish != llm.FinishNone:
		return fmt.Errorf("finish %v becomes %v", was.finish, is.finish)
	case was.usage.Known && was.usage.Total() != is.usage.Total():
		return fmt.Errorf("%d tokens become %d", was.usage.Total(), is.usage.Total())
	}
	for i, c := range was.said.calls {
		if w, g := canonical(c), canonical(is.said.calls[i]); w != g {
			return fmt.Errorf("call %.200q becomes %.200q", w, g)
		}
	}
	return nil
}
