package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"
)

// trial is one request of the matrix: a row in one form, with one kind of second provider.
type trial struct {
	row     *row
	half    *half
	stream  bool
	mode    mode
	name    string // the model's name at the providers
	raw     *raw
	between *raw // of modeChain

	problems []string // what was not as it should be; none is good
}

// model is the model that the caller asks for.
func (t *trial) model() string { return "faults/" + t.name }

// lastMode is the mode of the last provider in the plan.
func (t *trial) lastMode() mode {
	if t.mode == modeChain {
		return modeSame
	}
	return t.mode
}

// provider is the name of the faulty one in the configuration.
func (t *trial) provider() string { return "raw-" + t.name }

// String names the trial for people.
func (t *trial) String() string {
	form, with := "plain", "alone"
	if t.stream {
		form = "stream"
	}
	if t.mode != modeNone {
		with = "with a second provider (" + string(t.mode) + ")"
	}
	return fmt.Sprintf("%s, %s: %s, %s", t.row.fault, t.row.stage, form, with)
}

// modes are the kinds of second provider that a half is tried with.
func (h *half) modes() []mode {
	switch h.second {
	case goesOn:
		return []mode{modeSame, modeOther, modePrefill, modeChain}
	case unasked: // it shows either way if one was
		return []mode{modeSame, modeOther}
	}
	return []mode{modeOther}
}

// trialsOf are the trials of rows.
func trialsOf(rows []row) (all []*trial) {
	for i := range rows {
		r := &rows[i]
		for _, h := range [...]*half{&r.plain, &r.stream} {
			if h.does == nil {
				continue
			}
			for _, m := range append([]mode{modeNone}, h.modes()...) {
				all = append(all, &trial{row: r, half: h, stream: h == &r.stream, mode: m, name: fmt.Sprintf("t%d", len(all)+1)})
			}
		}
	}
	return all
}

// asking is the caller: it gives up on an answer that takes longer than any clock allows.
var asking = &http.Client{
	Timeout:   40 * time.Second,
	Transport: &http.Transport{MaxIdleConnsPerHost: 512, DisableCompression: true},
}

// post sends a request and reads the answer.
func post(ctx context.Context, url, model, message, more string, streamed bool) (*heard, error) {
	if more != "" {
		more = "," + more
	}
	body := fmt.Sprintf(`{"model":%q,"stream":%t,"messages":[{"role":"user","content":%q}]%s}`, model, streamed, message, more)
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, url+"/v1/chat/completions", strings.NewReader(body))
	if err != nil {
		return nil, err
	}
	req.Header.Set("content-type", "application/json")
	resp, err := asking.Do(req)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	return listen(resp, model, streamed), nil
}

// run sends the trial's request and judges what comes of it.
func (t *trial) run(ctx context.Context, url string, seconds map[mode]*healthy) {
	h, err := post(ctx, url, t.model(), "hello", t.half.more, t.stream)
	if err != nil {
		t.complain("no answer: %v", err)
		return
	}
	t.problems = append(t.problems, h.wrong...)
	if lie := h.truncated(t.stream); lie != "" {
		t.complain("a lie: %s; %v", lie, h)
	}
	t.judge(h)
	d, err := decisionOf(ctx, url, h.header.Get("x-strowger-decision"))
	if err != nil {
		t.complain("its decision: %v", err)
		return
	}
	asked := 0
	if s := seconds[t.lastMode()]; s != nil {
		asked = s.asked(t.name)
	}
	t.judgeAttempts(d, asked)
}

func (t *trial) complain(format string, args ...any) {
	t.problems = append(t.problems, fmt.Sprintf(format, args...))
}

// configuration is what the program is started with, as its providers and its models: every
// trial has a model and a faulty provider of its own, so that what is known of one says nothing
// about another.
func configuration(providers, models io.Writer, trials []*trial, seconds map[mode]*healthy) {
	fmt.Fprintln(providers, "routing: {deadline: 25s, circuit: {failures: 1000000}}\nproviders:")
	fmt.Fprintln(models, "models:")
	for _, m := range []mode{modeSame, modeOther, modePrefill} {
		fmt.Fprintf(providers, "  %s: {schema: openai, base_url: %q, timeouts: %s}\n", m, seconds[m].url+"/v1", longTimes)
	}
	for _, t := range trials {
		fmt.Fprintf(providers, "  %s: {schema: openai, base_url: %q, timeouts: %s}\n", t.provider(), t.raw.url+"/v1", t.half.times())
		list := []string{t.provider()}
		if t.between != nil {
			list = append(list, "between-"+t.name)
			fmt.Fprintf(providers, "  between-%s: {schema: openai, base_url: %q, timeouts: %s}\n", t.name, t.between.url+"/v1", longTimes)
		}
		model(models, t.model(), t.name, t.lastMode(), list...)
	}
}

// model writes a model with its faulty endpoints and perhaps a good one.
func model(w io.Writer, id, name string, second mode, faulty ...string) {
	const price = "price: {input: 1, output: 2}"
	fmt.Fprintf(w, "  %s:\n    endpoints:\n", id)
	for _, provider := range faulty {
		fmt.Fprintf(w, "      - {provider: %s, model: %s, %s}\n", provider, name, price)
	}
	if second != modeNone {
		fmt.Fprintf(w, "      - {provider: %s, model: %s, %s, prefill: %t}\n", second, name, price, second == modePrefill)
	}
}
