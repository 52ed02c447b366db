package proxytest

import (
	"context"
	"strings"
	"testing"
	"time"
)

// TestViolations: each module breaks one rule, in a callback where real hosts fail.
func TestViolations(t *testing.T) {
	nowhere := int32(-16)
	field := func(m *module, id int32) code {
		return m.say(m.call("proxy_add_header_map_value", num(id), m.text("x"), m.text("y")))
	}
	pause := ret(actionPause)
	local := func(m *module) code {
		return m.say(m.call("proxy_send_local_response", num(418), num(0), num(0), m.text("tea"), num(0), num(0), num(-1)))
	}
	getBody := func(m *module, id int32) code {
		return m.say(m.call("proxy_get_buffer_bytes", num(id), num(0), num(9), num(cellA), num(cellB)))
	}
	for _, c := range []struct {
		name    string
		profile Profile
		build   func(m *module)
		says    string // what is logged: statuses
		want    string // part of the violation; none if empty
		status  int    // of the answer
	}{
		{"body before it is there", Envoy(), func(m *module) {
			m.on("proxy_on_request_headers", getBody(m, bufferRequestBody))
		}, "1", "proxy_get_buffer_bytes in proxy_on_request_headers (context 2): buffer 0 is not available now", 200},
		{"response body in the request", Envoy(), func(m *module) {
			m.on("proxy_on_request_body", when(param(2), getBody(m, bufferResponseBody)))
		}, "1", "buffer 1 is not available", 200},
		{"configuration outside of its callback", Envoy(), func(m *module) {
			m.on("proxy_on_request_headers", getBody(m, bufferPluginConfig))
		}, "1", "buffer 7 is not available", 200},
		{"no such buffer", Envoy(), func(m *module) { m.on("proxy_on_request_headers", getBody(m, 99)) }, "2", "no buffer 99", 200},
		{"request headers in the response", Envoy(), func(m *module) {
			m.on("proxy_on_response_headers", field(m, mapRequestHeaders))
		}, "2", "the headers of the request have been sent on", 200},
		{"request headers once they have gone", Envoy(), func(m *module) {
			m.on("proxy_on_request_body", when(param(2), field(m, mapRequestHeaders)))
		}, "2", "the headers of the request have been sent on", 200},
		{"response headers once they have gone", Envoy(), func(m *module) {
			m.on("proxy_on_response_body", when(param(2), field(m, mapResponseHeaders)))
		}, "2", "the headers of the response have been sent on", 200},
		{"response headers too early", Envoy(), func(m *module) {
			m.on("proxy_on_request_headers", field(m, mapResponseHeaders))
		}, "2", "not available yet", 200},
		{"headers are read while logging", Envoy(), func(m *module) {
			m.on("proxy_on_log", when(bytecode(0x20, 0, 0x41, 1, 0x47), m.say(m.call("proxy_get_header_map_value", num(mapRequestHeaders), m.text(":path"), num(cellA), num(cellB)))))
		}, "0", "", 200},
		{"headers are written while logging", Envoy(), func(m *module) {
			m.on("proxy_on_log", when(bytecode(0x20, 0, 0x41, 1, 0x47), field(m, mapRequestHeaders)))
		}, "2", "proxy_add_header_map_value in proxy_on_log", 200},
		{"no such map", Envoy(), func(m *module) { m.on("proxy_on_request_headers", field(m, 8)) }, "2", "no map 8", 200},
		{"call response outside of its callback", Envoy(), func(m *module) {
			m.on("proxy_on_request_headers", m.say(m.call("proxy_get_header_map_pairs", num(mapCallHeaders), num(cellA), num(cellB))))
		}, "2", "map 6 is not available", 200},
		{"data outside of the memory", Envoy(), func(m *module) {
			m.on("proxy_on_request_headers", m.say(m.call("proxy_log", num(2), num(nowhere), num(99))))
		}, "6", "99 bytes at 4294967280 are outside", 200},
		{"answer outside of the memory", Envoy(), func(m *module) {
			m.on("proxy_on_request_headers", m.say(m.call("proxy_get_current_time_nanoseconds", num(nowhere))))
		}, "6", "outside of the memory", 200},
		{"an allocator that has none", Envoy(), func(m *module) {
			m.on("proxy_on_memory_allocate", num(0))
			m.on("proxy_on_request_headers", m.say(m.call("proxy_get_header_map_pairs", num(mapRequestHeaders), num(cellA), num(cellB))))
		}, "6", "it answered 0 for", 200},
		{"an allocator that lies", Envoy(), func(m *module) {
			m.on("proxy_on_memory_allocate", num(nowhere))
			m.on("proxy_on_request_headers", m.say(m.call("proxy_get_header_map_pairs", num(mapRequestHeaders), num(cellA), num(cellB))))
		}, "6", "outside of the memory", 200},
		{"a host call in the allocator", Envoy(), func(m *module) {
			m.on("proxy_on_memory_allocate", m.do("proxy_get_current_time_nanoseconds", num(cellA)), num(heapAt))
			m.on("proxy_on_request_headers", m.do("proxy_get_header_map_pairs", num(mapRequestHeaders), num(cellA), num(cellB)))
		}, "", "may not be called inside of the allocator", 503},
		{"logging in the allocator", Envoy(), func(m *module) {
			m.on("proxy_on_memory_allocate", m.log("0"), num(heapAt))
			m.on("proxy_on_request_headers", m.do("proxy_get_header_map_pairs", num(mapRequestHeaders), num(cellA), num(cellB)))
		}, "0", "", 200},
		{"a map that is not one", Envoy(), func(m *module) {
			m.on("proxy_on_request_headers", m.say(m.call("proxy_set_header_map_pairs", num(mapRequestHeaders), m.text("\x01\x00\x00\x00junk"))))
		}, "2", "not encoded as the ABI says", 200},
		{"a header that splits", Envoy(), func(m *module) {
			m.on("proxy_on_request_headers", m.say(m.call("proxy_add_header_map_value", num(0), m.text("x"), m.text("a\r\nb: c"))))
		}, "2", "not a header field", 200},
		{"a change in the middle", Envoy(), func(m *module) {
			m.on("proxy_on_request_body", when(param(2), ret(0)), m.say(m.call("proxy_set_buffer_bytes", num(0), num(1), num(1), num(0), num(0))))
		}, "2", "1 bytes from 1 on of 4000: hosts replace all, or add at an end", 200},
		{"an end beyond every end", MOSN(), func(m *module) {
			m.on("proxy_on_request_body", m.say(m.call("proxy_set_buffer_bytes", num(0), num(-1), num(0), num(0), num(0))))
		}, "2", "negative to this host", 200},
		{"prepending where that replaces", MOSN(), func(m *module) {
			m.on("proxy_on_request_body", m.say(m.call("proxy_set_buffer_bytes", num(0), num(0), num(0), m.text("four"))))
		}, "0", "has 4 bytes", 200},
		{"a second :path", Envoy(), func(m *module) {
			m.on("proxy_on_request_headers", m.say(m.call("proxy_add_header_map_value", num(0), m.text(":path"), m.text("/2"))))
		}, "0", "replace it", 200},
		{"a changed :authority", MOSN(), func(m *module) {
			m.on("proxy_on_request_headers", m.say(m.call("proxy_replace_header_map_value", num(0), m.text(":authority"), m.text("b"))))
		}, "2", ":authority", 200},
		{"a changed :authority elsewhere", Envoy(), func(m *module) {
			m.on("proxy_on_request_headers", m.say(m.call("proxy_replace_header_map_value", num(0), m.text(":authority"), m.text("b"))))
		}, "0", "", 200},
		{"continued without a pause", Envoy(), func(m *module) {
			m.on("proxy_on_response_headers", m.say(m.call("proxy_continue_stream", num(0))))
		}, "0", "the request is not paused", 200},
		{"continued in its own callback", Envoy(), func(m *module) {
			m.on("proxy_on_response_headers", m.say(m.call("proxy_continue_stream", num(1))))
		}, "0", "return continue instead", 200},
		{"no such stream type", Envoy(), func(m *module) {
			m.on("proxy_on_response_headers", m.say(m.call("proxy_continue_stream", num(9))))
		}, "2", "no stream type 9", 200},
		{"one local response", Envoy(), func(m *module) { m.on("proxy_on_request_headers", local(m), pause) }, "0", "", 418},
		{"two local responses", Envoy(), func(m *module) {
			m.on("proxy_on_request_headers", local(m), local(m), pause)
		}, "02", "was sent already", 418},
		{"a local response too late", Envoy(), func(m *module) {
			m.on("proxy_on_response_body", when(param(2), local(m)))
		}, "2", "on its way already", 200},
		{"a stream call of the root context", Envoy(), func(m *module) {
			m.on("proxy_on_request_headers", m.do("proxy_set_effective_context", num(1)), field(m, mapRequestHeaders))
		}, "2", "context 1 is not a stream", 200},
		{"a context that there is not", Envoy(), func(m *module) {
			m.on("proxy_on_request_headers", m.say(m.call("proxy_set_effective_context", num(77))))
		}, "2", "", 200},
		{"an unknown cluster", Envoy(), func(m *module) {
			m.on("proxy_on_http_call_response")
			m.on("proxy_on_request_headers", m.say(m.call("proxy_http_call", m.text("nobody"), m.text(string(Pairs{{":method", "GET"}, {":path", "/"}, {":authority", "x"}}.encode())),
				num(0), num(0), num(0), num(0), num(100), num(cellA))))
		}, "2", "", 200},
		{"a call without :path", Envoy(), func(m *module) {
			m.on("proxy_on_http_call_response")
			m.on("proxy_on_request_headers", m.say(m.call("proxy_http_call", m.text("echo"), m.text(string(Pairs{{":method", "GET"}, {":authority", "x"}}.encode())),
				num(0), num(0), num(0), num(0), num(100), num(cellA))))
		}, "2", "the headers lack :path", 200},
		{"proxy_done out of place", Envoy(), func(m *module) { m.on("proxy_on_request_headers", m.say(m.call("proxy_done"))) }, "1", "not waiting for it", 200},
		{"a context kept for ever", Envoy(), func(m *module) { m.on("proxy_on_done", ret(0)) }, "", "never called proxy_done", 200},
		{"more than is held back", Envoy(), func(m *module) {
			m.on("proxy_on_request_body", pause)
		}, "", "holds back 32768 bytes of the request, which is more than 20000", 413},
		{"more than is held back of the response", EnvoyStopIteration(), func(m *module) {
			m.on("proxy_on_response_headers", pause)
			m.on("proxy_on_response_body", pause)
		}, "", "of the response, which is more than 20000", 500},
		{"more headers than a host takes", Envoy(), func(m *module) {
			m.on("proxy_on_request_headers", m.say(m.call("proxy_add_header_map_value", num(0), m.text("x"), m.text(strings.Repeat("y", 70000)))))
		}, "0", "bytes of headers are too many", 200},
		{"content-length that is not the length", Envoy(), func(m *module) {
			m.on("proxy_on_request_body", when(param(2), m.say(m.call("proxy_set_buffer_bytes", num(0), num(0), num(0), m.text("more")))))
		}, "0", "the request says content-length 40000 and has 40004 bytes", 200},
		{"a lost content-length", ATS(), func(m *module) {
			m.on("proxy_on_request_headers", m.say(m.call("proxy_remove_header_map_value", num(0), m.text("content-length"))))
		}, "0", "needs the content-length", 411},
		{"a response of another length", ATS(), func(m *module) {
			m.on("proxy_on_response_headers", m.do("proxy_remove_header_map_value", num(mapResponseHeaders), m.text("content-length")))
			m.on("proxy_on_response_body", when(param(2), m.do("proxy_set_buffer_bytes", num(bufferResponseBody), num(9999), num(0), m.text("!"))))
		}, "", "waits for the 4005 bytes that the upstream stated, the module makes 4006", 200},
		{"a pause in headers where that ends it", MOSN(), func(m *module) { m.on("proxy_on_request_headers", pause) }, "", "ends the processing", 504},
		{"a trap", Envoy(), func(m *module) { m.on("proxy_on_request_headers", trap()) }, "", "proxy_on_request_headers trapped", 503},
		{"an exit", withWASI("proc_exit"), func(m *module) { m.on("proxy_on_request_headers", m.call("proc_exit", num(3))) }, "", "proxy_on_request_headers trapped: the module exits with 3", 503},
		{"a trap in the response", Envoy(), func(m *module) { m.on("proxy_on_response_headers", trap()) }, "", "trapped", 503},
		{"a trap, failing open", MOSN(), func(m *module) { m.on("proxy_on_request_headers", trap()) }, "", "trapped", 200},
		{"a trap in the response, failing open", MOSN(), func(m *module) { m.on("proxy_on_response_body", trap()) }, "", "trapped", 200},
		{"a trap once the response is on its way", Envoy(), func(m *module) { m.on("proxy_on_response_body", trap()) }, "", "trapped", 0},
		{"a stream that the module closes", Envoy(), func(m *module) {
			m.on("proxy_on_request_headers", m.say(m.call("proxy_close_stream", num(0))))
		}, "0", "", 0},
		{"hangs: a callback without end", Envoy(), func(m *module) { m.on("proxy_on_request_headers", forever()) }, "", "proxy_on_request_headers trapped", 503},
		{"hangs: an action that is none", Envoy(), func(m *module) { m.on("proxy_on_request_headers", ret(7)) }, "", "proxy_on_request_headers (context 2): there is no action 7", 504},
		{"hangs: a stream that nobody continues", Envoy(), func(m *module) { m.on("proxy_on_request_headers", pause) }, "", "the request was still paused in its headers when the time was up", 504},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			m := newModule().ready()
			if c.profile.Start != "" {
				m.forMOSN()
			}
			c.build(m)
			o := Options{Profile: c.profile, MaxBody: 20000}
			if strings.HasPrefix(c.name, "hangs") {
				o.CallbackTimeout, o.StreamTimeout = time.Second, 2*time.Second
			}
			b := boot(t, m.wasm(), o)
			size := 4000
			if strings.Contains(c.want, "20000") || strings.Contains(c.want, "40000") {
				size = 40000
			}
			if status, got, _ := b.ask(t, "POST", "/", strings.Repeat("x", size)); status != c.status {
				t.Errorf("answered %d (%.60s), not %d", status, got, c.status)
			}
			if err := b.Close(); err != nil {
				t.Error(err)
			}
			if got := strings.Join(b.logged(), ""); got != c.says {
				t.Errorf("said %q, not %q", got, c.says)
			}
			v := b.Violations()
			if c.want == "" && len(v) > 0 || c.want != "" && (len(v) == 0 || !strings.Contains(v[0], c.want)) {
				t.Errorf("violations %q, not %q", v, c.want)
			}
		})
	}
}

// forMOSN gives the module what MOSN looks for.
func (m *module) forMOSN() *module {
	m.on("_start").on("proxy_abi_version_0_1_0")
	delete(m.funcs, "proxy_abi_version_0_2_1")
	return m.on("malloc", m.funcs["proxy_on_memory_allocate"].body)
}

func withWASI(names ...string) Profile { return Profile{Name: "wasi", WASI: names} }

// TestRefused: modules that a host would not load, or that do not come up.
func TestRefused(t *testing.T) {
	for _, c := range []struct {
		name    string
		profile Profile
		build   func(m *module)
		want    string
	}{
		{"an unknown import", Envoy(), func(m *module) {
			m.hosts["proxy_sing"] = hostcall{params: "i"}
			m.on("proxy_on_tick", m.do("proxy_sing", num(1)))
		}, "imports env.proxy_sing"},
		{"another type", Envoy(), func(m *module) {
			m.hosts["proxy_log"] = hostcall{params: "ii"}
			m.on("proxy_on_tick", m.do("proxy_log", num(1), num(2)))
		}, "imports env.proxy_log as (ii)(i), it is (iii)(i)"},
		{"more of WASI", Envoy(), func(m *module) {
			m.on("proxy_on_tick", m.do("clock_time_get", num(0), long(0), num(cellA)))
		}, "imports wasi_snapshot_preview1.clock_time_get"},
		{"a clock that is not there", Clockless(), func(m *module) {
			m.on("proxy_on_tick", m.do("proxy_get_current_time_nanoseconds", num(cellA)))
		}, `proxy_get_current_time_nanoseconds, which profile "clockless" does not have`},
		{"a local response on MOSN", MOSN(), func(m *module) {
			m.forMOSN().on("proxy_on_tick", m.do("proxy_send_local_response", num(200), num(0), num(0), num(0), num(0), num(0), num(0), num(0)))
		}, "imports env.proxy_send_local_response"},
		{"no marker", Envoy(), func(m *module) { delete(m.funcs, "proxy_abi_version_0_2_1") }, "none of proxy_abi_version_0_2_1, proxy_abi_version_0_2_0"},
		{"no allocator", Envoy(), func(m *module) { delete(m.funcs, "proxy_on_memory_allocate") }, "no allocator"},
		{"no _initialize", Envoy(), func(m *module) { delete(m.funcs, "_initialize") }, "does not export _initialize"},
		{"a callback of another type", Envoy(), func(m *module) {
			m.funcs["proxy_on_tick"] = function{"ii", "", nil}
		}, "exports proxy_on_tick as (ii)(), it is (i)()"},
		{"a host call while it initialises", Envoy(), func(m *module) {
			m.on("_initialize", m.do("proxy_set_tick_period_milliseconds", num(1)))
		}, "proxy_set_tick_period_milliseconds was called while the module initialises"},
		{"a host call in main", Envoy(), func(m *module) {
			m.on("main", m.do("proxy_set_tick_period_milliseconds", num(1)))
		}, "proxy_set_tick_period_milliseconds was called while the module initialises"},
		{"a callback that is none", Envoy(), func(m *module) {
			m.funcs["proxy_on_http_request_headers"] = function{}
		}, "exports proxy_on_http_request_headers, which no host calls"},
		{"a configuration that it does not like", Envoy(), func(m *module) { m.on("proxy_on_configure") }, "proxy_on_configure answers false"},
		{"a VM that does not start", Envoy(), func(m *module) { m.on("proxy_on_vm_start") }, "proxy_on_vm_start answers false"},
		{"a trap while it initialises", Envoy(), func(m *module) { m.on("_initialize", trap()) }, "_initialize trapped"},
	} {
		t.Run(c.name, func(t *testing.T) {
			m := newModule().ready()
			c.build(m)
			h, err := New(context.Background(), m.wasm(), Options{Profile: c.profile})
			if err == nil {
				_ = h.Close()
			}
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, not %q", err, c.want)
			}
		})
	}
}
