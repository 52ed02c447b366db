package pool

import (
	"unicode/utf8"

	"strowger/core/auto"
	"strowger/core/llm"
	"strowger/core/scan"
)

// words is how many bytes of text the user's messages among ms have.
func words(ms []llm.Message) (n int) {
	eachText(ms, func(text llm.Escaped) { n += len(text) })
	return n
}

// hardlyWords is how many bytes may stand for nothing asked, where no word is among them: an
// ellipsis, a smile. More than that is something that cannot be read.
const hardlyWords = 64

// shows reports whether there is something to answer though the user has said no word: a
// picture, a result, a document.
func shows(ms []llm.Message) bool {
	size := 0
	for i := range ms {
		for k := range ms[i].Parts {
			switch p := &ms[i].Parts[k]; {
			case ms[i].Role != llm.RoleUser && p.Kind != llm.PartResult:
			case p.Kind != llm.PartText:
				return true
			default:
				if size += len(p.Text); size > hardlyWords {
					return true
				}
			}
		}
	}
	return false
}

// eachText gives the texts of the user's messages among ms.
func eachText(ms []llm.Message, give func(text llm.Escaped)) {
	for i := range ms {
		if ms[i].Role != llm.RoleUser {
			continue
		}
		for k := range ms[i].Parts {
			if p := &ms[i].Parts[k]; p.Kind == llm.PartText {
				give(p.Text)
			}
		}
	}
}

// addWords adds the user's texts among ms, size bytes together: of more than can be read the
// beginning and the end.
func addWords(to *auto.Text, ms []llm.Message, size int) {
	head, tail := turnHead, size-turnTail // what lies between is left out
	if head >= tail {
		head, tail = size, size
	}
	at := 0
	eachText(ms, func(text llm.Escaped) {
		if at > 0 {
			to.Add(lineEnd[:])
		}
		begins := at
		at += len(text)
		if begins < head {
			add(to, text[:cut(text, head-begins)])
		}
		if at > tail {
			add(to, text[cut(text, tail-begins):])
		}
	})
}

var lineEnd = [1]byte{'\n'}

// add adds what an escaped text stands for.
func add(to *auto.Text, text llm.Escaped) {
	var buf [512]byte
	plain := buf[:0]
	for i := 0; i < len(text); {
		if len(plain) > len(buf)-utf8.UTFMax {
			to.Add(plain)
			plain = buf[:0]
		}
		if text[i] != '\\' {
			plain = append(plain, text[i])
			i++
			continue
		}
		if i+1 == len(text) { // no escape; no codec lets that through
			break
		}
		var r rune
		r, i = scan.Unescape(text, i)
		plain = utf8.AppendRune(plain, r)
	}
	to.Add(plain)
}

// escapeBytes is how long an escape is at most, two surrogates together.
const escapeBytes = 12

// cut is the first place from n on where an escaped text can be cut, in front of no half of an
// escape or a character.
func cut(text llm.Escaped, n int) int {
	if n <= 0 {
		return 0
	}
	for ; n < len(text); n++ {
		slashes, far := 0, 0 // in front of n; how far the last one is
		for far < escapeBytes && far < n && text[n-1-far] != '\\' {
			far++
		}
		for slashes < n && text[n-1-slashes] == '\\' {
			slashes++
		}
		switch {
		case text[n] == ' ':
			return n
		case text[n] == '\\' && slashes%2 == 0 && !high(text[:n]):
			return n
		case far == escapeBytes && utf8.RuneStart(text[n]):
			return n
		}
	}
	return len(text)
}

// high reports whether text ends in the first half of a surrogate pair.
func high(text llm.Escaped) bool {
	n := len(text) - 6
	return n >= 0 && text[n] == '\\' && text[n+1] == 'u' && text[n+2]|0x20 == 'd' && (text[n+3] == '8' || text[n+3] == '9' || text[n+3]|0x20 == 'a' || text[n+3]|0x20 == 'b')
}
