package sse

import "bytes"

// lines cuts a piece of a stream into lines. Each byte is searched once for either line end, whichever
// of them the stream uses.
type lines struct {
	p  []byte
	at int // where the next line begins
	lf int // the place of the first LF from at on, len(p) if there is none; valid if not less than at
}

// cut returns where the line at l.at stops, moves l.at behind its end, and reports whether it has one.
func (l *lines) cut() (stop int, ok bool) {
	if l.lf < l.at {
		l.lf = len(l.p)
		if i := bytes.IndexByte(l.p[l.at:], '\n'); i >= 0 {
			l.lf = l.at + i
		}
	}
	stop = l.lf
	if i := bytes.IndexByte(l.p[l.at:l.lf], '\r'); i >= 0 {
		stop = l.at + i
		l.at = stop + 1
		if l.at == l.lf && l.lf < len(l.p) { // CR LF is one end
			l.at++
		}
		return stop, true
	}
	if stop == len(l.p) {
		return stop, false
	}
	l.at = stop + 1
	return stop, true
}
