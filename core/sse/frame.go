package sse

// Frame is an event: some lines and the blank line that ends them. Its slices are good only while it is
// being emitted.
type Frame struct {
	// Raw is the exact bytes, the blank line included. All Raw of a stream, one behind the other, are the
	// stream.
	Raw []byte
	// Event is the event's name, nil if it has none.
	Event []byte
	// Data is the value of the data lines, joined by \n if they are several. It is nil if there are none,
	// and empty but not nil for a data line without a value.
	Data []byte
	// DataAt is the place of Data in Raw, so that it can be replaced there. It is -1 where Data does not
	// lie in Raw in one piece: with several data lines, with none, and with one that has no colon.
	DataAt int
	// Comment says that there is no data line: a client sees nothing of such a frame (9.2.6, "if the data
	// buffer is an empty string"). Most are comments that keep a connection alive, or single blank lines.
	Comment bool
}

// fields is what the lines of a frame say so far. It knows values by their places in the frame, as the
// bytes move when the frame grows.
type fields struct {
	event, data span   // data is the value of the first data line
	lines       int    // how many data lines there are
	bare        bool   // the first data line has no colon
	joined      []byte // the data lines, if they are several; its memory is used again
}

type span struct{ start, end int }

func (g *fields) reset() { *g = fields{joined: g.joined[:0]} }

// read takes the line raw[start:stop], which is not blank (9.2.6, "interpreting an event stream"). All
// fields but event and data are left out.
func (g *fields) read(raw []byte, start, stop int) {
	line := raw[start:stop]
	switch {
	case hasName(line, "data"):
		at := valueStart(raw, start+len("data"), stop)
		g.lines++
		switch {
		case g.lines == 1:
			g.data = span{at, stop}
			g.bare = len(line) == len("data")
			return
		case g.lines == 2:
			g.joined = append(g.joined, raw[g.data.start:g.data.end]...)
		}
		g.joined = append(g.joined, '\n')
		g.joined = append(g.joined, raw[at:stop]...)
	case hasName(line, "event"):
		g.event = span{valueStart(raw, start+len("event"), stop), stop} // the last one counts
	}
}

// hasName reports whether line is a field of that name.
func hasName(line []byte, name string) bool {
	return len(line) >= len(name) && string(line[:len(name)]) == name &&
		(len(line) == len(name) || line[len(name)] == ':')
}

// valueStart returns where the value begins of a field whose name ends at i and whose line at stop:
// behind the colon and one space.
func valueStart(raw []byte, i, stop int) int {
	if i < stop {
		i++
	}
	if i < stop && raw[i] == ' ' {
		i++
	}
	return i
}

// frame returns the frame that raw is.
func (g *fields) frame(raw []byte) Frame {
	out := Frame{Raw: raw[:len(raw):len(raw)], DataAt: -1, Comment: g.lines == 0}
	if g.event.start < g.event.end { // an empty name is none
		out.Event = raw[g.event.start:g.event.end:g.event.end]
	}
	switch {
	case g.lines > 1:
		out.Data = g.joined
	case g.lines == 1:
		out.Data = raw[g.data.start:g.data.end:g.data.end]
		if !g.bare {
			out.DataAt = g.data.start
		}
	}
	return out
}
