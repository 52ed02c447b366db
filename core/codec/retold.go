package codec

import "strowger/core/llm"

// Retell hands over a complete answer as the events of a stream, without the provider's
// bytes, so that it is written anew: one event for each block where there is one choice, and
// the end. Thoughts say whose they are, which the events do not.
func Retell(e *llm.Event, emit func(*llm.Event)) error {
	for i := range e.Deltas {
		if d := &e.Deltas[i]; d.Kind == llm.DeltaThought && d.Origin == llm.SchemaNone {
			d.Origin = e.Schema
		}
	}
	end := llm.Event{Choices: e.Choices, Spoke: e.Spoke, Ended: e.Ended, Finish: e.Finish, Usage: e.Usage, Matched: e.Matched, Plain: true}
	if e.Spoke == 1 {
		size := e.Size
		for from, to := 0, 0; from < len(e.Deltas); from = to {
			for to = from + 1; to < len(e.Deltas) && e.Deltas[to].Block == e.Deltas[from].Block; to++ {
			}
			block := retold(e.Deltas[from:to])
			if from == 0 { // some schemas say how long the input was when they begin
				block.Usage = e.Usage
			}
			if block.Content {
				block.Size, size = size, 0
			}
			emit(&block)
		}
		end.Size = size
	} else {
		end.Deltas, end.Content, end.Size, end.Tool, end.Plain = e.Deltas, e.Content, e.Size, e.Tool, false
	}
	emit(&end)
	emit(&llm.Event{Done: true, Plain: true})
	return nil
}

// retold is the event that a block is: its text, or its reasoning, stands in Raw.
func retold(deltas []llm.Delta) llm.Event {
	e := llm.Event{Deltas: deltas, Choices: true, Spoke: 1, Plain: true}
	thought := false
	raw := []byte{'"'}
	for i := range deltas {
		switch d := &deltas[i]; d.Kind {
		case llm.DeltaText, llm.DeltaThought:
			raw, thought = append(raw, d.Text...), d.Kind == llm.DeltaThought
			e.Content = true
		case llm.DeltaEnd:
		case llm.DeltaSignature, llm.DeltaRedacted:
			e.Content, e.Plain, e.Reasoned = true, false, true
		default:
			e.Content, e.Plain, e.Tool = true, false, d.Kind == llm.DeltaCall
		}
	}
	if len(raw) == 1 {
		return e
	}
	e.Raw = append(raw, '"')
	all := llm.Span{Start: 0, End: len(e.Raw)}
	if thought {
		e.Thought, e.Reasoned = all, true
	} else {
		e.Text = all
	}
	return e
}
