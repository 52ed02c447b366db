package router

import (
	"strowger/core/jsonout"
	"strowger/core/llm"
)

// appendGemini writes what l asks for as Gemini's API lists models
// (ai.google.dev/api/models).
func (r *Router) appendGemini(w *jsonout.Writer, l Listing, entries []entry) ([]byte, *llm.Error) {
	if l.Model != "" {
		e := r.find(entries, l.Model)
		if e == nil {
			return w.Buf, r.unknown(l)
		}
		e.writeGemini(w)
		return w.Buf, nil
	}
	w.Begin('{')
	w.BeginAt("models", '[')
	for i := range entries {
		entries[i].writeGemini(w)
	}
	w.End(']')
	w.End('}')
	return w.Buf, nil
}

func (e *entry) writeGemini(w *jsonout.Writer) {
	top := e.top()
	w.Begin('{')
	w.String("name", "models/"+e.id)
	w.String("version", "") // not known
	w.String("displayName", e.id)
	w.OptInt("inputTokenLimit", top.Context)
	w.OptInt("outputTokenLimit", top.MaxOutput)
	w.Strings("supportedGenerationMethods", []string{"generateContent", "streamGenerateContent", "countTokens"})
	w.End('}')
}
