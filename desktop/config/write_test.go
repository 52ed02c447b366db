package config_test

import (
	"context"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"strowger/core/catalog"
	"strowger/desktop/config"
	"strowger/desktop/facts"
)

func content(t *testing.T, path string) string {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestWriteKeepsModeAndLink(t *testing.T) {
	dir := t.TempDir()
	real, link := filepath.Join(dir, "real.yaml"), filepath.Join(dir, "strowger.yaml")
	if err := os.WriteFile(real, []byte("a"), 0o640); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("real.yaml", link); err != nil {
		t.Fatal(err)
	}
	if err := config.Write(link, []byte("b")); err != nil {
		t.Fatal(err)
	}
	info, err := os.Lstat(link)
	if err != nil || info.Mode()&os.ModeSymlink == 0 {
		t.Errorf("the link is none any more: %v %v", info, err)
	}
	info, err = os.Stat(real)
	if err != nil || info.Mode().Perm() != 0o640 {
		t.Errorf("mode %v %v", info.Mode(), err)
	}
	if got := content(t, real) + content(t, real+".bak"); got != "ba" {
		t.Errorf("file and backup: %q", got)
	}
	if left, _ := os.ReadDir(dir); len(left) != 3 {
		t.Errorf("files are left over: %v", left)
	}
}

func TestWriteNew(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a", "strowger.yaml")
	if err := config.Write(path, []byte("x")); err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v %v", info.Mode(), err)
	}
}

func TestWriteFails(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "strowger.yaml")
	if err := os.WriteFile(path, []byte("a"), 0o400); err != nil {
		t.Fatal(err)
	}
	if err := config.Write(path, []byte("b")); err == nil || !strings.Contains(err.Error(), "read-only") {
		t.Errorf("%v", err)
	}
	dangling := filepath.Join(dir, "link")
	if err := os.Symlink("nowhere", dangling); err != nil {
		t.Fatal(err)
	}
	if err := config.Write(dangling, []byte("b")); err == nil || !strings.Contains(err.Error(), "nowhere") {
		t.Errorf("%v", err)
	}
	if err := config.Write(filepath.Join(path, "x"), []byte("b")); err == nil {
		t.Error("a file is no folder")
	}
}

// What Starter writes means what was found, prices and all.
func TestStarter(t *testing.T) {
	env := map[string]string{"OPENAI_API_KEY": "sk-starter-0123456789", "ANTHROPIC_API_KEY": "sk-ant-starter-0123456789"}
	c := config.Discover(context.Background(), config.Surroundings{Getenv: func(n string) string { return env[n] }, Known: facts.BuiltIn()})
	text := config.Starter(&c.Catalog)
	if strings.Contains(string(text), "0123456789") {
		t.Fatal("a key is in the text")
	}
	read, err := config.Parse("", text, facts.BuiltIn())
	if err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	found, err1 := catalog.New(c.Catalog)
	again, err2 := catalog.New(read.Catalog)
	if err1 != nil || err2 != nil {
		t.Fatal(err1, err2)
	}
	for _, m := range found.Config().Models {
		for _, e := range m.Endpoints {
			got := again.Endpoint(e.ID)
			if got == nil || got.Model != e.Model || got.KeyRef != e.KeyRef || got.BaseURL != e.BaseURL || !reflect.DeepEqual(got.Price, e.Price) {
				t.Errorf("%s: %+v, not %+v", e.ID, got, e)
			}
		}
	}
	if len(found.Config().Models) < 5 || len(found.Config().Models) != len(again.Config().Models) {
		t.Errorf("%d models, and %d", len(found.Config().Models), len(again.Config().Models))
	}
}
