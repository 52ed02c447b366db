package config

import (
	"fmt"

	"github.com/goccy/go-yaml/token"
)

// What a file may be made of before it is parsed. The parser calls itself for each level
// of nesting and for each key of a mapping, and looks at what came before at each step:
// without limits a small file could take all memory, or minutes.
const (
	maxTokens = 200_000 // words and signs
	maxDepth  = 32      // levels
	maxKeys   = 10_000  // of one mapping without braces
	maxName   = 256     // bytes of a key
)

// guardTokens refuses what is too large to be a configuration, and what of YAML is not
// read: several documents and tags.
func guardTokens(tokens token.Tokens) *Problem {
	if len(tokens) > maxTokens {
		return at(tokens[maxTokens], fmt.Sprintf("the file is too large: more than %d words and signs", maxTokens))
	}
	var g guard
	for i, tk := range tokens {
		if message := g.next(tokens, i); message != "" {
			return at(tk, message)
		}
	}
	return nil
}

// guard follows the structure of a file by its tokens.
type guard struct {
	flow      []int   // for each open brace: colons since the last comma
	block     []level // the mappings and lists without braces that are open
	directive int     // line of the last directive
	content   bool    // something came before: the next document is the second
	ended     bool
}

// level is a mapping or list whose keys or hyphens stand in a column.
type level struct {
	column, count int
	list          bool
}

// next takes one token and says what is wrong with it, or nothing.
func (g *guard) next(tokens token.Tokens, i int) string {
	tk := tokens[i]
	switch tk.Type {
	case token.CommentType, token.InvalidType:
		return ""
	case token.DirectiveType:
		g.directive = tk.Position.Line
		return ""
	case token.DocumentHeaderType:
		if g.content || g.ended {
			return "a second document begins here; a file holds one"
		}
		g.content = true
		return ""
	}
	if g.ended {
		return "a second document begins here; a file holds one"
	}
	if tk.Position.Line == g.directive {
		return ""
	}
	g.content = true
	if tk.Type == token.DocumentEndType {
		g.ended = true
		return ""
	}
	return g.structure(tokens, i)
}

func (g *guard) structure(tokens token.Tokens, i int) string {
	tk, top := tokens[i], len(g.flow)-1
	switch tk.Type {
	case token.TagType:
		return "tags are not supported"
	case token.AnchorType:
		if i >= 2 && tokens[i-2].Type == token.AnchorType {
			return "two anchors for one value"
		}
	case token.MappingStartType, token.SequenceStartType:
		g.flow = append(g.flow, 0)
		return g.depth()
	case token.MappingEndType, token.SequenceEndType:
		if top >= 0 {
			g.flow = g.flow[:top]
		}
	case token.CollectEntryType:
		if top >= 0 {
			g.flow[top] = 0
		}
	case token.SequenceEntryType:
		if top >= 0 {
			return `"-" cannot begin an item inside [ ] or { }`
		}
		return g.enter(tk.Position.Column, true)
	case token.MappingValueType:
		if i > 0 && len(tokens[i-1].Value) > maxName {
			return fmt.Sprintf("the key before this is longer than %d bytes", maxName)
		}
		if top < 0 {
			return g.enter(tokens[max(i-1, 0)].Position.Column, false)
		}
		// The parser has a better message for one too many, but not for thousands.
		if g.flow[top]++; g.flow[top] > 8 {
			return `a ":" where "," or a closing brace is expected`
		}
	}
	return ""
}

// enter notes a key or hyphen outside of braces, which closes what stands further right.
func (g *guard) enter(column int, list bool) string {
	top := len(g.block) - 1
	for top >= 0 && (g.block[top].column > column || g.block[top].column == column && g.block[top].list && !list) {
		top--
	}
	g.block = g.block[:top+1]
	if top < 0 || g.block[top].column < column || g.block[top].list != list {
		g.block = append(g.block, level{column: column, list: list})
		top++
	}
	if g.block[top].count++; !list && g.block[top].count > maxKeys {
		return fmt.Sprintf("more than %d keys in one mapping", maxKeys)
	}
	return g.depth()
}

func (g *guard) depth() string {
	if len(g.flow)+len(g.block) > maxDepth {
		return fmt.Sprintf("nested more than %d levels deep", maxDepth)
	}
	return ""
}
