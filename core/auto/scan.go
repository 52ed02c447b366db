package auto

import (
	"math/bits"
	"unicode/utf8"
)

// Slots is the size of the table that words are hashed into.
const (
	slotBits = 10
	Slots    = 1 << slotBits
)

// What is counted in one pass.
const (
	nNothing = iota // what no feature looks at
	nBytes
	nWords
	nLetters
	nLines
	nNumbers
	nDigits
	nBig     // numbers of four digits and more
	nDecimal // numbers with a fraction
	nSentences
	nQuestion
	nCapital // words with a capital that do not begin a sentence
	nUpper   // words all in capitals
	nLong    // words of nine letters and more
	nComma
	nQuote
	nMath // + = ^ < > * / |
	nLatex
	nDollar
	nCode // { } ; [ ]
	nParen
	nName // identifiers: a_b, aB, a(
	nIndent
	nBullet
	nOption
	nBlank
	nColon
	nPercent
	nTick
	nStop      // . and !
	nLastWords // of the last paragraph
	nLastNumbers
	nLastCommas
	nLastSentences
	nOptionWords
	nOptionNumbers // options that begin with a number
	nParagraphs
	nDistinct // slots of the table
	nEnglish  // function words of English
	nRussian
	nUkrainian
	nHard
	nPersian
	nCounts
)

// scan is one pass over a text.
type scan struct {
	n       [nCounts]int32
	group   [groups]int32
	common  [latinLanguages]int32
	letters [scripts]int32
	seen    [Slots / 64]uint64
	first   uint8 // group of the first word

	b      []byte
	i      int
	start  bool // a sentence begins
	option bool // this line is one of several to choose from
	blank  bool // the line before was empty
	wide   rune // the character before, of a script without spaces
}

// signs is what each byte that is no letter, digit or blank adds to.
var signs = [128]uint8{
	'+': nMath, '=': nMath, '^': nMath, '<': nMath, '>': nMath, '*': nMath, '/': nMath, '|': nMath,
	'{': nCode, '}': nCode, ';': nCode, '[': nCode, ']': nCode, '(': nParen, ')': nParen, ',': nComma, '"': nQuote, '\'': nQuote,
	'\\': nLatex, '$': nDollar, '?': nQuestion, ':': nColon, '%': nPercent, '`': nTick, '_': nBlank, '.': nStop, '!': nStop,
}

func (s *scan) run(b []byte) {
	*s = scan{b: b}
	s.n[nBytes] = int32(len(b))
	s.open()
	for s.i < len(b) {
		c := b[s.i]
		switch {
		case c == ' ' || c == '\r':
			s.i++
			s.wide = 0
		case (c|0x20)-'a' <= 'z'-'a', c >= 0x80:
			s.word()
		case c >= '0' && c <= '9':
			s.number()
		case c == '\n':
			s.n[nLines]++
			s.i++
			s.open()
		default:
			s.i++
			s.wide = 0
			k := signs[c&127]
			s.n[k]++
			if k == nStop || k == nQuestion || k == nComma {
				s.stop(c)
			}
		}
	}
	s.b = nil
}

// open begins a line: blanks, then what marks it as an item, an option or code.
func (s *scan) open() {
	s.start, s.wide = true, 0
	n := 0
	for ; s.next(0) == ' ' || s.next(0) == '\t'; s.i++ {
		n++
		if s.b[s.i] == '\t' {
			n = 4
		}
	}
	c, d, e := s.next(0), s.next(1), s.next(2)
	if c == '\n' || c == 0 {
		s.blank = true
		return
	}
	if s.blank {
		s.blank = false
		s.n[nParagraphs]++
		s.n[nLastWords], s.n[nLastNumbers], s.n[nLastCommas], s.n[nLastSentences] = 0, 0, 0, 0
	}
	if n >= 4 {
		s.n[nIndent]++
	}
	s.option = false
	switch {
	case (c|0x20)-'a' <= 'z'-'a' && (d == ')' || d == '.') && e == ' ':
		s.n[nOption]++
		s.option = true
		if f := s.next(3); f-'0' <= 9 || f == '-' || f == '$' {
			s.n[nOptionNumbers]++
		}
	case (c == '-' || c == '*') && d == ' ', c-'0' <= 9 && (d == ')' || d == '.'):
		s.n[nBullet]++
	}
}

// next is the byte k after this one, 0 beyond the end.
func (s *scan) next(k int) byte {
	if s.i+k < len(s.b) {
		return s.b[s.i+k]
	}
	return 0
}

// stop takes what may end a sentence, after it; c is the byte itself.
func (s *scan) stop(c byte) {
	if c == ',' {
		s.n[nLastCommas]++
	} else if n := s.next(0); n == ' ' || n == '\n' || n == 0 {
		s.n[nSentences]++
		s.n[nLastSentences]++
		s.start = true
	}
}

func (s *scan) number() {
	digits, fraction := int32(0), uint32(0)
	for ; s.i < len(s.b); s.i++ {
		c := s.b[s.i]
		if c >= '0' && c <= '9' {
			digits++
			continue
		}
		if n := s.next(1); (c == '.' || c == ',') && n >= '0' && n <= '9' {
			if c == '.' {
				fraction = 1
			}
			continue
		}
		break
	}
	s.n[nNumbers]++
	s.n[nLastNumbers]++
	s.n[nDigits] += digits
	s.n[nDecimal] += int32(fraction)
	if digits >= 4 {
		s.n[nBig]++
	}
	h := spread(0x10001+uint32(min(digits, 4))*2+fraction) >> (32 - slotBits)
	s.seen[h>>6] |= 1 << (h & 63)
	s.start, s.wide = false, 0
}

// spelling is a word as it is read letter by letter.
type spelling struct {
	h, stem         uint32 // hashes of all letters, and of the first five
	runes, capitals int32
	camel           bool // a capital after a small letter
}

// word reads letters, ASCII or not, up to what is none.
func (s *scan) word() {
	b, i := s.b, s.i
	h, stem, runes, capitals, camel := uint32(hashStart), uint32(0), int32(0), int32(0), false
	for ; i < len(b); i++ {
		c := b[i]
		l := c | 0x20
		if l-'a' > 'z'-'a' {
			if c < 0x80 {
				break
			}
			s.i = i
			p := spelling{h, stem, runes, capitals, camel}
			if !s.beyondASCII(&p) {
				return
			}
			h, stem, runes, capitals, camel = p.h, p.stem, p.runes, p.capitals, p.camel
			i = s.i
			break
		}
		if c != l {
			camel = camel || runes > capitals
			capitals++
		}
		h = (h ^ uint32(l)) * 16777619
		if runes++; runes == stemRunes {
			stem = h ^ stemSalt
		}
	}
	s.i = i
	s.letters[Latin] += runes // corrected by accented for other scripts
	s.n[nLetters] += runes
	s.n[nWords]++
	s.n[nLastWords]++
	if s.option {
		s.n[nOptionWords]++
	}
	h = spread(h)
	if lexicon[h>>(32-lexiconBits)] != 0 || stem != 0 {
		s.lookUp(h, stem)
	}
	h >>= 32 - slotBits
	s.seen[h>>6] |= 1 << (h & 63)
	if capitals > 0 || runes >= 9 {
		s.shape(runes, capitals, camel)
	}
	if c := s.next(0); camel || c == '_' || c == '(' {
		s.n[nName]++
	}
	s.start, s.wide = false, 0
}

// shape counts long words and capitals.
func (s *scan) shape(runes, capitals int32, camel bool) {
	if runes >= 9 {
		s.n[nLong]++
	}
	switch {
	case capitals == 0:
	case capitals == runes && runes > 1:
		s.n[nUpper]++
	case !s.start && !camel:
		s.n[nCapital]++
	}
}

// beyondASCII goes on with a word at a letter beyond ASCII, to its end; false if what is
// there is no word but a sign or a character of a script without spaces.
func (s *scan) beyondASCII(p *spelling) bool {
	for s.i < len(s.b) {
		c := s.b[s.i]
		if c >= 0x80 {
			r, size := utf8.DecodeRune(s.b[s.i:])
			script := scriptOf(r)
			if script == NoScript || unspaced(script) {
				if p.runes == 0 {
					s.other(r, size, script)
				}
				break
			}
			s.i += size
			s.n[nBytes] -= int32(size - 1) // as long as in ASCII
			p.h = hashRune(p.h, s.accented(r, script))
		} else {
			l := c | 0x20
			if l-'a' > 'z'-'a' {
				break
			}
			s.i++
			p.h = hashRune(p.h, rune(l))
		}
		if p.runes++; p.runes == stemRunes {
			p.stem = p.h ^ stemSalt
		}
	}
	return p.runes > 0
}

// accented notes a letter beyond ASCII, and gives it in small.
func (s *scan) accented(r rune, script Script) rune {
	s.letters[script]++
	s.letters[Latin]--
	r = lower(r)
	switch r {
	case 'ы', 'э', 'ё':
		s.n[nRussian]++
	case 'і', 'ї', 'є', 'ґ':
		s.n[nUkrainian]++
	case 'ъ':
		s.n[nHard]++
	case 'پ', 'چ', 'ژ', 'گ', 'ک', 'ی':
		s.n[nPersian]++
	}
	return r
}

// lookUp counts what the lexicon knows of a word, by its mixed hash, or else of its stem.
func (s *scan) lookUp(h, stem uint32) {
	group := uint8(groupNone)
	if at := find(h); at != none {
		group = lexicon[lexiconSlots+at]
		s.counts(at)
	}
	if group == groupNone && stem != 0 {
		group = groupAt(find(spread(stem)))
	}
	if group == groupNone {
		return
	}
	s.group[group]++
	if s.n[nWords] == 1 {
		s.first = group
	}
}

// counts counts a word for each language that has it as a function word.
func (s *scan) counts(at uint32) {
	langs := uint32(lexicon[2*lexiconSlots+at]) | uint32(lexicon[3*lexiconSlots+at])<<8 | uint32(lexicon[4*lexiconSlots+at])<<16
	for ; langs != 0; langs &= langs - 1 {
		s.common[bits.TrailingZeros32(langs)]++
	}
}

// other takes a sign beyond ASCII, or a character of a script without spaces: two of these
// count as a word.
func (s *scan) other(r rune, size int, script Script) {
	s.i += size
	if script == NoScript {
		s.wide = 0
		switch r {
		case '。', '？', '！', '．':
			s.n[nSentences]++
			if r == '？' {
				s.n[nQuestion]++
			}
		case '×', '÷', '√', '∑', '∫', '≤', '≥', '≠', '±', '²', '³', '∈', '∞', '∂', '→', '·':
			s.n[nMath]++
		}
		return
	}
	s.letters[script]++
	if s.letters[script]&1 == 1 {
		s.n[nWords]++
		s.n[nLastWords]++
		s.n[nLetters] += 5 // as English words have
	}
	group := groupAt(find(spread(hashRune(hashStart, r))))
	if s.wide != 0 {
		if pair := groupAt(find(spread(hashRune(hashRune(hashStart, s.wide), r)))); pair != 0 {
			group = pair
		}
	}
	if group != 0 {
		s.group[group]++
		if s.first == 0 {
			s.first = group
		}
	}
	s.wide = r
}
