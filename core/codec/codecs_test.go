package codec_test

import (
	"strowger/core/codec"
	"strowger/core/codec/anthropic"
	"strowger/core/codec/gemini"
	"strowger/core/codec/openai"
	"strowger/core/codec/responses"
	"strowger/core/llm"
)

// codecs are all there are.
var codecs = map[llm.Schema]codec.Both{
	llm.SchemaOpenAI:    openai.Codec{},
	llm.SchemaAnthropic: anthropic.Codec{},
	llm.SchemaGemini:    gemini.Codec{},
	llm.SchemaResponses: responses.Codec{},
}

var tables = map[llm.Schema]*codec.Table{
	llm.SchemaOpenAI:    openai.Table(),
	llm.SchemaAnthropic: anthropic.Table(),
	llm.SchemaGemini:    gemini.Table(),
	llm.SchemaResponses: responses.Table(),
}
