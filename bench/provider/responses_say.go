package provider

import "fmt"

// responsesVoice speaks OpenAI's Responses API (platform.openai.com/docs/api-reference/responses-streaming).
// Its events are numbered, and there is no end mark behind the last one.
type responsesVoice struct{}

// step appends the next event, whose other members are v.
func (a *answer) step(dst []byte, name string, v object) []byte {
	v["type"], v["sequence_number"] = name, a.seq
	a.seq++
	return event(dst, name, v)
}

// response is the response as it stands.
func (a *answer) response(status string, output []any) object {
	r := object{"id": "resp_" + string(a.id[:]), "object": "response", "created_at": a.p.now().Unix(), "status": status, "background": false,
		"error": nil, "incomplete_details": nil, "instructions": nil, "max_output_tokens": nil, "max_tool_calls": nil, "model": decoded(a.q.model),
		"output": output, "parallel_tool_calls": true, "previous_response_id": nil, "prompt_cache_key": nil,
		"reasoning": object{"effort": nil, "summary": nil}, "safety_identifier": nil, "service_tier": "default", "store": false, "temperature": 1.0,
		"text": object{"format": object{"type": "text"}, "verbosity": "medium"}, "tool_choice": "auto", "tools": []any{}, "top_logprobs": 0,
		"top_p": 1.0, "truncation": "disabled", "usage": nil, "user": nil, "metadata": object{}}
	if a.q.maxTokens > 0 {
		r["max_output_tokens"] = a.q.maxTokens
	}
	if status == "in_progress" {
		return r
	}
	switch a.finish {
	case "length":
		r["status"], r["incomplete_details"] = "incomplete", object{"reason": "max_output_tokens"}
	case "content_filter":
		r["status"], r["incomplete_details"] = "incomplete", object{"reason": "content_filter"}
	case "":
		r["status"] = "in_progress"
	}
	if !a.b.NoUsage {
		output := len(a.tokens) + a.reasoning()
		r["usage"] = object{"input_tokens": a.q.prompt, "input_tokens_details": object{"cached_tokens": min(max(a.b.CachedTokens, 0), a.q.prompt)},
			"output_tokens": output, "output_tokens_details": object{"reasoning_tokens": a.reasoning()}, "total_tokens": a.q.prompt + output}
	}
	return r
}

func (a *answer) reasoningItem(summary []any) object {
	item := object{"id": "rs_" + string(a.id[:]), "type": "reasoning", "summary": summary}
	if a.q.signs {
		item["encrypted_content"] = locked("openai", a.reasoned())
	}
	return item
}

func (a *answer) summary() []any {
	if a.q.hidden {
		return []any{}
	}
	return []any{object{"type": "summary_text", "text": a.reasoned()}}
}

// callItem is a call of a function; the first one is number 0.
func (a *answer) callItem(i int, c call, args, status string) object {
	return object{"id": fmt.Sprintf("fc_%s%d", a.id[:], i), "type": "function_call", "status": status, "arguments": args,
		"call_id": fmt.Sprintf("call_%s%d", a.id[:], i), "name": decoded(c.name)}
}

func (a *answer) messageItem(status string, content []any) object {
	return object{"id": "msg_" + string(a.id[:]), "type": "message", "status": status, "content": content, "role": "assistant"}
}

// content is the part of the message that holds what is said.
func (a *answer) content(text string) object {
	if a.fault == FaultRefusal {
		return object{"type": "refusal", "refusal": text}
	}
	return object{"type": "output_text", "annotations": []any{}, "logprobs": []any{}, "text": text}
}

// itemStatus is that of the last item.
func (a *answer) itemStatus() string {
	if a.finish == "length" || a.finish == "content_filter" {
		return "incomplete"
	}
	return "completed"
}

// output are all items of the complete answer.
func (a *answer) output() []any {
	items := []any{}
	if a.fault == FaultNoChoices {
		return items
	}
	if len(a.thought) > 0 {
		items = append(items, a.reasoningItem(a.summary()))
	}
	switch {
	case a.calling:
		items = append(items, a.callItem(0, a.call, a.said(), a.itemStatus()))
		for i, c := range a.calls {
			items = append(items, a.callItem(i+1, c, c.args, "completed"))
		}
	case len(a.tokens) > 0:
		items = append(items, a.messageItem(a.itemStatus(), []any{a.content(a.said())}))
	}
	return items
}

func (responsesVoice) opening(dst []byte, a *answer) []byte {
	dst = a.step(dst, "response.created", object{"response": a.response("in_progress", []any{})})
	dst = a.step(dst, "response.in_progress", object{"response": a.response("in_progress", []any{})})
	if len(a.thought) > 0 {
		dst = a.appendReasoning(dst)
	}
	switch at := a.first(); {
	case a.calling:
		dst = a.step(dst, "response.output_item.added", object{"output_index": at, "item": a.callItem(0, a.call, "", "in_progress")})
	case len(a.tokens) > 0:
		dst = a.step(dst, "response.output_item.added", object{"output_index": at, "item": a.messageItem("in_progress", []any{})})
		dst = a.step(dst, "response.content_part.added", a.place(object{"part": a.content("")}))
	}
	return dst
}

// place adds where the message's part is.
func (a *answer) place(v object) object {
	v["item_id"], v["output_index"], v["content_index"] = "msg_"+string(a.id[:]), a.first(), 0
	return v
}

func (a *answer) appendReasoning(dst []byte) []byte {
	dst = a.step(dst, "response.output_item.added", object{"output_index": 0, "item": a.reasoningItem([]any{})})
	if !a.q.hidden {
		part := func(v object) object {
			v["item_id"], v["output_index"], v["summary_index"] = "rs_"+string(a.id[:]), 0, 0
			return v
		}
		dst = a.step(dst, "response.reasoning_summary_part.added", part(object{"part": object{"type": "summary_text", "text": ""}}))
		for _, token := range a.thought {
			dst = a.step(dst, "response.reasoning_summary_text.delta", part(object{"delta": token}))
		}
		dst = a.step(dst, "response.reasoning_summary_text.done", part(object{"text": a.reasoned()}))
		dst = a.step(dst, "response.reasoning_summary_part.done", part(object{"part": a.summary()[0]}))
	}
	return a.step(dst, "response.output_item.done", object{"output_index": 0, "item": a.reasoningItem(a.summary())})
}

func (responsesVoice) piece(dst []byte, a *answer, token string) []byte {
	switch {
	case a.calling:
		return a.step(dst, "response.function_call_arguments.delta", object{"item_id": a.callItem(0, a.call, "", "")["id"], "output_index": a.first(), "delta": token})
	case a.fault == FaultRefusal:
		return a.step(dst, "response.refusal.delta", a.place(object{"delta": token}))
	}
	return a.step(dst, "response.output_text.delta", a.place(object{"delta": token, "logprobs": []any{}}))
}

func (responsesVoice) ending(dst []byte, a *answer) []byte {
	if a.finish == "" {
		return dst
	}
	switch at := a.first(); {
	case a.calling:
		dst = a.endCall(dst, at, a.callItem(0, a.call, a.said(), a.itemStatus()))
		for i, c := range a.calls {
			dst = a.step(dst, "response.output_item.added", object{"output_index": at + 1 + i, "item": a.callItem(i+1, c, "", "in_progress")})
			item := a.callItem(i+1, c, c.args, "completed")
			dst = a.step(dst, "response.function_call_arguments.delta", object{"item_id": item["id"], "output_index": at + 1 + i, "delta": c.args})
			dst = a.endCall(dst, at+1+i, item)
		}
	case len(a.tokens) > 0:
		if a.fault == FaultRefusal {
			dst = a.step(dst, "response.refusal.done", a.place(object{"refusal": a.said()}))
		} else {
			dst = a.step(dst, "response.output_text.done", a.place(object{"text": a.said(), "logprobs": []any{}}))
		}
		dst = a.step(dst, "response.content_part.done", a.place(object{"part": a.content(a.said())}))
		dst = a.step(dst, "response.output_item.done", object{"output_index": at, "item": a.messageItem(a.itemStatus(), []any{a.content(a.said())})})
	}
	r := a.response("completed", a.output())
	return a.step(dst, "response."+r["status"].(string), object{"response": r})
}

func (a *answer) endCall(dst []byte, at int, item object) []byte {
	dst = a.step(dst, "response.function_call_arguments.done", object{"item_id": item["id"], "output_index": at, "name": item["name"], "arguments": item["arguments"]})
	return a.step(dst, "response.output_item.done", object{"output_index": at, "item": item})
}

func (responsesVoice) whole(dst []byte, a *answer) ([]byte, int) {
	return appendObject(dst, a.response("completed", a.output()))
}

func (responsesVoice) odd(dst []byte, a *answer, what oddity) []byte {
	switch what {
	case oddComment:
		return append(dst, ": keep-alive\n\n"...)
	case oddGarbled:
		return append(dst, "event: response.output_text.delta\ndata: {\"type\":\"response.output_text.delta\",\"delta\":\n\n"...)
	case oddHollow:
		dst = a.step(dst, "response.created", object{"response": a.response("in_progress", []any{})})
		return a.step(dst, "response.completed", object{"response": a.response("completed", []any{})})
	}
	return dst
}

// errorEvent appends an error in mid-stream, as the schema has it.
func (a *answer) errorEvent(dst []byte, f *failure) []byte {
	f.schema = a.door.schema
	switch a.door.voice.(type) {
	case responsesVoice:
		return a.step(dst, "error", object{"code": f.code, "message": f.message, "param": nil})
	case messagesVoice:
		dst = append(dst, "event: error\n"...)
	}
	return append(f.append(append(dst, "data: "...)), "\n\n"...)
}
