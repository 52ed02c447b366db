package config_test

import (
	"encoding/json"
	"testing"

	"strowger/desktop/config"
)

// Whatever is edited, nothing breaks, and what comes out can be read.
func FuzzEdit(f *testing.F) {
	for _, e := range edits {
		f.Add([]byte(e.file), e.path, e.value)
	}
	f.Fuzz(func(t *testing.T, file []byte, path, value string) {
		var c config.Change
		if json.Unmarshal([]byte(`{"path":`+path+`,"value":`+value+`}`), &c) != nil {
			return
		}
		once, err := config.Edit(file, []config.Change{c})
		if err != nil {
			return
		}
		if len(c.Value) > 0 && string(c.Value) != "null" && len(c.Path) > 0 && c.Path[len(c.Path)-1] != "-" {
			again, err := config.Edit(once, []config.Change{c})
			if err != nil || string(again) != string(once) {
				t.Errorf("%q at %s = %s: %q, then %q, %v", file, path, value, once, again, err)
			}
		}
	})
}
