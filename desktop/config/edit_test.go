package config_test

import (
	"encoding/json"
	"os"
	"strings"
	"testing"

	"strowger/desktop/config"
)

// edits are files before and after a change.
var edits = []struct{ name, file, path, value, want string }{
	{"a scalar keeps what stands behind it", "routing:\n  strategy: cost    # cheap\n", `["routing","strategy"]`, `"latency"`, "routing:\n  strategy: latency    # cheap\n"},
	{"quotes stay", "listen: \"a:1\" # x\n", `["listen"]`, `"b:2"`, "listen: \"b:2\" # x\n"},
	{"single quotes stay", "listen: 'a:1'\n", `["listen"]`, `"b:2"`, "listen: 'b:2'\n"},
	{"what needs quotes gets them", "a: x\n", `["a"]`, `"true"`, "a: \"true\"\n"},
	{"text with a colon", "a: x\n", `["a"]`, `"b: c"`, "a: \"b: c\"\n"},
	{"a parent is made", "listen: x\n", `["routing","retry","max"]`, `3`, "listen: x\nrouting:\n  retry: {max: 3}\n"},
	{"in the file's indentation", "a:\n    b:\n        c: 1\n", `["d","e"]`, `{"f":1}`, "a:\n    b:\n        c: 1\nd:\n    e: {f: 1}\n"},
	{"no newline at the end", "a: 1", `["b"]`, `2`, "a: 1\nb: 2"},
	{"an empty file", "", `["a"]`, `1`, "a: 1\n"},
	{"comments only", "# nothing yet", `["a"]`, `1`, "# nothing yet\na: 1\n"},
	{"line ends", "a: 1\r\nb:\r\n  c: 1 # x\r\n", `["b","d"]`, `[1]`, "a: 1\r\nb:\r\n  c: 1 # x\r\n  d: [1]\r\n"},
	{"line ends at the last value", "a: 1\r\nb: 2", `["b"]`, `3`, "a: 1\r\nb: 3"},
	{"a byte order mark", "\ufeffa: 1\n", `["a"]`, `2`, "\ufeffa: 2\n"},
	{"characters of several bytes", "é: {ü: 1, x: 2} # é\n", `["é","x"]`, `3`, "é: {ü: 1, x: 3} # é\n"},
	{"a tab behind a value", "a:\t1\t# x\nb: 2\n", `["a"]`, `7`, "a:\t7\t# x\nb: 2\n"},
	{"within braces", "p: {a: 1, b: 2} # x\n", `["p","c"]`, `"z"`, "p: {a: 1, b: 2, c: z} # x\n"},
	{"empty braces become lines", "p: {} # x\n", `["p","c"]`, `"z"`, "p: # x\n  c: z\n"},
	{"empty braces within braces", "p: {q: {}} # x\n", `["p","q","c"]`, `"z"`, "p: {q: {c: z}} # x\n"},
	{"nothing becomes something", "p: # x\nq: 1\n", `["p","c"]`, `"z"`, "p: # x\n  c: z\nq: 1\n"},
	{"nothing becomes a scalar", "p:   # x\nq: 1\n", `["p"]`, `5`, "p: 5   # x\nq: 1\n"},
	{"gone from braces", "p: {a: 1, b: 2, c: 3}\n", `["p","b"]`, `null`, "p: {a: 1, c: 3}\n"},
	{"the last gone from braces", "p: {a: 1, b: 2}\n", `["p","b"]`, `null`, "p: {a: 1}\n"},
	{"the only one gone from braces", "p: {a: 1}\n", `["p","a"]`, `null`, "p: {}\n"},
	{"a line gone", "a: 1\n# about b\nb: 2 # x\nc: 3\n", `["b"]`, `null`, "a: 1\n# about b\nc: 3\n"},
	{"a block gone", "a:\n  b: 1\n  # end\n\nc: 3\n", `["a"]`, `null`, "  # end\n\nc: 3\n"},
	{"the only key gone", "a:\n  b: 1 # x\nc: 3\n", `["a","b"]`, `null`, "a: {}\nc: 3\n"},
	{"the first key of an item gone", "l:\n  - a: 1\n    b: 2\n", `["l",0,"a"]`, `null`, "l:\n  - b: 2\n"},
	{"an item more", "l:\n  - a # x\n  # end\nm: 1\n", `["l","-"]`, `"b"`, "l:\n  - a # x\n  - b\n  # end\nm: 1\n"},
	{"an item more, hyphens at the key", "l:\n- a\nm: 1\n", `["l",1]`, `"b"`, "l:\n- a\n- b\nm: 1\n"},
	{"an item more in brackets", "l: [a, b] # x\n", `["l","-"]`, `"c"`, "l: [a, b, c] # x\n"},
	{"an item more in lines", "l: [\n  a,\n  b # x\n]\n", `["l","-"]`, `"c"`, "l: [\n  a,\n  b, # x\n  c\n]\n"},
	{"an item more behind a comma", "l: [\n  a,\n  b, # x\n]\n", `["l","-"]`, `"c"`, "l: [\n  a,\n  b, # x\n  c,\n]\n"},
	{"a list turned round", "l:\n  - a # one\n  - b # two\n", `["l"]`, `["b","a"]`, "l:\n  - b # two\n  - a # one\n"},
	{"a list in brackets turned round", "l: [a, 'b', c] # x\n", `["l"]`, `["c","a","b"]`, "l: [c, a, 'b'] # x\n"},
	{"an item changed among others", "l:\n  - {a: 1} # one\n  - {a: 2} # two\n", `["l"]`, `[{"a":1},{"a":3}]`, "l:\n  - {a: 1} # one\n  - {a: 3} # two\n"},
	{"a list emptied", "l:\n  - a\nm: 1\n", `["l"]`, `[]`, "l: []\nm: 1\n"},
	{"an item of many values", "l:\n  - a: 1\n", `["l","-"]`, `{"path":"/support","providers":[{"provider":"openai","weight":3},{"provider":"azure","weight":1}],"sticky":"user"}`,
		"l:\n  - a: 1\n  - path: /support\n    providers: [{provider: openai, weight: 3}, {provider: azure, weight: 1}]\n    sticky: user\n"},
	{"a mapping becomes a scalar", "h: # how\n  tokens: 40\nz: 1\n", `["h"]`, `"whole"`, "h: whole # how\nz: 1\n"},
	{"a scalar becomes a mapping", "r:\n  h: whole # how\nz: 1\n", `["r","h"]`, `{"tokens":40}`, "r:\n  h: {tokens: 40} # how\nz: 1\n"},
	{"a literal becomes a scalar", "h: |\n  one\n  two\nz: 1\n", `["h"]`, `"x"`, "h: x\nz: 1\n"},
	{"JSON", "{\n\t\"a\": {\"b\": 1},\n\t\"c\": [1,\n 2]\n}", `["a","x"]`, `{"y":"z"}`, "{\n\t\"a\": {\"b\": 1, \"x\": {\"y\": \"z\"}},\n\t\"c\": [1,\n 2]\n}"},
	{"JSON, a key more", "{\n  \"a\": 1\n}\n", `["b"]`, `"x"`, "{\n  \"a\": 1,\n  \"b\": \"x\"\n}\n"},
	{"JSON, the last key gone", "{\n  \"a\": 1,\n  \"b\": 2\n}\n", `["b"]`, `null`, "{\n  \"a\": 1\n}\n"},
	{"JSON, the first key gone", "{\n  \"a\": 1,\n  \"b\": 2\n}\n", `["a"]`, `null`, "{\n  \"b\": 2\n}\n"},
	{"JSON, from nothing", "{}", `["b"]`, `{"c":"x"}`, "{\"b\": {\"c\": \"x\"}}"},
	{"the same changes nothing", "a: 0x10 # y\n", `["a"]`, `"0x10"`, "a: 0x10 # y\n"},
	{"a whole mapping, key by key", "r:\n  # first\n  a: 1 # one\n  b: 2\n", `["r"]`, `{"c":3,"a":1}`, "r:\n  # first\n  a: 1 # one\n  c: 3\n"},
	{"an alias elsewhere is no matter", "x: &t {a: 1}\ny: *t\nz: 1\n", `["z"]`, `2`, "x: &t {a: 1}\ny: *t\nz: 2\n"},
}

func change(t testing.TB, path, value string) config.Change {
	t.Helper()
	var c config.Change
	if err := json.Unmarshal([]byte(`{"path":`+path+`,"value":`+value+`}`), &c); err != nil {
		t.Fatal(err)
	}
	return c
}

func TestEdit(t *testing.T) {
	for _, e := range edits {
		t.Run(e.name, func(t *testing.T) {
			got, err := config.Edit([]byte(e.file), []config.Change{change(t, e.path, e.value)})
			if err != nil {
				t.Fatal(err)
			}
			if string(got) != e.want {
				t.Errorf("from\n%q\ngot\n%q\nwant\n%q", e.file, got, e.want)
			}
		})
	}
}

// An item is moved with all that it says and its comment, however it is written.
func TestEditMoves(t *testing.T) {
	for _, e := range []struct{ name, file, change, want string }{
		{"down", "l:\n  - a: 1 # one\n    b: 2\n  - a: 3 # two\n  - c\n", `{"path":["l",0],"to":1}`, "l:\n  - a: 3 # two\n  - a: 1 # one\n    b: 2\n  - c\n"},
		{"up", "l:\n  - {a: 1, t: 5s} # one\n  # about two\n  - {a: 2} # two\n", `{"path":["l",1],"to":0}`, "l:\n  # about two\n  - {a: 2} # two\n  - {a: 1, t: 5s} # one\n"},
		{"in brackets", "r: [{l: [a, 'b', c]}] # x\n", `{"path":["r",0,"l",2],"to":0}`, "r: [{l: [c, a, 'b']}] # x\n"},
		{"one of two that are the same", "l: [a, a, b]\n", `{"path":["l",2],"to":1}`, "l: [a, b, a]\n"},
		{"to where it is", "l:\n  - a\n", `{"path":["l",0],"to":0}`, "l:\n  - a\n"},
		{"beyond the end", "l:\n  - a\n", `{"path":["l",0],"to":1}`, "expected a list with the items 0 and 1"},
		{"before the beginning", "l:\n  - a\n", `{"path":["l",0],"to":-1}`, "expected a list"},
		{"of a mapping", "l: {a: 1}\n", `{"path":["l","a"],"to":0}`, "only an item of a list is moved"},
		{"of what is not there", "l: 1\n", `{"path":["m",0],"to":0}`, "only an item of a list is moved"},
		{"of nothing", "", `{"path":[0],"to":0}`, "only an item of a list is moved"},
		{"of an alias", "l: &l [a, b]\nm: *l\n", `{"path":["m",0],"to":1}`, "an anchor or alias stands here"},
	} {
		t.Run(e.name, func(t *testing.T) {
			var c config.Change
			if err := json.Unmarshal([]byte(e.change), &c); err != nil {
				t.Fatal(err)
			}
			got, err := config.Edit([]byte(e.file), []config.Change{c})
			if err != nil {
				got = []byte(err.Error())
			}
			if err == nil && string(got) != e.want || err != nil && !strings.Contains(string(got), e.want) {
				t.Errorf("from\n%q\ngot\n%q\nwant\n%q", e.file, got, e.want)
			}
		})
	}
}

func TestEditRefuses(t *testing.T) {
	for _, e := range []struct{ file, path, value, want string }{
		{"x: &t {a: 1}\ny: *t\n", `["x","a"]`, `2`, "1:4: x: an anchor or alias stands here"},
		{"x: &t {a: 1}\ny: *t\n", `["y","a"]`, `2`, "2:4: y: an anchor or alias stands here"},
		{"x: &t {a: 1}\ny: *t\n", `["x"]`, `null`, "1:4: x: an anchor or alias stands here"},
		{"x: {i: &t {a: 1}}\ny: *t\n", `["x"]`, `null`, "cannot be changed"},
		{"x: &t {a: 1}\ny: {<<: *t, b: 2}\n", `["y","a"]`, `null`, "cannot be changed"},
		{"x: 1\n", `["x","a"]`, `2`, "1:4: x: expected a mapping or list with a in it, found a number"},
		{"x: [1]\n", `["x",3]`, `2`, "the list has 1 items"},
		{"x: [1\n", `["x"]`, `2`, "not valid YAML"},
		{"x: 1\n", `[]`, `2`, "needs the path"},
		{"- 1\n", `["x"]`, `2`, "expected a mapping"},
	} {
		got, err := config.Edit([]byte(e.file), []config.Change{change(t, e.path, e.value)})
		if err == nil || !strings.Contains(err.Error(), e.want) {
			t.Errorf("%q at %s: %q, %v, want %q", e.file, e.path, got, err, e.want)
		}
	}
}

// A value of the sample of the contract is changed.
func BenchmarkEdit(b *testing.B) {
	file, err := os.ReadFile("testdata/full.yaml")
	if err != nil {
		b.Fatal(err)
	}
	c := []config.Change{change(b, `["routing","strategy"]`, `"latency"`)}
	for b.Loop() {
		if _, err := config.Edit(file, c); err != nil {
			b.Fatal(err)
		}
	}
}
