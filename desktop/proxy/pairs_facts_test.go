package proxy_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"strowger/bench/provider"
)

// Tokens are counted by the provider where it can, and estimated where it cannot.
func TestPairsCount(t *testing.T) {
	for _, served := range schemas {
		r := newPair(t, served, provider.Options{})
		for path, body := range map[string]string{
			"/v1/messages/count_tokens":                 `{"model":%q,"messages":[{"role":"user","content":"four score and seven years ago"}]}`,
			"/v1beta/models/" + model + ":countTokens":  `{"contents":[{"role":"user","parts":[{"text":"four score and seven years ago"}]}]}`,
			"/v1beta/models/" + model + ":countTokens ": `{"generateContentRequest":{"model":"models/` + model + `","contents":[{"role":"user","parts":[{"text":"four score and seven years ago"}]}]}}`,
		} {
			if strings.Contains(body, "%q") {
				body = fmt.Sprintf(body, model)
			}
			status, d := r.fact(strings.TrimSpace(path), body)
			if n := num(d, "input_tokens") + num(d, "totalTokens"); status != 200 || n < 5 || n > 12 {
				t.Errorf("%s by %s: %d %v", path, served, status, d)
			}
		}
		asked := r.providers[0].Requests()
		if can := served == "anthropic" || served == "gemini"; can != (asked > 0) {
			t.Errorf("%s: %d questions reached the provider", served, asked)
		}
	}
}

// Embeddings go from either schema that has them to either.
func TestPairsEmbeddings(t *testing.T) {
	want := ""
	for _, served := range []string{"openai", "gemini"} {
		r := newPair(t, served, provider.Options{})
		_, a := r.fact("/v1/embeddings", `{"model":"`+model+`","input":["one","two"],"dimensions":3}`)
		_, b := r.fact("/v1beta/models/"+model+":batchEmbedContents", `{"requests":[{"model":"models/`+model+`","content":{"parts":[{"text":"one"}]},"outputDimensionality":3},{"model":"models/`+model+`","content":{"parts":[{"text":"two"}]},"outputDimensionality":3}]}`)
		_, c := r.fact("/v1beta/models/"+model+":embedContent", `{"content":{"parts":[{"text":"one"}]},"outputDimensionality":3}`)
		for i := range 2 {
			x, y := fmt.Sprint(at(a, "data", i, "embedding")), fmt.Sprint(at(b, "embeddings", i, "values"))
			if i == 0 && want == "" {
				want = x
			}
			if i == 0 && (x != want || fmt.Sprint(at(c, "embedding", "values")) != want) || x != y || len(list(a, "data", i, "embedding")) != 3 {
				t.Errorf("%s: %d: %s, %s and %v", served, i, x, y, c)
			}
		}
		if str(a, "model") != model {
			t.Errorf("%s: %v", served, a)
		}
	}
	r := newPair(t, "anthropic", provider.Options{})
	if status, d := r.fact("/v1/embeddings", `{"model":"`+model+`","input":"one"}`); status != 404 || !strings.Contains(str(d, "error", "message"), "embeddings") {
		t.Errorf("a schema without embeddings: %d %v", status, d)
	}
}

// fact posts a body and reads the answer, one JSON object.
func (r *rig) fact(path, body string) (int, object) {
	r.t.Helper()
	req, err := http.NewRequestWithContext(r.t.Context(), http.MethodPost, r.url+path, strings.NewReader(body))
	if err != nil {
		r.t.Fatal(err)
	}
	req.Header.Set("anthropic-version", "2023-06-01")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		r.t.Fatal(err)
	}
	defer resp.Body.Close()
	var d object
	if err := json.NewDecoder(resp.Body).Decode(&d); err != nil {
		r.t.Errorf("%s: %v", path, err)
	}
	return resp.StatusCode, d
}
