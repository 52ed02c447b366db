package gemini

import (
	"strowger/core/codec"
	"strowger/core/llm"
	"strowger/core/scan"
)

// turns appends the turns, and the answer so far as the last of them. There is always one
// (https://ai.google.dev/api/generate-content#request-body).
func (t *translation) turns(turns []llm.Message) {
	from := len(t.dst)
	if opensWithCall(turns) {
		t.raw(nothing)
	}
	for i := range turns {
		parts := turns[i].Parts
		if turns[i].Role == llm.RoleAssistant {
			t.turn(from, "model", parts)
			continue
		}
		results := 0
		for results < len(parts) && parts[results].Kind == llm.PartResult {
			results++
		}
		t.turn(from, "user", parts[:results])
		if t.resultsHold() {
			t.turn(from, "user", parts[results:])
		} else {
			t.turn(from, "user", append(mediaIn(parts[:results]), parts[results:]...))
		}
	}
	if len(t.dst) == from {
		t.raw(nothing)
	}
	if len(t.f.Prefill) > 0 {
		t.turn(from, "model", []llm.Part{{Kind: llm.PartText, Text: codec.Escape(string(t.f.Prefill))}})
	}
}

// nothing is a turn that says nothing; an empty text would be refused.
const nothing = `{"role":"user","parts":[{"text":" "}]}`

// opensWithCall reports whether the first turn has calls, which must follow one of the user's
// ("Please ensure that function call turn comes immediately after a user turn or after a function
// response turn"). A text of the model's may come first.
func opensWithCall(turns []llm.Message) bool {
	for i := 0; len(turns) > 0 && i < len(turns[0].Parts); i++ {
		if turns[0].Parts[i].Kind == llm.PartCall {
			return true
		}
	}
	return false
}

// mediaIn are the pictures and documents in results, for models whose results have none.
func mediaIn(results []llm.Part) (media []llm.Part) {
	for i := range results {
		for _, p := range results[i].Parts {
			if p.Kind != llm.PartText {
				media = append(media, p)
			}
		}
	}
	return media
}

// turn appends a turn if anything of it can be said.
func (t *translation) turn(from int, role string, parts []llm.Part) {
	before := len(t.dst)
	if before > from {
		t.raw(",")
	}
	t.raw(`{"role":"` + role + `","parts":[`)
	first := len(t.dst)
	signed := false // the first call of a turn is the one that has to be
	for i := range parts {
		at := len(t.dst)
		if at > first {
			t.raw(",")
		}
		p := &parts[i]
		if p.Kind == llm.PartCall {
			t.call(p, !signed)
			signed = true
			continue
		}
		if !t.part(p) {
			t.dst = t.dst[:at]
		}
	}
	if len(t.dst) == first {
		t.dst = t.dst[:before]
		return
	}
	t.raw("]}")
}

// part appends a part, and reports whether it is one that can be said.
func (t *translation) part(p *llm.Part) bool {
	switch p.Kind {
	case llm.PartText, llm.PartRefusal:
		t.text(p.Text)
	case llm.PartImage, llm.PartAudio, llm.PartVideo, llm.PartFile:
		return t.media(p)
	case llm.PartResult:
		t.result(p)
	case llm.PartThought:
		if p.Origin != llm.SchemaGemini || p.Redacted || len(p.Text) == 0 && len(p.Signature) == 0 {
			return false
		}
		t.raw(`{"text":`)
		t.dst = codec.AppendString(t.dst, p.Text)
		t.raw(`,"thought":true`)
		if len(p.Signature) > 0 {
			t.dst = appendSignature(t.dst, llm.SchemaGemini, codec.SignedThought, p.Signature)
		}
		t.raw("}")
	default:
		return false
	}
	return true
}

// media appends a picture, a sound, a film or a document.
func (t *translation) media(p *llm.Part) bool {
	switch {
	case len(p.URL) > 0:
		t.raw(`{"fileData":{"mimeType":`)
		t.dst = scan.AppendQuote(t.dst, mediaType(p))
		t.raw(`,"fileUri":`)
		t.dst = append(codec.AppendString(t.dst, p.URL), '}')
	case len(p.Data) > 0:
		t.raw(`{"inlineData":{"mimeType":`)
		t.dst = scan.AppendQuote(t.dst, mediaType(p))
		t.raw(`,"data":`)
		t.dst = append(codec.AppendString(t.dst, p.Data), '}')
	case len(p.Text) > 0:
		t.text(p.Text)
		return true
	default:
		return false
	}
	if len(p.Signature) > 0 && p.Origin == llm.SchemaGemini { // of an image that the model has made
		t.dst = appendSignature(t.dst, llm.SchemaGemini, codec.SignedThought, p.Signature)
	}
	t.raw("}")
	return true
}

// call appends a function call, with the signature that it came with. A model that asks for
// one gets the word that stands for it.
func (t *translation) call(p *llm.Part, first bool) {
	t.raw(`{"functionCall":{`)
	t.id(p.ID)
	t.raw(`"name":`)
	t.dst = codec.AppendString(t.dst, p.Name)
	t.raw(`,"args":`)
	if len(p.JSON) == 0 {
		t.raw("{}")
	} else {
		t.dst = append(t.dst, p.JSON...)
	}
	t.raw("}")
	switch {
	case len(p.Signature) > 0 && p.Origin == llm.SchemaGemini:
		t.dst = appendSignature(t.dst, llm.SchemaGemini, codec.SignedCall, p.Signature)
	case first && t.family.levels:
		t.raw(`,"thoughtSignature":"` + skipSignature + `"`)
	}
	t.raw("}")
}

// id appends the id of a call, if it has one.
func (t *translation) id(id llm.Escaped) {
	if len(id) == 0 {
		return
	}
	t.raw(`"id":`)
	t.dst = append(codec.AppendString(t.dst, id), ',')
}

// result appends the result of a function call: an object with the result or the error as a
// text (https://ai.google.dev/api/caching#FunctionResponse).
func (t *translation) result(p *llm.Part) {
	t.raw(`{"functionResponse":{`)
	t.id(p.ID)
	t.raw(`"name":`)
	t.dst = codec.AppendString(t.dst, p.Name)
	t.raw(`,"response":{"`)
	if p.Failed {
		t.raw("error")
	} else {
		t.raw("result")
	}
	t.raw(`":"`)
	some, media := false, false
	for i := range p.Parts {
		part := &p.Parts[i]
		if part.Kind != llm.PartText {
			media = true
			continue
		}
		if some {
			t.raw(`\n`)
		}
		some = true
		t.dst = append(t.dst, part.Text...)
	}
	t.raw(`"}`)
	if media && t.resultsHold() {
		t.raw(`,"parts":[`)
		first := len(t.dst)
		for i := range p.Parts {
			at := len(t.dst)
			if at > first {
				t.raw(",")
			}
			if p.Parts[i].Kind == llm.PartText || !t.part(&p.Parts[i]) {
				t.dst = t.dst[:at]
			}
		}
		t.raw("]")
	}
	t.raw("}}")
}
