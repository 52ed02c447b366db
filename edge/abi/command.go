package abi

import (
	"strconv"
	"time"

	"strowger/core/auto/pool"
	"strowger/core/catalog"
	"strowger/core/exchange"
	"strowger/core/jsonout"
	"strowger/core/llm"
	"strowger/core/memory"
	"strowger/core/scan"
)

// appendCommand appends the record of a command.
func (m *Machine) appendCommand(dst []byte, cmd exchange.Command) []byte {
	switch cmd := cmd.(type) {
	case exchange.Send:
		m.begin(dst, KindSend)
		writeSend(&m.w, &cmd)
		return m.end(append(m.body(), cmd.Content()...))
	case exchange.Wake:
		m.begin(dst, KindWake)
		m.w.Int("at_us", exact(cmd.At.UnixMicro()))
	case exchange.Cancel:
		m.begin(dst, KindCancel)
		m.w.Int("attempt", int64(cmd.Attempt))
	case exchange.Reply:
		m.begin(dst, KindReply)
		m.w.Int("status", int64(cmd.Status))
		writePairs(&m.w, "headers", cmd.Header)
	case exchange.Write:
		return appendWrite(dst, cmd.Bytes)
	case exchange.Admit:
		m.begin(dst, KindAdmit)
		writeAdmission(&m.w, &cmd.Admission)
	case exchange.Settle:
		m.begin(dst, KindSettle)
		writeAdmission(&m.w, &cmd.Admission)
		m.w.Int("spent_micro", exact(cmd.Spent))
	case exchange.Remember, exchange.Converse, exchange.Judge:
		m.note(dst, cmd)
	case exchange.Lookup:
		m.begin(dst, KindLookup)
		m.w.Int("attempt", int64(cmd.Attempt))
		m.w.Bool("wait", cmd.Wait)
		return m.end(append(m.body(), cmd.Key...))
	case exchange.Keep:
		m.begin(dst, KindKeep)
		m.w.Int("ttl_us", exact(cmd.TTL.Microseconds()))
		m.w.Int("question_bytes", int64(len(cmd.Key)))
		return m.end(append(append(m.body(), cmd.Key...), cmd.Body...))
	case exchange.Answering:
		m.begin(dst, KindAnswering)
		m.w.String("endpoint", cmd.Endpoint)
	case exchange.Record:
		m.begin(dst, KindRecord)
		return m.end(AppendSample(m.body(), cmd.Sample))
	case exchange.Finish:
		m.begin(dst, KindFinish)
		m.w.String("outcome", cmd.Report.Outcome)
		m.w.Bool("cut", cmd.Cut)
		return m.end(cmd.Report.AppendJSON(m.body()))
	}
	return m.end(m.body())
}

// writeControl is the control message of every Write, writeHead its length with it, and writeEmpty the
// record of one without bytes.
const (
	writeControl = `{"kind":"` + KindWrite + `"}`
	writeHead    = string(rune(len(writeControl))) + "\x00\x00\x00" + writeControl
	writeEmpty   = writeHead + "\x00\x00\x00\x00"
)

// appendWrite appends the record of a Write.
func appendWrite(dst, p []byte) []byte {
	return append(appendLength(append(dst, writeHead...), len(p)), p...)
}

// note begins the record of a command that is about what is remembered.
func (m *Machine) note(dst []byte, cmd exchange.Command) {
	switch cmd := cmd.(type) {
	case exchange.Remember:
		m.begin(dst, KindRemember)
		m.w.String("client_key", cmd.Key)
		m.w.BeginAt("calls", '[')
		for i := range cmd.Calls {
			m.w.String("", cmd.Calls[i].ID)
		}
		m.w.End(']')
	case exchange.Converse:
		t := &cmd.Turn
		m.begin(dst, KindConverse)
		m.w.String("conversation", strconv.FormatUint(cmd.Conversation, 16))
		m.w.String("decision", t.Decision)
		m.w.String("model", t.Model)
		m.w.Int("warm_tokens", exact(t.Warm))
		m.w.Bool("answered", t.Answered)
		m.w.Bool("judged", t.Judged)
	case exchange.Judge:
		m.begin(dst, KindJudge)
		m.w.String("decision", cmd.Decision)
		m.w.String("model", cmd.Model)
		m.w.Bool("good", cmd.Good)
		m.w.String("source", cmd.Source.String())
	}
}

func writeSend(w *jsonout.Writer, s *exchange.Send) {
	e := s.Endpoint
	w.Int("attempt", int64(s.Attempt))
	w.String("endpoint", e.ID)
	w.String("provider", e.Provider)
	w.String("model", e.Model)
	w.String("name", e.Name)
	w.String("schema", e.Schema.String())
	w.String("base_url", e.BaseURL)
	w.String("path", s.Path)
	w.String("url", s.URL())
	w.String("key", e.KeyRef)
	w.BeginAt("headers", '[')
	for _, h := range e.Headers {
		w.Strings("", []string{h.Name, h.Value})
	}
	w.End(']')
	if len(s.Header) > 0 {
		writePairs(w, "request_headers", s.Header)
	}
	w.String("key_header", s.KeyName)
	w.OptString("key_prefix", s.KeyPrefix)
	w.Bool("stream", s.Stream)
	w.OptInt("turn", exact(s.Turn))
	w.BeginAt("timeouts_us", '{')
	w.Int("connect", exact(e.Timeouts.Connect.Microseconds()))
	w.Int("first_token", exact(e.Timeouts.FirstToken.Microseconds()))
	w.Int("idle", exact(e.Timeouts.Idle.Microseconds()))
	w.Int("total", exact(e.Timeouts.Total.Microseconds()))
	w.End('}')
}

func writePairs(w *jsonout.Writer, key string, hs []exchange.Header) {
	w.BeginAt(key, '[')
	for _, h := range hs {
		w.Strings("", []string{h.Name, h.Value})
	}
	w.End(']')
}

// reply reads a record on the host's side, whatever its kind.
type reply struct {
	kind    string
	send    exchange.Send
	at      int64
	status  int
	pairs   []exchange.Header
	outcome string
	cut     bool
	rev     string
	handle  uint32
	known   bool
	equal   bool
	code    string
	message string
	param   string
	money   admission
	calls   []memory.Call
	wait    bool
	ttl     int64
	size    int64 // of the key that raw begins with
	turn    exchange.Converse
	verdict pool.Verdict
}

// read reads the control message of a record. Members of a kind unknown here are errors,
// as a version has none.
func (r *reply) read(doc []byte) *Error {
	r.send.Endpoint = &catalog.Endpoint{}
	f := &fields{doc: doc}
	m := scan.Object(doc)
	for m.Next() {
		key, v := m.Key(), m.Value()
		if !r.common(f, string(key), v) && !r.endpoint(f, string(key), v) && !r.limited(f, string(key), v) && !r.conversed(f, string(key), v) {
			f.unknown(key)
		}
	}
	f.end(m.Err())
	f.need(r.kind != "", "kind")
	if f.err != nil {
		f.err.Code = CodeRecord
	}
	return f.err
}

func (r *reply) common(f *fields, key string, v scan.Value) bool {
	switch key {
	case "kind":
		r.kind = f.text(key, v, maxName)
	case "attempt":
		r.send.Attempt = int(f.int(key, v, 1, 1<<30))
	case "at_us":
		r.at = f.micros(key, v)
	case "status":
		r.status = int(f.int(key, v, 0, 999))
	case "headers":
		r.pairs = readPairs(f, v)
	case "outcome":
		r.outcome = f.text(key, v, maxName)
	case "cut":
		r.cut = f.flag(key, v)
	case "rev":
		r.rev = f.text(key, v, maxName)
	case "handle":
		r.handle = uint32(f.int(key, v, 1, 1<<32-1))
	case "known":
		r.known = f.flag(key, v)
	case "equal":
		r.equal = f.flag(key, v)
	case "code":
		r.code = f.text(key, v, maxName)
	case "message":
		r.message = f.text(key, v, len(f.doc))
	case "param":
		r.param = f.text(key, v, len(f.doc))
	default:
		return false
	}
	return true
}

// endpoint reads what only send has, and the calls of remember.
func (r *reply) endpoint(f *fields, key string, v scan.Value) bool {
	e := r.send.Endpoint
	most := len(f.doc)
	switch key {
	case "endpoint":
		e.ID = f.text(key, v, most)
	case "provider":
		e.Provider = f.text(key, v, most)
	case "model":
		e.Model = f.text(key, v, most)
	case "name":
		e.Name = f.text(key, v, most)
	case "schema":
		e.Schema = llm.SchemaNamed(f.text(key, v, most))
	case "base_url":
		e.BaseURL = f.text(key, v, most)
	case "url": // what the two make
	case "path":
		r.send.Path = f.text(key, v, most)
	case "key":
		e.KeyRef = f.text(key, v, most)
	case "request_headers":
		r.send.Header = readPairs(f, v)
	case "key_header":
		r.send.KeyName = f.text(key, v, most)
	case "key_prefix":
		r.send.KeyPrefix = f.text(key, v, most)
	case "calls":
		for a := scan.ArrayAt(f.doc, v); a.Next(); {
			r.calls = append(r.calls, memory.Call{ID: f.text(key, a.Value(), most)})
		}
	case "stream":
		r.send.Stream = f.flag(key, v)
	case "turn":
		r.send.Turn = f.int(key, v, 0, maxMicros)
	case "timeouts_us":
		readTimeouts(f, v, &e.Timeouts)
	default:
		return false
	}
	return true
}

// conversed reads what only converse and judge have.
func (r *reply) conversed(f *fields, key string, v scan.Value) bool {
	t := &r.turn.Turn
	switch key {
	case "conversation":
		r.turn.Conversation = f.seed(key, v)
	case "decision":
		t.Decision = f.text(key, v, maxID)
	case "warm_tokens":
		t.Warm = f.int(key, v, 0, maxMicros)
	case "answered":
		t.Answered = f.flag(key, v)
	case "judged":
		t.Judged = f.flag(key, v)
	case "good":
		r.verdict.Good = f.flag(key, v)
	case "source":
		r.verdict.Source = pool.VerdictNamed(f.text(key, v, maxName))
	default:
		return false
	}
	return true
}

func readTimeouts(f *fields, v scan.Value, t *catalog.Timeouts) {
	var connect, first, idle, total int64
	readNumbers(f, v, []number{{"connect", &connect}, {"first_token", &first}, {"idle", &idle}, {"total", &total}})
	*t = catalog.Timeouts{
		Connect: time.Duration(connect) * time.Microsecond, FirstToken: time.Duration(first) * time.Microsecond,
		Idle: time.Duration(idle) * time.Microsecond, Total: time.Duration(total) * time.Microsecond,
	}
}

// readPairs reads [[name, value], …].
func readPairs(f *fields, v scan.Value) []exchange.Header {
	var hs []exchange.Header
	for a := scan.ArrayAt(f.doc, v); a.Next(); {
		var pair [2]string
		n := 0
		for p := scan.ArrayAt(f.doc, a.Value()); p.Next(); n++ {
			if n < len(pair) {
				pair[n] = f.text("headers", p.Value(), len(f.doc))
			}
		}
		if n != len(pair) {
			f.bad("headers", "expected pairs of a name and a value")
		}
		hs = append(hs, exchange.Header{Name: pair[0], Value: pair[1]})
	}
	return hs
}
