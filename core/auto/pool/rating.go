package pool

import "strowger/core/auto"

// Where a rating is from.
const (
	fromOwn     = "own"
	fromElo     = "elo"
	fromLike    = "like"
	fromPrice   = "price"
	fromUnknown = "unknown"
)

// mostAside is the most that language and category together move a rating by, in Elo points:
// what is above that says more of how few comparisons there were than of the model.
const mostAside = 60

// aspectNames are the aspects' names, by aspect.
var aspectNames = [AspectCount]string{"overall", "coding", "math", "creative", "english", "chinese", "french", "german", "spanish", "russian", "japanese", "korean"}

// String is the aspect's name, as LMArena has it.
func (a Aspect) String() string {
	if a < AspectCount {
		return aspectNames[a]
	}
	return ""
}

// ofCategory is the aspect that is about a category of work; AspectOverall: none is.
func ofCategory(c auto.Category) Aspect {
	switch c {
	case auto.Code:
		return AspectCoding
	case auto.Math:
		return AspectMath
	case auto.Writing:
		return AspectCreative
	}
	return AspectOverall
}

// ofLanguage is the aspect that is about a language; AspectOverall: none is.
func ofLanguage(l auto.Language) Aspect {
	switch l {
	case auto.English:
		return AspectEnglish
	case auto.Chinese:
		return AspectChinese
	case auto.French:
		return AspectFrench
	case auto.German:
		return AspectGerman
	case auto.Spanish:
		return AspectSpanish
	case auto.Russian:
		return AspectRussian
	case auto.Japanese:
		return AspectJapanese
	case auto.Korean:
		return AspectKorean
	}
	return AspectOverall
}

// difficulty is the task's, corrected by what has been learned, permille.
func (c *Choice) difficulty() int64 {
	d := int64(c.Task.Difficulty) * 256
	if c.Learned != nil && !c.Task.Unread {
		d += c.Learned.Shift * 256
		for i, permille := range c.Learned.Features {
			d += int64(permille) * int64(c.Task.Features[i])
		}
	}
	return min(max(d/256, 0), 1000)
}

// rate sets the ratings of all options. Who has none gets one from its price, else the median
// of those that have.
func (c *Choice) rate() {
	var buf [16]int64
	known := buf[:0]
	for i := range c.Options {
		o := &c.Options[i]
		if o.rate(&c.Task); o.QualityFrom != fromUnknown {
			known = append(known, int64(o.Rating))
		}
	}
	median := Median(known)
	for i := range c.Options {
		o := &c.Options[i]
		if o.QualityFrom == fromUnknown {
			if o.Rating = int32(median); median == 0 {
				o.Rating = PriceElo
			}
		}
		o.Learned = 0
		if c.Learned != nil {
			o.Learned = c.Learned.Models[o.Model]
		}
	}
}

// rate sets Rating and where it is from.
func (o *Option) rate(t *Task) {
	elo := &o.Ability.Elo
	o.Parts = [2]Part{}
	if own := o.Ability.Own[t.Category]; own > 0 { // at medium difficulty
		o.QualityFrom = fromOwn
		o.Rating = int32(Elo0 + EloHard/2 + logit(int64(own)*1000)*EloScale/1000)
		return
	}
	if elo[AspectOverall] == 0 {
		o.QualityFrom, o.Rating = fromUnknown, 0
		if o.Output > 0 {
			o.QualityFrom, o.Rating = fromPrice, int32(PriceElo+PriceDoubling*(log2(o.Output)-log2(1_000_000))/1024)
		}
		return
	}
	o.QualityFrom, o.Rating = fromElo, int32(elo[AspectOverall])
	if o.Ability.Like {
		o.QualityFrom = fromLike
	}
	aside := int32(0)
	for i, a := range [...]Aspect{ofLanguage(t.Language), ofCategory(t.Category)} {
		if a != AspectOverall && elo[a] > 0 {
			above := int32(elo[a] - elo[AspectOverall] - AspectShift[a])
			above = min(max(aside+above, -mostAside), mostAside) - aside
			aside += above
			o.Parts[i] = Part{a, above}
		}
	}
	o.Rating += aside
}

// expect sets what may be expected at a difficulty, and what that is worth: a failure nothing,
// and below one half a quality goes on falling as it does there. So what a better model is
// ahead never shrinks as requests get harder, where all models are bad too. Rating and
// difficulty are rounded apart, for the same reason.
func (o *Option) expect(difficulty int64) {
	x := int64(o.Rating+o.Learned-Elo0)*1000/EloScale - EloHard*difficulty/EloScale
	q := logistic(x)
	o.Quality = int32((q + 500) / 1000)
	o.worth = q*o.Success/1000 + min(x, 0)*(one/4000) + max(one/2-q, 0)
}
