package policy

import (
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"strowger/core/catalog"
	"strowger/core/llm"
)

// What is no hold is refused with all that is one, and names the field.
func TestBadHolds(t *testing.T) {
	cat := testCatalog(t, nil)
	const legal = `must be "first_event", "whole", {"tokens": 40} (1 to 1000000) or {"for": "2s"} (at most 10m0s)`
	for _, bad := range []string{
		`"all"`, `""`, `"2s"`, `40`, `true`, `[]`, `{}`, `{"tokens":null}`, `{"x":1}`, `{"for_ms":2000}`, `{"tokens":1,"for":"1s"}`, `{"tokens":0,"for":"1s"}`,
		`{"tokens":0}`, `{"tokens":-1}`, `{"tokens":1.5}`, `{"tokens":"40"}`, `{"tokens":1000001}`, `{"tokens":1e30}`,
		`{"for":2}`, `{"for":"2"}`, `{"for":"0s"}`, `{"for":"-2s"}`, `{"for":"1ns"}`, `{"for":"601s"}`, `{"for":"1d"}`, `{"for":""}`, `{"for":"99999999h"}`, `{"tokens":1,"tokens":2}`,
	} {
		object := `{"hold":` + bad + `}`
		for param, given := range map[string][2]string{"provider.hold": {object, ""}, "x-strowger-provider.hold": {"", object}} {
			_, err := ask(cat, "gpt-4o", given[0], "", given[1])
			if err == nil || err.HTTPStatus() != 400 || err.Param != param || err.Message != legal {
				t.Errorf("%s: got %v in %v", bad, err, param)
			}
		}
	}
}

// The first that speaks wins, for hold and resume each on its own: for every combination
// of who says what.
func TestPrecedenceOfRecovery(t *testing.T) {
	type rules struct {
		hold   catalog.Hold
		resume catalog.Resume
		object string
	}
	says := []rules{ // body, header, route, global
		{catalog.Hold{Tokens: 7}, catalog.ResumeReplay, `{"tokens":7}`},
		{catalog.Hold{First: true}, catalog.ResumePrefill, `"first_event"`},
		{catalog.Hold{For: time.Second}, catalog.ResumeAuto, ""},
		{catalog.Hold{Whole: true}, catalog.ResumeOff, ""},
	}
	for holds := range 1 << 3 { // the configuration always says something
		for resumes := range 1 << 3 {
			speaks := func(who, i int) bool { return i == 3 || who>>i&1 == 1 }
			object := func(i int) string {
				var said []string
				if speaks(holds, i) {
					said = append(said, `"hold":`+says[i].object)
				}
				if speaks(resumes, i) {
					said = append(said, fmt.Sprintf(`"resume":%q`, says[i].resume))
				}
				return "{" + strings.Join(said, ",") + "}"
			}
			cat := routed(t, func(c *catalog.Config) {
				c.Routing.Hold, c.Routing.Resume = says[3].hold, says[3].resume
				if speaks(holds, 2) {
					c.Routes[2].Routing.Hold = says[2].hold
				}
				if speaks(resumes, 2) {
					c.Routes[2].Routing.Resume = says[2].resume
				}
			})
			p, err := by(cat, "/rules", llm.Request{Model: "openai/gpt-4o", Extensions: llm.Extensions{Provider: []byte(object(0))}}, Given{Header: []byte(object(1))})
			if err != nil {
				t.Fatal(err)
			}
			first := func(who int) (i int) {
				for !speaks(who, i) {
					i++
				}
				return i
			}
			if want := says[first(holds)].hold; p.Hold != want {
				t.Errorf("%03b: hold is %s, want %s", holds, p.Hold, want)
			}
			if want := says[first(resumes)].resume; p.Resume != want {
				t.Errorf("%03b: resume is %s, want %s", resumes, p.Resume, want)
			}
		}
	}
}

// The retries are the route's, whose gaps the global rules fill; nobody else says any.
func TestRetryRules(t *testing.T) {
	cat := routed(t, func(c *catalog.Config) {
		c.Routing.Retry = catalog.Retry{Max: 3, On: []int{500}, AfterMax: catalog.Never}
		c.Routes[2].Routing.Retry = catalog.Retry{Max: catalog.Never, On: []int{}}
	})
	global := catalog.Retry{Max: 3, On: []int{500}, Backoff: catalog.DefaultBackoff, BackoffMax: catalog.DefaultBackoffMax, AfterMax: catalog.Never}
	own := global
	own.Max, own.On = catalog.Never, []int{}
	for path, want := range map[string]catalog.Retry{"": global, "/plain": global, "/rules": own} {
		p, err := by(cat, path, llm.Request{Model: "openai/gpt-4o"}, Given{})
		if err != nil || !reflect.DeepEqual(*p.Retry, want) {
			t.Errorf("%q: got %+v, %v, want %+v", path, p.Retry, err, want)
		}
	}
	// A mistake of the caller is answered with a policy too, which must be whole.
	if p, err := by(cat, "", llm.Request{Model: "no/such"}, Given{}); err == nil || p.Retry == nil {
		t.Errorf("got %+v, %v", p.Retry, err)
	}
}
