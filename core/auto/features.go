package auto

import "math/bits"

// Feature names one of the things that the score looks at: Features of them, and one more for
// what single words add.
type Feature uint8

// Features is the number of features: counts and shares, then the groups of words.
// LastParagraph is the one for the length of the last paragraph.
const (
	counted       = len(logs) + len(shares)
	Features      = Feature(counted + groups - 1)
	LastParagraph = 27
)

// lg is the binary logarithm of n+1 in 1/64, straight lines between powers of two.
func lg(n int32) int32 {
	n = max(n, 0) + 1
	k := int32(bits.Len32(uint32(n))) - 1
	return k<<6 | (n<<6>>k)&63
}

// logs are the counts whose logarithms come first.
var logs = [...]uint8{
	nBytes, nWords, nLines, nNumbers, nDigits, nBig, nDecimal, nSentences, nQuestion, nCapital, nUpper, nLong, nComma, nQuote, nMath,
	nLatex, nDollar, nCode, nParen, nName, nIndent, nBullet, nOption, nBlank, nColon, nPercent, nTick, nLastWords, nLastNumbers, nParagraphs,
}

// shares follow: one count of another, and how much is added to that.
var shares = [...][3]uint8{
	{nLetters, nWords, 4}, {nDigits, nBytes, 16}, {nMath, nBytes, 16}, {nCode, nBytes, 16}, {nLong, nWords, 8}, {nCapital, nWords, 8},
	{nComma, nWords, 8}, {nEnglish, nWords, 8}, {nWords, nSentences, 2}, {nNumbers, nWords, 8}, {nDistinct, nWords, 8}, {nUpper, nWords, 8},
	{nWords, nLines, 2}, {nName, nWords, 8}, {nLastCommas, nCounts, 0}, {nLastSentences, nCounts, 0}, {nLastWords, nLastSentences, 2},
	{nLastNumbers, nLastWords, 8}, {nOptionWords, nOption, 1}, {nOptionNumbers, nOption, 1}, {nQuestion, nSentences, 2},
}

// features gives the raw features of a text that has been scanned: logarithms, and shares in
// 1/256 that are drawn towards none where there is little to judge by.
func (s *scan) features(f *[Features]int32) {
	n := &s.n
	for _, w := range s.seen {
		n[nDistinct] += int32(bits.OnesCount64(w))
	}
	n[nEnglish] = s.common[English]
	for k, c := range logs {
		f[k] = lg(n[c])
	}
	for k, c := range shares {
		v := n[c[0]]
		if c[1] == nCounts {
			v = lg(v)
		} else {
			v = v * 256 / (n[c[1]] + int32(c[2]))
		}
		f[len(logs)+k] = v
	}
	for g, c := range s.group[1:] {
		f[counted+g] = lg(c)
	}
}

// OfEnglish reports whether feature k says something of English texts only: German writes nouns
// with capitals, French has apostrophes, and words are not everywhere of the same length.
func OfEnglish(k int) bool {
	switch k {
	case 9, 11, 13, 30, 34, 35, 37, 40:
		return true
	}
	return false
}

// raw scans the text.
func (t *Text) raw(f *[Features]int32) (Script, Language) {
	s := &t.scan
	s.run(t.read())
	s.features(f)
	script := mostly(&s.letters)
	return script, s.languageOf(script)
}

// Raw gives what the trainer fits weights to: the raw features of the text, and which slots
// of the table it marks, one bit each; whether it is in a language that neither the table
// nor what OfEnglish names says anything of; and whether it lists answers to choose from.
func (t *Text) Raw(f *[Features]int32, seen *[Slots / 64]uint64) (isForeign, options bool) {
	script, language := t.raw(f)
	*seen = t.scan.seen
	return foreign(script, language), t.scan.options()
}

// options reports whether the text lists answers to choose from.
func (s *scan) options() bool { return s.n[nOption] >= 3 }
