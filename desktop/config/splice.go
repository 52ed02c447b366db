package config

import (
	"slices"
	"strings"

	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/token"
)

const awkward = "this is written in a way that cannot be changed here; edit the file itself"

// indent is the column of the key or hyphen that the value at a path belongs to, and the
// token behind which the value stands: the colon or the hyphen.
func (e *editor) indent(in ast.Node, path []any) (column int, lead span, ok bool) {
	switch v := in.(type) {
	case *ast.SequenceNode:
		i, _ := path[len(path)-1].(int)
		if v.IsFlowStyle || i >= len(v.Entries) {
			return 0, span{}, false
		}
		lead, ok = e.word(v.Entries[i].Start)
		return e.column(lead.from), lead, ok
	default:
		all, _ := pairs(in)
		_, i := e.step(in, path[len(path)-1])
		if i >= len(all) {
			return 0, span{}, false
		}
		key, ok := e.word(all[i].Key.GetToken())
		lead, ok2 := e.word(all[i].Start)
		return e.column(key.from), lead, ok && ok2
	}
}

// braced reports whether the value at a path stands in braces or brackets.
func (e *editor) braced(path []any) bool {
	n := e.body
	for _, step := range path {
		if inBraces(n) {
			return true
		}
		if n, _ = e.step(n, step); n == nil {
			return false
		}
	}
	return false
}

// replace puts another value in the place of n, which stands in another at path.
func (e *editor) replace(n, in ast.Node, path []any, want *node) *Problem {
	refused := e.refuse(n, path, awkward)
	if len(path) == 0 {
		old, ok := e.of(e.ends(n))
		if !ok || !inBraces(n) {
			return refused
		}
		return e.splice(part{old, e.style.line(want)})
	}
	first, last := e.ends(n)
	old, written := e.of(first, last)
	column, lead, ok := e.indent(in, path)
	if _, flow := in.(*ast.SequenceNode); flow && inBraces(in) {
		ok, lead = written, old
	}
	if !ok {
		return refused
	}
	st := e.styleAt(in)
	behind, after := " "+st.line(want), ""
	if _, item := in.(*ast.SequenceNode); !e.braced(path) {
		switch {
		case item && want.kind == mapping && !st.inline(want):
			behind = " " + st.entries(want, column+2)
		case item:
		default:
			if body := st.after(want, column, len(path) == 1); body[0] == '\n' {
				behind, after = "", body
			}
		}
	}
	if want.kind == text && written {
		behind = " " + st.likewise(e.text[old.from:old.to], want.text)
	}
	if !written {
		old = span{lead.to, lead.to}
	}
	return e.put(lead, old, n, behind, after)
}

// likewise is a text in the quotes of what it replaces.
func (s style) likewise(old, v string) string {
	switch {
	case strings.HasPrefix(old, `"`):
		return inQuotes(v)
	case strings.HasPrefix(old, `'`) && !strings.ContainsAny(v, "'\n\r\t\\") && strings.ToValidUTF8(v, "") == v && inQuotes(v) == `"`+v+`"`:
		return "'" + v + "'"
	}
	return s.text(v)
}

// put writes text behind lead in the place of old, and after, which begins with a line
// break, behind what else stands on the line.
func (e *editor) put(lead, old span, n ast.Node, text, after string) *Problem {
	own := strings.Contains(e.text[lead.to:max(old.from, lead.to)], "\n") // old begins on a line of its own
	switch {
	case own && !inBraces(n) && e.trails(old.to):
		end := e.lineEnd(lead.to)
		return e.splice(part{span{lead.to, lead.to}, text}, part{span{end, end}, after}, part{span: span{e.lineStart(old.from) - 1, e.lineEnd(old.to)}})
	case after == "":
		if old.from > lead.to || old == lead {
			text = text[1:]
		}
		return e.splice(part{old, text})
	}
	from := old.from
	for from > lead.to && (e.text[from-1] == ' ' || e.text[from-1] == '\t') {
		from--
	}
	end := e.lineEnd(old.to)
	return e.splice(part{span{from, old.to}, ""}, part{span{end, end}, after})
}

// styleAt is the style for what is to stand in n.
func (e *editor) styleAt(n ast.Node) style {
	s := e.style
	if inBraces(n) && quotedKeys(n) {
		s.quoted = true
	}
	return s
}

// appendRoot writes the first values of a file that has none.
func (e *editor) appendRoot(want *node) *Problem {
	if want.kind != mapping {
		return &Problem{Message: "a configuration is a mapping"}
	}
	parts := make([]string, len(want.entries))
	for i, w := range want.entries {
		parts[i] = e.style.entry(w.name, w.value, 0, true) + "\n"
	}
	text := strings.Join(parts, "")
	if e.text != "" && !strings.HasSuffix(e.text, "\n") {
		text = "\n" + text
	}
	end := span{len(e.text), len(e.text)}
	return e.splice(part{end, text})
}

// insertEntry writes one more pair at the end of a mapping.
func (e *editor) insertEntry(n ast.Node, path []any, name string, want *node) *Problem {
	all, _ := pairs(n)
	st := e.styleAt(n)
	last := all[len(all)-1]
	if inBraces(n) {
		return e.insertBraced(n, path, len(all), e.spans(n), st.text(name)+": "+st.line(want))
	}
	first, _ := e.pairEnds(all[0], all[0])
	key, ok := e.word(first)
	_, end := e.pairEnds(last, last)
	here, ok2 := e.word(end)
	if !ok || !ok2 || !e.trails(here.to) {
		return e.refuse(n, path, awkward)
	}
	column := e.column(key.from)
	return e.insertLine(here.to, strings.Repeat(" ", column)+st.entry(name, want, column, len(path) == 0))
}

// insertLine writes lines behind the line of a place.
func (e *editor) insertLine(at int, lines string) *Problem {
	end := e.lineEnd(at)
	return e.splice(part{span{end, end}, "\n" + lines})
}

// insertItem writes an item before the i-th of a list that has some. moved, if not nil, is
// the item as it is written already.
func (e *editor) insertItem(n ast.Node, path []any, i int, want *node, moved *string) *Problem {
	seq := n.(*ast.SequenceNode)
	st := e.styleAt(n)
	if seq.IsFlowStyle {
		text := st.line(want)
		if moved != nil {
			text = *moved
		}
		return e.insertBraced(n, path, i, e.spans(n), text)
	}
	first, _ := e.itemEnds(seq, 0)
	hyphen, ok := e.word(first)
	if !ok {
		return e.refuse(n, path, awkward)
	}
	column := e.column(hyphen.from)
	text := strings.Repeat(" ", column) + st.item(want, column)
	if moved != nil {
		text = *moved
	}
	if i == 0 {
		if !e.leads(hyphen.from) {
			return e.refuse(n, path, awkward)
		}
		at := e.lineStart(hyphen.from)
		return e.splice(part{span{at, at}, text + "\n"})
	}
	_, end := e.itemEnds(seq, i-1)
	here, ok := e.word(end)
	if !ok || !e.trails(here.to) {
		return e.refuse(n, path, awkward)
	}
	return e.insertLine(here.to, text)
}

// spans are where the pairs or items of n stand; nil if one cannot be found.
func (e *editor) spans(n ast.Node) (out []span) {
	add := func(s span, ok bool) bool {
		out = append(out, s)
		return ok
	}
	if seq, ok := n.(*ast.SequenceNode); ok {
		for i, item := range seq.Values {
			first, last := e.ends(item)
			if !seq.IsFlowStyle {
				first, last = e.itemEnds(seq, i)
			}
			if !add(e.of(first, last)) {
				return nil
			}
		}
		return out
	}
	all, _ := pairs(n)
	for _, p := range all {
		if !add(e.of(e.pairEnds(p, p))) {
			return nil
		}
	}
	return out
}

// comma is the comma behind a place within braces, if there is one.
func (e *editor) comma(at int) (span, bool) {
	i, _ := slices.BinarySearch(e.from, at)
	for i < len(e.tokens) && e.tokens[i].Type == token.CommentType {
		i++
	}
	if i < len(e.tokens) && e.tokens[i].Type == token.CollectEntryType {
		return span{e.from[i], e.to[i]}, true
	}
	return span{}, false
}

// insertBraced writes text as the i-th of what stands in the braces of n.
func (e *editor) insertBraced(n ast.Node, path []any, i int, all []span, text string) *Problem {
	if len(all) == 0 {
		return e.refuse(n, path, awkward)
	}
	if i == 0 {
		between := " "
		if e.leads(all[0].from) {
			between = "\n" + e.text[e.lineStart(all[0].from):all[0].from]
		}
		return e.splice(part{span{all[0].from, all[0].from}, text + "," + between})
	}
	before := all[i-1]
	comma, has := e.comma(before.to)
	if !e.leads(before.from) { // in one line with the one before
		if has {
			end := ""
			if i == len(all) {
				end = ","
			}
			return e.splice(part{span{comma.to, comma.to}, " " + text + end})
		}
		return e.splice(part{span{before.to, before.to}, ", " + text})
	}
	line := "\n" + e.text[e.lineStart(before.from):before.from] + text
	if !has {
		if end := e.lineEnd(before.to); e.trails(before.to) {
			return e.splice(part{span{before.to, before.to}, ","}, part{span{end, end}, line})
		}
		return e.splice(part{span{before.to, before.to}, "," + line})
	}
	at := comma.to
	if e.trails(at) {
		at = e.lineEnd(at)
	}
	return e.splice(part{span{at, at}, line + ","})
}
