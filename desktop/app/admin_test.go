package app_test

import (
	"net/http"
	"strings"
	"testing"

	"strowger/bench/provider"
	"strowger/core/catalog"
	"strowger/desktop/app"
	"strowger/desktop/config"
)

// ask is a GET with headers, and its status.
func ask(t *testing.T, url string, header ...string) (int, http.Header) {
	t.Helper()
	status, _, h := call(t, http.MethodGet, url, "", header...)
	return status, h
}

// The token opens the dashboard to programs and browsers, and nothing else does. The data
// plane does not ask for it.
func TestAdminToken(t *testing.T) {
	cfg, _ := simulate(t, provider.Options{})
	cfg.Admin.Token = "literal:open-sesame"
	a := start(t, cfg, t.TempDir(), nil)
	for _, c := range []struct {
		header []string
		status int
	}{
		{nil, 401},
		{[]string{"Authorization", "Bearer open-sesame"}, 200},
		{[]string{"Authorization", "Basic YW55Om9wZW4tc2VzYW1l"}, 200}, // any:open-sesame
		{[]string{"Authorization", "Bearer open-sesame2"}, 401},
		{[]string{"Authorization", "Bearer "}, 401},
		{[]string{"Authorization", "Basic b3Blbi1zZXNhbWU6"}, 401}, // open-sesame as the name
		{[]string{"Cookie", "token=open-sesame"}, 401},
	} {
		for _, path := range []string{"/_/", "/_/api/status", "/_/api/decisions", "/_/health"} {
			status, header := ask(t, a.URL()+path, c.header...)
			if status != c.status || (status == 401) != strings.HasPrefix(header.Get("www-authenticate"), "Basic ") {
				t.Errorf("%s with %q: %d", path, c.header, status)
			}
		}
	}
	if code, _ := post(t, a.URL(), body(false, "hello")); code != 200 {
		t.Error("the data plane asks for the token:", code)
	}
}

// With a listener of its own the dashboard is there and nowhere else.
func TestAdminListener(t *testing.T) {
	cfg, _ := simulate(t, provider.Options{})
	cfg.Admin.Listen = "127.0.0.1:0"
	a := start(t, cfg, t.TempDir(), nil)
	if status, _ := ask(t, a.URL()+"/_/api/status"); status != 404 {
		t.Error("the data plane shows the dashboard:", status)
	}
	if status, _ := ask(t, a.AdminURL()+"/_/api/status"); status != 200 {
		t.Error("the dashboard is not at its own address:", status)
	}
	if status, _ := ask(t, a.AdminURL()+"/v1/models"); status != 404 {
		t.Error("the dashboard's listener serves requests:", status)
	}
}

// What other machines could reach without a key or a token does not start.
func TestExposed(t *testing.T) {
	key := catalog.Key{Name: "laptop", SHA256: strings.Repeat("a1", 32)}
	for name, c := range map[string]struct {
		change func(*config.Config)
		says   string
	}{
		"no keys":                 {func(c *config.Config) { c.Admin.Token = "literal:secret-token" }, "keys"},
		"no token":                {func(c *config.Config) { c.Catalog.Keys = []catalog.Key{key} }, "admin.token"},
		"a dashboard for all":     {func(c *config.Config) { c.Listen, c.Admin.Listen = "127.0.0.1:0", "0.0.0.0:0" }, "admin.token"},
		"a token that is not set": {func(c *config.Config) { c.Catalog.Keys, c.Admin.Token = []catalog.Key{key}, "env:STROWGER_NO_SUCH" }, "STROWGER_NO_SUCH"},
	} {
		cfg, _ := simulate(t, provider.Options{})
		cfg.Listen = "0.0.0.0:0"
		c.change(cfg)
		a, err := app.Start(t.Context(), app.Options{Config: cfg, DataDir: t.TempDir()})
		if err == nil {
			a.Close()
			t.Errorf("%s: started", name)
		} else if !strings.Contains(err.Error(), c.says) || strings.Contains(err.Error(), "secret-token") {
			t.Errorf("%s: %v", name, err)
		}
	}
}
