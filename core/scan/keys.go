package scan

import (
	"cmp"
	"slices"
	"unicode/utf8"
)

// fewKeys is how many names are compared one by one as they come. Beyond, they are sorted at the end:
// the time is then bounded whatever the names are, which a hash without a random seed does not give.
const fewKeys = 16

// key is a name that has been seen.
type key struct {
	at  uint32 // the place of its opening quote; nobody takes a document of 4 GiB
	sum uint32 // equal for equal names, whatever their spelling
}

// keys finds names that occur twice in an object.
type keys struct {
	n    int
	few  [fewKeys]key
	many []key // all of them, once they are more than fewKeys
}

type verdict uint8

const (
	fine verdict = iota
	duplicate
	tooMany
)

// add takes the name whose opening quote is at the given place of doc and whose decoded form is name.
// It returns the place too, with a verdict on it.
func (k *keys) add(doc []byte, at int, name []byte) (int, verdict) {
	next := key{uint32(at), sum(name)}
	if k.n < fewKeys {
		for _, old := range k.few[:k.n] {
			if old.sum == next.sum && compare(doc, old, next) == 0 {
				return at, duplicate
			}
		}
		k.few[k.n] = next
		k.n++
		return at, fine
	}
	if k.many == nil {
		k.many = append(make([]key, 0, 4*fewKeys), k.few[:]...)
	}
	if len(k.many) == MaxKeys {
		return at, tooMany
	}
	k.many = append(k.many, next)
	return at, fine
}

// settle gives the verdict that add left open, and the place of a name that occurred before.
func (k *keys) settle(doc []byte) (int, verdict) {
	slices.SortFunc(k.many, func(a, b key) int {
		if a.sum != b.sum {
			return cmp.Compare(a.sum, b.sum)
		}
		return cmp.Or(compare(doc, a, b), cmp.Compare(a.at, b.at))
	})
	for i := 1; i < len(k.many); i++ {
		if a, b := k.many[i-1], k.many[i]; a.sum == b.sum && compare(doc, a, b) == 0 {
			return int(b.at), duplicate
		}
	}
	return 0, fine
}

// compare orders two names of doc by their characters.
func compare(doc []byte, a, b key) int {
	i, j := int(a.at)+1, int(b.at)+1
	for {
		var r, s rune
		r, i = nextRune(doc, i)
		s, j = nextRune(doc, j)
		if r != s || r < 0 {
			return cmp.Compare(r, s)
		}
	}
}

// nextRune returns the character of a checked string that stands at i, and the place of the next one;
// -1 at the closing quote.
func nextRune(doc []byte, i int) (r rune, next int) {
	switch c := doc[i]; {
	case c == '"':
		return -1, i
	case c == '\\':
		return Unescape(doc, i)
	case c < utf8.RuneSelf:
		return rune(c), i + 1
	}
	r, size := utf8.DecodeRune(doc[i:])
	return r, i + size
}

// sum mixes the length and the first and last bytes of a name. It need not tell all names apart.
func sum(name []byte) uint32 {
	var x uint64
	switch n := len(name); {
	case n >= 8:
		x = word(name) ^ word(name[n-8:])<<1
	case n > 0:
		for _, c := range name {
			x = x<<8 | uint64(c)
		}
	}
	return uint32((x ^ uint64(len(name))<<56) * 0x9E3779B97F4A7C15 >> 32)
}
