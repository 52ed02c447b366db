package store

import (
	"fmt"
	"testing"
	"time"

	"strowger/core/stats"
)

// A database from before what is cached for an hour had a price, and before failed attempts
// stood apart, keeps its samples, prices and costs; and a price that differs in that of the
// hour alone is another one.
func TestLedgerOfBefore(t *testing.T) {
	path := former(t, 3)
	at := time.UnixMicro(1_900_000_000_000_000)
	alter(t, path, fmt.Sprintf(`INSERT INTO endpoints VALUES (5, 'azure/gpt-4o', 'azure', 'openai/gpt-4o');
		INSERT INTO kinds VALUES (6, 5, 'priority', 'ok', '', '', 'off');
		INSERT INTO prices VALUES (70, 9, 9, 9, 9, 9, 9, 9), (71, 2500000, 1250000, 0, 10000000, 10000000, 0, 0);
		INSERT INTO decisions VALUES (1, 'old', %[1]d, 'gpt-4o', 6, 200, 0, 2, NULL, 1000, 1500, 812, 4096, 0, 377, 1200, 0), (2, 'older', %[1]d, 'gpt-4o', 6, 200, 0, 2, NULL, 1000, NULL, 812, 4096, 0, 377, 1200, 0);
		INSERT INTO samples VALUES (1, 1, 5, %[1]d, 'ok', 2, 200, NULL, 1000, 812, 4096, 0, 377, 1200, 71, 1234, NULL, 3)`, at.UnixMicro()))

	s, err := Open(path, Options{})
	if err != nil {
		t.Fatal(err)
	}
	same, dearer := entry(3), entry(4)
	dearer.Samples[0].Price.CacheWriteHour, dearer.Samples[0].Usage.CacheWriteHour = 5000, 2
	for _, e := range []Entry{same, dearer} {
		s.Add(e)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s, err = Open(path, Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	var hours [][3]int64
	err = s.Samples(t.Context(), time.Time{}, 0, func(m stats.Sample) error {
		hours = append(hours, [3]int64{m.Price.CacheWriteHour, m.Usage.CacheWriteHour, m.Usage.Images})
		m.Price.CacheWriteHour = 0
		if m.Price != same.Samples[0].Price || m.Cost != 1234 || m.Usage.Input != 812 || m.Account != "" || m.Resumed {
			t.Errorf("%+v", m)
		}
		return nil
	})
	if err != nil || fmt.Sprint(hours) != "[[0 0 0] [5000 2 0] [0 0 3]]" {
		t.Errorf("%v, %v", hours, err)
	}
	for id, want := range map[string]Decision{"old": {Cost: 1500, Priced: true, FailedPriced: true}, "older": {FailedPriced: true}} {
		d, err := s.Decision(t.Context(), id)
		if err != nil || d.Cost != want.Cost || d.Priced != want.Priced || d.Failed != 0 || d.FailedPriced != want.FailedPriced || d.Tokens.Input != 812 || d.Resumed != "" || d.Dropped != 0 {
			t.Errorf("%s: %+v, %v", id, d, err)
		}
	}
	c, err := connect(t.Context(), path, time.Second)
	if err != nil {
		t.Fatal(err)
	}
	defer c.close()
	for sql, want := range map[string]int64{
		"SELECT count(*) FROM prices":                                      3,
		"SELECT count(*) FROM samples WHERE price = 71":                    2,
		"SELECT count(*) FROM prices WHERE cache_write_1h = 5000":          1,
		"SELECT count(*) FROM samples WHERE account IS NULL":               3,
		"SELECT count(*) FROM sqlite_schema WHERE name LIKE '%with_hour%'": 0,
	} {
		if n, err := c.number(t.Context(), sql); n != want || err != nil {
			t.Errorf("%s: %d, want %d, %v", sql, n, want, err)
		}
	}
}
