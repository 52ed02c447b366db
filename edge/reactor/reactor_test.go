package main

import (
	"bytes"
	"compress/gzip"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/tetratelabs/wazero"

	"strowger/edge/slim/module/moduletest"
)

// maxGzip is what the module may weigh, in bytes, compressed as a deployment is.
const maxGzip = 1_400_000

// imports are all functions that the module may ask of its host.
var imports = strings.Fields(`args_get args_sizes_get clock_time_get environ_get environ_sizes_get
	fd_close fd_fdstat_get fd_fdstat_set_flags fd_prestat_dir_name fd_prestat_get fd_write
	poll_oneoff proc_exit random_get sched_yield`)

var exports = strings.Fields(`_initialize strowger_abi_version strowger_abort strowger_accounts
	strowger_admit strowger_alloc strowger_close strowger_configure strowger_data strowger_decide
	strowger_fold strowger_free strowger_models strowger_open strowger_recall strowger_settle strowger_step`)

func TestModule(t *testing.T) {
	wasm := moduletest.Reactor(t)
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
