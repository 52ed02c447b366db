package llm

// Clip is the beginning of text that came from outside: at most so many bytes, whole
// characters, and a sign that there was more.
func Clip(s string, most int) string {
	if len(s) <= most {
		return s
	}
	for most > 0 && s[most]&0xC0 == 0x80 {
		most--
	}
	return s[:most] + "…"
}
