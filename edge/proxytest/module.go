package proxytest

import (
	"fmt"
	"slices"
	"strings"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"
)

// callbacks are the exports that hosts call, with parameters and results. Those for TCP, gRPC,
// queues, metadata and foreign functions are known and never called here.
var callbacks = map[string][2]string{
	"proxy_on_context_create":     {"ii", ""},
	"proxy_on_vm_start":           {"ii", "i"},
	"proxy_on_configure":          {"ii", "i"},
	"proxy_on_tick":               {"i", ""},
	"proxy_on_request_headers":    {"iii", "i"},
	"proxy_on_request_body":       {"iii", "i"},
	"proxy_on_request_trailers":   {"ii", "i"},
	"proxy_on_response_headers":   {"iii", "i"},
	"proxy_on_response_body":      {"iii", "i"},
	"proxy_on_response_trailers":  {"ii", "i"},
	"proxy_on_http_call_response": {"iiiii", ""},
	"proxy_on_done":               {"i", "i"},
	"proxy_on_log":                {"i", ""},
	"proxy_on_delete":             {"i", ""},
	"proxy_on_memory_allocate":    {"i", "i"},
	"malloc":                      {"i", "i"},
	"_initialize":                 {"", ""},
	"main":                        {"ii", "i"},
	"proxy_on_new_connection":     {"i", "i"},
	"proxy_on_downstream_data":    {"iii", "i"},
	"proxy_on_upstream_data":      {"iii", "i"},
	"proxy_on_request_metadata":   {"ii", "i"},
	"proxy_on_response_metadata":  {"ii", "i"},
	"proxy_on_queue_ready":        {"ii", ""},
	"proxy_on_grpc_receive":       {"iii", ""},
	"proxy_on_grpc_close":         {"iii", ""},
	"proxy_on_foreign_function":   {"iii", ""},

	"proxy_on_downstream_connection_close":    {"ii", ""},
	"proxy_on_upstream_connection_close":      {"ii", ""},
	"proxy_on_grpc_receive_initial_metadata":  {"iii", ""},
	"proxy_on_grpc_receive_trailing_metadata": {"iii", ""},
	"_start": {"", ""},
}

// signature writes types as the tables of this package do.
func signature(types []api.ValueType) string {
	var b strings.Builder
	for _, t := range types {
		switch t {
		case api.ValueTypeI32:
			b.WriteByte('i')
		case api.ValueTypeI64:
			b.WriteByte('l')
		default:
			b.WriteByte('?')
		}
	}
	return b.String()
}

// valueTypes is the other way round.
func valueTypes(signature string) []api.ValueType {
	types := make([]api.ValueType, 0, len(signature))
	for _, c := range signature {
		if c == 'l' {
			types = append(types, api.ValueTypeI64)
		} else {
			types = append(types, api.ValueTypeI32)
		}
	}
	return types
}

// checkModule refuses a module that a host of this profile would not load.
func checkModule(code wazero.CompiledModule, p Profile) error {
	if len(code.ImportedMemories()) > 0 {
		return fmt.Errorf("the module imports a memory")
	}
	if code.ExportedMemories()["memory"] == nil {
		return fmt.Errorf("the module does not export its memory")
	}
	for _, f := range code.ImportedFunctions() {
		from, name, _ := f.Import()
		want, ok := p.function(from, name)
		if !ok {
			return fmt.Errorf("the module imports %s.%s, which profile %q does not have", from, name, p.Name)
		}
		if got := [2]string{signature(f.ParamTypes()), signature(f.ResultTypes())}; got != want {
			return fmt.Errorf("the module imports %s.%s as (%s)(%s), it is (%s)(%s)", from, name, got[0], got[1], want[0], want[1])
		}
	}
	return checkExports(code.ExportedFunctions(), p)
}

func checkExports(exports map[string]api.FunctionDefinition, p Profile) error {
	markers := p.Markers
	if markers == nil {
		markers = []string{"proxy_abi_version_0_2_1", "proxy_abi_version_0_2_0"}
	}
	if !slices.ContainsFunc(markers, func(m string) bool { return exports[m] != nil }) {
		return fmt.Errorf("the module exports none of %s", strings.Join(markers, ", "))
	}
	if exports["malloc"] == nil && (exports["proxy_on_memory_allocate"] == nil || p.Start != "") {
		return fmt.Errorf("the module exports no allocator that profile %q calls", p.Name)
	}
	start := p.start()
	if exports[start] == nil {
		return fmt.Errorf("the module does not export %s", start)
	}
	for name, f := range exports {
		want, ok := callbacks[name]
		if !ok && strings.HasPrefix(name, "proxy_on_") {
			return fmt.Errorf("the module exports %s, which no host calls", name)
		}
		if !ok {
			continue
		}
		if got := [2]string{signature(f.ParamTypes()), signature(f.ResultTypes())}; got != want {
			return fmt.Errorf("the module exports %s as (%s)(%s), it is (%s)(%s)", name, got[0], got[1], want[0], want[1])
		}
	}
	return nil
}

// start is the name of the function that a host of this profile begins with.
func (p Profile) start() string {
	if p.Start != "" {
		return p.Start
	}
	return "_initialize"
}

// function is the signature of a function that a module may import.
func (p Profile) function(from, name string) (sig [2]string, ok bool) {
	switch from {
	case "env":
		if slices.Contains(p.Lacks, name) {
			return sig, false
		}
		if params, extra := p.Extra[name]; extra {
			return [2]string{params, "i"}, true
		}
		call, ok := hostcalls()[name]
		return [2]string{call.params, "i"}, ok
	case wasiModule:
		allowed := p.WASI
		if allowed == nil {
			allowed = []string{"fd_write", "random_get"}
		}
		call, ok := wasiCalls()[name]
		result := "i"
		if name == "proc_exit" {
			result = ""
		}
		return [2]string{call.params, result}, ok && slices.Contains(allowed, name)
	}
	return sig, false
}
