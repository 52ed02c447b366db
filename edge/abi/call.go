package abi

import (
	"slices"
	"strconv"
	"time"

	"strowger/core/jsonout"
	"strowger/core/llm"
	"strowger/core/router"
	"strowger/core/scan"
)

// usualControl is room for most control messages, in bytes.
const usualControl = 256

// maxID bounds the id of a decision, in bytes.
const maxID = 64

// call is the control message of open and decide.
type call struct {
	router.Call
	path  string
	route string
	now   int64
	timed bool
	seed  bool
}

// readOpen reads the control message of open.
func readOpen(doc, body []byte, r *router.Router) (router.Call, *Error) {
	c, f := call{}, fields{doc: doc}
	c.read(&f)
	f.need(c.ID != "", "id")
	f.need(c.seed, "seed")
	if c.timed {
		f.bad("now_us", "unknown member")
	}
	c.resolve(&f, r)
	c.Body = body
	return c.Call, f.err
}

// readDecide reads the control message of decide.
func readDecide(doc, body []byte, r *router.Router) (router.Call, time.Time, *Error) {
	c, f := call{}, fields{doc: doc}
	c.read(&f)
	f.need(c.timed, "now_us")
	f.need(c.seed, "seed")
	if c.Refused != nil {
		f.bad("refused", "unknown member")
	}
	c.resolve(&f, r)
	c.Body = body
	return c.Call, moment(c.now), f.err
}

func (c *call) read(f *fields) {
	m := scan.Object(f.doc)
	for m.Next() {
		v := m.Value()
		switch string(m.Key()) {
		case "id":
			c.ID = f.text("id", v, maxID)
		case "seed":
			c.Seed, c.seed = f.seed("seed", v), true
		case "path":
			c.path = f.text("path", v, maxName)
		case "schema":
			c.Entry.Schema = llm.SchemaNamed(string(f.bytes("schema", v, maxName)))
			f.known(c.Entry.Schema != llm.SchemaNone, "schema", v)
		case "operation":
			c.Entry.Operation = llm.OperationNamed(string(f.bytes("operation", v, maxName)))
			f.known(c.Entry.Operation != llm.OperationNone, "operation", v)
		case "model":
			c.Entry.Model = f.text("model", v, maxName)
		case "stream":
			c.Entry.Stream = f.flag("stream", v)
		case "route":
			c.route = f.text("route", v, maxName)
		case "headers":
			c.Header = readHeaders(f, v).value
		case "provider":
			c.ProviderHeader = []byte(f.text("provider", v, maxText))
		case "cache_control":
			c.CacheControl = f.text("cache_control", v, maxText)
		case "client_key":
			c.Key = f.text("client_key", v, maxName)
		case "refused":
			c.Refused = readError(f, v)
		case "now_us":
			c.now, c.timed = f.micros("now_us", v), true
		default:
			f.unknown(m.Key())
		}
	}
	f.end(m.Err())
}

// resolve settles what the call's path means.
func (c *call) resolve(f *fields, r *router.Router) {
	named := c.Entry != router.Entry{} || c.route != ""
	switch {
	case f.err != nil:
	case c.path != "" && named:
		f.bad("path", "give the path, or the schema and the operation")
	case c.path != "":
		var ok bool
		if c.Entry, ok = r.EntryOf(c.path); !ok {
			f.err = &Error{CodeNotFound, "nothing is served at " + strconv.Quote(c.path)}
		}
	default:
		f.need(c.Entry.Schema != llm.SchemaNone, "schema")
		f.need(c.Entry.Operation != llm.OperationNone, "operation")
		if c.route == "" {
			return
		}
		if c.Entry.Route, _ = r.Catalog().RouteOf(c.route); c.Entry.Route == nil || c.Entry.Route.Path != c.route {
			f.bad("route", "unknown route "+strconv.Quote(c.route))
		}
	}
}

func readError(f *fields, v scan.Value) *llm.Error {
	e := &llm.Error{}
	m := scan.ObjectAt(f.doc, v)
	for m.Next() {
		v := m.Value()
		switch string(m.Key()) {
		case "code":
			e.Code = llm.Code(f.text("code", v, maxName))
		case "message":
			e.Message = f.text("message", v, maxText)
		case "param":
			e.Param = f.text("param", v, maxName)
		case "status":
			e.Status = int(f.int("status", v, 100, 599))
		default:
			f.unknown(m.Key())
		}
	}
	f.end(m.Err())
	f.need(e.Code != "", "code")
	return e
}

func writeError(w *jsonout.Writer, e *llm.Error) {
	w.String("code", string(e.Code))
	w.String("message", e.Message)
	w.OptString("param", e.Param)
	if e.Status != 0 {
		w.Int("status", int64(e.Status))
	}
}

// AppendOpen appends the control message that opens c; c.Body goes along as raw bytes.
// Bytes of the provider header that are not UTF-8 become U+FFFD.
func AppendOpen(dst []byte, c router.Call) []byte {
	w := jsonout.Writer{Buf: slices.Grow(dst, usualControl)}
	w.Begin('{')
	writeCall(&w, c)
	if c.Refused != nil {
		w.BeginAt("refused", '{')
		writeError(&w, c.Refused)
		w.End('}')
	}
	w.End('}')
	return w.Buf
}

// AppendDecide appends the control message that asks for the decision on c at now;
// c.Body goes along as raw bytes, c.Refused is not looked at.
func AppendDecide(dst []byte, c router.Call, now time.Time) []byte {
	w := jsonout.Writer{Buf: slices.Grow(dst, usualControl)}
	w.Begin('{')
	w.Int("now_us", now.UnixMicro())
	writeCall(&w, c)
	w.End('}')
	return w.Buf
}

func writeCall(w *jsonout.Writer, c router.Call) {
	w.OptString("id", c.ID)
	w.String("seed", strconv.FormatUint(c.Seed, 16))
	w.String("schema", c.Entry.Schema.String())
	w.String("operation", c.Entry.Operation.String())
	w.OptString("model", c.Entry.Model)
	if c.Entry.Stream {
		w.Bool("stream", true)
	}
	if c.Entry.Route != nil {
		w.String("route", c.Entry.Route.Path)
	}
	w.OptString("provider", string(c.ProviderHeader))
	w.OptString("cache_control", c.CacheControl)
	w.OptString("client_key", c.Key)
	if c.Header != nil {
		writeHeaderValues(w, c.Header, router.HeaderNames())
	}
}

// moment is the time that a control message means.
func moment(us int64) time.Time { return time.UnixMicro(us).UTC() }
