package store

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
)

// squeezer compresses. The zero value is ready.
type squeezer struct {
	w   *gzip.Writer
	buf bytes.Buffer
}

// squeeze is b compressed, nil for nothing.
func (s *squeezer) squeeze(b []byte) []byte {
	if len(b) == 0 {
		return nil
	}
	s.buf.Reset()
	if s.w == nil {
		s.w, _ = gzip.NewWriterLevel(&s.buf, gzip.BestSpeed) // the level is one that there is
	} else {
		s.w.Reset(&s.buf)
	}
	s.w.Write(b) // into memory, where nothing fails
	s.w.Close()
	return bytes.Clone(s.buf.Bytes())
}

// expand is what was compressed, at most most bytes of it; nil for nothing.
func expand(b []byte, most int64) ([]byte, error) {
	if len(b) == 0 {
		return nil, nil
	}
	r, err := gzip.NewReader(bytes.NewReader(b))
	if err != nil {
		return nil, fmt.Errorf("what was compressed is damaged: %w", err)
	}
	out, err := io.ReadAll(io.LimitReader(r, most))
	if err != nil {
		return nil, fmt.Errorf("what was compressed is damaged: %w", err)
	}
	return out, nil
}
