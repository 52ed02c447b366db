package plan_test

import (
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"strowger/core/catalog"
	"strowger/core/plan"
	"strowger/core/stats"
)

// arms is an input whose model's endpoints are the arms of a route, of those weights.
func arms(t testing.TB, weights ...int) *plan.Input {
	t.Helper()
	in := input(t, catalog.StrategyPriority, make([]int64, len(weights))...)
	in.Policy.Route, in.Policy.Strategy = "/ab", catalog.StrategyWeighted
	in.Policy.Arms = slices.Clone(in.Catalog.Model("a/x").Endpoints)
	for i, w := range weights {
		in.Policy.Arms[i].Weight = w
	}
	return in
}

// away makes arms rest, and the others not.
func away(in *plan.Input, which ...int) {
	resting := stats.Frozen{}
	for _, i := range which {
		resting["p"+strconv.Itoa(i)+"/x"] = stats.Reading{Uptime: 1000, Limited: stats.MomentOf(noon.Add(time.Minute))}
	}
	in.Stats = resting
}

// The shares of the first place are the weights of what is available, by chance and over
// callers; the rest follow by weight.
func TestWeightShares(t *testing.T) {
	const draws = 60_000
	for _, c := range []struct {
		name             string
		weights          []int
		resting, ignored []int
	}{
		{"90/10", []int{90, 10}, nil, nil},
		{"1/2/3", []int{1, 2, 3}, nil, nil},
		{"1/2/3, the lightest rests", []int{1, 2, 3}, []int{0}, nil},
		{"1/2/3, the heaviest is excluded", []int{1, 2, 3}, nil, []int{2}},
		{"five, one of each", []int{5, 40, 30, 20, 5}, []int{1}, []int{3}},
		{"all rest", []int{7, 3}, []int{0, 1}, nil},
		{"0 drains", []int{0, 70, 30}, nil, nil},
		{"the most that a file may say", []int{100, 1, 100, 99}, nil, nil},
		{"hardly anything is left", []int{1000, 1, 2}, []int{0}, nil},
	} {
		for _, by := range []string{"seed", "stick"} {
			t.Run(c.name+" by "+by, func(t *testing.T) {
				in := arms(t, c.weights...)
				away(in, c.resting...)
				for _, i := range c.ignored {
					in.Policy.Ignore = append(in.Policy.Ignore, "p"+strconv.Itoa(i))
				}
				counts := make([]int, len(c.weights))
				for n := range uint64(draws) {
					if in.Seed = n; by == "stick" {
						in.Seed, in.Policy.Stick = 1, n+1
					}
					p, d := plan.Make(*in)
					counts[p.Order[0]]++
					inOrder(t, &d, c.weights)
				}
				var have []int
				var shares []float64
				for i, w := range c.weights {
					out := slices.Contains(c.ignored, i) || slices.Contains(c.resting, i) && len(c.resting) < len(c.weights)
					switch {
					case (out || w == 0) && counts[i] > 0:
						t.Errorf("arm %d was drawn %d times", i, counts[i])
					case !out && w > 0:
						have, shares = append(have, counts[i]), append(shares, float64(w))
					}
				}
				if x := chi2(have, shares); len(have) > 1 && x > critical[len(have)-1] {
					t.Errorf("counts %v are not in the proportions %v: chi² is %.1f", have, shares, x)
				}
			})
		}
	}
}

// inOrder checks that behind the first the heaviest come first, healthy before resting.
func inOrder(t *testing.T, d *plan.Decision, weights []int) {
	t.Helper()
	for n := 2; n < len(d.Plan); n++ {
		a, b := d.Plan[n-1], d.Plan[n]
		rests := func(i int) bool { return d.Candidates[i].Resting != nil }
		if rests(a) == rests(b) && (weights[a] < weights[b] || weights[a] == weights[b] && a > b) {
			t.Fatalf("%v of the weights %v", d.Plan, weights)
		}
	}
}

// A caller keeps its arm whatever the seed, and whatever happens to the other arms. When
// the arm is away another is drawn, which is kept too; when it is back, so is the caller.
func TestStick(t *testing.T) {
	const callers = 5000
	in := arms(t, 40, 30, 20, 10, 0)
	firsts := func(gone ...int) []int {
		away(in, gone...)
		list := make([]int, callers)
		for i := range list {
			in.Policy.Stick, in.Seed = uint64(i)*0x9e3779b97f4a7c15+1, uint64(i)
			p, _ := plan.Make(*in)
			in.Seed = ^in.Seed
			again, _ := plan.Make(*in)
			if list[i] = p.Order[0]; again.Order[0] != list[i] {
				t.Fatalf("caller %d gets arm %d and then %d", i, list[i], again.Order[0])
			}
		}
		return list
	}
	before := firsts()
	last := before
	for n, gone := range [][]int{{0}, {0, 2}, {0, 2, 3}} {
		now := firsts(gone...)
		left, moved := gone[n], 0
		for i := range now {
			switch {
			case now[i] == last[i]:
			case last[i] != left:
				t.Fatalf("arm %d went away, and caller %d moved from %d to %d", left, i, last[i], now[i])
			default:
				moved++
			}
		}
		if moved == 0 {
			t.Errorf("arm %d went away and nobody moved", left)
		}
		last = now
	}
	if !slices.Equal(firsts(), before) {
		t.Error("when all are back, somebody is elsewhere")
	}
	// Filters make an arm unavailable like resting does.
	in.Policy.Ignore = []string{"p1"}
	for i, arm := range firsts() {
		if before[i] != 1 && arm != before[i] || arm == 1 {
			t.Fatalf("caller %d moved from %d to %d", i, before[i], arm)
		}
	}
}

// Who sticks to an arm is told so, and nobody's identity is.
func TestStickIsNotShown(t *testing.T) {
	in := arms(t, 50, 50)
	in.Policy.Stick = 0x0123456789abcdef
	_, d := plan.Make(*in)
	doc := string(d.AppendJSON(nil))
	for _, secret := range []string{strconv.FormatUint(in.Policy.Stick, 10), "0123456789abcdef"} {
		if strings.Contains(doc+d.Why(), secret) {
			t.Errorf("%s shows %s", doc, secret)
		}
	}
	if !strings.Contains(doc, `"stick":true`) || !strings.Contains(doc, `"route":"/ab"`) || !strings.Contains(d.Why(), "the same user gets the same arm") {
		t.Errorf("got %s", doc)
	}
}

// A route none of whose arms serves the model has no candidates, whatever the model has.
func TestNoArms(t *testing.T) {
	in := arms(t, 1)
	in.Policy.Arms = []catalog.Endpoint{}
	p, d := plan.Make(*in)
	if len(p.Order) != 0 || len(d.Candidates) != 0 || d.Filtered() || d.OverLimit() || d.Why() != "nothing is eligible: there is no candidate" {
		t.Errorf("got %v, %s", p, d.Why())
	}
}
