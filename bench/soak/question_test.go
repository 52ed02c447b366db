package main

import (
	"bytes"
	"encoding/json"
	"net/http"
	"strings"
	"testing"
)

// Asked directly, and with nothing that goes wrong, the providers say what every question
// expects, but for the model's name, which strowger puts in.
func TestProvidersSayWhatIsExpected(t *testing.T) {
	c, err := newCompany(1, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer c.close()
	s := newScript(options{seed: 1})
	seen := map[string]int{}
	for n := range uint64(400) {
		q := s.question(n)
		if again := s.question(n); !bytes.Equal(q.body, again.body) || q.text != again.text {
			t.Fatalf("question %d is another the second time", n)
		}
		if !json.Valid(q.body) {
			t.Fatalf("question %d is not JSON: %s", n, q.body)
		}
		seen[q.kind.name]++
		body := bytes.Replace(q.body, []byte(q.kind.model), []byte(modelOne), 1)
		if err := asIs(c, q, body); err != "" {
			t.Fatalf("question %d (%s): %s", n, q.kind.name, err)
		}
	}
	if len(seen) != len(kinds()) {
		t.Errorf("of %d ways to ask only these were taken: %v", len(kinds()), seen)
	}
}

// asIs sends a body to a provider and judges what it says, as if strowger had.
func asIs(c *company, q *question, body []byte) string {
	c.begin(q)
	defer c.end(q)
	req, err := http.NewRequest(http.MethodPost, c.actors[0].url+"/v1/chat/completions", bytes.NewReader(body))
	if err != nil {
		return err.Error()
	}
	req.Header.Set("authorization", "Bearer "+providerKey)
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return err.Error()
	}
	defer resp.Body.Close()
	k := *q.kind
	k.wrong = false
	plain := *q
	plain.kind = &k
	return (&callers{company: c}).judge(&plain, resp, resp.Body).why
}

// A provider that is given the beginning of an answer says the rest of it, to the character,
// and tells on who gives it another.
func TestProvidersGoOn(t *testing.T) {
	c, err := newCompany(1, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer c.close()
	elm := c.actors[3]
	q := &question{name: "n5", kind: &kind{}, text: textOf(1, "n5", 12), tokens: 12}
	ask := func(begun string) []byte {
		return []byte(`{"user":"n5","model":"m","messages":[{"role":"user","content":` + quoted((&script{seed: 1}).directive(q)) +
			`},{"role":"assistant","content":` + quoted(begun) + `}]}`)
	}
	for at := range q.text {
		body, fault := elm.goOn(q, ask(q.text[:at]), "")
		var got struct{ Messages []struct{ Content string } }
		if err := json.Unmarshal(body, &got); err != nil || fault != "" || len(got.Messages) != 1 {
			t.Fatalf("at %d: %v %q: %s", at, err, fault, body)
		}
		if rest := ` text="` + q.text[at:] + `"`; !strings.Contains(got.Messages[0].Content, rest) {
			t.Fatalf("at %d: %s, want %s", at, got.Messages[0].Content, rest)
		}
	}
	if _, fault := elm.goOn(q, ask(q.text), ""); fault != "empty" {
		t.Errorf("of a whole text there is no rest: %q", fault)
	}
	if len(c.wrong) > 0 {
		t.Error(c.wrong)
	}
	elm.goOn(q, ask(q.text[1:]), "")
	c.actors[0].goOn(q, ask(q.text[:5]), "")
	if len(c.wrong) != 2 {
		t.Errorf("another beginning and another provider were not told: %q", c.wrong)
	}
}
