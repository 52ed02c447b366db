package config

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"sync"
)

// kind is what a value in the file is.
type kind uint8

const (
	null    kind = iota // nothing, null or ~
	boolean             // true or false
	number              // decimal
	text                // any other scalar, and everything in quotes
	list
	mapping
	bad // could not be made sense of; node.text is the problem
)

// node is a value of the file and where it stands. Nodes are shared where the file uses
// an alias, and never changed once built.
type node struct {
	kind         kind
	text         string // of a scalar: as written, or between its quotes
	line, column int    // of a mapping without braces: those of its first key
	entries      []entry
	items        []*node
	weight       int // nodes in it, itself included, aliases expanded
}

// entry is one key of a mapping and its value. An entry that came by a merge key keeps
// the place where it is written.
type entry struct {
	name         string
	line, column int
	value        *node
}

// get is the value of the first entry with that name, or nil.
func (n *node) get(name string) *entry {
	for i := range n.entries {
		if n.entries[i].name == name {
			return &n.entries[i]
		}
	}
	return nil
}

// found is what n is, for "expected …, found …". A private value is not shown.
func (n *node) found(private bool) string {
	switch n.kind {
	case null:
		return "nothing"
	case boolean:
		if private {
			return "true or false"
		}
		return n.text
	case number:
		if private {
			return "a number"
		}
		return "the number " + shorten(n.text)
	case text:
		if private {
			return "text"
		}
		return "the text " + quote(n.text)
	case list:
		return "a list"
	}
	return "a mapping"
}

// plain is the scalar node of a text that stands without quotes.
func plain(s string, line, column int) *node {
	n := &node{kind: text, text: s, line: line, column: column, weight: 1}
	switch s {
	case "", "~", "null", "Null", "NULL":
		n.kind = null
	case "true", "True", "TRUE", "false", "False", "FALSE":
		n.kind, n.text = boolean, strings.ToLower(s)
	default:
		if numberForm().MatchString(s) {
			n.kind = number
		}
	}
	return n
}

// numberForm is a decimal number as JSON writes it, or with a leading plus or point.
// What YAML's versions read differently (010, 0x10, 1_000) is text.
var numberForm = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^[-+]?((0|[1-9][0-9]*)(\.[0-9]*)?|\.[0-9]+)([eE][-+]?[0-9]+)?$`)
})

// quote shows a text of the file in a message: in quotes, in one line, not too long.
func quote(s string) string { return strconv.Quote(shorten(s)) }

func shorten(s string) string {
	const most = 60
	for i := range s {
		if i >= most {
			return s[:i] + "…"
		}
	}
	return s
}

// place is a path in the file: names of keys, and indexes as [1].
type place []string

// String is the path as it is shown: models.openai/gpt-4o.endpoints[1].
func (p place) String() string {
	var b strings.Builder
	for i, step := range p {
		if i > 0 && !strings.HasPrefix(step, "[") {
			b.WriteByte('.')
		}
		b.WriteString(shorten(step))
	}
	return b.String()
}

func index(i int) string { return fmt.Sprintf("[%d]", i) }
