package config

import (
	"bytes"
	"encoding/json"
)

// shape is what a value may look like, in the words of JSON Schema. It comes from the
// tables that also read the file, so that both say the same; where they cannot, the shape
// allows more.
type shape struct {
	Schema      string     `json:"$schema,omitempty"`
	Title       string     `json:"title,omitempty"`
	About       string     `json:"description,omitempty"`
	Type        any        `json:"type,omitempty"` // a name or several
	Enum        []string   `json:"enum,omitempty"`
	Const       any        `json:"const,omitempty"`
	AnyOf       []shape    `json:"anyOf,omitempty"`
	Pattern     string     `json:"pattern,omitempty"`
	Minimum     *int64     `json:"minimum,omitempty"`
	Maximum     *int64     `json:"maximum,omitempty"`
	Properties  properties `json:"properties,omitempty"`
	Required    []string   `json:"required,omitempty"`
	Count       int        `json:"maxProperties,omitempty"` // at most
	Additional  any        `json:"additionalProperties,omitempty"`
	Items       *shape     `json:"items,omitempty"`
	UniqueItems bool       `json:"uniqueItems,omitempty"`
	Default     any        `json:"default,omitempty"`
	Examples    []any      `json:"examples,omitempty"`
	// kind is the type in a word or two, for people; empty if Type or Enum say it.
	kind string
}

// property is one key of a mapping. properties keep the order of their table.
type (
	property struct {
		name string
		shape
	}
	properties []property
)

// MarshalJSON writes an object in the order of the properties.
func (ps properties) MarshalJSON() ([]byte, error) {
	var b bytes.Buffer
	b.WriteByte('{')
	for i, p := range ps {
		if i > 0 {
			b.WriteByte(',')
		}
		value, err := json.Marshal(p.shape)
		if err != nil {
			return nil, err
		}
		b.WriteString(`"` + p.name + `":`)
		b.Write(value)
	}
	b.WriteByte('}')
	return b.Bytes(), nil
}

// Schema is the JSON Schema (draft 2020-12) of a configuration, for editors. What Parse
// accepts it accepts; what only the whole file can tell, such as the name of a provider
// that does not exist, it does not refuse.
func Schema() []byte {
	s := whole()
	s.Schema, s.Title = "https://json-schema.org/draft/2020-12/schema", "strowger.yaml"
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetIndent("", "  ")
	if err := enc.Encode(s); err != nil {
		panic("config: the schema: " + err.Error()) // made of texts and numbers only
	}
	return b.Bytes()
}

// whole is the shape of a file.
func whole() shape { return section(root(&Config{})).shape() }

// is makes the shape of a reader that needs no target to know it.
func is(s shape) func() shape { return func() shape { return s } }

// texts is the shape of a text of some form.
func texts(kind, pattern string) func() shape {
	return is(shape{Type: "string", Pattern: pattern, kind: kind})
}

// numbers is the shape of a number from least to most; most below least is no bound.
func numbers(name, kind string, least, most int64) func() shape {
	s := shape{Type: name, Minimum: &least, kind: kind}
	if most >= least {
		s.Maximum = &most
	}
	return is(s)
}

// either is the shape of a value that may look one way or another.
func either(ways ...reader) func() shape {
	return func() (s shape) {
		for _, way := range ways {
			s.AnyOf = append(s.AnyOf, way.shape())
		}
		return s
	}
}

// shape is that of the value of a key: that of its value, with what its table says of it.
func (f field) shape() shape {
	s := f.read.shape()
	s.About, s.Default = f.about, f.def
	if f.example != nil {
		s.Examples = []any{f.example}
	}
	return s
}
