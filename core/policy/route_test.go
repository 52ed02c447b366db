package policy

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"strowger/core/catalog"
	"strowger/core/llm"
)

// routed is the test catalog with routes, aliases, keys, a cache and limits.
func routed(t testing.TB, change func(*catalog.Config)) *catalog.Catalog {
	return testCatalog(t, func(c *catalog.Config) {
		c.Aliases = []catalog.Alias{{Name: "fast", Means: "gpt-4o-mini:latency"}, {Name: "gpt-4o", Means: "meta/llama"}, {Name: "odd:name", Means: "acme/twin"}}
		c.Models[2].Endpoints = append(c.Models[2].Endpoints, catalog.Endpoint{Provider: "google"}) // meta/llama
		c.Models[1].Cache = catalog.Cache{TTL: time.Minute}                                         // openai/gpt-4o-mini
		c.Models[0].Cache = catalog.Cache{Off: true}                                                // openai/gpt-4o
		c.Cache = catalog.Cache{TTL: time.Hour, MaxBytes: 7}
		c.CostLimits = []catalog.CostLimit{{Most: 1, Per: catalog.PerMonth}}
		c.Keys = []catalog.Key{{Name: "laptop", SHA256: strings.Repeat("a", 64), Rate: catalog.Rate{Requests: 2, Per: time.Minute},
			CostLimits: []catalog.CostLimit{{Most: 3, Per: catalog.PerDay}, {Most: 4, Per: catalog.PerRequest}}}}
		c.Routes = []catalog.Route{
			{Path: "/weighted", LoadBalancing: true, Failover: true, Sticky: catalog.StickyUser, CostLimits: []catalog.CostLimit{{Most: 2, Per: catalog.PerDay}},
				Arms: []catalog.Arm{{Provider: "azure", Model: "meta/llama", Weight: 9}, {Provider: "openai", Model: "new", Weight: 1}}},
			{Path: "/plain", Arms: []catalog.Arm{{Provider: "google"}, {Provider: "azure", Timeout: time.Second}}, Timeouts: catalog.Timeouts{Idle: 2 * time.Second}},
			{Path: "/rules", Cache: catalog.Cache{Off: true}, Routing: catalog.Routing{Strategy: catalog.StrategyValue, Fallback: []string{"acme/twin", "fast"},
				FallbackOn: catalog.FallbackOn{Statuses: []int{}}, MaxAttempts: 2, Deadline: time.Second}},
			{Path: "/alone", Routing: catalog.Routing{Fallback: []string{}}, Arms: []catalog.Arm{{Provider: "openai", Model: "new"}}},
			{Path: "/google", Arms: []catalog.Arm{{Provider: "google"}}, Routing: catalog.Routing{Fallback: []string{}}},
		}
		if change != nil {
			change(c)
		}
	})
}

// by makes the policy of a request that comes by a route; its path may be empty.
func by(cat *catalog.Catalog, path string, req llm.Request, given Given) (Policy, *llm.Error) {
	given.Route, _ = cat.RouteOf(path)
	req.Schema, req.Operation = llm.SchemaOpenAI, llm.OperationChat
	return Make(cat, &req, given)
}

func armsOf(p Policy) string {
	if p.Arms == nil {
		return "the model's"
	}
	var list []string
	for i := range p.Arms {
		list = append(list, fmt.Sprintf("%s=%d", p.Arms[i].ID, p.Arms[i].Weight))
	}
	return strings.Join(list, ",")
}

func TestMakeByRoute(t *testing.T) {
	cat := routed(t, nil)
	for _, c := range []struct{ name, path, model, provider, models, header, want string }{
		{"no route", "", "openai/gpt-4o", "", "", "", "openai/gpt-4o priority/global arms the model's fallbacks true: meta/llama/global"},
		{"alias", "", "fast", "", "", "", "openai/gpt-4o-mini latency/suffix arms the model's fallbacks true: meta/llama/global"},
		{"an alias before a name part", "", "gpt-4o", "", "", "", "meta/llama priority/global arms the model's fallbacks true: /global"},
		{"the caller's suffix before the alias's", "", "fast:price", "", "", "", "openai/gpt-4o-mini cost/suffix arms the model's fallbacks true: meta/llama/global"},
		{"an alias with a colon", "", "odd:name:price", "", "", "", "acme/twin cost/suffix arms the model's fallbacks true: meta/llama/global"},
		{"alias as fallback", "", "openai/gpt-4o", `{"fallback":["fast"]}`, "", "", "openai/gpt-4o priority/global arms the model's fallbacks true: openai/gpt-4o-mini/body warning suffix_ignored"},

		{"weighted, no model", "/weighted", "", "", "", "", "meta/llama weighted/route arms azure/llama=9,openai/new=1 fallbacks true: /global"},
		{"weighted, another model", "/weighted/v1/chat/completions", "no/such", "", "", "", "meta/llama weighted/route arms azure/llama=9,openai/new=1 fallbacks true: /global"},
		{"weighted, a suffix", "/weighted", "no/such:price", "", "", "", "meta/llama cost/suffix arms azure/llama=9,openai/new=1 fallbacks true: /global"},
		{"weighted, a strategy", "/weighted", "fast", `{"sort":"throughput"}`, "", "", "meta/llama throughput/body arms azure/llama=9,openai/new=1 fallbacks true: /global"},
		{"weighted, a header", "/weighted", "", "", "", `{"routing":"balanced","allow_fallbacks":false}`, "meta/llama balanced/header arms azure/llama=9,openai/new=1 fallbacks false: /global"},

		{"arms without a model", "/plain", "meta/llama", "", "", "", "meta/llama priority/route arms google/llama=0,azure/llama=0 fallbacks false: /global"},
		{"one that does not serve it", "/plain", "openai/gpt-4o", "", "", "", "openai/gpt-4o priority/route arms azure/gpt-4o=0 fallbacks false: /global warning provider_skipped"},
		{"fallbacks wanted", "/plain", "meta/llama", `{"allow_fallbacks":true,"fallback":["acme/twin"]}`, "", "", "meta/llama priority/route arms google/llama=0,azure/llama=0 fallbacks true: acme/twin/body"},
		{"fallbacks off, but named", "/plain", "meta/llama", "", `["acme/twin"]`, "", "meta/llama priority/route arms google/llama=0,azure/llama=0 fallbacks false: acme/twin/body"},

		{"rules", "/rules", "openai/gpt-4o", "", "", "", "openai/gpt-4o value/route arms the model's fallbacks true: acme/twin,openai/gpt-4o-mini/route"},
		{"rules and a suffix", "/rules", "openai/gpt-4o:price", "", "", "", "openai/gpt-4o cost/suffix arms the model's fallbacks true: acme/twin,openai/gpt-4o-mini/route"},
		{"rules and a list", "/rules", "openai/gpt-4o", "", `[]`, "", "openai/gpt-4o value/route arms the model's fallbacks true: /body"},
		{"rules, the primary in the list", "/rules", "acme/twin", "", "", "", "acme/twin value/route arms the model's fallbacks true: openai/gpt-4o-mini/route"},
		{"rules, no fallbacks", "/rules", "acme/twin", `{"allow_fallbacks":false}`, "", "", "acme/twin value/route arms the model's fallbacks false: /route"},

		{"one arm, fallback switched off", "/alone", "", "", "", "", "openai/new priority/route arms openai/new=1 fallbacks true: /route"},
		{"no arm left, but fallbacks", "/google", "openai/gpt-4o", "", `["meta/llama"]`, "", "openai/gpt-4o priority/route arms  fallbacks true: meta/llama/body warning provider_skipped"},
	} {
		t.Run(c.name, func(t *testing.T) {
			p, err := by(cat, c.path, llm.Request{Model: c.model, Extensions: llm.Extensions{Provider: []byte(c.provider), Models: []byte(c.models)}}, Given{Header: []byte(c.header)})
			if err != nil {
				t.Fatal(err)
			}
			got := fmt.Sprintf("%s %s/%s arms %s fallbacks %t: %s/%s", p.Model, p.Strategy, p.StrategyFrom, armsOf(p), p.AllowFallbacks, strings.Join(p.Fallback, ","), p.FallbackFrom)
			for _, w := range p.Warnings {
				got += " warning " + w.Code
			}
			if got != c.want {
				t.Errorf("got  %s\nwant %s", got, c.want)
			}
		})
	}
}

func TestRouteRules(t *testing.T) {
	cat := routed(t, nil)
	p, _ := by(cat, "/rules", llm.Request{Model: "openai/gpt-4o"}, Given{})
	if p.Route != "/rules" || p.MaxAttempts != 2 || p.Deadline != time.Second || p.FallbackOn.Statuses == nil || p.Timeouts != (catalog.Timeouts{}) {
		t.Errorf("got %+v", p)
	}
	p, _ = by(cat, "/plain", llm.Request{Model: "meta/llama"}, Given{})
	if p.MaxAttempts != catalog.DefaultMaxAttempts || p.Timeouts.Idle != 2*time.Second {
		t.Errorf("got %+v", p)
	}
	if e := p.Arms[1]; e.Timeouts.Total != time.Second || e.Timeouts.Idle != 2*time.Second || e.Timeouts.Connect != catalog.DefaultConnect || e.Model != "meta/llama" {
		t.Errorf("got %+v", e)
	}
}

func TestRouteErrors(t *testing.T) {
	cat := routed(t, nil)
	for _, c := range []struct{ path, model, models, code, message string }{
		{"/plain", "", "", "invalid_request", `missing: name a model such as "acme/llama:free"`},
		{"/plain", "fsat", "", "model_not_found", `no model "fsat" is configured; did you mean "fast"?`},
		{"/plain", "fast:x", "", "model_not_found", `no model "fast:x" is configured: ":x" is no suffix; the suffixes are price, throughput, latency, floor, nitro`},
		{"/google", "openai/gpt-4o", "", "no_eligible_endpoint", "no provider of route /google serves openai/gpt-4o; they are google"},
		{"/weighted", "", `["fats"]`, "model_not_found", `no model "fats" is configured; did you mean "fast"?`},
	} {
		_, err := by(cat, c.path, llm.Request{Model: c.model, Extensions: llm.Extensions{Models: []byte(c.models)}}, Given{})
		if err == nil || string(err.Code) != c.code || err.Message != c.message || err.Param == "" || c.code != "invalid_request" && err.HTTPStatus() != 404 {
			t.Errorf("%s %s: got %v", c.path, c.model, err)
		}
	}
}

func TestCacheRule(t *testing.T) {
	cat := routed(t, nil)
	own := routed(t, func(c *catalog.Config) { c.Routes[2].Cache = catalog.Cache{TTL: 2 * time.Second, Coalesce: true} })
	global := Cache{Cache: catalog.Cache{TTL: time.Hour, MaxBytes: 7}}
	for _, c := range []struct {
		name, path, model, control string
		cat                        *catalog.Catalog
		want                       Cache
	}{
		{"global", "", "acme/twin", "", cat, global},
		{"the model's", "", "fast", "", cat, Cache{Cache: catalog.Cache{TTL: time.Minute, MaxBytes: catalog.MaxCached}}},
		{"the model switches off", "", "openai/gpt-4o", "no-cache", cat, Cache{}},
		{"the route switches off", "/rules", "fast", "", cat, Cache{}},
		{"the route's", "/rules", "openai/gpt-4o", "", own, Cache{Cache: catalog.Cache{TTL: 2 * time.Second, MaxBytes: catalog.MaxCached, Coalesce: true}}},
		{"the model's, of an arm", "/alone", "openai/gpt-4o", "", cat, global},
		{"no-cache", "", "acme/twin", "public, No-Cache", cat, Cache{Cache: global.Cache, NoRead: true}},
		{"no-store", "", "acme/twin", "NO-STORE", cat, Cache{Cache: global.Cache, NoWrite: true}},
		{"both", "", "acme/twin", " no-store ,no-cache ", cat, Cache{Cache: global.Cache, NoRead: true, NoWrite: true}},
		{"max-age=0", "", "acme/twin", "max-age=0", cat, Cache{Cache: global.Cache, NoRead: true}},
		{"max-age", "", "acme/twin", "max-age=10, max-age=, max-age, x-no-cache", cat, global},
		{"quoted", "", "acme/twin", `max-age="0"`, cat, Cache{Cache: global.Cache, NoRead: true}},
	} {
		p, err := by(c.cat, c.path, llm.Request{Model: c.model}, Given{CacheControl: c.control})
		if err != nil || p.Cache != c.want {
			t.Errorf("%s: got %+v, %v, want %+v", c.name, p.Cache, err, c.want)
		}
	}
}

func TestLimitsAndKey(t *testing.T) {
	cat := routed(t, nil)
	text := func(path, key string) string {
		p, err := by(cat, path, llm.Request{Model: "acme/twin"}, Given{Key: key})
		if err != nil {
			t.Fatal(err)
		}
		s := fmt.Sprintf("%s %d/%s", p.Key, p.Rate.Requests, p.Rate.Per)
		for _, l := range p.Limits {
			s += fmt.Sprintf(", %s %d per %s", l.Account, l.Most, l.Per)
		}
		return s
	}
	for ask, want := range map[[2]string]string{
		{"", ""}:                " 0/0s, all 1 per month",
		{"/weighted", ""}:       " 0/0s, all 1 per month, route /weighted 2 per day",
		{"", "laptop"}:          "laptop 2/1m0s, all 1 per month, key laptop 3 per day, key laptop 4 per request",
		{"/weighted", "laptop"}: "laptop 2/1m0s, all 1 per month, route /weighted 2 per day, key laptop 3 per day, key laptop 4 per request",
		{"", "gone"}:            "gone 0/0s, all 1 per month",
	} {
		if got := text(ask[0], ask[1]); got != want {
			t.Errorf("%v: got %s, want %s", ask, got, want)
		}
	}
}

// A choice sticks to what the route says, differs between routes, and is spread evenly.
func TestStick(t *testing.T) {
	cat := routed(t, func(c *catalog.Config) {
		for _, s := range []catalog.Sticky{catalog.StickySession, catalog.StickyKey} {
			r := c.Routes[0]
			r.Path, r.Sticky = "/"+s.String(), s
			c.Routes = append(c.Routes, r)
		}
	})
	stick := func(path, user, session, key string) uint64 {
		p, err := by(cat, path, llm.Request{Model: "acme/twin", User: user, Session: session}, Given{Key: key})
		if err != nil {
			t.Fatal(err)
		}
		return p.Stick
	}
	if stick("/weighted", "", "s", "k") != 0 || stick("/session", "u", "", "k") != 0 || stick("/key", "u", "s", "") != 0 || stick("/rules", "u", "s", "k") != 0 || stick("", "u", "s", "k") != 0 {
		t.Error("sticks to nothing")
	}
	if stick("/weighted", "u", "a", "b") != stick("/weighted", "u", "c", "d") || stick("/weighted", "u", "", "") == stick("/weighted", "v", "", "") {
		t.Error("does not stick to the user")
	}
	if stick("/session", "", "x", "") == stick("/key", "", "", "x") || stick("/session", "", "x", "") == 0 || stick("/key", "", "", "x") == 0 {
		t.Error("routes stick alike")
	}
	var low, high int
	for i := range 2000 {
		n := stick("/weighted", fmt.Sprintf("user-%d", i), "", "")
		low += int(n & 1)
		high += int(n >> 63)
	}
	if low < 900 || low > 1100 || high < 900 || high > 1100 {
		t.Errorf("of 2000, %d and %d have the bit", low, high)
	}
}

// The first that speaks wins: for every combination of who says what.
func TestPrecedence(t *testing.T) {
	type rules struct {
		strategy catalog.Strategy
		fallback string
	}
	says := []rules{ // body, header, suffix, route, global
		{catalog.StrategyCost, "acme/twin"}, {catalog.StrategyBalanced, "meta/twin"}, {catalog.StrategyThroughput, ""},
		{catalog.StrategyValue, "meta/llama"}, {catalog.StrategyLatency, "openai/gpt-4o-mini"},
	}
	from := []Source{FromBody, FromHeader, FromSuffix, FromRoute, FromGlobal}
	for who := range 1 << 4 { // the configuration always says something
		speaks := func(i int) bool { return i == 4 || who>>i&1 == 1 }
		object := func(i int) string {
			if !speaks(i) {
				return `{"sort":null}`
			}
			return fmt.Sprintf(`{"routing":%q,"fallback":[%q]}`, says[i].strategy, says[i].fallback)
		}
		cat := routed(t, func(c *catalog.Config) {
			c.Routing.Strategy, c.Routing.Fallback = says[4].strategy, []string{says[4].fallback}
			c.Routes[2].Routing = catalog.Routing{}
			if speaks(3) {
				c.Routes[2].Routing = catalog.Routing{Strategy: says[3].strategy, Fallback: []string{says[3].fallback}}
			}
		})
		model := "openai/gpt-4o"
		if speaks(2) {
			model += ":nitro"
		}
		p, err := by(cat, "/rules", llm.Request{Model: model, Extensions: llm.Extensions{Provider: []byte(object(0))}}, Given{Header: []byte(object(1))})
		if err != nil {
			t.Fatal(err)
		}
		first := func(field func(rules) bool) int {
			return slices.IndexFunc([]int{0, 1, 2, 3, 4}, func(i int) bool { return speaks(i) && field(says[i]) })
		}
		s, f := first(func(r rules) bool { return true }), first(func(r rules) bool { return r.fallback != "" })
		if p.Strategy != says[s].strategy || p.StrategyFrom != from[s] || p.FallbackFrom != from[f] || !slices.Equal(p.Fallback, []string{says[f].fallback}) {
			t.Errorf("%04b: got %s from %s, %q from %s", who, p.Strategy, p.StrategyFrom, p.Fallback, p.FallbackFrom)
		}
	}
}

// Whatever a caller writes on any route, the policy holds together.
func FuzzMakeByRoute(f *testing.F) {
	cat := routed(f, nil)
	f.Add("/weighted", "fast:price", `{"allow_fallbacks":true}`, `["fast","gpt-4o"]`, "no-cache, max-age=0", "u")
	f.Add("/plain/v1/chat/completions", "meta/llama", `{"preferred_max_latency":{"p50":1e-9}}`, ``, ",,=", "")
	f.Add("/google", "openai/gpt-4o", ``, `["meta/llama"]`, "", "")
	f.Fuzz(func(t *testing.T, path, model, provider, models, control, user string) {
		ask := func() (Policy, *llm.Error) {
			return by(cat, path, llm.Request{Model: model, User: user, Extensions: llm.Extensions{Provider: []byte(provider), Models: []byte(models)}}, Given{CacheControl: control, Key: "laptop"})
		}
		p, err := ask()
		if err != nil {
			if err.Param == "" || err.Message == "" || err.HTTPStatus() != 400 && err.HTTPStatus() != 404 {
				t.Errorf("got %+v", err)
			}
			return
		}
		if p.Model == "" || p.Strategy == catalog.StrategyNone || slices.Contains(p.Fallback, p.Model) || len(p.Warnings) > maxWarnings {
			t.Errorf("got %+v", p)
		}
		for i := range p.Arms {
			if e := &p.Arms[i]; e.ID == "" || e.Name == "" || e.BaseURL == "" || e.Timeouts.Total <= 0 {
				t.Errorf("an arm is incomplete: %+v", e)
			}
		}
		if p.Arms != nil && len(p.Arms)+len(p.Fallback) == 0 {
			t.Error("nothing is left, and nobody says so")
		}
		for _, f := range p.Preferred {
			if f.Value <= 0 || f.Percentile < 50 || f.Percentile > 99 {
				t.Errorf("got %+v", f)
			}
		}
		if again, _ := ask(); !reflect.DeepEqual(p, again) {
			t.Errorf("the same request has two policies:\n%+v\n%+v", p, again)
		}
	})
}
