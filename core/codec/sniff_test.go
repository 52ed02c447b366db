package codec

import (
	"testing"

	"strowger/core/llm"
)

func TestSniff(t *testing.T) {
	for data, want := range map[string]string{
		"iVBORw0KGgo=": "image/png", "/9j/4AAQ": "image/jpeg", `\/9j\/4AAQ`: "image/jpeg", "R0lGODlh": "image/gif", "UklGRiQAAABXRUJQVlA4": "image/webp", `UklGR\/8\/\/\/9XRUJQ`: "image/webp", "UklGRiQAAABXQVZF": "", "UklGRiQA": "",
		"JVBERi0x": "application/pdf", "": "", "AAAA": "", "/9j": "", "xiVBOR": "",
	} {
		if got := Sniff(llm.Escaped(data)); got != want {
			t.Errorf("%s: %q, want %q", data, got, want)
		}
	}
}
