package trace

import (
	"encoding/hex"
	"strings"
	"testing"
)

// Whatever is taken for a parent was one, to the letter.
func FuzzParent(f *testing.F) {
	f.Add("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01")
	f.Add("01-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-03-more")
	f.Fuzz(func(t *testing.T, h string) {
		p, ok := childOf([]string{h})
		if !ok {
			if p != (place{}) {
				t.Errorf("%q is none, and %+v", h, p)
			}
			return
		}
		if !strings.HasPrefix(h[2:], "-"+hex.EncodeToString(p.trace[:])+"-"+hex.EncodeToString(p.parent[:])+"-") || p.trace == [16]byte{} || p.parent == [8]byte{} {
			t.Errorf("%q is %+v", h, p)
		}
	})
}

func FuzzResponse(f *testing.F) {
	f.Add([]byte{})
	f.Add([]byte("\x0a\x02\x08\x05"))
	f.Add([]byte("\x10\x01\x0a\x06\x12\x02no\x08\x05"))
	f.Fuzz(func(t *testing.T, response []byte) {
		if n := rejected(response); n < 0 {
			t.Errorf("%q rejects %d", response, n)
		}
	})
}

// Texts are cut at a character, and what is not UTF-8 is replaced: decoders refuse it.
func TestTexts(t *testing.T) {
	for _, tc := range []struct {
		in, want string
		n        int
	}{{"abc", "abc", 3}, {"abcd", "abc", 3}, {"aü", "a", 2}, {"a\xff", "a\uFFFD", 9}, {"", "", 1}} {
		if got := string(textField(nil, 1, tc.in, tc.n)[2:]); got != tc.want {
			t.Errorf("%q: %q, want %q", tc.in, got, tc.want)
		}
	}
}
