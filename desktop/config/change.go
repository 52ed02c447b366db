package config

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strconv"
)

// Change sets one value of a file, deletes it, or moves it within its list.
type Change struct {
	// Path leads to it from the top: a text names a key, a number an item of a list from 0,
	// and "-" what is to come after the last item.
	Path []any
	// Value is what is to stand there, as JSON; nil or null deletes what does.
	Value json.RawMessage
	// To, if it is not nil, is the number that the item at Path gets in its list, from 0; Value
	// means nothing then.
	To *int
}

// maxChanges is how many changes are made at once.
const maxChanges = 200

// UnmarshalJSON reads {"path": ["routes", 0, "sticky"], "value": …}, with "to" in the place of
// "value" for a move.
func (c *Change) UnmarshalJSON(b []byte) error {
	var raw struct {
		Path  []json.RawMessage `json:"path"`
		Value json.RawMessage   `json:"value"`
		To    *int              `json:"to"`
	}
	if err := json.Unmarshal(b, &raw); err != nil {
		return err
	}
	c.Path, c.Value, c.To = nil, raw.Value, raw.To
	for _, step := range raw.Path {
		var name string
		var i int
		switch {
		case json.Unmarshal(step, &name) == nil:
			c.Path = append(c.Path, name)
		case json.Unmarshal(step, &i) == nil && i >= 0:
			c.Path = append(c.Path, i)
		default:
			return fmt.Errorf("path: %s is neither a key nor an item's number", shorten(string(step)))
		}
	}
	return nil
}

// deletes reports whether the change takes a value away.
func (c Change) deletes() bool {
	v := bytes.TrimSpace(c.Value)
	return len(v) == 0 || string(v) == "null"
}

// valueOf is a JSON document as a value of the file. The order of its keys stays.
func valueOf(doc []byte) (*node, error) {
	dec := json.NewDecoder(bytes.NewReader(doc))
	dec.UseNumber()
	n, err := decode(dec, 0)
	if err != nil {
		return nil, err
	}
	if _, err := dec.Token(); err != io.EOF {
		return nil, fmt.Errorf("more follows the value")
	}
	return n, nil
}

func decode(dec *json.Decoder, depth int) (*node, error) {
	if depth > maxDepth {
		return nil, fmt.Errorf("nested more than %d levels deep", maxDepth)
	}
	tk, err := dec.Token()
	if err != nil {
		return nil, err
	}
	switch v := tk.(type) {
	case nil:
		return &node{kind: null}, nil
	case bool:
		return &node{kind: boolean, text: strconv.FormatBool(v)}, nil
	case json.Number:
		return &node{kind: number, text: v.String()}, nil
	case string:
		return &node{kind: text, text: v}, nil
	}
	n := &node{kind: list}
	if tk == json.Delim('{') {
		n.kind = mapping
	}
	for dec.More() {
		var name string
		if n.kind == mapping {
			key, err := dec.Token()
			if err != nil {
				return nil, err
			}
			if name, _ = key.(string); len(name) > maxName {
				return nil, fmt.Errorf("a key is longer than %d bytes", maxName)
			}
			if n.get(name) != nil {
				return nil, fmt.Errorf("the key %s stands twice", quote(name))
			}
		}
		value, err := decode(dec, depth+1)
		if err != nil {
			return nil, err
		}
		if n.kind == mapping {
			n.entries = append(n.entries, entry{name: name, value: value})
		} else {
			n.items = append(n.items, value)
		}
	}
	_, err = dec.Token()
	return n, err
}

// same reports whether two values mean the same; the order of keys means nothing.
func same(a, b *node) bool {
	if a == nil || b == nil {
		return empty(a) && empty(b)
	}
	switch {
	case a.kind != b.kind:
		return empty(a) && empty(b)
	case a.kind == mapping:
		return len(a.entries) == len(b.entries) && !slices.ContainsFunc(a.entries, func(e entry) bool {
			other := b.get(e.name)
			return other == nil || !same(e.value, other.value)
		})
	case a.kind == list:
		return slices.EqualFunc(a.items, b.items, same)
	}
	return a.text == b.text || a.kind == null
}

// empty reports whether a value is nothing, or a mapping of nothing.
func empty(n *node) bool {
	return n == nil || n.kind == null || n.kind == mapping && len(n.entries) == 0
}

// changed is root with the value at path replaced, or gone if it is nil. What it shares with
// root it does not change.
func changed(root *node, path []any, value *node) *node {
	if len(path) == 0 {
		return value
	}
	out := &node{kind: mapping}
	if root != nil && (root.kind == mapping || root.kind == list) {
		*out = *root
	} else if _, ok := path[0].(string); !ok || path[0] == "-" {
		out.kind = list
	}
	if out.kind == list {
		out.items = slices.Clone(out.items)
		i := len(out.items)
		if n, ok := path[0].(int); ok {
			i = n
		}
		switch {
		case i > len(out.items):
		case i == len(out.items):
			if value != nil {
				out.items = append(out.items, changed(nil, path[1:], value))
			}
		case value == nil && len(path) == 1:
			out.items = slices.Delete(out.items, i, i+1)
		default:
			out.items[i] = changed(out.items[i], path[1:], value)
		}
		return out
	}
	name, _ := path[0].(string)
	out.entries = slices.Clone(out.entries)
	i := slices.IndexFunc(out.entries, func(e entry) bool { return e.name == name })
	switch {
	case i < 0 && value != nil:
		out.entries = append(out.entries, entry{name: name, value: changed(nil, path[1:], value)})
	case i < 0:
	case value == nil && len(path) == 1:
		out.entries = slices.Delete(out.entries, i, i+1)
	default:
		out.entries[i].value = changed(out.entries[i].value, path[1:], value)
	}
	return out
}

// shown is a path of a change as places are shown.
func shown(path []any) string {
	var p place
	for _, step := range path {
		if i, ok := step.(int); ok {
			p = append(p, index(i))
		} else {
			p = append(p, fmt.Sprint(step))
		}
	}
	return p.String()
}
