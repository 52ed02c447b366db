package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/google/uuid"

	"strowger/core/catalog"
	"strowger/core/plan"
	"strowger/core/recall"
	"strowger/desktop/app"
)

// isRecorded reports whether what is to be explained is the id of a recorded decision, and no file.
func isRecorded(arg string) bool {
	if _, err := uuid.Parse(arg); err != nil {
		return false
	}
	_, err := os.Stat(arg)
	return err != nil
}

// again is a recorded decision, made again.
type again struct {
	ID string `json:"id"`
	// Rev is the revision of the configuration that it was decided under, Configured that of the one
	// it was made again with.
	Rev        string   `json:"rev"`
	Configured string   `json:"configured_rev"`
	Equal      bool     `json:"equal"` // to the byte
	Lacks      []string `json:"lacks"` // what a record of an older version does not say
	Note       string   `json:"note"`
	// Decision is what was decided now, Recorded what was recorded, if that differs.
	Decision json.RawMessage   `json:"decision"`
	Recorded json.RawMessage   `json:"recorded,omitempty"`
	Flips    []json.RawMessage `json:"flips"`
	// Bodies are the sizes of what was asked and answered, if that is kept; else null.
	Bodies *sizes `json:"bodies"`

	decided plan.Decision
}

// explainRecorded makes a recorded decision again, and says whether it is the same.
func explainRecorded(ctx context.Context, e *env, id, config, data string, asJSON bool) error {
	doc, cat, kept, err := recordedDecision(ctx, data, id)
	if err == nil && (config != "" || cat == nil) {
		cat, err = catalogOf(ctx, config)
	}
	if err != nil {
		return err
	}
	a, err := makeAgain(cat, id, doc)
	if err != nil {
		return err
	}
	a.Bodies = kept
	if asJSON {
		enc := json.NewEncoder(e.out)
		enc.SetEscapeHTML(false)
		err = enc.Encode(a)
	} else {
		err = printAgain(e.out, a)
	}
	if err == nil && !a.Equal && a.Rev == a.Configured && len(a.Lacks) == 0 {
		return errors.New("the decision made again is not the recorded one")
	}
	return err
}

// recordedDecision is the JSON of a decision in the record of a data folder, and the catalog that it
// was made with; nil if that is not kept. Kept are the sizes of what was said; nil if that is not.
func recordedDecision(ctx context.Context, dir, id string) (doc json.RawMessage, cat *catalog.Catalog, kept *sizes, err error) {
	db, d, said, err := recorded(ctx, dir, id)
	if err != nil {
		return nil, nil, nil, err
	}
	defer db.Close()
	if said != nil {
		kept = &sizes{said.RequestSize, said.AnswerSize}
	}
	if len(d.Doc) == 0 {
		return nil, nil, nil, fmt.Errorf("%s: its document is no longer in the record", id)
	}
	var report struct{ Decision json.RawMessage }
	if err := json.Unmarshal(d.Doc, &report); err != nil {
		return nil, nil, nil, fmt.Errorf("%s: the record of it cannot be read: %w", id, err)
	}
	if len(report.Decision) == 0 || string(report.Decision) == "null" {
		return nil, nil, nil, fmt.Errorf("%s: nothing was decided: the request was refused before", id)
	}
	var decided struct{ Rev string }
	if json.Unmarshal(report.Decision, &decided) != nil {
		return report.Decision, nil, kept, nil // whoever makes it again says what is wrong with it
	}
	if cat, err = app.KeptCatalog(ctx, db, decided.Rev); err != nil && ctx.Err() != nil {
		return nil, nil, nil, err
	}
	return report.Decision, cat, kept, nil
}

// makeAgain makes a decision again, as it was or, under another configuration, as it would be.
func makeAgain(cat *catalog.Catalog, id string, doc json.RawMessage) (*again, error) {
	r, err := recall.Read(doc)
	if err != nil {
		return nil, fmt.Errorf("%s: the recorded decision cannot be read: %w", id, err)
	}
	a := &again{ID: id, Rev: r.Rev, Configured: cat.Rev(), Lacks: append([]string{}, r.Lacks...), Flips: []json.RawMessage{}}
	_, d, err := r.Again(cat)
	if err != nil {
		a.Note = err.Error() + ": this is what would be decided now"
		var refused error
		if _, d, refused = under(r, cat); refused != nil {
			return nil, fmt.Errorf("%s: %w, and under it the request would be refused: %w", id, err, refused)
		}
	}
	a.decided, a.Decision = d, d.AppendJSON(nil)
	if a.Equal = bytes.Equal(a.Decision, doc); !a.Equal {
		a.Recorded = doc
	}
	for _, f := range d.Flips() {
		a.Flips = append(a.Flips, f.AppendJSON(nil, &d))
	}
	return a, nil
}

// under is recall's, with an error that is nil if there is none.
func under(r *recall.Record, cat *catalog.Catalog) (plan.Plan, plan.Decision, error) {
	p, d, err := r.Under(cat, recall.Change{})
	if err != nil {
		return p, d, err
	}
	return p, d, nil
}

// printAgain writes for people what was decided, whether it is the same, and what would have
// tipped it.
func printAgain(out io.Writer, a *again) error {
	d := &a.decided
	fmt.Fprintf(out, "decision   %s\ndecided    %s\n", a.ID, d.At.Format("2006-01-02 15:04:05.000 MST"))
	switch {
	case a.Equal:
		fmt.Fprintln(out, "recomputed equal, byte for byte")
	case a.Note != "":
		fmt.Fprintln(out, "recomputed", a.Note)
	default:
		at := 0
		for at < min(len(a.Decision), len(a.Recorded)) && a.Decision[at] == a.Recorded[at] {
			at++
		}
		fmt.Fprintf(out, "recomputed differs, at byte %d\n  recorded …%s\n  now      …%s\n", at, around(a.Recorded, at), around(a.Decision, at))
	}
	if b := a.Bodies; b != nil {
		fmt.Fprintf(out, "bodies     kept: %d bytes asked, %d answered; --bodies prints them\n", b.Request, b.Answer)
	}
	fmt.Fprintln(out)
	if err := printDecision(out, d); err != nil {
		return err
	}
	for n, f := range d.Flips() {
		if n == 0 {
			fmt.Fprintln(out)
		}
		fmt.Fprintln(out, "tip:", f.Text(d))
	}
	return nil
}

// around is what stands around a place in a document.
func around(doc []byte, at int) []byte { return doc[max(at-40, 0):min(at+40, len(doc))] }
