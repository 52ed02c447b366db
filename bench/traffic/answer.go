package traffic

import (
	"bytes"
	"encoding/json"
	"fmt"
	"reflect"
	"strconv"
)

// expected is the answer that a request is to have, but for its number, which stands between the two.
type expected struct{ before, behind []byte }

// Answer is what the simulated provider answers to the request of that number, with the name that the caller
// has for the model.
func (l Workload) Answer(mark string) []byte {
	q := asked{mark: mark, events: l.Events}
	if l.Events == 0 {
		return q.completion(l.model())
	}
	var body []byte
	for i := range l.Events {
		body = append(q.event(append(body, "data: "...), l.model(), i), "\n\n"...)
	}
	return body
}

func (l Workload) expects() expected {
	const mark = "k00000000"
	before, behind, _ := bytes.Cut(l.Answer(mark), []byte(mark))
	return expected{before, behind}
}

// is says whether a body is to the byte the one that is expected.
func (w expected) is(body, mark []byte) bool {
	rest, ok := bytes.CutPrefix(body, w.before)
	if ok {
		rest, ok = bytes.CutPrefix(rest, mark)
	}
	return ok && bytes.Equal(rest, w.behind)
}

// check says what is wrong with an answer to the request with this mark, or nothing. want is what the
// workload expects.
func (l Workload) check(a *answer, want expected, mark []byte) error {
	switch {
	case a.status != 200:
		return fmt.Errorf("status %d: %s", a.status, clip(a.body))
	case l.Failed && tenth(mark) != (a.attempts == 2):
		return fmt.Errorf("%d attempts, where one request in ten is to take two and the others one", a.attempts)
	case want.is(a.body, mark):
		return nil
	case !bytes.Contains(a.body, mark):
		return fmt.Errorf("an answer without the number %s of its request: %s", mark, clip(a.body))
	}
	whole := bytes.Join([][]byte{want.before, mark, want.behind}, nil)
	if l.Events == 0 {
		return says(a.body, whole)
	}
	return l.streams(a.body, whole)
}

// streams says what is wrong with a stream that was written in other words than the expected one.
func (l Workload) streams(body, whole []byte) error {
	const event = "data: "
	switch {
	case bytes.Count(body, []byte(event)) != l.Events:
		return fmt.Errorf("%d events instead of %d: %s", bytes.Count(body, []byte(event)), l.Events, clip(body))
	case !bytes.HasSuffix(body, []byte("data: [DONE]\n\n")):
		return fmt.Errorf("a stream without its end mark: %s", clip(body))
	}
	want := bytes.Split(whole, []byte("\n\n"))
	for i, got := range bytes.Split(body, []byte("\n\n"))[:l.Events-1] {
		if err := says(bytes.TrimPrefix(got, []byte(event)), bytes.TrimPrefix(want[i], []byte(event))); err != nil {
			return fmt.Errorf("event %d: %w", i, err)
		}
	}
	return nil
}

// says is an error unless a JSON document says all that another one does. It may say more, and in another order.
func says(got, want []byte) error {
	var g, w any
	if err := json.Unmarshal(got, &g); err != nil {
		return fmt.Errorf("not JSON: %w: %s", err, clip(got))
	}
	if err := json.Unmarshal(want, &w); err != nil {
		return err
	}
	return covers("answer", g, w)
}

// covers is says of what stands at a place.
func covers(place string, got, want any) error {
	switch w := want.(type) {
	case map[string]any:
		g, _ := got.(map[string]any) // another kind has none of the members
		for name, v := range w {
			if _, ok := g[name]; !ok {
				return fmt.Errorf("%s has no %q", place, name)
			}
			if err := covers(place+"."+name, g[name], v); err != nil {
				return err
			}
		}
		return nil
	case []any:
		g, _ := got.([]any)
		if len(g) != len(w) {
			return fmt.Errorf("%s has %d elements instead of %d", place, len(g), len(w))
		}
		for i := range w {
			if err := covers(place+"."+strconv.Itoa(i), g[i], w[i]); err != nil {
				return err
			}
		}
		return nil
	}
	if !reflect.DeepEqual(got, want) {
		return fmt.Errorf("%s is %#v instead of %#v", place, got, want)
	}
	return nil
}

// clip shows the beginning of a body.
func clip(b []byte) string {
	const most = 200
	if len(b) > most {
		return strconv.Quote(string(b[:most])) + "…"
	}
	return strconv.Quote(string(b))
}
