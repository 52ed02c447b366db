package config

import (
	"strings"

	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/token"
)

// layout is where the words of a document stand in its text. The library's own positions
// are off behind tabs and some white space, so each word is looked up where it must come.
type layout struct {
	*document
	index    map[*token.Token]int
	from, to []int // of each token
}

// layoutOf finds all words; false if the text has other words than the library says.
func layoutOf(d *document) (*layout, bool) {
	l := &layout{document: d, index: make(map[*token.Token]int, len(d.tokens)), from: make([]int, len(d.tokens)), to: make([]int, len(d.tokens))}
	here := 0
	for i, tk := range d.tokens {
		for here < len(d.text) && strings.IndexByte(" \t\n", d.text[here]) >= 0 {
			here++
		}
		n := wordLen(d.text[here:], tk)
		if n < 0 {
			return nil, false
		}
		l.index[tk], l.from[i] = i, here
		here += n
		l.to[i] = here
	}
	return l, true
}

// wordLen is how long a token is at the beginning of a text; below 0 if it is not there.
// What is in quotes the library does not keep as it was written.
func wordLen(text string, tk *token.Token) int {
	var quote byte
	switch tk.Type {
	case token.DoubleQuoteType:
		quote = '"'
	case token.SingleQuoteType:
		quote = '\''
	default:
		word := strings.Trim(tk.Origin, " \t\n")
		if !strings.HasPrefix(text, word) {
			return -1
		}
		return len(word)
	}
	if text == "" || text[0] != quote {
		return -1
	}
	for i := 1; i < len(text); i++ {
		switch {
		case quote == '"' && text[i] == '\\', text[i] == quote && quote == '\'' && strings.HasPrefix(text[i+1:], "'"):
			i++
		case text[i] == quote:
			return i + 1
		}
	}
	return -1
}

// span is a part of the text.
type span struct{ from, to int }

// word is where a token stands; false if the library made it up.
func (l *layout) word(tk *token.Token) (span, bool) {
	i, ok := l.index[tk]
	if !ok {
		return span{}, false
	}
	return span{l.from[i], l.to[i]}, true
}

// ends are the first and the last token of a value; first is nil if nothing is written.
func (l *layout) ends(n ast.Node) (first, last *token.Token) {
	switch v := n.(type) {
	case *ast.MappingNode:
		if v.IsFlowStyle {
			return v.Start, v.End
		}
		return l.pairEnds(v.Values[0], v.Values[len(v.Values)-1])
	case *ast.MappingValueNode:
		return l.pairEnds(v, v)
	case *ast.SequenceNode:
		if v.IsFlowStyle {
			return v.Start, v.End
		}
		_, last = l.itemEnds(v, len(v.Values)-1)
		return v.Start, last
	case *ast.AnchorNode:
		if _, last = l.ends(v.Value); last == nil {
			last = v.Name.GetToken()
		}
		return v.Start, last
	case *ast.AliasNode:
		return v.Start, v.Value.GetToken()
	case *ast.LiteralNode:
		if last = v.Value.GetToken(); !l.has(last) {
			last = v.Start
		}
		return v.Start, last
	}
	if tk := n.GetToken(); l.has(tk) {
		return tk, tk
	}
	return nil, nil
}

func (l *layout) has(tk *token.Token) bool { _, ok := l.index[tk]; return ok }

// pairEnds are the first token of a pair's key and the last of another's value.
func (l *layout) pairEnds(a, b *ast.MappingValueNode) (first, last *token.Token) {
	if first = a.Key.GetToken(); first != nil {
		if k, ok := a.Key.(*ast.MappingKeyNode); ok {
			first = k.Start
		}
	}
	if _, last = l.ends(b.Value); last == nil {
		last = b.Start
	}
	return first, last
}

// itemEnds are the hyphen of an item of a list without brackets and the last of its value.
func (l *layout) itemEnds(s *ast.SequenceNode, i int) (first, last *token.Token) {
	first = s.Entries[i].Start
	if _, last = l.ends(s.Values[i]); last == nil {
		last = first
	}
	return first, last
}

// of is the part of the text between two tokens, both included.
func (l *layout) of(first, last *token.Token) (span, bool) {
	a, ok := l.word(first)
	b, ok2 := l.word(last)
	return span{a.from, b.to}, ok && ok2 && a.from <= b.to
}

// lineStart and lineEnd are where the line of a place begins, and where its line break is.
func (l *layout) lineStart(at int) int { return strings.LastIndexByte(l.text[:at], '\n') + 1 }

func (l *layout) lineEnd(at int) int {
	if n := strings.IndexByte(l.text[at:], '\n'); n >= 0 {
		return at + n
	}
	return len(l.text)
}

// column is how many characters stand before a place on its line.
func (l *layout) column(at int) int { return len([]rune(l.text[l.lineStart(at):at])) }

// leads reports whether only white space stands before a place on its line.
func (l *layout) leads(at int) bool { return blank(l.text[l.lineStart(at):at]) }

// trails reports whether only white space or a comment follows on the line.
func (l *layout) trails(at int) bool {
	rest := strings.TrimLeft(l.text[at:l.lineEnd(at)], " \t")
	return rest == "" || rest[0] == '#'
}

func blank(s string) bool { return strings.Trim(s, " \t\n") == "" }

// pairs are the pairs of a mapping; false if n is none.
func pairs(n ast.Node) ([]*ast.MappingValueNode, bool) {
	switch v := n.(type) {
	case *ast.MappingNode:
		return v.Values, true
	case *ast.MappingValueNode:
		return []*ast.MappingValueNode{v}, true
	}
	return nil, false
}

// inBraces reports whether a value is written with braces or brackets.
func inBraces(n ast.Node) bool {
	switch v := n.(type) {
	case *ast.MappingNode:
		return v.IsFlowStyle
	case *ast.SequenceNode:
		return v.IsFlowStyle
	}
	return false
}

// step is the child of n at a step of a path, nil if there is none, and its place there.
func (l *layout) step(n ast.Node, step any) (child ast.Node, i int) {
	if seq, ok := n.(*ast.SequenceNode); ok {
		if i, ok := step.(int); ok && i < len(seq.Values) {
			return seq.Values[i], i
		}
		return nil, len(seq.Values)
	}
	all, _ := pairs(n)
	b := builder{}
	for i, p := range all {
		if name, ok := b.key(p.Key); ok && !p.Key.IsMergeKey() && name == step {
			return p.Value, i
		}
	}
	return nil, len(all)
}
