package exchange

import (
	"cmp"
	"math"
	"strconv"
	"time"

	"strowger/core/catalog"
	"strowger/core/jsonout"
	"strowger/core/limits"
	"strowger/core/llm"
	"strowger/core/plan"
	"strowger/core/policy"
)

// admit counts the request and reserves money for it, if anything limits it.
func (x *Exchange) admit(reserve catalog.MicroDollars) {
	p := x.cfg.Policy
	if len(p.Limits) == 0 && p.Rate == (catalog.Rate{}) {
		return
	}
	x.admitted = &limits.Admission{Key: p.Key, Rate: p.Rate, Limits: p.Limits, Amount: reserve}
	x.do(Admit{*x.admitted})
}

// plenty is how many times further away than the most that an attempt can cost a limit is
// where a second whole attempt is reserved for too.
const plenty = 128

// reserve is the amount to reserve: the most that an attempt can cost, and, as far as there
// is so much left, what those before the last cost if they are given up without an answer,
// or the last could not be paid for. Where there is plenty it is twice the most, so that an
// answer that broke off can be made anew or gone on with.
func (x *Exchange) reserve(most, left catalog.MicroDollars) catalog.MicroDollars {
	if x.decision.Funds == nil {
		return most
	}
	if most < left/plenty {
		most *= 2
	}
	for _, i := range x.decision.Plan[:len(x.decision.Plan)-1] {
		cost := x.decision.Candidates[i].Endpoint.Price.Cost(llm.Usage{Input: x.cfg.Request.InputTokens, Images: x.cfg.Request.Images})
		if cost > left-most {
			return left
		}
		most += cost
	}
	return most
}

// spent is what the attempts that are over have cost, as far as it is known.
func (x *Exchange) spent() (sum catalog.MicroDollars) {
	for i := range x.attempts {
		if cost := x.attempts[i].cost; cost > math.MaxInt64-sum {
			return math.MaxInt64
		} else if cost > 0 {
			sum += cost
		}
	}
	return sum
}

// unaffordable says why a candidate cannot be paid for any more: earlier attempts have
// cost something, and what is left of the amount reserved, or of a limit on a request, no
// longer covers it. given are the bytes of an answer that it is given to go on with. It is
// empty if all is well.
func (x *Exchange) unaffordable(c *plan.Candidate, given int) string {
	spent := x.spent()
	if spent == 0 {
		return ""
	}
	if x.decision.Funds != nil {
		most, left := plan.Bound(x.cfg.Request, c.Endpoint), max(x.admitted.Amount-spent, 0)
		if given > 0 {
			most += c.Endpoint.Price.Most(llm.Usage{Input: int64(given)})
		}
		if most > left {
			return "can cost $" + llm.Dollars(most) + ", and $" + llm.Dollars(left) + " is left of what was reserved"
		}
	}
	for _, l := range x.cfg.Policy.Limits {
		if cost, left := plan.Expected(x.cfg.Request, c.Endpoint), max(l.Most-spent, 0); l.Per == catalog.PerRequest && cost > left {
			return "is expected to cost $" + llm.Dollars(cost) + ", and $" + llm.Dollars(left) + " is left of " + limitText(l)
		}
	}
	return ""
}

// overLimit is the caller's error when every endpoint that could serve would break a limit
// on money. s is how the account with least left stands, if there is one. Coming again helps
// only if an endpoint could be paid for with nothing spent.
func (x *Exchange) overLimit(ledger *limits.Ledger, s limits.Standing) *llm.Error {
	e := &llm.Error{Code: llm.CodeCostLimit}
	if need, lack := x.fundsLack(); lack {
		x.again = s.Reset
		if s.Most-s.Spent >= need { // once those that run now have ended
			x.again = x.now.Add(time.Second)
		}
		e.Message = limitText(s.Limit) + ": $" + llm.Dollars(s.Spent) + " is spent and $" + llm.Dollars(s.Reserved) +
			" reserved for requests that have not ended"
	} else {
		l, why := x.broken()
		if s, lack = ledger.Standing(x.now, []policy.Limit{l}); !lack {
			s = limits.Standing{Limit: l}
		}
		e.Message = limitText(l) + ": every endpoint " + why + "; " + x.advice()
	}
	e.Message += "; " + x.decision.Why()
	w := jsonout.Writer{}
	w.Begin('{')
	w.String("decision", x.cfg.ID)
	w.Raw("limit", llm.AppendDollars(nil, s.Most))
	w.Raw("spent", llm.AppendDollars(nil, s.Spent))
	w.Raw("reserved", llm.AppendDollars(nil, s.Reserved))
	w.String("window", s.Per.String())
	w.String("account", s.Account)
	w.Time("reset", s.Reset)
	x.writeCandidates(&w)
	w.End('}')
	e.Detail = w.Buf
	return e
}

// fundsLack reports whether more money in an account would have made an endpoint eligible,
// and how much has to be there for the cheapest of them. What no account ever holds is no
// lack of money.
func (x *Exchange) fundsLack() (need catalog.MicroDollars, lack bool) {
	l := lowest(x.cfg.Policy.Limits, catalog.Per.Lasts)
	for i := range x.decision.Candidates {
		e := &x.decision.Candidates[i].Excluded
		if e.Code == plan.ExcludedFunds && e.N <= l.Most && (!lack || e.N < need) {
			need, lack = e.N, true
		}
	}
	return need, lack
}

// broken is the limit that the request would break with nothing spent, and how.
func (x *Exchange) broken() (l policy.Limit, why string) {
	for i := range x.decision.Candidates {
		if x.decision.Candidates[i].Excluded.Code == plan.ExcludedFunds {
			return lowest(x.cfg.Policy.Limits, catalog.Per.Lasts), "can cost more than the whole of it"
		}
	}
	return lowest(x.cfg.Policy.Limits, perRequest), "is expected to cost more"
}

func perRequest(p catalog.Per) bool { return p == catalog.PerRequest }

// lowest is the lowest of the limits that are about such a span; the zero value if there is
// none.
func lowest(limits []policy.Limit, about func(catalog.Per) bool) (least policy.Limit) {
	for _, l := range limits {
		if about(l.Per) && (least.Per == catalog.PerNone || l.Most < least.Most) {
			least = l
		}
	}
	return least
}

// advice says what would make the request fit its limits with nothing spent.
func (x *Exchange) advice() string {
	r := *x.cfg.Request
	most := cmp.Or(r.MaxOutput, x.decision.Request.OutputTokens)
	low, high := int64(0), most // low fits, high does not
	for high-low > 1 {
		r.MaxOutput = low + (high-low)/2
		if x.fits(&r) {
			low = r.MaxOutput
		} else {
			high = r.MaxOutput
		}
	}
	if low == 0 {
		return "a shorter input would fit, or a higher limit"
	}
	return "max_tokens of at most " + strconv.FormatInt(low, 10) + " would fit, or a higher limit"
}

// fits reports whether an endpoint that money excludes could serve r with nothing spent.
func (x *Exchange) fits(r *llm.Request) bool {
	request, window := lowest(x.cfg.Policy.Limits, perRequest), lowest(x.cfg.Policy.Limits, catalog.Per.Lasts)
	for i := range x.decision.Candidates {
		c := &x.decision.Candidates[i]
		if code := c.Excluded.Code; code != plan.ExcludedFunds && code != plan.ExcludedCost {
			continue
		}
		if (request.Per == catalog.PerNone || plan.Expected(r, c.Endpoint) <= request.Most) &&
			(window.Per == catalog.PerNone || plan.Bound(r, c.Endpoint) <= window.Most) {
			return true
		}
	}
	return false
}

// limitText is a limit as a sentence begins with it.
func limitText(l policy.Limit) string {
	s := "the limit of " + l.String()
	if l.Account == policy.AccountAll {
		s += " of all requests"
	}
	return s
}

// tooOften is the caller's error when requests with a key come faster than they may.
func tooOften(p *policy.Policy, wait time.Duration) *llm.Error {
	seconds := int64((wait + time.Second - 1) / time.Second)
	return &llm.Error{Code: llm.CodeRateLimited, Message: "key " + strconv.Quote(p.Key) + " may send " +
		strconv.Itoa(p.Rate.Requests) + " requests per " + span(p.Rate.Per) + "; come again in " + strconv.FormatInt(seconds, 10) + "s"}
}

// span is a rate's length of time in words.
func span(d time.Duration) string {
	switch d {
	case time.Second:
		return "second"
	case time.Minute:
		return "minute"
	case time.Hour:
		return "hour"
	case 24 * time.Hour:
		return "day"
	}
	return d.String()
}
