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

// Within goes into the object in front of c as far as a member of that name, or into its member
// outer that has one, and reports whether c stands in front of it: usage stands in an answer and in
// the events of its stream, of which some have the answer in them.
func Within(c *scan.Cursor, outer, name string) bool {
	if !c.Enter('{') {
		return false
	}
	for c.Next() {
		switch key := c.Key(); {
		case string(key) == name:
			return true
		case string(key) == outer && outer != "":
			if Within(c, "", name) {
				return true
			}
		default:
			c.Skip()
		}
	}
	return false
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
