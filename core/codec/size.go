package codec

import (
	"bytes"

	"strowger/core/scan"
)

// The estimates behind Request.InputTokens, and behind Request.InputBound of what is not
// text: an image has at most so many tokens as four usual ones have, and a sound or a file
// a token for every four of its bytes. Both are more than most models count.
const (
	BytesPerToken  = 4
	MessageTokens  = 4
	ImageTokens    = 800
	MaxImageTokens = 4 * ImageTokens
)

// Size is how much a request says, in bytes as written.
type Size struct {
	Bytes  int // of what a model reads
	Images int
	Data   int // base64 of images, sounds and files, no part of Bytes
	Media  int // of that, what is not of images
}

// Tokens is an estimate of the tokens that so many messages of that size are.
func (s Size) Tokens(messages int) int64 {
	return int64((s.Bytes+BytesPerToken-1)/BytesPerToken + messages*MessageTokens + s.Images*ImageTokens)
}

// Bound is the most tokens that a body of that many bytes can be: a token has at least a
// byte. Four characters of base64 are three bytes.
func (s Size) Bound(body int) int64 {
	return int64(body-s.Data) + int64(s.Images)*MaxImageTokens + (int64(s.Media)*3+4*BytesPerToken-1)/(4*BytesPerToken)
}

// Base64 is how many bytes of data the string in front of c has: all of it if it is bare or
// a data: URL (RFC 2397), else none. It steps over it.
func Base64(c *scan.Cursor, bare bool) int {
	v := c.Value()
	if len(v) >= 2 && v[0] == '"' && (bare || bytes.HasPrefix(v, []byte(`"data:`))) {
		return len(v) - 2
	}
	return 0
}
