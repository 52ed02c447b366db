package gemini

import (
	"strowger/core/codec"
	"strowger/core/llm"
)

// add appends JSON as it stands.
//
//go:noinline
func add(dst []byte, s string) []byte { return append(dst, s...) }

// speaks reports whether delta i is a part of its own.
func speaks(deltas []llm.Delta, i int) bool {
	switch d := &deltas[i]; d.Kind {
	case llm.DeltaText, llm.DeltaRefusal, llm.DeltaThought, llm.DeltaRedacted, llm.DeltaCall, llm.DeltaMedia:
		return true
	case llm.DeltaSignature:
		return !within(deltas, i)
	case llm.DeltaOther:
		return d.Origin == llm.SchemaGemini && len(d.Text) > 0
	}
	return false
}

// appendPart appends the part that delta i is.
func appendPart(dst []byte, e *llm.Event, deltas []llm.Delta, i int) []byte {
	d := &deltas[i]
	switch d.Kind {
	case llm.DeltaText, llm.DeltaRefusal, llm.DeltaThought:
		return appendWords(dst, e, deltas, i)
	case llm.DeltaSignature:
		return appendSigned(dst, origin(d, e), codec.SignedThought, d.Text)
	case llm.DeltaRedacted:
		return appendSigned(dst, origin(d, e), codec.SignedRedacted, d.Text)
	case llm.DeltaCall:
		call := *d
		call.Origin = origin(d, e)
		return appendCall(dst, &call, d.Text)
	case llm.DeltaMedia:
		dst = codec.AppendString(add(dst, `{"inlineData":{"mimeType":`), d.Name)
		return add(codec.AppendString(add(dst, `,"data":`), d.Text), "}}")
	case llm.DeltaOther:
		at := len(dst)
		dst, _ = codec.Unescape(dst, d.Text)
		codec.OneLine(dst[at:])
	}
	return dst
}

// origin is whose a signature is.
func origin(d *llm.Delta, e *llm.Event) llm.Schema {
	if d.Origin != llm.SchemaNone {
		return d.Origin
	}
	return e.Schema
}

// foreign reports whether something was said by a provider of another schema.
func foreign(of llm.Schema) bool { return of != llm.SchemaGemini && of != llm.SchemaNone }

// appendWords appends a text or a thought with the signature that belongs to it.
func appendWords(dst []byte, e *llm.Event, deltas []llm.Delta, i int) []byte {
	d := &deltas[i]
	dst = codec.AppendString(add(dst, `{"text":`), d.Text)
	if d.Kind == llm.DeltaThought {
		dst = add(dst, `,"thought":true`)
	}
	switch s := signature(deltas, i); {
	case s != nil:
		dst = appendSignature(dst, origin(s, e), codec.SignedThought, s.Text)
	case d.Kind == llm.DeltaThought && e.Whole && foreign(e.Schema):
		dst = appendSignature(dst, e.Schema, codec.SignedThought, nil)
	}
	return append(dst, '}')
}

// appendSigned appends a part that is nothing but a signature.
func appendSigned(dst []byte, of llm.Schema, kind codec.Signed, signature llm.Escaped) []byte {
	dst = add(dst, `{"text":""`)
	if foreign(of) {
		dst = add(dst, `,"thought":true`)
	}
	return append(appendSignature(dst, of, kind, signature), '}')
}

// appendSignature appends the member thoughtSignature: Gemini's as it is, those of others to
// be carried.
func appendSignature(dst []byte, of llm.Schema, kind codec.Signed, signature llm.Escaped) []byte {
	dst = add(dst, `,"thoughtSignature":"`)
	if !foreign(of) {
		dst = append(dst, signature...)
	} else {
		dst = codec.AppendCarried(dst, of, kind, signature)
	}
	return append(dst, '"')
}

// appendCall appends a function call with its arguments, which are JSON as a text. One of
// another provider is marked as such by an empty signature.
func appendCall(dst []byte, d *llm.Delta, args llm.Escaped) []byte {
	dst = add(dst, `{"functionCall":{`)
	if len(d.ID) > 0 {
		dst = append(codec.AppendString(add(dst, `"id":`), d.ID), ',')
	}
	dst = codec.AppendString(add(dst, `"name":`), d.Name)
	dst, _ = codec.AppendArguments(add(dst, `,"args":`), args)
	dst = append(dst, '}')
	if len(d.Signature) > 0 || foreign(d.Origin) {
		dst = appendSignature(dst, d.Origin, codec.SignedCall, d.Signature)
	}
	return append(dst, '}')
}

// signature is the delta with the signature of delta i among those behind it; nil if there is
// none, or another text of the block stands between.
func signature(deltas []llm.Delta, i int) *llm.Delta {
	d := &deltas[i]
	for j := i + 1; j < len(deltas); j++ {
		switch s := &deltas[j]; {
		case s.Choice != d.Choice || s.Block != d.Block:
		case s.Kind == llm.DeltaSignature:
			return s
		case s.Kind == d.Kind:
			return nil
		}
	}
	return nil
}

// within reports whether the signature that delta i is stands in the part of a delta in front.
func within(deltas []llm.Delta, i int) bool {
	d := &deltas[i]
	for j := i - 1; j >= 0; j-- {
		s := &deltas[j]
		if s.Choice == d.Choice && s.Block == d.Block && (s.Kind == llm.DeltaText || s.Kind == llm.DeltaThought) {
			return signature(deltas, j) == d
		}
	}
	return false
}
