package main

import (
	"strings"
	"testing"
	"time"
)

func TestFlat(t *testing.T) {
	run := func(seconds int, rss func(second int) int64) (all []moment) {
		for i := range seconds {
			all = append(all, moment{time.Duration(i+1) * time.Second, level{rss: rss(i) << 20}})
		}
		return all
	}
	for _, c := range []struct {
		name string
		run  []moment
		says string
		ok   bool
	}{
		{"steady", run(120, func(int) int64 { return 100 }), "memory: flat", true},
		{"grows at first", run(120, func(s int) int64 { return 50 + int64(min(s, 40)) }), "memory: flat", true},
		{"a peak", run(120, func(s int) int64 {
			if s == 100 {
				return 500
			}
			return 100
		}), "memory: flat", true},
		{"grows on and on", run(120, func(s int) int64 { return 50 + int64(s) }), "memory: not flat", false},
		{"too short to say", run(30, func(s int) int64 { return 50 + int64(s) }), "memory: the run is too short", true},
		{"nothing seen", nil, "memory: the run is too short", true},
	} {
		if says, ok := flat(c.run); ok != c.ok || !strings.HasPrefix(says, c.says) {
			t.Errorf("%s: %v %s", c.name, ok, says)
		}
	}
	if text := curve(run(240, func(s int) int64 { return int64(s / 60) })); !strings.HasSuffix(text, "1m0s: 0 1 2 3") && !strings.Contains(text, " 1 2 3") {
		t.Error(text)
	}
}
