package store

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"strings"
	"testing"
	"time"
)

func TestBodies(t *testing.T) {
	noise := make([]byte, MaxBody+100)
	rng := rand.New(rand.NewPCG(1, 1))
	for i := range noise {
		noise[i] = byte(rng.Uint32())
	}
	s, _ := openT(t, Options{Bodies: 100_000}, tuning{flush: time.Millisecond})
	e := entry(1)
	e.Request, e.Answer = []byte(`{"model":"a"}`), bytes.Repeat([]byte("data: x\n"), MaxBody/4)
	s.Add(e)
	e = entry(2)
	e.Answer = []byte("only an answer")
	s.Add(e)
	s.Add(entry(3))
	settled(t, s)
	b, err := s.Bodies(t.Context(), 1)
	if err != nil || string(b.Request) != `{"model":"a"}` || b.RequestSize != 13 || len(b.Answer) != MaxBody || b.AnswerSize != 2*MaxBody {
		t.Errorf("%d of %d, %d of %d, %v", len(b.Request), b.RequestSize, len(b.Answer), b.AnswerSize, err)
	}
	if b, err = s.Bodies(t.Context(), 2); err != nil || b.Request != nil || string(b.Answer) != "only an answer" {
		t.Errorf("%+v, %v", b, err)
	}
	if _, err = s.Bodies(t.Context(), 3); err != ErrNotFound {
		t.Errorf("none: %v", err)
	}
	for i := range int64(40) { // 10 KB each, that do not become less
		e := entry(10 + i)
		e.Request = noise[i*10_000 : (i+1)*10_000]
		s.Add(e)
		settled(t, s)
	}
	size, err := s.Size(t.Context())
	if err != nil || size.Bodies > 100_000 || size.Bodies < 10_000 {
		t.Errorf("%+v, %v", size, err)
	}
	if _, err = s.Bodies(t.Context(), 1); err != ErrNotFound {
		t.Errorf("the oldest: %v", err)
	}
	if b, err = s.Bodies(t.Context(), 49); err != nil || !bytes.Equal(b.Request, noise[390_000:400_000]) {
		t.Errorf("the newest: %d, %v", len(b.Request), err)
	}
	if n, err := s.Prune(t.Context(), entry(49).Decision.At, nil); n == 0 || err != nil {
		t.Error(n, err)
	}
	if _, err = s.Bodies(t.Context(), 48); err != ErrNotFound {
		t.Errorf("pruned: %v", err)
	}
	if n, err := s.ForgetBodies(t.Context()); n != 1 || err != nil {
		t.Error(n, err)
	}
	if size, err = s.Size(t.Context()); size.Bodies != 0 || err != nil {
		t.Errorf("forgotten: %+v, %v", size, err)
	}
}

func TestCatalogs(t *testing.T) {
	s, _ := openT(t, Options{}, tuning{flush: time.Millisecond})
	ctx := t.Context()
	for _, rev := range []string{"a", "b", "a", "c"} {
		if err := s.KeepCatalog(ctx, rev, []byte(`{"rev":"`+rev+`"}`)); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Millisecond)
	}
	if doc, err := s.CatalogOf(ctx, "a"); string(doc) != `{"rev":"a"}` || err != nil {
		t.Errorf("%s, %v", doc, err)
	}
	if _, err := s.CatalogOf(ctx, "z"); err != ErrNotFound {
		t.Error(err)
	}
	// When c is the newest that was in use before, it stays.
	if _, err := s.Prune(ctx, time.Now(), nil); err != nil {
		t.Fatal(err)
	}
	for rev, want := range map[string]error{"a": ErrNotFound, "b": ErrNotFound, "c": nil} {
		if _, err := s.CatalogOf(ctx, rev); err != want {
			t.Errorf("%s: %v", rev, err)
		}
	}
	if err := s.KeepCatalog(ctx, "x", make([]byte, MaxCatalog+1)); !errors.Is(err, ErrTooLarge) {
		t.Error(err)
	}
}

func TestConfigs(t *testing.T) {
	s, path := openT(t, Options{}, tuning{flush: time.Millisecond})
	ctx := t.Context()
	for i := range maxKept + 10 {
		if err := s.KeepConfig(ctx, fmt.Appendf(nil, "listen: 127.0.0.1:%d\napi_key: ${KEY}\n", i), "edited", "rev", false); err != nil {
			t.Fatal(err)
		}
	}
	list, err := s.Configs(ctx, 0)
	if err != nil || len(list) != maxKept || list[0].ID != maxKept+10 || list[0].Why != "edited" || list[0].Text != nil {
		t.Errorf("%d, %v", len(list), err)
	}
	if list, err = s.Configs(ctx, 3); len(list) != 3 || err != nil {
		t.Error(len(list), err)
	}
	if c, err := s.Config(ctx, list[1].ID); err != nil || !strings.Contains(string(c.Text), "127.0.0.1:208") || c.Size != int64(len(c.Text)) {
		t.Errorf("%+v, %v", c, err)
	}
	if _, err := s.Config(ctx, 1); err != ErrNotFound {
		t.Error(err)
	}
	const secret = "sk-proj-4f9d8a7b6c5e4d3f"
	for _, text := range []string{"# api_key: " + secret, "a: 'gsk_abcdefghijklmnop'", "-----BEGIN PRIVATE KEY-----",
		"# old azure key: 0123456789abcdef0123456789abcdef", "#  api_key: \"MISTRAL7x9Qp2LmN4vBc8ZsT\""} {
		if err := s.KeepConfig(ctx, []byte(text), "", "", false); err != ErrSecret {
			t.Errorf("%s: %v", text, err)
		}
	}
	for _, text := range []string{"keys: [{name: a, sha256: \"9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08\"}]",
		"anthropic/claude-3-5-sonnet-20241022: {endpoints: []}", "base_url: https://averyveryverylongnamewithoutdigits.example"} {
		if err := s.KeepConfig(ctx, []byte(text), "", "", false); err != nil {
			t.Errorf("%s: %v", text, err)
		}
	}
	if err := s.KeepConfig(ctx, []byte("api_key: plain"), "", "", true); err != ErrSecret {
		t.Error(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if b, err := os.ReadFile(path); err != nil || bytes.Contains(b, []byte(secret)) {
		t.Errorf("the secret is in the file: %v", err)
	}
}

func TestPreviewAndShrink(t *testing.T) {
	unraced(t)
	s, path := filled(t, 8000, Options{}, tuning{flush: time.Millisecond})
	ctx := t.Context()
	before := entry(6001).Decision.At
	p, err := s.PurgePreview(ctx, before)
	if err != nil || p.Decisions != 6000 || !p.Oldest.Equal(entry(1).Decision.At) || p.Size.Decisions != 8000 {
		t.Errorf("%+v, %v", p, err)
	}
	if _, err := s.Prune(ctx, before, nil); err != nil {
		t.Fatal(err)
	}
	size, err := s.Size(ctx)
	if err != nil || size.Free < p.Bytes*7/10 || size.Free > p.Bytes*13/10 {
		t.Errorf("%d free, %d foretold, %v", size.Free, p.Bytes, err)
	}
	var told []int64
	freed, err := s.Shrink(ctx, func(done, total int64) {
		if total != size.Free {
			t.Errorf("total %d, want %d", total, size.Free)
		}
		told = append(told, done)
	})
	if err != nil || freed != size.Free || len(told) == 0 || told[len(told)-1] != freed {
		t.Errorf("freed %d of %d, told %v, %v", freed, size.Free, told, err)
	}
	after, err := s.Size(ctx)
	if err != nil || after.Free != 0 || after.File > size.File-freed {
		t.Errorf("%+v, %v", after, err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if now := fileSize(t, path); now > size.File/2 {
		t.Errorf("%d bytes of %d", now, size.File)
	}
	sound(t, path, 2000)
}

// A small file of an earlier version is written anew.
func TestShrinkFormer(t *testing.T) {
	unraced(t)
	path := former(t, 7)
	s, err := Open(path, Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	for i := range int64(3000) {
		s.Add(entry(i + 1))
	}
	settled(t, s)
	if _, err := s.Prune(t.Context(), entry(2990).Decision.At, nil); err != nil {
		t.Fatal(err)
	}
	before, _ := s.Size(t.Context())
	freed, err := s.Shrink(t.Context(), nil)
	if err != nil || freed < before.File/2 {
		t.Errorf("freed %d of %d, %v", freed, before.File, err)
	}
	s.Add(entry(5000))
	settled(t, s)
	if list, err := listOf(s.Decisions(t.Context(), Query{Provider: "azure"})); len(list) != 12 || err != nil {
		t.Errorf("%d, %v", len(list), err)
	}
}

// What was read back before the writer told of it is not counted twice.
func TestGatheredOnce(t *testing.T) {
	s, _ := openT(t, Options{}, tuning{flush: time.Millisecond, rest: -1})
	for i := range int64(100) {
		s.Add(entry(i + 1))
	}
	settled(t, s)
	countedAll(t, s)
	s.folder.gather([]recorded{{fact: fact{seq: 100, kind: 1, at: entry(100).Decision.At.UnixMicro()}}}, false)
	s.Add(entry(101))
	settled(t, s)
	for range 2 {
		r, err := s.Series(t.Context(), SeriesQuery{From: entry(1).Decision.At, To: entry(200).Decision.At})
		if err != nil || r.Total.Requests != 101 {
			t.Errorf("%d counted, %v", r.Total.Requests, err)
		}
		countedAll(t, s)
	}
}
