package proxytest

import (
	"maps"
	"slices"
)

// code is a piece of a function's body: instructions, in the binary form.
type code []byte

// module puts a small wasm module together. Functions are straight code over constants, with
// what they need from the memory in the cells below.
type module struct {
	hosts map[string]hostcall
	calls []string            // imports, in the order of their numbers
	data  []byte              // from dataAt on
	funcs map[string]function // by export
}

type function struct {
	params, results string
	body            code
}

// Cells of the memory for what host functions write.
const (
	cellA    = 16
	cellB    = 20
	cellC    = 24
	cellCh   = 32
	cellOnce = 40
	dataAt   = 1024
	heapAt   = 64 << 10
	pages    = 512
)

// newModule is one that loads and does nothing.
func newModule() *module {
	m := &module{hosts: hostcalls(), funcs: map[string]function{}}
	for name, call := range wasiCalls() {
		m.hosts[name] = hostcall{params: call.params}
	}
	m.on("_initialize")
	m.on("proxy_abi_version_0_2_1")
	m.on("proxy_on_memory_allocate", bytecode(0x23, 0), // the heap's end, and move it on
		bytecode(0x23, 0), param(0), bytecode(0x6a), num(7), bytecode(0x6a), num(-8), bytecode(0x71), bytecode(0x24, 0))
	return m
}

func bytecode(b ...byte) code { return b }

func join(parts ...code) code { return slices.Concat(parts...) }

func leb(n int64) code {
	var c code
	for {
		b := byte(n & 0x7f)
		n >>= 7
		if n == 0 && b&0x40 == 0 || n == -1 && b&0x40 != 0 {
			return append(c, b)
		}
		c = append(c, b|0x80)
	}
}

func uleb(n int) code {
	var c code
	for ; n >= 0x80; n >>= 7 {
		c = append(c, byte(n)|0x80)
	}
	return append(c, byte(n))
}

func num(n int32) code                { return append(code{0x41}, leb(int64(n))...) }
func long(n int64) code               { return append(code{0x42}, leb(n)...) }
func param(i byte) code               { return code{0x20, i} }
func load(at int32) code              { return join(num(at), code{0x28, 2, 0}) }
func store(at int32, value code) code { return join(num(at), value, code{0x36, 2, 0}) }
func drop(value code) code            { return join(value, code{0x1a}) }
func trap() code                      { return code{0x00} }
func forever() code                   { return code{0x03, 0x40, 0x0c, 0, 0x0b} }

// when runs body if the condition is not 0.
func when(condition code, body ...code) code {
	return join(condition, code{0x04, 0x40}, join(body...), code{0x0b})
}

// again runs body until it ends in 0.
func again(body ...code) code { return join(code{0x03, 0x40}, join(body...), code{0x0d, 0, 0x0b}) }

// ret leaves the function.
func ret(n int32) code { return join(num(n), code{0x0f}) }

// text is where a string stands, and its length.
func (m *module) text(s string) code {
	at := dataAt + len(m.data)
	m.data = append(m.data, s...)
	return join(num(int32(at)), num(int32(len(s))))
}

// call calls a host function, which is imported if need be.
func (m *module) call(name string, args ...code) code {
	i := slices.Index(m.calls, name)
	if i < 0 {
		i = len(m.calls)
		m.calls = append(m.calls, name)
	}
	return join(join(args...), code{0x10}, uleb(i))
}

// do calls a host function and forgets what it answers.
func (m *module) do(name string, args ...code) code { return drop(m.call(name, args...)) }

func (m *module) log(s string) code { return m.do("proxy_log", num(2), m.text(s)) }

// say logs a small number as the character that many after "0".
func (m *module) say(value code) code {
	return join(num(cellCh), value, num('0'), bytecode(0x6a, 0x3a, 0, 0), m.do("proxy_log", num(2), num(cellCh), num(1)))
}

// on gives an export its body. Callbacks that answer something answer 0, unless they return.
func (m *module) on(name string, body ...code) *module {
	sig := callbacks[name]
	c := join(body...)
	if sig[1] != "" && name != "proxy_on_memory_allocate" && name != "malloc" {
		c = join(c, num(0))
	}
	m.funcs[name] = function{sig[0], sig[1], c}
	return m
}

// ready makes the callbacks for start and configuration say yes.
func (m *module) ready() *module {
	return m.on("proxy_on_vm_start", ret(1)).on("proxy_on_configure", ret(1)).on("proxy_on_done", ret(1))
}

func section(id byte, items ...code) code {
	body := join(uleb(len(items)), join(items...))
	return join(code{id}, uleb(len(body)), body)
}

func vector(b []byte) code { return join(uleb(len(b)), b) }

func typeOf(params, results string) code {
	types := func(sig string) code {
		c := uleb(len(sig))
		for _, t := range sig {
			c = append(c, map[rune]byte{'i': 0x7f, 'l': 0x7e}[t])
		}
		return c
	}
	return join(code{0x60}, types(params), types(results))
}

// wasm is the module in the binary format.
func (m *module) wasm() []byte {
	var types, imports, funcs, exports, bodies []code
	kind := func(params, results string) code {
		types = append(types, typeOf(params, results))
		return uleb(len(types) - 1)
	}
	for _, name := range m.calls {
		from, results := "env", "i"
		if _, ok := wasiCalls()[name]; ok {
			from = wasiModule
		}
		if name == "proc_exit" {
			results = ""
		}
		imports = append(imports, join(vector([]byte(from)), vector([]byte(name)), code{0}, kind(m.hosts[name].params, results)))
	}
	exports = append(exports, join(vector([]byte("memory")), code{2, 0}))
	for i, name := range slices.Sorted(maps.Keys(m.funcs)) {
		f := m.funcs[name]
		funcs = append(funcs, kind(f.params, f.results))
		exports = append(exports, join(vector([]byte(name)), code{0}, uleb(len(m.calls)+i)))
		bodies = append(bodies, vector(join(code{0}, f.body, code{0x0b})))
	}
	return slices.Concat([]byte("\x00asm\x01\x00\x00\x00"),
		section(1, types...), section(2, imports...), section(3, funcs...),
		section(5, join(code{0}, uleb(pages))),
		section(6, join(code{0x7f, 1}, num(heapAt), code{0x0b})),
		section(7, exports...), section(10, bodies...),
		section(11, join(code{0}, num(dataAt), code{0x0b}, vector(m.data))))
}
