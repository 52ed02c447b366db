package config

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// schemaFile is the committed copy, for editors.
const schemaFile = "../../docs/reference/strowger.schema.json"

func TestSchemaFile(t *testing.T) { golden(t, schemaFile, string(Schema())) }

// compiled is the schema, itself held against that of JSON Schema.
func compiled(t testing.TB) *jsonschema.Schema {
	t.Helper()
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(Schema()))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	c.AssertFormat()
	if err := c.AddResource("strowger.schema.json", doc); err != nil {
		t.Fatal(err)
	}
	s, err := c.Compile("strowger.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// value is what an editor sees of a file.
func (n *node) value() any {
	switch n.kind {
	case boolean:
		return n.text == "true"
	case number:
		s := strings.TrimPrefix(n.text, "+") // what JSON has no way to write
		s = strings.Replace(s, "-.", "-0.", 1)
		if strings.HasPrefix(s, ".") {
			s = "0" + s
		}
		before, exponent, _ := strings.Cut(strings.ToLower(s), "e")
		if before = strings.TrimSuffix(before, "."); exponent != "" {
			before += "e" + exponent
		}
		return json.Number(before)
	case text:
		return n.text
	case list:
		out := []any{}
		for _, item := range n.items {
			out = append(out, item.value())
		}
		return out
	case mapping:
		out := map[string]any{}
		for _, e := range n.entries {
			out[e.name] = e.value.value()
		}
		return out
	}
	return nil
}

// valid are configurations that are good.
func valid(t *testing.T) map[string]any {
	t.Helper()
	files, err := filepath.Glob("testdata/*.yaml")
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	texts := map[string][]byte{}
	for _, file := range files {
		if texts[file], err = os.ReadFile(file); err != nil {
			t.Fatal(err)
		}
	}
	for i, text := range documented(t) {
		texts[fmt.Sprintf("example %d of the documentation", i)] = []byte(text)
	}
	out := map[string]any{}
	for name, text := range texts {
		tree, problem := readTree(text)
		if problem != nil {
			t.Fatalf("%s: %v", name, problem)
		}
		out[name] = tree.value()
	}
	return out
}

// TestSchemaTakesValid holds that what is good is good in an editor too.
func TestSchemaTakesValid(t *testing.T) {
	s := compiled(t)
	for name, v := range valid(t) {
		if err := s.Validate(v); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// oddities are put in the place of each value of a good file, and beside each key.
var oddities = []any{nil, true, json.Number("0"), json.Number("-1"), json.Number("0.5"), json.Number("1e12"), json.Number("450"), "", "x", "auto", "30s", "3d", "-1s", "10MB", "a/b",
	[]any{}, []any{"x"}, []any{json.Number("3")}, map[string]any{}, map[string]any{"x": "y"}, map[string]any{"ttl": "1h"}}

// mutations calls do with v changed in one place, each time in another or another way.
func mutations(v any, do func(changed any, unknownKey bool)) {
	for _, odd := range oddities {
		do(odd, false)
	}
	switch v := v.(type) {
	case []any:
		for i := range v {
			mutations(v[i], func(changed any, unknownKey bool) {
				list := slices.Clone(v)
				list[i] = changed
				do(list, unknownKey)
			})
		}
	case map[string]any:
		with := maps.Clone(v)
		with["unknown_key"] = "x"
		do(with, true)
		for name := range v {
			without := maps.Clone(v)
			delete(without, name)
			do(without, false)
			mutations(v[name], func(changed any, unknownKey bool) {
				m := maps.Clone(v)
				m[name] = changed
				do(m, unknownKey)
			})
		}
	}
}

// TestSchemaUnknownKeys holds that an unknown key in any section is one to both.
func TestSchemaUnknownKeys(t *testing.T) {
	s := compiled(t)
	sections := 0
	for name, v := range valid(t) {
		mutations(v, func(changed any, unknownKey bool) {
			if !unknownKey {
				return
			}
			src, _ := json.Marshal(changed)
			_, err := parse("", src, nil, env)
			if refused := err != nil && strings.Contains(err.Error(), "unknown_key: unknown key"); refused {
				sections++
				if s.Validate(changed) == nil {
					t.Errorf("%s: the schema takes an unknown key: %v", name, err)
				}
			}
		})
	}
	if sections < 50 {
		t.Errorf("only %d sections", sections)
	}
}

// TestSchemaSays holds that every key is described, and refuses defaults and examples
// that the schema itself would refuse.
func TestSchemaSays(t *testing.T) {
	keys := 0
	var visit func(path string, s shape)
	visit = func(path string, s shape) {
		for _, p := range s.Properties {
			keys++
			at := path + "." + p.name
			if p.About == "" || strings.HasSuffix(p.About, ".") {
				t.Errorf("%s: %q", at, p.About)
			}
			for _, v := range append(slices.Clone(p.Examples), p.Default) {
				if v != nil {
					checkExample(t, at, p.shape, v)
				}
			}
			visit(at, p.shape)
		}
		for _, way := range s.AnyOf {
			visit(path, way)
		}
		if s.Items != nil {
			visit(path+"[]", *s.Items)
		}
		if one, ok := s.Additional.(shape); ok {
			visit(path+".*", one)
		}
	}
	visit("", whole())
	if keys < 100 {
		t.Errorf("only %d keys", keys)
	}
}

func checkExample(t *testing.T, at string, s shape, v any) {
	t.Helper()
	text, err := json.Marshal(s)
	if err != nil {
		t.Fatal(err)
	}
	doc, _ := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	c := jsonschema.NewCompiler()
	if err := c.AddResource("x.json", doc); err != nil {
		t.Fatal(err)
	}
	example, _ := json.Marshal(v)
	value, _ := jsonschema.UnmarshalJSON(bytes.NewReader(example))
	if err := c.MustCompile("x.json").Validate(value); err != nil {
		t.Errorf("%s: its own example: %v", at, err)
	}
}

// TestFullHasEveryKey holds that the file which the other tests start from leaves no key out,
// but for those that exclude another.
func TestFullHasEveryKey(t *testing.T) {
	var missing []string
	var visit func(path string, s shape, values []any)
	visit = func(path string, s shape, values []any) {
		var items []any
		maps := []map[string]any{}
		for _, v := range values {
			switch v := v.(type) {
			case []any:
				items = append(items, v...)
			case map[string]any:
				maps = append(maps, v)
			}
		}
		for _, way := range s.AnyOf {
			if way.Items == nil { // one, or a list of them
				visit(path, way, append(items, values...))
			}
		}
		if s.Items != nil {
			visit(path, *s.Items, items)
		}
		if one, ok := s.Additional.(shape); ok {
			var all []any
			for _, m := range maps {
				for _, v := range m {
					all = append(all, v)
				}
			}
			visit(path, one, all)
		}
		for _, p := range s.Properties {
			var below []any
			for _, m := range maps {
				if v, ok := m[p.name]; ok {
					below = append(below, v)
				}
			}
			if len(below) == 0 {
				missing = append(missing, path+"."+p.name)
			}
			visit(path+"."+p.name, p.shape, below)
		}
	}
	visit("", whole(), []any{valid(t)["testdata/full.yaml"]})
	want := []string{".models.quality.writing", ".models.quality.translation", ".models.quality.other", ".routing.hold.for", ".routes.routing.hold.tokens", ".$schema"}
	if !slices.Equal(missing, want) {
		t.Errorf("missing are %q", missing)
	}
}
