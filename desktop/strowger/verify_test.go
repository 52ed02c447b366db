//go:build !race

// The race detector compiles modules for minutes and sees nothing in them: they run one at a time.

package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"strowger/core/catalog"
	"strowger/core/stats"
	"strowger/desktop/store"
	"strowger/edge/abi"
	"strowger/edge/deploy"
	"strowger/edge/document"
	"strowger/edge/edgetest"
	"strowger/edge/slim/module/moduletest"
)

const verifiedCatalog = `{"providers":[{"name":"openai","schema":"openai","base_url":"https://api.openai.com/v1","key":"env:O"},{"name":"google","schema":"gemini","base_url":"https://generativelanguage.googleapis.com","key":"env:G"}],` +
	`"models":[{"id":"openai/gpt-4o","endpoints":[{"provider":"openai"}]},{"id":"google/flash","endpoints":[{"provider":"google"},{"provider":"openai"}]}],"routing":{"strategy":"latency"}}`

// verifiable is an exported folder, and the module in it.
func verifiable(t *testing.T) (dir string, wasm []byte) {
	t.Helper()
	wasm = moduletest.Reactor(t) // before the folder changes
	homeless(t)
	cfg, err := catalog.ReadJSON([]byte(verifiedCatalog))
	if err != nil {
		t.Fatal(err)
	}
	d, err := deploy.New(cfg, deploy.Options{Open: true})
	if err != nil {
		t.Fatal(err)
	}
	put(t, "out/strowger.wasm", wasm)
	put(t, "out/"+document.FileName, d.Document.AppendJSON(nil))
	return "out", wasm
}

func put(t *testing.T, name string, b []byte) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, b, 0o600); err != nil {
		t.Fatal(err)
	}
}

// recordDecisions puts some decisions into a data folder.
func recordDecisions(t *testing.T, dir string, n int) {
	t.Helper()
	s, err := store.Open(filepath.Join(dir, store.FileName), store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	at := time.Now().Add(-time.Hour)
	for i := range n {
		at = at.Add(time.Second)
		e := store.Entry{Decision: store.Decision{Seq: int64(i + 1), ID: "d" + string(rune('a'+i)), At: at, Asked: "google/flash", Tokens: store.Tokens{Input: 30}}}
		e.Samples = []stats.Sample{{Endpoint: "google/flash", At: at, Outcome: stats.OutcomeOK, Status: 200, FirstToken: time.Second, Total: 2 * time.Second, Stream: true}}
		e.Attempts = []store.Attempt{{N: 1, Endpoint: "google/flash", Outcome: "ok"}}
		s.Add(e)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
}

func TestVerify(t *testing.T) {
	dir, wasm := verifiable(t)
	recordDecisions(t, "data", 5)
	code, out, errs := call(t, "", "verify", dir, "--cases", "20", "--data", "data")
	for _, part := range []string{"SOURCE", "generated", "catalog", "recorded   1", "out/strowger.wasm answers every call as the native core does",
		"5 recorded decisions cannot be recomputed, because prompts are no part of them", "and not its other files"} {
		if !strings.Contains(out, part) {
			t.Errorf("verify does not say %q", part)
		}
	}
	if code != 0 || errs != "" {
		t.Errorf("exit code %d, %s, %s", code, out, errs)
	}

	// One number of a table in the module, the first of the sigmoid of auto mode, is another.
	table := []byte{0x00, 0x10, 0xeb, 0x13, 0x65, 0x17}
	if bytes.Count(wasm, table) != 1 {
		t.Fatal("the table is not in the module as it was: look for another")
	}
	broken := bytes.Replace(wasm, table, []byte{0x00, 0x10, 0xec, 0x23, 0x65, 0x17}, 1)
	put(t, "broken.wasm", broken)
	code, out, _ = call(t, "", "verify", "broken.wasm", "--cases", "300", "--only", "generated")
	if code != 1 || !strings.Contains(out, "broken.wasm does not answer as the native core does") || !strings.Contains(out, "again    --only generated/") {
		t.Errorf("a broken module: exit code %d, %s", code, out)
	}
	code, out, _ = call(t, "", "verify", "broken.wasm", "--cases", "300", "--only", "generated", "--json")
	var doc struct {
		Equal   bool
		Sources []struct {
			Source     string
			Calls      int
			Difference *struct{ Case, Control, Native, Got string }
		}
	}
	if err := json.Unmarshal([]byte(out), &doc); err != nil || code != 1 || doc.Equal {
		t.Fatalf("--json: %v, exit code %d, %s", err, code, out)
	}
	if len(doc.Sources) != 1 || doc.Sources[0].Source != "generated" {
		t.Errorf("sources that were not run are said to be equal: %s", out)
	}
	if d := doc.Sources[0].Difference; d == nil || d.Native == d.Got || d.Native == "" || !strings.HasPrefix(d.Case, "generated/") {
		t.Errorf("--json: %s", out)
	}
}

// otherVersion is a module of strowger of which only its version is left: 3.
func otherVersion() []byte {
	b := []byte("\x00asm\x01\x00\x00\x00\x01\x0a\x02\x60\x00\x01\x7f\x60\x01\x7f\x01\x7f\x03\x03\x02\x00\x01\x07\x29\x02\x14")
	b = append(b, "strowger_abi_version\x00\x00\x0estrowger_alloc\x00\x01"...)
	return append(b, "\x0a\x0b\x02\x04\x00\x41\x03\x0b\x04\x00\x41\x00\x0b"...)
}

func TestVerifyRefuses(t *testing.T) {
	dir, wasm := verifiable(t)
	text, err := os.ReadFile(filepath.Join(dir, document.FileName))
	if err != nil {
		t.Fatal(err)
	}
	d, err := deploy.Read(text)
	if err != nil {
		t.Fatal(err)
	}
	put(t, "stale/strowger.wasm", wasm)
	put(t, "stale/strowger.json", bytes.Replace(text, []byte(d.Rev), []byte("0123456789abcdef"), 1))
	filter := edgetest.Module(abi.Version, true)
	for _, name := range []string{"strowger.json", "index.mjs", "named/strowger.json"} {
		put(t, "worker/"+name, text)
	}
	put(t, "worker/strowger.wasm", filter)
	put(t, "worker/named/strowger-proxy.wasm", filter)
	for _, name := range []string{"strowger.json", "envoy.yaml", "named/strowger.json", "named/envoy.yaml"} {
		put(t, "proxy/"+name, text)
	}
	put(t, "proxy/strowger-proxy.wasm", wasm)
	put(t, "proxy/named/strowger.wasm", wasm)
	put(t, "two/a.wasm", wasm)
	put(t, "two/b.wasm", wasm)
	put(t, "two/strowger.json", text)
	put(t, "cut.wasm", wasm[:len(wasm)/2])
	put(t, "text.wasm", []byte("hello"))
	put(t, "foreign.wasm", []byte("\x00asm\x01\x00\x00\x00"))
	put(t, "other.wasm", otherVersion())
	put(t, "empty/x", nil)
	for _, c := range []struct {
		args string
		code int
		says string
	}{
		{"stale", 1, `strowger.json: rev: is "0123456789abcdef", but the catalog's is "` + d.Rev + `"`},
		{"worker", 1, "worker/strowger.wasm is the module of another target: export the folder anew"},
		{"proxy", 1, "proxy/strowger-proxy.wasm is the module of another target: export the folder anew"},
		{"worker/named", 1, "worker/named/strowger-proxy.wasm is no module of this folder, whose host loads strowger.wasm"},
		{"proxy/named", 1, "proxy/named/strowger.wasm is no module of this folder, whose host loads strowger-proxy.wasm"},
		{"two", 1, "two has 2 files *.wasm, expected one; name the module itself"},
		{"empty", 1, "empty is no exported folder: it has no readable strowger.json"},
		{"nowhere", 1, "nowhere cannot be read: no such file or directory"},
		{"cut.wasm", 1, "cut.wasm cannot be run: "},
		{"text.wasm", 1, "text.wasm is no WebAssembly module"},
		{"foreign.wasm", 1, "foreign.wasm cannot be run: wazerohost: not a module of strowger"},
		{"other.wasm", 1, "other.wasm cannot be run: wazerohost: the module speaks version 3, this host 4"},
		{"out --data empty", 1, "--data: empty has no record"},
		{"out/strowger.wasm --data data", 2, "--data goes with an exported folder"},
		{"out --cases -1", 2, "--cases must be from 0 to"},
		{"out --cases 1 --only nothing", 2, `no case is called "nothing"`},
		{"a b", 2, `unexpected "b"`},
	} {
		code, out, errs := call(t, "", append([]string{"verify"}, strings.Fields(c.args)...)...)
		if code != c.code || !strings.Contains(errs, c.says) || out != "" {
			t.Errorf("verify %s: exit code %d, %q, %q; want %d, %q", c.args, code, out, errs, c.code, c.says)
		}
	}
	if files, _ := filepath.Glob("empty/*"); len(files) != 1 {
		t.Errorf("a data folder without a record was changed: %v", files)
	}
}

// A script needs no module.
func TestVerifyWritesAScript(t *testing.T) {
	homeless(t)
	code, out, errs := call(t, "", "verify", "--script", "calls", "--cases", "3", "--only", "generated")
	script, err := os.ReadFile("calls")
	if code != 0 || err != nil || !bytes.HasPrefix(script, []byte("strowger script 1\nC\x01")) || !strings.Contains(out, "generated") {
		t.Errorf("exit code %d, %v, %s, %s", code, err, out, errs)
	}
}
