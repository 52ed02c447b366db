package store

// Counts count requests. Requests is the sum of FirstTry, AfterFallback, Failed, Left, Refused,
// Cached and Cancelled.
type Counts struct {
	Requests      int64
	FirstTry      int64 // answered by the first attempt
	AfterFallback int64 // answered by a later one
	Failed        int64
	Left          int64 // the caller went away
	Refused       int64 // by a provider or before any attempt: the caller's mistake, a limit
	Cached        int64 // answered from the cache
	Cancelled     int64 // by hand, where it runs

	Cost       int64 // micro-dollars of the answers, as far as it is known
	FailedCost int64 // of the attempts that failed; by provider or model: of those that it failed itself
	Unpriced   int64 // requests of which part of the cost is not known
	Saved      int64 // micro-dollars, as in Decision
	Tokens     Tokens
	Estimated  int64 // requests whose tokens we counted

	First Histogram // to the first token, streams only
	Time  Histogram // to the end, of what was answered: refusals and failures are not fast
}

// class is which of the counts that make up Requests a kind's decisions are of.
type class uint8

const (
	classRefused class = iota
	classOK
	classFailed
	classLeft
	classCached
	classCancelled
)

func (k *kindNames) class() class {
	switch {
	case k.cache == "hit":
		return classCached
	case k.outcome == "ok":
		return classOK
	case k.outcome == "failed":
		return classFailed
	case k.outcome == "left":
		return classLeft
	case k.outcome == "cancelled":
		return classCancelled
	}
	return classRefused
}

// answered reports whether decisions of the class had an answer.
func (c class) answered() bool { return c == classOK || c == classCached }

// tally adds cells up to Counts.
type tally struct {
	cell
	classes [classCancelled + 1]int64
	after   int64   // of classOK, those of more than one attempt
	ends    endCell // attempts that did not end well, if they are asked for
}

// add counts requests of a class, of which fallback took more than one attempt.
func (t *tally) add(class class, requests, fallback int64) {
	t.classes[class] += requests
	if class == classOK {
		t.after += fallback
	}
}

// count fills in the Counts of what was added up.
func (t *tally) count(c *Counts) {
	c.Requests, c.FirstTry, c.AfterFallback = t.requests, t.classes[classOK]-t.after, t.after
	c.Failed, c.Left, c.Refused, c.Cached = t.classes[classFailed], t.classes[classLeft], t.classes[classRefused], t.classes[classCached]
	c.Cancelled, c.Saved = t.classes[classCancelled], t.saved
	c.Cost, c.FailedCost, c.Unpriced, c.Estimated = t.cost, t.failed, t.unpriced, t.estimated
	c.Tokens, c.First, c.Time = t.tokens, t.first, t.total
	c.Tokens.Estimated = c.Estimated > 0
}

// merge adds what another has added up.
func (t *tally) merge(o *tally) {
	t.cell.merge(&o.cell)
	for i, n := range o.classes {
		t.classes[i] += n
	}
	t.after += o.after
	t.ends.merge(&o.ends)
}

// merge adds another cell.
func (c *cell) merge(o *cell) {
	from := o.numbers()
	for i, v := range c.numbers() {
		*v += *from[i]
	}
	c.saved += o.saved
	c.first.merge(&o.first)
	c.total.merge(&o.total)
}
