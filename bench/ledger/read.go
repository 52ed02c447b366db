package main

import (
	anthropicschema "strowger/core/codec/anthropic"
	geminischema "strowger/core/codec/gemini"
	"strowger/core/codec/openai"
	responsesschema "strowger/core/codec/responses"
	"strowger/core/llm"
	"strowger/core/scan"
	"strowger/core/sse"
)

// tokens reads a recording as the product does.
func tokens(r *recording, schema string) llm.Usage {
	switch schema {
	case responses:
		return folded(r, &responsesschema.Usage{})
	case anthropic:
		return folded(r, &anthropicschema.Usage{})
	case gemini:
		return folded(r, &geminischema.Usage{})
	}
	// The schema that has a whole codec is read by that.
	var last llm.Usage
	emit := func(e *llm.Event) {
		if e.Usage.Known {
			last = e.Usage
		}
	}
	reader := openai.Codec{}.NewReader(&llm.Request{Schema: llm.SchemaOpenAI, Stream: r.stream}, r.stream)
	if err := reader.Read(r.answer, emit); err == nil {
		_ = reader.Close(emit) // a recording that breaks off has its usage all the same
	}
	return last
}

// usage reads what the documents of one answer say.
type usage interface {
	Add(doc []byte)
	Tokens() llm.Usage
}

func folded(r *recording, u usage) llm.Usage {
	add := func(doc []byte) {
		if scan.Valid(doc) == nil {
			u.Add(doc)
		}
	}
	if !r.stream {
		add(r.answer)
		return u.Tokens()
	}
	var framer sse.Framer
	frame := func(f sse.Frame) { add(f.Data) }
	if framer.Write(r.answer, frame) == nil {
		framer.Close(frame)
	}
	return u.Tokens()
}
