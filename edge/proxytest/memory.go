package proxytest

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"maps"
	"slices"

	"github.com/tetratelabs/wazero/api"
)

// crossing is one call of a host function by a module.
type crossing struct {
	vm     *vm
	name   string
	args   []uint64
	memory api.Memory
	ctx    func() context.Context
}

// violate notes that the module broke a rule with this call.
func (c *crossing) violate(format string, args ...any) {
	from := c.vm.callback
	if from == "" {
		from = "no callback"
	}
	c.vm.host.violate("%s in %s (context %d): %s", c.name, from, c.vm.current, fmt.Sprintf(format, args...))
}

// refuse is a violation, and what the module is answered.
func (c *crossing) refuse(s Status, format string, args ...any) Status {
	c.violate(format, args...)
	return s
}

func (c *crossing) u32(i int) uint32 { return uint32(c.args[i]) }

// bytes are a copy of what the two arguments from i on point at.
func (c *crossing) bytes(i int) ([]byte, bool) {
	at, size := c.u32(i), c.u32(i+1)
	if size == 0 {
		return nil, true
	}
	b, ok := c.memory.Read(at, size)
	if !ok {
		c.violate("%d bytes at %d are outside of the memory", size, at)
		return nil, false
	}
	return bytes.Clone(b), true
}

func (c *crossing) text(i int) (string, bool) {
	b, ok := c.bytes(i)
	return string(b), ok
}

// pairs is the map that the two arguments from i on point at.
func (c *crossing) pairs(i int) (Pairs, Status) {
	b, ok := c.bytes(i)
	if !ok {
		return nil, InvalidMemoryAccess
	}
	p, ok := decodePairs(b)
	if !ok {
		return nil, c.refuse(BadArgument, "the map is not encoded as the ABI says")
	}
	return p, OK
}

// put32 writes a number to where an argument points.
func (c *crossing) put32(i int, n uint32) Status {
	if !c.memory.WriteUint32Le(c.u32(i), n) {
		return c.refuse(InvalidMemoryAccess, "%d is outside of the memory", c.u32(i))
	}
	return OK
}

func (c *crossing) put64(i int, n uint64) Status {
	if !c.memory.WriteUint64Le(c.u32(i), n) {
		return c.refuse(InvalidMemoryAccess, "%d is outside of the memory", c.u32(i))
	}
	return OK
}

// give puts data into memory that the module allocates, and where it is to where the two
// arguments from i on point. Nothing is allocated for no data.
func (c *crossing) give(i int, data []byte) Status {
	if r := c.put32(i+1, uint32(len(data))); r != OK {
		return r
	}
	if r := c.put32(i, 0); r != OK || len(data) == 0 {
		return r
	}
	at, ok := c.vm.allocate(c.ctx(), len(data))
	if !ok || !c.memory.Write(at, data) {
		return InvalidMemoryAccess
	}
	return c.put32(i, at)
}

// wasiCall is a function of WASI; it answers an errno.
type wasiCall struct {
	params string
	run    func(*crossing) uint32
}

// The errnos of WASI that are needed.
const (
	wasiOK     = 0
	wasiBadf   = 8
	wasiFault  = 21
	wasiInval  = 28
	wasiNotsup = 58
)

// GoWASI is all that the runtime of a Go module imports, for profiles that are to run one as
// the compiler made it. No host of the profiles here is sure to have all of it.
func GoWASI() []string {
	return slices.Sorted(maps.Keys(wasiCalls()))
}

// wasiCalls are the functions of WASI that the ABI names, and those that Go imports.
func wasiCalls() map[string]wasiCall {
	return map[string]wasiCall{
		"fd_write":            {"iiii", (*crossing).fdWrite},
		"random_get":          {"ii", (*crossing).randomGet},
		"clock_time_get":      {"ili", (*crossing).clockTimeGet},
		"args_get":            {"ii", func(*crossing) uint32 { return wasiOK }},
		"args_sizes_get":      {"ii", (*crossing).noSizes},
		"environ_get":         {"ii", func(*crossing) uint32 { return wasiOK }},
		"environ_sizes_get":   {"ii", (*crossing).noSizes},
		"sched_yield":         {"", func(*crossing) uint32 { return wasiOK }},
		"poll_oneoff":         {"iiii", (*crossing).noEvents},
		"fd_close":            {"i", noFile},
		"fd_fdstat_get":       {"ii", noFile},
		"fd_fdstat_set_flags": {"ii", noFile},
		"fd_prestat_get":      {"ii", noFile},
		"fd_prestat_dir_name": {"iii", noFile},
		"proc_exit": {"i", func(c *crossing) uint32 {
			panic(fmt.Sprintf("the module exits with %d", c.u32(0)))
		}},
	}
}

func noFile(*crossing) uint32 { return wasiBadf }

// noEvents says that nothing happened, at once.
func (c *crossing) noEvents() uint32 {
	if !c.memory.WriteUint32Le(c.u32(3), 0) {
		return wasiFault
	}
	return wasiOK
}

func (c *crossing) noSizes() uint32 {
	if !c.memory.WriteUint32Le(c.u32(0), 0) || !c.memory.WriteUint32Le(c.u32(1), 0) {
		return wasiFault
	}
	return wasiOK
}

// fdWrite logs what is written to the standard output or error, at info or error.
func (c *crossing) fdWrite() uint32 {
	level := map[uint32]uint32{1: 2, 2: 4}[c.u32(0)]
	if level == 0 {
		return wasiBadf
	}
	vectors, ok := c.memory.Read(c.u32(1), 8*min(c.u32(2), 1024))
	if !ok {
		return wasiFault
	}
	var message []byte
	for ; len(vectors) >= 8; vectors = vectors[8:] {
		part, ok := c.memory.Read(binary.LittleEndian.Uint32(vectors), binary.LittleEndian.Uint32(vectors[4:]))
		if !ok {
			return wasiFault
		}
		message = append(message, part...)
	}
	if !c.memory.WriteUint32Le(c.u32(3), uint32(len(message))) {
		return wasiFault
	}
	c.vm.host.opts.Log(level, string(message))
	return wasiOK
}

func (c *crossing) randomGet() uint32 {
	if c.u32(1) > pageSize {
		return wasiInval
	}
	b, ok := c.memory.Read(c.u32(0), c.u32(1))
	if !ok {
		return wasiFault
	}
	h := c.vm.host
	h.mu.Lock() // a seeded source is not safe for concurrent use
	defer h.mu.Unlock()
	if _, err := h.opts.Profile.Rand.Read(b); err != nil {
		return wasiInval
	}
	return wasiOK
}

func (c *crossing) clockTimeGet() uint32 {
	now := uint64(c.vm.host.opts.Profile.Now().UnixNano())
	switch {
	case c.u32(0) > 1:
		return wasiNotsup
	case c.u32(0) == 1 && c.vm.host.opts.Profile.NoMonotonic:
		now = 0
	}
	if !c.memory.WriteUint64Le(c.u32(2), now) {
		return wasiFault
	}
	return wasiOK
}
