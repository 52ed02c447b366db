package exchange_test

import (
	"encoding/json"
	"testing"

	"strowger/core/exchange"
	"strowger/core/stats"
)

// The body to send is not written during the step, in which the host holds what Started
// brings, but when it is asked for, and once.
func TestContentIsWrittenLate(t *testing.T) {
	_, cmds := opened(t, stats.Frozen{}, "")
	for _, cmd := range cmds {
		if s, ok := cmd.(exchange.Send); ok {
			if s.Body != nil {
				t.Error("the body is written during the step")
			}
			first := s.Content()
			if again := s.Content(); !json.Valid(first) || &again[0] != &first[0] {
				t.Errorf("%s is written, then %s", first, again)
			}
			return
		}
	}
	t.Error("nothing is sent")
}
