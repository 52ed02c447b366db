package llm

import (
	"bytes"
	"slices"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// leastSecret is how many bytes a secret has at least. What is shorter than a key ever is stays
// in a text: it would blank out ordinary words.
const leastSecret = 8

// clipped ends a text that Clip has shortened, and stands in the place of a secret.
const clipped = "…"

// Redact is text without secrets, which are lines of text, each of which becomes "…": as it is, as JSON writes it in a
// string in whatever way and however deep, of a secret of several words ("Bearer KEY") each, and
// the beginning of one at which the text was cut off. A text that has none is given as it is.
func Redact(text []byte, secrets []string) []byte {
	var words []string
	var starts [256]bool // what a word begins with
	slash := false       // even with a backslash
	for _, s := range secrets {
		for _, word := range append(strings.Fields(s), s) {
			if len(word) >= leastSecret && !slices.Contains(words, word) {
				words = append(words, word)
				starts[word[0]], slash = true, slash || word[0] == '\\'
			}
		}
	}
	var out []byte
	done := 0 // what of text is in out
	for i := 0; len(words) > 0 && i < len(text); {
		next := i
		for next < len(text) && text[next] == '\\' {
			next++
		}
		if !slash && next < len(text) && !starts[text[next]] && (next == i || text[next] != 'u') { // as nearly everywhere
			i = max(next, i+1)
			continue
		}
		n := 0
		for _, word := range words {
			n = max(n, begins(text[i:], word))
		}
		if n > 0 {
			out = append(append(out, text[done:i]...), clipped...)
			i += n
			done = i
		} else {
			i += step(text[i:])
		}
	}
	if done == 0 {
		return text
	}
	return append(out, text[done:]...)
}

// begins is how many bytes of text a secret takes at its beginning, 0 if it is not there.
func begins(text []byte, secret string) int {
	switch {
	case text[0] == '\\':
	case text[0] != secret[0], len(text) > 1 && text[1] != secret[1] && text[1] != '\\':
		return 0
	}
	n := 0
	for i, r := range secret {
		if rest := text[n:]; i >= leastSecret && (len(rest) == 0 || string(rest) == clipped) {
			return len(text)
		}
		size := character(text[n:], r, secret[i:])
		if size == 0 {
			return 0
		}
		n += size
	}
	return n
}

// character is how many bytes r takes at the beginning of text, escaped or not; 0 if it is not
// there. rest begins with r as it is in the secret.
func character(text []byte, r rune, rest string) int {
	_, size := utf8.DecodeRuneInString(rest)
	slashes := leading(text)
	if after := text[slashes:]; r != '\\' && len(after) >= size && string(after[:size]) == rest[:size] {
		return slashes + size
	}
	n := 0
	for _, unit := range utf16.AppendRune(nil, r) {
		slashes := leading(text[n:])
		switch u, ok := hexUnit(text[n+slashes:]); {
		case slashes > 0 && ok && u == unit:
			n += slashes + len("u0000")
		case r == '\\':
			return slashes
		default:
			return 0
		}
	}
	return n
}

// step is how many bytes at the beginning of text are one: a secret does not begin within an
// escaped character.
func step(text []byte) int {
	n := leading(text)
	if n == 0 {
		return 1
	}
	if _, ok := hexUnit(text[n:]); ok {
		return n + len("u0000")
	}
	return n
}

// leading is the number of backslashes at the beginning of text: one for each string that it was
// put into, and those are doubled.
func leading(text []byte) int { return len(text) - len(bytes.TrimLeft(text, `\`)) }

// hexUnit is what a "u" and four digits stand for.
func hexUnit(text []byte) (uint16, bool) {
	if len(text) < 5 || text[0] != 'u' {
		return 0, false
	}
	v, err := strconv.ParseUint(string(text[1:5]), 16, 16)
	return uint16(v), err == nil
}
