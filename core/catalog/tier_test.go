package catalog

import (
	"math"
	"testing"

	"strowger/core/llm"
)

// tiered is a price such as vendors have: dearer above 200,000 tokens of input, and above
// a million.
func tiered() Price {
	p := Unstated()
	p.Input, p.Output, p.CacheRead, p.CacheWrite = 3_000_000, 15_000_000, 300_000, 3_750_000
	long, longest := Unstated(), Unstated()
	long.Input, long.Output = 6_000_000, 22_500_000
	longest.Input, longest.Image = 9_000_000, 4
	p.Tiers = []Tier{{200_000, long}, {1_000_000, longest}}
	p.Derive()
	return p
}

// A tier holds for the whole request, and counts all tokens of input, whichever they are.
func TestTier(t *testing.T) {
	p := tiered()
	for _, c := range []struct {
		u    llm.Usage
		want MicroDollars
	}{
		{llm.Usage{}, 0},
		{llm.Usage{Input: 200_000, Output: 1000}, 600_000 + 15_000},
		{llm.Usage{Input: 200_001, Output: 1000}, 1_200_006 + 22_500},
		{llm.Usage{Input: 1, CacheRead: 199_999, Output: 1000}, 3 + 60_000 + 15_000}, // 59,999.7
		{llm.Usage{Input: 1, CacheRead: 200_000, Output: 1000}, 6 + 120_000 + 22_500},
		{llm.Usage{CacheWrite: 100_000, CacheWriteHour: 100_000}, 375_000 + 600_000},
		{llm.Usage{CacheWrite: 100_000, CacheWriteHour: 100_001}, 750_000 + 1_200_012},
		{llm.Usage{Output: 500_000, Reasoning: 500_000}, 15_000_000}, // output reaches no tier
		{llm.Usage{Input: 1_000_000}, 6_000_000},
		{llm.Usage{Input: 1_000_001, Images: 2, Output: 1000}, 9_000_009 + 8 + 22_500},
		{llm.Usage{Input: 200_001, CacheRead: -5}, 1_200_006}, // a provider's nonsense makes no tier lower
	} {
		if got := p.Cost(c.u); got != c.want {
			t.Errorf("%+v costs %d, want %d", c.u, got, c.want)
		}
		at := p.At(c.u)
		if got := at.Cost(c.u); got != c.want || !at.Known || at.Tiers != nil {
			t.Errorf("%+v at %+v costs %d, want %d", c.u, at, got, c.want)
		}
		if most := p.Most(c.u); most < c.want || most > c.want+1 {
			t.Errorf("%+v costs at most %d, and %d", c.u, most, c.want)
		}
	}
	const most = math.MaxInt64
	if at := p.At(llm.Usage{Input: most, CacheRead: most, CacheWrite: most, CacheWriteHour: most}); at.Input != 9_000_000 {
		t.Errorf("the longest is at %+v", at)
	}
	if at := (Price{Tiers: []Tier{{1, Price{Known: true}}}}).At(llm.Usage{Input: 2}); at.Known {
		t.Error("an unknown price has a known tier")
	}
}

// What nobody stated follows from what somebody did.
func TestDerive(t *testing.T) {
	flat := func(change func(*Price)) Price {
		p := Unstated()
		p.Input, p.Output = 2_000_000, 8_000_000
		change(&p)
		return p
	}
	above := func(p Price, change func(*Price)) Price {
		tier := Unstated()
		change(&tier)
		p.Tiers = []Tier{{100, tier}}
		return p
	}
	for _, c := range []struct {
		name string
		p    Price
		want Price
		tier Price
	}{
		{"input and output", flat(func(*Price) {}),
			Price{Input: 2_000_000, CacheRead: 2_000_000, CacheWrite: 2_000_000, CacheWriteHour: 2_000_000, Output: 8_000_000, Reasoning: 8_000_000}, Price{}},
		{"writing costs more", flat(func(p *Price) { p.CacheWrite = 2_500_000 }),
			Price{Input: 2_000_000, CacheRead: 2_000_000, CacheWrite: 2_500_000, CacheWriteHour: 4_000_000, Output: 8_000_000, Reasoning: 8_000_000}, Price{}},
		{"writing costs more than twice", flat(func(p *Price) { p.CacheWrite = 5_000_000 }),
			Price{Input: 2_000_000, CacheRead: 2_000_000, CacheWrite: 5_000_000, CacheWriteHour: 5_000_000, Output: 8_000_000, Reasoning: 8_000_000}, Price{}},
		{"writing is cheap", flat(func(p *Price) { p.CacheWrite = 375_000 }),
			Price{Input: 2_000_000, CacheRead: 2_000_000, CacheWrite: 375_000, CacheWriteHour: 375_000, Output: 8_000_000, Reasoning: 8_000_000}, Price{}},
		{"all is stated", Price{Known: true, Input: 1, CacheRead: 2, CacheWrite: 3, CacheWriteHour: 4, Output: 5, Reasoning: 6, Request: 7, Image: 8},
			Price{Input: 1, CacheRead: 2, CacheWrite: 3, CacheWriteHour: 4, Output: 5, Reasoning: 6, Request: 7, Image: 8}, Price{}},
		{"a tier in proportion", above(flat(func(p *Price) { p.CacheRead, p.CacheWrite, p.Reasoning, p.Request = 200_000, 2_500_000, 16_000_000, 9 }), func(p *Price) { p.Input, p.Output = 3_000_000, 12_000_000 }),
			Price{Input: 2_000_000, CacheRead: 200_000, CacheWrite: 2_500_000, CacheWriteHour: 4_000_000, Output: 8_000_000, Reasoning: 16_000_000, Request: 9},
			Price{Input: 3_000_000, CacheRead: 300_000, CacheWrite: 3_750_000, CacheWriteHour: 6_000_000, Output: 12_000_000, Reasoning: 24_000_000, Request: 9}},
		{"a tier of one price", above(flat(func(p *Price) { p.CacheRead = 1 }), func(p *Price) { p.Output, p.CacheRead = 1, 0 }),
			Price{Input: 2_000_000, CacheRead: 1, CacheWrite: 2_000_000, CacheWriteHour: 2_000_000, Output: 8_000_000, Reasoning: 8_000_000},
			Price{Input: 2_000_000, CacheWrite: 2_000_000, CacheWriteHour: 2_000_000, Output: 1, Reasoning: 1}},
		{"a tier goes on from the one before", func() Price {
			p := above(flat(func(p *Price) { p.CacheRead = 200_000 }), func(p *Price) { p.Input, p.Output, p.CacheRead, p.Image = 4_000_000, 9_000_000, 800_000, 5 })
			next := Unstated()
			next.Input = 8_000_000
			p.Tiers = append(p.Tiers, Tier{200, next})
			p.Derive()
			p.Tiers = p.Tiers[1:]
			p.Tiers[0].Above = 100
			return p
		}(), Price{Input: 2_000_000, CacheRead: 200_000, CacheWrite: 2_000_000, CacheWriteHour: 2_000_000, Output: 8_000_000, Reasoning: 8_000_000},
			Price{Input: 8_000_000, CacheRead: 1_600_000, CacheWrite: 8_000_000, CacheWriteHour: 8_000_000, Output: 9_000_000, Reasoning: 9_000_000, Image: 5}},
		{"free at first", above(flat(func(p *Price) { p.Input, p.Output = 0, 0 }), func(p *Price) { p.Input, p.Output, p.CacheWrite = 10, 20, 12 }),
			Price{}, Price{Input: 10, CacheRead: 10, CacheWrite: 12, CacheWriteHour: 20, Output: 20, Reasoning: 20}},
		{"as much as fits", above(flat(func(p *Price) { p.Input, p.CacheWrite = math.MaxInt64-1, math.MaxInt64 }), func(p *Price) { p.Input = math.MaxInt64 }),
			Price{Input: math.MaxInt64 - 1, CacheRead: math.MaxInt64 - 1, CacheWrite: math.MaxInt64, CacheWriteHour: math.MaxInt64, Output: 8_000_000, Reasoning: 8_000_000},
			Price{Input: math.MaxInt64, CacheRead: math.MaxInt64, CacheWrite: math.MaxInt64, CacheWriteHour: math.MaxInt64, Output: 8_000_000, Reasoning: 8_000_000}},
	} {
		t.Run(c.name, func(t *testing.T) {
			c.want.Known, c.tier.Known = true, true
			if len(c.p.Tiers) > 0 {
				c.want.Tiers = []Tier{{100, c.tier}}
			}
			c.p.Derive()
			if !c.p.Equal(c.want) {
				t.Errorf("got  %+v\nwant %+v", c.p, c.want)
			}
			again := c.p
			if again.Derive(); !again.Equal(c.want) {
				t.Errorf("again it is %+v", again)
			}
		})
	}
}

func TestPriceEqual(t *testing.T) {
	for name, change := range map[string]func(*Price){
		"known":     func(p *Price) { p.Known = false },
		"hour":      func(p *Price) { p.CacheWriteHour++ },
		"no tiers":  func(p *Price) { p.Tiers = nil },
		"one tier":  func(p *Price) { p.Tiers = p.Tiers[:1] },
		"above":     func(p *Price) { p.Tiers[1].Above++ },
		"in a tier": func(p *Price) { p.Tiers[1].Reasoning++ },
	} {
		p := tiered()
		if change(&p); p.Equal(tiered()) {
			t.Errorf("%s makes no difference", name)
		}
	}
	if p := tiered(); !p.Equal(tiered()) {
		t.Error("it differs from itself")
	}
}

// An endpoint is copied for every plan: its price must cost nothing to copy.
func TestPriceIsCheap(t *testing.T) {
	p := tiered()
	if n := testing.AllocsPerRun(100, func() {
		at := p.At(llm.Usage{Input: 300_000})
		_ = at.Cost(llm.Usage{Input: 300_000}) + p.Most(llm.Usage{Input: 3_000_000})
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}
