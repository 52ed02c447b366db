package codec

import "strowger/core/llm"

// FieldsFor is what a prompt says to a provider of a schema: its fields, of which reasoning and
// signatures in the history count only if some of them do not go back as they came. That is
// what another schema's provider made, unless it is reasoning that nobody there would look at.
func FieldsFor(p *llm.Prompt, s llm.Schema) llm.Fields {
	fields := p.Fields
	if !p.Forgotten {
		fields.Remove(llm.FieldThoughts)
		fields.Remove(llm.FieldSignatures)
	}
	addForeign(&fields, p, s, s == llm.SchemaResponses)
	return fields
}

// Carriage is what a prompt holds of other schemas than its own, reasoning and signatures,
// which its caller carries for them.
func Carriage(p *llm.Prompt, own llm.Schema) (fields llm.Fields) {
	addForeign(&fields, p, own, false)
	return fields
}

// addForeign adds what a schema's providers do not take back; sealed: they take reasoning of
// their own only with its signature. Of reasoning Gemini and Claude
// want what is signed: what has no signature is left out there, and no loss
// (ai.google.dev/gemini-api/docs/thought-signatures,
// docs.anthropic.com/en/docs/build-with-claude/extended-thinking, preserving thinking blocks).
// The servers of OpenAI's schema that take none say so themselves (Table.Lacks).
func addForeign(fields *llm.Fields, p *llm.Prompt, s llm.Schema, sealed bool) {
	signedOnly := s == llm.SchemaGemini || s == llm.SchemaAnthropic
	for i := range p.Messages {
		for j := range p.Messages[i].Parts {
			part := &p.Messages[i].Parts[j]
			signed := len(part.Signature) > 0
			if part.Kind == llm.PartThought && (signed || !signedOnly) && (part.Origin != s || !signed && sealed) {
				fields.Add(llm.FieldThoughts)
			}
			if signed && part.Origin != s {
				fields.Add(llm.FieldSignatures)
			}
		}
	}
}
