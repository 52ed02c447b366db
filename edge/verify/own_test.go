package verify_test

import (
	"strings"
	"testing"

	"strowger/core/catalog"
	"strowger/core/llm"
	"strowger/edge/verify"
)

// measured counts the calls of a run by their methods, and the exchanges by their ends.
type measured struct {
	ends
	methods map[string]int
	arms    int // samples of the arms' endpoints
}

func (m measured) Begin(string, bool) error { return nil }

func (m *measured) Take(c verify.Call) error {
	m.methods[c.Method]++
	if c.Method == "fold" && strings.Contains(string(c.Raw), `"arm-of-`) {
		m.arms++
	}
	return m.ends.Take(c)
}

// A configuration may have routes alone, whose arms name the models.
func TestRoutesAlone(t *testing.T) {
	cfg := catalog.Config{
		Providers: []catalog.Provider{{Name: "arm-of-one", Schema: llm.SchemaOpenAI, BaseURL: "https://one.example/v1", KeyRef: "env:O"}, {Name: "arm-of-two", Schema: llm.SchemaAnthropic, BaseURL: "https://two.example", KeyRef: "env:T"}},
		Routes: []catalog.Route{
			{Path: "/support", Schema: llm.SchemaOpenAI, Failover: true, Arms: []catalog.Arm{{Provider: "arm-of-one", Model: "m1"}, {Provider: "arm-of-two", Model: "m2"}}},
			{Path: "/g", Schema: llm.SchemaGemini, Arms: []catalog.Arm{{Provider: "arm-of-one", Model: "m1"}}},
		},
	}
	seen := &measured{ends: ends{}, methods: map[string]int{}}
	sums, err := verify.Run([]verify.Source{verify.Own(cfg, 200)}, seen, verify.Options{Only: "catalog"})
	if err != nil {
		t.Fatal(err)
	}
	t.Log(seen.ends, seen.methods, sums[0].Cases)
	if sums[0].Cases == 0 || sums[0].Exchanges == 0 || seen.ends["ok"] < sums[0].Exchanges/4 {
		t.Errorf("%d cases, %d exchanges: %v", sums[0].Cases, sums[0].Exchanges, seen.ends)
	}
	if seen.arms == 0 {
		t.Error("nothing was measured of the routes' arms")
	}
}

// A catalog that nothing can be asked of is not equal: nothing was compared.
func TestNothingToCompare(t *testing.T) {
	empty := []verify.Source{verify.Own(catalog.Config{Providers: []catalog.Provider{{Name: "p", Schema: llm.SchemaOpenAI, BaseURL: "https://p.example"}}}, 200)}
	for _, only := range []string{"", "catalog"} {
		if _, err := verify.Run(empty, ends{}, verify.Options{Only: only}); err == nil || !strings.Contains(err.Error(), "nothing was compared") {
			t.Errorf("only %q: %v", only, err)
		}
	}
	if _, err := verify.Run(empty, ends{}, verify.Options{Only: "vectors"}); err != nil {
		t.Error(err)
	}
}
