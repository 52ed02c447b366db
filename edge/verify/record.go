package verify

import (
	"bytes"
	"fmt"
	"strings"
)

// Call is one call of the boundary, and what the native core answers.
type Call struct {
	Method       string
	Handle       uint32
	Control, Raw []byte
	Want         []byte
}

// Sink takes calls, in their order. Those before the first Begin belong to no case; there
// are none.
type Sink interface {
	// Begin begins a case; fresh: on a new machine.
	Begin(name string, fresh bool) error
	// Take takes a call of the case. What it points to does not change.
	Take(c Call) error
}

// Source makes calls.
type Source struct {
	Name string
	Run  func(r *Recorder) error
}

// casesOfMachine is how many cases a machine serves before a new one takes its place.
const casesOfMachine = 50

// Counts are what has been called.
type Counts struct {
	Cases     int `json:"cases"`
	Calls     int `json:"calls"`
	Decisions int `json:"decisions"` // decide that was answered, refusals included
	Refused   int `json:"refused"`   // of these
	Exchanges int `json:"exchanges"` // open: each makes a decision as well, and carries it out
}

// Recorder makes each call on the native core and hands it on with what that answered. It
// carries one machine at a time.
type Recorder struct {
	Counts
	Sink Sink
	// Only is the name of the only case to make, or what it begins with up to a slash;
	// empty: all of them.
	Only string

	native  Carrier
	served  int  // cases of this machine
	skipped bool // the case of a script that is being taken
}

// Case makes a case of that name, if it is wanted: calls are made by run.
func (r *Recorder) Case(name string, run func() error) error { return r.begin(name, false, run) }

// Fresh is Case, on a new machine.
func (r *Recorder) Fresh(name string, run func() error) error { return r.begin(name, true, run) }

func (r *Recorder) begin(name string, fresh bool, run func() error) error {
	if !r.wants(name) {
		return nil
	}
	if err := r.start(name, fresh); err != nil {
		return err
	}
	return run()
}

func (r *Recorder) wants(name string) bool {
	return r.Only == "" || name == r.Only || strings.HasPrefix(name, strings.TrimSuffix(r.Only, "/")+"/")
}

func (r *Recorder) start(name string, fresh bool) (err error) {
	fresh = fresh || r.native == nil || r.served == casesOfMachine
	if fresh {
		r.served = 0
		if r.native, err = (Native{}).New(); err != nil {
			return err
		}
	}
	r.Cases++
	r.served++
	return r.Sink.Begin(name, fresh)
}

// Call makes a call on the native core. The answer does not change.
func (r *Recorder) Call(method string, handle uint32, control, raw []byte) ([]byte, error) {
	// The machine keeps a body, and a sink what it likes: neither may change with the caller's.
	return r.make(Call{Method: method, Handle: handle, Control: bytes.Clone(control), Raw: bytes.Clone(raw)})
}

// Data makes a call of data.
func (r *Recorder) Data(handle, attempt uint32, nowUS int64, raw []byte) ([]byte, error) {
	return r.make(Call{Method: "data", Handle: handle, Control: appendData(nil, attempt, nowUS), Raw: bytes.Clone(raw)})
}

func (r *Recorder) make(c Call) (result []byte, err error) {
	if r.native == nil {
		return nil, fmt.Errorf("%s outside of a case", c.Method)
	}
	if c.Want, err = carry(r.native, &c); err != nil {
		return nil, err
	}
	r.Calls++
	switch c.Method {
	case "decide":
		r.Decisions++
		if isRefusal(c.Want) {
			r.Refused++
		}
	case "open":
		r.Exchanges++
	}
	return c.Want, r.Sink.Take(c)
}

func isRefusal(result []byte) bool {
	return len(result) > 4 && bytes.HasPrefix(result[4:], []byte(`{"kind":"refused"`))
}

// Begin implements Sink: a recorder can take a script, whose answers it makes anew.
func (r *Recorder) Begin(name string, fresh bool) error {
	if r.skipped = !r.wants(name); r.skipped {
		return nil
	}
	return r.start(name, fresh)
}

// Take implements Sink.
func (r *Recorder) Take(c Call) error {
	if r.skipped {
		return nil
	}
	_, err := r.make(c)
	return err
}
