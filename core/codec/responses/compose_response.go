package responses

import (
	"bytes"
	"strconv"

	"strowger/core/codec"
	"strowger/core/jsonout"
	"strowger/core/llm"
	"strowger/core/scan"
)

// responded writes an event that carries the response.
func (w *writer) responded(event, status string, err *llm.Error) {
	w.start(event)
	w.BeginAt("response", '{')
	w.response(status, err)
	w.stop()
}

// response writes the response object, which is open, with every member that OpenAI's has
// (https://platform.openai.com/docs/api-reference/responses/object).
func (w *writer) response(status string, err *llm.Error) {
	if w.id == nil {
		w.id = append(codec.AppendEscaped([]byte(`"resp_`), w.answer.ID), '"')
	}
	if w.created == nil {
		w.created = strconv.AppendInt(nil, w.answer.Created, 10)
	}
	w.Raw("id", w.id)
	w.Literal("object", `"response"`)
	w.Raw("created_at", w.created)
	w.String("status", status)
	if err == nil {
		w.Literal("error", "null")
	} else {
		w.BeginAt("error", '{')
		w.String("code", codeOf(err))
		w.String("message", err.Message)
		w.End('}')
	}
	switch {
	case status == "incomplete" && w.finish == llm.FinishLength:
		w.Literal("incomplete_details", `{"reason":"max_output_tokens"}`)
	case status == "incomplete" && w.finish == llm.FinishFilter:
		w.Literal("incomplete_details", `{"reason":"content_filter"}`)
	default:
		w.Literal("incomplete_details", "null")
	}
	w.String("model", w.answer.Model)
	w.BeginAt("output", '[')
	for i := range w.items {
		if it := &w.items[i]; status != "in_progress" && !it.open {
			w.object("", it, it.status)
		}
	}
	w.End(']')
	w.Buf = append(w.Buf, w.asked().members...)
	if u := w.answer.Used(w.usage); (u.Known || u.Estimated) && status != "in_progress" {
		w.spent(&u)
	} else {
		w.Literal("usage", "null")
	}
	w.End('}')
}

// spent writes the usage object.
func (w *writer) spent(u *llm.Usage) {
	w.BeginAt("usage", '{')
	w.Int("input_tokens", u.Input+u.CacheRead+u.CacheWrite+u.CacheWriteHour)
	w.BeginAt("input_tokens_details", '{')
	w.Int("cached_tokens", u.CacheRead)
	w.Int("cache_write_tokens", u.CacheWrite+u.CacheWriteHour)
	w.End('}')
	w.Int("output_tokens", u.Output+u.Reasoning)
	w.BeginAt("output_tokens_details", '{')
	w.Int("reasoning_tokens", u.Reasoning)
	w.End('}')
	w.Int("total_tokens", u.Total())
	if u.Estimated {
		w.Bool("estimated", true)
	}
	if w.req.WantCost {
		w.Buf = codec.AppendCost(append(w.Buf, ','), &w.answer)
	}
	w.End('}')
}

// codeOf is the code of an error of a response
// (https://platform.openai.com/docs/api-reference/responses/object, error).
func codeOf(e *llm.Error) string {
	switch {
	case e.ProviderCode != "":
		return e.ProviderCode
	case e.HTTPStatus() == 429:
		return "rate_limit_exceeded"
	case e.Code == llm.CodeProvider:
		return "server_error"
	}
	return string(e.Code)
}

// echo is what a response repeats of its request.
type echo struct {
	known   bool
	members []byte // each with a comma in front
	tools   []byte // the array of the request
}

// echoed are the members that a response repeats, with what they are where the request does
// not say. Nothing is stored that could be asked for by the id of a response written here.
var echoed = [...]struct{ key, otherwise string }{
	{"background", "false"}, {"instructions", "null"}, {"max_output_tokens", "null"}, {"max_tool_calls", "null"}, {"metadata", "{}"},
	{"parallel_tool_calls", "true"}, {"previous_response_id", "null"}, {"prompt_cache_key", "null"},
	{"reasoning", `{"effort":null,"summary":null}`}, {"safety_identifier", "null"}, {"service_tier", `"default"`}, {"temperature", "1"},
	{"text", `{"format":{"type":"text"}}`}, {"tool_choice", `"auto"`}, {"top_logprobs", "0"}, {"top_p", "1"}, {"truncation", `"disabled"`},
	{"user", "null"},
}

// asked is what a response repeats of its request.
func (w *writer) asked() *echo {
	if w.echo.known {
		return &w.echo
	}
	w.echo.known = true
	var values [len(echoed)][]byte
	if w.req.Schema == llm.SchemaResponses && len(w.req.Body) > 0 {
		c := scan.CursorAt(w.req.Body, 0)
		c.Enter('{')
		for c.Next() {
			key := c.Key()
			at := -1
			for i := range echoed {
				if echoed[i].key == string(key) {
					at = i
				}
			}
			tools := string(key) == "tools"
			switch v := c.Value(); {
			case string(v) == "null":
			case tools && v[0] == '[':
				w.echo.tools = v
			case at >= 0:
				values[at] = v
			}
		}
	}
	o := jsonout.Writer{Buf: []byte("{")}
	for i := range echoed {
		if values[i] != nil {
			line(&o, echoed[i].key, values[i])
		} else {
			o.Literal(echoed[i].key, echoed[i].otherwise)
		}
	}
	o.Literal("store", "false")
	w.echo.repeat(&o)
	o.Buf[0] = ','
	w.echo.members = o.Buf
	return &w.echo
}

// repeat writes the tools, each function with the members that it has by itself.
func (e *echo) repeat(o *jsonout.Writer) {
	o.BeginAt("tools", '[')
	c := scan.CursorAt(e.tools, 0)
	for some := c.Enter('['); some && c.Next(); {
		start := c.At
		if !c.Enter('{') {
			continue
		}
		function, schema, strict := false, false, false
		for c.Next() {
			switch string(c.Key()) {
			case "type":
				function = string(c.Value()) == `"function"`
			case "parameters":
				schema = true
				c.Skip()
			case "strict":
				strict = true
				c.Skip()
			default:
				c.Skip()
			}
		}
		line(o, "", e.tools[start:c.At])
		if !function {
			continue
		}
		o.Buf = o.Buf[:len(o.Buf)-1]
		if !schema {
			o.Literal("parameters", "null")
		}
		if !strict {
			o.Literal("strict", "true")
		}
		o.End('}')
	}
	o.End(']')
}

// tool is the tool that another schema was offered by that name; its kind is empty if there
// is none. One in a namespace has that in front of its name.
func (e *echo) tool(name llm.Escaped) (t tool, namespace llm.Escaped) {
	c := scan.CursorAt(e.tools, 0)
	for some := c.Enter('['); some && c.Next(); {
		if !c.Enter('{') {
			continue
		}
		t.read(&c)
		if t.kind == localShell {
			t.name = llm.Escaped(localShell)
		}
		if t.kind != "namespace" && string(t.name) == string(name) {
			return t, nil
		}
		if inner, ok := bytes.CutPrefix(name, t.name); ok && t.kind == "namespace" {
			of := echo{tools: t.tools}
			if found, _ := of.tool(inner); found.kind != "" {
				return found, t.name
			}
		}
		t = tool{}
	}
	return tool{}, nil
}
