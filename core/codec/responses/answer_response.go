package responses

import (
	"strowger/core/codec"
	"strowger/core/llm"
	"strowger/core/scan"
)

// response reads the response object at a place of doc: one that is no stream, or that of an
// event of the given name (https://platform.openai.com/docs/api-reference/responses/object).
func (g *grammar) response(doc []byte, at int, event string) {
	e := g.e
	var status, reason []byte
	var wrong scan.Value
	output := -1
	c := scan.CursorAt(doc, at)
	c.Enter('{')
	for c.Next() {
		switch string(c.Key()) {
		case "model":
			v := c.Value()
			e.Model = llm.Span{Start: g.at + c.At - len(v), End: g.at + c.At}
		case "id":
			if v := value(&c); v.Kind != scan.KindNone {
				e.ID = llm.Span{Start: g.at + v.Start, End: g.at + v.End}
			}
		case "usage":
			g.spent(doc, &c)
		case "status":
			status = codec.Inner(c.Value())
		case "incomplete_details":
			reason = reasonOf(&c)
		case "error":
			if v := c.Value(); string(v) != "null" {
				wrong = scan.Value{Kind: kindOf(v), Start: c.At - len(v), End: c.At}
			}
		case "output":
			c.Peek()
			output = c.At
			c.Skip()
		default:
			c.Skip()
		}
	}
	final := e.Whole || event == completed || event == incomplete
	if final && output >= 0 {
		g.output(doc, output)
	}
	e.Choices = e.Choices || e.Whole && (output >= 0 || status != nil)
	switch {
	case event == failed || wrong.Kind != scan.KindNone && (!e.Whole || string(status) == "failed" || !e.Content):
		e.Err = failure(doc, wrong)
	case e.Whole && string(status) == "failed":
		e.Err = &llm.Error{Code: llm.CodeProvider, Message: codec.MsgBroken}
	case final:
		g.finish(string(status), string(reason), event)
	}
	if e.Err != nil {
		e.Choices = false
	}
}

// kindOf is the kind of JSON that v begins as.
func kindOf(v []byte) scan.Kind {
	switch {
	case len(v) == 0:
		return scan.KindNone
	case v[0] == '"':
		return scan.KindString
	case v[0] == '{':
		return scan.KindObject
	case v[0] == '[':
		return scan.KindArray
	case v[0] == 't':
		return scan.KindTrue
	case v[0] == 'f':
		return scan.KindFalse
	case v[0] == 'n':
		return scan.KindNull
	}
	return scan.KindNumber
}

// spent reads the usage object in front of c. One in which the provider states a cost is not
// to get another.
func (g *grammar) spent(doc []byte, c *scan.Cursor) {
	if c.Peek() != '{' {
		c.Skip()
		return
	}
	start, priced := c.At, false
	g.usage.object(c)
	g.e.Usage = g.usage.Tokens()
	inner := scan.CursorAt(doc, start)
	inner.Enter('{')
	for inner.Next() {
		priced = string(inner.Key()) == "cost" || priced
		inner.Skip()
	}
	if !priced {
		g.e.Bill = llm.Span{Start: g.at + start, End: g.at + c.At}
	}
}

// reasonOf is why a response is incomplete.
func reasonOf(c *scan.Cursor) (reason []byte) {
	if !c.Enter('{') {
		return nil
	}
	for c.Next() {
		if string(c.Key()) == "reason" {
			reason = codec.Inner(c.Value())
		} else {
			c.Skip()
		}
	}
	return reason
}

// output reads the items of a complete answer. Of those that a stream has had before, of
// their kind, nothing is read: servers are not to be trusted with the index.
func (g *grammar) output(doc []byte, at int) {
	had := g.seen
	c := scan.CursorAt(doc, at)
	if !c.Enter('[') {
		return
	}
	for i := int64(0); c.Next(); i++ {
		inner := c
		c.Skip()
		if kind := kindAt(inner); kind&had == 0 {
			g.item(doc, &inner, i, true)
		}
	}
}

// kindAt is what the item in front of c is.
func kindAt(c scan.Cursor) kinds {
	if !c.Enter('{') {
		return 0
	}
	kind := kindOther
	for c.Next() {
		if string(c.Key()) != "type" {
			c.Skip()
			continue
		}
		switch string(c.Value()) {
		case `"message"`:
			kind = kindText | kindRefusal
		case `"reasoning"`:
			kind = kindThought
		case `"function_call"`:
			kind = kindCall
		case `"custom_tool_call"`, `"local_shell_call"`:
			kind = kindCustom
		}
	}
	return kind
}

// finish reads why the answer ended. A response that is still being made, in the background,
// is an answer for the caller who asked for that.
func (g *grammar) finish(status, reason, event string) {
	if status == "" && event == "" && !g.e.Choices {
		return
	}
	switch {
	case reason == "max_output_tokens" || reason == "max_tokens" || reason == "length":
		g.e.Finish = llm.FinishLength
	case reason == "content_filter":
		g.e.Finish = llm.FinishFilter
	default:
		g.end(status == "completed" || status == "" && event != incomplete)
	}
}

// failure is the error that a response or an event tells, which has its words in a member of
// its own or beside it. A status that the code stands for is noted, as classes of errors are
// told by it.
func failure(doc []byte, v scan.Value) *llm.Error {
	raw := doc
	if v.Kind == scan.KindObject || v.Kind == scan.KindString {
		raw = v.Raw(doc)
	}
	e := codec.ErrorOf(raw, codec.MsgReported)
	if e.Type == errorEvent {
		e.Type = ""
	}
	if e.Status == 0 {
		switch e.ProviderCode {
		case "rate_limit_exceeded", "insufficient_quota":
			e.Status = 429
		case "context_length_exceeded", "invalid_prompt":
			e.Status = 400
		}
	}
	return e
}
