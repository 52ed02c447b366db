package exchange

import (
	"bytes"
	"slices"

	"strowger/core/llm"
	"strowger/core/scan"
)

// Hide takes secrets that an attempt is sent with: keys, and headers that are private. No error
// that a caller is answered or a report tells repeats one, whoever said it, in whatever answer:
// some providers repeat the key that they refuse. A host calls it between steps, before it tells
// anything of the attempt.
func (x *Exchange) Hide(secrets ...string) {
	for _, s := range secrets {
		if !slices.Contains(x.secrets, s) {
			x.secrets = append(x.secrets, s)
		}
	}
}

// hidden is e without secrets.
func (x *Exchange) hidden(e *llm.Error) *llm.Error {
	if len(x.secrets) == 0 {
		return e
	}
	c := *e
	for _, text := range [...]*string{&c.Message, &c.Param, &c.Type, &c.ProviderCode} {
		*text = string(llm.Redact([]byte(*text), x.secrets))
	}
	c.Raw = llm.Redact(c.Raw, x.secrets)
	return &c
}

// repeats reports whether an error that stands beside a whole answer, and does not count, repeats
// a secret. What the answer says is not looked at: there a secret is a word like others.
func (x *Exchange) repeats(answer []byte) bool {
	if len(x.secrets) == 0 || !bytes.Contains(answer, []byte(`"error"`)) {
		return false
	}
	for m := scan.Object(answer); m.Next(); {
		v := m.Value()
		raw := v.Raw(answer)
		if string(m.Key()) == "error" && !bytes.Equal(llm.Redact(raw, x.secrets), raw) {
			return true
		}
	}
	return false
}
