package learn

import (
	"cmp"
	"maps"
	"math"
	"slices"

	"strowger/core/auto"
	"strowger/core/auto/pool"
)

// Outcome is what became of one answer.
type Outcome struct {
	Decision string
	Model    string
	Source   pool.VerdictSource
	Good     bool
	// Prior is the quality that was expected before anything was learned, permille.
	Prior int32
	// Features are the hand features of the task; what is missing behind the last counts as 0.
	Features []int16
}

// weights is how much an outcome counts by how it is known: what a person said in full, what
// their doing says by how surely it means what it is taken for. That a conversation went on
// says little: people go on to complain, too.
var weights = [...]float64{
	pool.VerdictRegenerated: 0.7,
	pool.VerdictContinued:   0.25,
	pool.VerdictToolFailed:  0.5,
	pool.VerdictToolWorked:  0.25,
	pool.VerdictFallback:    0.7,
	pool.VerdictFeedback:    1,
}

// groups are kinds of sources that say good and bad in proportions of their own: who is
// asked is not who goes on by themselves. A level is fitted for each, and is no correction.
var groups = [...]int{
	pool.VerdictRegenerated: 0,
	pool.VerdictContinued:   0,
	pool.VerdictFallback:    0,
	pool.VerdictToolFailed:  1,
	pool.VerdictToolWorked:  1,
	pool.VerdictFeedback:    2,
}

const groupCount = 3

// What a logit of expected quality is in the units of corrections: Elo points, and permille of
// difficulty.
const (
	pointsOfLogit   = pool.EloScale
	permilleOfLogit = 1000. * pool.EloScale / pool.EloHard
)

// How far corrections are expected to go, as standard deviations in logits, and how far they
// may go. A feature's is for one standard deviation of the feature.
const (
	levelSpread   = 2.
	modelSpread   = 0.7
	featureSpread = 0.25
	MaxPoints     = 150 // Elo points
	MaxPermille   = 200 // of difficulty, for one standard deviation of a feature
	// telling is how many standard errors from none what a feature does must be for it to be
	// fitted at all: of seventy that do nothing, one in five fits has one.
	telling = 3
)

// column is one thing to be fitted: a value for some of the outcomes.
type column struct {
	rows    []int32
	values  []float64
	penalty float64 // one over the square of its spread
}

// problem is a logistic regression: which of the outcomes were good, beyond what offset says.
type problem struct {
	offset, weight []float64
	good           []bool
	columns        []column
}

// sweeps is how often all parameters are gone through. It is a fixed number, so that the same
// outcomes give the same answer; after it nothing moves any more that could be seen in whole
// Elo points.
const sweeps = 30

// solve is the most likely value of each column, given its spread, and the logits that come
// of them: each value in turn goes to the lowest point of a parabola above the loss, which
// therefore only falls.
func (p *problem) solve() (x, logits []float64) {
	logits = slices.Clone(p.offset)
	x = make([]float64, len(p.columns))
	for range sweeps {
		for j := range p.columns {
			c := &p.columns[j]
			slope, bend := c.penalty*x[j], c.penalty
			for k, i := range c.rows {
				slope += p.weight[i] * p.excess(i, logits) * c.values[k]
				bend += p.weight[i] * c.values[k] * c.values[k] / 4
			}
			step := slope / bend
			x[j] -= step
			for k, i := range c.rows {
				logits[i] -= step * c.values[k]
			}
		}
	}
	return x, logits
}

// excess is by how much an outcome is expected to be better than it is.
func (p *problem) excess(i int32, logits []float64) float64 {
	e := chance(logits[i])
	if p.good[i] {
		e--
	}
	return e
}

// tells reports whether the column would say more than chance does, where the logits leave off.
func (p *problem) tells(c *column, logits []float64) bool {
	var slope, variance float64
	for k, i := range c.rows {
		e, v := p.weight[i]*p.excess(i, logits), c.values[k]
		slope += e * v
		variance += e * e * v * v
	}
	return math.Abs(slope) > telling*math.Sqrt(variance)
}

func chance(logit float64) float64 { return 1 / (1 + math.Exp(-logit)) }

// logit of a quality in permille, which is never taken for certain.
func logit(permille int32) float64 {
	q := float64(min(max(permille, 10), 990)) / 1000
	return math.Log(q / (1 - q))
}

// prior is the quality in permille that auto mode expects of a rating at a difficulty in permille,
// before anything is learned.
func prior(rating, difficulty int64) int64 {
	return int64(math.Round(1000 * chance((float64(rating-pool.Elo0)-pool.EloHard*float64(difficulty)/1000)/pool.EloScale)))
}

// newProblem has the levels of the groups as its first columns. The outcomes must be in
// order.
func newProblem(outcomes []Outcome) *problem {
	p := &problem{columns: make([]column, groupCount)}
	for i := range outcomes {
		o := &outcomes[i]
		p.offset = append(p.offset, logit(o.Prior))
		p.weight = append(p.weight, weights[o.Source])
		p.good = append(p.good, o.Good)
		c := &p.columns[groups[o.Source]]
		c.rows, c.values = append(c.rows, int32(i)), append(c.values, 1)
	}
	for g := range groupCount {
		p.columns[g].penalty = 1 / (levelSpread * levelSpread)
	}
	return p
}

// addModels adds a column for each model and gives their names.
func (p *problem) addModels(outcomes []Outcome) []string {
	byModel := map[string]*column{}
	for i := range outcomes {
		c := byModel[outcomes[i].Model]
		if c == nil {
			c = &column{penalty: 1 / (modelSpread * modelSpread)}
			byModel[outcomes[i].Model] = c
		}
		c.rows, c.values = append(c.rows, int32(i)), append(c.values, 1)
	}
	names := slices.Sorted(maps.Keys(byModel))
	for _, name := range names {
		p.columns = append(p.columns, *byModel[name])
	}
	return names
}

// spread is a feature that differs among outcomes, and by how much.
type spread struct {
	feature int
	sd      float64
}

// addFeatures adds a column, in standard deviations, for each feature that tells something
// beyond what was fitted without it.
func (p *problem) addFeatures(outcomes []Outcome, logits []float64) (which []spread) {
	for f := range int(auto.Features) {
		c, sd := featureColumn(outcomes, f)
		if sd >= 1 && p.tells(&c, logits) { // the features are integers: what differs less is all but the same
			p.columns = append(p.columns, c)
			which = append(which, spread{f, sd})
		}
	}
	return which
}

// featureColumn is a feature in standard deviations.
func featureColumn(outcomes []Outcome, f int) (c column, sd float64) {
	var sum, squares float64
	for i := range outcomes {
		v := outcomes[i].feature(f)
		sum += v
		squares += v * v
	}
	n := float64(len(outcomes))
	sd = math.Sqrt(max(squares/n-sum/n*sum/n, 0))
	c.penalty = 1 / (featureSpread * featureSpread)
	for i := range outcomes {
		if v := outcomes[i].feature(f); v != 0 {
			c.rows, c.values = append(c.rows, int32(i)), append(c.values, v/sd)
		}
	}
	return c, sd
}

func (o *Outcome) feature(f int) float64 {
	if f < len(o.Features) {
		return float64(o.Features[f])
	}
	return 0
}

// levels fits how good answers are said to be without any correction.
func levels(outcomes []Outcome) [groupCount]float64 {
	x, _ := newProblem(outcomes).solve()
	return [groupCount]float64(x)
}

// corrections fits levels and corrections together. The corrections are whole numbers within
// their bounds, as auto mode uses them.
func corrections(outcomes []Outcome) (*pool.Learned, [groupCount]float64) {
	p := newProblem(outcomes)
	models := p.addModels(outcomes)
	_, logits := p.solve()
	features := p.addFeatures(outcomes, logits)
	x, _ := p.solve()
	l := &pool.Learned{Outcomes: len(outcomes), Models: map[string]int32{}}
	for i, name := range models {
		if points := bounded(x[groupCount+i]*pointsOfLogit, MaxPoints); points != 0 {
			l.Models[name] = int32(points)
		}
	}
	for i, f := range features {
		perDeviation := bounded(-x[groupCount+len(models)+i]*permilleOfLogit, MaxPermille)
		// What varies less here than it did in training says nothing of where it varies more.
		l.Features[f.feature] = int16(bounded(perDeviation*256/max(f.sd, deviation), math.MaxInt16))
	}
	l.Rev = rev(l)
	return l, [groupCount]float64(x)
}

func bounded(v, most float64) float64 { return math.Round(min(max(v, -most), most)) }

// correction is what the learned adds to the logit of an outcome.
func correction(l *pool.Learned, o *Outcome) float64 {
	if l == nil {
		return 0
	}
	harder := 0.0
	for f, w := range l.Features {
		if w != 0 {
			harder += o.feature(f) * float64(w) / 256
		}
	}
	return float64(l.Models[o.Model])/pointsOfLogit - harder/permilleOfLogit
}

// inOrder is a copy of the outcomes in an order that depends on nothing but them.
func inOrder(outcomes []Outcome) []Outcome {
	return slices.SortedFunc(slices.Values(outcomes), func(a, b Outcome) int {
		return cmp.Or(cmp.Compare(a.Decision, b.Decision), cmp.Compare(a.Source, b.Source), cmp.Compare(a.Model, b.Model))
	})
}

// deviation is one standard deviation of a feature among the prompts that auto mode's score was
// fitted to.
const deviation = 64

// PerDeviation is a correction of pool.Learned.Features as permille of difficulty for each
// standard deviation of the feature.
func PerDeviation(w int16) int64 { return int64(math.Round(float64(w) * deviation / 256)) }
