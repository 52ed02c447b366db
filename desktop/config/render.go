package config

import (
	"encoding/json"
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/goccy/go-yaml/ast"
)

// style is how a file writes what it is given.
type style struct {
	unit   int  // columns that a mapping in a mapping stands further right
	dash   int  // columns that the hyphens of a list stand further right than its key
	quoted bool // keys and texts in quotes: JSON
}

// styleOf is the style of a file, by the first places that show it.
func styleOf(l *layout) style {
	s := style{unit: 2, dash: -1}
	unit := 0
	var look func(n ast.Node, column int)
	look = func(n ast.Node, column int) {
		if v, ok := n.(*ast.AnchorNode); ok {
			n = v.Value
		}
		if inBraces(n) || unit > 0 && s.dash >= 0 {
			return
		}
		if all, ok := pairs(n); ok && len(all) > 0 {
			first, _ := l.pairEnds(all[0], all[0])
			here, _ := l.word(first)
			own := l.column(here.from)
			if unit == 0 && column >= 0 && own > column && l.leads(here.from) {
				unit = own - column
			}
			for _, p := range all {
				look(p.Value, own)
			}
		}
		if v, ok := n.(*ast.SequenceNode); ok {
			here, _ := l.word(v.Start)
			if s.dash < 0 && column >= 0 {
				s.dash = l.column(here.from) - column
			}
			for _, item := range v.Values {
				look(item, -1)
			}
		}
	}
	if l.body != nil {
		look(l.body, -1)
		all, _ := pairs(l.body)
		s.quoted = inBraces(l.body) && (len(all) == 0 || quotedKeys(l.body))
	}
	if unit > 0 {
		s.unit = unit
	}
	if s.dash < 0 {
		s.dash = s.unit
	}
	return s
}

// quotedKeys reports whether the keys of a mapping are in double quotes.
func quotedKeys(n ast.Node) bool {
	all, _ := pairs(n)
	return len(all) > 0 && !slices.ContainsFunc(all, func(p *ast.MappingValueNode) bool {
		return !strings.HasPrefix(strings.Trim(p.Key.GetToken().Origin, " \t\n"), `"`)
	})
}

// plainForm is what needs no quotes anywhere; of what else needs none the rules are many.
var plainForm = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^[A-Za-z0-9/][A-Za-z0-9_./+ -]*$`) })

// otherwise are words that other readers take for something else than text.
var otherwise = []string{"y", "n", "yes", "no", "on", "off"}

// inQuotes is s as JSON and YAML both write it.
func inQuotes(s string) string {
	var b strings.Builder
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	_ = enc.Encode(s) // a text is always written
	return strings.TrimSuffix(b.String(), "\n")
}

func (s style) text(v string) string {
	if s.quoted || !plainForm().MatchString(v) || strings.HasSuffix(v, " ") || plain(v, 0, 0).kind != text || slices.Contains(otherwise, strings.ToLower(v)) {
		return inQuotes(v)
	}
	return v
}

// line is a value in one line.
func (s style) line(n *node) string {
	switch n.kind {
	case null:
		return "null"
	case boolean, number:
		return n.text
	case list:
		parts := make([]string, len(n.items))
		for i, item := range n.items {
			parts[i] = s.line(item)
		}
		return "[" + strings.Join(parts, ", ") + "]"
	case mapping:
		parts := make([]string, len(n.entries))
		for i, e := range n.entries {
			parts[i] = s.text(e.name) + ": " + s.line(e.value)
		}
		return "{" + strings.Join(parts, ", ") + "}"
	}
	return s.text(n.text)
}

// mostInline is how long a list or mapping may be that is written in one line.
const mostInline = 72

// inline reports whether a value outside of braces is written in one line.
func (s style) inline(n *node) bool {
	if n.kind != list && n.kind != mapping || len(n.items)+len(n.entries) == 0 {
		return true
	}
	return len(s.line(n)) <= mostInline
}

// entry is a pair of a mapping without braces whose keys stand in column, its lines without
// the column before the first and the line break after the last. open has the value's own
// entries on lines of their own.
func (s style) entry(name string, n *node, column int, open bool) string {
	if n.kind == null {
		return s.text(name) + ":"
	}
	return s.text(name) + ":" + s.after(n, column, open)
}

// after is what stands behind the colon of a key in column.
func (s style) after(n *node, column int, open bool) string {
	if s.inline(n) && (!open || n.kind != mapping || len(n.entries) == 0) {
		return " " + s.line(n)
	}
	if n.kind == list {
		return "\n" + s.items(n, column+s.dash)
	}
	return "\n" + strings.Repeat(" ", column+s.unit) + s.entries(n, column+s.unit)
}

// entries are the pairs of a mapping in column, without the column before the first.
func (s style) entries(n *node, column int) string {
	parts := make([]string, len(n.entries))
	for i, e := range n.entries {
		parts[i] = s.entry(e.name, e.value, column, false)
	}
	return strings.Join(parts, "\n"+strings.Repeat(" ", column))
}

// items are the items of a list whose hyphens stand in column.
func (s style) items(n *node, column int) string {
	parts := make([]string, len(n.items))
	for i, item := range n.items {
		parts[i] = strings.Repeat(" ", column) + s.item(item, column)
	}
	return strings.Join(parts, "\n")
}

// item is an item of a list without brackets, without the column before its hyphen.
func (s style) item(n *node, column int) string {
	switch {
	case s.inline(n):
		return "- " + s.line(n)
	case n.kind == mapping:
		return "- " + s.entries(n, column+2)
	}
	return "-\n" + s.items(n, column+2)
}
