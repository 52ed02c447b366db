package proxytest

import (
	"slices"
	"testing"
)

// TestProfilesOfOthers: modules made for hosts that want it otherwise.
func TestProfilesOfOthers(t *testing.T) {
	mosn := happy().forMOSN()
	delete(mosn.funcs, "proxy_on_configure")
	mosn.on("proxy_on_vm_start",
		mosn.do("proxy_get_buffer_bytes", num(bufferVMConfig), num(0), param(1), num(cellA), num(cellB)),
		mosn.do("proxy_log", num(2), load(cellA), load(cellB)), ret(1))
	b := boot(t, mosn.wasm(), Options{Profile: MOSN(), PluginConfig: []byte("mine")})
	if _, body, header := b.ask(t, "POST", "/", "body"); body != "POST replaced!" || header.Get("X-Filter") != "on" {
		t.Errorf("mosn: %q %v", body, header)
	}
	b.finish(t, string(Pairs{{"config", "mine"}}.encodeWith('0')))

	ats := newModule().ready()
	ats.on("proxy_on_request_headers", ats.do("proxy_replace_header_map_value", num(0), ats.text("content-length"), ats.text("8")))
	ats.on("proxy_on_request_body", when(param(2), ats.do("proxy_set_buffer_bytes", num(0), num(0), num(0), ats.text("replaced"))))
	b = boot(t, ats.wasm(), Options{Profile: ATS()})
	if _, body, _ := b.ask(t, "POST", "/", ""); body != "POST " {
		t.Errorf("ats: %q", body)
	}
	if err := b.Close(); err != nil {
		t.Error(err)
	}
}

// TestTheSameEveryTime: a deterministic host tells the same time and the same dice.
func TestTheSameEveryTime(t *testing.T) {
	m := newModule().ready()
	m.on("proxy_on_request_headers",
		m.do("random_get", num(cellA), num(4)), m.do("proxy_log", num(2), num(cellA), num(4)),
		m.do("proxy_get_current_time_nanoseconds", num(cellA)), m.do("proxy_log", num(2), num(cellA), num(8)),
		store(cellA, num(cellCh)), store(cellB, num(3)), store(cellCh, num('e'+'r'<<8+'r'<<16)), m.do("fd_write", num(2), num(cellA), num(1), num(cellC)))
	run := func(p Profile) []string {
		b := boot(t, m.wasm(), Options{Profile: p})
		b.ask(t, "GET", "/", "")
		b.ask(t, "GET", "/", "")
		if v := b.Violations(); len(v) > 0 {
			t.Error(v)
		}
		return b.logged()
	}
	first, second := run(Deterministic()), run(Deterministic())
	if !slices.Equal(first, second) || len(first) != 6 || first[0] == first[3] || first[1] == first[4] || first[2] != "err" {
		t.Errorf("%q, then %q", first, second)
	}
	if real := run(Envoy()); real[0] == first[0] || real[1] == first[1] {
		t.Error("a real host is not the deterministic one")
	}
}

// TestClocks: what WASI tells of the time.
func TestClocks(t *testing.T) {
	m := newModule().ready()
	m.on("proxy_on_request_headers", m.say(m.call("clock_time_get", num(1), long(0), num(cellA))),
		m.say(join(load(cellA), load(cellB), bytecode(0x72, 0x45)))) // 1 if all is 0
	for logs, p := range map[string]Profile{"00": {}, "01": ATS()} {
		p.WASI = []string{"clock_time_get"}
		b := boot(t, m.wasm(), Options{Profile: p})
		b.ask(t, "GET", "/", "")
		b.finish(t, logs)
	}
}

// TestSmallCalls: metrics, properties and what is not there.
func TestSmallCalls(t *testing.T) {
	m := newModule().ready()
	m.on("proxy_on_request_headers",
		m.say(m.call("proxy_define_metric", num(counter), m.text("asked"), num(cellA))),
		m.say(m.call("proxy_increment_metric", load(cellA), long(2))),
		m.say(m.call("proxy_increment_metric", load(cellA), long(-1))),
		m.say(m.call("proxy_record_metric", num(99), long(1))),
		m.say(m.call("proxy_get_metric", load(cellA), num(cellB))), m.say(load(cellB)),
		m.say(m.call("proxy_get_property", m.text("plugin\x00name"), num(cellA), num(cellB))), m.do("proxy_log", num(2), load(cellA), load(cellB)),
		m.say(m.call("proxy_get_property", m.text("else"), num(cellA), num(cellB))),
		m.say(m.call("proxy_get_log_level", num(cellA))),
		m.say(m.call("proxy_get_header_map_size", num(0), num(cellA))),
		m.say(m.call("proxy_register_shared_queue", m.text("q"), num(cellA))))
	p := Envoy()
	b := boot(t, m.wasm(), Options{Profile: p, Properties: map[string][]byte{"plugin\x00name": []byte("(me)")}})
	b.ask(t, "GET", "/", "")
	if n, ok := b.Metric("asked"); n != 2 || !ok {
		t.Errorf("counted %d", n)
	}
	b.finish(t, "00210"+"2"+"0(me)"+"1"+"00<")

	p.Unimplemented = []string{"proxy_define_metric"}
	b = boot(t, m.wasm(), Options{Profile: p})
	b.ask(t, "GET", "/", "")
	if got := b.logged(); got[0] != "<" {
		t.Errorf("without metrics: %q", got)
	}
}

func TestAlwaysCAS(t *testing.T) {
	for says, p := range map[string]Profile{"000": Envoy(), "088": MOSN()} {
		m := newModule().ready()
		if p.Start != "" {
			m.forMOSN()
		}
		set := func(cas int32) code {
			return m.say(m.call("proxy_set_shared_data", m.text("key"), m.text("value"), num(cas)))
		}
		m.on("proxy_on_request_headers", set(0), set(0))
		m.on("proxy_on_response_headers", set(0))
		b := boot(t, m.wasm(), Options{Profile: p})
		b.ask(t, "GET", "/", "")
		b.finish(t, says)
	}
}

// TestAllocators: where a module has two, hosts do not agree.
func TestAllocators(t *testing.T) {
	m := newModule().ready()
	m.on("malloc", m.log("m"), num(heapAt))
	m.on("proxy_on_memory_allocate", m.log("a"), num(heapAt))
	m.on("proxy_on_request_headers", m.do("proxy_get_header_map_pairs", num(0), num(cellA), num(cellB)))
	for logs, p := range map[string]Profile{"m": Envoy(), "a": {}} {
		b := boot(t, m.wasm(), Options{Profile: p})
		b.ask(t, "GET", "/", "")
		b.finish(t, logs)
	}
}
