package responses

import (
	"testing"

	"strowger/core/codec"
)

// What a broken call of a tool that takes text says, or the local shell is to run.
func TestUnwrap(t *testing.T) {
	for args, want := range map[string]string{
		`{"input":"a`: "a", `{ "input" : "a"`: "a", `{"input":"a\`: "a", `{"input":"a\u00`: "a", `{"input":"a\ud83d`: "a", `{"input":"\d`: `\d`,
		"{\"input\":\"a\nb": "a\nb", `{"in`: "", `{`: "", `*** Begin`: "*** Begin", `{bad`: "{bad", `{"input":"é\n`: "é\n",
	} {
		it := written{kind: kindCustom, text: codec.Escape(args)}
		if got := codec.Plain(it.input()); got != want {
			t.Errorf("%s says %q, want %q", args, got, want)
		}
	}
	it := written{kind: kindCustom, shell: true, text: codec.Escape(`{"command":["rm`)}
	if got := string(it.input()); got != `{"type":"exec","env":{},"command":[]}` {
		t.Errorf("the shell is to run %s", got)
	}
}
