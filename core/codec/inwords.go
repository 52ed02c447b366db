package codec

import "strowger/core/llm"

// InWords is what asks for JSON of a form where nothing else can.
func InWords(f *llm.Format) llm.Escaped {
	if f.Kind == llm.FormatObject || len(f.Schema) == 0 {
		return llm.Escaped("Answer with one JSON object and nothing else: no words around it, no code fence.")
	}
	words := llm.Escaped("Answer with JSON that fits the following JSON Schema and nothing else: no words around it, no code fence.")
	if len(f.Description) > 0 {
		words = append(append(words, `\n`...), f.Description...)
	}
	return AppendEscaped(append(words, `\n`...), string(f.Schema))
}
