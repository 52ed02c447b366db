package router_test

import (
	"encoding/json"
	"net/url"
	"os"
	"testing"

	"strowger/core/llm"
	"strowger/core/router"
)

// TestCallers reads what hosts in any language must agree on.
func TestCallers(t *testing.T) {
	var cases []struct {
		Path, Query, Schema, Key string
		Headers                  map[string]string
	}
	b, err := os.ReadFile("testdata/callers.json")
	if err == nil {
		err = json.Unmarshal(b, &cases)
	}
	if err != nil || len(cases) == 0 {
		t.Fatal(err)
	}
	for _, c := range cases {
		header := func(name string) string { return c.Headers[name] }
		query, err := url.ParseQuery(c.Query)
		if err != nil {
			t.Fatal(err)
		}
		s := router.SchemaOf(c.Path, header)
		if key := router.ClientKey(header, query.Get, s); s.String() != c.Schema || key != c.Key {
			t.Errorf("%s?%s %v: %s, key %q; want %s, %q", c.Path, c.Query, c.Headers, s, key, c.Schema, c.Key)
		}
	}
}

func TestRefused(t *testing.T) {
	for _, c := range []struct {
		given, name string
		open, in    bool
	}{
		{"", "", true, true},
		{"", "", false, false},
		{"k", "", true, true},
		{"k", "", false, false},
		{"k", "laptop", false, true},
		{"k", "laptop", true, true},
		{router.ClientKeyPrefix + "mistyped", "", true, false},
		{router.ClientKeyPrefix + "x", "laptop", true, true},
	} {
		e := router.Refused(c.given, c.name, c.open, llm.SchemaGemini)
		if (e == nil) != c.in || e != nil && e.HTTPStatus() != 401 {
			t.Errorf("%+v: %v", c, e)
		}
	}
}
