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
	name  string
	model []byte // the name as a string literal
	few   [64]byte
}

// Model is the edit that replaces the value of the event's model, which has one.
func (s *Splice) Model(e *llm.Event, name string) scan.Edit {
	if s.name != name || s.model == nil {
		if s.model == nil {
			s.model = s.few[:0]
		}
		s.name, s.model = name, scan.AppendQuote(s.model[:0], name)
	}
	return scan.Edit{Start: e.Model.Start, End: e.Model.End, With: s.model}
}

// Again appends an event with what Model gave last in the place of the model's name.
func (s *Splice) Again(dst []byte, e *llm.Event) []byte {
	dst = append(append(dst, e.Raw[:e.Model.Start]...), s.model...)
	return append(dst, e.Raw[e.Model.End:]...)
}

// Append appends e with the model edited and, if cost is wanted, with that at the end of the
// usage object.
func (s *Splice) Append(dst []byte, e *llm.Event, model scan.Edit, cost bool, a *Answer) []byte {
	if !cost || e.Bill.Empty() {
		dst = append(append(dst, e.Raw[:model.Start]...), model.With...)
		return append(dst, e.Raw[model.End:]...)
	}
	at := e.Bill.End - 1
	priced := scan.Edit{Start: at, End: at, With: s.Price(e, a)}
	if at < model.Start {
		s.edits = [2]scan.Edit{priced, model}
	} else {
		s.edits = [2]scan.Edit{model, priced}
	}
	return scan.AppendEdited(dst, e.Raw, s.edits[:])
}

// Price is the member cost of a usage object in dollars, as OpenRouter gives it; null when
// the price is unknown.
func (s *Splice) Price(e *llm.Event, a *Answer) []byte {
	s.cost = s.cost[:0]
	if !Blank(e.Raw[e.Bill.Start+1 : e.Bill.End-1]) {
		s.cost = append(s.cost, ',')
	}
	s.cost = AppendCost(s.cost, a)
	return s.cost
}

// AppendCost appends the member cost: dollars, or null when the price is unknown.
func AppendCost(dst []byte, a *Answer) []byte {
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
