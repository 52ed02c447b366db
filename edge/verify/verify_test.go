package verify_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"strowger/core/catalog"
	"strowger/core/llm"
	"strowger/core/stats"
	"strowger/edge/slim/module/moduletest"
	"strowger/edge/verify"
	"strowger/edge/verify/goldens"
	"strowger/edge/wazerohost"
)

// cacheDir holds compiled code for all tests of this package.
var cacheDir string

func TestMain(m *testing.M) {
	dir, err := os.MkdirTemp("", "verify")
	if err != nil {
		panic(err)
	}
	cacheDir = dir
	code := m.Run()
	_ = os.RemoveAll(dir)
	os.Exit(code)
}

func onWazero(t *testing.T, wasm []byte) verify.Host {
	t.Helper()
	h, err := wazerohost.New(t.Context(), wasm, wazerohost.Options{CacheDir: cacheDir})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := h.Close(context.Background()); err != nil {
			t.Error(err)
		}
	})
	return verify.OnWazero(t.Context(), h)
}

// golden are the sources that come from the files of the core's tests.
func golden() []verify.Source { return goldens.Sources(os.DirFS("../..")) }

// compare holds a host against the native core.
func compare(t *testing.T, h verify.Host, sources []verify.Source, o verify.Options) []verify.Summary {
	t.Helper()
	c := verify.NewComparer(h)
	sums, err := verify.Run(sources, c, o)
	if err = errors.Join(err, c.Close()); err != nil {
		t.Fatal(err)
	}
	for _, s := range sums {
		t.Logf("%-10s %d cases, %d calls, %d decisions (%d refused), %d exchanges, %s", s.Source, s.Cases, s.Calls, s.Decisions, s.Refused, s.Exchanges, s.Took.Round(time.Millisecond))
	}
	return sums
}

func allEqual(t *testing.T, sums []verify.Summary) {
	t.Helper()
	for _, s := range sums {
		if s.Difference != nil {
			t.Error(s.Difference.Report())
		}
	}
}

// own is a configuration with something of everything.
func own(t *testing.T) catalog.Config {
	t.Helper()
	cfg, err := catalog.ReadJSON([]byte(`{"providers":[{"name":"openai","schema":"openai","base_url":"https://api.openai.com/v1","key":"env:O"},{"name":"anthropic","schema":"anthropic","base_url":"https://api.anthropic.com","key":"env:A"},{"name":"google","schema":"gemini","base_url":"https://generativelanguage.googleapis.com","key":"env:G"}],` +
		`"models":[{"id":"openai/gpt-4o","endpoints":[{"provider":"openai","price":{"input":2500000,"output":10000000}}]},{"id":"anthropic/claude","endpoints":[{"provider":"anthropic"}]},{"id":"google/flash","endpoints":[{"provider":"google"},{"provider":"openai"}]}],` +
		`"routing":{"strategy":"balanced","fallback":["anthropic/claude"]}}`))
	if err != nil {
		t.Fatal(err)
	}
	return cfg
}

// history is a record: a sample and a decision a second.
func history(n int) (list []verify.Recorded, samples []stats.Sample) {
	at := time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC)
	for i := range n {
		at = at.Add(time.Second)
		list = append(list, verify.Recorded{ID: fmt.Sprint("r", i), Asked: "google/flash", At: at, Stream: i%2 == 0, InputTokens: int64(i)})
		samples = append(samples, stats.Sample{Endpoint: []string{"google/flash", "openai/flash"}[i%2], At: at, Outcome: stats.OutcomeOK, Status: 200,
			Total: time.Duration(1+i%5) * time.Second, Usage: llm.Usage{Known: true, Input: 9, Output: 9}})
	}
	return list, samples
}

// TestWazeroIsEqual holds the module on wazero against the native core: everything.
func TestWazeroIsEqual(t *testing.T) {
	decisions, samples := history(250)
	sources := append(golden(), verify.Generated(generatedCases), verify.Own(own(t), 400), verify.History(own(t), decisions, samples), verify.Recalled(generatedCases))
	sums := compare(t, onWazero(t, moduletest.Reactor(t)), sources, verify.Options{})
	allEqual(t, sums)
	least := leastOfAll()
	least["catalog"] = verify.Counts{Cases: 15, Decisions: 300, Exchanges: 300}
	least["recorded"] = verify.Counts{Cases: 3, Decisions: 250}
	least["recalled"] = verify.Counts{Cases: generatedCases, Decisions: generatedCases}
	enough(t, sums, least)
}

// leastOfAll is what is made at least on every host.
func leastOfAll() map[string]verify.Counts {
	return map[string]verify.Counts{
		"vectors": {Cases: 15}, "scenarios": {Cases: 240, Exchanges: 300}, "codecs": {Cases: 2900, Exchanges: 2900},
		"generated": {Cases: generatedCases, Decisions: 4 * generatedCases, Exchanges: 2 * generatedCases},
	}
}

// enough sees to it that nothing was left out.
func enough(t *testing.T, sums []verify.Summary, least map[string]verify.Counts) {
	t.Helper()
	for _, s := range sums {
		want, ok := least[s.Source]
		if !ok || s.Cases < want.Cases || s.Decisions < want.Decisions || s.Exchanges < want.Exchanges {
			t.Errorf("%s: %+v, expected at least %+v", s.Source, s.Counts, want)
		}
		if s.Refused > s.Decisions/2 {
			t.Errorf("%s: %d of %d are refusals: too little is decided", s.Source, s.Refused, s.Decisions)
		}
		delete(least, s.Source)
	}
	if len(least) > 0 {
		t.Errorf("not run: %v", least)
	}
}

// ends is the sink that counts how exchanges end.
type ends map[string]int

func (ends) Begin(string, bool) error { return nil }

func (e ends) Take(c verify.Call) error {
	_, after, found := bytes.Cut(c.Want, []byte(`{"kind":"finish","outcome":"`))
	if outcome, _, _ := bytes.Cut(after, []byte(`"`)); found {
		e[string(outcome)]++
	}
	return nil
}

// TestMostOfItServes sees to it that exchanges come to their answers: if the recordings did not
// fit, all of them would be refused, and equal.
func TestMostOfItServes(t *testing.T) {
	for _, s := range append(golden(), verify.Generated(300), verify.Own(own(t), 400)) {
		seen := ends{}
		sums, err := verify.Run([]verify.Source{s}, seen, verify.Options{})
		if err != nil {
			t.Fatal(err)
		}
		t.Logf("%s: %v", s.Name, seen)
		if n := sums[0].Exchanges; s.Name != "vectors" && seen["ok"] < n/4 {
			t.Errorf("%s: %d of %d exchanges end well", s.Name, seen["ok"], n)
		}
	}
}

// TestBrokenModule changes one number of a table inside of the module, by one in the last place:
// it has to be found, with a report that says where, and again when only its case is made.
func TestBrokenModule(t *testing.T) {
	var table []byte // the sigmoid of core/auto
	for _, n := range []uint16{4096, 5099, 5989, 6698} {
		table = binary.LittleEndian.AppendUint16(table, n)
	}
	wasm := bytes.Clone(moduletest.Reactor(t))
	if bytes.Count(wasm, table) != 1 {
		t.Fatal("the table is not in the module as it was: look for another")
	}
	wasm[bytes.Index(wasm, table)+2] ^= 8
	h := onWazero(t, wasm)
	d := compare(t, h, []verify.Source{verify.Generated(200)}, verify.Options{})[0].Difference
	if d == nil {
		t.Fatal("a module with another table is said to be equal")
	}
	report := d.Report()
	t.Log(report)
	for _, part := range []string{"generated/", "wazero differs from the native core at byte", "where    raw bytes of record 1", "native   ", "control  {", `"messages":`, "again    --only generated/"} {
		if !strings.Contains(report, part) {
			t.Errorf("the report lacks %q", part)
		}
	}
	if doc, err := json.Marshal(d); err != nil || !bytes.Contains(doc, []byte(`"case":"generated/`)) {
		t.Errorf("%s, %v", doc, err)
	}
	again := compare(t, h, []verify.Source{verify.Generated(200)}, verify.Options{Only: d.Case})[0]
	if again.Cases != 1 || again.Difference == nil || again.Difference.Error() != d.Error() {
		t.Errorf("again: %+v, was %v", again, d)
	}
}

// TestScript writes a script and replays it: on the module it is equal, with a byte of an answer
// changed it is not, and one without answers is as good for a recorder.
func TestScript(t *testing.T) {
	sources := append(golden()[:1], verify.Generated(30))
	var full, bare bytes.Buffer
	for _, c := range []struct {
		to   *bytes.Buffer
		bare bool
	}{{&full, false}, {&bare, true}} {
		w := verify.NewWriter(c.to)
		w.Bare = c.bare
		if _, err := verify.Run(sources, w, verify.Options{}); err != nil {
			t.Fatal(err)
		}
		if err := w.Flush(); err != nil {
			t.Fatal(err)
		}
	}
	host := onWazero(t, moduletest.Reactor(t))
	replay := func(script []byte) error {
		c := verify.NewComparer(host)
		return errors.Join(verify.Read(bytes.NewReader(script), c), c.Close())
	}
	if err := replay(full.Bytes()); err != nil {
		t.Error(err)
	}
	changed := bytes.Clone(full.Bytes())
	changed[len(changed)-3] ^= 1
	if _, ok := errors.AsType[*verify.Difference](replay(changed)); !ok {
		t.Error("a changed answer is not found")
	}
	var again bytes.Buffer
	w := verify.NewWriter(&again)
	if err := verify.Read(&bare, &verify.Recorder{Sink: w}); err != nil {
		t.Fatal(err)
	}
	if err := w.Flush(); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(again.Bytes(), full.Bytes()) {
		t.Error("a script without answers, answered anew, is another")
	}
	for _, c := range []struct {
		script []byte
		says   string
	}{
		{full.Bytes()[:full.Len()-3], "ends in the middle"}, {[]byte("something else, longer than that"), "not a script"}, {nil, "not a script"},
		{append(bytes.Clone(full.Bytes()), 'X'), `entry 'X'`}, {append(bytes.Clone(full.Bytes()), 'M', 99, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0), "method 99"},
	} {
		if err := replay(c.script); err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%v, expected %q", err, c.says)
		}
	}
}

// TestSameCalls makes the same calls twice.
func TestSameCalls(t *testing.T) {
	write := func() []byte {
		var b bytes.Buffer
		w := verify.NewWriter(&b)
		decisions, samples := history(20)
		if _, err := verify.Run([]verify.Source{verify.Generated(40), verify.Own(own(t), 100), verify.History(own(t), decisions, samples)}, w, verify.Options{}); err != nil {
			t.Fatal(err)
		}
		return b.Bytes()
	}
	if !bytes.Equal(write(), write()) {
		t.Error("the same sources make other calls")
	}
}

// broken is a host whose machines answer nothing.
type broken struct{ verify.Native }

func (broken) New() (verify.Carrier, error) { return silent{}, nil }

type silent struct{}

func (silent) Close() error { return nil }

func (silent) Data(uint32, uint32, int64, []byte) ([]byte, error) { return nil, nil }

func (silent) Call(string, uint32, []byte, []byte) ([]byte, error) {
	return nil, errors.New("it has trapped")
}

func TestTrap(t *testing.T) {
	d := compare(t, broken{}, []verify.Source{verify.Generated(1)}, verify.Options{})[0].Difference
	if d == nil || !strings.Contains(d.Report(), "generated/0, call 1 (configure): native: it has trapped") {
		t.Errorf("%v", d)
	}
	if doc, err := json.Marshal(d); err != nil || !bytes.Contains(doc, []byte(`"error":"it has trapped"`)) {
		t.Errorf("%s, %v", doc, err)
	}
}

// TestBuiltIn reads what is in this build of the golden files, if it was made.
func TestBuiltIn(t *testing.T) {
	list := verify.Goldens()
	if list == nil {
		t.Skip("built without golden files: go tool task wasm makes them")
	}
	sums, err := verify.Run(list, ends{}, verify.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range sums {
		if s.Cases < 15 || s.Calls < 200 {
			t.Errorf("%s: %+v", s.Source, s.Counts)
		}
	}
}
