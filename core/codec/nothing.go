package codec

import "strowger/core/llm"

// Nothing is the error of a conversation in which nobody says anything; nil where somebody does,
// or where what is said has no place in a prompt and so goes to nobody else. param names the
// conversation in the caller's schema. Instructions alone are enough.
func Nothing(p *llm.Prompt, param string) *llm.Error {
	for i := range p.Messages {
		if Says(&p.Messages[i]) {
			return nil
		}
	}
	for _, f := range [...]llm.Field{llm.FieldFileID, llm.FieldServerTools, llm.FieldState, llm.FieldTokenInput} {
		if p.Fields.Has(f) {
			return nil
		}
	}
	return &llm.Error{Code: llm.CodeInvalidRequest, Param: param, Message: "says nothing: at least one turn must have a text, or what else the model is to read"}
}

// LackSilent notes that turns of the user's that say nothing are left out by who.
func LackSilent(lacks []Lack, p *llm.Prompt, who string) []Lack {
	for i := range p.Messages {
		if m := &p.Messages[i]; m.Role == llm.RoleUser && !Says(m) {
			return append(lacks, Lack{llm.FieldNoUserTurn, Approximated, who + " is not sent turns that say nothing"})
		}
	}
	return lacks
}

// Says reports whether a turn has anything but white space, and reasoning that led to nothing.
func Says(m *llm.Message) bool {
	for i := range m.Parts {
		if p := &m.Parts[i]; p.Kind != llm.PartThought && (p.Kind != llm.PartText || !White(p.Text)) {
			return true
		}
	}
	return false
}
