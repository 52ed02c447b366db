package abi

// Methods are the methods of the boundary, by name.
func Methods() []string {
	return []string{"configure", "fold", "decide", "open", "step", "data", "close", "models", "abort", "admit", "settle", "accounts", "recall"}
}

// Call calls a method by its name; of data, which has no control message, there is none. It
// reports false if there is no such method.
func (m *Machine) Call(dst []byte, method string, handle uint32, control, raw []byte) ([]byte, bool) {
	switch method {
	case "configure":
		return m.Configure(dst, control, raw), true
	case "fold":
		return m.Fold(dst, control, raw), true
	case "decide":
		return m.Decide(dst, control, raw), true
	case "open":
		return m.Open(dst, control, raw), true
	case "step":
		return m.Step(dst, handle, control, raw), true
	case "close":
		return m.Close(dst, handle), true
	case "models":
		return m.Models(dst, control), true
	case "abort":
		return m.Abort(dst, control), true
	case "admit":
		return m.Admit(dst, control, raw), true
	case "settle":
		return m.Settle(dst, control, raw), true
	case "accounts":
		return m.Accounts(dst, control, raw), true
	case "recall":
		return m.Recall(dst, control, raw), true
	}
	return dst, false
}
