package plan

import (
	"strconv"

	"strowger/core/jsonout"
	"strowger/core/llm"
)

// AppendJSON appends the flip as an object; the candidates are the decision's.
func (f *Flip) AppendJSON(dst []byte, d *Decision) []byte {
	w := jsonout.Writer{Buf: dst}
	w.Begin('{')
	w.String("endpoint", d.Candidates[f.Candidate].Endpoint.ID)
	w.String("model", d.Candidates[f.Candidate].Endpoint.Model)
	w.String("quantity", f.Quantity)
	w.String("name", f.Name)
	w.String("unit", f.Unit.String())
	w.Int("from", f.From)
	w.Int("to", f.To)
	w.Int("margin", f.Margin)
	w.String("margin_unit", f.MarginUnit.String())
	w.Bool("first", f.First)
	w.String("text", f.Text(d))
	w.End('}')
	return w.Buf
}

// Text is the flip as a sentence.
func (f *Flip) Text(d *Decision) string {
	c := &d.Candidates[f.Candidate]
	id := c.Endpoint.ID
	switch {
	case f.Quantity == "":
		return "no single thing would put " + id + " first"
	case f.First && f.Unit != UnitNone && f.To != f.From:
		return id + " would go first if " + f.quantity() + " were " + f.bound() + figure(f.To, f.Unit) + f.is()
	case f.First:
		return id + " would go first without " + f.Quantity
	case c.excluded():
		return id + " is excluded: " + c.Excluded.String()
	case c.resting():
		return id + " rests: " + c.Resting.String()
	case f.Unit != UnitNone && f.To != f.From:
		return id + " would be nearer to the first place if " + f.quantity() + " were " + f.bound() + figure(f.To, f.Unit) + f.is()
	}
	return id + ": " + f.Quantity
}

// figure is a value for people.
func figure(value int64, unit Unit) string {
	switch unit {
	case UnitMicroUSD:
		return "$" + llm.Dollars(value)
	case UnitTokens:
		return plural(value, "token")
	case UnitSpeed:
		return rate(value)
	case UnitPosition: // from 1, as candidates are numbered
		return "no. " + strconv.FormatInt(value+1, 10)
	}
	return text(value, unit)
}

func (f *Flip) is() string {
	if f.From < 0 {
		return " (is not known)"
	}
	return " (is " + figure(f.From, f.Unit) + ")"
}

// bound says on which side of To it would have to be.
func (f *Flip) bound() string {
	switch {
	case f.Unit == UnitPosition || f.To == 0:
		return ""
	case f.To > f.From && f.From >= 0:
		return "at least "
	}
	return "at most "
}

func (f *Flip) quantity() string {
	switch f.Quantity {
	case "input", "output":
		return "its price of " + f.Quantity + " per million tokens"
	case "request", "image":
		return "its price of each " + f.Quantity
	case "uptime":
		return "its share of successes"
	case "first_token":
		return "its time to the first token"
	case "whole_answer":
		return "its time to the whole answer"
	case "tokens_per_ks":
		return "its output speed"
	case "picked":
		return "the turns it had"
	case "in_flight":
		return "the attempts in flight there"
	case "position":
		return "its place in the configuration"
	case "order":
		return "its place in provider.order"
	case "missed_preference":
		return "its " + f.Name
	case RestingCircuit.String(), RestingLimited.String():
		return "the rest of its pause"
	case RestingProbe.String():
		return "the attempts that probe it"
	case "cost":
		return "its expected cost"
	case "difficulty", "preference":
		return "the " + f.Quantity
	case "time":
		return "its model's time"
	}
	return f.Quantity + " " + strconv.Quote(f.Name)
}
