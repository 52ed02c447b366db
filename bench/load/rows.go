package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"net/http"
	"slices"

	"strowger/bench/traffic"
)

// rowsCompared is how many of the newest rows are looked at.
const rowsCompared = 100

// recorded is a row, as far as it follows from what was sent.
type recorded struct {
	ID       string            `json:"id"`
	Asked    string            `json:"asked"`
	Model    string            `json:"model"`
	Provider string            `json:"provider"`
	Status   int               `json:"status"`
	Outcome  string            `json:"outcome"`
	Stream   bool              `json:"stream"`
	Attempts []json.RawMessage `json:"attempts"`
	Tokens   struct {
		Input     int64 `json:"input"`
		Output    int64 `json:"output"`
		Estimated bool  `json:"estimated"`
	} `json:"tokens"`
	Cost int64 `json:"cost_micro"`
}

// compare holds the newest rows of a peer that records against the requests that it was sent last.
func (m *meter) compare(ctx context.Context, p *peer) error {
	n := min(p.wrote, rowsCompared)
	if !p.records || n <= 0 {
		return nil
	}
	rows, err := newest(ctx, p.proc.Addr, n)
	if err != nil {
		return err
	}
	if len(rows) != int(n) {
		return fmt.Errorf("%d of %d rows are there", len(rows), n)
	}
	seen, again := map[string]bool{}, 0
	for _, row := range rows {
		if err := row.check(p.last, p.offers); err != nil {
			return fmt.Errorf("%s: %w: %+v", p.last.Name, err, row)
		}
		seen[row.ID] = true
		again += len(row.Attempts) - 1
	}
	if len(seen) != len(rows) {
		return fmt.Errorf("%d rows have %d ids", len(rows), len(seen))
	}
	if p.last.Failed && n == rowsCompared && again == 0 {
		return errors.New("no row has two attempts, where one request in ten took them")
	}
	return nil
}

// newest asks for rows.
func newest(ctx context.Context, addr string, n int64) ([]recorded, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, fmt.Sprintf("http://%s/_/api/decisions?limit=%d", addr, n), nil)
	if err != nil {
		return nil, err
	}
	req.Close = true // a kept connection would hold up its end
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	var list struct {
		Rows []recorded `json:"rows"`
	}
	if err := json.NewDecoder(resp.Body).Decode(&list); err != nil {
		return nil, fmt.Errorf("/_/api/decisions: %w", err)
	}
	return list.Rows, nil
}

// check says in what a row differs from what was sent. Streams state no tokens, so strowger's own count is
// taken for these, but not for what they cost.
func (row recorded) check(l workload, offers []offer) error {
	i := slices.IndexFunc(offers, func(o offer) bool { return o.provider == row.Provider })
	stated := row.Tokens.Input == traffic.PromptTokens && row.Tokens.Output == traffic.CompletionTokens
	switch {
	case row.Asked != traffic.Model || row.Model != traffic.Model || i < 0:
		return errors.New("another model or provider")
	case row.Status != http.StatusOK || row.Outcome != "ok" || row.Stream != (l.Events > 0):
		return errors.New("another outcome")
	case len(row.Attempts) < 1 || len(row.Attempts) > 2 || len(row.Attempts) == 2 && !l.Failed:
		return errors.New("other attempts")
	case l.Events == 0 && (!stated || row.Tokens.Estimated), l.Events > 0 && (!row.Tokens.Estimated || row.Tokens.Input <= 0 || row.Tokens.Output <= 0):
		return errors.New("other tokens")
	}
	want := float64(row.Tokens.Input)*offers[i].input + float64(row.Tokens.Output)*offers[i].output
	if math.Abs(want-float64(row.Cost)) > 1 {
		return fmt.Errorf("it cost %.1f millionths of a dollar", want)
	}
	return nil
}
