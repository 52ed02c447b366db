package abi

import (
	"bytes"

	"strowger/core/recall"
)

// Recall makes a recorded decision again, under the catalog as it is. raw is the decision's JSON,
// which may be of another machine: nothing of this one's state counts.
func (m *Machine) Recall(dst, control, raw []byte) []byte {
	if err := m.ready(control, raw); err != nil {
		return m.fail(dst, err)
	}
	if err := readNothing(control); err != nil {
		return m.fail(dst, err)
	}
	r, bad := recall.Read(raw)
	if bad != nil {
		return m.fail(dst, &Error{CodeDecision, bad.Error()})
	}
	_, d, bad := r.Again(m.router.Catalog())
	if bad != nil {
		return m.fail(dst, &Error{CodeDecision, bad.Error()})
	}
	again := d.AppendJSON(nil)
	m.begin(dst, KindRecalled)
	m.w.Bool("equal", bytes.Equal(again, raw))
	return m.end(append(m.body(), again...))
}
