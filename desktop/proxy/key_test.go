package proxy_test

import (
	"crypto/sha256"
	"encoding/hex"
	"io"
	"net/http"
	"strings"
	"testing"

	"strowger/core/catalog"
)

func keyNamed(name, secret string) catalog.Key {
	hash := sha256.Sum256([]byte(secret))
	return catalog.Key{Name: name, SHA256: hex.EncodeToString(hash[:])}
}

// Where other machines can call, a known key is needed, wherever the SDKs put it; what
// comes without is turned away before anything is read, recorded or sent.
func TestClientKeys(t *testing.T) {
	s := setup{keys: []catalog.Key{keyNamed("laptop", "sk-laptop"), keyNamed("phone", "sk-phone")}}
	s.options.Closed = true
	r := newRig(t, s)
	for _, c := range []struct {
		header []string
		status int
	}{
		{[]string{"Authorization", "Bearer sk-laptop"}, 200},
		{[]string{"authorization", "bearer  sk-phone "}, 200},
		{[]string{"x-api-key", "sk-laptop"}, 200},
		{[]string{"x-goog-api-key", "sk-laptop"}, 200},
		{[]string{"api-key", "sk-phone"}, 200},
		{nil, 401},
		{[]string{"Authorization", "Bearer "}, 401},
		{[]string{"Authorization", "Bearer sk-laptop2"}, 401},
		{[]string{"Authorization", "sk-laptop"}, 401},
		{[]string{"Authorization", "Basic sk-laptop"}, 401},
		{[]string{"x-api-key", "laptop"}, 401},
		{[]string{"Authorization", "Bearer " + keyNamed("", "sk-laptop").SHA256}, 401},
	} {
		before := r.providers[0].Requests()
		for _, path := range []string{"/v1/chat/completions", "/v1/models", "/nothing"} {
			method, want := http.MethodGet, c.status
			if path == "/v1/chat/completions" {
				method = http.MethodPost
			}
			if path == "/nothing" && want == 200 {
				want = 404
			}
			req, err := http.NewRequestWithContext(t.Context(), method, r.url+path, strings.NewReader(body(false, "hello")))
			if err != nil {
				t.Fatal(err)
			}
			for i := 0; i < len(c.header); i += 2 {
				req.Header.Set(c.header[i], c.header[i+1])
			}
			resp, err := http.DefaultClient.Do(req)
			if err != nil {
				t.Fatal(err)
			}
			text, _ := io.ReadAll(resp.Body)
			resp.Body.Close()
			if resp.StatusCode != want || want == 401 && !strings.Contains(string(text), `"code":"unauthorized"`) {
				t.Errorf("%q %s: %d %s", c.header, path, resp.StatusCode, text)
			}
		}
		if sent := r.providers[0].Requests() - before; (sent == 1) != (c.status == 200) {
			t.Errorf("%q: %d requests reached the provider", c.header, sent)
		}
	}
	if sent := r.providers[0].Last().Header; sent.Get("authorization") != "" || sent.Get("x-api-key") != "" || sent.Get("api-key") != "" {
		t.Errorf("a client key went on to the provider: %v", sent)
	}
}

// On this machine keys only tell callers apart, and a changed configuration knows others.
func TestKeysOnThisMachine(t *testing.T) {
	r := newRig(t, setup{keys: []catalog.Key{keyNamed("laptop", "sk-laptop")}})
	for key, status := range map[string]int{"": 200, "Bearer sk-laptop": 200, "Bearer anything": 200, "Bearer sk-strowger-mistyped": 401} {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, r.url+"/v1/chat/completions", strings.NewReader(body(false, "hello")))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("authorization", key)
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		if resp.StatusCode != status {
			t.Errorf("%q: %d", key, resp.StatusCode)
		}
	}
}
