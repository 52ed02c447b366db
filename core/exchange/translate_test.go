package exchange

import (
	"testing"

	"strowger/core/codec"
	"strowger/core/llm"
)

// What nobody knows is told by its names, and if there are none as what it is.
func TestToldUnknown(t *testing.T) {
	l := &llm.Loss{}
	l.Dropped.Add(llm.FieldUnknown)
	for _, c := range []struct {
		names []string
		want  string
	}{{nil, "dropped:unknown"}, {[]string{"a"}, "dropped:a"}} {
		list := told(&codec.Table{}, llm.SchemaOpenAI, l, c.names, nil)
		if len(list) != 1 || list[0].Code != c.want || list[0].Message == "" {
			t.Errorf("%q is told as %v, want %s", c.names, list, c.want)
		}
	}
}
