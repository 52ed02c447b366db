package main

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"strowger/core/llm"
)

// report counts checks by API and kind, and keeps what is wrong.
type report struct {
	counts map[string]map[string]*tally
	apis   map[string]int
	failed []string
	apart  map[string]map[string]bool // what is not covered: the recordings, by why
}

// tally is how many checks of a kind there were.
type tally struct {
	right, wrong, none int
	why, aside         map[string]int // of those not made, and fields that were not compared
}

func newReport() *report {
	return &report{counts: map[string]map[string]*tally{}, apis: map[string]int{}, apart: map[string]map[string]bool{}}
}

// wrong is how many checks have failed.
func (r *report) wrong() int { return len(r.failed) }

// tally is that of a recording's API and a kind.
func (r *report) tally(rec *recording, kind string) *tally {
	if r.counts[rec.api] == nil {
		r.counts[rec.api] = map[string]*tally{}
	}
	if r.counts[rec.api][kind] == nil {
		r.counts[rec.api][kind] = &tally{why: map[string]int{}, aside: map[string]int{}}
	}
	return r.counts[rec.api][kind]
}

// note counts one check.
func (r *report) note(rec *recording, kind string, err error) {
	t := r.tally(rec, kind)
	var none ineligible
	switch {
	case err == nil:
		t.right++
	case errors.As(err, &none):
		t.none++
		t.why[string(none)]++
	default:
		t.wrong++
		r.failed = append(r.failed, clip(fmt.Sprintf("%s %s: %v", rec.id, kind, err)))
	}
}

// clip is a reason on one line that is not too long to read.
func clip(reason string) string {
	const most = 900
	reason = strings.Join(strings.Fields(reason), " ")
	return reason[:min(len(reason), most)]
}

// leave lists a recording as not covered.
func (r *report) leave(rec *recording, why string) {
	why = rec.api + ": " + why
	if r.apart[why] == nil {
		r.apart[why] = map[string]bool{}
	}
	r.apart[why][rec.id] = true
}

// ineligible is a request that an endpoint of the schema is not asked: something in it has
// no place there and cannot be left out. It names the fields.
type ineligible string

func (e ineligible) Error() string { return "not eligible: " + string(e) }

// recording checks one recording.
func (r *report) recording(rec *recording) {
	for prefix, why := range elsewhere {
		if strings.HasPrefix(rec.id, prefix) {
			r.leave(rec, why)
			return
		}
	}
	api, ok := spoken[rec.api]
	if !ok {
		r.leave(rec, "no codec")
		return
	}
	r.apis[rec.api]++
	if rec.request != nil && rec.status == 200 {
		r.request(rec, api.schema)
	}
	switch {
	case rec.status >= 400:
		r.error(rec, api.schema)
	case len(rec.answer) > 0 && rec.asked.Operation != llm.OperationCountTokens:
		r.answer(rec, api.schema)
	}
}

// request checks a recorded request in its own schema and each other.
func (r *report) request(rec *recording, schema llm.Schema) {
	req, refusal := codecs[schema].ReadRequest(rec.asked, rec.request)
	if refusal != nil {
		r.note(rec, "request read", refusal)
		return
	}
	r.note(rec, "request spliced", spliced(schema, req))
	p, refusal := codecs[schema].ReadPrompt(req)
	if refusal != nil {
		r.note(rec, "request decoded", refusal)
		return
	}
	r.note(rec, "request decoded", nil)
	const anew = "request written anew"
	err := rewritten(schema, req, p)
	r.note(rec, anew, err)
	if err == nil {
		for _, name := range approximatedIn(fates(schema, req, p), req.Operation, p) {
			r.tally(rec, anew).aside[name]++
		}
	}
	for _, to := range schemas {
		if to == schema {
			continue
		}
		err := refused(fates(to, req, p), req.Operation, p)
		if err == nil {
			err = translated(to, req, p)
		}
		r.note(rec, "request to "+to.String(), err)
	}
}

var schemas = []llm.Schema{llm.SchemaOpenAI, llm.SchemaResponses, llm.SchemaAnthropic, llm.SchemaGemini}

// answer checks a recorded answer with callers of each schema. One that is a document goes to
// callers who wanted a stream, too.
func (r *report) answer(rec *recording, schema llm.Schema) {
	for _, to := range schemas {
		if !slices.Contains(tables[to].Operations, rec.asked.Operation) {
			continue
		}
		if rec.stream {
			r.heard(rec, to, schema, true, "stream to "+to.String())
			continue
		}
		r.heard(rec, to, schema, false, "answer to "+to.String())
		if rec.asked.Operation == llm.OperationChat {
			r.heard(rec, to, schema, true, "answer as stream to "+to.String())
		}
	}
}

func (r *report) heard(rec *recording, to, from llm.Schema, stream bool, kind string) {
	was, err := answered(to, from, rec, stream)
	if stream && !rec.stream && err != nil {
		if _, as := answered(to, from, rec, false); errors.Is(as, errCut) { // which is no complete answer
			err = as
		}
	}
	if was.failure != nil || errors.Is(err, errCut) {
		why := "an error in an answer with status 200"
		if was.failure == nil {
			why = "an answer without a reason to end"
		}
		r.leave(rec, why)
		return
	}
	r.note(rec, kind, err)
}

// error checks a recorded error body.
func (r *report) error(rec *recording, schema llm.Schema) {
	e := codecs[schema].ReadError(rec.status, rec.answer)
	for _, to := range schemas {
		var err error
		body := codecs[to].AppendError(nil, e)
		if _, bad := loose(body); bad != nil {
			err = fmt.Errorf("written as no JSON object: %w: %s", bad, body)
		} else if again := codecs[to].ReadError(rec.status, body); !strings.HasSuffix(again.Message, e.Message) { // in front may stand what the schema calls it
			err = fmt.Errorf("message %q becomes %q", e.Message, again.Message)
		}
		r.note(rec, "error to "+to.String(), err)
	}
}

// list writes how often each of some names counts.
func list(out io.Writer, what string, counts map[string]int) {
	if len(counts) == 0 {
		return
	}
	var names []string
	for _, name := range slices.Sorted(maps.Keys(counts)) {
		names = append(names, fmt.Sprintf("%s %d", name, counts[name]))
	}
	fmt.Fprintf(out, "      %s: %s\n", what, strings.Join(names, ", "))
}

// print writes the table, and each failure with its reason.
func (r *report) print(out io.Writer) {
	for _, api := range slices.Sorted(maps.Keys(r.counts)) {
		fmt.Fprintf(out, "%s, %d recordings\n", api, r.apis[api])
		for _, kind := range slices.Sorted(maps.Keys(r.counts[api])) {
			t := r.counts[api][kind]
			fmt.Fprintf(out, "  %-36s %4d right", kind, t.right)
			if t.none > 0 {
				fmt.Fprintf(out, ", %d not eligible", t.none)
			}
			if t.wrong > 0 {
				fmt.Fprintf(out, ", %d WRONG", t.wrong)
			}
			fmt.Fprintln(out)
			list(out, "not eligible for", t.why)
			list(out, "compared but for", t.aside)
		}
	}
	if len(r.apart) > 0 {
		fmt.Fprintln(out, "not covered")
		for _, why := range slices.Sorted(maps.Keys(r.apart)) {
			fmt.Fprintf(out, "  %-90s %4d\n", why, len(r.apart[why]))
		}
	}
	for _, f := range r.failed {
		fmt.Fprintln(out, "wrong: "+f)
	}
	fmt.Fprintf(out, "%d checks failed\n", len(r.failed))
}
