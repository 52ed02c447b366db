package prompttest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"

	"strowger/core/codec"
	"strowger/core/llm"
)

// Comparable is p in the form in which all prompts that say the same are alike: neighbours of
// one role are one message, results of tools stand first, numbers and objects are spelled
// alike; and without what a schema with that table does not keep. limit is the endpoint's on
// output, which stands where a prompt has none.
func Comparable(p *llm.Prompt, schema llm.Schema, table *codec.Table, limit int64) *llm.Prompt {
	c := *p
	s := comparer{schema: schema, limit: limit, kept: func(f llm.Field) bool { return table.Fields[f].Fate == codec.Kept }}
	kept := s.kept
	c.Messages, c.Unknown = nil, nil
	if !kept(llm.FieldLateSystem) {
		system, turns := codec.Turns(p)
		if len(system) > 0 {
			c.Messages = append(c.Messages, llm.Message{Role: llm.RoleSystem, Parts: system})
		}
		c.Messages = append(c.Messages, turns...)
	} else {
		c.Messages = merged(p.Messages)
	}
	for i := range c.Messages {
		m := &c.Messages[i]
		m.Parts = s.parts(m.Parts)
		m.Name = only(kept(llm.FieldName), m.Name)
	}
	c.Messages = slices.DeleteFunc(c.Messages, func(m llm.Message) bool { return len(m.Parts) == 0 })
	c.Tools = slices.Clone(p.Tools)
	for i := range c.Tools {
		x := &c.Tools[i]
		x.Schema = Spelled(x.Schema)
		x.Strict = x.Strict && kept(llm.FieldStrictTools)
		x.Cache = only(kept(llm.FieldCacheControl), x.Cache)
	}
	s.sampling(&c)
	s.rest(&c)
	c.Fields = llm.Fields{}
	codec.Complete(&c)
	for f := range llm.FieldCount {
		if !kept(f) {
			c.Fields[f/64] &^= 1 << (f % 64)
		}
	}
	return &c
}

func only[T ~[]byte](kept bool, value T) T {
	if kept {
		return value
	}
	return nil
}

// Spelled is a JSON document in canonical spelling, the order of its members kept.
func Spelled(doc []byte) []byte {
	var b bytes.Buffer
	if len(doc) == 0 || json.Compact(&b, doc) != nil {
		return doc
	}
	return b.Bytes()
}

// merged joins neighbours of one role and name.
func merged(messages []llm.Message) (all []llm.Message) {
	for _, m := range messages {
		m.Parts = slices.DeleteFunc(slices.Clone(m.Parts), func(p llm.Part) bool { return p.Kind == llm.PartText && len(p.Text) == 0 })
		if last := len(all) - 1; last >= 0 && all[last].Role == m.Role && bytes.Equal(all[last].Name, m.Name) {
			all[last].Parts = append(all[last].Parts, m.Parts...)
			continue
		}
		all = append(all, m)
	}
	for _, m := range all {
		slices.SortStableFunc(m.Parts, func(a, b llm.Part) int { return order(a) - order(b) })
	}
	return all
}

func order(p llm.Part) int {
	if p.Kind == llm.PartResult {
		return 0
	}
	return 1
}

// comparer compares by what a schema keeps.
type comparer struct {
	schema llm.Schema
	limit  int64
	kept   func(llm.Field) bool
}

func (s comparer) parts(parts []llm.Part) []llm.Part {
	kept := s.kept
	var all []llm.Part
	for _, p := range parts {
		if gone(p, kept) || p.Kind == llm.PartThought && p.Origin != s.schema && p.Origin != llm.SchemaNone {
			continue
		}
		p.JSON = Spelled(p.JSON)
		p.Cache = only(kept(llm.FieldCacheControl), Spelled(p.Cache))
		p.Signature = only(kept(llm.FieldSignatures) && p.Origin == s.schema, p.Signature)
		p.Failed = p.Failed && kept(llm.FieldToolError)
		if p.Kind == llm.PartFile { // which few schemas have a name for
			p.Name = nil
		}
		if len(p.Data) == 0 { // the address or the text says it
			p.Media = ""
		}
		if p.Detail == "auto" || !kept(llm.FieldImageDetail) {
			p.Detail = ""
		}
		if len(p.Signature) == 0 {
			p.Origin = llm.SchemaNone
		}
		if p.Parts != nil {
			p.Parts = s.parts(p.Parts)
		}
		all = append(all, p)
	}
	return all
}

// gone reports whether a part is of a kind that the schema does not keep.
func gone(p llm.Part, kept func(llm.Field) bool) bool {
	switch p.Kind {
	case llm.PartImage:
		return !kept(llm.FieldImage) || len(p.URL) > 0 && !kept(llm.FieldImageURL)
	case llm.PartAudio:
		return !kept(llm.FieldAudio)
	case llm.PartVideo:
		return !kept(llm.FieldVideo)
	case llm.PartFile:
		return !kept(llm.FieldFile) || len(p.URL) > 0 && !kept(llm.FieldFileURL)
	case llm.PartThought:
		return !kept(llm.FieldThoughts)
	case llm.PartRefusal:
		return !kept(llm.FieldRefusal)
	}
	return false
}

// Same says where prompts differ.
func Same(want, got *llm.Prompt) error {
	w, g := Describe(want), Describe(got)
	if w == g {
		return nil
	}
	at := 0
	for at < min(len(w), len(g)) && w[at] == g[at] {
		at++
	}
	return fmt.Errorf("\n got  %s\n want %s", window(g, at), window(w, at))
}

// window is what stands around a place of a text.
func window(s string, at int) string {
	const side = 500
	return s[max(at-side, 0):min(at+side, len(s))]
}
