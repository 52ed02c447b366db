package main

import (
	"strconv"
	"strings"
)

// What a random number is drawn for. Each has its own, so that one does not shift another's
// luck.
const (
	drawKind = iota + 1
	drawLength
	drawWord
	drawStream
	drawKey
	drawUsage
	drawPace
	drawLeave
	drawAgain
	drawOrder
	drawFault
	drawWhich
	drawAfter
	drawStatus
)

// draw is a random number that follows from what it is drawn for: SplitMix64 over the parts.
func draw(seed uint64, parts ...uint64) uint64 {
	z := seed
	for _, p := range parts {
		z += (p + 1) * 0x9e3779b97f4a7c15
		z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
		z = (z ^ z>>27) * 0x94d049bb133111eb
		z ^= z >> 31
	}
	return z
}

// chance is draw as a number from 0 up to, not including, 1.
func chance(seed uint64, parts ...uint64) float64 {
	return float64(draw(seed, parts...)>>11) / (1 << 53)
}

// lexicon is what answers are made of: one to four bytes a character, and what JSON has to
// escape. Quotes cannot stand in a directive.
var lexicon = [...]string{
	"selector", "Wähler", "relé", "交換機", "☎", "𝄞", "🙂🙃", `back\slash`, "a/b", "<b>", "&amp;", "{}", "[DONE]", "data:", "ё", "end.",
}

// textOf is what an answer with that name says: numbered words, so that a text that was cut,
// doubled or mixed with another is seen, and where.
func textOf(seed uint64, name string, words int) string {
	var key uint64
	for _, c := range name {
		key = key*31 + uint64(c)
	}
	var b strings.Builder
	b.WriteString(name)
	for i := 1; i < words; i++ {
		b.WriteByte(' ')
		b.WriteString(strconv.Itoa(i))
		b.WriteString(lexicon[draw(seed, drawWord, key, uint64(i))%uint64(len(lexicon))])
	}
	return b.String()
}
