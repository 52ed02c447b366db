package stats

import (
	"testing"
	"time"
)

// refusal is one that says nothing of how long, of an attempt that took no time.
func refusal(at time.Time, endpoint, account string) Sample {
	return Sample{Endpoint: endpoint, At: at, Outcome: OutcomeRateLimited, Account: account}
}

// empty is an account without money: refused credentials, and no word of when.
func empty(at time.Time, endpoint, account string) Sample {
	return Sample{Endpoint: endpoint, At: at, Outcome: OutcomeCredentials, Account: account}
}

func limitedFor(b *Board, endpoint, provider string, now time.Time) time.Duration {
	r := b.Reading(endpoint, provider, now)
	if r.Limited.IsZero() {
		return 0
	}
	return r.Limited.Time().Sub(now)
}

// A refusal that does not say for how long rests the endpoint for a second, and for twice as
// long with each in a row.
func TestRefusalsWithoutATime(t *testing.T) {
	var b Board
	at := noon
	for i, want := range []time.Duration{1, 2, 4, 8, 8, 8} {
		b.Fold(refusal(at, "a/x", ""))
		r := b.Reading("a/x", "a", at)
		if got := r.Limited.Time().Sub(at); got != want*time.Second || r.LimitedAccount || r.Circuit != Closed || r.Failures != 0 {
			t.Errorf("refusal %d: limited for %s, want %ds: %+v", i, got, want, r)
		}
		at = at.Add(want * time.Second)
		if limitedFor(&b, "a/x", "a", at) != 0 {
			t.Errorf("refusal %d: still limited at the end", i)
		}
	}
	for _, c := range []struct {
		name string
		s    Sample
		want time.Duration // of the window that the next refusal opens
	}{
		{"a success ends the row", probe(at, OutcomeOK), 1},
		{"a success that began before the window does not", ok(at, time.Hour, time.Second, 1), 8},
		{"nor do others' failures", probe(at, OutcomeCut), 8},
		{"nor do callers' mistakes", probe(at, OutcomeClientError), 8},
		{"one that says for how long does", Sample{Endpoint: "a/x", At: at, Outcome: OutcomeRateLimited, RetryAt: at.Add(time.Millisecond)}, 1},
		{"one for which the time is up already is one without", Sample{Endpoint: "a/x", At: at, Outcome: OutcomeRateLimited, RetryAt: at.Add(-time.Second)}, 8},
	} {
		var b Board
		for i := range 9 {
			b.Fold(refusal(at.Add(time.Duration(i-19)*time.Second), "a/x", ""))
		}
		b.Fold(c.s)
		b.Fold(refusal(at.Add(time.Second), "a/x", ""))
		if got := limitedFor(&b, "a/x", "a", at.Add(time.Second)); got != c.want*time.Second {
			t.Errorf("%s: then limited for %s, want %ds", c.name, got, c.want)
		}
	}
}

// Requests that were under way together are refused for one reason, and are one refusal.
func TestRefusalsOfTheSameTimeAreOne(t *testing.T) {
	var b Board
	for i := range 50 {
		s := refusal(noon.Add(time.Duration(i)*time.Millisecond), "a/x", "")
		s.Total = 200 * time.Millisecond
		b.Fold(s)
	}
	if got := limitedFor(&b, "a/x", "a", noon.Add(49*time.Millisecond)); got != time.Second {
		t.Errorf("limited for %s", got)
	}
	// After a quiet time a row begins anew.
	b.Fold(refusal(noon.Add(2*time.Second), "a/x", ""))
	if got := limitedFor(&b, "a/x", "a", noon.Add(2*time.Second)); got != 2*time.Second {
		t.Errorf("the second: limited for %s", got)
	}
	b.Fold(refusal(noon.Add(time.Minute), "a/x", ""))
	if got := limitedFor(&b, "a/x", "a", noon.Add(time.Minute)); got != time.Second {
		t.Errorf("a minute later: limited for %s", got)
	}
}

// A limit of the whole account rests all of its endpoints and no others. That of google/eu
// is another account than google's.
func TestLimitOfAnAccount(t *testing.T) {
	var b Board
	s := refusal(noon, "google/gemini", "google")
	s.RetryAt = noon.Add(12 * time.Second)
	b.Fold(s)
	for _, at := range []string{"google/gemini", "google/gemma", "google/eu/gemini"} { // the last: an endpoint of that name at google
		r := b.Reading(at, "google", noon)
		if !r.LimitedAccount || r.Limited.Time().Sub(noon) != 12*time.Second {
			t.Errorf("%s: %+v", at, r)
		}
	}
	if got := b.Reading("google/eu/gemini", "google/eu", noon); got != Untried() {
		t.Errorf("another account: %+v", got)
	}
	if b.Reading("google/gemini", "google", noon.Add(12*time.Second)).LimitedAccount {
		t.Error("still limited at the end")
	}
	// The later of the two counts, and is named.
	s = refusal(noon, "google/gemma", "")
	s.RetryAt = noon.Add(time.Minute)
	b.Fold(s)
	if r := b.Reading("google/gemma", "google", noon); r.LimitedAccount || r.Limited.Time().Sub(noon) != time.Minute {
		t.Errorf("its own limit is longer: %+v", r)
	}
	if r := b.Reading("google/gemini", "google", noon); !r.LimitedAccount {
		t.Errorf("a neighbour's limit: %+v", r)
	}
}

// Any success on the account shows that it is not limited; one elsewhere shows nothing.
func TestSuccessEndsTheLimitOfAnAccount(t *testing.T) {
	limited := func() *Board {
		var b Board
		b.Begin("google/eu/gemini", "google/eu", noon)
		b.Begin("google/gemma", "google", noon)
		b.Fold(empty(noon, "google/gemini", "google"))
		return &b
	}
	at := noon.Add(time.Second)
	for _, c := range []struct {
		name, endpoint string
		began          time.Time
		ends           bool
	}{
		{"of the endpoint that was refused", "google/gemini", at, true},
		{"of another endpoint there", "google/gemma", at, true},
		{"of one that began before", "google/gemma", noon.Add(-time.Second), false},
		{"of another account", "google/eu/gemini", at, false},
		{"of nobody knows which account", "google/other", at, false},
	} {
		b := limited()
		b.Fold(Sample{Endpoint: c.endpoint, At: at, Total: at.Sub(c.began), Outcome: OutcomeOK})
		if got := limitedFor(b, "google/gemini", "google", at); (got == 0) != c.ends {
			t.Errorf("a success %s: limited for %s", c.name, got)
		}
	}
	b := limited()
	b.Fold(probe(at, OutcomeOK)) // a/x
	if limitedFor(b, "google/gemma", "google", at) == 0 {
		t.Error("a success elsewhere ended it")
	}
}

// An account without money does not heal in seconds, and is asked once a minute at least.
func TestEmptyAccount(t *testing.T) {
	var b Board
	at := noon
	for i, want := range []time.Duration{8, 16, 32, 60, 60, 60} {
		b.Fold(empty(at, "a/x", "a"))
		r := b.Reading("a/y", "a", at)
		if got := r.Limited.Time().Sub(at); got != want*time.Second || !r.LimitedAccount {
			t.Errorf("refusal %d: limited for %s, want %ds: %+v", i, got, want, r)
		}
		at = at.Add(want * time.Second)
	}
	if r := b.Reading("a/x", "a", at); r.Circuit != Closed || r.Uptime != 1000 || !r.Limited.IsZero() {
		t.Errorf("got %+v", r)
	}
	// A key that was refused is no limit.
	b = Board{}
	b.Fold(empty(noon, "a/x", ""))
	if r := b.Reading("a/x", "a", noon); !r.Limited.IsZero() {
		t.Errorf("a refused key: %+v", r)
	}
}

// The last success before a limit says when the next is let in.
func TestSuccessThatUsedALimitUp(t *testing.T) {
	s := probe(noon, OutcomeOK)
	s.RetryAt = noon.Add(6 * time.Second)
	var b Board
	b.Fold(refusal(noon.Add(-time.Second), "a/x", ""))
	b.Fold(s)
	if got := limitedFor(&b, "a/x", "a", noon); got != 6*time.Second {
		t.Errorf("limited for %s", got)
	}
	// One that was under way does not end it; the next does, and its own word counts.
	b.Fold(ok(noon.Add(time.Second), time.Second, time.Second, 1))
	if got := limitedFor(&b, "a/x", "a", noon.Add(time.Second)); got != 5*time.Second {
		t.Errorf("limited for %s", got)
	}
	b.Fold(probe(noon.Add(2*time.Second), OutcomeOK))
	if got := limitedFor(&b, "a/x", "a", noon.Add(2*time.Second)); got != 0 {
		t.Errorf("limited for %s", got)
	}
	s.Account = "a"
	b.Fold(s)
	if r := b.Reading("a/y", "a", noon); !r.LimitedAccount {
		t.Errorf("got %+v", r)
	}
}

// Nobody is left alone for more than an hour, whoever says so.
func TestLongestWindow(t *testing.T) {
	var b Board
	b.Fold(Sample{Endpoint: "a/x", At: noon, Outcome: OutcomeRateLimited, RetryAt: noon.Add(1e6 * time.Hour)})
	b.Fold(Sample{Endpoint: "b/x", At: noon, Outcome: OutcomeRateLimited, RetryAt: noon.Add(1e6 * time.Hour), Account: "b"})
	for _, provider := range []string{"a", "b"} {
		if got := limitedFor(&b, provider+"/x", provider, noon); got != MaxWindow {
			t.Errorf("%s: limited for %s", provider, got)
		}
	}
}
