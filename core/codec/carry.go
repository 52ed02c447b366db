package codec

import (
	"bytes"
	"encoding/base64"

	"strowger/core/llm"
)

// carried begins every signature that goes to a caller of another schema than its provider's:
// base64 of "strowger:". Behind it, in base64 too, stand a letter for the schema, one for the
// kind and the signature itself. It is valid where only base64 is.
const carried = "c3Ryb3dnZXI6"

// Signed is what a signature is of.
type Signed byte

// The kinds of signatures.
const (
	SignedThought  Signed = 't'
	SignedRedacted Signed = 'r' // the reasoning itself, which only its provider can read
	SignedCall     Signed = 'c'
)

// AppendCarried appends a signature of a provider of that schema for a caller of another
// one, who sends it back with the next turn.
func AppendCarried(dst []byte, origin llm.Schema, of Signed, signature llm.Escaped) []byte {
	plain := append([]byte{'0' + byte(origin), byte(of)}, signature...)
	return base64.StdEncoding.AppendEncode(append(dst, carried...), plain)
}

// Carried is what AppendCarried has made text of; false if that is something else.
func Carried(text llm.Escaped) (origin llm.Schema, of Signed, signature llm.Escaped, ok bool) {
	rest, found := bytes.CutPrefix(text, []byte(carried))
	if !found {
		return 0, 0, nil, false
	}
	plain, err := base64.StdEncoding.AppendDecode(nil, rest)
	if err != nil || len(plain) < 2 || plain[0] <= '0' || plain[0] >= '0'+byte(llm.SchemaCount) || !escaped(plain[2:]) {
		return 0, 0, nil, false
	}
	switch of = Signed(plain[1]); of {
	case SignedThought, SignedRedacted, SignedCall:
		return llm.Schema(plain[0] - '0'), of, plain[2:], true
	}
	return 0, 0, nil, false
}

// HasCarried reports whether a body may hold a carried signature, which no provider must see.
func HasCarried(body []byte) bool { return bytes.Contains(body, []byte(carried)) }

// escaped reports whether text can stand between the quotes of a JSON string.
func escaped(text []byte) bool {
	_, ok := Unescape(nil, text)
	return ok
}
