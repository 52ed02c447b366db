package whatif

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"time"

	"strowger/core/catalog"
	"strowger/core/recall"
	"strowger/desktop/control/reply"
	"strowger/desktop/policytest"
)

// again reads a decision and finds the catalog it was made with; what cannot be had, is
// answered or, if only the catalog is not known any more, said.
func (p *Part) again(w http.ResponseWriter, r *http.Request) (doc json.RawMessage, record *recall.Record, cat *catalog.Catalog, ok bool) {
	if doc, ok = p.find(w, r, r.PathValue("id")); !ok {
		return nil, nil, nil, false
	}
	record, err := recall.Read(doc)
	if err != nil {
		reply.Fail(w, http.StatusConflict, "the decision cannot be read: "+err.Error())
		return nil, nil, nil, false
	}
	return doc, record, p.o.Catalogs.Of(r.Context(), record.Rev), true
}

// unknown says that a catalog is gone.
func unknown(rev string) string {
	return "it was decided under the configuration " + rev + ", which is not kept any more"
}

// flips answers what would have tipped a recorded decision.
func (p *Part) flips(w http.ResponseWriter, r *http.Request) {
	_, record, cat, ok := p.again(w, r)
	if !ok {
		return
	}
	out := struct {
		Flips   []json.RawMessage `json:"flips"`
		Problem string            `json:"problem"`
	}{Flips: []json.RawMessage{}}
	if cat == nil {
		out.Problem = unknown(record.Rev)
	} else if _, d, err := record.Again(cat); err != nil {
		out.Problem = err.Error()
	} else {
		out.Flips = flipsOf(&d)
	}
	reply.Value(w, http.StatusOK, out)
}

// outcome is whether a decision came out the same.
type outcome struct {
	Equal      bool   `json:"equal"`
	Difference string `json:"difference"`
}

// compared holds a decision against the one that was recorded.
func compared(recorded, again []byte) *outcome {
	i := 0
	for i < len(recorded) && i < len(again) && recorded[i] == again[i] {
		i++
	}
	if i == len(recorded) && i == len(again) {
		return &outcome{Equal: true}
	}
	part := func(b []byte) string {
		return strings.ToValidUTF8(string(b[max(min(i-30, len(b)), 0):min(i+50, len(b))]), "")
	}
	return &outcome{Difference: fmt.Sprintf("at byte %d: recorded …%s…, again …%s…", i, part(recorded), part(again))}
}

// replay makes a decision again, here and in the edge's module.
func (p *Part) replay(w http.ResponseWriter, r *http.Request) {
	doc, record, cat, ok := p.again(w, r)
	if !ok {
		return
	}
	out := struct {
		Native  *outcome `json:"native"`
		Problem string   `json:"native_problem"`
		Wasm    *outcome `json:"wasm"`
		NoWasm  string   `json:"wasm_problem"`
		Rev     string   `json:"rev"`
		Known   bool     `json:"rev_known"`
	}{Rev: record.Rev, Known: cat != nil}
	if cat == nil {
		out.Problem = unknown(record.Rev)
		out.NoWasm = out.Problem
		reply.Value(w, http.StatusOK, out)
		return
	}
	if _, d, err := record.Again(cat); err != nil {
		out.Problem = err.Error()
	} else {
		out.Native = compared(doc, d.AppendJSON(nil))
	}
	ctx, cancel := context.WithTimeout(r.Context(), time.Minute)
	defer cancel()
	if again, err := p.o.Module.Again(ctx, catalog.AppendJSON(nil, *cat.Config()), doc); err != nil {
		out.NoWasm = err.Error()
	} else {
		out.Wasm = compared(doc, again)
	}
	reply.Value(w, http.StatusOK, out)
}

// test answers with a decision as a test: what was known then, and what is to come of it.
func (p *Part) test(w http.ResponseWriter, r *http.Request) {
	doc, ok := p.find(w, r, r.PathValue("id"))
	if !ok {
		return
	}
	text, err := policytest.OfDecision(r.PathValue("id"), doc)
	if err != nil {
		reply.Fail(w, http.StatusConflict, "the decision cannot be read: "+err.Error())
		return
	}
	w.Header().Set("content-type", "text/yaml; charset=utf-8")
	w.Header().Set("cache-control", "no-store")
	_, _ = w.Write(text) // whoever left needs no answer
}
