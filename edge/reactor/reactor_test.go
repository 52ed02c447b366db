package main

import (
	"bytes"
	"compress/gzip"
	"errors"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/tetratelabs/wazero"

	"strowger/edge/abi"
	"strowger/edge/reactor/reactortest"
)

// maxGzip is what the module may weigh, in bytes, compressed as a deployment is.
const maxGzip = 1_400_000

// imports are all functions that the module may ask of its host.
var imports = strings.Fields(`args_get args_sizes_get clock_time_get environ_get environ_sizes_get
	fd_close fd_fdstat_get fd_fdstat_set_flags fd_prestat_dir_name fd_prestat_get fd_write
	poll_oneoff proc_exit random_get sched_yield`)

var exports = strings.Fields(`_initialize strowger_abi_version strowger_abort strowger_accounts
	strowger_admit strowger_alloc strowger_close strowger_configure strowger_data strowger_decide
	strowger_fold strowger_free strowger_models strowger_open strowger_settle strowger_step`)

func TestModule(t *testing.T) {
	wasm := reactortest.Build(t)
	var packed bytes.Buffer
	z, _ := gzip.NewWriterLevel(&packed, gzip.BestCompression)
	_, _ = z.Write(wasm)
	_ = z.Close()
	t.Logf("%d bytes, %d compressed", len(wasm), packed.Len())
	if packed.Len() > maxGzip {
		t.Errorf("the module has %d bytes compressed, more than %d", packed.Len(), maxGzip)
	}

	r := wazero.NewRuntimeWithConfig(t.Context(), wazero.NewRuntimeConfigInterpreter())
	defer r.Close(t.Context())
	code, err := r.CompileModule(t.Context(), wasm)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range code.ImportedFunctions() {
		from, name, _ := f.Import()
		if from != "wasi_snapshot_preview1" || !slices.Contains(imports, name) {
			t.Errorf("imports %s.%s: hosts give WASI preview 1 and no more of it than is listed", from, name)
		}
	}
	if n := len(code.ImportedMemories()); n > 0 {
		t.Errorf("imports %d memories", n)
	}
	if got := slices.Sorted(maps.Keys(code.ExportedFunctions())); !slices.Equal(got, exports) {
		t.Errorf("exports\n %s, want\n %s", got, exports)
	}
}

func first(t *testing.T, result []byte) string {
	t.Helper()
	r, rest, ok := abi.Next(result)
	if !ok || len(rest) > 0 {
		t.Fatalf("not one record: %q", result)
	}
	return string(r.Control)
}

func TestPanicKillsTheInstance(t *testing.T) {
	for _, c := range []struct {
		cause any
		want  string
	}{{"on request", "on request"}, {errors.New("broken"), "broken"}, {7, "a panic"}} {
		var i instance
		want := `{"kind":"error","code":"dead","message":"the module has failed: ` + c.want + `"}`
		got := first(t, i.call(0, 0, func(_, _, _ []byte) []byte { panic(c.cause) }))
		if got != want {
			t.Errorf("the panic gives\n %s, want\n %s", got, want)
		}
		called := false
		got = first(t, i.call(0, 0, func(dst, _, _ []byte) []byte { called = true; return dst }))
		if got != want || called {
			t.Errorf("after the panic (called: %v)\n %s, want\n %s", called, got, want)
		}
	}
}

func TestInputIsBounded(t *testing.T) {
	var i instance
	if i.alloc(maxInput+1) != nil || len(i.alloc(0)) != 0 || len(i.alloc(10)) != 10 {
		t.Error("alloc gives what was not asked for")
	}
	for _, lengths := range [][2]uint32{{11, 0}, {0, 11}, {6, 5}, {1<<32 - 1, 1<<32 - 1}, {1, 1<<32 - 1}} {
		got := first(t, i.call(lengths[0], lengths[1], i.machine.Decide))
		if !strings.Contains(got, `"code":"limit"`) {
			t.Errorf("%v gives %s", lengths, got)
		}
	}
	copy(i.alloc(10), `{"abi":4}x`)
	if got := first(t, i.call(9, 1, i.machine.Configure)); !strings.Contains(got, `"code":"config"`) {
		t.Errorf("configure gives %s", got)
	}
	if got := first(t, i.call(9, 1, i.machine.Configure)); !strings.Contains(got, `"code":"limit"`) {
		t.Errorf("input used twice gives %s", got)
	}
}

// TestOpenKeepsItsBody writes over the input behind an open exchange.
func TestOpenKeepsItsBody(t *testing.T) {
	var i instance
	write := func(control, raw string) (uint32, uint32) {
		copy(i.alloc(uint32(len(control)+len(raw))), control+raw)
		return uint32(len(control)), uint32(len(raw))
	}
	c, r := write(`{"abi":4}`, `{"providers":[{"name":"p","schema":"openai","base_url":"http://p"}],"models":[{"id":"a/m","endpoints":[{"provider":"p"}]}]}`)
	first(t, i.call(c, r, i.machine.Configure))
	body := `{"model":"a/m","messages":[{"role":"user","content":"` + strings.Repeat("keep me ", 1000) + `"}]}`
	c, r = write(`{"id":"x","seed":"1","path":"/v1/chat/completions"}`, body)
	if got := first(t, i.call(c, r, i.open)); got != `{"kind":"opened","handle":1}` {
		t.Fatal(got)
	}
	write(strings.Repeat("x", 5000), "")
	c, r = write(`{"now_us":1,"event":"started"}`, "")
	result := i.call(c, r, func(dst, c, r []byte) []byte { return i.machine.Step(dst, 1, c, r) })
	send, _, ok := abi.Next(result)
	if !ok || string(send.Raw) != strings.Replace(body, "a/m", "m", 1) {
		t.Errorf("sends %.200q", send.Raw)
	}
	big := i.out
	i.free()
	if i.in != nil || i.out != nil || len(big) == 0 {
		t.Error("free keeps something")
	}
}
