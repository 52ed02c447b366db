package abi

import (
	"time"

	"strowger/core/catalog"
	"strowger/core/codec"
	"strowger/core/jsonout"
	"strowger/core/limits"
	"strowger/core/llm"
	"strowger/core/router"
	"strowger/core/scan"
)

// The three methods here let one machine keep the accounts of several: the one that is asked
// admits and settles, the others load its accounts before they decide. It needs no catalog.

// Admit reserves what a command admit says, unless a rate or a limit forbids it.
func (m *Machine) Admit(dst, control, raw []byte) []byte {
	a, now, err := m.readMoney(control, raw)
	if err != nil {
		return m.fail(dst, err)
	}
	wait, short := m.state.Ledger.May(now, a.Admission)
	ok := wait == 0 && short == nil
	if ok {
		m.state.Ledger.Admit(now, a.Admission)
	}
	m.begin(dst, KindAdmitted)
	m.w.Bool("ok", ok)
	m.w.OptInt("wait_us", exact(wait.Microseconds()))
	return m.end(AppendAccounts(m.body(), &m.state.Ledger, now))
}

// Settle ends what Admit began, as a command settle says.
func (m *Machine) Settle(dst, control, raw []byte) []byte {
	a, now, err := m.readMoney(control, raw)
	if err != nil {
		return m.fail(dst, err)
	}
	m.state.Ledger.Settle(now, a.Admission, a.spent)
	m.begin(dst, KindSettled)
	return m.end(AppendAccounts(m.body(), &m.state.Ledger, now))
}

// Accounts gives the accounts; with raw bytes, as it gave them, it takes those over first.
func (m *Machine) Accounts(dst, control, raw []byte) []byte {
	if err := sizes(control, raw); err != nil {
		return m.fail(dst, err)
	}
	var now int64
	timed := false
	f := &fields{doc: control}
	members := scan.Object(control)
	for members.Next() {
		if !members.KeyIs("now_us") {
			f.unknown(members.Key())
			continue
		}
		now, timed = f.micros("now_us", members.Value()), true
	}
	f.end(members.Err())
	f.need(timed, "now_us")
	if f.err == nil && len(raw) > 0 {
		var accounts []limits.Account
		var dues []limits.Due
		if accounts, dues, f.err = readAccounts(raw); f.err == nil {
			m.state.Ledger.Load(accounts, dues)
		}
	}
	if f.err != nil {
		return m.fail(dst, f.err)
	}
	m.begin(dst, KindAccounts)
	return m.end(AppendAccounts(m.body(), &m.state.Ledger, moment(now)))
}

// Abort gives what ends a stream in the caller's schema that the exchange can end no more.
func (m *Machine) Abort(dst, control []byte) []byte {
	if err := m.ready(control, nil); err != nil {
		return m.fail(dst, err)
	}
	c, f := call{}, fields{doc: control}
	c.read(&f)
	c.resolve(&f, m.router)
	f.need(c.Refused != nil, "refused")
	if f.err != nil {
		return m.fail(dst, f.err)
	}
	r := &llm.Request{Schema: c.Entry.Schema, Operation: c.Entry.Operation, Stream: true}
	m.begin(dst, KindAborted)
	return m.end(router.Ingress(c.Entry.Schema).NewWriter(r).Append(m.body(), &llm.Event{Err: c.Refused}, &codec.Answer{ID: c.ID}))
}

// readMoney reads the control message of admit and settle.
func (m *Machine) readMoney(control, raw []byte) (a admission, now time.Time, err *Error) {
	if err := sizes(control, raw); err != nil {
		return a, now, err
	}
	var us int64
	timed := false
	f := &fields{doc: control}
	members := scan.Object(control)
	for members.Next() {
		key, v := string(members.Key()), members.Value()
		if key == "now_us" {
			us, timed = f.micros(key, v), true
		} else if !a.field(f, key, v) {
			f.unknown(members.Key())
		}
	}
	f.end(members.Err())
	f.need(timed, "now_us")
	return a, moment(us), f.err
}

// AppendAccounts appends the accounts of a ledger, as the methods here give them.
func AppendAccounts(dst []byte, l *limits.Ledger, now time.Time) []byte {
	accounts, dues := l.Accounts(now)
	w := jsonout.Writer{Buf: dst}
	w.Begin('{')
	w.BeginAt("accounts", '[')
	for i := range accounts {
		a := &accounts[i]
		w.Begin('{')
		w.String("account", a.Name)
		w.String("per", a.Per.String())
		w.Int("start_us", exact(a.Start.UnixMicro()))
		w.Int("spent_micro", exact(a.Spent))
		w.Int("reserved_micro", exact(a.Reserved))
		w.End('}')
	}
	w.End(']')
	w.BeginAt("rates", '[')
	for _, d := range dues {
		w.Begin('{')
		w.String("client_key", d.Key)
		w.Int("due_us", exact(d.At.UnixMicro()))
		w.End('}')
	}
	w.End(']')
	w.End('}')
	return w.Buf
}

// ReadAccounts reads what AppendAccounts wrote, for a ledger to load. The error is of type *Error.
func ReadAccounts(doc []byte) ([]limits.Account, []limits.Due, error) {
	accounts, dues, err := readAccounts(doc)
	if err != nil {
		return nil, nil, err
	}
	return accounts, dues, nil
}

func readAccounts(doc []byte) (accounts []limits.Account, dues []limits.Due, err *Error) {
	f := &fields{doc: doc}
	members := scan.Object(doc)
	for members.Next() {
		switch v := members.Value(); string(members.Key()) {
		case "accounts":
			a := scan.ArrayAt(doc, v)
			for a.Next() {
				accounts = append(accounts, readAccount(f, a.Value()))
			}
			f.end(a.Err())
		case "rates":
			a := scan.ArrayAt(doc, v)
			for a.Next() {
				dues = append(dues, readDue(f, a.Value()))
			}
			f.end(a.Err())
		default:
			f.unknown(members.Key())
		}
	}
	f.end(members.Err())
	return accounts, dues, f.err
}

func readAccount(f *fields, v scan.Value) (a limits.Account) {
	var start int64
	members := scan.ObjectAt(f.doc, v)
	for members.Next() {
		switch v := members.Value(); string(members.Key()) {
		case "account":
			a.Name = f.text("account", v, maxName)
		case "per":
			a.Per = catalog.PerNamed(f.text("per", v, maxName))
			f.known(a.Per.Lasts(), "per", v)
		case "start_us":
			start = f.micros("start_us", v)
		case "spent_micro":
			a.Spent = f.micros("spent_micro", v)
		case "reserved_micro":
			a.Reserved = f.micros("reserved_micro", v)
		default:
			f.unknown(members.Key())
		}
	}
	f.end(members.Err())
	f.need(a.Name != "", "account")
	f.need(a.Per.Lasts(), "per")
	a.Start = moment(start)
	return a
}

func readDue(f *fields, v scan.Value) (d limits.Due) {
	members := scan.ObjectAt(f.doc, v)
	for members.Next() {
		switch v := members.Value(); string(members.Key()) {
		case "client_key":
			d.Key = f.text("client_key", v, maxName)
		case "due_us":
			d.At = moment(f.micros("due_us", v))
		default:
			f.unknown(members.Key())
		}
	}
	f.end(members.Err())
	f.need(d.Key != "", "client_key")
	return d
}
