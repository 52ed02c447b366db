package auto

import (
	"strings"
	"testing"
)

func TestLexiconIsThatOfTheLists(t *testing.T) {
	if !LexiconIsCurrent() {
		t.Error("go run ./bench/auto lexicon was not run after words.go had changed")
	}
}

// TestStemsAreLongEnough: a shorter one would be found nowhere.
func TestStemsAreLongEnough(t *testing.T) {
	for group, list := range wordsOf() {
		for word := range strings.FieldsSeq(list) {
			if stem, is := strings.CutSuffix(word, "*"); is && len([]rune(stem)) < stemRunes {
				t.Errorf("group %d: %s has fewer than %d letters", group, word, stemRunes)
			}
		}
	}
}

// TestEveryWordIsFound looks each word up that the lists hold.
func TestEveryWordIsFound(t *testing.T) {
	for group, list := range wordsOf() {
		eachWord(list, func(h uint32) {
			if groupAt(find(spread(h))) == groupNone {
				t.Errorf("a word of group %d is not found", group)
			}
		})
	}
	if at := find(spread(hashRune(hashStart, 'ѫ'))); at != none {
		t.Error("a letter that is in no list is found")
	}
}
