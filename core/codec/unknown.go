package codec

import "strowger/core/llm"

// Unknown notes a top-level member that nobody here knows, by a name that can be repeated in
// a header: of at most 64 bytes, all of them letters, digits, points, hyphens or low lines; _ for none.
func Unknown[T string | []byte](p *llm.Prompt, name T) {
	const longest = 64
	p.Fields.Add(llm.FieldUnknown)
	if len(p.Unknown) >= llm.MaxUnknown {
		return
	}
	plain := []byte(name[:min(len(name), longest)])
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
