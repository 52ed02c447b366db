package exchange

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"strowger/core/catalog"
	"strowger/core/codec"
	"strowger/core/llm"
	"strowger/core/memory"
	"strowger/core/policy"
)

// foreign reports whether the attempt's endpoint has another schema than the caller.
func (x *Exchange) foreign(a *attempt) bool { return a.endpoint.Schema != x.cfg.Request.Schema }

// requestHeader are the headers that an endpoint's schema needs: those of the caller's that
// switch features of it on, if the caller speaks it, and the version of Anthropic's API.
// What the provider's configuration sets stays as it is there.
func (x *Exchange) requestHeader(e *catalog.Endpoint) (h []Header) {
	add := func(name, value string) {
		if value != "" && !slices.ContainsFunc(e.Headers, func(h catalog.Header) bool { return strings.EqualFold(h.Name, name) }) {
			h = append(h, Header{name, value})
		}
	}
	version := ""
	if e.Schema == llm.SchemaAnthropic {
		version = codec.AnthropicVersion
	}
	if e.Schema == x.cfg.Request.Schema && x.cfg.Header != nil {
		for _, name := range codec.Forwarded(e.Schema) {
			value := x.cfg.Header(name)
			if name == "anthropic-version" && value != "" {
				version = ""
			}
			add(name, value)
		}
	}
	add("anthropic-version", version)
	return h
}

// warnings are what the caller of an answer by attempt a is told; nil: by none.
func (x *Exchange) warnings(a *attempt) []policy.Warning {
	if a == nil || len(a.candidate.Lost.Told) == 0 && !a.media {
		return x.cfg.Policy.Warnings
	}
	told := append(slices.Clip(x.cfg.Policy.Warnings), a.candidate.Lost.Told...)
	if a.media {
		told = append(told, policy.Warning{Code: "dropped:media", Message: "media in the answer are dropped: " + x.cfg.Request.Schema.String() + " has no place for them"})
	}
	return told
}

// muffle takes what the caller's schema cannot say of an event for no content.
func (x *Exchange) muffle(a *attempt, e *llm.Event) {
	if !e.Content || !x.foreign(a) {
		return
	}
	untold, told := false, false
	for i := range e.Deltas {
		switch d := &e.Deltas[i]; d.Kind {
		case llm.DeltaEnd, llm.DeltaSignature:
		case llm.DeltaMedia:
			if mediaIn(x.cfg.Request.Schema, d.Name) {
				told, a.answers = true, true
			} else {
				untold, a.media = true, true
			}
		case llm.DeltaOther:
			untold = true
		case llm.DeltaThought, llm.DeltaRedacted:
			told = true
		default:
			told = true
			a.answers = a.answers || d.Kind == llm.DeltaCall || len(d.Text) > 0
		}
	}
	a.untold = a.untold || untold
	e.Content = told || !untold
}

// mediaIn reports whether a schema's answers have a place for media of a type.
func mediaIn(s llm.Schema, media llm.Escaped) bool {
	switch s {
	case llm.SchemaAnthropic:
		return false
	case llm.SchemaResponses:
		return len(media) > 6 && string(media[:6]) == "image/"
	}
	return true
}

// figures reports whether an event is an answer that is no text: embeddings, or a number of
// tokens.
func (x *Exchange) figures(e *llm.Event) bool {
	switch x.cfg.Request.Operation {
	case llm.OperationEmbeddings, llm.OperationCountTokens:
		return e.Whole && e.Err == nil && (e.Content || e.Choices || e.Usage.Known || len(e.Deltas) > 0)
	}
	return false
}

// estimate answers with our own count of the request's tokens.
func (x *Exchange) estimate(a attempt) {
	a.stage, a.status, a.header = stageEstimated, 200, true
	x.attempts = append(x.attempts, a)
	x.cur = &x.attempts[len(x.attempts)-1]
	x.writer = x.cfg.Ingress.NewWriter(x.cfg.Request)
	x.take(&llm.Event{Whole: true, Usage: llm.Usage{Known: true, Estimated: true, Input: x.cfg.Request.InputTokens}})
	x.succeed()
}

// maxCallID is how long an id of ours for a tool call is at most; OpenAI takes 40 characters
// (platform.openai.com/docs/api-reference/chat/create, tool_calls).
const maxCallID = 40

// name gives ids to the tool calls of an event that have none, as Gemini's: unlike all others
// of the conversation, by what is random in the exchange's.
func (x *Exchange) name(a *attempt, e *llm.Event) {
	for i := range e.Deltas {
		if d := &e.Deltas[i]; d.Kind == llm.DeltaCall && len(d.ID) == 0 {
			a.named++
			d.ID = callID(x.cfg.ID, a.n, a.named)
		}
	}
}

func callID(exchange string, attempt, n int) llm.Escaped {
	behind := "_" + strconv.Itoa(attempt) + "_" + strconv.Itoa(n)
	id := append(make([]byte, 0, maxCallID), "call_"...)
	for _, b := range []byte(exchange) {
		if b >= '0' && b <= '9' || b >= 'a' && b <= 'z' || b >= 'A' && b <= 'Z' {
			id = append(id, b)
		}
	}
	if over := len(id) + len(behind) - maxCallID; over > 0 { // the moment stands in front, chance behind
		id = append(id[:len("call_")], id[len("call_")+over:]...)
	}
	return append(id, behind...)
}

// listen keeps what belongs to the tool calls of another schema's answer, and has it
// remembered once the answer says that it is over.
func (x *Exchange) listen(a *attempt, e *llm.Event) {
	if !x.foreign(a) {
		return
	}
	a.heed.Listen(e.Deltas)
	if e.Finish != llm.FinishNone || e.Whole {
		x.remember(a.heed.Take())
	}
}

func (x *Exchange) remember(calls []memory.Call) {
	if len(calls) > 0 {
		x.do(Remember{Key: x.cfg.Policy.Key, Calls: calls})
	}
}

// restore puts into the prompt what is remembered of its tool calls, and returns it. With it
// endpoints may take what they would have refused, and the request is longer.
func (c *Config) restore(now time.Time, m *memory.Store) (calls []memory.Call) {
	if c.Prompt != nil {
		calls = m.Restore(now, c.Policy.Key, c.Prompt)
	}
	if len(calls) > 0 {
		longer := *c.Request
		for i := range calls {
			longer.InputBound += int64(calls[i].Restored())
			longer.InputTokens += int64(calls[i].Restored() / bytesPerToken)
		}
		c.Request = &longer
		c.Translation = translate(c.Catalog, c.Policy, &translator{r: c.Request, tables: c.tables, prompt: c.Prompt})
	}
	return calls
}
