package server

import (
	"net"
	"net/http"
	"strconv"
	"strings"
	"time"

	"strowger/desktop/http1"
)

// sniffed is how much of a body shows its type.
const sniffed = 512

// joined is how much of what is written is copied to be sent in one piece.
const joined = 4 << 10

const endOfChunks = "0\r\n\r\n"

// send sends what waits and more behind it, in one call; last ends the answer.
func (q *call) send(more []byte, last bool) error {
	if q.err != nil {
		q.drop()
		return q.err
	}
	o := q.room()
	defer q.drop()
	if !q.sent {
		first := o.body
		if len(first) == 0 {
			first = more
		}
		o.head = q.appendFraming(o.head, first, last)
		q.sent = true
	}
	body, tail := o.body, ""
	if q.head || !allowed(q.status) {
		body = nil
	}
	if n := len(body) + len(more); q.chunked {
		if n > 0 {
			o.head = append(strconv.AppendUint(o.head, uint64(n), 16), "\r\n"...)
			tail = "\r\n"
		}
		switch {
		case last && n > 0:
			tail = "\r\n" + endOfChunks
		case last:
			tail = endOfChunks
		}
	}
	b := append(o.head, body...)
	o.head = b[:0]
	end := []byte(nil)
	if len(more) > joined {
		end = []byte(tail)
	} else {
		b = append(append(b, more...), tail...)
		o.head, more = b[:0], nil
	}
	if len(b) > 0 {
		q.note(q.put(b, more, end))
	}
	return q.err
}

// put writes in one call.
func (q *call) put(b, more, end []byte) (err error) {
	q.c.write.ready(q.c.nc)
	if len(more) == 0 {
		_, err = q.c.nc.Write(b)
		return err
	}
	all := net.Buffers{b, more, end}
	_, err = all.WriteTo(q.c.nc)
	return err
}

// allowed reports whether an answer of this status may have a body.
func allowed(status int) bool {
	return status >= 200 && status != http.StatusNoContent && status != http.StatusNotModified
}

const statusOK = "HTTP/1.1 200 OK\r\n"

func statusLine(status int) string {
	if status == http.StatusOK {
		return statusOK
	}
	text := http.StatusText(status)
	if text == "" {
		text = "status code " + strconv.Itoa(status)
	}
	return "HTTP/1.1 " + strconv.Itoa(status) + " " + text + "\r\n"
}

// appendOwn appends the handler's headers and the date, and notes what they say of the framing.
func (q *call) appendOwn(b []byte) []byte {
	b = q.appendFields(b)
	if _, dated := q.header["Date"]; !dated {
		b = append(b, dateLine(time.Now())...)
	}
	return b
}

// appendFields appends headers but for those that say how the answer is framed, which are noted.
func (q *call) appendFields(b []byte) []byte {
	for name, values := range q.header {
		if q.frames(name, values) {
			continue
		}
		if !http1.IsToken(name) { // http.TrailerPrefix, for one: there are no trailers
			continue
		}
		for _, v := range values {
			b = append(append(b, name...), ": "...)
			if http1.IsText(v) {
				b = append(b, v...)
			} else {
				b = appendClean(b, v)
			}
			b = append(b, "\r\n"...)
		}
	}
	return b
}

// appendClean appends a value without what would end it.
func appendClean(b []byte, v string) []byte {
	for i := range len(v) {
		if !http1.IsText(v[i : i+1]) {
			b = append(b, ' ')
		} else {
			b = append(b, v[i])
		}
	}
	return b
}

// frames notes a header of the handler's that says how the answer is framed; false if it is none.
func (q *call) frames(name string, values []string) bool {
	first := ""
	if len(values) > 0 {
		first = values[0]
	}
	switch name {
	case "Content-Type":
		q.said.typed = true
		return q.status == http.StatusNotModified
	case "Content-Encoding":
		q.said.typed = q.said.typed || first != ""
		return false
	case "Content-Length":
		if n, err := strconv.ParseInt(first, 10, 64); err == nil && n >= 0 {
			q.length = n
		} else if first != "" {
			q.c.s.logf("http: the handler's Content-Length is no number: %q", first)
		}
	case "Transfer-Encoding":
		q.said.coding = first
	case "Connection":
		q.said.connection = values
	case "Trailer": // there are none
	default:
		return false
	}
	return true
}

// appendFraming ends the head. First is the beginning of the body; last: it is all of it.
func (q *call) appendFraming(b, first []byte, last bool) []byte {
	for _, v := range q.said.connection {
		for option := range strings.SplitSeq(v, ",") {
			if strings.EqualFold(strings.Trim(option, " \t"), "close") {
				q.closing = true
			}
		}
	}
	if q.c.s.ending.Load() {
		q.closing = true
	}
	if !q.closing && q.body.left > 0 { // some send all before they read anything
		q.closing = !q.body.drain()
		q.c.armWatch(q)
	}
	body := allowed(q.status)
	if body && !q.said.typed && q.said.coding == "" && len(first) > 0 {
		b = append(append(append(b, "Content-Type: "...), http.DetectContentType(first)...), "\r\n"...)
	}
	if q.said.coding != "" { // two that say where it ends are one too many
		q.length = -1
	}
	if q.length < 0 && last && body && q.said.coding == "" && (!q.head || q.written > 0) {
		q.length = q.written
	}
	switch {
	case q.length >= 0 && body:
		b = append(strconv.AppendInt(append(b, "Content-Length: "...), q.length, 10), "\r\n"...)
	case !body || q.head:
	case strings.EqualFold(q.said.coding, "identity"):
		q.closing = true
	default:
		q.chunked = true
		b = append(b, "Transfer-Encoding: chunked\r\n"...)
	}
	if q.closing {
		b = append(b, "Connection: close\r\n"...)
	} else {
		for _, v := range q.said.connection {
			b = append(appendClean(append(b, "Connection: "...), v), "\r\n"...)
		}
	}
	return append(b, "\r\n"...)
}
