package responses

import (
	"encoding/json"
	"testing"

	"strowger/core/codec"
	"strowger/core/llm"
)

// sent is what an endpoint is sent for a body in the schema.
func sent(t *testing.T, body string, f codec.Form) string {
	t.Helper()
	req, err := Codec{}.ReadRequest(facts.Asked, []byte(body))
	if err != nil {
		t.Fatalf("%s: %v", body, err)
	}
	f.Name = "m"
	doc := Codec{}.AppendRequest(nil, req, f)
	if !json.Valid(doc) {
		t.Errorf("%s is sent as %s", body, doc)
	}
	return string(doc)
}

// TestCarried: reasoning that another provider signed never leaves.
func TestCarried(t *testing.T) {
	carried := `{"type":"reasoning","summary":[],"encrypted_content":"` + string(codec.AppendCarried(nil, llm.SchemaGemini, codec.SignedCall, llm.Escaped("x"))) + `"}`
	for body, want := range map[string]string{
		`{"model":"m","input":[` + carried + `,{"role":"user","content":"a"}]}`:                                `{"model":"m","input":[{"role":"user","content":"a"}]}`,
		`{"model":"m","input":[{"role":"user","content":"a"}, ` + carried + `,{"role":"user","content":"b"}]}`: `{"model":"m","input":[{"role":"user","content":"a"}, {"role":"user","content":"b"}]}`,
		`{"model":"m","input":[` + carried + `]}`:                                                              `{"model":"m","input":[]}`,
		`{"model":"m","input":[{"type":"reasoning","summary":[],"encrypted_content":"c3Ry"}]}`:                 `{"model":"m","input":[{"type":"reasoning","summary":[],"encrypted_content":"c3Ry"}]}`,
		`{"model":"m","input":"c3Ryb3dnZXI6"}`:                                                                 `{"model":"m","input":"c3Ryb3dnZXI6"}`,
	} {
		if got := sent(t, body, codec.Form{}); got != want {
			t.Errorf("%s\nis sent as %s\nwant       %s", body, got, want)
		}
	}
}

// TestPrefill: the beginning of an answer is the last message.
func TestPrefill(t *testing.T) {
	carried := `{"type":"reasoning","encrypted_content":"` + string(codec.AppendCarried(nil, llm.SchemaGemini, codec.SignedThought, nil)) + `"}`
	for body, want := range map[string]string{
		`{"model":"m","input":"hi"}`:                              `{"model":"m","input":[{"role":"user","content":"hi"},{"role":"assistant","content":"so\n"}]}`,
		`{"model":"m","input":[{"role":"user","content":"hi"}] }`: `{"model":"m","input":[{"role":"user","content":"hi"},{"role":"assistant","content":"so\n"}] }`,
		`{"model":"m","input":[]}`:                                `{"model":"m","input":[{"role":"assistant","content":"so\n"}]}`,
		`{"model":"m","input":[` + carried + `]}`:                 `{"model":"m","input":[{"role":"assistant","content":"so\n"}]}`,
		`{"model":"m","previous_response_id":"r"}`:                `{"model":"m","previous_response_id":"r"}`,
	} {
		if got := sent(t, body, codec.Form{Prefill: []byte("so\n")}); got != want {
			t.Errorf("%s\nis sent as %s\nwant       %s", body, got, want)
		}
	}
}
