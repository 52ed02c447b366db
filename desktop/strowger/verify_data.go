package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"

	"strowger/core/catalog"
	"strowger/core/stats"
	"strowger/desktop/store"
	"strowger/edge/verify"
)

// history reads the newest recorded decisions of a data folder, and the samples before them.
func history(ctx context.Context, cfg catalog.Config, dir string) (s verify.Source, note string, err error) {
	path := filepath.Join(dir, store.FileName)
	if _, err := os.Stat(path); err != nil { // Open would make one
		return s, "", fmt.Errorf("--data: %s has no record: %w", dir, reasonOf(err))
	}
	db, err := store.Open(path, store.Options{})
	if err != nil {
		return s, "", err
	}
	defer db.Close()
	var list []verify.Recorded
	err = db.Each(ctx, store.Query{Limit: verifyHistory}, func(d store.Decision) error {
		list = append(list, verify.Recorded{ID: d.ID, Asked: d.Asked, Route: d.Route, Key: d.Key, At: d.At, Stream: d.Stream, InputTokens: d.Tokens.Input})
		return nil
	})
	if err != nil {
		return s, "", err
	}
	slices.SortStableFunc(list, func(a, b verify.Recorded) int { return a.At.Compare(b.At) })
	note = fmt.Sprintf("%d recorded decisions cannot be recomputed, because prompts are no part of them: decided at their moments, prompts were made up", len(list))
	if len(list) == 0 {
		return verify.History(cfg, nil, nil), dir + " holds no recorded decisions", nil
	}
	var samples []stats.Sample
	err = db.Samples(ctx, list[0].At.Add(-time.Hour), 0, func(m stats.Sample) error {
		samples = append(samples, m)
		return nil
	})
	return verify.History(cfg, list, samples), note, err
}
