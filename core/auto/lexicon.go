package auto

// The lexicon is a table of hashes with open addressing: which group a word is of and which
// languages have it as a function word. It is made from the lists of words.go, by
// go run ./bench/auto lexicon. It lies in planes, which compress better: a tag of one byte for each slot, the
// groups, and three bytes of languages. About one word in a thousand is taken for another.
const (
	lexiconBits  = 12
	lexiconSlots = 1 << lexiconBits
	lexiconBytes = lexiconSlots * 5
	stemRunes    = 5
	stemSalt     = 0x5BD1E995
)

// hashRune goes on with h by one code point (FNV-1a over code points).
func hashRune(h uint32, r rune) uint32 { return (h ^ uint32(r)) * 16777619 }

const hashStart = 2166136261

// spread mixes h so that its upper bits depend on all of it.
func spread(h uint32) uint32 {
	h ^= h >> 15
	h *= 0x9E3779B1
	return h ^ h>>13
}

const none = lexiconSlots

// find looks up a word by its mixed hash; none if it is not in the lexicon.
func find(h uint32) uint32 {
	tag := byte(h) | 1
	for at := h >> (32 - lexiconBits); ; at = (at + 1) % lexiconSlots {
		switch lexicon[at] {
		case tag:
			return at
		case 0:
			return none
		}
	}
}

func groupAt(at uint32) uint8 {
	if at == none {
		return groupNone
	}
	return lexicon[lexiconSlots+at]
}

// BuildLexicon makes the table from the lists of words.
func BuildLexicon() []byte {
	table := make([]byte, lexiconBytes)
	for group, list := range wordsOf() {
		eachWord(list, func(h uint32) {
			if e := slotFor(table, h) + lexiconSlots; table[e] == 0 {
				table[e] = byte(group)
			}
		})
	}
	for l, list := range functionWords() {
		eachWord(list, func(h uint32) {
			e := slotFor(table, h)
			bit := uint32(1) << l
			for k := range uint32(3) {
				table[(2+k)*lexiconSlots+e] |= byte(bit >> (8 * k))
			}
		})
	}
	return table
}

// slotFor gives the slot of a hash, a new one if there is none.
func slotFor(table []byte, h uint32) uint32 {
	h = spread(h)
	tag := byte(h) | 1
	at := h >> (32 - lexiconBits)
	for table[at] != 0 && table[at] != tag {
		at = (at + 1) % lexiconSlots
	}
	table[at] = tag
	return at
}

// eachWord gives the hash of each word and stem of a list. Of a stem the first five letters
// count. What is written without spaces is met in pairs of characters: two of them stand for a
// longer word.
func eachWord(list string, do func(h uint32)) {
	h, stem, n := uint32(hashStart), uint32(0), 0
	for _, r := range list + " " {
		switch {
		case r == ' ':
			if n > 0 {
				do(h)
			}
			h, stem, n = hashStart, 0, 0
		case r == '*':
			h = stem
		case r >= 0x80 && unspaced(scriptOf(r)) && n >= 2:
		default:
			h = hashRune(h, r)
			if n++; n == stemRunes {
				stem = h ^ stemSalt
			}
		}
	}
}

// unspaced reports whether a script is written without spaces, or with words so long that
// pairs of characters say more.
func unspaced(s Script) bool { return s == Han || s == Kana || s == Hangul }

// LexiconIsCurrent reports whether the table that is built in is that of the lists.
func LexiconIsCurrent() bool { return lexicon == string(BuildLexicon()) }
