// Package shapetest says what answers look like in each schema, as the providers' documentation
// has it: which members an object must have, which events follow which. It is written down
// here a second time on purpose, with encoding/json and without anything of the codecs, so
// that a codec that is wrong cannot be right by its own measure.
//
// It judges what is written for callers, of whom some are strict; real providers leave out
// much of it.
package shapetest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"strowger/core/llm"
)

// Whole judges an answer that is one document.
func Whole(schema llm.Schema, doc []byte) error {
	v, err := decode(doc)
	if err != nil {
		return err
	}
	switch schema {
	case llm.SchemaOpenAI:
		return chatCompletion(v)
	case llm.SchemaResponses:
		return response(v)
	case llm.SchemaAnthropic:
		return message(v)
	case llm.SchemaGemini:
		return generated(v)
	}
	return fmt.Errorf("no schema %v", schema)
}

// Stream judges a complete answer that is a stream of events.
func Stream(schema llm.Schema, stream []byte) error {
	events, err := split(stream)
	if err != nil {
		return err
	}
	switch schema {
	case llm.SchemaOpenAI:
		return chunks(events)
	case llm.SchemaResponses:
		return responseEvents(events)
	case llm.SchemaAnthropic:
		return messageEvents(events)
	case llm.SchemaGemini:
		return generatedEvents(events)
	}
	return fmt.Errorf("no schema %v", schema)
}

// event is one event of a stream as it is written: a name or none, and one line of data.
type event struct {
	name string
	data string
	doc  object
}

// split cuts a stream into events. It knows only what is written here, not all that the
// standard allows.
func split(stream []byte) (events []event, err error) {
	text, ok := strings.CutSuffix(strings.ReplaceAll(string(stream), "\r\n", "\n"), "\n\n")
	if !ok {
		return nil, fmt.Errorf("the stream does not end in a blank line: %.200q", stream)
	}
	for _, frame := range strings.Split(text, "\n\n") {
		var e event
		for _, line := range strings.Split(frame, "\n") {
			switch field, value, _ := strings.Cut(line, ": "); field {
			case "event":
				e.name = value
			case "data":
				e.data += value
			case "":
			default:
				return nil, fmt.Errorf("a line that is neither event nor data: %.200q", line)
			}
		}
		if e.data == "" {
			continue
		}
		if e.data != "[DONE]" {
			if e.doc, err = decode([]byte(e.data)); err != nil {
				return nil, err
			}
		}
		events = append(events, e)
	}
	if len(events) == 0 {
		return nil, fmt.Errorf("no events")
	}
	return events, nil
}

// object is a JSON object.
type object map[string]any

func decode(doc []byte) (object, error) {
	d := json.NewDecoder(bytes.NewReader(doc))
	d.UseNumber()
	var v object
	if err := d.Decode(&v); err != nil {
		return nil, fmt.Errorf("no JSON object (%w): %.200q", err, doc)
	}
	if d.More() {
		return nil, fmt.Errorf("more than one JSON object: %.200q", doc)
	}
	return v, nil
}

// kinds of values, as has wants them.
const (
	text    = "a text"
	filled  = "a text that is not empty"
	number  = "a number"
	flag    = "true or false"
	list    = "an array"
	members = "an object"
	present = "anything, null too"
)

// has checks that o has members of those kinds, given in pairs. A kind that begins with ? may
// be null, one that begins with ~ missing.
func has(o object, pairs ...string) error {
	for i := 0; i < len(pairs); i += 2 {
		key, kind := pairs[i], pairs[i+1]
		v, ok := o[key]
		rest, optional := strings.CutPrefix(kind, "~")
		rest, nullable := strings.CutPrefix(rest, "?")
		switch {
		case !ok && optional, v == nil && ok && (nullable || rest == present):
			continue
		case !ok:
			return fmt.Errorf("%s is missing", key)
		case !is(v, rest):
			return fmt.Errorf("%s is not %s but %.100v", key, rest, v)
		}
	}
	return nil
}

func is(v any, kind string) bool {
	switch v := v.(type) {
	case string:
		return kind == text || kind == filled && v != "" || kind == present
	case json.Number:
		return kind == number || kind == present
	case bool:
		return kind == flag || kind == present
	case []any:
		return kind == list || kind == present
	case map[string]any:
		return kind == members || kind == present
	}
	return false
}

// one checks that a member is one of a few texts.
func one(o object, key string, of ...string) error {
	if s, _ := o[key].(string); !slices.Contains(of, s) {
		return fmt.Errorf("%s is %v, not one of %v", key, o[key], of)
	}
	return nil
}

func inner(o object, key string) object {
	m, _ := o[key].(map[string]any)
	return m
}

func each(o object, key string, judge func(i int, x object) error) error {
	all, _ := o[key].([]any)
	for i, x := range all {
		m, ok := x.(map[string]any)
		if !ok {
			return fmt.Errorf("%s[%d] is no object: %.100v", key, i, x)
		}
		if err := judge(i, m); err != nil {
			return fmt.Errorf("%s[%d]: %w", key, i, err)
		}
	}
	return nil
}

func count(o object, key string) int64 {
	n, _ := o[key].(json.Number)
	i, _ := n.Int64()
	return i
}

func first(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// arguments checks that a text is a JSON object.
func arguments(s string) error {
	if _, err := decode([]byte(s)); err != nil {
		return fmt.Errorf("arguments: %w", err)
	}
	return nil
}
