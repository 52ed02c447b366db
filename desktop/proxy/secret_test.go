package proxy_test

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"strowger/bench/provider"
	"strowger/core/catalog"
	"strowger/core/codec"
)

const key = "sk-very-secret-0123456789"

// A provider that repeats the key it was sent does not make it known to the caller or to
// the record.
func TestProvidersThatRepeatTheKey(t *testing.T) {
	for _, status := range []int{400, 401, 403, 404, 422, 429, 500, 503} {
		for name, write := range map[string]func(w http.ResponseWriter, h string){
			"JSON":  func(w http.ResponseWriter, h string) { fmt.Fprintf(w, `{"error":{"message":"bad key: %s"}}`, h) },
			"text":  func(w http.ResponseWriter, h string) { fmt.Fprintf(w, "bad key: %s", h) },
			"HTML":  func(w http.ResponseWriter, h string) { fmt.Fprintf(w, "<p>bad key: %s", h) },
			"alone": func(w http.ResponseWriter, h string) { fmt.Fprint(w, strings.TrimPrefix(h, "Bearer ")) },
			"escaped": func(w http.ResponseWriter, h string) {
				fmt.Fprintf(w, `{"error":{"message":"bad key: %s"}}`, strings.ReplaceAll(h, "-", `\u002d`))
			},
			"in pieces": func(w http.ResponseWriter, h string) {
				fmt.Fprintf(w, `{"error":{"message":"bad key: %s`, h[:20])
				w.(http.Flusher).Flush()
				time.Sleep(5 * time.Millisecond) // so that they are read apart
				fmt.Fprintf(w, `%s"}}`, h[20:])
			},
		} {
			s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				w.WriteHeader(status)
				write(w, r.Header.Get("authorization")+r.Header.Get("x-secret"))
			}))
			for _, p := range []catalog.Provider{
				{KeyRef: "literal:" + key},
				{Headers: []catalog.Header{{Name: "authorization", Value: "literal:Bearer " + key}}},
				{Headers: []catalog.Header{{Name: "x-secret", Value: "literal:" + key}}},
			} {
				p.Name, p.BaseURL = "p", s.URL
				r := newRig(t, setup{more: []catalog.Provider{p}})
				a := r.post(body(status%2 == 0, "hello"))
				told := a.text + fmt.Sprint(a.header) + string(r.report(1).AppendJSON(nil))
				if repeats(told) || a.status < 400 {
					t.Errorf("%d %s: %s", status, name, told)
				}
				if status == 401 && name == "JSON" && !strings.Contains(told, "bad key: ") {
					t.Errorf("all of the message is gone: %s", told)
				}
			}
			s.Close()
		}
	}
}

// repeats reports whether a text or what it means as JSON holds the key.
func repeats(text string) bool {
	return strings.Contains(strings.ReplaceAll(text, `\u002d`, "-"), key)
}

// Nor does one that repeats it in an error under a status of success.
func TestProvidersThatRepeatTheKeyWell(t *testing.T) {
	const (
		begun    = `data: {"id":"x","object":"chat.completion.chunk","created":1,"model":"m","choices":[{"index":0,"delta":{"role":"assistant","content":"so"},"finish_reason":null}]}` + "\n\n"
		answered = `{"id":"x","object":"chat.completion","created":1,"model":"m","choices":[{"index":0,"message":{"role":"assistant","content":"so"},"finish_reason":"error","error":{"message":"bad key: KEY"}}]}`
		beside   = `{"id":"x","object":"chat.completion","created":1,"model":"m","choices":[{"index":0,"message":{"role":"assistant","content":"so"},"finish_reason":"stop"}],"error":{"message":"bad key: KEY"}}`
		failed   = `{"error":{"message":"bad key: KEY","code":"KEY","type":"KEY","param":"KEY"}}`
	)
	for name, c := range map[string]struct {
		stream bool
		text   string
	}{
		"whole":                   {false, failed},
		"whole, answered":         {false, answered},
		"whole, beside an answer": {false, beside},
		"a text":                  {false, "bad key: KEY"},
		"a text, cut":             {false, strings.Repeat("x", codec.MaxOpening-20) + "KEY"},
		"an error event":          {true, "event: error\ndata: " + failed + "\n\n"},
		"a whole in stream":       {true, failed},
		"in mid-stream":           {true, begun + "data: " + failed + "\n\n"},
	} {
		for how, written := range map[string]string{"plain": key, "escaped": strings.ReplaceAll(key, "-", `\u002d`)} {
			t.Run(name+" "+how, func(t *testing.T) {
				s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
					w.Header().Set("content-type", "application/json")
					if strings.Contains(c.text, "data: ") {
						w.Header().Set("content-type", "text/event-stream")
					}
					text := strings.ReplaceAll(c.text, "KEY", written)
					half := strings.Index(text, written) + len(written)/2
					_, _ = w.Write([]byte(text[:half]))
					w.(http.Flusher).Flush()
					_, _ = w.Write([]byte(text[half:]))
				}))
				defer s.Close()
				r := newRig(t, setup{more: []catalog.Provider{{Name: "p", BaseURL: s.URL, KeyRef: "literal:" + key}}})
				resp, err := r.open(t.Context(), body(c.stream, "hello"))
				if err != nil {
					t.Fatal(err)
				}
				defer resp.Body.Close()
				answer, _ := io.ReadAll(resp.Body) // which may be broken off
				told := string(answer) + fmt.Sprint(resp.Header) + string(r.report(1).AppendJSON(nil))
				if repeats(told) || strings.Contains(told, key[:9]) || name != "whole, beside an answer" && !strings.Contains(told, "…") {
					t.Errorf("%s", told)
				}
			})
		}
	}
}

// Values that are no secrets stay readable.
func TestPlainHeadersAreNotHidden(t *testing.T) {
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(400)
		fmt.Fprintf(w, `{"error":{"message":"version %s is too old"}}`, r.Header.Get("api-version"))
	}))
	defer s.Close()
	r := newRig(t, setup{more: []catalog.Provider{{Name: "p", BaseURL: s.URL, Headers: []catalog.Header{{Name: "api-version", Value: "literal:2025-01-01"}}}}})
	if a := r.post(body(false, "hello")); !strings.Contains(a.text, "version 2025-01-01 is too old") {
		t.Errorf("%s", a.text)
	}
}

// lookup resolves nothing.
type lookup struct{ err error }

func (l lookup) Resolve(string) (string, error) { return "", l.err }

// A key that cannot be found sends the request elsewhere, and is never what is told.
func TestKeyThatIsNotThere(t *testing.T) {
	s := setup{providers: []provider.Options{{Key: key}, {}}}
	s.options.Secrets = lookup{errors.New("env:OPENAI_API_KEY: the environment variable is not set")}
	r := newRig(t, s)
	a := r.post(body(false, "sim: text=well"))
	if a.status != 200 || a.header.Get("x-strowger-provider") != "p2" {
		t.Errorf("%+v", a)
	}
	rep := r.report(1).Attempts[0]
	if rep.Outcome.String() != "credentials" || !strings.Contains(rep.Message, "no key for provider p1: env:OPENAI_API_KEY") {
		t.Errorf("%+v", rep)
	}
	if r.providers[0].Requests() != 0 {
		t.Error("the request went out without its key")
	}
	r.idle()
	if a := r.post(body(false, "hello", `"provider":{"only":["p1"]},`)); a.status < 500 || strings.Contains(a.text, key) {
		t.Errorf("%+v", a)
	}
}
