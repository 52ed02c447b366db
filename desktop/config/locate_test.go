package config

import (
	"strings"
	"testing"
)

// TestLocate holds where the catalog's places are found in a file.
func TestLocate(t *testing.T) {
	tree, problem := readTree([]byte(`cost_limit: {usd: 3, per: day}
keys:
  - name: a
    cost_limit:
      - {usd: 1, per: day}
      - usd: 2
routes: [{path: /x}]
`))
	if problem != nil {
		t.Fatal(problem)
	}
	for _, c := range []struct{ path, shown, at string }{
		{"cost_limit 0 usd", "cost_limit.usd", "1:19"},
		{"cost_limit 0", "cost_limit", "1:1"},
		{"keys 0 cost_limit 1 usd", "keys[0].cost_limit[1].usd", "6:14"},
		{"keys 0 cost_limit 1 per", "keys[0].cost_limit[1].per", "6:9"},
		{"keys 0 sha256", "keys[0].sha256", "3:5"},
		{"routes 0 path", "routes[0].path", "7:17"},
		{"routes 0 providers 2 model", "routes[0].providers.2.model", "7:10"},
		{"aliases x", "aliases.x", "1:1"},
	} {
		p := problemAt(tree, "m", "", strings.Fields(c.path)...)
		if want := c.at + ": " + c.shown + ": m"; p.Error() != want {
			t.Errorf("%s: %s, want %s", c.path, p.Error(), want)
		}
	}
}
