package responses

import (
	"strowger/core/codec"
	"strowger/core/llm"
	"strowger/core/scan"
)

// NewAssembler starts making one response of a stream. The last event of one in this schema
// has it whole; without such an event, or for another schema, it is written anew.
func (c Codec) NewAssembler(r *llm.Request) codec.Assembler {
	return &assembler{req: r, Assembler: codec.Gather(c, r)}
}

type assembler struct {
	codec.Assembler
	req     *llm.Request
	last    []byte // the response of the last event
	content bool
	finish  llm.Finish
	usage   llm.Usage
	event   llm.Event
}

// Add takes the next event.
func (a *assembler) Add(e *llm.Event) {
	a.Assembler.Add(e)
	a.content = a.content || e.Content
	if e.Usage.Known {
		a.usage = e.Usage
	}
	if e.Finish == llm.FinishNone || e.Object.Empty() || e.Schema != llm.SchemaResponses {
		return
	}
	a.finish = e.Finish
	c := scan.CursorAt(e.Raw, e.Object.Start)
	c.Enter('{')
	for c.Next() {
		if string(c.Key()) == "response" && c.Peek() == '{' {
			a.last = append(a.last[:0], c.Value()...)
		} else {
			c.Skip()
		}
	}
}

// Whole is the answer so far. A last response that lacks what the stream said is not taken.
func (a *assembler) Whole() (*llm.Event, error) {
	if len(a.last) > 0 {
		reader := Codec{}.NewReader(a.req, false)
		if reader.Read(a.last, nil) == nil {
			err := reader.Close(func(e *llm.Event) { a.event = *e })
			if w := &a.event; err == nil && w.Err == nil && w.Choices && w.Content == a.content && w.Finish == a.finish && w.Usage == a.usage {
				return w, nil
			}
		}
	}
	return a.Assembler.Whole()
}
