package main

import (
	"encoding/json"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"testing"

	"github.com/openai/openai-go/v3"
	"github.com/openai/openai-go/v3/option"
	"github.com/openai/openai-go/v3/packages/ssestream"

	"strowger/bench/provider"
)

// failing is a provider that does one thing wrong.
func failing(b provider.Behaviour) provider.Options { return provider.Options{Behaviour: b} }

// apiError is the SDK's typed error.
func apiError(t *testing.T, err error) *openai.Error {
	t.Helper()
	var e *openai.Error
	if !errors.As(err, &e) {
		t.Fatalf("%T %v, want the SDK's error", err, err)
	}
	return e
}

// The caller's own mistakes come back as they are: status, param and code.
func TestSDKErrorsPassedOn(t *testing.T) {
	cfg, ps := simulate(t, "", provider.Options{}, provider.Options{})
	c := client(serving(t, cfg, t.TempDir()))
	for _, x := range []struct {
		directive           string
		status              int
		param, code, inText string
	}{
		{"sim: status=400 code=context_length_exceeded", 400, "", "context_length_exceeded", "Simulated failure"},
		{"sim: status=422", 422, "", "", "Simulated failure"},
		{"sim: nonsense=1", 400, "nonsense", "bad_directive", "sim directive"},
		{"sim: status=401", 401, "", "invalid_api_key", "the credentials configured for provider p1 were refused"},
	} {
		for _, streamed := range []bool{false, true} {
			var err error
			if streamed {
				_, _, err = stream(t.Context(), c, asking(x.directive))
			} else {
				_, err = c.Chat.Completions.New(t.Context(), asking(x.directive))
			}
			e := apiError(t, err)
			if e.StatusCode != x.status || e.Param != x.param || e.Code != x.code || !strings.Contains(e.Message, x.inText) {
				t.Errorf("%s: %d %s", x.directive, e.StatusCode, e.RawJSON())
			}
			if e.Response.Header.Get("x-should-retry") != "false" || e.Response.Header.Get("x-strowger-decision") == "" {
				t.Errorf("%s: headers %v", x.directive, e.Response.Header)
			}
		}
	}
	if n := ps[1].Requests(); n != 0 {
		t.Errorf("a mistake of the caller was tried %d times elsewhere", n)
	}
}

// Mistakes that never leave this machine have a status, a param and a code too.
func TestSDKErrorsOfOurs(t *testing.T) {
	cfg, ps := simulate(t, "", provider.Options{})
	c := client(serving(t, cfg, t.TempDir()))
	for name, x := range map[string]struct {
		model       string
		opt         option.RequestOption
		status      int
		param, code string
		says        string
	}{
		"unknown model":  {"sim/parot-1", option.WithJSONSet("x", 1), 404, "model", "model_not_found", `did you mean "sim/parrot-1"?`},
		"bad sort":       {sim, option.WithJSONSet("provider.sort", "cheapest"), 400, "provider.sort", "invalid_request", "price, throughput, latency"},
		"both":           {sim, option.WithJSONSet("provider", map[string]any{"sort": "price", "routing": "latency"}), 400, "provider.sort", "invalid_request", "routing"},
		"not a list":     {sim, option.WithJSONSet("provider.order", "p1"), 400, "provider.order", "invalid_request", "array"},
		"nothing left":   {sim, option.WithJSONSet("provider.ignore", []string{"p1"}), 404, "", "no_eligible_endpoint", "provider.ignore"},
		"bad max_tokens": {sim, option.WithJSONSet("max_tokens", "many"), 400, "max_tokens", "invalid_request", "number"},
	} {
		params := asking("hello")
		params.Model = x.model
		_, err := c.Chat.Completions.New(t.Context(), params, x.opt)
		e := apiError(t, err)
		if e.StatusCode != x.status || e.Param != x.param || e.Code != x.code || !strings.Contains(e.Message, x.says) {
			t.Errorf("%s: %d %s; want %d, %s, %s, %q", name, e.StatusCode, e.RawJSON(), x.status, x.param, x.code, x.says)
		}
	}
	if n := ps[0].Requests(); n != 0 {
		t.Errorf("%d of them left", n)
	}
}

// Whatever the first provider does before it has said anything, the second answers.
func TestSDKFallback(t *testing.T) {
	for name, b := range map[string]provider.Behaviour{
		"500":                   {Status: 500},
		"503":                   {Status: 503},
		"529":                   {Status: 529},
		"408":                   {Status: 408},
		"429":                   {Status: 429, RetryAfter: "30"},
		"404 of the model":      {Status: 404},
		"error event in a 200":  {Fault: provider.FaultErrorEvent},
		"error in a 200":        {Fault: provider.FaultBodyError},
		"stall":                 {Fault: provider.FaultStallFirst},
		"stall before headers":  {Fault: provider.FaultStallHeaders},
		"stall behind the role": {Fault: provider.FaultStall},
		"comments only":         {Fault: provider.FaultKeepalive},
		"reset":                 {Fault: provider.FaultReset},
		"cut before content":    {Fault: provider.FaultCut},
		"empty":                 {Fault: provider.FaultEmptyStream},
		"no choices":            {Fault: provider.FaultNoChoices},
		"HTML":                  {Fault: provider.FaultHTML},
		"ended before content":  {Fault: provider.FaultNoFinish},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cfg, _ := simulate(t, "", failing(b), failing(provider.Behaviour{Text: "all is well"}))
			c := client(serving(t, cfg, t.TempDir()))
			acc, chunks, err := stream(t.Context(), c, asking("hello"))
			if err != nil {
				t.Fatal(err)
			}
			if acc.Choices[0].Message.Content != "all is well" || acc.Choices[0].FinishReason != "stop" {
				t.Errorf("stream: %+v", acc.Choices[0])
			}
			for _, chunk := range chunks {
				if chunk.Model != sim {
					t.Errorf("a chunk of %q", chunk.Model)
				}
			}
			if silent(b.Fault) || b.Fault == provider.FaultNoFinish {
				return // a whole answer would be waited for until its total timeout, or is one
			}
			var resp *http.Response
			got, err := c.Chat.Completions.New(t.Context(), asking("hello"), order("p1"), option.WithResponseInto(&resp))
			if err != nil {
				t.Fatal(err)
			}
			if got.Model != sim || got.Choices[0].Message.Content != "all is well" || resp.Header.Get("x-strowger-provider") != "p2" {
				t.Errorf("whole: %s %v", got.RawJSON(), resp.Header)
			}
		})
	}
}

func silent(f provider.Fault) bool {
	switch f {
	case provider.FaultStallFirst, provider.FaultStallHeaders, provider.FaultStall, provider.FaultKeepalive:
		return true
	}
	return false
}

// A fallback model answers under its own name.
func TestSDKFallbackModel(t *testing.T) {
	cfg, _ := simulate(t, "  sim/second: {endpoints: [{provider: p2, model: other}]}\nrouting: {fallback: [sim/second]}\n",
		failing(provider.Behaviour{Status: 500}), provider.Options{Models: []string{"other"}})
	c := client(serving(t, cfg, t.TempDir()))
	got, err := c.Chat.Completions.New(t.Context(), asking("hello"))
	if err != nil || got.Model != "sim/second" {
		t.Errorf("%+v, %v", got, err)
	}
	acc, chunks, err := stream(t.Context(), c, asking("hello"))
	if err != nil || acc.Model != "sim/second" || chunks[0].Model != "sim/second" {
		t.Errorf("%+v, %v", acc, err)
	}
	_, err = c.Chat.Completions.New(t.Context(), asking("hello"), option.WithJSONSet("provider.allow_fallbacks", false))
	if e := apiError(t, err); e.StatusCode != 500 {
		t.Errorf("%s", e.RawJSON())
	}
}

// A stream that breaks after content must not end as if it were complete.
func TestSDKBrokenStreams(t *testing.T) {
	cfg, _ := simulate(t, "", provider.Options{}, provider.Options{})
	c := client(serving(t, cfg, t.TempDir()))
	for _, fault := range []string{"cut", "stall", "error_event", "no_finish", "cut status=503", "error_event status=429"} {
		acc, _, err := stream(t.Context(), c, asking(`sim: text="one two three four" after=2 fault=`+fault))
		if err == nil {
			t.Errorf("%s: it ended well with %q", fault, acc.Choices[0].Message.Content)
			continue
		}
		if got := acc.Choices[0].Message.Content; got != "one two" || acc.Choices[0].FinishReason != "" {
			t.Errorf("%s: %q, finish %q", fault, got, acc.Choices[0].FinishReason)
		}
		var e *ssestream.StreamError
		if !errors.As(err, &e) || !strings.Contains(string(e.Event.Data), `"message"`) {
			t.Errorf("%s: %T %v, want an error event", fault, err, err)
		}
	}
	for _, fault := range []string{"no_done", "bad_json", "trickle", "usage_missing", "refusal"} {
		acc, _, err := stream(t.Context(), c, asking(`sim: text="one two three four" after=2 fault=`+fault))
		if err != nil || acc.Choices[0].Message.Content+acc.Choices[0].Message.Refusal != "one two three four" || acc.Choices[0].FinishReason != "stop" {
			t.Errorf("%s: %v, %+v", fault, err, acc.Choices)
		}
	}
}

// When everybody fails the body says who, how and when to come back.
func TestSDKAllFailed(t *testing.T) {
	for name, x := range map[string]struct {
		first, second provider.Behaviour
		status        int
		outcomes      string
		retryAfter    string
	}{
		"errors":         {provider.Behaviour{Status: 503}, provider.Behaviour{Status: 500}, 503, "overloaded provider_error", ""},
		"unreachable":    {provider.Behaviour{Fault: provider.FaultReset}, provider.Behaviour{Status: 500}, 502, "unreachable unreachable provider_error", ""},
		"time is up":     {provider.Behaviour{Fault: provider.FaultStallFirst}, provider.Behaviour{Status: 500}, 504, "first_token_timeout provider_error", ""},
		"all limited":    {provider.Behaviour{Status: 429, RetryAfter: "30"}, provider.Behaviour{Status: 429, RetryAfter: "7"}, 429, "rate_limited rate_limited", "7"},
		"one limited":    {provider.Behaviour{Status: 429, RetryAfter: "30"}, provider.Behaviour{Status: 500}, 429, "rate_limited provider_error", "30"},
		"bad answers":    {provider.Behaviour{Fault: provider.FaultHTML}, provider.Behaviour{Fault: provider.FaultEmptyStream}, 502, "bad_answer bad_answer", ""},
		"error in a 200": {provider.Behaviour{Fault: provider.FaultErrorEvent}, provider.Behaviour{Fault: provider.FaultCut}, 502, "provider_error cut", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cfg, _ := simulate(t, "", failing(x.first), failing(x.second))
			c := client(serving(t, cfg, t.TempDir()))
			_, _, err := stream(t.Context(), c, asking("hello"))
			e := apiError(t, err)
			var body struct {
				Strowger struct {
					Decision string
					Attempts []struct{ Provider, Model, Outcome, Error string }
				}
			}
			if err := json.Unmarshal([]byte(e.RawJSON()), &body); err != nil {
				t.Fatal(err)
			}
			var outcomes []string
			last := len(body.Strowger.Attempts) - 1
			for i, a := range body.Strowger.Attempts {
				outcomes = append(outcomes, a.Outcome)
				who := "p1" // a connection that died is tried once more
				if i == last {
					who = "p2"
				}
				if a.Provider != who || a.Model != sim || a.Error == "" {
					t.Errorf("attempt %d: %+v", i, a)
				}
			}
			if e.StatusCode != x.status || strings.Join(outcomes, " ") != x.outcomes {
				t.Errorf("%d %s; want %d, %s", e.StatusCode, e.RawJSON(), x.status, x.outcomes)
			}
			if got := e.Response.Header.Get("retry-after"); got != x.retryAfter {
				t.Errorf("retry-after %q, want %q", got, x.retryAfter)
			}
			if e.Response.Header.Get("x-strowger-decision") != body.Strowger.Decision || e.Response.Header.Get("x-strowger-attempts") != strconv.Itoa(last+1) {
				t.Errorf("headers %v", e.Response.Header)
			}
		})
	}
}
