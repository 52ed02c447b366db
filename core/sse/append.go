package sse

// AppendData appends an event without a name. Each line of data becomes a data line; as a line may not
// contain any line end, CR and CR LF in data reach the client as LF.
func AppendData(dst, data []byte) []byte {
	dst = appendLines(dst, "data: ", data)
	return append(dst, '\n')
}

// AppendEvent appends an event. A name cannot contain a line end: it is cut there. An empty name is none.
func AppendEvent(dst []byte, name string, data []byte) []byte {
	for i := range len(name) {
		if name[i] == '\n' || name[i] == '\r' {
			name = name[:i]
			break
		}
	}
	if name != "" {
		dst = append(dst, "event: "...)
		dst = append(dst, name...)
		dst = append(dst, '\n')
	}
	return AppendData(dst, data)
}

// AppendComment appends a comment, each line of text a comment line, and a blank line. A client sees
// nothing of it; it keeps a connection alive.
func AppendComment(dst []byte, text string) []byte {
	dst = appendLines(dst, ": ", []byte(text))
	return append(dst, '\n')
}

// appendLines appends each line of text behind a prefix.
func appendLines(dst []byte, prefix string, text []byte) []byte {
	rest := lines{p: text, lf: -1}
	for more := true; more; {
		start := rest.at
		var stop int
		stop, more = rest.cut()
		dst = append(dst, prefix...)
		dst = append(dst, text[start:stop]...)
		dst = append(dst, '\n')
	}
	return dst
}
