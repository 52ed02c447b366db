package main

import (
	"encoding/json"
	"strings"
	"testing"
	"time"
)

func rowsOf(t *testing.T, text string) []row {
	t.Helper()
	var page struct{ Rows []row }
	if err := json.Unmarshal([]byte(`{"rows":`+text+`}`), &page); err != nil {
		t.Fatal(err)
	}
	return page.Rows
}

const (
	plainRow    = `{"seq":1,"asked":"m","provider":"north","outcome":"ok","attempts":[{"provider":"north","outcome":"ok","status":200}]}`
	failoverRow = `{"seq":2,"asked":"m","provider":"north","outcome":"ok","attempts":[{"provider":"south","outcome":"provider_error","status":503},{"provider":"north","outcome":"ok","status":200}]}`
	keyRow      = `{"seq":3,"asked":"m","provider":"south","outcome":"failed","attempts":[{"provider":"south","outcome":"credentials","status":401}]}`
	limitedRow  = `{"seq":4,"asked":"m","provider":"south","outcome":"failed","attempts":[{"provider":"south","outcome":"rate_limited","status":429}]}`
	raceRow     = `{"seq":5,"asked":"m","provider":"north","outcome":"ok","attempts":[{"provider":"south","outcome":"abandoned"},{"provider":"north","outcome":"ok","status":200}]}`
	leftRow     = `{"seq":6,"asked":"m","provider":"south","outcome":"left","attempts":[{"provider":"south","outcome":"left"}]}`
)

func titles(ns []notice) string {
	var s []string
	for _, n := range ns {
		s = append(s, n.title)
	}
	return strings.Join(s, "; ")
}

func TestNotices(t *testing.T) {
	all := wants{true, true, true, true}
	for _, c := range []struct {
		wants wants
		rows  string
		says  string
	}{
		{all, plainRow, ""},
		{all, raceRow, ""},
		{all, leftRow, ""},
		{all, failoverRow, "north answered for south"},
		{all, keyRow, "south refuses its key"},
		{all, limitedRow, "south is over its rate limit"},
		{wants{Failover: true, Budget: true, Credentials: true}, limitedRow, ""},
		{wants{}, failoverRow + "," + keyRow + "," + limitedRow, ""},
		{all, limitedRow + "," + keyRow + "," + failoverRow, "north answered for south; south refuses its key; south is over its rate limit"},
	} {
		r := newReporter(func() wants { return c.wants })
		if got := titles(r.look(time.Unix(1, 0), rowsOf(t, "["+c.rows+"]"), nil)); got != c.says {
			t.Errorf("%s: %q instead of %q", c.rows, got, c.says)
		}
	}
}

// However much happens, a kind has one notice a minute, which then says how much it was.
func TestNoticesAreFew(t *testing.T) {
	r := newReporter(func() wants { return wants{Failover: true, Credentials: true} })
	many := rowsOf(t, "["+strings.Repeat(failoverRow+",", 99)+failoverRow+"]")
	now := time.Unix(1000, 0)
	said := 0
	for range 600 { // ten minutes of seconds
		said += len(r.look(now, many, nil))
		now = now.Add(time.Second)
	}
	if said != 10 {
		t.Errorf("%d notices in ten minutes", said)
	}
	now = now.Add(time.Minute)
	got := r.look(now, rowsOf(t, "["+failoverRow+","+keyRow+"]"), nil)
	if titles(got) != "south refuses its key; north answered for south" || !strings.Contains(got[1].body, "(and 5999 more since the last notice)") {
		t.Errorf("%q", got)
	}
}

// A budget is told of when it is nearly spent and when it is reached, once each in a period.
func TestNoticesOfBudgets(t *testing.T) {
	r := newReporter(func() wants { return wants{Budget: true} })
	now := time.Unix(1000, 0)
	for _, c := range []struct{ concerns, says string }{
		{`[]`, ""},
		{`[{"kind":"config","severity":"bad","text":"x"}]`, ""},
		{`[{"kind":"budget","severity":"warn","id":"all day a near","text":"all per day: $8 of $10 are spent","next":"once"}]`, "A budget is nearly spent"},
		{`[{"kind":"budget","severity":"warn","id":"all day a near","text":"all per day: $9 of $10 are spent","next":"once"}]`, ""},
		{`[{"kind":"budget","severity":"bad","id":"all day a reached","text":"reached: 1 request refused","next":"wait"}]`, "A budget is reached"},
		{`[{"kind":"budget","severity":"bad","id":"all day a reached","text":"reached: 2 requests refused","next":"wait"}]`, ""},
		{`[{"kind":"budget","severity":"bad","id":"all month a reached","text":"reached","next":"refused until 2026-11-23T00:00:00Z"}]`, "A budget is reached"},
		{`[]`, ""},
		{`[{"kind":"budget","severity":"warn","id":"all day b near","text":"x","next":"once"}]`, "A budget is nearly spent"},
	} {
		var concerns []concern
		if err := json.Unmarshal([]byte(c.concerns), &concerns); err != nil {
			t.Fatal(err)
		}
		now = now.Add(2 * quiet)
		got := r.look(now, nil, concerns)
		if titles(got) != c.says {
			t.Errorf("%s: %q", c.concerns, got)
		}
		if strings.Contains(c.concerns, "2026-11-23") && (len(got) != 1 || !strings.HasSuffix(got[0].body, time.Unix(1_795_392_000, 0).Local().Format("until 2 Jan 15:04."))) {
			t.Error(got)
			continue
		}
		if len(got) > 0 && !strings.Contains(c.concerns, "2026-11-23") && got[0].body != concerns[0].Text+"; "+concerns[0].Next+"." {
			t.Error(got[0].body)
		}
	}
}
