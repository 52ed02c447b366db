package auto

// Language is the language that a text is written in, as far as it is told apart.
type Language uint8

// Undetermined, then the languages in Latin script, which are told apart by their function words,
// then those that their script or single letters give away.
const (
	Undetermined Language = iota
	English
	German
	French
	Spanish
	Italian
	Portuguese
	Dutch
	Polish
	Turkish
	Swedish
	Danish
	Czech
	Romanian
	Hungarian
	Finnish
	Indonesian
	Vietnamese
	Russian
	Ukrainian
	Bulgarian
	GreekLanguage
	Chinese
	Japanese
	Korean
	ArabicLanguage
	Persian
	HebrewLanguage
	Hindi
	BengaliLanguage
	TamilLanguage
	ThaiLanguage
	languages

	latinLanguages = Vietnamese + 1
)

// languageOf is the language of a text in that script.
func (s *scan) languageOf(script Script) Language {
	switch script {
	case Latin:
		return s.latin()
	case Cyrillic:
		switch {
		case s.n[nUkrainian] > 0 && s.n[nUkrainian] >= s.n[nRussian]:
			return Ukrainian
		case s.n[nRussian] == 0 && s.n[nHard]*60 > s.letters[Cyrillic]:
			return Bulgarian
		}
		return Russian
	case Greek:
		return GreekLanguage
	case Han:
		return Chinese
	case Kana:
		return Japanese
	case Hangul:
		return Korean
	case Arabic:
		if s.n[nPersian] > 0 {
			return Persian
		}
		return ArabicLanguage
	case Hebrew:
		return HebrewLanguage
	case Devanagari:
		return Hindi
	case Bengali:
		return BengaliLanguage
	case Tamil:
		return TamilLanguage
	case Thai:
		return ThaiLanguage
	}
	return Undetermined
}

// latin is the language that most function words are of: at least two of them, or one in a
// text of at most six words; English wins a draw.
func (s *scan) latin() Language {
	best := Undetermined
	for l := English; l < latinLanguages; l++ {
		if s.common[l] > s.common[best] {
			best = l
		}
	}
	if n := s.common[best]; n >= 2 && n*16 >= s.n[nWords] || n == 1 && s.n[nWords] <= 6 {
		return best
	}
	return Undetermined
}
