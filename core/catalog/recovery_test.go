package catalog

import (
	"reflect"
	"strings"
	"testing"
	"time"
)

func TestRecoveryDefaults(t *testing.T) {
	c := mustNew(t, Config{Routes: []Route{{Path: "/r"}}})
	r := c.Routing()
	want := Retry{Max: 2, Backoff: 500 * time.Millisecond, BackoffMax: 8 * time.Second, AfterMax: 3 * time.Second}
	if r.Hold != (Hold{First: true}) || r.Resume != ResumeAuto || !reflect.DeepEqual(r.Retry, want) {
		t.Errorf("got %+v", r)
	}
	route, _ := c.RouteOf("/r")
	if route.Routing.Hold.Said() || route.Routing.Resume != ResumeNone || !reflect.DeepEqual(route.Routing.Retry, Retry{}) {
		t.Errorf("a route that says nothing says %+v", route.Routing)
	}
	if !reflect.DeepEqual(route.Retry, want) {
		t.Errorf("the route's is %+v", route.Retry)
	}
}

// What a route does not say of retries is taken from the global rules, field by field; what
// fills a gap gives way to what was said.
func TestRetryOfARoute(t *testing.T) {
	global := Retry{Max: 3, On: []int{500}, Backoff: 2 * time.Second, BackoffMax: 4 * time.Second, AfterMax: time.Second}
	for _, c := range []struct {
		name                string
		global, route, want Retry
	}{
		{"nothing", global, Retry{}, global},
		{"max", global, Retry{Max: 1}, Retry{1, global.On, global.Backoff, global.BackoffMax, global.AfterMax}},
		{"never", global, Retry{Max: -7, AfterMax: -time.Hour}, Retry{Never, global.On, global.Backoff, global.BackoffMax, Never}},
		{"again, although never elsewhere", Retry{Max: Never, AfterMax: Never}, Retry{Max: 2, AfterMax: time.Minute}, Retry{2, nil, DefaultBackoff, DefaultBackoffMax, time.Minute}},
		{"on", global, Retry{On: []int{502, 503}}, Retry{3, []int{502, 503}, global.Backoff, global.BackoffMax, global.AfterMax}},
		{"on nothing", global, Retry{On: []int{}}, Retry{3, []int{}, global.Backoff, global.BackoffMax, global.AfterMax}},
		{"longer pauses", global, Retry{Backoff: 5 * time.Second}, Retry{3, global.On, 5 * time.Second, 5 * time.Second, global.AfterMax}},
		{"shorter pauses", global, Retry{BackoffMax: time.Second}, Retry{3, global.On, time.Second, time.Second, global.AfterMax}},
		{"both pauses", global, Retry{Backoff: time.Millisecond, BackoffMax: time.Minute}, Retry{3, global.On, time.Millisecond, time.Minute, global.AfterMax}},
	} {
		cat := mustNew(t, Config{Routing: Routing{Retry: c.global}, Routes: []Route{{Path: "/r", Routing: Routing{Retry: c.route}, Retry: Retry{Max: 9}}}})
		if r, _ := cat.RouteOf("/r"); !reflect.DeepEqual(r.Retry, c.want) {
			t.Errorf("%s: got %+v, want %+v", c.name, r.Retry, c.want)
		}
	}
	type pauses [2]time.Duration
	for given, want := range map[pauses]pauses{ // global rules against the defaults
		{9 * time.Second, 0}:          {9 * time.Second, 9 * time.Second},
		{0, 100 * time.Millisecond}:   {100 * time.Millisecond, 100 * time.Millisecond},
		{0, time.Minute}:              {DefaultBackoff, time.Minute},
		{time.Millisecond, time.Hour}: {time.Millisecond, time.Hour},
	} {
		r := mustNew(t, Config{Routing: Routing{Retry: Retry{Backoff: given[0], BackoffMax: given[1]}}}).Routing().Retry
		if got := (pauses{r.Backoff, r.BackoffMax}); got != want {
			t.Errorf("%v: got %v, want %v", given, got, want)
		}
	}
}

func TestRecoveryProblems(t *testing.T) {
	const hold = "hold: must be one of first_event, whole, {tokens: 40}, {for: 2s}"
	for _, c := range []struct {
		name    string
		routing Routing
		want    string // behind the place of the routing; one line per problem
	}{
		{"two holds", Routing{Hold: Hold{Tokens: 1, Whole: true}}, hold},
		{"first and for", Routing{Hold: Hold{First: true, For: time.Second}}, hold},
		{"tokens", Routing{Hold: Hold{Tokens: -1}}, "hold.tokens: must be from 1 to 1000000"},
		{"too many tokens", Routing{Hold: Hold{Tokens: MostHoldTokens + 1}}, "hold.tokens: must be from 1 to 1000000"},
		{"negative time", Routing{Hold: Hold{For: -1}}, "hold.for: must not be negative"},
		{"time of nothing", Routing{Hold: Hold{For: 999}}, "hold.for: must be at least a microsecond"},
		{"too long", Routing{Hold: Hold{For: MostHoldFor + 1}}, "hold.for: must be at most 10m0s; whole holds back all of an answer"},
		{"resume", Routing{Resume: 9}, "resume: must be one of auto, prefill, replay, off"},
		{"too many retries", Routing{Retry: Retry{Max: 11}}, "retry.max: must be at most 10"},
		{"statuses", Routing{Retry: Retry{On: []int{500, 399, 600}}}, "retry.on.1: a status must be from 400 to 599\nretry.on.2: a status must be from 400 to 599"},
		{"backoff", Routing{Retry: Retry{Backoff: -1, BackoffMax: 1}}, "retry.backoff: must not be negative\nretry.backoff_max: must be at least a microsecond"},
		{"negative longest pause", Routing{Retry: Retry{BackoffMax: -1}}, "retry.backoff_max: must not be negative"},
		{"backoffs", Routing{Retry: Retry{Backoff: 2 * time.Second, BackoffMax: time.Second}}, "retry.backoff_max: must be at least backoff, which is 2s"},
		{"retry_after_max", Routing{Retry: Retry{AfterMax: 5}}, "retry.retry_after_max: must be at least a microsecond"},
	} {
		for place, cfg := range map[string]Config{
			"routing.":          {Routing: c.routing},
			"routes.0.routing.": {Routes: []Route{{Path: "/r", Routing: c.routing}}},
		} {
			want := place + strings.ReplaceAll(c.want, "\n", "\n"+place)
			if _, err := New(cfg); err == nil || err.Error() != want {
				t.Errorf("%s: got:\n%v\nwant:\n%s", c.name, err, want)
			}
		}
	}
}

// The bounds themselves are within.
func TestRecoveryBounds(t *testing.T) {
	for _, r := range []Routing{
		{Hold: Hold{Tokens: 1}}, {Hold: Hold{Tokens: MostHoldTokens}}, {Hold: Hold{For: time.Microsecond}}, {Hold: Hold{For: MostHoldFor}},
		{Retry: Retry{Max: MostRetries, On: []int{400, 599}, Backoff: time.Second, BackoffMax: time.Second, AfterMax: time.Microsecond}},
	} {
		mustNew(t, Config{Routing: r})
	}
}

func TestHoldText(t *testing.T) {
	for hold, want := range map[Hold]string{
		{}: "first_event", {First: true}: "first_event", {Tokens: 40}: "40 tokens", {For: 1500 * time.Millisecond}: "1.5s", {Whole: true}: "whole",
	} {
		if hold.String() != want || hold.Said() != (hold != Hold{}) {
			t.Errorf("%+v is %s", hold, hold)
		}
	}
}

func TestResumeNames(t *testing.T) {
	if len(ResumeNames()) != 4 {
		t.Errorf("got %v", ResumeNames())
	}
	for _, n := range ResumeNames() {
		if ResumeNamed(n) == ResumeNone || ResumeNamed(n).String() != n {
			t.Errorf("%q is not its own name", n)
		}
	}
	if ResumeNamed("") != ResumeNone || ResumeNamed("always") != ResumeNone || Resume(99).String() != "" {
		t.Error("a name that is none has a value")
	}
}

// assemble is the provider's, for its endpoints and for those that only a route names.
func TestAssembleIsTakenFromTheProvider(t *testing.T) {
	cfg := full() // google/eu assembles
	cfg.Routes[1].Arms = append(cfg.Routes[1].Arms, Arm{Provider: "google/eu", Model: "new"}, Arm{Provider: "google/eu"})
	c := mustNew(t, cfg)
	m := c.Model("openai/gpt-4o")
	if m.Endpoints[0].Assemble || !m.Endpoints[1].Assemble {
		t.Errorf("got %t and %t", m.Endpoints[0].Assemble, m.Endpoints[1].Assemble)
	}
	r, _ := c.RouteOf("/a/b_C-9")
	for i, want := range []bool{false, true, true} {
		if e, ok := r.Serving(i, m); !ok || e.Assemble != want {
			t.Errorf("arm %d: %t", i, e.Assemble)
		}
	}
}
