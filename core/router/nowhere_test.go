package router_test

import (
	"strings"
	"testing"

	"strowger/core/catalog"
	"strowger/core/router"
)

// What is at no path is told what may have been meant.
func TestNowhere(t *testing.T) {
	cfg := *newRouter(t).Catalog().Config()
	for _, path := range []string{"/support", "/b", "/c", "/d", "/e", "/f"} {
		cfg.Routes = append(cfg.Routes, catalog.Route{Path: path, Schema: cfg.Providers[0].Schema})
	}
	cat, err := catalog.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	r := router.New(cat)
	for path, want := range map[string]struct {
		status int
		says   string
	}{
		"/v1/models/x:predict":                {501, "/v1/models/x:predict is not served by this version; calls go to /v1/chat/completions, /v1/responses"},
		"/v1beta/models/x:predictLongRunning": {501, "not served by this version"},
		"/suport":                             {404, `no such path: "/suport"; did you mean the route /support?`},
		"/support/":                           {404, "did you mean the route /support?"},
		"/nonsense":                           {404, "/v1beta/models/MODEL:generateContent or to a route: /support, /b, /c, /d, /e, …"},
		"/_/api":                              {404, "no such path"},
		"/" + strings.Repeat("x", 5000) + "y": {404, `x"; calls go to`},
	} {
		if e := r.Nowhere(path); e.HTTPStatus() != want.status || !strings.Contains(e.Message, want.says) || len(e.Message) > 600 {
			t.Errorf("%.40s: %d %s", path, e.HTTPStatus(), e.Message)
		}
	}
}
