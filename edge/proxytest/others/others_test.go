package others

import (
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
)

// TestHosts runs the modules that the host of package proxytest is tested with.
func TestHosts(t *testing.T) {
	hosts := Build(t)
	up := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		_, _ = w.Write([]byte(r.URL.Path + r.Header.Get("X-Filter") + " " + string(body)))
	}))
	defer up.Close()
	for _, c := range []struct {
		host, module string
		stubs        map[string]int
		answer, tag  string
		logs         string
	}{
		{Tetrate, "happy", nil, "/pathon replaced!", "on", "proxy_info_log: configured\n"},
		{MOSN, "happy", nil, "/pathon replaced!", "on", ""},
		{Tetrate, "fetching", nil, "/path/side asked asked", "", ""},
		{MOSN, "fetching", map[string]int{"proxy_continue_stream": 1}, "/path/side asked asked", "", ""},
	} {
		t.Run(c.host+"/"+c.module, func(t *testing.T) {
			wasm, err := os.ReadFile("../testdata/" + c.module + ".wasm")
			if err != nil {
				t.Fatal(err)
			}
			p, err := hosts.Start(t.Context(), Options{
				Host: c.host, Module: wasm, Config: []byte("configured"), Stubs: c.stubs,
				Clusters: map[string]string{"up": up.URL, "side": up.URL}, DefaultCluster: "up",
			})
			if err != nil {
				t.Fatal(err)
			}
			resp, err := http.Post(p.URL+"/path", "text/plain", strings.NewReader("asked"))
			if err != nil {
				t.Fatal(err)
			}
			defer resp.Body.Close()
			body, err := io.ReadAll(resp.Body)
			if err != nil || string(body) != c.answer || resp.Header.Get("X-Answer") != c.tag {
				t.Errorf("got %d %q %v %v", resp.StatusCode, body, resp.Header, err)
			}
			if err := p.Close(); err != nil {
				t.Error(err)
			}
			if c.module == "happy" && p.Log() != c.logs {
				t.Errorf("said %q", p.Log())
			}
		})
	}
	for _, host := range []string{Tetrate, MOSN, "nobody"} {
		if p, err := hosts.Start(t.Context(), Options{Host: host, Module: []byte("no module")}); err == nil || !strings.Contains(err.Error(), host) {
			t.Errorf("%s took what is no module: %v %v", host, p, err)
		}
	}
}
