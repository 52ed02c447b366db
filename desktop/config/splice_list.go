package config

import (
	"slices"
	"strings"

	"github.com/goccy/go-yaml/ast"
)

// remove takes away what stands at path.
func (e *editor) remove(n ast.Node, path []any) *Problem {
	up := path[:len(path)-1]
	in, above, _, problem := e.find(up)
	if problem != nil {
		return problem
	}
	_, i := e.step(in, path[len(path)-1])
	all := e.spans(in)
	if len(all) == 0 {
		return e.refuse(n, path, awkward)
	}
	if inBraces(in) {
		return e.removeBraced(all, i)
	}
	if len(all) == 1 && len(up) > 0 {
		kind := mapping
		if _, ok := in.(*ast.SequenceNode); ok {
			kind = list
		}
		return e.replace(in, above, up, &node{kind: kind})
	}
	here := all[i]
	if !e.trails(here.to) {
		return e.refuse(n, path, awkward)
	}
	if !e.leads(here.from) { // behind the hyphen of an item
		if i > 0 || i+1 == len(all) || strings.Contains(e.text[here.to:all[1].from], "#") {
			return e.refuse(n, path, awkward)
		}
		return e.splice(part{span{here.from, all[1].from}, ""})
	}
	return e.splice(part{span{e.lineStart(here.from), min(e.lineEnd(here.to)+1, len(e.text))}, ""})
}

// removeBraced takes away the i-th of what stands in braces, and a comma.
func (e *editor) removeBraced(all []span, i int) *Problem {
	here := all[i]
	comma, has := e.comma(here.to)
	var parts []part
	switch {
	case has && blank(e.text[here.to:comma.from]):
		here.to = comma.to
	case has:
		parts = append(parts, part{span: comma})
	case i > 0:
		if before, ok := e.comma(all[i-1].to); ok {
			if blank(e.text[before.to:here.from]) && !strings.Contains(e.text[before.to:here.from], "\n") {
				here.from = before.from
			} else {
				parts = append(parts, part{span: before})
			}
		}
	}
	switch rest := e.text[here.to:e.lineEnd(here.to)]; {
	case e.leads(here.from) && blank(rest): // the line with it
		here = span{e.lineStart(here.from), min(e.lineEnd(here.to)+1, len(e.text))}
	case has:
		here.to += len(rest) - len(strings.TrimLeft(rest, " "))
	}
	parts = append(parts, part{span: here})
	slices.SortFunc(parts, func(a, b part) int { return a.from - b.from })
	return e.splice(parts...)
}

// maxAligned bounds the lists whose items are told apart; longer ones go item by item.
const maxAligned = 500

// setItems makes a list what is wanted: what stays keeps its text, also where it moves to,
// what changes is changed where it stands, and the rest goes or is new.
func (e *editor) setItems(path []any, have, want *node) *Problem {
	keeps := aligned(have.items, want.items)
	texts := e.itemTexts(path)
	i := 0 // the place in the list as it is by now
	from := 0
	for j := 0; j <= len(want.items); {
		next, stop := len(have.items), len(want.items) // up to the next item that stays
		for k := j; k < len(want.items); k++ {
			if keeps[k] >= 0 {
				next, stop = keeps[k], k
				break
			}
		}
		for ; from < next; from++ {
			here := append(slices.Clone(path), i)
			if j < stop && !contains(want.items, have.items[from]) && !contains(have.items, want.items[j]) {
				if problem := e.set(here, want.items[j]); problem != nil {
					return problem
				}
				i, j = i+1, j+1
				continue
			}
			if problem := e.set(here, nil); problem != nil {
				return problem
			}
		}
		for ; j < stop; j++ {
			if problem := e.addItem(path, i, want.items[j], moved(have.items, texts, want.items[j])); problem != nil {
				return problem
			}
			i++
		}
		if stop == len(want.items) {
			break
		}
		i, j, from = i+1, stop+1, next+1
	}
	return nil
}

// addItem writes an item into a list, which may have become empty.
func (e *editor) addItem(path []any, i int, want *node, text *string) *Problem {
	n, in, steps, problem := e.find(path)
	switch seq, ok := n.(*ast.SequenceNode); {
	case problem != nil:
		return problem
	case steps < len(path) || !ok:
		return &Problem{Place: shown(path), Message: awkward}
	case len(seq.Values) == 0:
		return e.replace(n, in, path, &node{kind: list, items: []*node{want}})
	}
	return e.insertItem(n, path, i, want, text)
}

func contains(items []*node, n *node) bool {
	return slices.ContainsFunc(items, func(m *node) bool { return same(m, n) })
}

// moved is how an item is written already, nil if it is not.
func moved(have []*node, texts []string, want *node) *string {
	for i, h := range have {
		if i < len(texts) && same(h, want) {
			return &texts[i]
		}
	}
	return nil
}

// itemTexts are the items of a list as they are written: without brackets whole lines, from
// the hyphen's on. nil if they cannot be told apart.
func (e *editor) itemTexts(path []any) (texts []string) {
	n, _, _, _ := e.find(path)
	seq, ok := n.(*ast.SequenceNode)
	if !ok {
		return nil
	}
	for _, s := range e.spans(n) {
		if !seq.IsFlowStyle {
			if !e.leads(s.from) || !e.trails(s.to) {
				return nil
			}
			s = span{e.lineStart(s.from), e.lineEnd(s.to)}
		} else if strings.Contains(e.text[s.from:s.to], "\n") {
			return nil
		}
		texts = append(texts, e.text[s.from:s.to])
	}
	return texts
}

// aligned says of each wanted item which one it is of those that are there, -1 for none:
// the longest rising row of them.
func aligned(have, want []*node) []int {
	keeps := make([]int, len(want))
	for i := range keeps {
		keeps[i] = -1
	}
	if len(have) > maxAligned || len(want) > maxAligned {
		for i := range min(len(have), len(want)) {
			if !same(have[i], want[i]) {
				break
			}
			keeps[i] = i
		}
		return keeps
	}
	best := make([][]int, len(have)+1) // length of the longest row from i and j on
	for i := range best {
		best[i] = make([]int, len(want)+1)
	}
	for i := len(have) - 1; i >= 0; i-- {
		for j := len(want) - 1; j >= 0; j-- {
			best[i][j] = max(best[i+1][j], best[i][j+1])
			if same(have[i], want[j]) {
				best[i][j] = max(best[i][j], best[i+1][j+1]+1)
			}
		}
	}
	for i, j := 0, 0; i < len(have) && j < len(want); {
		switch {
		case same(have[i], want[j]) && best[i][j] == best[i+1][j+1]+1:
			keeps[j] = i
			i, j = i+1, j+1
		case best[i+1][j] >= best[i][j+1]:
			i++
		default:
			j++
		}
	}
	return keeps
}
