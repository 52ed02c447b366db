package proxy

import (
	"compress/flate"
	"compress/gzip"
	"errors"
	"io"
	"strings"
	"unicode/utf8"
)

// Some providers compress without being asked. Answers are decoded as they come; what reads
// them bounds them, so that a small answer cannot become a large one unseen.

// encoded reports whether a body with that content-encoding is compressed; ok is false where the
// way is not known.
func encoded(encoding string) (compressed, ok bool) {
	switch strings.ToLower(strings.TrimSpace(encoding)) {
	case "", "identity":
		return false, true
	case "gzip", "x-gzip":
		return true, true
	}
	return false, false
}

// decoded is the body of an answer with that content-encoding as it was before it was compressed;
// the body itself if it was not.
func decoded(body io.Reader, encoding string) (io.Reader, error) {
	compressed, ok := encoded(encoding)
	if !ok {
		return nil, unreadable("the answer has the content-encoding " + clip(encoding) + ", which was not asked for and is not read")
	}
	if !compressed {
		return body, nil
	}
	return &unzipping{from: body}, nil
}

// unzipping decodes gzip; it waits for the first bytes when it is first read.
type unzipping struct {
	from io.Reader
	zip  *gzip.Reader
}

func (u *unzipping) Read(p []byte) (n int, err error) {
	if u.zip == nil {
		if u.zip, err = gzip.NewReader(u.from); err == nil {
			n, err = u.zip.Read(p)
		}
	} else {
		n, err = u.zip.Read(p)
	}
	if garbled(err) {
		err = unreadable("the answer is not the gzip that its content-encoding says")
	}
	return n, err
}

// garbled reports whether err is about the bytes themselves, not about their coming.
func garbled(err error) bool {
	var corrupt flate.CorruptInputError
	return errors.Is(err, gzip.ErrHeader) || errors.Is(err, gzip.ErrChecksum) || errors.As(err, &corrupt)
}

// clip bounds what a provider's header may say in a message, and ends with a whole character.
func clip(s string) string {
	n := min(len(s), 64)
	for n > 0 && n < len(s) && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n]
}
