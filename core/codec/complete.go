package codec

import (
	"bytes"
	"slices"

	"strowger/core/llm"
	"strowger/core/scan"
)

// Complete finishes a prompt that has been read: tool calls and their results find each
// other, and Fields gets what can be seen in the prompt itself. What cannot, such as a
// parameter that has no place in a Prompt, the codec has noted before.
func Complete(p *llm.Prompt) {
	p.Forgotten = p.Fields.Has(llm.FieldThoughts) || p.Fields.Has(llm.FieldSignatures)
	pair(p)
	s := surveyor{p}
	s.messages()
	s.begins()
	s.tools()
	s.sampling()
	s.reasoning()
	s.rest()
}

// surveyor notes what a prompt uses.
type surveyor struct{ p *llm.Prompt }

func (s surveyor) use(f llm.Field, used bool) {
	if used {
		s.p.Fields.Add(f)
	}
}

func (s surveyor) messages() {
	begun := false
	for i := range s.p.Messages {
		m := &s.p.Messages[i]
		if m.Role == llm.RoleSystem {
			s.use(llm.FieldSystem, !begun)
			s.use(llm.FieldLateSystem, begun)
		} else {
			begun = true
		}
		s.use(llm.FieldName, len(m.Name) > 0)
		for j := range m.Parts {
			s.part(&m.Parts[j])
		}
	}
	s.use(llm.FieldPrefill, prefilled(s.p.Messages))
}

// prefilled reports whether a conversation ends in words of the assistant's, with which the
// answer is to go on.
func prefilled(messages []llm.Message) bool {
	n := len(messages)
	if n == 0 || messages[n-1].Role != llm.RoleAssistant {
		return false
	}
	parts := messages[n-1].Parts
	return len(parts) > 0 && parts[len(parts)-1].Kind == llm.PartText && !White(parts[len(parts)-1].Text)
}

// begins looks at the first turn.
func (s surveyor) begins() {
	for i := range s.p.Messages {
		if m := &s.p.Messages[i]; m.Role != llm.RoleSystem && len(m.Parts) > 0 {
			s.use(llm.FieldNoUserTurn, m.Role != llm.RoleUser)
			return
		}
	}
	s.use(llm.FieldNoUserTurn, len(s.p.Inputs) == 0 && !s.p.Fields.Has(llm.FieldTokenInput))
}

func (s surveyor) part(p *llm.Part) {
	p.Text = mended(p.Text)
	s.use(llm.FieldCacheControl, len(p.Cache) > 0)
	s.use(llm.FieldSignatures, len(p.Signature) > 0)
	switch p.Kind {
	case llm.PartImage:
		switch p.Media {
		case "image/jpg": // as many write it, and few take it
			p.Media = "image/jpeg"
		case "application/octet-stream":
			if media := Sniff(p.Data); media != "" {
				p.Media = media
			}
		}
		s.use(llm.FieldImage, len(p.URL) == 0)
		s.use(llm.FieldImageURL, len(p.URL) > 0)
		s.use(llm.FieldImageDetail, p.Detail != "" && p.Detail != "auto")
	case llm.PartAudio:
		s.use(llm.FieldAudio, true)
	case llm.PartVideo:
		s.use(llm.FieldVideo, true)
	case llm.PartFile:
		s.use(llm.FieldFile, len(p.URL) == 0)
		s.use(llm.FieldFileURL, len(p.URL) > 0)
	case llm.PartResult:
		s.use(llm.FieldToolError, p.Failed)
		for i := range p.Parts {
			s.use(llm.FieldToolMedia, p.Parts[i].Kind != llm.PartText)
			s.part(&p.Parts[i])
		}
	case llm.PartThought:
		s.use(llm.FieldThoughts, true)
	case llm.PartRefusal:
		s.use(llm.FieldRefusal, true)
	}
}

func (s surveyor) tools() {
	p := s.p
	s.use(llm.FieldTools, len(p.Tools) > 0)
	s.use(llm.FieldOddNames, !TakesNames(p, plainName))
	for i := range p.Tools {
		s.use(llm.FieldStrictTools, p.Tools[i].Strict)
		s.use(llm.FieldCacheControl, len(p.Tools[i].Cache) > 0)
	}
	s.use(llm.FieldToolChoice, p.Choice.Mode == llm.ChoiceNone || p.Choice.Mode == llm.ChoiceRequired)
	s.use(llm.FieldToolsAllowed, p.Choice.Mode != llm.ChoiceNone && (len(p.Choice.Names) > 1 || len(p.Choice.Names) > 0 && p.Choice.Mode != llm.ChoiceRequired))
	s.use(llm.FieldOneTool, p.OneTool && len(p.Tools) > 0)
}

// TakesNames reports whether a provider takes all names of functions: those that are declared,
// that the model may choose from, and in the history.
func TakesNames(p *llm.Prompt, takes func(llm.Escaped) bool) bool {
	for i := range p.Tools {
		if !takes(p.Tools[i].Name) {
			return false
		}
	}
	for _, name := range p.Choice.Names {
		if len(name) > 0 && !takes(name) {
			return false
		}
	}
	for i := range p.Messages {
		for j := range p.Messages[i].Parts {
			if part := &p.Messages[i].Parts[j]; part.Kind == llm.PartCall && len(part.Name) > 0 && !takes(part.Name) {
				return false
			}
		}
	}
	return true
}

// plainName reports whether every schema takes the name of a function: OpenAI's rule is the
// narrowest (platform.openai.com/docs/api-reference/chat/create, tools).
func plainName(name llm.Escaped) bool {
	for _, c := range name {
		if !wordly(c) {
			return false
		}
	}
	return len(name) > 0 && len(name) <= 64
}

// wordly reports whether c is a letter, a digit, a hyphen or a low line.
func wordly(c byte) bool {
	return c == '_' || c == '-' || c >= '0' && c <= '9' || c|0x20 >= 'a' && c|0x20 <= 'z'
}

// mended is text in which half of a surrogate pair is the character that stands for what is
// none, as providers refuse a body that is no text.
func mended(text llm.Escaped) llm.Escaped {
	for rest := text; ; {
		at := bytes.IndexByte(rest, '\\')
		if at < 0 || at+1 >= len(rest) {
			return text
		}
		if rest[at+1] == 'u' && at+2 < len(rest) && rest[at+2]|0x20 == 'd' {
			return Escape(Plain(text))
		}
		rest = rest[at+2:]
	}
}

// manyStops is how many stop texts every schema takes
// (platform.openai.com/docs/api-reference/chat/create, stop).
const manyStops = 4

func (s surveyor) sampling() {
	p := s.p
	s.use(llm.FieldMaxOutput, p.MaxOutput > 0)
	s.use(llm.FieldTemperature, len(p.Temperature) > 0)
	if t, ok := scan.Float(p.Temperature); ok {
		s.use(llm.FieldHighTemperature, t > 1)
	}
	s.use(llm.FieldTopP, matters(p.TopP, 1))
	s.use(llm.FieldTopK, matters(p.TopK, 0))
	s.use(llm.FieldMinP, matters(p.MinP, 0))
	for _, stop := range p.Stop {
		s.use(llm.FieldStop, !White(stop))
		s.use(llm.FieldBlankStops, White(stop))
	}
	s.use(llm.FieldManyStops, len(p.Stop) > manyStops)
	s.use(llm.FieldSeed, len(p.Seed) > 0)
	s.use(llm.FieldFrequencyPenalty, matters(p.FrequencyPenalty, 0))
	s.use(llm.FieldPresencePenalty, matters(p.PresencePenalty, 0))
	s.use(llm.FieldRepetitionPenalty, matters(p.RepetitionPenalty, 1))
	s.use(llm.FieldLogitBias, filled(p.LogitBias))
	s.use(llm.FieldLogprobs, p.Logprobs || matters(p.TopLogprobs, 0))
}

// matters reports whether a number is given, and is not the one that changes nothing.
func matters(raw []byte, neutral float64) bool {
	n, ok := scan.Float(raw)
	return len(raw) > 0 && !(ok && n == neutral)
}

// filled reports whether a JSON object is given, and has members.
func filled(raw []byte) bool {
	c := scan.CursorAt(raw, 0)
	return len(raw) > 0 && c.Filled()
}

func (s surveyor) reasoning() {
	r := &s.p.Reasoning
	s.use(llm.FieldNoReasoning, r.Effort == llm.EffortNone)
	s.use(llm.FieldEffort, r.Effort > llm.EffortNone)
	s.use(llm.FieldBudget, r.Budget > 0 && r.Effort != llm.EffortNone)
	s.use(llm.FieldShowThoughts, r.Show)
}

func (s surveyor) rest() {
	p := s.p
	s.use(llm.FieldJSONObject, p.Format.Kind == llm.FormatObject)
	s.use(llm.FieldJSONSchema, p.Format.Kind == llm.FormatSchema)
	s.use(llm.FieldUser, len(p.User) > 0)
	s.use(llm.FieldMetadata, filled(p.Metadata))
	s.use(llm.FieldStore, string(p.Store) == "true")
	s.use(llm.FieldServiceTier, p.Tier != "" && p.Tier != "auto" && p.Tier != "default")
	s.use(llm.FieldCacheKey, len(p.CacheKey) > 0)
	s.use(llm.FieldVerbosity, p.Verbosity != "" && p.Verbosity != "medium")
	s.use(llm.FieldDimensions, len(p.Dimensions) > 0)
	s.use(llm.FieldInputs, len(p.Inputs) > 1)
	s.use(llm.FieldTaskType, p.TaskType != "")
	s.use(llm.FieldUnknown, len(p.Unknown) > 0)
}

// Turns splits a prompt for schemas that have their instructions apart and whose turns
// alternate: all instructions in their order, and the turns with neighbours of one role
// merged, results of tool calls in front, and empty texts and turns that say nothing left out.
func Turns(p *llm.Prompt) (system []llm.Part, turns []llm.Message) {
	count := 0
	for i := range p.Messages {
		count += len(p.Messages[i].Parts)
	}
	parts := make([]llm.Part, 0, count) // those of all turns: what is merged stands side by side
	turns = make([]llm.Message, 0, len(p.Messages))
	for i := range p.Messages {
		m := &p.Messages[i]
		if m.Role == llm.RoleSystem {
			system = appendFilled(system, m.Parts)
			continue
		}
		if !Says(m) {
			continue
		}
		begin := len(parts)
		parts = appendFilled(parts, m.Parts)
		if last := len(turns) - 1; last >= 0 && turns[last].Role == m.Role {
			begin -= len(turns[last].Parts)
			turns[last].Parts = parts[begin:len(parts):len(parts)]
			continue
		}
		turns = append(turns, llm.Message{Role: m.Role, Name: m.Name, Parts: parts[begin:len(parts):len(parts)]})
	}
	for i := range turns {
		if turns[i].Role == llm.RoleUser {
			resultsFirst(turns[i].Parts)
		}
	}
	return system, turns
}

// appendFilled appends the parts that are not empty texts.
func appendFilled(dst, parts []llm.Part) []llm.Part {
	for i := range parts {
		if p := &parts[i]; p.Kind != llm.PartText || len(p.Text) > 0 {
			dst = append(dst, *p)
		}
	}
	return dst
}

// resultsFirst moves the results of tool calls to the front, all else in its order.
func resultsFirst(parts []llm.Part) {
	at := 0
	for at < len(parts) && parts[at].Kind == llm.PartResult {
		at++
	}
	if !slices.ContainsFunc(parts[at:], func(p llm.Part) bool { return p.Kind == llm.PartResult }) {
		return
	}
	var others []llm.Part
	for i := at; i < len(parts); i++ {
		if parts[i].Kind != llm.PartResult {
			others = append(others, parts[i])
			continue
		}
		parts[at] = parts[i]
		at++
	}
	copy(parts[at:], others)
}
