package provider

import (
	"fmt"
	"strconv"
	"strings"
)

// chatVoice speaks OpenAI chat completions.
type chatVoice struct{}

func readChat(a *answer) *failure {
	if fail := a.q.read(a.body); fail != nil {
		return fail
	}
	return chatPairs(a.body)
}

func (chatVoice) opening(dst []byte, a *answer) []byte {
	a.prebuild()
	if len(a.thought) > 0 {
		dst = a.appendThought(dst)
	}
	return a.appendRole(dst)
}

func (chatVoice) piece(dst []byte, a *answer, token string) []byte { return a.appendDelta(dst, token) }

func (chatVoice) ending(dst []byte, a *answer) []byte {
	if a.finish == "" {
		return dst
	}
	dst = a.appendFinish(a.appendFurther(dst))
	if a.q.usage && !a.b.NoUsage {
		dst = a.appendUsageChunk(dst)
	}
	if a.fault == FaultNoDone {
		return dst
	}
	return append(dst, done...)
}

func (chatVoice) whole(dst []byte, a *answer) ([]byte, int) {
	a.name()
	return a.appendBody(dst)
}

func (chatVoice) odd(dst []byte, a *answer, what oddity) []byte {
	switch what {
	case oddComment:
		return append(dst, ": keep-alive\n\n"...)
	case oddHollow:
		a.prebuild()
		dst = append(a.appendHead(dst), "]}\n\n"...)
	case oddGarbled:
		return append(append(dst, a.head[:len(a.head)-1]...), "\n\n"...)
	}
	return append(dst, done...)
}

// appendThought appends the reasoning, a chunk a token, as DeepSeek's API has it
// (api-docs.deepseek.com/guides/reasoning_model).
func (a *answer) appendThought(dst []byte) []byte {
	for _, token := range a.thought {
		dst = append(a.appendHead(dst), `{"index":0,"delta":{"role":"assistant","content":null,"reasoning_content":"`...)
		dst = append(append(appendEscaped(dst, token), '"'), goesOn...)
	}
	return dst
}

// appendFurther appends the calls behind the first, a chunk each.
func (a *answer) appendFurther(dst []byte) []byte {
	for i, c := range a.calls {
		dst = append(a.appendHead(dst), `{"index":0,"delta":{"tool_calls":[`...)
		dst = append(append(fmt.Appendf(dst, `{"index":%d,`, i+1), a.further(i, c)...), `]}`...)
		dst = append(dst, goesOn[1:]...)
	}
	return dst
}

// further is a call behind the first, from its id on.
func (a *answer) further(i int, c call) []byte {
	dst := fmt.Appendf(nil, `"id":"call_%s%d","type":"function","function":{"name":"%s","arguments":"`, a.id[:], i+1, c.name)
	return append(appendEscaped(dst, c.args), `"}}`...)
}

// What follows a delta whose answer goes on, and what ends a stream.
const (
	goesOn = `},"logprobs":null,"finish_reason":null}]}` + "\n\n"
	done   = "data: [DONE]\n\n"
)

// name fills in the id of the answer.
func (a *answer) name() {
	const hex = "0123456789abcdef"
	x := draw(a.p.opt.Seed, a.n, drawID)
	for i := range a.id {
		a.id[i] = hex[x&15]
		x >>= 4
	}
}

// appendFields appends what a chunk and a plain answer have in common, with object as their kind.
func (a *answer) appendFields(dst []byte, object string) []byte {
	dst = append(dst, `{"id":"chatcmpl-`...)
	dst = append(dst, a.id[:]...)
	dst = append(dst, `","object":"`...)
	dst = append(dst, object...)
	dst = append(dst, `","created":`...)
	dst = strconv.AppendInt(dst, a.p.now().Unix(), 10)
	dst = append(dst, `,"model":"`...)
	dst = append(dst, a.q.model...)
	return append(dst, `","service_tier":"default","system_fingerprint":"fp_sim",`...)
}

// prebuild makes what every chunk of this answer begins with.
func (a *answer) prebuild() {
	a.name()
	a.head = a.appendFields(append(a.head[:0], "data: "...), "chat.completion.chunk")
}

// appendHead begins a chunk up to its choices. A caller who asked for usage gets null until it comes.
func (a *answer) appendHead(dst []byte) []byte {
	dst = append(dst, a.head...)
	if a.q.usage {
		dst = append(dst, `"usage":null,`...)
	}
	return append(dst, `"choices":[`...)
}

// appendRole appends the first chunk: the role, and of a tool call its id and name.
func (a *answer) appendRole(dst []byte) []byte {
	dst = append(a.appendHead(dst), `{"index":0,"delta":{"role":"assistant",`...)
	switch {
	case a.calling:
		dst = append(dst, `"content":null,"tool_calls":[{"index":0,`...)
		dst = append(a.appendCall(dst), `"}}],"refusal":null`...)
	case a.fault == FaultRefusal:
		dst = append(dst, `"content":null,"refusal":""`...)
	default:
		dst = append(dst, `"content":"","refusal":null`...)
	}
	return append(dst, goesOn...)
}

// appendCall appends the call itself, up to its arguments.
func (a *answer) appendCall(dst []byte) []byte {
	dst = append(append(dst, `"id":"call_`...), a.id[:]...)
	dst = append(dst, `","type":"function","function":{"name":"`...)
	return append(append(dst, a.call.name...), `","arguments":"`...)
}

// appendDelta appends the chunk of one token.
func (a *answer) appendDelta(dst []byte, token string) []byte {
	dst = append(a.appendHead(dst), `{"index":0,"delta":{`...)
	switch {
	case a.calling:
		dst = append(dst, `"tool_calls":[{"index":0,"function":{"arguments":"`...)
		dst = append(appendEscaped(dst, token), `"}}]`...)
	case a.fault == FaultRefusal:
		dst = append(appendEscaped(append(dst, `"refusal":"`...), token), '"')
	default:
		dst = append(appendEscaped(append(dst, `"content":"`...), token), '"')
	}
	return append(dst, goesOn...)
}

// appendFinish appends the chunk with the finish reason.
func (a *answer) appendFinish(dst []byte) []byte {
	dst = append(a.appendHead(dst), `{"index":0,"delta":{},"logprobs":null,"finish_reason":"`...)
	dst = append(dst, a.finish...)
	return append(dst, `"}]}`+"\n\n"...)
}

// appendUsageChunk appends the chunk that has usage and no choices.
func (a *answer) appendUsageChunk(dst []byte) []byte {
	dst = append(append(dst, a.head...), `"choices":[],`...)
	return append(a.appendUsage(dst), "}\n\n"...)
}

// appendUsage appends the member "usage" with what the whole answer costs.
func (a *answer) appendUsage(dst []byte) []byte {
	output := len(a.tokens) + a.reasoning()
	dst = strconv.AppendInt(append(dst, `"usage":{"prompt_tokens":`...), int64(a.q.prompt), 10)
	dst = strconv.AppendInt(append(dst, `,"completion_tokens":`...), int64(output), 10)
	dst = strconv.AppendInt(append(dst, `,"total_tokens":`...), int64(a.q.prompt+output), 10)
	dst = append(dst, `,"prompt_tokens_details":{"cached_tokens":`...)
	dst = strconv.AppendInt(dst, int64(min(max(a.b.CachedTokens, 0), a.q.prompt)), 10)
	dst = append(dst, `,"audio_tokens":0},"completion_tokens_details":{"reasoning_tokens":`...)
	dst = strconv.AppendInt(dst, int64(a.reasoning()), 10)
	return append(dst, `,"audio_tokens":0,"accepted_prediction_tokens":0,"rejected_prediction_tokens":0}}`...)
}

func (a *answer) reasoning() int { return max(a.b.ReasoningTokens, 0) + len(a.thought) }

// appendBody appends a plain answer, and returns the place in it that a fault in mid-answer stops at.
func (a *answer) appendBody(dst []byte) (body []byte, stop int) {
	dst = append(a.appendFields(dst, "chat.completion"), `"choices":[`...)
	if a.fault == FaultNoChoices {
		dst = append(dst, ']')
	} else {
		dst, stop = a.appendMessage(append(dst, `{"index":0,"message":{"role":"assistant",`...))
		dst = append(dst, `,"annotations":[]},"logprobs":null,"finish_reason":`...)
		dst = append(appendOrNull(dst, a.finish), `}]`...)
	}
	if !a.b.NoUsage {
		dst = a.appendUsage(append(dst, ','))
	}
	return append(dst, '}'), stop
}

// appendMessage appends content, refusal and tool calls.
func (a *answer) appendMessage(dst []byte) (message []byte, stop int) {
	var tail string
	if len(a.thought) > 0 {
		dst = append(appendEscaped(append(dst, `"reasoning_content":"`...), strings.Join(a.thought, "")), `",`...)
	}
	switch {
	case a.calling:
		dst = a.appendCall(append(dst, `"content":null,"refusal":null,"tool_calls":[{`...))
		tail = `"}}`
		for i, c := range a.calls {
			tail += ",{" + string(a.further(i, c))
		}
		tail += "]"
	case a.fault == FaultRefusal:
		dst = append(dst, `"content":null,"refusal":"`...)
		tail = `"`
	default:
		dst = append(dst, `"refusal":null,"content":"`...)
		tail = `"`
	}
	stop = len(dst)
	for i, token := range a.tokens {
		dst = appendEscaped(dst, token)
		if i < a.after() {
			stop = len(dst)
		}
	}
	return append(dst, tail...), stop
}
