package exchange

import (
	"strowger/core/catalog"
	"strowger/core/codec"
	"strowger/core/llm"
	"strowger/core/plan"
	"strowger/core/policy"
)

// Translation is a request as endpoints of other schemas than its own would be sent it.
type Translation struct {
	// Prompt is the request in full; nil if neither an endpoint nor the choice of a model needs
	// it, or it cannot be decoded.
	Prompt *llm.Prompt
	// Said is Prompt, or what is said in a request that could not be sent to another schema;
	// nil if nothing of it can be made out. Only the choice of a model needs it.
	Said *llm.Prompt
	// Lost is what becomes of the request at each endpoint, as in plan.Input.
	Lost []plan.Lost

	tables *[llm.SchemaCount]*codec.Table
}

// maxTold bounds what is told of one endpoint.
const maxTold = 32

// Translate finds out what becomes of a request at the endpoints that could serve it, and
// decodes it if one has another schema than the request's, or the model is to be chosen. tables are what each schema can
// say; nil where there is no codec.
func Translate(cat *catalog.Catalog, p *policy.Policy, r *llm.Request, in codec.Ingress, tables *[llm.SchemaCount]*codec.Table) Translation {
	t := &translator{r: r, in: in, tables: tables}
	if p.Auto != nil {
		if why := t.read(); t.said == nil {
			p.Warnings = append(p.Warnings, policy.Warning{Code: "auto_unread", Message: "auto knows nothing of what is asked, and takes it for of medium difficulty: " + why.Error()})
		}
	}
	return translate(cat, p, t)
}

func translate(cat *catalog.Catalog, p *policy.Policy, t *translator) Translation {
	r := t.r
	var used [llm.SchemaCount]bool // by any endpoint that is not switched off
	var few [8][]catalog.Endpoint
	groups, n := plan.AppendEndpoints(few[:0], cat, p), 0
	for _, endpoints := range groups {
		for i := range endpoints {
			used[endpoints[i].Schema] = used[endpoints[i].Schema] || !endpoints[i].Disabled
		}
		n += len(endpoints)
	}
	at, carries := 0, codec.HasCarried(r.Body)
	for _, endpoints := range groups {
		for i := range endpoints {
			if e := &endpoints[i]; used[e.Schema] && (e.Schema != r.Schema || carries || !t.serves(e.Schema, r.Operation)) {
				if t.lost == nil {
					t.lost = make([]plan.Lost, n)
				}
				t.lost[at] = t.at(e)
			}
			at++
		}
	}
	return Translation{Prompt: t.prompt, Said: t.said, Lost: t.lost, tables: t.tables}
}

// translator finds out what becomes of one request.
type translator struct {
	r      *llm.Request
	in     codec.Ingress
	tables *[llm.SchemaCount]*codec.Table

	prompt     *llm.Prompt
	said       *llm.Prompt // also what is unreadable for another reason than its messages
	unreadable *llm.Error
	lost       []plan.Lost
	// common is what is lost at every endpoint of a schema, once known.
	common [llm.SchemaCount]*plan.Lost
}

func (t *translator) serves(s llm.Schema, op llm.Operation) bool {
	table := t.tables[s]
	return table != nil && table.Serves(op)
}

// at is what is lost at an endpoint.
func (t *translator) at(e *catalog.Endpoint) plan.Lost {
	s := e.Schema
	if t.common[s] == nil {
		t.common[s] = t.inSchema(e)
	}
	lost := *t.common[s]
	if s == t.r.Schema || lost.Unserved || t.prompt == nil || t.tables[s].Lacks == nil {
		return lost
	}
	lacks := t.tables[s].Lacks(t.r, codec.Form{Name: e.Name, BaseURL: e.BaseURL, MaxOutput: e.MaxOutput, Prompt: t.prompt})
	if len(lacks) > 0 {
		codec.Lose(&lost.Loss, lacks)
		t.tell(&lost, s, lacks)
	}
	return lost
}

// inSchema is what is lost in the schema of an endpoint, whichever that is.
func (t *translator) inSchema(e *catalog.Endpoint) *plan.Lost {
	s, lost := e.Schema, &plan.Lost{}
	op := t.r.Operation
	if op == llm.OperationCompletion && s != t.r.Schema { // elsewhere it is a chat of one message
		op = llm.OperationChat
	}
	switch lost.Unserved = !t.serves(s, op); {
	case s == t.r.Schema:
		t.stripped(lost)
	case lost.Unserved && t.r.Operation == llm.OperationCountTokens:
		lost.Told, lost.Unreadable = estimated[:], t.read() // what cannot be read has no number of tokens
	case lost.Unserved:
	default:
		if lost.Unreadable = t.read(); t.unreadable == nil {
			lost.Loss = t.tables[s].Loss(op, codec.FieldsFor(t.prompt, s))
			t.tell(lost, s, nil)
		}
	}
	return lost
}

// tell puts what is lost into words.
func (t *translator) tell(lost *plan.Lost, s llm.Schema, lacks []codec.Lack) {
	lost.Told = told(t.tables[s], s, &lost.Loss, t.prompt.Unknown, lacks)
	if names := lost.Impossible.Names(); len(names) > 0 {
		f := llm.FieldNamed(names[0])
		if lost.Why = lackOf(lacks, f); lost.Why == "" {
			lost.Why = t.tables[s].Fields[f].Note
		}
	}
}

// read decodes the request, once. What its own schema's providers would refuse is refused.
func (t *translator) read() *llm.Error {
	if t.prompt == nil && t.unreadable == nil {
		if t.said, t.unreadable = t.in.ReadPrompt(t.r); t.unreadable == nil {
			t.unreadable = codec.Checked(t.r.Schema, t.said)
		}
		if t.unreadable == nil {
			t.prompt = t.said
		}
	}
	return t.unreadable
}

// stripped is what a provider of the request's own schema is not sent: what others reasoned
// and signed, which the caller carries for them.
func (t *translator) stripped(lost *plan.Lost) {
	if !codec.HasCarried(t.r.Body) || t.read() != nil {
		return
	}
	s, carried := t.r.Schema, codec.Carriage(t.prompt, t.r.Schema)
	for _, f := range [...]llm.Field{llm.FieldThoughts, llm.FieldSignatures} {
		if carried.Has(f) {
			lost.Dropped.Add(f)
			lost.Told = append(lost.Told, policy.Warning{Code: "dropped:" + f.String(),
				Message: f.String() + " (" + f.About() + ") is dropped in " + s.String() + ": another schema's provider made it"})
		}
	}
	if strips := t.tables[s].Stripped; strips != nil {
		for _, l := range strips(t.r) {
			lost.Dropped.Add(l.Field)
			lost.Told = append(lost.Told, policy.Warning{Code: "dropped:" + l.Field.String(), Message: l.Field.String() + " is dropped: " + l.Note})
		}
	}
}

// estimated is what is told of a number of tokens that no provider has counted.
var estimated = [...]policy.Warning{{Code: "approximated:count_tokens",
	Message: "the number of tokens is estimated, about four bytes to one: the endpoint's schema has no way to ask"}}

// told is what is lost, in the words of the schema's table or of what the endpoint lacks:
// fields in their order, those that nobody knows by their own names.
func told(table *codec.Table, s llm.Schema, l *llm.Loss, unknown []string, lacks []codec.Lack) (list []policy.Warning) {
	for f := range llm.FieldCount {
		fate := codec.Dropped
		switch {
		case l.Dropped.Has(f):
		case l.Approximated.Has(f):
			fate = codec.Approximated
		default:
			continue
		}
		if f != llm.FieldUnknown || len(unknown) == 0 {
			list = append(list, policy.Warning{Code: fate.String() + ":" + f.String(), Message: toldOf(table, s, f, fate, lacks)})
			continue
		}
		for _, name := range unknown {
			list = append(list, policy.Warning{Code: fate.String() + ":" + name,
				Message: name + " is " + fate.String() + " in " + s.String() + ": it is no field that this version knows"})
		}
	}
	return list[:min(len(list), maxTold)]
}

// toldOf says what becomes of one field.
func toldOf(table *codec.Table, s llm.Schema, f llm.Field, fate codec.Fate, lacks []codec.Lack) string {
	if note := lackOf(lacks, f); note != "" {
		return f.String() + " is " + fate.String() + ": " + note
	}
	text := f.String() + " (" + f.About() + ") is " + fate.String() + " in " + s.String()
	if note := table.Fields[f].Note; note != "" {
		text += ": " + note
	}
	return text
}

// lackOf is who takes what of a field; empty if nothing is known.
func lackOf(lacks []codec.Lack, f llm.Field) string {
	for i := range lacks {
		if lacks[i].Field == f {
			return lacks[i].Note
		}
	}
	return ""
}
