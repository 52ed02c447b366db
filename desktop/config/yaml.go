package config

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/lexer"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/token"
)

// maxNodes is how many values a file may hold, counting what an alias stands for at
// each of its uses: the answer to files that explode.
const maxNodes = 200_000

// readTree reads YAML, of which JSON is a part. The tree of an empty file is nil.
// Duplicate keys are kept: the walk reports them with their place.
func readTree(src []byte) (*node, *Problem) {
	text, problem := clean(src)
	if problem != nil {
		return nil, problem
	}
	d, problem := readDocument(text)
	if problem != nil {
		return nil, problem
	}
	return d.root, nil
}

// document is a text that has been parsed: its words, the library's syntax tree and the
// values. Both trees are nil if it is empty.
type document struct {
	text   string
	tokens token.Tokens
	body   ast.Node
	root   *node
}

// readDocument parses a text that is clean.
func readDocument(text string) (d *document, problem *Problem) {
	defer func() {
		if r := recover(); r != nil { // a fault of the YAML library must not be ours
			d, problem = nil, &Problem{Message: "not valid YAML"}
		}
	}()
	tokens := lexer.Tokenize(text)
	if problem := guardTokens(tokens); problem != nil {
		return nil, problem
	}
	file, err := parser.Parse(tokens, 0, parser.AllowDuplicateMapKey())
	if err != nil {
		return nil, syntaxProblem(err)
	}
	d = &document{text: text, tokens: tokens}
	b := builder{anchors: map[string]*node{}}
	for _, doc := range file.Docs {
		if _, ok := doc.Body.(*ast.DirectiveNode); doc.Body != nil && !ok {
			d.body, d.root = doc.Body, b.build(doc.Body)
		}
	}
	if b.over != nil {
		return nil, at(b.over, fmt.Sprintf("the file holds more than %d values, its aliases expanded", maxNodes))
	}
	return d, nil
}

// clean is src as text with \n between lines and no byte order mark, or what keeps it
// from being text.
func clean(src []byte) (string, *Problem) {
	src = bytes.TrimPrefix(src, []byte("\ufeff"))
	src = bytes.ReplaceAll(src, []byte("\r\n"), []byte("\n"))
	src = bytes.ReplaceAll(src, []byte("\r"), []byte("\n"))
	line, column := 1, 1
	for i := 0; i < len(src); {
		r, size := utf8.DecodeRune(src[i:])
		switch {
		case r == utf8.RuneError && size == 1:
			return "", &Problem{Line: line, Column: column, Message: "the file is not UTF-8 text"}
		case r < ' ' && r != '\t' && r != '\n':
			return "", &Problem{Line: line, Column: column, Message: fmt.Sprintf("the file holds the control character %U", r)}
		case r == '\n':
			line, column = line+1, 0
		}
		i, column = i+size, column+1
	}
	return string(src), nil
}

// at is a problem that is found at a token.
func at(tk *token.Token, message string) *Problem {
	p := &Problem{Message: message}
	if tk != nil && tk.Position != nil {
		p.Line, p.Column = tk.Position.Line, tk.Position.Column
	}
	return p
}

// syntaxProblem is the parser's error in one line, in our words where its own would not
// help.
func syntaxProblem(err error) *Problem {
	var se interface {
		error
		GetMessage() string
		GetToken() *token.Token
	}
	if !errors.As(err, &se) {
		return &Problem{Message: "not valid YAML"}
	}
	tk, message := se.GetToken(), se.GetMessage()
	if tk != nil && tk.Type == token.MappingStartType && tk.Prev != nil && strings.HasSuffix(tk.Prev.Value, "$") {
		return at(tk.Prev, `not valid YAML: write "${NAME}" in quotes inside { } or [ ]`)
	}
	for _, hint := range [...]struct{ has, say string }{
		{"found character '\t'", "a tab cannot indent a line; use spaces"},
		{"tab character", "a tab cannot stand here; use spaces"},
		{"mapping value is not allowed", `a ":" too many, or a line that is not indented like those beside it`},
		{"map key-value is pre-defined", "this line is indented too far, or a quote is missing"},
		{"non-map value", `expected "key: value"`},
		{"end character of double-quoted", "a closing \" is missing"},
		{"end character of single-quoted", "a closing ' is missing"},
		{"unknown escape", `an unknown escape after "\"; in single quotes "\" stands for itself`},
		{"YAML version", "an unknown YAML version"},
	} {
		if strings.Contains(message, hint.has) {
			message = hint.say
			break
		}
	}
	return at(tk, "not valid YAML: "+message)
}

// mergeKey is the key that brings in the entries of another mapping.
const mergeKey = "<<"

// builder makes nodes of the library's syntax tree, in the order of the file.
type builder struct {
	anchors map[string]*node
	over    *token.Token // where maxNodes was passed
	merged  int          // entries looked at for merge keys
}

func (b *builder) build(n ast.Node) *node {
	switch v := n.(type) {
	case *ast.MappingNode:
		return b.mapping(v.Values, v)
	case *ast.MappingValueNode:
		return b.mapping([]*ast.MappingValueNode{v}, nil)
	case *ast.SequenceNode:
		out := newNode(list, v.Start)
		for _, item := range v.Values {
			out.items = append(out.items, b.build(item))
			b.grow(out, out.items[len(out.items)-1].weight, v.Start)
		}
		return out
	case *ast.AnchorNode:
		// Known from here on, so that an alias cannot stand for what it is in.
		out := b.build(v.Value)
		b.anchors[v.Name.GetToken().Value] = out
		return out
	case *ast.AliasNode:
		name := v.Value.GetToken().Value
		if out, ok := b.anchors[name]; ok {
			return out
		}
		return badNode(v.Start, "no anchor "+quote("&"+name)+" stands before this alias")
	case *ast.LiteralNode:
		out := newNode(text, v.Start)
		out.text = v.Value.Value
		return out
	case *ast.StringNode:
		if v.Token.Type == token.SingleQuoteType || v.Token.Type == token.DoubleQuoteType {
			out := newNode(text, v.Token)
			out.text = v.Value
			return out
		}
		return plain(v.Value, v.Token.Position.Line, v.Token.Position.Column)
	case ast.ScalarNode:
		tk := v.GetToken()
		return plain(tk.Value, tk.Position.Line, tk.Position.Column)
	}
	return badNode(n.GetToken(), "this cannot be read here")
}

// mapping builds a mapping; in is nil for one that is not a node of its own.
func (b *builder) mapping(values []*ast.MappingValueNode, in *ast.MappingNode) *node {
	out := &node{kind: mapping, weight: 1}
	var sources []entry
	for _, v := range values {
		key := v.Key.GetToken()
		e := entry{name: mergeKey, line: key.Position.Line, column: key.Position.Column, value: b.build(v.Value)}
		if e.value.kind == null && v.Value.GetToken().Type == token.ImplicitNullType {
			e.value.line, e.value.column = e.line, e.column
		}
		if v.Key.IsMergeKey() {
			sources = append(sources, e)
			continue
		}
		if name, ok := b.key(v.Key); ok {
			e.name = name
		} else {
			e.name, e.value = "?", badNode(key, "a key must be a plain text")
		}
		out.entries = append(out.entries, e)
		b.grow(out, e.value.weight, key)
	}
	for _, e := range sources {
		b.merge(out, e)
	}
	switch {
	case in != nil && in.IsFlowStyle:
		out.line, out.column = in.Start.Position.Line, in.Start.Position.Column
	case len(values) > 0:
		first := values[0].Key.GetToken().Position
		out.line, out.column = first.Line, first.Column
	}
	return out
}

// merge adds to a mapping what its merge key brings: the entries of a mapping, or of
// several, that it does not have yet.
func (b *builder) merge(to *node, from entry) {
	sources := []*node{from.value}
	if from.value.kind == list {
		sources = from.value.items
	}
	have := map[string]bool{}
	for _, e := range to.entries {
		have[e.name] = true
	}
	for _, source := range sources {
		if source.kind != mapping {
			bad := &node{kind: bad, text: `"<<" needs an alias of a mapping, or a list of them`, line: from.line, column: from.column, weight: 1}
			to.entries = append(to.entries, entry{name: mergeKey, line: from.line, column: from.column, value: bad})
			return
		}
		for _, e := range source.entries {
			b.merged++
			if !have[e.name] {
				have[e.name] = true
				to.entries = append(to.entries, e)
				b.grow(to, e.value.weight, nil)
			}
		}
		if b.merged > maxNodes {
			b.grow(to, maxNodes, nil)
			return
		}
	}
}

// key is the text of a key, if it is a scalar.
func (b *builder) key(n ast.Node) (string, bool) {
	if k, ok := n.(*ast.MappingKeyNode); ok {
		n = k.Value
	}
	out := b.build(n)
	return out.text, out.kind <= text
}

// grow adds to the weight of n and notes when it becomes too much.
func (b *builder) grow(n *node, by int, tk *token.Token) {
	n.weight = min(n.weight+by, maxNodes+1)
	if n.weight > maxNodes && b.over == nil {
		if tk == nil {
			tk = &token.Token{Position: &token.Position{Line: 1, Column: 1}}
		}
		b.over = tk
	}
}

func newNode(k kind, tk *token.Token) *node {
	return &node{kind: k, line: tk.Position.Line, column: tk.Position.Column, weight: 1}
}

func badNode(tk *token.Token, problem string) *node {
	n := newNode(bad, tk)
	n.text = problem
	return n
}
