package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"encoding/binary"
	"fmt"
	"time"
)

// MaxFeatures is how many features a verdict may have; what is behind them is left out.
const MaxFeatures = 256

// Verdict is what became of an answer of a model that auto mode chose, with the numbers that
// the choice was made from. Nothing of what was said is in it.
type Verdict struct {
	Decision   string // its id
	Source     string // how it is known; there is one of each for a decision
	At         time.Time
	Model      string
	Good       bool
	Preference string
	Category   string
	Language   string
	Difficulty int64   // permille
	Quality    int64   // expected before anything was learned, permille
	Layout     uint32  // tells what Features are
	Features   []int16 // at most MaxFeatures
}

// verdicts writes verdicts.
type verdicts struct {
	conn          *conn
	insert, prune stmt
}

const verdictColumns = "decision, source, at, model, good, preference, category, language, difficulty, quality, layout, features"

func newVerdicts(c *conn) (v *verdicts, err error) {
	v = &verdicts{conn: c}
	if v.insert, err = c.prepare("INSERT OR REPLACE INTO verdicts (" + verdictColumns + ") VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"); err != nil {
		return nil, err
	}
	v.prune, err = c.prepare("DELETE FROM verdicts WHERE (decision, source) IN " +
		"(SELECT decision, source FROM verdicts INDEXED BY verdicts_at WHERE at < ? ORDER BY at LIMIT ?)")
	return v, err
}

// Judge writes verdicts, all of them or none; one of the same source on the same decision is
// replaced. It is written when Judge returns nil, as with Reserve.
func (s *Store) Judge(ctx context.Context, list ...Verdict) error {
	if s == nil {
		return fmt.Errorf("writing verdicts: %w", ErrNoStore)
	}
	err := s.conn.transact(ctx, func() error {
		var args []driver.NamedValue
		for i := range list {
			v := &list[i]
			args = integers(texts(args[:0], cut(v.Decision, MaxName), cut(v.Source, MaxName)), v.At.UnixMicro())
			args = integers(texts(args, cut(v.Model, MaxName)), bit(v.Good, 1))
			args = texts(args, cut(v.Preference, MaxName), cut(v.Category, MaxName), cut(v.Language, MaxName))
			args = integers(args, v.Difficulty, v.Quality, int64(v.Layout))
			args = append(args, driver.NamedValue{Value: packed(v.Features)})
			if _, err := s.verdicts.insert.exec(args); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("store: writing verdicts: %w", err)
	}
	return nil
}

// Verdicts are the newest limit verdicts by the time of their decisions, in no order that
// means anything, but always the same.
func (s *Store) Verdicts(ctx context.Context, limit int) ([]Verdict, error) {
	if s == nil {
		return nil, nil
	}
	rows, err := s.read.QueryContext(ctx, "SELECT "+verdictColumns+" FROM verdicts ORDER BY at DESC, decision, source LIMIT ?", limit)
	if err != nil {
		return nil, wrap("verdicts", err)
	}
	defer rows.Close()
	var list []Verdict
	for rows.Next() {
		v, err := scanVerdict(rows)
		if err != nil {
			return nil, wrap("verdicts", err)
		}
		list = append(list, v)
	}
	return list, wrap("verdicts", rows.Err())
}

func scanVerdict(rows *sql.Rows) (v Verdict, err error) {
	var at int64
	var features []byte
	err = rows.Scan(&v.Decision, &v.Source, &at, &v.Model, &v.Good, &v.Preference, &v.Category, &v.Language,
		&v.Difficulty, &v.Quality, &v.Layout, &features)
	v.At, v.Features = time.UnixMicro(at).UTC(), unpacked(features)
	return v, err
}

// VerdictCount is how many verdicts of a source there are on a model.
type VerdictCount struct {
	Source, Model string
	Good, Bad     int64
}

// VerdictCounts counts the verdicts by source and model, in the order of their names.
func (s *Store) VerdictCounts(ctx context.Context) ([]VerdictCount, error) {
	if s == nil {
		return nil, nil
	}
	rows, err := s.read.QueryContext(ctx, "SELECT source, model, sum(good), sum(1 - good) FROM verdicts GROUP BY source, model ORDER BY source, model")
	if err != nil {
		return nil, wrap("verdicts", err)
	}
	defer rows.Close()
	var list []VerdictCount
	for rows.Next() {
		var c VerdictCount
		if err := rows.Scan(&c.Source, &c.Model, &c.Good, &c.Bad); err != nil {
			return nil, wrap("verdicts", err)
		}
		list = append(list, c)
	}
	return list, wrap("verdicts", rows.Err())
}

// ForgetVerdicts deletes all verdicts and tells how many there were.
func (s *Store) ForgetVerdicts(ctx context.Context) (n int64, err error) {
	if s == nil {
		return 0, fmt.Errorf("forgetting verdicts: %w", ErrNoStore)
	}
	err = s.conn.transact(ctx, func() error {
		if n, err = s.conn.number(ctx, "SELECT count(*) FROM verdicts"); err != nil {
			return err
		}
		return s.conn.exec(ctx, "DELETE FROM verdicts")
	})
	if err != nil {
		return 0, fmt.Errorf("store: forgetting verdicts: %w", err)
	}
	return n, nil
}

// old deletes verdicts on decisions from before a moment, in small steps as Prune does.
func (v *verdicts) old(ctx context.Context, before time.Time) error {
	return v.conn.sweep(ctx, firstStep, func() (driver.Result, error) {
		return v.prune.exec(integers(nil, before.UnixMicro(), firstStep))
	})
}

func packed(features []int16) []byte {
	features = features[:min(len(features), MaxFeatures)]
	b := make([]byte, 0, 2*len(features))
	for _, f := range features {
		b = binary.LittleEndian.AppendUint16(b, uint16(f))
	}
	return b
}

func unpacked(b []byte) []int16 {
	features := make([]int16, len(b)/2)
	for i := range features {
		features[i] = int16(binary.LittleEndian.Uint16(b[2*i:]))
	}
	return features
}
