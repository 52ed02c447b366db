package codec_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"strowger/core/codec"
	"strowger/core/llm"
	"strowger/core/scan"
)

// read scans a body in which everything that is not for the router is a parameter.
func read(body string) (*llm.Request, *llm.Error) {
	r := codec.NewReading(llm.SchemaOpenAI, codec.Asked{Operation: llm.OperationChat, Model: "in/path", Stream: true}, []byte(body))
	for r.Next() {
		switch string(r.Key()) {
		case "model":
			r.Mark(codec.MarkModel)
			r.Req.Model = r.Text("model", r.Value())
		case "flag":
			r.Use(llm.FeatureTools, r.Flag("flag", r.Value()))
		case "hint":
			r.Hint(r.Value())
		case "size":
			c := r.Cursor()
			r.Size.Bytes += len(c.Value())
		default:
			r.Parameter()
		}
	}
	return r.Done(1)
}

// What is for the router is read by every codec alike, and never leaves.
func TestReading(t *testing.T) {
	const body = `{"z":1,"provider":{"sort":"price"},"model":"a/b","models":["c/d"],"flag":true,"model_routing_config":{},"usage":{"include":true},"session_id":"s","hint":"h","a":2,"size":"12345678"}`
	req, refusal := read(body)
	if refusal != nil {
		t.Fatal(refusal)
	}
	for _, x := range []struct{ what, got, want string }{
		{"model", req.Model, "a/b"},
		{"parameters", strings.Join(req.Parameters, " "), "a z"},
		{"provider", string(req.Extensions.Provider), `{"sort":"price"}`},
		{"models", string(req.Extensions.Models), `["c/d"]`},
		{"configuration", string(req.Extensions.ModelConfig), `{}`},
		{"session", req.Session, "s"},
		{"usage", fmt.Sprint(req.WantUsage, req.WantCost, req.Stream), "true true true"},
		{"features", strings.Join(req.Features.Names(), " "), "tools"},
		{"tokens", fmt.Sprint(req.InputTokens), fmt.Sprint((10+codec.BytesPerToken-1)/codec.BytesPerToken + codec.MessageTokens)},
		{"bound", fmt.Sprint(req.InputBound), fmt.Sprint(len(body))},
	} {
		if x.got != x.want {
			t.Errorf("%s: %q, want %q", x.what, x.got, x.want)
		}
	}
	var ed scan.Editor
	ed.Reset(req.Body)
	codec.Strip(&ed, req)
	const want = `{"z":1,"model":"a/b","flag":true,"hint":"h","a":2,"size":"12345678"}`
	if got := string(ed.Append(nil)); got != want {
		t.Errorf("stripped is %s, want %s", got, want)
	}
	if req, _ := read(`{"provider":null,"models":null,"usage":null,"session_id":null}`); req.Model != "in/path" || req.Extensions.Provider != nil || req.WantUsage || req.Session != "" {
		t.Errorf("null is not none: %+v", req)
	}
	if req, _ := read(`{"hint":"h"}`); req.Session != "h" {
		t.Errorf("without a session the hint is one, not %q", req.Session)
	}
}

// The first thing that is wrong is told, with the field that it is in.
func TestReadingRefuses(t *testing.T) {
	for body, want := range map[string]string{
		``:                             "the body is empty",
		`[]`:                           "the body is not usable",
		`{"a":1,}`:                     "the body is not usable",
		`{"a":1,"a":2}`:                "the body is not usable",
		`{"model":7}`:                  "model: must be a string",
		`{"flag":"x","model":7}`:       "flag: must be true or false",
		`{"provider":[]}`:              "provider: must be an object",
		`{"models":{}}`:                "models: must be an array of model names",
		`{"usage":{"include":1}}`:      "usage.include: must be true or false",
		`{"usage":7}`:                  "usage: must be an object with each key once",
		`{"model_routing_config":"x"}`: "model_routing_config: must be an object",
		`{"model":"` + strings.Repeat("m", 257) + `"}`: "model: is longer than 256 bytes",
		`{"model":7,`: "the body is not usable",
	} {
		_, refusal := read(body)
		if refusal == nil || refusal.HTTPStatus() != 400 || !strings.HasPrefix(refusal.Error(), want) {
			t.Errorf("%.60s: %v, want %s", body, refusal, want)
		}
	}
}

// What is kept of a request is bounded, and stays text.
func TestReadingBounds(t *testing.T) {
	var many strings.Builder
	for i := range 2 * codec.MaxParameters {
		fmt.Fprintf(&many, `"p%03d%s":1,`, i, strings.Repeat("é", codec.MaxParameter))
	}
	req, refusal := read(`{` + many.String() + `"session_id":"` + strings.Repeat("é", 400) + `"}`)
	if refusal != nil {
		t.Fatal(refusal)
	}
	if n := len(req.Parameters); n != codec.MaxParameters || !slices.IsSorted(req.Parameters) {
		t.Errorf("%d parameters, sorted %v", n, slices.IsSorted(req.Parameters))
	}
	for _, name := range append(req.Parameters, req.Session) {
		if len(name) > 256 || strings.Trim(name, "é") != "" && len(name) > codec.MaxParameter || strings.ToValidUTF8(name, "") != name {
			t.Errorf("%q of %d bytes", name, len(name))
		}
	}
}
