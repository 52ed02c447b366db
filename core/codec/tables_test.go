package codec_test

import (
	"testing"

	"strowger/core/codec"
	"strowger/core/llm"
)

// partly are the fields that some schemas can do without or say otherwise, while in others
// leaving them out would change the meaning, and why.
var partly = map[llm.Field]string{
	llm.FieldDimensions: "where there are no embeddings nobody is asked for their length",
}

// TestImpossibleEverywhere: what changes the meaning of a request when it is left out does so
// in every schema, unless there is a reason.
func TestImpossibleEverywhere(t *testing.T) {
	for f := range llm.FieldCount {
		var impossible, other []string
		for schema, table := range tables {
			switch table.Fields[f].Fate {
			case codec.Impossible:
				impossible = append(impossible, schema.String())
			case codec.Dropped, codec.Approximated:
				other = append(other, schema.String()+" "+table.Fields[f].Fate.String())
			}
		}
		if len(impossible) > 0 && len(other) > 0 && partly[f] == "" {
			t.Errorf("%v is impossible in %v, but %v", f, impossible, other)
		}
		if len(impossible) == 0 && partly[f] != "" {
			t.Errorf("%v is impossible nowhere, so that there needs no reason: %s", f, partly[f])
		}
	}
}
