package app_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"strowger/bench/provider"
)

// What was asked and answered is in no file of the data folder and on no page of the API:
// the record is about requests, and does not hold them.
func TestBodiesAreNotRecorded(t *testing.T) {
	const asked, answered = "a-question-nobody-else-asks", "an-answer-nobody-else-gives"
	cfg, ps := simulate(t, provider.Options{})
	dir := t.TempDir()
	a := start(t, cfg, dir, nil)
	for _, stream := range []bool{false, true} {
		sent := strings.Replace(body(stream, "sim: text="+answered), `"messages":[`, `"messages":[{"role":"system","content":"`+asked+`"},`, 1)
		if code, text := post(t, a.URL(), sent); code != 200 || !strings.Contains(text, answered) {
			t.Fatal(code, text)
		}
	}
	if !strings.Contains(string(ps[0].Last().Body), asked) {
		t.Fatal("it was not asked: this tests nothing")
	}
	var list rows
	told := get(t, a.URL()+"/_/api/decisions", &list)
	for _, row := range list.Rows {
		told += get(t, a.URL()+"/_/api/decisions/"+row.ID, nil)
	}
	if err := a.Close(); err != nil {
		t.Fatal(err)
	}
	size := 0
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := os.ReadFile(path)
		size += len(b)
		told += string(b)
		return err
	})
	if err != nil || size < 1000 || len(list.Rows) != 2 {
		t.Errorf("%d bytes of record, %d rows, %v", size, len(list.Rows), err)
	}
	if strings.Contains(told, asked) || strings.Contains(told, answered) {
		t.Error("it was recorded")
	}
}
