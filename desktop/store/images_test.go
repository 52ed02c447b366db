package store

import (
	"fmt"
	"testing"
	"time"

	"strowger/core/stats"
)

// A database from before images had a price keeps its samples and their prices, and a price
// that differs in that of images alone is another one.
func TestPriceOfImages(t *testing.T) {
	path := former(t, 2)
	at := time.UnixMicro(1_900_000_000_000_000)
	alter(t, path, fmt.Sprintf(`INSERT INTO endpoints VALUES (5, 'azure/gpt-4o', 'azure', 'openai/gpt-4o');
		INSERT INTO prices VALUES (70, 9, 9, 9, 9, 9, 9), (71, 2500000, 1250000, 0, 10000000, 10000000, 0);
		INSERT INTO samples VALUES (1, 1, 5, %d, 'ok', 2, 200, NULL, 1000, 812, 4096, 0, 377, 1200, 71, 1234, NULL)`, at.UnixMicro()))

	s, err := Open(path, Options{})
	if err != nil {
		t.Fatal(err)
	}
	same, dearer := entry(2), entry(3)
	dearer.Samples[0].Price.Image, dearer.Samples[0].Usage.Images = 5000, 2
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
	var images [][2]int64
	err = s.Samples(t.Context(), time.Time{}, 0, func(m stats.Sample) error {
		p := m.Price
		images = append(images, [2]int64{p.Image, m.Usage.Images})
		if p.Image = 0; p != same.Samples[0].Price || m.Cost != 1234 || m.Usage.Input != 812 {
			t.Errorf("%+v", m)
		}
		return nil
	})
	if err != nil || fmt.Sprint(images) != "[[0 0] [5000 2] [0 0]]" {
		t.Errorf("%v, %v", images, err)
	}
	c, err := connect(t.Context(), path, time.Second)
	if err != nil {
		t.Fatal(err)
	}
	defer c.close()
	for sql, want := range map[string]int64{
		"SELECT count(*) FROM prices":                                  3,
		"SELECT count(*) FROM samples WHERE price = 71":                2,
		"SELECT count(*) FROM prices WHERE image = 5000 AND id > 71":   1,
		"SELECT count(*) FROM sqlite_schema WHERE name LIKE '%image%'": 0,
	} {
		if n, err := c.number(t.Context(), sql); n != want || err != nil {
			t.Errorf("%s: %d, want %d, %v", sql, n, want, err)
		}
	}
}
