package proxy

import (
	"bytes"
	"io"
	"strings"

	"strowger/core/catalog"
	"strowger/core/exchange"
)

// maxError is how much of an error answer is read.
const maxError = 64 << 10

// carryError tells of an answer with an error status in one piece, without the secrets
// that the request carried: some providers repeat the key that they refuse, and their
// words go to the caller and into the record.
func (a *attempt) carryError(body io.Reader) {
	text, err := io.ReadAll(io.LimitReader(body, maxError))
	if text = a.redact(text); len(text) > 0 && !a.tell(exchange.Data{Attempt: a.n, Bytes: text}) {
		return
	}
	if err == nil {
		err = io.EOF
	}
	if a.tell(a.ended(err)) {
		a.drain(body)
	}
}

// redact takes secrets out of a text; of "Bearer KEY" the key alone, too. What is shorter
// than a key ever is stays: it would blank out ordinary words.
func (a *attempt) redact(text []byte) []byte {
	const least = 8
	for _, s := range a.secrets {
		for _, part := range append(strings.Fields(s), s) {
			if len(part) >= least {
				text = bytes.ReplaceAll(text, []byte(part), []byte("…"))
			}
		}
	}
	return text
}

// private reports whether the value of a configured header is to be kept secret: if it
// is a reference, or the header's name says so.
func private(h catalog.Header) bool {
	if text, ok := strings.CutPrefix(h.Value, "literal:"); !ok || strings.Contains(text, "${") {
		return true
	}
	return h.IsSecret()
}
