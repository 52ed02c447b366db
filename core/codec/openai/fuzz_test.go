package openai

import (
	"bytes"
	"encoding/json"
	"fmt"
	"testing"

	"strowger/core/codec/codectest"
	"strowger/core/llm"
	"strowger/core/scan"
)

// extensionKeys are the fields that never leave.
var extensionKeys = []string{"provider", "models", "model_routing_config", "usage"}

// decoded are the members of an object, each with its bytes as they stand.
func decoded(doc []byte) (map[string]json.RawMessage, error) {
	var m map[string]json.RawMessage
	err := json.Unmarshal(doc, &m)
	return m, err
}

// checkSent compares what is sent with what came in by another parser: only the model,
// the fields for the router and include_usage may differ, and nothing if they need not.
func checkSent(req *llm.Request, name string, sent []byte) error {
	if !json.Valid(req.Body) || !json.Valid(sent) {
		return fmt.Errorf("valid %v, sent valid %v", json.Valid(req.Body), json.Valid(sent))
	}
	want, err := decoded(req.Body)
	if err != nil {
		return err
	}
	got, err := decoded(sent)
	if err != nil {
		return err
	}
	changed := req.Model != name || want["model"] == nil
	for _, key := range extensionKeys {
		_, had := want[key]
		changed = changed || had
		delete(want, key)
	}
	var model string
	if err := json.Unmarshal(got["model"], &model); err != nil || model != name {
		return fmt.Errorf("names model %s", got["model"])
	}
	if req.Stream {
		if err := checkOptions(want["stream_options"], got["stream_options"]); err != nil {
			return err
		}
		changed = changed || !bytes.Equal(want["stream_options"], got["stream_options"])
		delete(want, "stream_options")
		delete(got, "stream_options")
	}
	delete(want, "model")
	delete(got, "model")
	for key := range got {
		if _, ok := want[key]; !ok {
			return fmt.Errorf("member %q came from nowhere", key)
		}
	}
	for key, v := range want {
		if !bytes.Equal(v, got[key]) {
			return fmt.Errorf("member %q was %s", key, v)
		}
	}
	if !changed && !bytes.Equal(sent, req.Body) {
		return fmt.Errorf("bytes changed without need")
	}
	return nil
}

// checkOptions: the options sent are those asked for, and include_usage.
func checkOptions(asked, sent json.RawMessage) error {
	got, err := decoded(sent)
	if err != nil {
		return fmt.Errorf("stream_options %s: %w", sent, err)
	}
	want := map[string]json.RawMessage{}
	if len(asked) > 0 && string(asked) != "null" {
		if want, err = decoded(asked); err != nil {
			return err
		}
	}
	want["include_usage"] = json.RawMessage("true")
	if len(want) != len(got) {
		return fmt.Errorf("stream_options were %s, sent %s", asked, sent)
	}
	for key, v := range want {
		if !bytes.Equal(v, got[key]) {
			return fmt.Errorf("stream_options were %s, sent %s", asked, sent)
		}
	}
	return nil
}

// FuzzReadRequest checks requests against encoding/json.
func FuzzReadRequest(f *testing.F) {
	for _, body := range codectest.Requests(f, "testdata") {
		f.Add(body, "up-model")
	}
	f.Fuzz(func(t *testing.T, body []byte, name string) {
		req, refusal := Codec{}.ReadRequest(llm.OperationChat, body)
		if refusal != nil {
			return
		}
		name = string(bytes.ToValidUTF8([]byte(name), []byte("?")))
		sent := Codec{}.AppendRequest(nil, req, name)
		if err := checkSent(req, name, sent); err != nil {
			t.Fatalf("%v\nbody %q\nsent %q", err, body, sent)
		}
	})
}

// FuzzCursor checks that a cursor goes over checked JSON exactly, and ends on anything.
func FuzzCursor(f *testing.F) {
	for _, body := range codectest.Requests(f, "testdata") {
		f.Add(body)
	}
	f.Fuzz(func(t *testing.T, doc []byte) {
		c := cursorAt(doc, 0)
		for c.next() { // ends whatever doc is
			before := c.at
			c.skip()
			if c.at == before && c.peek() != ',' && c.peek() != ':' {
				c.at++
			}
		}
		if scan.Valid(doc) != nil {
			return
		}
		c = cursorAt(doc, 0)
		if v := c.value(); !bytes.Equal(v, bytes.TrimSpace(doc)) {
			t.Fatalf("%q is one value, not %q", doc, v)
		}
		compare(t, doc)
	})
}

// compare walks doc, an object or array, beside encoding/json.
func compare(t *testing.T, doc []byte) {
	c := cursorAt(doc, 0)
	switch c.peek() {
	case '{':
		want, err := decoded(doc)
		if err != nil {
			t.Fatal(err)
		}
		got := map[string]string{}
		c.enter('{')
		for c.next() {
			key := string(c.key())
			got[key] = string(c.value())
		}
		for key, v := range want {
			if len(key) < 10 && got[key] != string(v) { // longer ones may be written with many escapes
				t.Fatalf("%q: member %q is %s, not %s", doc, key, v, got[key])
			}
			compare(t, v)
		}
	case '[':
		var want []json.RawMessage
		if err := json.Unmarshal(doc, &want); err != nil {
			t.Fatal(err)
		}
		c.enter('[')
		n := 0
		for ; c.next(); n++ {
			if v := c.value(); n >= len(want) || string(want[n]) != string(v) {
				t.Fatalf("%q: element %d is %s", doc, n, v)
			}
		}
		if n != len(want) {
			t.Fatalf("%q: %d elements, not %d", doc, n, len(want))
		}
	}
	if c.at != len(bytes.TrimRight(doc, " \t\r\n")) && (doc[0] == '{' || doc[0] == '[') {
		t.Fatalf("%q: ends at %d", doc, c.at)
	}
}
