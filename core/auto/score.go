package auto

import "math/bits"

// Reading is what was read from one text. All of it is integers.
type Reading struct {
	Quantile   int32    // the difficulty: per mille of the reference texts that have a lower one
	Difficulty int32    // the score: what a strong model is expected to do better, and how demanding it is, in 1/8192
	Hard       int32    // how likely small models fail, in 1/1024 of a logit
	Beyond     int32    // how likely large models fail too, in 1/1024 of a logit
	Demand     int32    // how demanding people find it, in 1/1024 of a logit; of no account with Options
	Category   Category // what is asked for
	Script     Script   // what most letters are of
	Language   Language // Undetermined if in doubt
	Words      int32    // words read; two characters count as one in a script without spaces
	Continues  bool     // nothing but "yes", "go on" and the like: see Carry
	Options    bool     // it lists answers to choose from
	Cut        bool     // the middle of the text was not read

	Features [Features]int16 // in 1/64 of a standard deviation from the mean
	// TableHard and TableBeyond are what single words add to Hard and Beyond.
	TableHard, TableBeyond int32
}

// One is an answer in Difficulty, Logit a logit in Hard, Beyond and Demand.
const (
	One   = 8192
	Logit = 1024
)

// No feature is believed beyond four standard deviations.
const (
	Deviation = 64
	most4     = 4 * Deviation
)

// Read reads the text that was added. Read ends it: Reset comes before the next Add.
func (t *Text) Read(r *Reading) { t.ReadWith(Shipped(), r) }

// ReadWith is Read with weights of one's own.
func (t *Text) ReadWith(w Weights, r *Reading) {
	var f [Features]int32
	s := &t.scan
	script, language := t.raw(&f)
	*r = Reading{Category: s.category(), Script: script, Language: language, Words: s.n[nWords], Cut: t.Cut(), Continues: s.continues(), Options: s.options()}
	foreign := foreign(script, language)
	for k := range f {
		if !foreign || !OfEnglish(k) {
			r.Features[k] = w.standard(k, f[k])
		}
	}
	r.TableHard, r.TableBeyond = w.at(atMeans), w.at(atMeans+2)
	if !foreign {
		r.TableHard, r.TableBeyond = w.table(&s.seen)
	}
	r.Hard, r.Beyond = w.at(atBias)+r.TableHard, w.at(atBias+2)+r.TableBeyond
	if foreign {
		r.Hard += foreignHard
		r.Beyond += foreignBeyond
		r.Demand = foreignDemand
	}
	for k, z := range r.Features {
		hard, beyond, demand := w.parts(k, int32(z))
		r.Hard += hard
		r.Beyond += beyond
		r.Demand += demand
	}
	r.Difficulty = w.score(r, 0, 0, 0, int32(r.Features[LastParagraph]))
	r.Quantile = w.quantile(r.Difficulty)
}

// What requests in other languages are short of on average, in each sum, because
// their words and some of their features are not looked at. Calibrated on the requests of
// TestTheSameInOtherWords, which is not among what the weights were fitted to.
const (
	foreignHard   = 100
	foreignBeyond = 800
	foreignDemand = 375
)

// foreign reports whether English words say nothing about a text. What is too short or too
// odd to tell is read as English.
func foreign(s Script, l Language) bool {
	return s > Latin || l > English
}

// score is the probability that small models fail, less that large ones fail too; a little for
// length, whose share in both was fitted to sources of all lengths; and how demanding it is. Where
// answers are listed, the sources that were fitted to have much of the same kind, and decide alone.
// hard, beyond and demand are left out of r's sums.
func (w Weights) score(r *Reading, hard, beyond, demand, length int32) int32 {
	d := sigmoid(r.Hard-hard) - sigmoid(r.Beyond-beyond) + length*w.at(atLength)>>8
	if !r.Options {
		d += (sigmoid(r.Demand-demand) - w.at(atDemand+2)) * w.at(atDemand) >> 8
	}
	return d
}

// parts is what feature k adds to the three sums at z.
func (w Weights) parts(k int, z int32) (hard, beyond, demand int32) {
	return z * w.hand(k, 2) >> 8, z * w.hand(k, 3) >> 8, z * w.hand(k, 4) >> 8
}

// standard is how far feature k is from its mean, in 1/64 of a standard deviation.
func (w Weights) standard(k int, v int32) int16 {
	z := (v - w.hand(k, 0)) * w.hand(k, 1) >> 8
	return int16(min(max(z, -most4), most4))
}

// table sums over the marked slots, and divides by the root of their number, so that length
// by itself does not count.
func (w Weights) table(seen *[Slots / 64]uint64) (hard, beyond int32) {
	n := uint32(1)
	for k, marks := range seen {
		for ; marks != 0; marks &= marks - 1 {
			at := atTable + k<<6 + bits.TrailingZeros64(marks)
			hard += int32(int8(w.b[at]))
			beyond += int32(int8(w.b[at+Slots]))
			n++
		}
	}
	n = root(n << 8)
	return hard * 256 / int32(n), beyond * 256 / int32(n)
}

// root is the integer square root.
func root(n uint32) uint32 {
	r := uint32(0)
	for bit := uint32(1) << 15; bit > 0; bit >>= 1 {
		if (r|bit)*(r|bit) <= n {
			r |= bit
		}
	}
	return r
}

// halves is the sigmoid at each half logit from 0 to 8, in 1/8192.
var halves = [...]int16{4096, 5099, 5989, 6698, 7215, 7571, 7803, 7950, 8045, 8102, 8137, 8159, 8172, 8180, 8185, 8187, 8189}

// sigmoid is 1/(1+exp(-x)) in 1/8192, x in 1/1024: straight lines between half logits.
func sigmoid(x int32) int32 {
	a := min(max(x, -x), 8*Logit-1)
	lo, hi := int32(halves[a>>9]), int32(halves[a>>9+1])
	y := lo + (hi-lo)*(a&511)>>9
	if x < 0 {
		return One - y
	}
	return y
}

// quantile is how many per mille of the reference texts score less than d.
func (w Weights) quantile(d int32) int32 {
	lo := w.at(atQuantiles)
	if d <= lo {
		return 0
	}
	for i := int32(1); i <= 100; i++ {
		hi := w.at(atQuantiles + int(i)*2)
		if d < hi {
			return (i-1)*10 + (d-lo)*10/(hi-lo)
		}
		lo = hi
	}
	return 1000
}

// Contribution is what one feature does to the difficulty.
type Contribution struct {
	Feature Feature
	Points  int32 // how much lower the quantile would be with the feature at its mean, per mille
}

// Contributions appends the n features that move the quantile most, the strongest first. It
// is for readings with the shipped weights.
func (r *Reading) Contributions(dst []Contribution, n int) []Contribution {
	w := Shipped()
	begin := len(dst)
	for k := Feature(0); k <= Features; k++ {
		hard, beyond, demand := r.TableHard-w.at(atMeans), r.TableBeyond-w.at(atMeans+2), int32(0)
		length := int32(r.Features[LastParagraph])
		if k < Features {
			hard, beyond, demand = w.parts(int(k), int32(r.Features[k]))
		}
		if k == LastParagraph {
			length = 0
		}
		c := Contribution{k, r.Quantile - w.quantile(w.score(r, hard, beyond, demand, length))}
		at := len(dst)
		for at > begin && magnitude(dst[at-1].Points) < magnitude(c.Points) {
			at--
		}
		if at-begin >= n || c.Points == 0 {
			continue
		}
		if len(dst)-begin < n {
			dst = append(dst, c)
		}
		copy(dst[at+1:], dst[at:])
		dst[at] = c
	}
	return dst
}

func magnitude(v int32) int32 { return max(v, -v) }
