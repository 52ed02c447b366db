package pool

// The constants below are what go run ./bench/auto/constants prints, which fits them to how
// often many models were right on many questions; docs/adr/0025 has the figures. Its test
// holds them against each other.

// Expected quality: 1/(1+exp(-(rating - Elo0 - EloHard·difficulty)/EloScale)), with difficulty
// from 0 to 1, in Elo points.
const (
	Elo0     = 1019
	EloHard  = 471
	EloScale = 74
)

// The prior for a model without a rating: PriceElo points at a dollar for a million tokens of
// output, and PriceDoubling more for each doubling.
const (
	PriceElo      = 1386
	PriceDoubling = 12
)

// What preferences weigh with, in permille of worth: stated, for the only data with prices is of
// a market in which one model is far ahead of the others, and ten times as dear.
const (
	Lambda     = 26  // balanced: a doubling of the cost; five times the price must buy six more of 100 answers
	Mu         = 5   // balanced: a doubling of the time
	Delta      = 126 // cost and speed: how far below the best is good enough; one of eight answers
	FloorBelow = 63  // balanced: how far below the best a hard prompt may go; half of that
)

// AspectShift is by how much ratings of an aspect are above the overall ones, the median of the
// rated models: ratings can be compared within one aspect only, so that it is taken off.
var AspectShift = [AspectCount]int16{
	AspectCoding: 39, AspectMath: -3, AspectCreative: -31,
	AspectEnglish: 12, AspectChinese: 16, AspectFrench: 0, AspectGerman: -9,
	AspectSpanish: 3, AspectRussian: -11, AspectJapanese: -43, AspectKorean: -41,
}
