package plan_test

import (
	"cmp"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"strowger/core/catalog"
	"strowger/core/llm"
	"strowger/core/stats"
)

var update = flag.Bool("update", false, "rewrite the scenarios with what is decided now")

// A scenario is a text: lines that build a catalog and what is known, and requests to
// decide on. What is decided stands indented below each. The lines:
//
//	model ID                         a model; its endpoints follow
//	endpoint PROVIDER NAME key=value in=, out=, reasoning=, cache_read=, cache_write=, request=, image= (dollars), context=, max_output=,
//	                                 parameters=a,b, off, schema= (of its provider, named here first); declared: zdr, no_collection, quantization=
//	arm PROVIDER/NAME WEIGHT         an arm of the route that decide names
//	routing key=value                strategy=, fallback=a,b, max_attempts=, pool=a,b
//	reading ENDPOINT key=value       what is known: stream=120ms, whole=2s, n= (samples), speed= (tokens/s), uptime= (permille),
//	                                 of= (attempts), circuit=open|half_open, until=5s, failures=, limited=3s, account=3s (the whole of it limited), in_flight=, probes=, picked=,
//	                                 p90=3s, t90=20 (tokens/s) and the like where they differ from the mean
//	ability MODEL key=value          what is known of it: ratings by aspect, such as overall=1400 coding=1450, own= (permille), estimated
//	reset                            forget everything
//	decide key=value                 model=, stream, seed=, input=, bound=, images=, max=, choices=, features=a,b, parameters=a,b, provider={…}, models=[…], header={…};
//	                                 straight into the policy: route=, weighted, stick=, latency=p90:2s, throughput=p50:30, mixed, strategy=,
//	                                 limit=ACCOUNT:PER:USD, funds=LEFT:ACCOUNT:PER:USD (a space in an account is an underscore);
//	                                 of auto mode: config={…}, task=difficulty:700,category:code,language:ja,loop, last=MODEL:30s:20000 (age and warm tokens), learned=MODEL:-30;
//	                                 of other schemas: unserved=SCHEMA, impossible=, approximated= and dropped=SCHEMA:FIELD, unreadable=SCHEMA:PARAM
func TestScenarios(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txt")
	if err != nil || len(files) < 8 {
		t.Fatal(files, err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txt"), func(t *testing.T) {
			src, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			got := play(t, string(src))
			if *update {
				if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			if got != string(src) {
				t.Errorf("%s:\n%s", file, difference(string(src), got))
			}
		})
	}
}

// difference shows the lines that differ, each under the request it is about.
func difference(want, got string) string {
	w, g := strings.Split(want, "\n"), strings.Split(got, "\n")
	var b strings.Builder
	for i := range max(len(w), len(g)) {
		a, c := "", ""
		if i < len(w) {
			a = w[i]
		}
		if i < len(g) {
			c = g[i]
		}
		if a != c {
			fmt.Fprintf(&b, "%d:\n- %s\n+ %s\n", i+1, a, c)
		}
	}
	return b.String()
}

// scenario is what the lines so far have made.
type scenario struct {
	t    *testing.T
	cfg  catalog.Config
	read stats.Frozen
	arms []arm
}

type arm struct {
	endpoint string
	weight   int
}

func play(t *testing.T, src string) string {
	s := scenario{t: t, read: stats.Frozen{}}
	var out strings.Builder
	for n, line := range strings.Split(strings.TrimSuffix(src, "\n"), "\n") {
		if strings.HasPrefix(line, "    ") {
			continue // what was decided before
		}
		out.WriteString(line + "\n")
		f := strings.Fields(line)
		if len(f) == 0 || strings.HasPrefix(line, "#") {
			continue
		}
		if err := s.do(f[0], f[1:], &out); err != nil {
			t.Fatalf("line %d: %s: %v", n+1, line, err)
		}
	}
	return out.String()
}

func (s *scenario) do(verb string, args []string, out *strings.Builder) error {
	switch verb {
	case "reset":
		*s = scenario{t: s.t, read: stats.Frozen{}}
	case "model":
		s.cfg.Models = append(s.cfg.Models, catalog.Model{ID: args[0]})
	case "endpoint":
		return s.endpoint(args)
	case "arm":
		weight, err := strconv.Atoi(args[1])
		s.arms = append(s.arms, arm{args[0], weight})
		return err
	case "ability":
		return s.ability(args)
	case "routing":
		return s.routing(args)
	case "reading":
		r, err := reading(args[1:])
		s.read[args[0]] = r
		return err
	case "decide":
		return s.decide(args, out)
	default:
		return fmt.Errorf("no such verb")
	}
	return nil
}

// pairs calls set with each key and value.
func pairs(args []string, set func(key, value string) error) error {
	for _, a := range args {
		key, value, _ := strings.Cut(a, "=")
		if err := set(key, value); err != nil {
			return fmt.Errorf("%s: %w", a, err)
		}
	}
	return nil
}

func (s *scenario) endpoint(args []string) error {
	e := catalog.Endpoint{Provider: args[0], Name: args[1]}
	m := &s.cfg.Models[len(s.cfg.Models)-1]
	if !slices.ContainsFunc(s.cfg.Providers, func(p catalog.Provider) bool { return p.Name == e.Provider }) {
		s.cfg.Providers = append(s.cfg.Providers, catalog.Provider{Name: e.Provider, Schema: llm.SchemaOpenAI, BaseURL: "https://x"})
	}
	err := pairs(args[2:], func(key, value string) error {
		p := &e.Price
		price := map[string]*int64{"in": &p.Input, "out": &p.Output, "reasoning": &p.Reasoning, "cache_read": &p.CacheRead, "cache_write": &p.CacheWrite,
			"cache_write_1h": &p.CacheWriteHour, "request": &p.Request, "image": &p.Image}[key]
		number := map[string]*int64{"context": &e.Context, "max_output": &e.MaxOutput}[key]
		switch {
		case price != nil:
			p.Known = true
			return money(price, value)
		case key == "tier":
			return tier(p, value)
		case number != nil:
			return integer(number, value)
		case key == "parameters":
			e.Parameters = strings.Split(value, ",")
		case key == "schema": // of the provider
			s.cfg.Providers[len(s.cfg.Providers)-1].Schema = llm.SchemaNamed(value)
		case key == "off":
			e.Disabled = true
		case key == "zdr":
			e.Declared.ZDR = true
		case key == "no_collection":
			e.Declared.NoCollection = true
		case key == "quantization":
			e.Declared.Quantization = value
		default:
			return fmt.Errorf("no such key")
		}
		return nil
	})
	m.Endpoints = append(m.Endpoints, e)
	return err
}

// tier reads above:in:out.
func tier(p *catalog.Price, value string) error {
	words := strings.Split(value, ":")
	if len(words) != 3 {
		return fmt.Errorf("expected above:in:out")
	}
	t := catalog.Tier{Price: catalog.Price{Known: true}}
	err := errors.Join(integer(&t.Above, words[0]), money(&t.Input, words[1]), money(&t.Output, words[2]))
	p.Tiers = append(p.Tiers, t)
	return err
}

func (s *scenario) routing(args []string) error {
	return pairs(args, func(key, value string) (err error) {
		r := &s.cfg.Routing
		switch key {
		case "strategy":
			r.Strategy = catalog.StrategyNamed(value)
		case "fallback":
			r.Fallback = strings.Split(value, ",")
		case "pool":
			r.Auto.Models = strings.Split(value, ",")
		case "max_attempts":
			r.MaxAttempts, err = strconv.Atoi(value)
		default:
			err = fmt.Errorf("no such key")
		}
		return err
	})
}

func integer(to *int64, value string) (err error) {
	*to, err = strconv.ParseInt(value, 10, 64)
	return err
}

// money reads dollars.
func money(to *int64, value string) error {
	f, err := strconv.ParseFloat(value, 64)
	*to = int64(f*1e6 + 0.5)
	return err
}

// reading reads what is known. Ten samples and attempts unless it says otherwise.
func reading(args []string) (stats.Reading, error) {
	r := stats.Reading{Uptime: 1000}
	var own stats.Speed // what is given beside the mean
	samples, speed, attempts := int64(10), int64(0), int64(-1)
	numbers := map[string]*int64{"n": &samples, "of": &attempts, "speed": &speed, "uptime": &r.Uptime, "in_flight": &r.InFlight, "probes": &r.Probes, "picked": &r.Picked}
	times := map[string]*uint32{"p50": &own.P50, "p75": &own.P75, "p90": &own.P90, "p99": &own.P99}
	speeds := map[string]*uint32{"t50": &own.T50, "t75": &own.T75, "t90": &own.T90, "t99": &own.T99}
	err := pairs(args, func(key, value string) (err error) {
		if n := numbers[key]; n != nil {
			return integer(n, value)
		}
		if t := speeds[key]; t != nil {
			var n int64
			err = integer(&n, value)
			*t = uint32(n * 1000)
			return err
		}
		if key == "circuit" {
			r.Circuit = stats.StateNamed(value)
			return nil
		}
		if key == "failures" {
			r.Failures, err = strconv.Atoi(value)
			return err
		}
		d, err := time.ParseDuration(value)
		if t := times[key]; t != nil {
			*t = uint32(d.Microseconds())
			return err
		}
		switch key {
		case "stream":
			r.Stream.Mean = d.Microseconds()
		case "whole":
			r.Whole.Mean = d.Microseconds()
		case "until":
			r.Circuit, r.Until = stats.Open, stats.MomentOf(noon.Add(d))
		case "limited":
			r.Limited = stats.MomentOf(noon.Add(d))
		case "account":
			r.Limited, r.LimitedAccount = stats.MomentOf(noon.Add(d)), true
		default:
			err = fmt.Errorf("no such key")
		}
		return err
	})
	for _, s := range []*stats.Speed{&r.Stream, &r.Whole} {
		if s.Mean > 0 {
			s.Samples, s.Tokens, r.Samples = samples*1000, speed*1000, samples*1000
			s.P50, s.P75, s.P90, s.P99 = fill(uint32(s.Mean), own.P50, own.P75, own.P90, own.P99)
			s.T50, s.T75, s.T90, s.T99 = fill(uint32(s.Tokens), own.T50, own.T75, own.T90, own.T99)
		}
	}
	if attempts >= 0 {
		r.Samples = attempts * 1000
	}
	return r, err
}

// fill is what was given, or the mean.
func fill(mean, a, b, c, d uint32) (_, _, _, _ uint32) {
	return cmp.Or(a, mean), cmp.Or(b, mean), cmp.Or(c, mean), cmp.Or(d, mean)
}
