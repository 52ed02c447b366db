package openai

import (
	"bytes"
	"encoding/json"
	"fmt"
	"testing"

	"strowger/core/codec"
	"strowger/core/codec/codectest"
	"strowger/core/llm"
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
		req, refusal := Codec{}.ReadRequest(codec.Asked{Operation: llm.OperationChat}, body)
		if refusal != nil {
			return
		}
		name = string(bytes.ToValidUTF8([]byte(name), []byte("?")))
		sent := Codec{}.AppendRequest(nil, req, codec.Form{Name: name, Stream: req.Stream})
		if err := checkSent(req, name, sent); err != nil {
			t.Fatalf("%v\nbody %q\nsent %q", err, body, sent)
		}
	})
}
