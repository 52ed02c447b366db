package plantest

import (
	"encoding/json"
	"reflect"
	"testing"
	"time"

	"strowger/core/catalog"
)

func TestGenerate(t *testing.T) {
	for seed := range uint64(2000) {
		c := Generate(seed)
		if again := Generate(seed); !reflect.DeepEqual(c, again) {
			t.Fatalf("case %d is two cases", seed)
		}
		cat, err := catalog.New(c.Config)
		if err != nil {
			t.Fatalf("case %d: %v", seed, err)
		}
		if !json.Valid(c.Body) || c.Header != nil && !json.Valid(c.Header) {
			t.Fatalf("case %d: %s %s", seed, c.Header, c.Body)
		}
		turns := c.Conversation(4)
		if again := c.Conversation(4); len(turns) != 4 || !reflect.DeepEqual(turns, again) {
			t.Fatalf("case %d: %d turns, and then %d", seed, len(turns), len(again))
		}
		for _, body := range turns {
			if !json.Valid(body) {
				t.Fatalf("case %d: %s", seed, body)
			}
		}
		last, board := time.Time{}, c.Board()
		for _, s := range c.Samples {
			if s.At.Before(last) || s.At.After(c.Now) || cat.Endpoint(s.Endpoint) == nil {
				t.Fatalf("case %d: a sample of %s at %s, the one before at %s, now %s", seed, s.Endpoint, s.At, last, c.Now)
			}
			last = s.At
			if r := board.Reading(s.Endpoint, cat.Endpoint(s.Endpoint).Provider, c.Now); r.Uptime > 1000 {
				t.Fatalf("case %d: %+v", seed, r)
			}
		}
		if !c.Now.Equal(c.Now.Truncate(time.Microsecond)) || c.Now.Location() != time.UTC {
			t.Fatalf("case %d: now is %s", seed, c.Now)
		}
	}
}
