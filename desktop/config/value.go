package config

import (
	"encoding/json"
	"strconv"
	"strings"
)

// Value is a value of a YAML file that is read as a configuration is, for files beside it. The
// zero Value is nothing.
type Value struct{ n *node }

// Entry is one key of a mapping.
type Entry struct {
	Name string
	Line int
	Value
}

// ReadValue reads a text. path is only named in problems; the error is of type Problems.
func ReadValue(path string, text []byte) (Value, error) {
	if len(text) > maxSize {
		return Value{}, tidy(Problems{{Message: tooLarge}}, path, nil)
	}
	tree, problem := readTree(text)
	if problem == nil && tree != nil && tree.kind == bad {
		problem = &Problem{Line: tree.line, Column: tree.column, Message: tree.text}
	}
	if problem != nil {
		return Value{}, tidy(Problems{*problem}, path, nil)
	}
	return Value{tree}, nil
}

// Line is where it stands, from 1; 0 for the zero Value.
func (v Value) Line() int {
	if v.n == nil {
		return 0
	}
	return v.n.line
}

// Entries are the keys of a mapping in their order; false if it is none.
func (v Value) Entries() ([]Entry, bool) {
	if v.n == nil || v.n.kind != mapping {
		return nil, false
	}
	list := make([]Entry, len(v.n.entries))
	for i, e := range v.n.entries {
		list[i] = Entry{e.name, e.line, Value{e.value}}
	}
	return list, true
}

// Items are those of a list; false if it is none.
func (v Value) Items() ([]Value, bool) {
	if v.n == nil || v.n.kind != list {
		return nil, false
	}
	items := make([]Value, len(v.n.items))
	for i, n := range v.n.items {
		items[i] = Value{n}
	}
	return items, true
}

// Text is a text, or a number as it is written; false if it is something else.
func (v Value) Text() (string, bool) {
	if v.n == nil || v.n.kind != text && v.n.kind != number {
		return "", false
	}
	return v.n.text, true
}

// AppendJSON appends the value as JSON. What cannot be read in it is null.
func (v Value) AppendJSON(dst []byte) []byte {
	if v.n == nil {
		return append(dst, "null"...)
	}
	switch v.n.kind {
	case boolean:
		return append(dst, v.n.text...)
	case number:
		return appendNumber(dst, v.n.text)
	case text:
		return appendText(dst, v.n.text)
	case list:
		dst = append(dst, '[')
		for i, n := range v.n.items {
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = Value{n}.AppendJSON(dst)
		}
		return append(dst, ']')
	case mapping:
		dst = append(dst, '{')
		for i, e := range v.n.entries {
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = Value{e.value}.AppendJSON(append(appendText(dst, e.name), ':'))
		}
		return append(dst, '}')
	}
	return append(dst, "null"...)
}

func appendText(dst []byte, s string) []byte {
	b, _ := json.Marshal(s) // of a string there is no error
	return append(dst, b...)
}

// appendNumber writes a number as JSON has it, which allows no leading plus and no bare point.
func appendNumber(dst []byte, s string) []byte {
	if s = strings.TrimPrefix(s, "+"); json.Valid([]byte(s)) {
		return append(dst, s...)
	}
	f, _ := strconv.ParseFloat(s, 64) // numberForm holds
	return strconv.AppendFloat(dst, f, 'g', -1, 64)
}
