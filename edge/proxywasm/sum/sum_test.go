package sum

import (
	"bytes"
	"crypto/sha256"
	"testing"
)

// It is what the standard library says, at every length around the ends of blocks.
func TestSHA256(t *testing.T) {
	for n := range 300 {
		b := bytes.Repeat([]byte{byte(n), 0xa5, 1}, n)[:n]
		if got, want := SHA256(b), sha256.Sum256(b); got != want {
			t.Errorf("of %d bytes: %x, want %x", n, got, want)
		}
	}
}
