package main

import (
	"cmp"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"strowger/core/auto/pool"
)

// The constants of core/auto/pool are those that the data gives, and what they were chosen for
// holds.
func TestConstants(t *testing.T) {
	folder := filepath.Join(cmp.Or(os.Getenv("STROWGER_SHARED"), "../../../../shared"), "auto")
	if _, err := os.Stat(folder); err != nil {
		t.Skip("no data: set STROWGER_SHARED")
	}
	s, err := read(folder)
	if err != nil {
		t.Fatal(err)
	}
	s.fit(nil, nil)
	if got := s.found(); got != committed() {
		t.Errorf("the data gives\n%+v, core/auto/pool has\n%+v; run go run ./bench/auto/constants and write them there", got, committed())
	}
	for preference, least := range map[pool.Preference]result{
		pool.PreferenceBalanced: {.8, .9}, pool.PreferenceQuality: {.99, 1.01}, pool.PreferenceCost: {.7, .5},
	} {
		got := s.market.run(func(p int) int { return s.market.chosen(p, preference) })
		if got.quality < least.quality-.005 || got.cost > least.cost {
			t.Errorf("%s keeps %.3f of the quality for %.3f of the cost", preference, got.quality, got.cost)
		}
	}
	s.market.agrees(t)
}

// agrees holds pick, with which the constants are found, against what chooses.
func (m *market) agrees(t *testing.T) {
	r := rule{pool.Lambda / 1000., pool.Delta / 1000., pool.FloorBelow / 1000.}
	c := curve{pool.Elo0, pool.EloHard, pool.EloScale}
	for _, preference := range []pool.Preference{pool.PreferenceBalanced, pool.PreferenceCost} {
		other := 0
		for p := range m.hard {
			if m.pick(p, r, &c, preference == pool.PreferenceCost) != m.chosen(p, preference) {
				other++
			}
		}
		if other > len(m.hard)/200 { // of what is equal but for rounding
			t.Errorf("%s: pick differs from pool.Choose in %d of %d", preference, other, len(m.hard))
		}
	}
}

// Of the models that there are, a harder request never goes to a weaker one, and difficulty
// matters: the easiest requests go to a small model, the hardest to a large one.
func TestLadders(t *testing.T) {
	for _, l := range ladders() {
		if len(l.options) < 5 {
			t.Errorf("%s has %d models", l.name, len(l.options))
		}
		for _, preference := range []pool.Preference{pool.PreferenceBalanced, pool.PreferenceQuality, pool.PreferenceCost} {
			before := *l.chosen(preference, 0)
			easiest := before
			for d := int32(1); d <= 1000; d++ {
				o := *l.chosen(preference, d)
				if o.Rating < before.Rating {
					t.Errorf("%s, %s: %s at %d, %s at %d", l.name, preference, before.Model, d-1, o.Model, d)
				}
				before = o
			}
			if preference != pool.PreferenceQuality && (before.Cost < 2*easiest.Cost || before.Rating < easiest.Rating+40) {
				t.Errorf("%s, %s: %s for the easiest, %s for the hardest", l.name, preference, easiest.Model, before.Model)
			}
		}
	}
}

// The curve goes through its anchors.
func TestAnchored(t *testing.T) {
	s := scale{zero: 1230, logit: 80}
	c := anchored(s, 1.5, .6)
	if q := c.quality(trivialRating, trivialDifficulty); math.Abs(q-trivialQuality) > 1e-9 {
		t.Errorf("%v for the trivial", q)
	}
	if q, want := c.quality(1350, .6), sigmoid(120./80-1.5*.6); math.Abs(q-want) > 1e-9 {
		t.Errorf("%v for exams, the fit has %v", q, want)
	}
}

// What balanced chooses of OpenAI's models is what a careful person would: small ones for the
// easiest requests, then one in between, then a large one.
func TestLadderSense(t *testing.T) {
	class := map[string]int{"gpt-4.1-nano": 1, "gpt-4o-mini": 1, "gpt-5-nano": 1, "gpt-4.1-mini": 2, "gpt-5-mini": 2, "o4-mini": 2,
		"gpt-4.1": 3, "gpt-4o": 3, "gpt-5": 3, "gpt-5.1": 3, "gpt-5.5": 3, "o3": 3}
	for _, l := range ladders() {
		if l.name != "openai" {
			continue
		}
		seen := [4]int{}
		for d := int32(0); d <= 1000; d += 10 {
			_, name, _ := strings.Cut(l.chosen(pool.PreferenceBalanced, d).Model, "/")
			seen[class[name]]++
			if d <= 100 && class[name] != 1 || d >= 900 && class[name] != 3 {
				t.Errorf("%s at %d", name, d)
			}
		}
		if seen[0] > 0 || seen[1] < 10 || seen[2] < 5 || seen[3] < 10 {
			t.Errorf("of each class: %v", seen)
		}
	}
}
