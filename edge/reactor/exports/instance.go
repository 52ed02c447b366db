package exports

import (
	"bytes"
	"runtime"
	"strconv"

	"strowger/core/jsonout"
	"strowger/edge/abi"
)

// maxInput is the most that one call may bring.
const maxInput = abi.MaxControl + abi.MaxRaw

// maxKept is the size of an input or a result whose memory is used again for the next one.
const maxKept = 1 << 20

// instance is one module's state. The zero value is ready.
type instance struct {
	machine abi.Machine
	in      []byte // what the host writes to
	out     []byte // the last result
	dead    string // why; empty while all is well
}

// alloc gives size bytes for the calls to come; nil if that is too many.
func (i *instance) alloc(size uint32) []byte {
	if size > maxInput {
		return nil
	}
	if c := cap(i.in); c < int(size) || c == 0 || c > max(int(size), maxKept) {
		i.in = make([]byte, size, max(size, 4096))
	}
	i.in = i.in[:size]
	return i.in
}

// free lets go of input and result.
func (i *instance) free() { i.in, i.out = nil, nil }

// input is what the host has written: the control message and the raw bytes.
func (i *instance) input(control, raw uint32) (c, r []byte, ok bool) {
	end := uint64(control) + uint64(raw)
	if end > uint64(len(i.in)) {
		return nil, nil, false
	}
	return i.in[:control:control], i.in[control:end:end], true
}

// call runs one method on what the host has written. dst is where its result goes.
func (i *instance) call(control, raw uint32, method func(dst, control, raw []byte) []byte) (result []byte) {
	well := false
	defer func() {
		if !well {
			result = i.die(recover())
		}
	}()
	if cap(i.out) > maxKept {
		i.out = nil
	}
	c, r, ok := i.input(control, raw)
	switch {
	case i.dead != "":
		result = i.fail(abi.CodeDead, i.dead)
	case !ok:
		result = i.fail(abi.CodeLimit, "more bytes than were allocated")
	default:
		result = method(i.out[:0], c, r)
		if cap(i.in) > maxKept {
			i.in = nil
		}
	}
	i.out, well = result, true
	return result
}

// data is call for the method data, of which there are more than of all others.
func (i *instance) data(handle, attempt uint32, now float64, raw uint32) (result []byte) {
	if i.dead != "" || uint64(raw) > uint64(len(i.in)) || max(cap(i.in), cap(i.out)) > maxKept {
		return i.call(0, raw, func(dst, _, raw []byte) []byte {
			return i.machine.Data(dst, handle, attempt, int64(now), raw)
		})
	}
	well := false
	defer func() {
		if !well {
			result = i.die(recover())
		}
	}()
	result = i.machine.Data(i.out[:0], handle, attempt, int64(now), i.in[:raw:raw])
	i.out, well = result, true
	return result
}

// open gives the input away with the call, as the request's body stays in it; a body that
// would waste most of it gets a place of its own.
func (i *instance) open(dst, control, raw []byte) []byte {
	if len(raw) < cap(i.in)/2 {
		raw = bytes.Clone(raw)
	} else {
		i.in = nil
	}
	return i.machine.Open(dst, control, raw)
}

// die notes that nothing here can be trusted any more, and says so on standard error and in
// its result.
func (i *instance) die(cause any) []byte {
	i.dead = "the module has failed: " + reason(cause)
	println("strowger:", i.dead)
	var pcs [32]uintptr
	frames := runtime.CallersFrames(pcs[:runtime.Callers(3, pcs[:])])
	for {
		f, more := frames.Next()
		println("\t" + f.Function + ":" + strconv.Itoa(f.Line))
		if !more {
			i.out = i.fail(abi.CodeDead, i.dead)
			return i.out
		}
	}
}

func reason(cause any) string {
	switch cause := cause.(type) {
	case error:
		return cause.Error()
	case string:
		return cause
	}
	return "a panic"
}

// fail is an error record.
func (i *instance) fail(code abi.Code, message string) []byte {
	w := jsonout.Writer{}
	w.Begin('{')
	w.String("kind", abi.KindError)
	w.String("code", string(code))
	w.String("message", message)
	w.End('}')
	return abi.AppendRecord(i.out[:0], w.Buf, nil)
}
