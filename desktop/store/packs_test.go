package store

import (
	"bytes"
	"fmt"
	"reflect"
	"strconv"
	"testing"
	"time"

	"strowger/core/stats"
)

// FuzzPack gets every document back, and takes what is damaged for damaged.
func FuzzPack(f *testing.F) {
	f.Add([]byte(`{"id":"1","why":"first"}`), []byte(`{"id":"2","why":"first"}`), uint8(3))
	f.Add(document, append(bytes.Clone(document), document...), uint8(9))
	f.Fuzz(func(t *testing.T, a, b []byte, at uint8) {
		var p packer
		docs := [][]byte{a, b, append(bytes.Clone(a), b...), a[len(a)/2:], b}
		for range 2 { // again after a reset
			p.reset()
			for i, d := range docs {
				p.add(int64(7+3*i), d)
			}
		}
		pack := p.append(nil)
		for i, d := range docs {
			got, err := documentIn(pack, int64(7+3*i))
			if err != nil || !bytes.Equal(got, d) {
				t.Fatalf("document %d is %q, want %q, %v", i, got, d, err)
			}
		}
		if got, err := documentIn(pack, 8); got != nil || err != nil {
			t.Errorf("%q, %v", got, err)
		}
		pack[int(at)%len(pack)] ^= 1 << (at % 8)
		for _, damaged := range [][]byte{pack, pack[:int(at)%len(pack)]} {
			for i := range docs {
				_, _ = documentIn(damaged, int64(7+3*i)) // whatever it is, nothing breaks
			}
		}
	})
}

// TestPackIsSmall: documents that differ in a few numbers take little.
func TestPackIsSmall(t *testing.T) {
	var p packer
	sum := 0
	for i := range perPack {
		d := numbered(i).AppendJSON(nil)
		p.add(int64(i+1), d)
		sum += len(d)
	}
	if n := len(p.append(nil)); n > sum/5 {
		t.Errorf("%d bytes are %d", sum, n)
	}
}

// TestLargeDocuments are packed in more than one pack, and are read.
func TestLargeDocuments(t *testing.T) {
	s, _ := openT(t, Options{}, tuning{rest: -1})
	var batch []Entry
	for seq := range int64(40) {
		e := entry(seq + 1)
		e.Decision.Doc = bytes.Repeat(fmt.Appendf(nil, "%d,", seq*7919), 1+int(seq)*1000)
		e.bound()
		batch = append(batch, e)
	}
	if lost, err := s.write(batch); lost != 0 || err != nil {
		t.Fatal(lost, err)
	}
	for i := range batch {
		if d, err := s.Decision(t.Context(), batch[i].Decision.ID); err != nil || !bytes.Equal(d.Doc, batch[i].Decision.Doc) {
			t.Errorf("%d: %d bytes, %v", i, len(d.Doc), err)
		}
	}
}

// numbered is a document in which as much differs from others as does in those of decisions.
type numbered int

func (n numbered) AppendJSON(to []byte) []byte {
	for i := range 20 {
		to = append(append(strconv.AppendInt(to, int64(n)*int64(i+7919), 10), ','), document[i*70:(i+1)*70]...)
	}
	return to
}

// TestPlainIsRead: of a plain exchange all that can be asked for is what it is of one whose attempt
// and sample have rows of their own.
func TestPlainIsRead(t *testing.T) {
	type said struct {
		Decision Decision
		Attempts []Attempt
		Samples  []stats.Sample
		Outcomes []stats.Sample
		Series   Series
	}
	var both [2]said
	for i := range both {
		s, _ := openT(t, Options{}, tuning{rest: -1})
		var entries []Entry
		for seq := range int64(100) {
			e := entry(seq + 1)
			e.Decision.Doc, e.Document = nil, numbered(seq)
			switch seq % 4 {
			case 1:
				e.Decision.Priced, e.Decision.Cost, e.Samples[0].Cost, e.Samples[0].Price = false, 0, 0, stats.Price{}
			case 2:
				e.Decision.FirstToken, e.Attempts[0].FirstToken, e.Samples[0].FirstToken = 0, 0, 0
			case 3:
				e = full(seq + 1)
			}
			e.bound()
			if plain := seq%4 != 3; e.simple != plain {
				t.Fatalf("%d: plain is %v", seq, e.simple)
			}
			if i == 1 {
				e.simple = false
			}
			entries = append(entries, e)
		}
		if lost, err := s.write(entries); lost != 0 || err != nil {
			t.Fatal(lost, err)
		}
		got := &both[i]
		for seq := range int64(100) {
			d, err := s.Decision(t.Context(), entries[seq].Decision.ID)
			if err != nil {
				t.Fatal(err)
			}
			if seq == 41 {
				got.Decision = d
			}
			if want := numbered(seq).AppendJSON(nil); seq%4 != 3 && !bytes.Equal(d.Doc, want) {
				t.Fatalf("document %d is %.80q", seq, d.Doc)
			}
		}
		var errs [4]error
		got.Attempts, errs[0] = s.Attempts(t.Context(), 1, 100)
		errs[1] = s.Samples(t.Context(), time.Time{}, 0, func(m stats.Sample) error {
			got.Samples = append(got.Samples, m)
			return nil
		})
		got.Outcomes, _, errs[2] = s.Outcomes(t.Context(), time.Time{}, time.Time{}, 1000)
		at := entries[0].Decision.At
		got.Series, errs[3] = s.Series(t.Context(), SeriesQuery{From: at.Add(-time.Hour), To: at.Add(time.Hour)})
		if errs != [4]error{} {
			t.Fatal(errs)
		}
		if len(got.Attempts) != 125 || len(got.Samples) != 125 || len(got.Outcomes) != 125 || got.Series.Total.Requests != 100 {
			t.Fatalf("%d attempts, %d samples, %d outcomes, %d requests", len(got.Attempts), len(got.Samples), len(got.Outcomes), got.Series.Total.Requests)
		}
	}
	if !reflect.DeepEqual(both[0], both[1]) {
		t.Errorf("\n got %+v\nwant %+v", both[0], both[1])
	}
}

// write writes a batch past the queue, in a store that neither writes nor counts at that time.
func (s *Store) write(batch []Entry) (lost int, err error) {
	in, err := newInserter(s.conn, 0)
	if err != nil {
		return 0, err
	}
	return in.write(batch, func(*conn) error { return nil })
}

// TestPacksAreThinned: with a decision goes its document, though those of others stand beside it.
func TestPacksAreThinned(t *testing.T) {
	s, path := openT(t, Options{}, tuning{rest: -1})
	var batch []Entry
	for seq := range int64(200) {
		e := entry(seq + 1)
		if seq%50 == 7 { // long under way, and begun before the others
			e.Decision.At = e.Decision.At.Add(-time.Hour)
		}
		e.Decision.Doc = fmt.Appendf(nil, `{"mine":"%032d"}`, seq+1)
		e.bound()
		batch = append(batch, e)
	}
	if _, err := s.write(batch); err != nil {
		t.Fatal(err)
	}
	if n, err := s.Prune(t.Context(), batch[100].Decision.At, nil); n != 102 || err != nil {
		t.Fatal(n, err)
	}
	for seq := int64(1); seq <= 200; seq++ {
		d, err := s.Decision(t.Context(), batch[seq-1].Decision.ID)
		if gone := seq <= 100 || seq%50 == 8; gone != (err == ErrNotFound) || !gone && string(d.Doc) != string(batch[seq-1].Decision.Doc) {
			t.Errorf("%d: %q, %v", seq, d.Doc, err)
		}
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	c, err := connect(t.Context(), path, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer c.close()
	for query, want := range map[string]int64{"SELECT count(*) FROM packs": 3, "SELECT count(*) FROM docs": 98} {
		if n, err := c.number(t.Context(), query); n != want || err != nil {
			t.Errorf("%s: %d, want %d, %v", query, n, want, err)
		}
	}
	if v, err := c.value(t.Context(), "SELECT count(*) FROM packs WHERE instr(data, '00000000158')"); err != nil || v != int64(0) {
		t.Errorf("what was deleted is there: %v, %v", v, err)
	}
}

// TestDocumentsFromBefore are read.
func TestDocumentsFromBefore(t *testing.T) {
	path := former(t, 10)
	alter(t, path, `INSERT INTO endpoints VALUES (1, 'p/m', 'p', 'm'); INSERT INTO kinds VALUES (1, 1, 'priority', 'ok', '', '', 'off');
		INSERT INTO decisions (seq, id, at, asked, kind, status, stream, attempts, total, input, cache_read, cache_write, output, reasoning, estimated)
		VALUES (3, 'three', 5, 'm', 1, 200, 0, 1, 9, 1, 0, 0, 1, 0, 0);
		INSERT INTO docs VALUES (3, CAST('{"old":1}' AS BLOB));
		INSERT INTO attempts VALUES (3, 1, 1, 'ok', 200, 0, NULL, 9, NULL)`)
	s, err := Open(path, Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	d, err := s.Decision(t.Context(), "three")
	if string(d.Doc) != `{"old":1}` || err != nil {
		t.Errorf("%q, %v", d.Doc, err)
	}
	if a, err := s.Attempts(t.Context(), 3, 3); len(a) != 1 || a[0].Endpoint != "p/m" || err != nil {
		t.Errorf("%+v, %v", a, err)
	}
}

// TestDamagedPack: damage costs the documents behind it, and pruning goes on.
func TestDamagedPack(t *testing.T) {
	s, _ := openT(t, Options{}, tuning{rest: -1})
	var batch []Entry
	for seq := range int64(40) {
		e := entry(seq + 1)
		e.bound()
		batch = append(batch, e)
	}
	if lost, err := s.write(batch); lost != 0 || err != nil {
		t.Fatal(lost, err)
	}
	if err := s.conn.rows(t.Context(), "UPDATE packs SET data = substr(data, 1, length(data)-3)", nil, nothing); err != nil {
		t.Fatal(err)
	}
	for i := range batch {
		_, err := s.Decision(t.Context(), batch[i].Decision.ID)
		if last := i == len(batch)-1; last != (err != nil) {
			t.Errorf("document %d: %v", i, err)
		}
	}
	for _, half := range []int64{20, 0} {
		if n, err := s.Prune(t.Context(), batch[20].Decision.At, nil); n != half || err != nil {
			t.Fatalf("%d pruned, %v", n, err)
		}
	}
	if n, err := s.Prune(t.Context(), batch[39].Decision.At.Add(time.Second), nil); n != 20 || err != nil {
		t.Fatalf("%d pruned, %v", n, err)
	}
	if n, err := s.conn.number(t.Context(), "SELECT count(*) FROM packs"); n != 0 || err != nil {
		t.Errorf("%d packs are left, %v", n, err)
	}
}
