package abi

import (
	"strconv"
	"time"

	"strowger/core/catalog"
	"strowger/core/exchange"
	"strowger/core/jsonout"
	"strowger/core/router"
	"strowger/core/scan"
)

// Machine is one core: a router, the statistics and the open exchanges. The zero value
// is ready to be configured. It is used by one goroutine at a time. Every method appends
// its result to dst, as records; dst must not overlap what else is passed.
type Machine struct {
	router *router.Router
	state  router.State
	open   map[uint32]*entry
	last   uint32 // the handle given last
	at     uint32 // the handle of the last chunk
	of     *entry // its exchange; nil: it is to be looked up
	w      jsonout.Writer
	mark   int // where in w.Buf the length of the part being written stands
}

// entry is one open exchange.
type entry struct {
	x       *exchange.Exchange // nil once it has finished
	started bool
	now     int64 // of the last step, in microseconds; it never goes back
	pending router.Pending
}

// Configure takes a catalog in its canonical form.
func (m *Machine) Configure(dst, control, raw []byte) []byte {
	if err := sizes(control, raw); err != nil {
		return m.fail(dst, err)
	}
	reset, err := readConfigure(control)
	if err != nil {
		return m.fail(dst, err)
	}
	cfg, bad := catalog.ReadJSON(raw)
	if bad != nil {
		return m.fail(dst, &Error{CodeConfig, bad.Error()})
	}
	cat, bad := catalog.New(cfg)
	if bad != nil {
		return m.fail(dst, &Error{CodeConfig, bad.Error()})
	}
	if reset {
		m.state = router.State{}
	}
	m.router = router.New(cat)
	m.state.Board.Rules = m.router.Rules()
	m.begin(dst, KindConfigured)
	m.w.String("rev", cat.Rev())
	return m.end(m.body())
}

func readConfigure(doc []byte) (reset bool, err *Error) {
	f := &fields{doc: doc}
	version := int64(0)
	m := scan.Object(doc)
	for m.Next() {
		switch string(m.Key()) {
		case "abi":
			version = f.int("abi", m.Value(), 0, maxMicros)
		case "reset":
			reset = f.flag("reset", m.Value())
		default:
			f.unknown(m.Key())
		}
	}
	f.end(m.Err())
	f.need(version != 0, "abi")
	if f.err == nil && version != Version {
		f.err = &Error{CodeVersion, "this module speaks version " + strconv.Itoa(Version) + ", not " + strconv.FormatInt(version, 10)}
	}
	return reset, f.err
}

// AppendConfigure appends the control message of configure; the catalog in its canonical
// form goes along as raw bytes. reset forgets what has been measured.
func AppendConfigure(dst []byte, reset bool) []byte {
	w := jsonout.Writer{Buf: dst}
	w.Begin('{')
	w.Int("abi", Version)
	if reset {
		w.Bool("reset", true)
	}
	w.End('}')
	return w.Buf
}

// Fold takes a sample that was measured elsewhere or earlier. One of an endpoint that
// the catalog does not have is passed over.
func (m *Machine) Fold(dst, control, raw []byte) []byte {
	if err := m.ready(control, raw); err != nil {
		return m.fail(dst, err)
	}
	if err := readNothing(control); err != nil {
		return m.fail(dst, err)
	}
	s, err := readSample(raw)
	if err != nil {
		return m.fail(dst, err)
	}
	known := m.router.Catalog().Endpoint(s.Endpoint) != nil
	if known {
		m.state.Board.Fold(s)
	}
	m.begin(dst, KindFolded)
	m.w.Bool("known", known)
	return m.end(m.body())
}

// Decide gives the decision on a request, without anything being sent.
func (m *Machine) Decide(dst, control, raw []byte) []byte {
	if err := m.ready(control, raw); err != nil {
		return m.fail(dst, err)
	}
	c, now, err := readDecide(control, raw, m.router)
	if err != nil {
		return m.fail(dst, err)
	}
	d, refused := m.router.Decide(c, &m.state, now)
	if refused != nil {
		m.begin(dst, KindRefused)
		writeError(&m.w, refused)
		return m.end(router.Ingress(c.Entry.Schema).AppendError(m.body(), refused))
	}
	m.begin(dst, KindDecided)
	return m.end(d.AppendJSON(m.body()))
}

// Open makes an exchange. raw is the request's body: it is kept and must not be changed
// until the exchange has finished or is closed.
func (m *Machine) Open(dst, control, raw []byte) []byte {
	if err := m.ready(control, raw); err != nil {
		return m.fail(dst, err)
	}
	if len(m.open) >= MaxOpen {
		return m.fail(dst, &Error{CodeLimit, strconv.Itoa(MaxOpen) + " exchanges are open"})
	}
	c, err := readOpen(control, raw, m.router)
	if err != nil {
		return m.fail(dst, err)
	}
	if m.open == nil {
		m.open = map[uint32]*entry{}
	}
	for m.last++; m.last == 0 || m.open[m.last] != nil; m.last++ {
	}
	m.open[m.last] = &entry{x: m.router.Open(c)}
	m.begin(dst, KindOpened)
	m.w.Int("handle", int64(m.last))
	return m.end(m.body())
}

// Step tells an exchange what happened and gives the commands. raw is read during the
// call only.
func (m *Machine) Step(dst []byte, handle uint32, control, raw []byte) []byte {
	e := m.open[handle]
	if e == nil {
		return m.fail(dst, noHandle(handle))
	}
	if err := sizes(control, raw); err != nil {
		return m.fail(dst, err)
	}
	now, ev, err := readEvent(control, raw)
	if err != nil {
		return m.fail(dst, err)
	}
	return m.step(dst, e, now, ev)
}

// Data is Step with the event data: attempt has received raw at nowUS, in microseconds.
func (m *Machine) Data(dst []byte, handle, attempt uint32, nowUS int64, raw []byte) []byte {
	if m.of == nil || m.at != handle {
		m.at, m.of = handle, m.open[handle]
	}
	e := m.of
	switch {
	case e == nil:
		return m.fail(dst, noHandle(handle))
	case attempt == 0 || attempt > 1<<30:
		return m.fail(dst, &Error{CodeControl, "no attempt has the number " + strconv.FormatUint(uint64(attempt), 10)})
	case nowUS < 0 || nowUS > maxMicros:
		return m.fail(dst, &Error{CodeControl, strconv.FormatInt(nowUS, 10) + " is no moment"})
	}
	switch {
	case len(raw) > MaxRaw:
		return m.fail(dst, sizes(nil, raw))
	case e.x == nil || !e.started:
		return m.step(dst, e, moment(nowUS), exchange.Data{})
	}
	e.now = max(e.now, nowUS)
	from := len(dst)
	written, cmds := e.x.Data(append(dst, writeEmpty...), e.now, int(attempt), raw)
	if size := len(written) - from - len(writeEmpty); size > 0 {
		dst = written
		appendLength(dst[:from+len(writeHead)], size)
	}
	if len(cmds) == 0 {
		return dst
	}
	return m.perform(dst, e, cmds)
}

func (m *Machine) step(dst []byte, e *entry, now time.Time, ev exchange.Event) []byte {
	_, start := ev.(exchange.Started)
	switch {
	case start && e.started:
		return m.fail(dst, &Error{CodeEvent, "started came before"})
	case !start && !e.started:
		return m.fail(dst, &Error{CodeEvent, "started must come first"})
	case e.x == nil:
		return dst
	case start:
		e.started, ev = true, m.state.Started()
	}
	e.now = max(e.now, now.UnixMicro()) // a clock that was set back must not make negative times
	return m.perform(dst, e, e.x.Step(moment(e.now), ev))
}

// perform does what commands of an exchange are about the machine itself, and appends them.
func (m *Machine) perform(dst []byte, e *entry, cmds []exchange.Command) []byte {
	m.state.Apply(moment(e.now), cmds)
	e.pending.Note(cmds)
	for _, cmd := range cmds {
		if _, end := cmd.(exchange.Finish); end {
			e.x = nil
		}
		dst = m.appendCommand(dst, cmd)
	}
	return dst
}

// Close gives a handle back. Of an exchange that has not finished nothing more is said,
// and what was reserved for it is settled: a host that can still step should say left first.
func (m *Machine) Close(dst []byte, handle uint32) []byte {
	e := m.open[handle]
	if e == nil {
		return m.fail(dst, noHandle(handle))
	}
	m.state.Abandon(moment(e.now), &e.pending)
	delete(m.open, handle)
	m.of = nil
	m.begin(dst, KindClosed)
	return m.end(m.body())
}

// Models gives the answer to GET /v1/models, to that of one model, or to a path that lists.
func (m *Machine) Models(dst, control []byte) []byte {
	if err := m.ready(control, nil); err != nil {
		return m.fail(dst, err)
	}
	f := &fields{doc: control}
	var id, path string
	members := scan.Object(control)
	for members.Next() {
		switch string(members.Key()) {
		case "model":
			id = f.text("model", members.Value(), maxName)
		case "path":
			path = f.text("path", members.Value(), maxName)
		default:
			f.unknown(members.Key())
		}
	}
	if f.end(members.Err()); f.err != nil {
		return m.fail(dst, f.err)
	}
	l := router.Listing{Model: id}
	if path != "" {
		var ok bool
		if l, ok = m.router.ListingOf(path); !ok {
			return m.fail(dst, &Error{CodeNotFound, "nothing is listed at " + strconv.Quote(path)})
		}
	}
	list, unknown := m.router.AppendListing(nil, l, &m.state.Board, time.Time{})
	if unknown != nil {
		return m.fail(dst, &Error{CodeNotFound, unknown.Message})
	}
	m.begin(dst, KindModels)
	return m.end(append(m.body(), list...))
}

// AppendModels appends the control message of models; "" means all of them.
func AppendModels(dst []byte, id string) []byte {
	w := jsonout.Writer{Buf: dst}
	w.Begin('{')
	w.OptString("model", id)
	w.End('}')
	return w.Buf
}

// ready checks what every call but configure needs.
func (m *Machine) ready(control, raw []byte) *Error {
	if m.router == nil {
		return &Error{CodeNoConfig, "nothing has been configured"}
	}
	return sizes(control, raw)
}

func sizes(control, raw []byte) *Error {
	switch {
	case len(control) > MaxControl:
		return &Error{CodeLimit, "a control message has at most " + strconv.Itoa(MaxControl) + " bytes"}
	case len(raw) > MaxRaw:
		return &Error{CodeLimit, "at most " + strconv.Itoa(MaxRaw) + " raw bytes go with a call"}
	}
	return nil
}

func readNothing(doc []byte) *Error {
	f := &fields{doc: doc}
	m := scan.Object(doc)
	for m.Next() {
		f.unknown(m.Key())
	}
	f.end(m.Err())
	return f.err
}

func noHandle(handle uint32) *Error {
	return &Error{CodeHandle, "no exchange has the handle " + strconv.FormatUint(uint64(handle), 10)}
}
