package plan_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"text/tabwriter"
	"time"

	"strowger/core/catalog"
	"strowger/core/llm"
	"strowger/core/plan"
	"strowger/core/policy"
	"strowger/core/stats"
)

var update = flag.Bool("update", false, "rewrite the scenarios with what is decided now")

// A scenario is a text: lines that build a catalog and what is known, and requests to
// decide on. What is decided stands indented below each. The lines:
//
//	model ID                         a model; its endpoints follow
//	endpoint PROVIDER NAME key=value in=, out=, request= (dollars), context=, max_output=, parameters=a,b, off
//	routing key=value                strategy=, fallback=a,b, max_attempts=
//	reading ENDPOINT key=value       what is known: stream=120ms, whole=2s, n= (samples), speed= (tokens/s), uptime= (permille),
//	                                 of= (attempts), circuit=open|half_open, until=5s, failures=, limited=3s, in_flight=, probes=, picked=
//	reset                            forget everything
//	decide key=value                 model=, stream, seed=, input=, max=, features=a,b, parameters=a,b, provider={…}, models=[…], header={…}
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
		price := map[string]*int64{"in": &e.Price.Input, "out": &e.Price.Output, "request": &e.Price.Request, "image": &e.Price.Image}[key]
		number := map[string]*int64{"context": &e.Context, "max_output": &e.MaxOutput}[key]
		switch {
		case price != nil:
			f, err := strconv.ParseFloat(value, 64)
			*price, e.Price.Known = int64(f*1e6+0.5), true
			return err
		case number != nil:
			return integer(number, value)
		case key == "parameters":
			e.Parameters = strings.Split(value, ",")
		case key == "off":
			e.Disabled = true
		default:
			return fmt.Errorf("no such key")
		}
		return nil
	})
	m.Endpoints = append(m.Endpoints, e)
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

// reading reads what is known. Ten samples and attempts unless it says otherwise.
func reading(args []string) (stats.Reading, error) {
	r := stats.Reading{Uptime: 1000}
	samples, speed, attempts := int64(10), int64(0), int64(-1)
	numbers := map[string]*int64{"n": &samples, "of": &attempts, "speed": &speed, "uptime": &r.Uptime, "in_flight": &r.InFlight, "probes": &r.Probes, "picked": &r.Picked}
	err := pairs(args, func(key, value string) (err error) {
		if n := numbers[key]; n != nil {
			return integer(n, value)
		}
		switch key {
		case "circuit":
			r.Circuit = stats.StateNamed(value)
		case "failures":
			r.Failures, err = strconv.Atoi(value)
		case "stream", "whole", "until", "limited":
			var d time.Duration
			d, err = time.ParseDuration(value)
			switch key {
			case "stream":
				r.Stream.Mean = d.Microseconds()
			case "whole":
				r.Whole.Mean = d.Microseconds()
			case "until":
				r.Circuit, r.Until = stats.Open, noon.Add(d)
			case "limited":
				r.Limited = noon.Add(d)
			}
		default:
			err = fmt.Errorf("no such key")
		}
		return err
	})
	for _, s := range []*stats.Speed{&r.Stream, &r.Whole} {
		if s.Mean > 0 {
			s.Samples, s.Tokens, s.P50, s.P90, s.P99 = samples*1000, speed*1000, s.Mean, s.Mean, s.Mean
			r.Samples = samples * 1000
		}
	}
	if attempts >= 0 {
		r.Samples = attempts * 1000
	}
	return r, err
}

func (s *scenario) decide(args []string, out *strings.Builder) error {
	cat, err := catalog.New(s.cfg)
	if err != nil {
		return err
	}
	req := &llm.Request{Schema: llm.SchemaOpenAI, Operation: llm.OperationChat, Model: s.cfg.Models[0].ID, InputTokens: 1000}
	var header string
	seed := int64(1)
	numbers := map[string]*int64{"input": &req.InputTokens, "max": &req.MaxOutput, "seed": &seed}
	err = pairs(args, func(key, value string) error {
		if n := numbers[key]; n != nil {
			return integer(n, value)
		}
		switch key {
		case "model":
			req.Model = value
		case "stream":
			req.Stream = true
		case "operation":
			req.Operation = llm.OperationNamed(value)
		case "features":
			for _, name := range strings.Split(value, ",") {
				req.Features |= llm.FeatureNamed(name)
			}
		case "parameters":
			req.Parameters = strings.Split(value, ",")
		case "provider":
			req.Extensions.Provider = []byte(value)
		case "models":
			req.Extensions.Models = []byte(value)
		case "header":
			header = value
		default:
			return fmt.Errorf("no such key")
		}
		return nil
	})
	if err != nil {
		return err
	}
	pol, bad := policy.Make(cat, req, []byte(header))
	if bad != nil {
		fmt.Fprintf(out, "    %d %s\n", bad.HTTPStatus(), bad.Error())
		return nil
	}
	p, d := plan.Make(plan.Input{Request: req, Policy: pol, Catalog: cat, Stats: s.read, Now: noon, Seed: uint64(seed)})
	if doc := d.AppendJSON(nil); !json.Valid(doc) {
		s.t.Errorf("not JSON: %s", doc)
	}
	show(out, p, &d)
	return nil
}

// show writes the table of candidates, in the order of the catalog, and what follows.
func show(out *strings.Builder, p plan.Plan, d *plan.Decision) {
	var table bytes.Buffer
	w := tabwriter.NewWriter(&table, 0, 0, 2, ' ', 0)
	for i := range d.Candidates {
		c := &d.Candidates[i]
		rank, score := "-", c.Score.Text()
		if c.Rank > 0 {
			rank = strconv.Itoa(c.Rank)
		}
		if score == "" {
			score = "-"
		}
		var terms []string
		for _, term := range c.Score.Terms {
			if term.Name != "" {
				terms = append(terms, term.Name+" "+term.Text())
			}
		}
		notes := strings.Join(terms, ", ")
		for _, r := range []plan.Reason{c.Excluded, c.Resting} {
			if r.Code != plan.ReasonNone {
				notes = strings.TrimPrefix(notes+"; "+r.Code.String()+": "+r.String(), "; ")
			}
		}
		fmt.Fprintf(w, "    %s\t%s\t%s\t%s\n", rank, c.Endpoint.ID, score, notes)
	}
	w.Flush()
	for _, line := range strings.Split(strings.TrimSuffix(table.String(), "\n"), "\n") {
		out.WriteString(strings.TrimRight(line, " ") + "\n")
	}
	fmt.Fprintf(out, "    why: %s\n", d.Why())
	if p.Pick != "" {
		fmt.Fprintf(out, "    turn: %s has %d\n", p.Pick, p.Count)
	}
	for _, warning := range d.Policy.Warnings {
		fmt.Fprintf(out, "    warning: %s: %s\n", warning.Code, warning.Message)
	}
}
