//go:build !race

// Many thousand files, by one goroutine: more than a minute with the race detector.

package config

import (
	"encoding/json"
	"testing"
)

// TestSchemaAgrees changes a good file in every place and holds the schema against the
// parser: what the parser takes the schema takes, so that what the schema refuses the
// parser refuses, and most of what the parser refuses, the schema does too.
func TestSchemaAgrees(t *testing.T) {
	s := compiled(t)
	both, parserOnly, neither := 0, 0, 0
	full := valid(t)["testdata/full.yaml"] // every key is in it
	mutations(full, func(changed any, _ bool) {
		src, err := json.Marshal(changed)
		if err != nil {
			t.Fatal(err)
		}
		_, parsed := parse("", src, nil, env)
		checked := s.Validate(changed)
		switch {
		case parsed == nil && checked != nil:
			t.Fatalf("the parser takes and the schema refuses (%v)\n%s", checked, src)
		case parsed != nil && checked != nil:
			both++
		case parsed != nil:
			parserOnly++
		default:
			neither++
		}
	})
	t.Logf("%d refused by both, %d by the parser only, %d by neither", both, parserOnly, neither)
	if both < 2_000 || neither < 200 || parserOnly > both/4 {
		t.Errorf("the schema says too little: %d refused by both, %d by the parser only, %d by neither", both, parserOnly, neither)
	}
}
