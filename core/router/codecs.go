package router

import (
	"strowger/core/codec"
	"strowger/core/codec/anthropic"
	"strowger/core/codec/gemini"
	"strowger/core/codec/openai"
	"strowger/core/codec/responses"
	"strowger/core/llm"
)

// Codec is both sides of a schema; nil if there is none.
func Codec(s llm.Schema) codec.Both {
	switch s {
	case llm.SchemaOpenAI:
		return openai.Codec{}
	case llm.SchemaResponses:
		return responses.Codec{}
	case llm.SchemaAnthropic:
		return anthropic.Codec{}
	case llm.SchemaGemini:
		return gemini.Codec{}
	}
	return nil
}

// Table is what a schema can say; nil if there is no codec of it.
func Table(s llm.Schema) *codec.Table {
	switch s {
	case llm.SchemaOpenAI:
		return openai.Table()
	case llm.SchemaResponses:
		return responses.Table()
	case llm.SchemaAnthropic:
		return anthropic.Table()
	case llm.SchemaGemini:
		return gemini.Table()
	}
	return nil
}

// Ingress is the callers' side of a schema; OpenAI's where none is named, so that an error has
// a form.
func Ingress(s llm.Schema) codec.Ingress {
	if c := Codec(s); c != nil {
		return c
	}
	return openai.Codec{}
}

// egress is the providers' side of a schema.
func egress(s llm.Schema) codec.Egress { return Codec(s) }
