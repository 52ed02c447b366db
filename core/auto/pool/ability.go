// Package pool chooses among models for auto mode: from what a request needs, what each
// model can, and what it would cost and take now. It knows no endpoints and no wire; package
// plan brings the options and follows the choice. Integers only: every host chooses alike.
package pool

// Aspect is what a rating is about.
type Aspect uint8

// The aspects: everything, kinds of work, and languages, as LMArena rates them
// (github.com/lmarena/arena-catalog).
const (
	AspectOverall Aspect = iota
	AspectCoding
	AspectMath
	AspectCreative
	AspectEnglish
	AspectChinese
	AspectFrench
	AspectGerman
	AspectSpanish
	AspectRussian
	AspectJapanese
	AspectKorean
	AspectCount
)

// Ability is what is known beforehand of how good a model is. The zero value is nothing.
type Ability struct {
	// Elo are ratings by aspect; 0: not rated.
	Elo [AspectCount]int16
	// Own is what the configuration says, expected quality in permille for each category, by
	// auto.Category; 0: not said. It counts before ratings.
	Own [5]int16
	// From says where the ratings are from and as of when, for people; Like: they are made from
	// those of a model that it is like, for want of its own.
	From string
	Like bool
}
