package codec

import (
	"bytes"

	"strowger/core/llm"
)

// Sniff is the media type of an image or a PDF in base64, by the characters that stand for its
// first bytes (mimesniff.spec.whatwg.org, image type pattern matching); empty if they are of
// none of those. RIFF is of sound and films too: the end of WEBP stands in five characters from
// the eleventh on. It is for data that comes without a type; what it does not know is refused.
func Sniff(data llm.Escaped) string {
	const most = 32 // characters, in which each slash may be escaped
	begin := bytes.ReplaceAll(data[:min(len(data), most)], []byte(`\/`), []byte("/"))
	for _, known := range [...]struct{ begins, media string }{
		{"iVBOR", "image/png"}, {"/9j/", "image/jpeg"}, {"R0lGOD", "image/gif"}, {"UklGR", "image/webp"}, {"JVBER", "application/pdf"},
	} {
		if bytes.HasPrefix(begin, []byte(known.begins)) && (known.media != "image/webp" || len(begin) >= 16 && string(begin[11:16]) == "XRUJQ") {
			return known.media
		}
	}
	return ""
}
