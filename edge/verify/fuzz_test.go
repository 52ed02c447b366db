package verify_test

import (
	"bytes"
	"testing"

	"strowger/edge/verify"
)

// FuzzRead reads scripts that are none: without harm, and what can be read is written as it was.
func FuzzRead(f *testing.F) {
	var b bytes.Buffer
	w := verify.NewWriter(&b)
	if _, err := verify.Run([]verify.Source{verify.Generated(1)}, w, verify.Options{}); err != nil {
		f.Fatal(err)
	}
	if err := w.Flush(); err != nil {
		f.Fatal(err)
	}
	f.Add(b.Bytes()[:min(b.Len(), 4000)])
	f.Add([]byte("strowger script 1\nC\x01\x01\x00\x00\x00xM\x03\x07\x00\x00\x00\x00\x00\x00\x00\x02\x00\x00\x00ab\x00\x00\x00\x00"))
	f.Fuzz(func(t *testing.T, script []byte) {
		var again bytes.Buffer
		w := verify.NewWriter(&again)
		err := verify.Read(bytes.NewReader(script), w)
		if e := w.Flush(); e != nil {
			t.Fatal(e)
		}
		if err == nil && len(script) != again.Len() {
			t.Errorf("%d bytes are read, %d written", len(script), again.Len())
		}
	})
}
