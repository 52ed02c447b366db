package codec

import (
	"strowger/core/llm"
	"strowger/core/scan"
)

// Splice puts the model's name and, where the caller asked for it, the cost into a provider's
// own document, and leaves all else as it is.
type Splice struct {
	edits [2]scan.Edit
	cost  []byte
}

// Edits are the edits of e, in the order of their places: model and, if cost is wanted, what
// goes to the end of the usage object.
func (s *Splice) Edits(e *llm.Event, model scan.Edit, cost bool, a Answer) []scan.Edit {
	if !cost || e.Bill.Empty() {
		s.edits[0] = model
		return s.edits[:1]
	}
	at := e.Bill.End - 1
	priced := scan.Edit{Start: at, End: at, With: s.Price(e, a)}
	if at < model.Start {
		s.edits = [2]scan.Edit{priced, model}
	} else {
		s.edits = [2]scan.Edit{model, priced}
	}
	return s.edits[:]
}

// Price is the member cost of a usage object in dollars, as OpenRouter gives it; null when
// the price is unknown.
func (s *Splice) Price(e *llm.Event, a Answer) []byte {
	s.cost = s.cost[:0]
	if !Blank(e.Raw[e.Bill.Start+1 : e.Bill.End-1]) {
		s.cost = append(s.cost, ',')
	}
	s.cost = AppendCost(s.cost, a)
	return s.cost
}

// AppendCost appends the member cost: dollars, or null when the price is unknown.
func AppendCost(dst []byte, a Answer) []byte {
	dst = append(dst, `"cost":`...)
	if !a.Priced {
		return append(dst, "null"...)
	}
	return llm.AppendDollars(dst, a.Cost)
}

// Blank reports whether an object is empty, given what is between its braces.
func Blank(inner []byte) bool {
	c := scan.CursorAt(inner, 0)
	return c.Peek() == 0
}
