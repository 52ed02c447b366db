package policytest

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"strowger/core/catalog"
	"strowger/core/stats"
	"strowger/desktop/config"
)

// The bounds of a file.
const (
	maxTests = 10_000
	// samples are how many measurements a state counts as, thousandths: as many as are told apart.
	samples = 1_000_000
)

// moment is when tests decide that do not say it.
var moment = time.Date(2026, 1, 1, 12, 0, 0, 0, time.UTC)

// Read reads a file of tests. path is only named in problems, which are of type config.Problems.
func Read(path string, text []byte) (*File, error) {
	top, err := config.ReadValue(path, text)
	if err != nil {
		return nil, err
	}
	r := reader{path: path}
	f := &File{}
	r.mapping("", top, fields{
		"config": func(at string, v config.Value) {
			if _, inline := v.Entries(); inline {
				f.Inline, f.InlineAt = v.AppendJSON(nil), v.Line()
				return
			}
			f.Config = r.text(at, v)
		},
		"tests": func(at string, v config.Value) {
			items, ok := v.Items()
			if !ok || len(items) == 0 || len(items) > maxTests {
				r.refuse(at, v.Line(), fmt.Sprintf("expected a list of 1 to %d tests", maxTests))
			}
			for i, item := range items[:min(len(items), maxTests)] {
				f.Tests = append(f.Tests, r.test(fmt.Sprintf("%s[%d]", at, i), item))
			}
		},
	})
	if len(f.Tests) == 0 && len(r.problems) == 0 {
		r.refuse("", top.Line(), "there are no tests: write tests, a list")
	}
	if len(r.problems) > 0 {
		return nil, r.problems
	}
	return f, nil
}

// reader collects problems.
type reader struct {
	path     string
	problems config.Problems
}

func (r *reader) refuse(at string, line int, message string) {
	r.problems = append(r.problems, config.Problem{File: r.path, Line: max(line, 1), Column: 1, Place: at, Message: message})
}

// fields are what a mapping may hold.
type fields map[string]func(at string, v config.Value)

func (r *reader) mapping(at string, v config.Value, known fields) {
	entries, ok := v.Entries()
	if !ok {
		r.refuse(at, v.Line(), "expected a mapping of "+strings.Join(slices.Sorted(maps.Keys(known)), ", "))
		return
	}
	seen := map[string]bool{}
	for _, e := range entries {
		place := strings.TrimPrefix(at+"."+e.Name, ".")
		read, ok := known[e.Name]
		switch {
		case !ok:
			r.refuse(place, e.Line, "unknown; expected one of "+strings.Join(slices.Sorted(maps.Keys(known)), ", "))
		case seen[e.Name]:
			r.refuse(place, e.Line, "stands here twice")
		default:
			read(place, e.Value)
		}
		seen[e.Name] = true
	}
}

// named reads a mapping with names of the user's.
func (r *reader) named(at string, v config.Value, read func(at string, e config.Entry)) {
	entries, ok := v.Entries()
	if !ok {
		r.refuse(at, v.Line(), "expected a mapping")
	}
	for _, e := range entries {
		read(at+"."+e.Name, e)
	}
}

func (r *reader) text(at string, v config.Value) string {
	s, ok := v.Text()
	if !ok || s == "" {
		r.refuse(at, v.Line(), "expected a text")
	}
	return s
}

// number reads a number from 0 to most in thousandths.
func (r *reader) number(at string, v config.Value, by, most float64) int64 {
	s, _ := v.Text()
	f, err := strconv.ParseFloat(s, 64)
	if err != nil || !(f >= 0 && f <= most) {
		r.refuse(at, v.Line(), fmt.Sprintf("expected a number from 0 to %g", most))
		return 0
	}
	return int64(f*by + 0.5)
}

func (r *reader) duration(at string, v config.Value) time.Duration {
	s, _ := v.Text()
	d, err := config.ParseDuration(s)
	if err != nil || d <= 0 || d > 24*time.Hour {
		r.refuse(at, v.Line(), "expected a duration such as 800ms or 30s, a day at most")
		return 0
	}
	return d
}

func (r *reader) test(at string, v config.Value) Test {
	t := Test{Line: v.Line(), At: moment, Seed: 1, State: stats.Frozen{}, Spent: map[string]catalog.MicroDollars{}}
	given, rests := len(r.problems), map[string]rest{}
	r.mapping(at, v, fields{
		"name":     func(at string, v config.Value) { t.Name = r.text(at, v) },
		"decision": func(at string, v config.Value) { t.Record = []byte(strings.TrimSpace(r.text(at, v))) },
		"request":  func(at string, v config.Value) { r.request(at, v, &t.Request) },
		"state": func(at string, v config.Value) {
			r.named(at, v, func(at string, e config.Entry) { t.State[e.Name], rests[e.Name] = r.state(at, e.Value) })
		},
		"spent": func(at string, v config.Value) {
			r.named(at, v, func(at string, e config.Entry) { t.Spent[e.Name] = r.number(at, e.Value, 1e6, 1e9) })
		},
		"at": func(at string, v config.Value) {
			s, _ := v.Text()
			var err error
			if t.At, err = time.Parse(time.RFC3339, s); err != nil {
				r.refuse(at, v.Line(), "expected a time such as 2026-07-01T12:00:00Z")
			}
		},
		"seed":   func(at string, v config.Value) { t.Seed = uint64(r.number(at, v, 1, 1<<53)) },
		"expect": func(at string, v config.Value) { t.Expect = r.expect(at, v) },
	})
	for id, rest := range rests {
		t.State[id] = rest.from(t.At, t.State[id])
	}
	switch {
	case len(r.problems) > given:
	case (t.Record == nil) == (t.Request.Body == nil):
		r.refuse(at, t.Line, "either a request with a body is needed, or a recorded decision")
	case t.Record != nil && len(t.State)+len(t.Spent) > 0:
		r.refuse(at, t.Line, "a recorded decision has the state of its time: leave out state and spent")
	case len(t.Expect) == 0:
		r.refuse(at, t.Line, "nothing is expected: write expect, with plan, first, excluded, strategy or error")
	}
	return t
}

func (r *reader) request(at string, v config.Value, q *Request) {
	q.Path, q.Headers = "/v1/chat/completions", map[string]string{}
	r.mapping(at, v, fields{
		"path": func(at string, v config.Value) { q.Path = r.text(at, v) },
		"key":  func(at string, v config.Value) { q.Key = r.text(at, v) },
		"headers": func(at string, v config.Value) {
			r.named(at, v, func(at string, e config.Entry) { q.Headers[strings.ToLower(e.Name)] = r.text(at, e.Value) })
		},
		"body": func(_ string, v config.Value) {
			if s, ok := v.Text(); ok {
				q.Body = []byte(s)
				return
			}
			q.Body = v.AppendJSON(nil)
		},
	})
}

// rest is for how long an endpoint is not to be asked, from the moment of the test.
type rest struct{ open, limited time.Duration }

// from puts it into a reading.
func (x rest) from(at time.Time, s stats.Reading) stats.Reading {
	if x.open > 0 {
		s.Circuit, s.Failures, s.Until = stats.Open, 3, stats.MomentOf(at.Add(x.open))
	}
	if x.limited > 0 {
		s.Limited = stats.MomentOf(at.Add(x.limited))
	}
	return s
}

// state is what is known of an endpoint.
func (r *reader) state(at string, v config.Value) (s stats.Reading, x rest) {
	s = stats.Untried()
	timed := func(track *stats.Speed, d time.Duration) {
		most := uint32(min(d.Microseconds(), 1<<32-1)) // of all answers
		track.Samples, track.Mean = samples, d.Microseconds()
		track.P50, track.P75, track.P90, track.P99 = most, most, most, most
	}
	r.mapping(at, v, fields{
		"latency": func(at string, v config.Value) {
			if d := r.duration(at, v); d > 0 {
				timed(&s.Stream, d)
				timed(&s.Whole, d)
			}
		},
		"tokens_per_second": func(at string, v config.Value) {
			n := r.number(at, v, 1000, 1e6)
			for _, track := range [...]*stats.Speed{&s.Stream, &s.Whole} {
				track.Samples, track.Tokens = samples, n
				track.T50, track.T75, track.T90, track.T99 = uint32(n), uint32(n), uint32(n), uint32(n)
			}
		},
		"success":   func(at string, v config.Value) { s.Uptime, s.Samples = r.number(at, v, 1000, 1), samples },
		"in_flight": func(at string, v config.Value) { s.InFlight = r.number(at, v, 1, 1e6) },
		"limited":   func(at string, v config.Value) { x.limited = r.duration(at, v) },
		"circuit": func(at string, v config.Value) {
			switch text := r.text(at, v); text {
			case "open":
				x.open = time.Minute
			case "closed":
			default:
				r.refuse(at, v.Line(), "expected open or closed")
			}
		},
	})
	return s, x
}

func (r *reader) expect(at string, v config.Value) (list []Expectation) {
	one := func(what What) func(string, config.Value) {
		return func(at string, v config.Value) {
			list = append(list, Expectation{What: what, Line: v.Line(), Want: []string{r.text(at, v)}})
		}
	}
	r.mapping(at, v, fields{
		"plan": func(at string, v config.Value) {
			items, ok := v.Items()
			if !ok {
				r.refuse(at, v.Line(), "expected a list of endpoints")
			}
			e := Expectation{What: Plan, Line: v.Line(), Want: []string{}}
			for _, item := range items {
				e.Want = append(e.Want, r.text(at, item))
			}
			list = append(list, e)
		},
		"first": one(First), "strategy": one(Strategy), "error": one(Error),
		"excluded": func(at string, v config.Value) {
			r.named(at, v, func(at string, e config.Entry) {
				list = append(list, Expectation{Excluded, e.Line, e.Name, []string{r.text(at, e.Value)}})
			})
		},
	})
	return list
}
