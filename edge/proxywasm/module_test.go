package main_test

import (
	"bytes"
	"compress/gzip"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/tetratelabs/wazero"
)

// maxGzip is what the module may weigh, in bytes, compressed as a deployment is.
const maxGzip = 1_400_000

// imports are all functions that the module asks of its host.
var imports = strings.Fields(`env.proxy_close_stream env.proxy_continue_stream
	env.proxy_get_buffer_bytes env.proxy_get_current_time_nanoseconds env.proxy_get_header_map_pairs
	env.proxy_get_property env.proxy_get_shared_data env.proxy_http_call env.proxy_log
	env.proxy_send_local_response env.proxy_set_buffer_bytes env.proxy_set_effective_context
	env.proxy_set_header_map_pairs env.proxy_set_shared_data env.proxy_set_tick_period_milliseconds
	wasi_snapshot_preview1.fd_write wasi_snapshot_preview1.random_get`)

var exports = strings.Fields(`_initialize malloc proxy_abi_version_0_2_1 proxy_on_configure
	proxy_on_context_create proxy_on_delete proxy_on_done proxy_on_http_call_response proxy_on_log
	proxy_on_memory_allocate proxy_on_request_body proxy_on_request_headers proxy_on_request_trailers
	proxy_on_response_body proxy_on_response_headers proxy_on_response_trailers proxy_on_tick
	proxy_on_vm_start strowger_abi_version strowger_abort strowger_accounts strowger_admit
	strowger_alloc strowger_close strowger_configure strowger_data strowger_decide strowger_fold
	strowger_free strowger_models strowger_open strowger_settle strowger_step`)

// renamed is what the module for MOSN has otherwise.
var renamed = strings.NewReplacer("_initialize", "_start", "0_2_1", "0_1_0")

func TestModule(t *testing.T) {
	for _, tags := range []string{"", "strowger_mosn"} {
		wasm, _ := module(t, tags)
		var packed bytes.Buffer
		z, _ := gzip.NewWriterLevel(&packed, gzip.BestCompression)
		_, _ = z.Write(wasm)
		_ = z.Close()
		t.Logf("%q: %d bytes, %d compressed", tags, len(wasm), packed.Len())
		if packed.Len() > maxGzip {
			t.Errorf("the module has %d bytes compressed, more than %d", packed.Len(), maxGzip)
		}
		r := wazero.NewRuntimeWithConfig(t.Context(), wazero.NewRuntimeConfigInterpreter())
		defer r.Close(t.Context())
		code, err := r.CompileModule(t.Context(), wasm)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, f := range code.ImportedFunctions() {
			from, name, _ := f.Import()
			got = append(got, from+"."+name)
		}
		wantImports, wantExports := imports, exports
		if tags == "strowger_mosn" {
			wantImports = slices.DeleteFunc(slices.Clone(imports), func(name string) bool {
				return name == "env.proxy_close_stream" || name == "env.proxy_continue_stream" || name == "env.proxy_send_local_response"
			})
			wantImports = append(wantImports, "env.proxy_resume_http_response", "env.proxy_send_http_response")
			wantExports = strings.Fields(renamed.Replace(strings.Join(exports, " ")))
		}
		slices.Sort(got)
		slices.Sort(wantImports)
		slices.Sort(wantExports)
		if !slices.Equal(got, wantImports) {
			t.Errorf("%q imports\n %s, want\n %s", tags, got, wantImports)
		}
		if n := len(code.ImportedMemories()); n > 0 {
			t.Errorf("imports %d memories", n)
		}
		if got := slices.Sorted(maps.Keys(code.ExportedFunctions())); !slices.Equal(got, wantExports) {
			t.Errorf("%q exports\n %s, want\n %s", tags, got, wantExports)
		}
	}
}
