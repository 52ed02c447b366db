package responses

import (
	"bytes"
	"strconv"

	"strowger/core/codec"
	"strowger/core/llm"
	"strowger/core/scan"
)

// responded writes an event that carries the response.
func (w *writer) responded(event, status string, err *llm.Error) {
	w.start(event)
	w.key("response")
	w.response(status, err)
	w.stop()
}

// response writes the response object with every member that OpenAI's has
// (https://platform.openai.com/docs/api-reference/responses/object).
func (w *writer) response(status string, err *llm.Error) {
	if w.id == nil {
		w.id = append(codec.AppendEscaped([]byte(`"resp_`), w.answer.ID), '"')
	}
	if w.created == nil {
		w.created = strconv.AppendInt(nil, w.answer.Created, 10)
	}
	w.buf = append(w.buf, '{')
	w.raw("id", w.id)
	w.lit("object", `"response"`)
	w.raw("created_at", w.created)
	w.str("status", status)
	if err == nil {
		w.lit("error", "null")
	} else {
		w.open("error", '{')
		w.str("code", codeOf(err))
		w.str("message", err.Message)
		w.shut('}')
	}
	switch {
	case status == "incomplete" && w.finish == llm.FinishLength:
		w.lit("incomplete_details", `{"reason":"max_output_tokens"}`)
	case status == "incomplete" && w.finish == llm.FinishFilter:
		w.lit("incomplete_details", `{"reason":"content_filter"}`)
	default:
		w.lit("incomplete_details", "null")
	}
	w.str("model", w.answer.Model)
	w.open("output", '[')
	for i := range w.items {
		if it := &w.items[i]; status != "in_progress" && !it.open {
			w.object("", it, it.status)
		}
	}
	w.shut(']')
	w.buf = append(w.buf, w.asked().members...)
	if w.usage.Known && status != "in_progress" {
		w.spent()
	} else {
		w.lit("usage", "null")
	}
	w.shut('}')
}

// spent writes the usage object.
func (w *writer) spent() {
	u := &w.usage
	w.open("usage", '{')
	w.num("input_tokens", u.Input+u.CacheRead+u.CacheWrite+u.CacheWriteHour)
	w.open("input_tokens_details", '{')
	w.num("cached_tokens", u.CacheRead)
	w.num("cache_write_tokens", u.CacheWrite+u.CacheWriteHour)
	w.shut('}')
	w.num("output_tokens", u.Output+u.Reasoning)
	w.open("output_tokens_details", '{')
	w.num("reasoning_tokens", u.Reasoning)
	w.shut('}')
	w.num("total_tokens", u.Total())
	if w.req.WantCost {
		w.buf = codec.AppendCost(append(w.buf, ','), w.answer)
	}
	w.shut('}')
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
	o := out{buf: []byte("{")}
	for i := range echoed {
		if values[i] != nil {
			o.line(echoed[i].key, values[i])
		} else {
			o.lit(echoed[i].key, echoed[i].otherwise)
		}
	}
	o.lit("store", "false")
	w.echo.repeat(&o)
	o.buf[0] = ','
	w.echo.members = o.buf
	return &w.echo
}

// repeat writes the tools, each function with the members that it has by itself.
func (e *echo) repeat(o *out) {
	o.open("tools", '[')
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
		o.line("", e.tools[start:c.At])
		if !function {
			continue
		}
		o.buf = o.buf[:len(o.buf)-1]
		if !schema {
			o.lit("parameters", "null")
		}
		if !strict {
			o.lit("strict", "true")
		}
		o.shut('}')
	}
	o.shut(']')
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
