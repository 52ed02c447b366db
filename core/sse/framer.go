package sse

import "bytes"

// Error is an error of this package.
type Error string

// Error returns the message.
func (e Error) Error() string { return string(e) }

// ErrTooLong says that a frame has more bytes than the Framer's Max.
const ErrTooLong Error = "server-sent event is too long"

// defaultMax is the Max of a Framer that has none: 8 MiB.
const defaultMax = 8 << 20

// Framer cuts a stream into frames. The zero value is ready for use.
//
// Lines end in LF, CR LF or CR, in any mixture. As a live stream may pause anywhere, a CR ends its line at
// once, without waiting for an LF that may follow in the next piece. If that CR ended a frame, the LF is
// the first byte of the next frame's Raw, or of the rest if the stream ends there, and means nothing. So
// where the stream is cut may move such an LF from one Raw to the next, and changes nothing else.
//
// A byte order mark at the very start of the stream belongs to the first Raw and means nothing either.
type Framer struct {
	Max int // how many bytes a frame may have; 0 means 8 MiB

	buf    []byte // the frame begun, as far as it came with earlier pieces
	line   int    // where the line begun begins, from the start of the frame
	got    fields // what the lines of the frame before that say
	began  bool   // the first line of the stream is over
	cr     bool   // the last byte was a CR: an LF that follows belongs to it
	failed bool   // a frame was too long
}

// Write takes the next piece of the stream and calls emit for every frame that is complete with it, in
// order, before it returns. The piece may have any size, and is not kept. It returns [ErrTooLong] once a
// frame has more than Max bytes, and from then on always: the rest of the stream cannot be read.
func (f *Framer) Write(p []byte, emit func(Frame)) error {
	if f.failed {
		return ErrTooLong
	}
	if len(p) == 0 {
		return nil
	}
	piece := lines{p: p, lf: -1}
	if f.cr && p[0] == '\n' {
		f.line++
		piece.at = 1
	}
	f.cr = p[len(p)-1] == '\r'
	from := 0 // where that begins in p which is neither emitted nor in buf
	for end, ok := piece.cut(); ok; end, ok = piece.cut() {
		next := piece.at
		raw := p[from:next]
		if !f.fits(raw) {
			return ErrTooLong
		}
		if len(f.buf) > 0 {
			f.buf = append(f.buf, raw...)
			raw, from = f.buf, next
		}
		if !f.endLine(raw, len(raw)-(next-end)) {
			continue
		}
		emit(f.got.frame(raw))
		f.got.reset()
		f.buf, f.line, from = f.buf[:0], 0, next
	}
	if !f.fits(p[from:]) {
		return ErrTooLong
	}
	f.buf = append(f.buf, p[from:]...)
	return nil
}

// Between reports whether what was written so far ends between two frames. Then it may be left to
// others to read whole frames that end in LF, and to write only what follows.
func (f *Framer) Between() bool { return f.began && len(f.buf) == 0 && !f.cr && !f.failed }

// Close ends the stream. Many providers leave out the last blank line, so a frame that lacks it is
// emitted if it has a data line: its Raw ends behind the last line that counts. A last line without its
// end counts only if it begins with "data:"; of others it cannot be known what they would have become.
//
// It returns how many bytes at the end of the stream belong to no Raw: 0 for most streams. The Framer is
// then ready for another stream.
func (f *Framer) Close(emit func(Frame)) (rest int) {
	raw := f.buf
	if bytes.HasPrefix(raw[f.textStart(raw):], []byte("data:")) {
		f.endLine(raw, len(raw))
	}
	rest = len(raw)
	if f.got.lines > 0 {
		rest -= f.line
		emit(f.got.frame(raw[:f.line]))
	}
	f.got.reset()
	*f = Framer{Max: f.Max, buf: f.buf[:0], got: f.got}
	return rest
}

// fits reports whether the frame may grow by more. If not, the stream has failed.
func (f *Framer) fits(more []byte) bool {
	limit := f.Max
	if limit <= 0 {
		limit = defaultMax
	}
	if len(f.buf)+len(more) <= limit {
		return true
	}
	f.failed = true
	f.got.reset()
	f.buf, f.line = nil, 0
	return false
}

// endLine reads the line of the frame raw that was begun and whose text ends at stop. It reports whether
// the line is blank and the frame thereby over. The next line begins at the end of raw.
func (f *Framer) endLine(raw []byte, stop int) (over bool) {
	start := f.textStart(raw)
	f.began, f.line = true, len(raw)
	if start == stop {
		return true
	}
	f.got.read(raw, start, stop)
	return false
}

// textStart returns where the text of the line begun begins: behind the byte order mark, if there is one.
func (f *Framer) textStart(raw []byte) int {
	const mark = "\ufeff"
	if !f.began && len(raw) >= len(mark) && string(raw[:len(mark)]) == mark {
		return len(mark)
	}
	return f.line
}
