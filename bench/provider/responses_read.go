package provider

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// responsesBody is a request of OpenAI's Responses API
// (platform.openai.com/docs/api-reference/responses/create), which takes no other members than these.
type responsesBody struct {
	Model              string          `json:"model"`
	Input              json.RawMessage `json:"input"`
	Instructions       *string         `json:"instructions"`
	Stream             *bool           `json:"stream"`
	StreamOptions      json.RawMessage `json:"stream_options"`
	MaxOutputTokens    *int            `json:"max_output_tokens"`
	MaxToolCalls       *int            `json:"max_tool_calls"`
	Temperature        *float64        `json:"temperature"`
	TopP               *float64        `json:"top_p"`
	TopLogprobs        *int            `json:"top_logprobs"`
	Tools              []responsesTool `json:"tools"`
	ToolChoice         json.RawMessage `json:"tool_choice"`
	ParallelToolCalls  *bool           `json:"parallel_tool_calls"`
	PreviousResponseID *string         `json:"previous_response_id"`
	Conversation       json.RawMessage `json:"conversation"`
	Reasoning          *struct {
		Effort          *string `json:"effort"`
		Summary         *string `json:"summary"`
		GenerateSummary *string `json:"generate_summary"`
	} `json:"reasoning"`
	Text *struct {
		Format    *responsesFormat `json:"format"`
		Verbosity *string          `json:"verbosity"`
	} `json:"text"`
	Include          []string        `json:"include"`
	Metadata         json.RawMessage `json:"metadata"`
	Store            *bool           `json:"store"`
	Truncation       *string         `json:"truncation"`
	User             *string         `json:"user"`
	ServiceTier      *string         `json:"service_tier"`
	SafetyIdentifier *string         `json:"safety_identifier"`
	PromptCacheKey   *string         `json:"prompt_cache_key"`
	CacheRetention   *string         `json:"prompt_cache_retention"`
	Background       *bool           `json:"background"`
	Prompt           json.RawMessage `json:"prompt"`
}

type responsesFormat struct {
	Type        string          `json:"type"`
	Name        string          `json:"name"`
	Description *string         `json:"description"`
	Schema      json.RawMessage `json:"schema"`
	Strict      *bool           `json:"strict"`
}

type responsesTool struct {
	Type       string          `json:"type"`
	Name       string          `json:"name"`
	Parameters json.RawMessage `json:"parameters"`
}

// UnmarshalJSON reads what tools of every kind have; those that the provider runs have members of their own.
func (t *responsesTool) UnmarshalJSON(raw []byte) error {
	type plain responsesTool
	return json.Unmarshal(raw, (*plain)(t))
}

// responsesItem is any item of the input.
type responsesItem struct {
	Type      string          `json:"type"`
	Role      string          `json:"role"`
	Content   json.RawMessage `json:"content"`
	ID        *string         `json:"id"`
	CallID    string          `json:"call_id"`
	Name      string          `json:"name"`
	Arguments *string         `json:"arguments"`
	Output    json.RawMessage `json:"output"`
	Summary   []responsesPart `json:"summary"`
	Encrypted *string         `json:"encrypted_content"`
	Status    *string         `json:"status"`
	Phase     *string         `json:"phase"`
	Namespace *string         `json:"namespace"`
}

type responsesPart struct {
	Type        string          `json:"type"`
	Text        *string         `json:"text"`
	Refusal     string          `json:"refusal"`
	ImageURL    *string         `json:"image_url"`
	Detail      string          `json:"detail"`
	FileID      *string         `json:"file_id"`
	FileData    *string         `json:"file_data"`
	FileURL     *string         `json:"file_url"`
	Filename    *string         `json:"filename"`
	Annotations json.RawMessage `json:"annotations"`
	Logprobs    json.RawMessage `json:"logprobs"`
}

func unknownParameter(name string) *failure {
	return badRequest(name, "unknown_parameter", "Unknown parameter: '"+name+"'.")
}

func invalidValue(param, format string, args ...any) *failure {
	return badRequest(param, "invalid_value", fmt.Sprintf(format, args...))
}

func readResponses(a *answer) *failure {
	var b responsesBody
	unknown, err := decode(a.body, &b)
	switch {
	case unknown != "":
		return unknownParameter(unknown)
	case err != nil:
		return badRequest("", "", "We could not parse the JSON body of your request: "+err.Error())
	case b.Model == "":
		return badRequest("model", "missing_required_parameter", "Missing required parameter: 'model'.")
	case b.PreviousResponseID != nil:
		return badRequest("previous_response_id", "previous_response_not_found", "Previous response with id '"+*b.PreviousResponseID+"' not found.")
	case b.MaxOutputTokens != nil && *b.MaxOutputTokens < 16:
		return badRequest("max_output_tokens", "integer_below_min_value", fmt.Sprintf("Invalid 'max_output_tokens': integer below minimum value. Expected a value >= 16, but got %d instead.", *b.MaxOutputTokens))
	case b.Temperature != nil && (*b.Temperature < 0 || *b.Temperature > 2):
		return badRequest("temperature", "decimal_above_max_value", "Invalid 'temperature': decimal above maximum value.")
	}
	if strings.HasPrefix(b.Model, "gpt-4") && slices.Contains(b.Include, "reasoning.encrypted_content") {
		return badRequest("include", "", "Encrypted content is not supported with this model.")
	}
	q := &a.q
	q.model, q.usage, q.stream = inner(b.Model), true, b.Stream != nil && *b.Stream
	if b.MaxOutputTokens != nil {
		q.maxTokens = *b.MaxOutputTokens
	}
	if b.Instructions != nil {
		q.size += len(*b.Instructions)
	}
	if r := b.Reasoning; r != nil && r.Effort != nil {
		if !slices.Contains([]string{"none", "minimal", "low", "medium", "high", "xhigh"}, *r.Effort) {
			return invalidValue("reasoning.effort", "Invalid value: '%s'. Supported values are: 'none', 'minimal', 'low', 'medium', 'high', and 'xhigh'.", *r.Effort)
		}
		q.thinks = *r.Effort != "none"
	}
	if r := b.Reasoning; r != nil && r.Summary != nil {
		q.thinks = q.thinks || r.Effort == nil
	} else {
		q.hidden = true
	}
	q.signs = slices.Contains(b.Include, "reasoning.encrypted_content")
	if fail := q.responsesFormat(&b); fail != nil {
		return fail
	}
	if fail := q.responsesTools(&b); fail != nil {
		return fail
	}
	return q.responsesInput(b.Input)
}

func (q *chat) responsesFormat(b *responsesBody) *failure {
	if b.Text == nil || b.Text.Format == nil {
		return nil
	}
	switch f := b.Text.Format; {
	case f.Type == "text", f.Type == "json_object":
	case f.Type != "json_schema":
		return invalidValue("text.format.type", "Invalid value: '%s'. Supported values are: 'json_object', 'json_schema', and 'text'.", f.Type)
	case f.Name == "":
		return badRequest("text.format.name", "missing_required_parameter", "Missing required parameter: 'text.format.name'.")
	case len(f.Schema) == 0:
		return badRequest("text.format.schema", "missing_required_parameter", "Missing required parameter: 'text.format.schema'.")
	}
	return nil
}

func (q *chat) responsesTools(b *responsesBody) *failure {
	var list []function
	for i, t := range b.Tools {
		switch {
		case t.Type == "":
			return badRequest(fmt.Sprintf("tools[%d].type", i), "missing_required_parameter", fmt.Sprintf("Missing required parameter: 'tools[%d].type'.", i))
		case t.Type == "function" && t.Name == "":
			return badRequest(fmt.Sprintf("tools[%d].name", i), "missing_required_parameter", fmt.Sprintf("Missing required parameter: 'tools[%d].name'.", i))
		case t.Type == "function":
			list = append(list, function{t.Name, t.Parameters})
		}
	}
	if len(b.ToolChoice) == 0 || string(b.ToolChoice) == "null" {
		return q.offer(list, "")
	}
	var mode string
	var named struct{ Type, Name, Mode string }
	if json.Unmarshal(b.ToolChoice, &mode) != nil {
		if json.Unmarshal(b.ToolChoice, &named) != nil || named.Type == "" {
			return badRequest("tool_choice.type", "missing_required_parameter", "Missing required parameter: 'tool_choice.type'.")
		}
		switch mode = named.Mode; {
		case named.Type == "function" && !slices.ContainsFunc(list, func(f function) bool { return f.Name == named.Name }):
			return invalidValue("tool_choice", "Tool choice 'function' not found in 'tools' parameter.")
		case named.Type == "function":
			mode = "=" + named.Name
		case named.Type != "allowed_tools":
			mode = "auto"
		}
	}
	if !strings.HasPrefix(mode, "=") && !slices.Contains([]string{"auto", "none", "required"}, mode) {
		return invalidValue("tool_choice", "Invalid value: '%s'. Supported values are: 'none', 'auto', and 'required'.", mode)
	}
	if mode == "required" && len(b.Tools) == 0 {
		return badRequest("tool_choice", "", "Tool choice 'required' must be specified with 'tools' parameter.")
	}
	return q.offer(list, mode)
}

// responsesInput reads the conversation: calls and their outputs belong together, and reasoning to what
// follows it.
func (q *chat) responsesInput(raw json.RawMessage) *failure {
	if len(raw) == 0 || string(raw) == "null" {
		return badRequest("input", "missing_required_parameter", "Missing required parameter: 'input'.")
	}
	var text string
	if raw[0] == '"' && json.Unmarshal(raw, &text) == nil {
		q.hear("user", text, len(text))
		return nil
	}
	var raws []json.RawMessage
	if json.Unmarshal(raw, &raws) != nil {
		return badRequest("input", "invalid_type", "Invalid type for 'input': expected one of an array of items or a string.")
	}
	return q.responsesItems(raws)
}

// responsesItems reads the items of a conversation.
func (q *chat) responsesItems(raws []json.RawMessage) *failure {
	calls, answered := map[string]bool{}, map[string]bool{}
	var order []string
	reasoning := ""
	for i, one := range raws {
		var item responsesItem
		if unknown, err := decode(one, &item); unknown != "" {
			if !functionLess(one) {
				return unknownParameter(fmt.Sprintf("input[%d].%s", i, unknown))
			}
			continue
		} else if err != nil {
			return badRequest(fmt.Sprintf("input[%d]", i), "invalid_type", err.Error())
		}
		if fail := q.responsesItem(i, &item); fail != nil {
			return fail
		}
		id := ""
		switch item.Type {
		case "function_call":
			calls[item.CallID] = true
			order = append(order, item.CallID)
		case "function_call_output":
			if !calls[item.CallID] {
				return badRequest("input", "", "No tool call found for function call output with call_id "+item.CallID+".")
			}
			answered[item.CallID] = true
		case "reasoning":
			if id = "reasoning"; item.ID != nil {
				id = *item.ID
			}
		}
		if reasoning != "" && (item.Type == "function_call_output" || item.Role == "user") {
			return lonely(reasoning)
		}
		reasoning = id // several may stand together
	}
	if reasoning != "" {
		return lonely(reasoning)
	}
	for _, id := range order {
		if !answered[id] {
			return badRequest("input", "", "No tool output found for function call "+id+".")
		}
	}
	return nil
}

// lonely is what is said of reasoning that nothing follows.
func lonely(id string) *failure {
	return badRequest("input", "", "Item '"+id+"' of type 'reasoning' was provided without its required following item.")
}

// functionLess reports whether an item is of a kind that this provider does not look into.
func functionLess(raw json.RawMessage) bool {
	var kind struct{ Type string }
	_ = json.Unmarshal(raw, &kind) // it is JSON
	return !slices.Contains([]string{"", "message", "function_call", "function_call_output", "reasoning"}, kind.Type)
}

func (q *chat) responsesItem(i int, item *responsesItem) *failure {
	at := fmt.Sprintf("input[%d]", i)
	prefixes := map[string]string{"": "msg", "message": "msg", "function_call": "fc", "reasoning": "rs"}
	if prefix, ok := prefixes[item.Type]; ok && item.ID != nil && !strings.HasPrefix(*item.ID, prefix) && !(prefix == "msg" && item.Role != "assistant") {
		return invalidValue(at+".id", "Invalid '%s.id': '%s'. Expected an ID that begins with '%s'.", at, *item.ID, prefix)
	}
	missing := func(name string) *failure {
		return badRequest(at+"."+name, "missing_required_parameter", "Missing required parameter: '"+at+"."+name+"'.")
	}
	switch item.Type {
	case "", "message":
		return q.responsesMessage(at, item)
	case "function_call":
		switch {
		case item.CallID == "" || len(item.CallID) > 64:
			return missing("call_id")
		case item.Name == "":
			return missing("name")
		case item.Arguments == nil:
			return missing("arguments")
		}
		q.hear("assistant", "", len(*item.Arguments))
	case "function_call_output":
		if item.CallID == "" {
			return missing("call_id")
		}
		if len(item.Output) == 0 || item.Output[0] != '"' && item.Output[0] != '[' {
			return badRequest(at+".output", "invalid_type", "Invalid type for '"+at+".output': expected one of an array of objects or string.")
		}
		q.hear("tool", "", len(item.Output)-2)
	case "reasoning":
		if item.Summary == nil {
			return missing("summary")
		}
		if item.Encrypted == nil {
			if item.ID != nil {
				return badRequest("input", "", "Item with id '"+*item.ID+"' not found. Items are not persisted when `store` is set to false.")
			}
			return nil
		}
		if _, ok := unlock("openai", *item.Encrypted); !ok {
			return badRequest("", "invalid_encrypted_content", "The encrypted content "+(*item.Encrypted)[:min(len(*item.Encrypted), 8)]+"... could not be verified. Reason: Encrypted content could not be decrypted or parsed.")
		}
	}
	return nil
}

func (q *chat) responsesMessage(at string, item *responsesItem) *failure {
	if !slices.Contains([]string{"user", "assistant", "system", "developer"}, item.Role) {
		return invalidValue(at+".role", "Invalid value: '%s'. Supported values are: 'assistant', 'system', 'developer', and 'user'.", item.Role)
	}
	allowed := []string{"input_text", "input_image", "input_file", "input_audio"}
	if item.Role == "assistant" {
		allowed = []string{"output_text", "refusal"}
	}
	if len(item.Content) == 0 || item.Content[0] != '"' && item.Content[0] != '[' {
		return badRequest(at+".content", "invalid_type", "Invalid type for '"+at+".content': expected one of an array of objects or string, but got null instead.")
	}
	parts, err := blocks(item.Content, func(s string) responsesPart { return responsesPart{Type: allowed[0], Text: &s} })
	if err != nil {
		return badRequest(at+".content", "invalid_type", err.Error())
	}
	text, size := "", 0
	for j, p := range parts {
		switch {
		case !slices.Contains(allowed, p.Type):
			return invalidValue(fmt.Sprintf("%s.content[%d]", at, j), "Invalid value: '%s'. Supported values are: '%s'.", p.Type, strings.Join(allowed, "', '"))
		case p.Text != nil:
			if size += len(*p.Text); text == "" {
				text = *p.Text
			}
		case strings.HasSuffix(p.Type, "_text"):
			return badRequest(fmt.Sprintf("%s.content[%d].text", at, j), "missing_required_parameter", "Missing required parameter.")
		}
	}
	q.hear(item.Role, text, size)
	return nil
}
