package auto

// Script is the writing that most letters of a text are in.
type Script uint8

// The scripts that are told apart. NoScript has no letters at all.
const (
	NoScript Script = iota
	Latin
	Cyrillic
	Greek
	Han
	Kana // Japanese: kana, with or without Han
	Hangul
	Arabic
	Hebrew
	Devanagari
	Bengali
	Tamil
	Thai
	OtherScript
	scripts
)

// span is a range of code points up to and with last, from where the one before ends.
type span struct {
	last   rune
	script Script
}

// spans follow the blocks of the Unicode Standard; NoScript are signs, not letters.
var spans = [...]span{
	{0xA9, NoScript}, {0xAA, Latin}, {0xB4, NoScript}, {0xB5, Greek}, {0xB9, NoScript}, {0xBA, Latin}, {0xBF, NoScript}, {0xD6, Latin}, {0xD7, NoScript},
	{0xF6, Latin}, {0xF7, NoScript}, {0x24F, Latin}, {0x36F, NoScript}, {0x3FF, Greek}, {0x52F, Cyrillic}, {0x58F, OtherScript}, {0x5FF, Hebrew},
	{0x6FF, Arabic}, {0x74F, OtherScript}, {0x77F, Arabic}, {0x8FF, OtherScript}, {0x97F, Devanagari}, {0x9FF, Bengali}, {0xB7F, OtherScript},
	{0xBFF, Tamil}, {0xDFF, OtherScript}, {0xE7F, Thai}, {0x10FF, OtherScript}, {0x11FF, Hangul}, {0x1DFF, OtherScript}, {0x1EFF, Latin}, {0x1FFF, Greek},
	{0x2FFF, NoScript}, {0x303F, NoScript}, {0x30FF, Kana}, {0x312F, OtherScript}, {0x318F, Hangul}, {0x31FF, OtherScript}, {0x33FF, NoScript}, {0x9FFF, Han},
	{0xABFF, OtherScript}, {0xD7FF, Hangul}, {0xF8FF, NoScript}, {0xFAFF, Han}, {0xFDFF, Arabic}, {0xFE6F, NoScript}, {0xFEFF, Arabic}, {0xFFEF, NoScript},
	{0x1FFFF, NoScript}, {0x3FFFF, Han}, {0x10FFFF, NoScript},
}

// scriptOf is the script of a code point beyond ASCII.
func scriptOf(r rune) Script {
	lo, hi := 0, len(spans)-1
	for lo < hi {
		mid := (lo + hi) / 2
		if r > spans[mid].last {
			lo = mid + 1
		} else {
			hi = mid
		}
	}
	return spans[lo].script
}

// lower is r in small letters, for the alphabets that lexicon words are in.
func lower(r rune) rune {
	switch {
	case r >= 0xC0 && r <= 0xDE, r >= 0x391 && r <= 0x3A9, r >= 0x410 && r <= 0x42F:
		return r + 0x20
	case r >= 0x400 && r <= 0x40F:
		return r + 0x50
	case r >= 0x100 && r <= 0x137, r >= 0x14A && r <= 0x177, r >= 0x1E00 && r <= 0x1EFF:
		return r | 1
	case (r >= 0x139 && r <= 0x148 || r >= 0x179 && r <= 0x17E) && r&1 == 1:
		return r + 1
	}
	return r
}

// mostly is the script of a text with so many letters of each. Japanese is written in Han too.
func mostly(letters *[scripts]int32) Script {
	best := NoScript
	for s := Latin; s < scripts; s++ {
		n := letters[s]
		if s == Han && letters[Kana] > 0 {
			continue
		}
		if s == Kana && n > 0 {
			n += letters[Han]
		}
		// A letter of these says about as much as three of an alphabet.
		if s == Han || s == Kana || s == Hangul {
			n *= 3
		}
		if n > 0 && (best == NoScript || n > weigh(letters, best)) {
			best = s
		}
	}
	return best
}

func weigh(letters *[scripts]int32, s Script) int32 {
	n := letters[s]
	if s == Kana {
		n += letters[Han]
	}
	if s == Han || s == Kana || s == Hangul {
		n *= 3
	}
	return n
}
