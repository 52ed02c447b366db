package config_test

import (
	"testing"

	"strowger/desktop/config"
)

func TestValue(t *testing.T) {
	v, err := config.ReadValue("x.yaml", []byte("# c\na: {b: [1, +.5, true, null, \"<\"]}\nc: |\n  {\"x\": \"#\"}\nd: '007'\ne: 007\n"))
	if err != nil {
		t.Fatal(err)
	}
	const want = `{"a":{"b":[1,0.5,true,null,"\u003c"]},"c":"{\"x\": \"#\"}\n","d":"007","e":"007"}`
	if got := string(v.AppendJSON(nil)); got != want {
		t.Error(got)
	}
	entries, ok := v.Entries()
	if !ok || len(entries) != 4 || entries[1].Name != "c" || entries[1].Line != 3 || v.Line() != 2 {
		t.Errorf("%+v", entries)
	}
	if _, ok := v.Items(); ok {
		t.Error("a mapping is a list")
	}
	if s, ok := entries[2].Text(); !ok || s != "007" {
		t.Error(s, ok)
	}
	for text, problem := range map[string]string{"a: [": "x.yaml:1:4: ", "a: b: c": "x.yaml:1:"} {
		if _, err := config.ReadValue("x.yaml", []byte(text)); err == nil || len(err.Error()) < len(problem) || err.Error()[:len(problem)] != problem {
			t.Errorf("%q: %v", text, err)
		}
	}
	if v, err := config.ReadValue("x.yaml", nil); err != nil || string(v.AppendJSON(nil)) != "null" || v.Line() != 0 {
		t.Error(err)
	}
}
