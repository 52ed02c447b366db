package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/openai/openai-go/v3"
	"github.com/openai/openai-go/v3/responses"

	"strowger/core/llm"
)

// published judges what is OpenAI's by the types of its own library for Go, which are made
// from the OpenAPI document that it publishes: members that are required there must be there,
// and values must be of the kinds that the types have. (The document itself is in no registry
// of modules or packages, to be had at a pinned version.)
func published(schema llm.Schema, stream bool, written []byte) error {
	var t, events reflect.Type
	switch schema {
	case llm.SchemaOpenAI:
		t, events = reflect.TypeFor[openai.ChatCompletion](), reflect.TypeFor[openai.ChatCompletionChunk]()
	case llm.SchemaResponses:
		t, events = reflect.TypeFor[responses.Response](), reflect.TypeFor[responses.ResponseStreamEventUnion]()
	default:
		return nil
	}
	if !stream {
		return fits(t, written)
	}
	for line := range bytes.Lines(written) {
		data, ok := bytes.CutPrefix(line, []byte("data: "))
		if data = bytes.TrimSpace(data); !ok || string(data) == "[DONE]" {
			continue
		}
		if err := fits(events, data); err != nil {
			return fmt.Errorf("%w: %.400s", err, data)
		}
	}
	return nil
}

// fits reports where a document is not of a type.
func fits(t reflect.Type, doc []byte) error {
	v, err := value(doc)
	if err != nil {
		return err
	}
	return fit(t, v, doc, "")
}

func value(doc []byte) (v any, err error) {
	d := json.NewDecoder(bytes.NewReader(doc))
	d.UseNumber()
	return v, d.Decode(&v)
}

// fit checks a value, which stands at a path and is spelled raw, against a type.
func fit(t reflect.Type, v any, raw []byte, path string) error {
	wrong := func(want string) error { return fmt.Errorf("%s is %.60v, not %s", path, v, want) }
	switch t.Kind() {
	case reflect.Struct:
		if one, ok := variant(t, raw); ok {
			return fit(one, v, raw, path)
		}
		m, ok := v.(map[string]any)
		if !ok {
			if union(t) {
				return nil // which of several kinds it is, the library finds out by trying
			}
			return wrong("an object")
		}
		if union(t) {
			return nil
		}
		return members(t, m, raw, path)
	case reflect.Slice:
		all, ok := v.([]any)
		if !ok {
			return wrong("an array")
		}
		var raws []json.RawMessage
		if err := json.Unmarshal(raw, &raws); err != nil {
			return err
		}
		for i, x := range all {
			if err := fit(t.Elem(), x, raws[i], fmt.Sprintf("%s[%d]", path, i)); err != nil {
				return err
			}
		}
	case reflect.String:
		s, ok := v.(string)
		if !ok {
			return wrong("a text")
		}
		return constant(t, s, path)
	case reflect.Int64, reflect.Float64:
		if _, ok := v.(json.Number); !ok {
			return wrong("a number")
		}
	case reflect.Bool:
		if _, ok := v.(bool); !ok {
			return wrong("true or false")
		}
	case reflect.Map:
		if _, ok := v.(map[string]any); !ok {
			return wrong("an object")
		}
	}
	return nil
}

// constant checks a text that can be one only.
func constant(t reflect.Type, s, path string) error {
	m, ok := t.MethodByName("Default")
	if !ok || t.PkgPath() != "github.com/openai/openai-go/v3/shared/constant" {
		return nil
	}
	if want := m.Func.Call([]reflect.Value{reflect.New(t).Elem()})[0].String(); s != want {
		return fmt.Errorf("%s is %q, not %q", path, s, want)
	}
	return nil
}

// union reports whether a struct stands for one of several types.
func union(t reflect.Type) bool {
	return strings.HasSuffix(t.Name(), "Union") || strings.Contains(t.Name(), "Union")
}

// variant is the type that a union has for this document, if it tells by a member.
func variant(t reflect.Type, raw []byte) (reflect.Type, bool) {
	as, ok := t.MethodByName("AsAny")
	if !ok {
		return nil, false
	}
	p := reflect.New(t)
	if json.Unmarshal(raw, p.Interface()) != nil {
		return nil, false
	}
	got := as.Func.Call([]reflect.Value{p.Elem()})[0]
	if got.Kind() == reflect.Interface && got.IsNil() {
		return nil, false
	}
	return got.Elem().Type(), true
}

// members checks the members of an object. Where null is allowed the types do not say of
// required ones; package shapetest does of those that matter.
func members(t reflect.Type, m map[string]any, raw []byte, path string) error {
	var raws map[string]json.RawMessage
	if err := json.Unmarshal(raw, &raws); err != nil {
		return err
	}
	known := []string{}
	for i := range t.NumField() {
		f := t.Field(i)
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		if name == "" || name == "-" {
			continue
		}
		known = append(known, name)
		api := f.Tag.Get("api")
		v, ok := m[name]
		if !ok && !young[name] && (strings.Contains(api, "required") || f.Tag.Get("default") != "") {
			return fmt.Errorf("%s.%s is missing", path, name)
		}
		if !ok || v == nil {
			continue
		}
		if err := fit(f.Type, v, raws[name], path+"."+name); err != nil {
			return err
		}
	}
	for name := range m {
		if !slices.Contains(known, name) && !ours[name] {
			return fmt.Errorf("%s.%s is unknown", path, name)
		}
	}
	return nil
}

// young are members that are required by now, but that the API itself has not answered with in
// any recording.
var young = map[string]bool{"access_programs": true}

// ours are members that the types do not have: what others say of reasoning, images and cost,
// and what OpenAI itself answers with: store, and the function's name where its arguments are
// done.
var ours = map[string]bool{"store": true, "name": true, "reasoning_content": true, "reasoning": true, "reasoning_details": true, "images": true, "cost": true, "annotations": true}
