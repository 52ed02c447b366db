package codec

import (
	"slices"

	"strowger/core/llm"
)

// Fate is what becomes of a field when a request is written in a schema.
type Fate uint8

// The fates. The zero value is Dropped, so that a forgotten field is told.
const (
	Dropped      Fate = iota // left out, and told
	Kept                     // said in the schema's own way
	Approximated             // said in a way that comes near, and told
	Impossible               // leaving it out would change the meaning: the endpoint cannot serve the request
)

var fateNames = [...]string{"dropped", "kept", "approximated", "impossible"}

// String is the fate's name, as in x-strowger-warnings.
func (f Fate) String() string { return fateNames[f] }

// Mapping is one row of a Table.
type Mapping struct {
	Fate Fate
	As   string // where the schema says it, such as generationConfig.topK
	Note string // what is lost, in a few words
}

// Table is what a schema can say: the operations that its codec serves and each field's
// fate. Eligibility, warnings and the reference documentation are all read off it.
type Table struct {
	Operations []llm.Operation
	Fields     [llm.FieldCount]Mapping
	// Lacks lists what the endpoint of f takes less of than the schema has: what its model or
	// its server refuses, and AppendRequest of the same r and f leaves out or bends. Nil: there
	// is nothing of the kind.
	Lacks func(r *llm.Request, f Form) []Lack
	// Stripped lists what AppendRequest changes in a request of the schema's own beside leaving
	// out what other schemas' providers made. Nil: there is nothing of the kind.
	Stripped func(r *llm.Request) []Lack
}

// Lack is a field that fares worse at an endpoint than its schema's table says.
type Lack struct {
	Field llm.Field
	Fate  Fate
	Note  string // who takes what, such as: claude-opus-4-7 takes none
}

// Lacking lists the lacks of an endpoint while a request to it is written. The zero value
// lists none, as nobody needs to know when the request is sent.
type Lacking struct {
	asked llm.Fields
	list  []Lack
}

// LackingOf lists lacks of those fields that a request says.
func LackingOf(asked llm.Fields) Lacking { return Lacking{asked: asked} }

// Lack notes that who, a model or a server, takes not all of a field: what it takes instead.
// Of a field that is noted again the worse stands.
func (l *Lacking) Lack(f llm.Field, fate Fate, who, what string) {
	if !l.asked.Has(f) {
		return
	}
	if who == "" {
		who = "the endpoint"
	}
	for i := range l.list {
		if l.list[i].Field == f {
			if old := l.list[i].Fate; fate != old && (old == Approximated || fate == Impossible) {
				l.list[i] = Lack{f, fate, who + " " + what}
			}
			return
		}
	}
	l.list = append(l.list, Lack{f, fate, who + " " + what})
}

// List are the lacks that were noted.
func (l *Lacking) List() []Lack { return l.list }

// None is what an endpoint takes of a field that it refuses.
const None = "takes none"

// Lose adds what an endpoint lacks to what its schema loses.
func Lose(l *llm.Loss, lacks []Lack) {
	for i := range lacks {
		f := lacks[i].Field
		l.Approximated.Remove(f)
		switch lacks[i].Fate {
		case Dropped:
			l.Dropped.Add(f)
		case Approximated:
			l.Approximated.Add(f)
		case Impossible:
			l.Dropped.Remove(f)
			l.Impossible.Add(f)
		}
	}
}

// Serves reports whether the schema's codec serves the operation.
func (t *Table) Serves(op llm.Operation) bool { return slices.Contains(t.Operations, op) }

// Loss is what becomes of a request with these fields.
func (t *Table) Loss(op llm.Operation, fields llm.Fields) (l llm.Loss) {
	l.Unserved = !t.Serves(op)
	for f := range llm.FieldCount {
		if !fields.Has(f) {
			continue
		}
		switch t.Fields[f].Fate {
		case Dropped:
			l.Dropped.Add(f)
		case Approximated:
			l.Approximated.Add(f)
		case Impossible:
			l.Impossible.Add(f)
		}
	}
	return l
}
