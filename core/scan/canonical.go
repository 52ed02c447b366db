package scan

import (
	"bytes"
	"slices"
	"strconv"
	"unicode/utf16"
	"unicode/utf8"
)

// AppendCanonical appends doc in the one form that all documents of its meaning share: no white space,
// the members of an object sorted by name, each string and each number spelled in one way. Numbers keep
// every digit: 1, 1.0 and 10e-1 are one, 1e400 and 1e401 are two. Members of the outermost object
// without are left out. doc is refused as it is by [Valid], and also for two members of one name or more
// than [MaxKeys] in any object, and for an exponent of more than 18 digits; dst is then returned as it was.
func AppendCanonical(dst, doc []byte, without ...string) ([]byte, error) {
	if err := Valid(doc); err != nil {
		return dst, err
	}
	c := canonical{doc: doc, out: dst, without: without}
	c.value(skipSpace(doc, 0), 0)
	if c.err != nil {
		return dst, c.err
	}
	return c.out, nil
}

// canonical writes a document that has been checked.
type canonical struct {
	doc     []byte
	out     []byte
	members []written // of the objects that are being written, one behind the other
	order   []key
	without []string
	err     *Error
}

// written is a member with the place of its name in the document and its own in the output.
type written struct{ at, start, end int }

// value writes the value at i and returns the place behind it.
func (c *canonical) value(i, depth int) int {
	switch c.doc[i] {
	case '{':
		return c.object(i, depth+1)
	case '[':
		return c.array(i, depth+1)
	case '"':
		return c.text(i)
	case 't', 'n':
		c.out = append(c.out, c.doc[i:i+4]...)
		return i + 4
	case 'f':
		c.out = append(c.out, "false"...)
		return i + 5
	}
	end, _ := skipNumber(c.doc, i)
	if !c.number(c.doc[i:end]) {
		c.fail(i, msgExponent)
	}
	return end
}

func (c *canonical) fail(at int, msg string) {
	if c.err == nil {
		c.err = &Error{at, msg}
	}
}

func (c *canonical) array(i, depth int) int {
	c.out = append(c.out, '[')
	for i = skipSpace(c.doc, i+1); c.doc[i] != ']'; i = skipSpace(c.doc, i) {
		if c.doc[i] == ',' {
			c.out = append(c.out, ',')
			i = skipSpace(c.doc, i+1)
		}
		i = c.value(i, depth)
	}
	c.out = append(c.out, ']')
	return i + 1
}

// object writes the members in their order, each with a comma behind it, and then sorts them.
func (c *canonical) object(i, depth int) int {
	c.out = append(c.out, '{')
	from := len(c.members)
	for i = skipSpace(c.doc, i+1); c.doc[i] != '}'; i = skipSpace(c.doc, i) {
		if c.doc[i] == ',' {
			i = skipSpace(c.doc, i+1)
		}
		m := written{at: i, start: len(c.out)}
		end := c.text(i)
		c.out = append(c.out, ':')
		i = c.value(skipSpace(c.doc, skipSpace(c.doc, end)+1), depth)
		c.out = append(c.out, ',')
		if depth == 1 && len(c.without) > 0 {
			if name, _ := Unquote(nil, c.doc[m.at:end]); slices.Contains(c.without, string(name)) {
				c.out = c.out[:m.start]
				continue
			}
		}
		m.end = len(c.out)
		c.members = append(c.members, m)
	}
	c.sort(c.members[from:])
	c.members = c.members[:from]
	if last := len(c.out) - 1; c.out[last] == ',' {
		c.out = c.out[:last]
	}
	c.out = append(c.out, '}')
	return i + 1
}

// sort puts the members, which the output ends with, into order by their names.
func (c *canonical) sort(members []written) {
	if len(members) > MaxKeys {
		c.fail(members[MaxKeys].at, msgKeys)
		return
	}
	c.order = c.order[:0]
	sorted := true
	for i, m := range members {
		c.order = append(c.order, key{at: uint32(m.at), sum: uint32(i)})
		sorted = sorted && (i == 0 || compare(c.doc, c.order[i-1], c.order[i]) < 0)
	}
	if sorted {
		return
	}
	slices.SortFunc(c.order, func(a, b key) int { return compare(c.doc, a, b) })
	whole := len(c.out)
	for i, k := range c.order {
		if i > 0 && compare(c.doc, c.order[i-1], k) == 0 {
			c.fail(int(k.at), "duplicate key")
		}
		m := members[k.sum]
		c.out = append(c.out, c.out[m.start:m.end]...)
	}
	copy(c.out[members[0].start:], c.out[whole:])
	c.out = c.out[:whole]
}

// text writes the string at i. Escaped is only what must be, and half of a surrogate pair, which no
// character stands for.
func (c *canonical) text(i int) int {
	end, escaped, _ := skipString(c.doc, i)
	if !escaped {
		c.out = append(c.out, c.doc[i:end]...)
		return end
	}
	c.out = append(c.out, '"')
	for i++; i < end-1; {
		if n := bytes.IndexByte(c.doc[i:end-1], '\\'); n != 0 {
			if n < 0 {
				n = end - 1 - i
			}
			c.out = append(c.out, c.doc[i:i+n]...)
			i += n
			continue
		}
		r, next := Unescape(c.doc, i)
		switch half := hex4(c.doc, i+2); {
		case next == i+6 && utf16.IsSurrogate(half):
			c.out = strconv.AppendInt(append(c.out, `\u`...), int64(half), 16)
		case r < ' ' || r == '"' || r == '\\':
			quoted := AppendQuote(nil, string(r))
			c.out = append(c.out, quoted[1:len(quoted)-1]...)
		default:
			c.out = utf8.AppendRune(c.out, r)
		}
		i = next
	}
	c.out = append(c.out, '"')
	return end
}

// number writes a checked number as a whole one that ends in no zero, with the power of ten behind it
// if there is one. It reports false if the exponent is too long.
func (c *canonical) number(raw []byte) bool {
	start := len(c.out)
	if raw[0] == '-' {
		c.out, raw = append(c.out, '-'), raw[1:]
	}
	var exp int64
	var long bool
	if i := bytes.IndexAny(raw, "eE"); i >= 0 {
		exp, long = exponent(raw[i+1:])
		raw = raw[:i]
	}
	first, point := len(c.out), false
	for _, d := range raw {
		if d == '.' {
			point = true
			continue
		}
		if point {
			exp--
		}
		if d != '0' || len(c.out) > first { // no zeros in front
			c.out = append(c.out, d)
		}
	}
	for ; len(c.out) > first && c.out[len(c.out)-1] == '0'; exp++ {
		c.out = c.out[:len(c.out)-1]
	}
	switch {
	case len(c.out) == first:
		c.out = append(c.out[:start], '0')
		return true
	case exp != 0:
		c.out = strconv.AppendInt(append(c.out, 'e'), exp, 10)
	}
	return !long
}
