package memory

import (
	"slices"
	"time"

	"strowger/core/codec"
	"strowger/core/llm"
)

// Restore puts back what belongs to the tool calls of a prompt and is missing there, and
// gives the calls that it was about, so that they can be kept for longer. Of calls that are
// alike only the last gets it, and all of them together MaxRestored bytes, the last ones
// first. What the prompt's slices of parts hold is not changed: they are replaced.
func (s *Store) Restore(now time.Time, owner string, p *llm.Prompt) []Call {
	if s == nil || len(s.calls) == 0 {
		return nil
	}
	r := restorer{store: s, now: now, owner: owner, left: MaxRestored, fields: &p.Fields}
	for i := len(p.Messages) - 1; i >= 0; i-- {
		if m := &p.Messages[i]; m.Role == llm.RoleAssistant && lacking(m.Parts) {
			r.message(m)
		}
	}
	return r.found
}

// lacking reports whether there is a call, and no signature: else the caller has kept them.
func lacking(parts []llm.Part) bool {
	return slices.ContainsFunc(parts, func(p llm.Part) bool { return p.Kind == llm.PartCall }) &&
		!slices.ContainsFunc(parts, func(p llm.Part) bool { return len(p.Signature) > 0 })
}

// restorer goes through one prompt, from its end.
type restorer struct {
	store *Store
	now   time.Time
	owner string
	left  int             // bytes that may still be put back
	used  map[string]bool // ids
	found []Call

	fields *llm.Fields // of the prompt
}

func (r *restorer) message(m *llm.Message) {
	calls, count := make([]*Call, len(m.Parts)), 0
	for i := len(m.Parts) - 1; i >= 0; i-- {
		if calls[i] = r.call(&m.Parts[i]); calls[i] != nil {
			count++
		}
	}
	if count == 0 {
		return
	}
	var first, parts []llm.Part
	thinks := false
	for i, p := range m.Parts {
		if c := calls[i]; c != nil {
			p.Signature, p.Origin = c.Signature, c.Origin
			thinks = thinks || len(c.Thoughts) > 0
			r.fields.Add(llm.FieldSignatures)
			for _, t := range c.Thoughts {
				part := llm.Part{Kind: llm.PartThought, Text: t.Text, Signature: t.Signature, Redacted: t.Redacted, Origin: t.Origin}
				if t.First {
					first = append(first, part)
				} else {
					parts = append(parts, part)
				}
			}
		}
		parts = append(parts, p)
	}
	if thinks { // what the caller has kept of it without signature would stand there twice
		r.fields.Add(llm.FieldThoughts)
		parts = slices.DeleteFunc(parts, func(p llm.Part) bool { return p.Kind == llm.PartThought && len(p.Signature) == 0 })
	}
	m.Parts = append(first, parts...)
}

// call is what is kept of the call p; nil if nothing is, or p is another call of that id.
func (r *restorer) call(p *llm.Part) *Call {
	if p.Kind != llm.PartCall {
		return nil
	}
	id := codec.Plain(p.ID)
	if len(p.Given) > 0 {
		id = codec.Plain(p.Given)
	}
	c := r.store.Of(r.now, r.owner, id)
	if c == nil || r.used[id] || c.Restored() > r.left || c.Name != codec.Plain(p.Name) || c.Arguments != HashArguments(p.JSON) {
		return nil
	}
	if r.used == nil {
		r.used = map[string]bool{}
	}
	r.used[id] = true
	r.left -= c.Restored()
	r.found = append(r.found, *c)
	return c
}
