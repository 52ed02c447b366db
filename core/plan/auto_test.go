package plan_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
	"text/tabwriter"
	"time"

	"strowger/core/auto"
	"strowger/core/auto/pool"
	"strowger/core/catalog"
	"strowger/core/llm"
	"strowger/core/plan"
	"strowger/core/plan/plantest"
	"strowger/core/policy"
	"strowger/core/stats"
)

// ability reads what is known of a model.
func (s *scenario) ability(args []string) error {
	i := slices.IndexFunc(s.cfg.Models, func(m catalog.Model) bool { return m.ID == args[0] })
	if i < 0 {
		return fmt.Errorf("no such model")
	}
	a := &s.cfg.Models[i].Ability
	return pairs(args[1:], func(key, value string) error {
		if key == "like" {
			a.Like = true
			return nil
		}
		n, err := strconv.ParseInt(value, 10, 16)
		if key == "own" {
			for c := range a.Own {
				a.Own[c] = int16(n)
			}
			return err
		}
		for aspect := range pool.AspectCount {
			if aspect.String() == key {
				a.Elo[aspect] = int16(n)
				return err
			}
		}
		return fmt.Errorf("no such key")
	})
}

// auto reads what auto mode is told.
func (q *question) auto(key, value string) error {
	words := strings.Split(value, ":")
	switch {
	case key == "config":
		q.req.Extensions.ModelConfig = []byte(value)
		return nil
	case key == "task":
		q.task = &pool.Task{}
		return pairs(strings.Split(strings.ReplaceAll(value, ":", "="), ","), q.taskField)
	case key == "last" && len(words) == 3:
		age, err := time.ParseDuration(words[1])
		if err != nil {
			return err
		}
		q.last = &pool.Turn{Model: words[0], At: noon.Add(-age), Answered: true}
		return integer(&q.last.Warm, words[2])
	case key == "learned" && len(words) == 2:
		n, err := strconv.Atoi(words[1])
		q.learned = &pool.Learned{Rev: "r1", Outcomes: 7, Models: map[string]int32{words[0]: int32(n)}}
		return err
	}
	return fmt.Errorf("not understood")
}

func (q *question) taskField(key, value string) error {
	t := q.task
	switch key {
	case "difficulty":
		n, err := strconv.Atoi(value)
		t.Difficulty, t.Quantile = int32(n), int32(n)
		return err
	case "category":
		for c := range auto.Category(5) {
			if c.String() == value {
				t.Category = c
				return nil
			}
		}
	case "language":
		for l := auto.Undetermined; l <= auto.ThaiLanguage; l++ {
			if l.String() == value {
				t.Language = l
				return nil
			}
		}
	case "loop":
		t.Tools.Loop = true
		return nil
	case "unread":
		t.Unread = true
		return nil
	}
	return fmt.Errorf("no such key")
}

// showAuto writes the table of models and what would have tipped the choice.
func showAuto(out *strings.Builder, d *plan.Decision) {
	c := d.Auto
	if c == nil {
		return
	}
	var table bytes.Buffer
	w := tabwriter.NewWriter(&table, 0, 0, 2, ' ', 0)
	for i := range c.Options {
		o := &c.Options[i]
		cost, kept, took := "-", "", "-"
		if o.Priced {
			cost = fmt.Sprintf("$%.6f", float64(o.Cost)/1e9)
			if o.Kept != o.Cost {
				kept = fmt.Sprintf(" kept $%.6f", float64(o.Kept)/1e9)
			}
		}
		if o.Time > 0 {
			took = (time.Duration(o.Time) * time.Microsecond).String()
		}
		behind := ""
		if o.Behind {
			behind = " behind"
		}
		fmt.Fprintf(w, "    %d.\t%s\tq %d of %d %s\t%s%s\t%s\tutility %d%s\n", o.Rank, o.Model, o.Quality, o.Rating+o.Learned, o.From(), cost, kept, took, o.Utility, behind)
	}
	w.Flush()
	out.WriteString(table.String())
	fmt.Fprintf(out, "    %s", c.Reason)
	if tip := c.Tip(); tip != "" {
		fmt.Fprintf(out, "; %s", tip)
	}
	out.WriteString("\n")
}

// asked is a generated case that leaves the model to auto mode.
func asked(t *testing.T, seed uint64) *plan.Input {
	c := plantest.Generate(seed)
	in, bad := prepare(t, &c)
	if bad != nil {
		return nil
	}
	r := *in.Request
	r.Model = []string{"auto", "auto:quality", "auto:cost", "auto:speed", "auto:latency"}[seed%5]
	var given policy.Given
	if c.Route != "" {
		given.Route, _ = in.Catalog.RouteOf(c.Route)
	}
	pol, bad := policy.Make(in.Catalog, &r, given)
	if bad != nil && given.Route == nil {
		t.Fatalf("case %d: %v", seed, bad)
	}
	if bad != nil || pol.Auto == nil {
		return nil // no provider of the route serves the pool, or all name their models
	}
	again := *in
	again.Request, again.Policy, again.Lost = &r, pol, nil
	if seed%7 > 0 {
		again.Task = &pool.Task{Difficulty: int32(seed * 37 % 1001)}
		again.Task.Category, again.Task.Tools.Loop, again.Task.Conversation = auto.Category(seed%5), seed%4 == 0, seed
	}
	if seed%3 > 0 {
		again.Last = &pool.Turn{Model: pol.Auto.Pool[seed%uint64(len(pol.Auto.Pool))], At: in.Now.Add(-time.Duration(seed%400) * time.Second), Warm: int64(seed % 3000)}
	}
	return &again
}

// Auto mode decides alike twice, from its own decision too; the chosen model is group 0 and
// leads the plan unless it rests; a tool loop keeps its model; the pool goes before the
// fallback models.
func TestGeneratedAuto(t *testing.T) {
	reasons, arms := map[pool.Reason]int{}, 0
	for seed := range uint64(4000) {
		in := asked(t, seed)
		if in == nil {
			continue
		}
		if in.Policy.Arms != nil {
			arms++
		}
		p, d := plan.Make(*in)
		doc := d.AppendJSON(nil)
		if !json.Valid(doc) {
			t.Fatalf("case %d: not JSON: %s", seed, doc)
		}
		again := *in
		again.Policy, again.Now = d.Policy, d.At
		if _, second := plan.Make(again); !bytes.Equal(second.AppendJSON(nil), doc) {
			t.Fatalf("case %d: decided\n%s\nand from that\n%s", seed, doc, second.AppendJSON(nil))
		}
		recalled(t, in, &d)
		reasons[d.Auto.Reason]++
		if (d.Policy.Model == "") != (d.Auto.Reason == pool.ReasonNothing) || strings.Contains(d.Why(), "endpoint of  ") {
			t.Fatalf("case %d: chosen is %q: %s", seed, d.Policy.Model, d.Why())
		}
		wrong := func(what string) { t.Helper(); t.Fatalf("case %d: %s: %s", seed, what, doc) }
		models := map[int]string{}
		for i := range d.Candidates {
			c := &d.Candidates[i]
			if m, ok := models[c.Group]; ok && m != c.Endpoint.Model {
				wrong("two models in a group")
			}
			models[c.Group] = c.Endpoint.Model
			if slices.Contains(d.Policy.Auto.Pool, c.Endpoint.Model) != (c.Group < len(d.Policy.Auto.Pool)) {
				wrong("the pool does not go before the fallback models")
			}
			if c.Group == 0 && c.Endpoint.Model != d.Policy.Model && len(d.Auto.Ranked) > 0 {
				wrong("group 0 is not the chosen model")
			}
		}
		if len(p.Order) == 0 {
			continue
		}
		first := &d.Candidates[p.Order[0]]
		if len(d.Auto.Ranked) > 0 {
			chosen := &d.Auto.Options[d.Auto.Ranked[0]]
			if !chosen.Resting && first.Endpoint.Model != chosen.Model {
				wrong("the chosen model does not go first")
			}
			if l := in.Last; l != nil && in.Task != nil && in.Task.Tools.Loop {
				for _, o := range d.Auto.Options {
					if o.Model == l.Model && o.Eligible && first.Endpoint.Model != l.Model {
						wrong("the model changes in a tool loop")
					}
				}
			}
			if !strings.HasPrefix(d.Why(), chosen.Model+" is chosen by "+d.Policy.Auto.Preference.String()+": ") {
				wrong("why: " + d.Why())
			}
		}
	}
	for r := pool.ReasonBest; r <= pool.ReasonNothing; r++ {
		if reasons[r] == 0 {
			t.Errorf("%s never occurs", r)
		}
	}
	if arms < 100 {
		t.Errorf("%d requests come by a route with providers of its own", arms)
	}
}

// eight is a pool of eight models with two endpoints each, all of which have been tried.
func eight(t testing.TB) *plan.Input {
	cfg := catalog.Config{Providers: []catalog.Provider{{Name: "a", Schema: llm.SchemaOpenAI, BaseURL: "https://a"}, {Name: "b", Schema: llm.SchemaOpenAI, BaseURL: "https://b"}}}
	read := stats.Frozen{}
	for i := range 8 {
		m := catalog.Model{ID: "x/" + strconv.Itoa(i), Ability: pool.Ability{Elo: [pool.AspectCount]int16{int16(1250 + 30*i)}}}
		for _, provider := range []string{"a", "b"} {
			price := int64(100_000) << i
			m.Endpoints = append(m.Endpoints, catalog.Endpoint{Provider: provider, Price: catalog.Price{Known: true, Input: price, CacheRead: price / 10, Output: price * 4}})
			speed := stats.Speed{Samples: 9000, Mean: int64(200_000 + 50_000*i), Tokens: 20_000}
			read[provider+"/"+strconv.Itoa(i)] = stats.Reading{Uptime: 1000, Samples: 9000, Stream: speed, Whole: speed}
		}
		cfg.Models = append(cfg.Models, m)
	}
	cat, err := catalog.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	req := &llm.Request{Schema: llm.SchemaOpenAI, Operation: llm.OperationChat, Model: "auto", InputTokens: 2000, Stream: true}
	pol, bad := policy.Make(cat, req, policy.Given{})
	if bad != nil {
		t.Fatal(bad)
	}
	return &plan.Input{Request: req, Policy: pol, Catalog: cat, Stats: read, Now: noon, Seed: 1, Task: &pool.Task{Difficulty: 600, Conversation: 5},
		Last: &pool.Turn{Model: "x/3", At: noon.Add(-time.Minute), Warm: 1500}, Learned: &pool.Learned{Rev: "r", Outcomes: 3}}
}

func BenchmarkMakeAuto(b *testing.B) {
	in := eight(b)
	b.ReportAllocs()
	for b.Loop() {
		in.Seed++
		if p, _ := plan.Make(*in); len(p.Order) == 0 {
			b.Fatal("nothing is eligible")
		}
	}
}

// What of auto mode stands in a decision, and in which order, is a promise too.
func TestAutoFields(t *testing.T) {
	in := eight(t)
	_, d := plan.Make(*in)
	doc := d.AppendJSON(nil)
	if keys := keysAt(t, doc, nil); keys[len(keys)-1] != "auto" {
		t.Errorf("the decision ends in %s", keys[len(keys)-1])
	}
	documented(t, doc, []object{
		{"auto", "preference preference_from pool_from difficulty quantile score category language features carried tools conversation last thrift learned models reason runner_up tip"},
		{"auto tools", "calls failed repeated writes loop last_failed"},
		{"auto last", "model age_us warm_tokens"},
		{"auto learned", "rev outcomes"},
		{"auto models 0", "model eligible quality rating quality_from learned cost_nano kept_nano time_us time_from success in_flight resting utility rank behind quality_parts rated_from"},
	})
	in.Task, in.Last, in.Learned = nil, nil, nil
	_, d = plan.Make(*in)
	for _, part := range []string{`"difficulty":500,"unread":true,"carried":0`, `"last":null,"thrift":1000,"learned":null`} {
		if doc := d.AppendJSON(nil); !bytes.Contains(doc, []byte(part)) {
			t.Errorf("%s is not in %s", part, doc)
		}
	}
	in.Policy.Auto, in.Policy.Model = nil, "x/1"
	_, d = plan.Make(*in)
	if doc := d.AppendJSON(nil); bytes.Contains(doc, []byte(`"auto":{`)) {
		t.Errorf("auto mode in %s", doc)
	}
}

// The prior of a model without ratings goes by its lowest price of output, wherever it stands;
// so does what is in flight by all of its endpoints.
func TestAutoLoad(t *testing.T) {
	for _, prices := range [][]int64{{8_000_000, 1_000_000, 2_000_000}, {1_000_000, 8_000_000, 0}, {0, 2_000_000, 1_000_000}} {
		cfg := catalog.Config{Models: []catalog.Model{{ID: "x/m"}, {ID: "x/n", Endpoints: []catalog.Endpoint{{Provider: "p0"}}}}}
		read := stats.Frozen{}
		for i, price := range prices {
			name := "p" + strconv.Itoa(i)
			cfg.Providers = append(cfg.Providers, catalog.Provider{Name: name, Schema: llm.SchemaOpenAI, BaseURL: "https://" + name})
			e := catalog.Endpoint{Provider: name}
			if price > 0 {
				e.Price = catalog.Price{Known: true, Input: price, Output: price}
			}
			cfg.Models[0].Endpoints = append(cfg.Models[0].Endpoints, e)
			read[name+"/m"] = stats.Reading{Uptime: 1000, InFlight: int64(1 + i)}
		}
		cat, err := catalog.New(cfg)
		if err != nil {
			t.Fatal(err)
		}
		in := eight(t)
		pol, bad := policy.Make(cat, in.Request, policy.Given{})
		if bad != nil {
			t.Fatal(bad)
		}
		in.Catalog, in.Policy, in.Stats, in.Last = cat, pol, read, nil
		_, d := plan.Make(*in)
		o := &d.Auto.Options[0]
		if o.Output != 1_000_000 || o.InFlight != 6 || o.Rating != pool.PriceElo || o.QualityFrom != "price" {
			t.Errorf("of %v: %+v", prices, o)
		}
	}
}

// Nothing is called the fastest of which no time has been measured.
func TestAutoFastest(t *testing.T) {
	in := eight(t)
	in.Policy.Auto.Preference, in.Last, in.Task = pool.PreferenceSpeed, nil, nil
	_, d := plan.Make(*in)
	if why := d.Why(); !strings.Contains(why, "it is the fastest such in ") {
		t.Error(why)
	}
	in.Stats = stats.Frozen{}
	_, d = plan.Make(*in)
	if why := d.Why(); strings.Contains(why, "fastest") || !strings.Contains(why, "its time is not measured") {
		t.Error(why)
	}
}

// The difficulty of a decision is the one that counted, with what of it was learned; the
// rating's parts have their points; nobody is chosen where nobody can be.
func TestAutoSays(t *testing.T) {
	in := eight(t)
	in.Policy.Auto.Preference = pool.PreferenceQuality
	in.Task.Reading = auto.Reading{Category: auto.Math, Language: auto.Spanish}
	in.Task.Features[0] = 256
	in.Learned.Features[0] = -70
	m := in.Catalog.Model("x/7")
	m.Ability.Elo[pool.AspectMath], m.Ability.Elo[pool.AspectSpanish] = 1440+pool.AspectShift[pool.AspectMath], 1471+pool.AspectShift[pool.AspectSpanish]
	m.Ability.From = "arena 2025"
	_, d := plan.Make(*in)
	doc := string(d.AppendJSON(nil))
	for _, part := range []string{`"difficulty":530,`, `"learned_difficulty":-70}`, `"rating":1451,"quality_from":"elo",`,
		`"quality_parts":{"overall":1460,"spanish":11,"math":-20},"rated_from":"arena 2025"}`} {
		if !strings.Contains(doc, part) {
			t.Errorf("%s is not in %s", part, doc)
		}
	}
	if from := d.Auto.Options[7].From(); from != "elo 1460, spanish +11, math -20" {
		t.Error(from)
	}
	in.Policy.Only = []string{}
	_, d = plan.Make(*in)
	if doc := string(d.AppendJSON(nil)); d.Auto.Reason != pool.ReasonNothing || !strings.Contains(doc, `"asked":"auto","model":"",`) {
		t.Errorf("%s", doc)
	}
}
