package app_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"strowger/bench/provider"
	"strowger/desktop/config"
)

// signature is the headers of a body that an edge sends.
func signature(name, secret, body string) []string {
	at := strconv.FormatInt(time.Now().Unix(), 10)
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte(at + "." + body))
	return []string{"x-strowger-from", name, "x-strowger-time", at, "x-strowger-signature", hex.EncodeToString(mac.Sum(nil))}
}

// An edge needs no admin token, and may come by any name; its samples change what is chosen, now
// and after a restart.
func TestEdgeSamples(t *testing.T) {
	cfg, _ := simulate(t, provider.Options{}, provider.Options{})
	cfg.Admin.Token = "literal:open-sesame"
	cfg.Edges = []config.Edge{{Name: "edge-1", Secret: "env:STROWGER_TEST_EDGE"}, {Name: "edge-2", Secret: "env:STROWGER_NO_SUCH"}}
	t.Setenv("STROWGER_TEST_EDGE", "a-secret-of-the-edge")
	dir := t.TempDir()
	a := start(t, cfg, dir, nil)

	listing := func() string {
		_, text, _ := call(t, "GET", a.URL()+"/v1/models/"+model+"/endpoints", "")
		return text
	}
	endpoint := "p1/parrot-1"
	var samples []string
	for i := range 20 {
		samples = append(samples, fmt.Sprintf(`{"endpoint":%q,"at_us":%d,"outcome":"provider_error","status":500,"total_us":5}`, endpoint, time.Now().UnixMicro()+int64(i)))
	}
	body := `{"from":"edge-1","batch":"b1","samples":[` + strings.Join(samples, ",") + `]}`
	post := func(name string, header ...string) (int, string) {
		status, text, _ := call(t, "POST", a.URL()+"/_/api/samples", body, append(signature(name, "a-secret-of-the-edge", body), header...)...)
		return status, text
	}
	before := listing()
	for name, status := range map[string]int{"edge-2": 401, "edge-3": 401} {
		if got, text := post(name); got != status || strings.Contains(text, "NO_SUCH") {
			t.Errorf("%s: %d %s", name, got, text)
		}
	}
	if status, text, _ := call(t, "POST", a.URL()+"/_/api/samples", body); status != 401 || !strings.Contains(text, "admin token") {
		t.Errorf("without a signature: %d %s", status, text)
	}
	if status, text, _ := call(t, "GET", a.URL()+"/_/api/edges", "", append(signature("edge-1", "a-secret-of-the-edge", ""), "host", "home.example.com")...); status != 403 {
		t.Errorf("another path, signed: %d %s", status, text)
	}
	if listing() != before {
		t.Error("what was refused changed the statistics")
	}
	if status, text := post("edge-1", "host", "home.example.com"); status != 200 || text != `{"taken":20,"unknown":0,"again":false}` {
		t.Fatalf("%d %s", status, text)
	}
	if listing() == before {
		t.Errorf("nothing changed: %s", before)
	}
	decide := func() string {
		status, text, _ := call(t, "POST", a.URL()+"/_/api/explain", `{"model":"`+model+`","messages":[{"role":"user","content":"hi"}]}`, "authorization", "Bearer open-sesame")
		if status != 200 {
			t.Fatal(status, text)
		}
		return text
	}
	ranked := func(when string) {
		if d := decide(); !strings.Contains(d, `"plan":["p2/`) {
			t.Errorf("%s the endpoint that fails elsewhere comes first: %s", when, d)
		}
	}
	ranked("at once")
	if err := a.Close(); err != nil {
		t.Fatal(err)
	}
	a = start(t, cfg, dir, nil)
	ranked("after a restart")
	if _, text, _ := call(t, "GET", a.URL()+"/_/api/edges", "", "authorization", "Bearer open-sesame"); !strings.Contains(text, `"name":"edge-1"`) || !strings.Contains(text, `"samples":20`) {
		t.Error(text)
	}
}
