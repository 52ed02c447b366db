package codec

import "strowger/core/scan"

// MaxCount bounds what is believed of a number of tokens, so that sums stay sums.
const MaxCount = 1 << 40

// Count is a number of tokens as a provider states it; false if raw is none. Numbers below
// zero are 0, those beyond MaxCount are MaxCount.
func Count(raw []byte) (int64, bool) {
	n, ok := scan.Int(raw)
	return min(max(n, 0), MaxCount), ok
}

// Counter reads numbers of tokens into their places, and knows whether there has been one.
type Counter struct{ Known bool }

// Count reads the number in front of c, and reports whether it is one.
func (k *Counter) Count(c *scan.Cursor, to *int64) bool {
	n, ok := Count(c.Value())
	if ok {
		*to, k.Known = n, true
	}
	return ok
}
