package proxy_test

import (
	"net/http"
	"strings"
	"testing"

	"strowger/core/catalog"
)

// An SDK's base URL can be a route, with or without /v1.
func TestRoutePaths(t *testing.T) {
	r := newRig(t, setup{routes: []catalog.Route{{Path: "/support"}}})
	for _, path := range []string{"/support", "/support/chat/completions", "/support/v1/chat/completions", "//support?x=1"} {
		resp, err := http.Post(r.url+path, "application/json", strings.NewReader(body(false, "sim: text=well")))
		if err != nil {
			t.Fatal(err)
		}
		a := read(resp)
		resp.Body.Close()
		if a.status != 200 || !strings.Contains(a.text, "well") {
			t.Errorf("POST %s: %d %s", path, a.status, a.text)
		}
	}
	for path, want := range map[string]int{"/support/models": 200, "/support/v1/models/" + model + "/endpoints": 200, "/support": 405, "/support/v1": 404, "/support/models/no/such": 404} {
		resp, err := http.Get(r.url + path)
		if err != nil {
			t.Fatal(err)
		}
		a := read(resp)
		resp.Body.Close()
		if a.status != want || want == 200 && !strings.Contains(a.text, `"id":"`+model+`"`) {
			t.Errorf("GET %s: %d %s", path, a.status, a.text)
		}
	}
}

// What is listed of an endpoint is what its answers were.
func TestEndpointsAreListedWithTheirFigures(t *testing.T) {
	r := newRig(t, setup{})
	if a := r.post(body(true, "sim: text=well")); a.status != 200 {
		t.Fatalf("%d %s", a.status, a.text)
	}
	resp, err := http.Get(r.url + "/v1/models/" + model + "/endpoints")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	a := read(resp)
	for _, want := range []string{`"tag":"p1"`, `"status":0`, `"uptime":100`, `"circuit":"closed"`, `"in_flight":0`, `"samples":1`, `"latency_ms":{"p50":`, `"pricing":{"prompt":"0.000001"`} {
		if !strings.Contains(a.text, want) {
			t.Errorf("%s is not in %s", want, a.text)
		}
	}
}
