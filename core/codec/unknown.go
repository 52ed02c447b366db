package codec

import (
	"slices"

	"strowger/core/llm"
)

// Unknown notes a top-level member that nobody here knows, by a name that can be repeated in
// a header: of at most 64 bytes, all of them letters, digits, points, hyphens or low lines; _ for none.
func Unknown(p *llm.Prompt, name []byte) {
	const longest = 64
	p.Fields.Add(llm.FieldUnknown)
	if len(p.Unknown) >= llm.MaxUnknown {
		return
	}
	plain := slices.Clone(name[:min(len(name), longest)])
	if len(plain) == 0 {
		plain = []byte("_")
	}
	for i, b := range plain {
		if b != '.' && !wordly(b) {
			plain[i] = '_'
		}
	}
	p.Unknown = append(p.Unknown, string(plain))
}
