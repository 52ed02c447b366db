package facts

import (
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"regexp"
	"slices"
	"strconv"
	"sync"

	"strowger/core/catalog"
)

// dollars are prices per million tokens, by the names that a configuration has for them.
type dollars map[string]float64

// listed is a price as a list states it.
type listed struct {
	dollars
	tiers map[int64]dollars // by the number of input tokens above which they hold
	// unclear, unless 0: above so many tokens something holds that is not understood.
	unclear int64
}

var overContext = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^context_over_([0-9]{1,5})k$`) })

// listed reads the cost of a model in api.json. Tiers are stated as a list, or as
// context_over_200k; where there are both, the list has the exact number of tokens.
func (m *modelsDev) listed(path string) (listed, error) {
	l := listed{tiers: map[int64]dollars{}}
	var err error
	if l.dollars, err = readDollars(m.Cost, path); err != nil {
		return l, err
	}
	var tiers []map[string]json.RawMessage
	if m.Cost["tiers"] != nil {
		if err := decode(m.Cost["tiers"], &tiers, path+".tiers"); err != nil {
			return l, err
		}
	}
	for i, cost := range tiers {
		var about struct {
			Type string
			Size int64
		}
		if json.Unmarshal(cost["tier"], &about) != nil || about.Type != "" && about.Type != "context" {
			about.Size = 0
		}
		if err := l.tier(about.Size, cost, path+".tiers."+strconv.Itoa(i)); err != nil {
			return l, err
		}
	}
	if len(tiers) > 0 {
		return l, nil
	}
	for _, field := range slices.Sorted(maps.Keys(m.Cost)) {
		found := overContext().FindStringSubmatch(field)
		if found == nil || isNull(m.Cost[field]) {
			continue
		}
		var cost map[string]json.RawMessage
		if err := decode(m.Cost[field], &cost, path+"."+field); err != nil {
			return l, err
		}
		n, _ := strconv.ParseInt(found[1], 10, 64)
		if err := l.tier(n*1000, cost, path+"."+field); err != nil {
			return l, err
		}
	}
	return l, nil
}

func isNull(raw json.RawMessage) bool { return len(raw) == 0 || string(raw) == "null" }

// tier adds what holds above so many tokens.
func (l *listed) tier(above int64, cost map[string]json.RawMessage, path string) error {
	d, err := readDollars(cost, path)
	switch {
	case err != nil:
		return err
	case above < 1 || above > maxTokens || len(d) == 0:
		l.unclear = min(max(above, 1), maxTokens)
	default:
		l.tiers[above] = d
	}
	return nil
}

func readDollars(cost map[string]json.RawMessage, path string) (dollars, error) {
	d := dollars{}
	for _, field := range [...]string{"input", "output", "cache_read", "cache_write", "reasoning"} {
		if isNull(cost[field]) {
			continue
		}
		var v float64
		if err := decode(cost[field], &v, path+"."+field); err != nil {
			return nil, err
		}
		d[field] = v
	}
	return d, nil
}

var aboveTokens = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^(.+)_above_([0-9]{1,5})k_tokens$`) })

// liteLLMNames are the fields of prices that LiteLLM states a token.
var liteLLMNames = map[string]string{
	"input_cost_per_token": "input", "output_cost_per_token": "output", "output_cost_per_reasoning_token": "reasoning",
	"cache_read_input_token_cost": "cache_read", "cache_creation_input_token_cost": "cache_write",
	"cache_creation_input_token_cost_above_1hr": "cache_write_1h",
}

// listed reads the prices of a model of LiteLLM's. Those above so many tokens have names of
// their own, such as input_cost_per_token_above_200k_tokens.
func (m *liteLLM) listed(path string, raw json.RawMessage) (listed, error) {
	l := listed{dollars: dollars{}, tiers: map[int64]dollars{}}
	for name, v := range map[string]*float64{"input": m.Input, "output": m.Output, "cache_read": m.CacheRead,
		"cache_write": m.CacheWrite, "cache_write_1h": m.WriteHour, "reasoning": m.Reasoning} {
		if v != nil {
			l.dollars[name] = *v * 1e6
		}
	}
	var fields map[string]json.RawMessage
	_ = json.Unmarshal(raw, &fields) // it was an object a moment ago
	for _, field := range slices.Sorted(maps.Keys(fields)) {
		found := aboveTokens().FindStringSubmatch(field)
		if found == nil || liteLLMNames[found[1]] == "" || isNull(fields[field]) {
			continue
		}
		var v float64
		if err := decode(fields[field], &v, path+"."+field); err != nil {
			return l, err
		}
		n, _ := strconv.ParseInt(found[2], 10, 64)
		if n == 0 {
			l.unclear = 1
			continue
		}
		if l.tiers[n*1000] == nil {
			l.tiers[n*1000] = dollars{}
		}
		l.tiers[n*1000][liteLLMNames[found[1]]] = v * 1e6
	}
	return l, nil
}

// price sets the price to what a list states. Without both input and output, with a tier
// that is not understood, or with a price that is not zero but less than can be told apart
// from it, it is unknown.
func (e *Endpoint) price(l listed, path string) error {
	p := catalog.Unstated()
	told, err := l.dollars.set(&p, path)
	if err != nil {
		return err
	}
	for _, above := range slices.Sorted(maps.Keys(l.tiers)) {
		t := catalog.Tier{Above: above, Price: catalog.Unstated()}
		also, err := l.tiers[above].set(&t.Price, path+", above "+strconv.FormatInt(above, 10)+" tokens")
		if err != nil {
			return err
		}
		told = told && also
		p.Tiers = append(p.Tiers, t)
	}
	switch _, in := l.dollars["input"]; {
	case len(p.Tiers) > catalog.MaxTiers:
		e.Tiers = p.Tiers[0].Above
	case l.unclear > 0:
		e.Tiers = l.unclear
	case told && in && p.Output >= 0:
		p.Derive()
		e.Price = p
	}
	e.tiered()
	return nil
}

// set sets what is stated of p. told: none of it is lost.
func (d dollars) set(p *catalog.Price, path string) (told bool, err error) {
	told = true
	for _, f := range [...]struct {
		name string
		to   *int64
	}{{"input", &p.Input}, {"output", &p.Output}, {"cache_read", &p.CacheRead}, {"cache_write", &p.CacheWrite}, {"cache_write_1h", &p.CacheWriteHour}, {"reasoning", &p.Reasoning}} {
		v, ok := d[f.name]
		if !ok {
			continue
		}
		micro := math.Round(v * 1e6)
		if !(micro >= 0 && micro <= maxPrice) {
			return false, fmt.Errorf("%s: the price of %s is not a number of dollars from 0 to a million", path, f.name)
		}
		told = told && (micro > 0 || v == 0)
		*f.to = int64(micro)
	}
	return told, nil
}

// tiered takes out the tiers that the endpoint's context never reaches, and a price of
// which tiers are not known that it does reach.
func (e *Endpoint) tiered() {
	for i := range e.Price.Tiers {
		if e.Context > 0 && e.Context <= e.Price.Tiers[i].Above {
			e.Price.Tiers = slices.Clip(e.Price.Tiers[:i])
			break
		}
	}
	if len(e.Price.Tiers) == 0 {
		e.Price.Tiers = nil
	}
	switch {
	case e.Tiers == 0:
	case e.Context > 0 && e.Context <= e.Tiers:
		e.Tiers = 0
	default:
		e.Price = catalog.Price{}
	}
}
