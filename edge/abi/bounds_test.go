package abi_test

import (
	"go/parser"
	"go/token"
	"math/rand/v2"
	"os/exec"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"strowger/core/catalog"
	"strowger/core/exchange"
	"strowger/core/exchange/exchangetest"
	"strowger/core/limits"
	"strowger/core/llm"
	"strowger/core/policy"
	"strowger/core/router"
	"strowger/core/stats"
	"strowger/edge/abi"
	"strowger/edge/abi/abitest"
)

// banned may not be reached: the package is compiled into the module.
var banned = map[string]string{
	"encoding/json": "reflection; 300 KB of the module",
	"fmt":           "reflection; 130 KB of the module",
	"reflect":       "reflection",
	"net":           "the host does I/O",
	"os":            "the host does I/O",
	"math/rand/v2":  "chance comes in as a seed",
}

func TestReachesNothingBanned(t *testing.T) {
	out, err := exec.Command("go", "list", "-deps", "-f", "{{.ImportPath}}{{range .Imports}} {{.}}{{end}}", ".").Output()
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(out)) {
		f := strings.Fields(line)
		for _, i := range f[1:] {
			// encoding/base64 needs numbers of encoding/binary, whose reflection is not linked.
			if why, bad := banned[i]; bad && f[0] != "encoding/binary" {
				t.Errorf("reaches %s: %s", i, why)
			}
		}
		dep := f[0]
		if strings.HasPrefix(dep, "strowger/") && !strings.HasPrefix(dep, "strowger/core/") && dep != "strowger/edge/abi" {
			t.Errorf("reaches %s: only the core is below", dep)
		}
	}
	files, _ := filepath.Glob("*.go")
	for _, file := range files {
		f, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.ImportsOnly)
		if err != nil {
			t.Fatal(err)
		}
		for _, i := range f.Imports {
			if p := i.Path.Value; !strings.HasSuffix(file, "_test.go") && (p == `"sync"` || p == `"unsafe"`) {
				t.Errorf("%s imports %s", file, p)
			}
		}
	}
}

// TestReadsOnlyTheHeadersItSays runs the scenarios with a look at the headers asked for.
func TestReadsOnlyTheHeadersItSays(t *testing.T) {
	asked := map[string]bool{}
	exchangetest.Run(t, "../../core/exchange/testdata", func(*testing.T) exchangetest.Driver {
		return watching{&exchangetest.Native{}, asked}
	})
	for _, name := range abi.HeaderNames() {
		delete(asked, name)
	}
	if len(asked) > 0 {
		t.Errorf("the core reads %v, which is not carried over", asked)
	}
}

type watching struct {
	*exchangetest.Native
	asked map[string]bool
}

func (w watching) Step(now time.Time, ev exchange.Event) ([]string, error) {
	if h, ok := ev.(exchange.Headers); ok {
		value := h.Header
		h.Header = func(name string) string { w.asked[name] = true; return value(name) }
		ev = h
	}
	return w.Native.Step(now, ev)
}

func TestSamplesSurvive(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	micros := func() time.Duration { return time.Duration(rng.Int64N(1<<30)) * time.Microsecond }
	for range 1000 {
		s := stats.Sample{
			Endpoint: "p/\"ü\x01", At: exchangetest.Epoch.Add(micros()),
			Outcome: stats.Outcome(1 + rng.IntN(int(stats.OutcomeAbandoned))), Stream: rng.IntN(2) == 0,
			Status: rng.IntN(600), FirstToken: micros(), Total: micros(),
		}
		if rng.IntN(2) == 0 {
			s.Usage = llm.Usage{Input: rng.Int64N(9), CacheRead: rng.Int64N(9), CacheWrite: rng.Int64N(9), CacheWriteHour: rng.Int64N(9), Output: rng.Int64N(9), Reasoning: rng.Int64N(9), Images: rng.Int64N(9)}
			s.Usage.Estimated = rng.IntN(2) == 0
			s.Usage.Known = !s.Usage.Estimated
		}
		if rng.IntN(2) == 0 {
			s.Price = stats.Price{Known: true, Input: rng.Int64N(9), CacheRead: rng.Int64N(9), CacheWrite: rng.Int64N(9), CacheWriteHour: rng.Int64N(9), Output: rng.Int64N(9), Reasoning: rng.Int64N(9), Request: rng.Int64N(9), Image: rng.Int64N(9)}
			s.Cost = rng.Int64N(1 << 40)
		}
		if rng.IntN(2) == 0 {
			s.RetryAt = s.At.Add(micros())
			s.Account = "google/eu"
		}
		s.Resumed = rng.IntN(2) == 0
		got, err := abi.ReadSample(abi.AppendSample(nil, s))
		if err != nil || !reflect.DeepEqual(got, s) {
			t.Fatalf("%v\n got  %+v\n want %+v", err, got, s)
		}
	}
}

// TestImpossibleNumbersStayReadable: what a provider makes up must not break a host.
func TestImpossibleNumbersStayReadable(t *testing.T) {
	s := stats.Sample{
		Endpoint: "p/m", At: exchangetest.Epoch, Outcome: stats.OutcomeOK, Cost: -1 << 60,
		Usage: llm.Usage{Known: true, Input: -1, Output: 1 << 60}, Price: stats.Price{Known: true, Input: 1 << 62},
	}
	got, err := abi.ReadSample(abi.AppendSample(nil, s))
	const most = 1<<53 - 1
	if err != nil || got.Usage.Input != 0 || got.Usage.Output != most || got.Price.Input != most || got.Cost != 0 {
		t.Errorf("%v: %+v", err, got)
	}
}

func TestOpenExchangesAreBounded(t *testing.T) {
	d := abitest.Driver{Caller: &abitest.Native{}}
	if err := d.Configure([]byte(smallCatalog)); err != nil {
		t.Fatal(err)
	}
	call := callOf("{}")
	for range abi.MaxOpen {
		if err := d.Open(call); err != nil {
			t.Fatal(err)
		}
	}
	if err := d.Open(call); err == nil || !strings.HasPrefix(err.Error(), "limit: ") {
		t.Fatalf("one more: %v", err)
	}
	if _, err := d.Caller.Call("close", 77, nil, nil); err != nil {
		t.Fatal(err)
	}
	if err := d.Open(call); err != nil {
		t.Fatalf("after one was closed: %v", err)
	}
}

func TestSizesAreBounded(t *testing.T) {
	var m abi.Machine
	blank := func(n int) []byte { return []byte(strings.Repeat(" ", n)) }
	m.Configure(nil, abi.AppendConfigure(nil, false), []byte(smallCatalog))
	for name, result := range map[string][]byte{
		"control": m.Decide(nil, blank(abi.MaxControl+1), nil),
		"raw":     m.Decide(nil, nil, make([]byte, abi.MaxRaw+1)),
		"catalog": m.Configure(nil, nil, make([]byte, abi.MaxRaw+1)),
	} {
		if _, err := abi.DecodeResult(result, abi.KindDecided); err == nil || !strings.HasPrefix(err.Error(), "limit: ") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

const smallCatalog = `{"providers":[{"name":"p","schema":"openai","base_url":"http://p"},{"name":"q","schema":"openai","base_url":"http://q"}],"models":[{"id":"a/m","endpoints":[{"provider":"p"},{"provider":"q"}]}],"routing":{}}`

func callOf(body string) router.Call {
	return router.Call{
		ID: "x", Seed: 1<<64 - 1, Body: []byte(body),
		Entry: router.Entry{Schema: llm.SchemaOpenAI, Operation: llm.OperationChat},
	}
}

// TestSamplesAreBounded: what another host says is not taken at its word.
func TestSamplesAreBounded(t *testing.T) {
	const begin = `{"endpoint":"p/m","at_us":1,"outcome":"ok"`
	name := strings.Repeat("a", catalog.MaxName)
	for more, says := range map[string]string{
		`}`:                                        "",
		`,"account":"` + name + `"}`:               "",
		`,"account":"` + name + `a"}`:              "longer than 128 bytes",
		`,"price":{"input":1},"cost_micro":5}`:     "",
		`,"price":{"input":1},"cost_micro":-1}`:    "must be from 0 to",
		`,"cost_micro":5}`:                         `"price": missing`,
		`,"cost_micro":5,"price":{"output":1000}}`: "",
	} {
		_, err := abi.ReadSample([]byte(begin + more))
		if says == "" && err != nil || says != "" && (err == nil || !strings.Contains(err.Error(), says)) {
			t.Errorf("%s: %v", more, err)
		}
	}
}

// TestLongestNamesAreReadBack: accounts of the longest names that a catalog takes can be read.
func TestLongestNamesAreReadBack(t *testing.T) {
	name := strings.Repeat("k", catalog.MaxName)
	var l limits.Ledger
	l.Admit(exchangetest.Epoch, limits.Admission{
		Key: name, Rate: catalog.Rate{Requests: 1, Per: time.Minute}, Amount: 1,
		Limits: []policy.Limit{
			{Account: policy.AccountKey + name, CostLimit: catalog.CostLimit{Most: 1, Per: catalog.PerDay}},
			{Account: policy.AccountRoute + name, CostLimit: catalog.CostLimit{Most: 1, Per: catalog.PerDay}},
		},
	})
	accounts, dues, err := abi.ReadAccounts(abi.AppendAccounts(nil, &l, exchangetest.Epoch))
	if err != nil || len(accounts) != 2 || len(dues) != 1 {
		t.Errorf("%v %v %v", accounts, dues, err)
	}
}
