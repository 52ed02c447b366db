package main

import (
	"math/rand/v2"
	"strings"
	"time"
	"unsafe"

	"strowger/edge/proxywasm/filter"
)

// The functions of the ABI that the filter calls; each answers a status.

//go:wasmimport env proxy_log
func proxyLog(level filter.Level, message unsafe.Pointer, size uint32) filter.Status

//go:wasmimport env proxy_set_tick_period_milliseconds
func proxyTick(milliseconds uint32) filter.Status

//go:wasmimport env proxy_set_effective_context
func proxyEffective(context uint32) filter.Status

//go:wasmimport env proxy_get_header_map_pairs
func proxyFields(m filter.Map, data *place, size *uint32) filter.Status

//go:wasmimport env proxy_set_header_map_pairs
func proxySetFields(m filter.Map, data unsafe.Pointer, size uint32) filter.Status

//go:wasmimport env proxy_get_buffer_bytes
func proxyBuffer(b filter.Buffer, start, most uint32, data *place, size *uint32) filter.Status

//go:wasmimport env proxy_set_buffer_bytes
func proxySetBuffer(b filter.Buffer, start, size uint32, data unsafe.Pointer, length uint32) filter.Status

//go:wasmimport env proxy_get_property
func proxyProperty(path unsafe.Pointer, length uint32, data *place, size *uint32) filter.Status

//go:wasmimport env proxy_http_call
func proxyCall(cluster unsafe.Pointer, clusterSize uint32, headers unsafe.Pointer, headersSize uint32, body unsafe.Pointer, bodySize uint32, trailers unsafe.Pointer, trailersSize uint32, timeout uint32, number *uint32) filter.Status

//go:wasmimport env proxy_get_shared_data
func proxyGet(key unsafe.Pointer, keySize uint32, data *place, size *uint32, swap *uint32) filter.Status

//go:wasmimport env proxy_set_shared_data
func proxySet(key unsafe.Pointer, keySize uint32, data unsafe.Pointer, size uint32, swap uint32) filter.Status

// place is an address that the proxy writes: of what it had allocated.
type place = uint32

// maxAllocated bounds what a proxy can have allocated and not handed over.
const maxAllocated = 128 << 20

// memory is what the proxy had allocated and was not given back yet, by place. The proxy
// allocates during a call of ours, and says where as that returns.
type memory struct {
	blocks map[place][]byte
	size   int
}

// allocate is memory for the proxy to write to; nil if that is too much.
func (m *memory) allocate(size uint32) unsafe.Pointer {
	if uint64(m.size)+uint64(size) > maxAllocated {
		return nil
	}
	b := make([]byte, max(size, 1))
	at := unsafe.Pointer(unsafe.SliceData(b))
	if m.blocks == nil {
		m.blocks = map[place][]byte{}
	}
	m.blocks[place(uintptr(at))] = b
	m.size += len(b)
	return at
}

// take is what the proxy has written.
func (m *memory) take(at *place, written *uint32, s filter.Status) ([]byte, filter.Status) {
	size := *written
	b, ok := m.blocks[*at]
	defer m.forget()
	switch {
	case s != filter.OK:
		return nil, s
	case size == 0:
		return nil, filter.OK
	case !ok || uint64(size) > uint64(len(b)):
		return nil, filter.InternalFailure // the proxy made the place up
	}
	return b[:size:size], filter.OK
}

// forget gives everything back: at most one answer is under way at a time.
func (m *memory) forget() {
	clear(m.blocks)
	m.size = 0
}

// host is the proxy.
type host struct{ memory }

// text and bytes are where something lies, for the proxy to read during a call.
func text(s string) (unsafe.Pointer, uint32) {
	return unsafe.Pointer(unsafe.StringData(s)), uint32(len(s))
}

func bytes(b []byte) (unsafe.Pointer, uint32) {
	return unsafe.Pointer(unsafe.SliceData(b)), uint32(len(b))
}

func (h *host) Log(level filter.Level, message string) {
	at, size := text(message)
	proxyLog(level, at, size)
}

func (h *host) Now() time.Time {
	var ns uint64
	proxyTime(&ns)
	return time.Unix(0, int64(ns)).UTC()
}

func (h *host) Tick(milliseconds uint32) { proxyTick(milliseconds) }

func (h *host) Random() uint64 { return rand.Uint64() }

func (h *host) Effective(context uint32) { proxyEffective(context) }

func (h *host) Fields(m filter.Map) ([]filter.Field, filter.Status) {
	var at place
	var size uint32
	b, s := h.take(&at, &size, proxyFields(m, &at, &size))
	if s != filter.OK {
		return nil, s
	}
	fields, ok := filter.DecodeFields(b)
	if !ok {
		return nil, filter.BadArgument
	}
	return fields, filter.OK
}

func (h *host) SetFields(m filter.Map, fields []filter.Field) filter.Status {
	at, size := bytes(filter.AppendFields(nil, fields))
	return proxySetFields(m, at, size)
}

func (h *host) Buffer(b filter.Buffer, start, most int) ([]byte, filter.Status) {
	var at place
	var size uint32
	return h.take(&at, &size, proxyBuffer(b, uint32(start), uint32(most), &at, &size))
}

func (h *host) SetBuffer(b filter.Buffer, start, size int, content []byte) filter.Status {
	at, length := bytes(content)
	return proxySetBuffer(b, uint32(start), uint32(size), at, length)
}

func (h *host) Property(path ...string) (string, filter.Status) {
	var at place
	var size uint32
	name, length := text(strings.Join(path, "\x00"))
	b, s := h.take(&at, &size, proxyProperty(name, length, &at, &size))
	return string(b), s
}

func (h *host) Continue(d filter.Direction) filter.Status { return proxyContinue(d) }

func (h *host) Close(d filter.Direction) filter.Status { return proxyClose(d) }

func (h *host) Respond(status int, details string, headers []filter.Field, body []byte) filter.Status {
	d, dn := text(details)
	b, bn := bytes(body)
	f, fn := bytes(filter.AppendFields(nil, headers))
	return proxyRespond(uint32(status), d, dn, b, bn, f, fn, -1)
}

func (h *host) Call(cluster string, headers []filter.Field, body []byte, timeout time.Duration) (number uint32, s filter.Status) {
	c, cn := text(cluster)
	f, fn := bytes(filter.AppendFields(nil, headers))
	b, bn := bytes(body)
	t, tn := bytes(filter.AppendFields(nil, nil)) // a map without fields; some hosts fail on no bytes
	s = proxyCall(c, cn, f, fn, b, bn, t, tn, uint32(timeout.Milliseconds()), &number)
	return number, s
}

func (h *host) Get(key string) (value []byte, swap uint32, s filter.Status) {
	var at place
	var size uint32
	k, kn := text(key)
	value, s = h.take(&at, &size, proxyGet(k, kn, &at, &size, &swap))
	return value, swap, s
}

func (h *host) Set(key string, value []byte, swap uint32) filter.Status {
	k, kn := text(key)
	v, vn := bytes(value)
	return proxySet(k, kn, v, vn, swap)
}
