package provider

import (
	"encoding/json"
	"regexp"
	"slices"
	"strings"
	"sync"
)

// messagesBody is a request of Anthropic's Messages API (docs.anthropic.com/en/api/messages), which takes no
// other members than these.
type messagesBody struct {
	Model         string            `json:"model"`
	MaxTokens     *int              `json:"max_tokens"`
	Messages      []messagesTurn    `json:"messages"`
	System        json.RawMessage   `json:"system"`
	Stream        bool              `json:"stream"`
	Temperature   *float64          `json:"temperature"`
	TopP          *float64          `json:"top_p"`
	TopK          *int              `json:"top_k"`
	StopSequences []string          `json:"stop_sequences"`
	Tools         []json.RawMessage `json:"tools"`
	ToolChoice    *struct {
		Type     string `json:"type"`
		Name     string `json:"name"`
		Disabled *bool  `json:"disable_parallel_tool_use"`
	} `json:"tool_choice"`
	Thinking *struct {
		Type    string `json:"type"`
		Budget  int    `json:"budget_tokens"`
		Display string `json:"display"`
	} `json:"thinking"`
	Metadata *struct {
		UserID *string `json:"user_id"`
	} `json:"metadata"`
	ServiceTier       string          `json:"service_tier"`
	CacheControl      json.RawMessage `json:"cache_control"`
	Container         json.RawMessage `json:"container"`
	ContextManagement json.RawMessage `json:"context_management"`
	MCPServers        json.RawMessage `json:"mcp_servers"`
	OutputConfig      json.RawMessage `json:"output_config"`
	OutputFormat      json.RawMessage `json:"output_format"`
	InferenceGeo      json.RawMessage `json:"inference_geo"`
	Speed             json.RawMessage `json:"speed"`
}

// messagesTurn is a message.
type messagesTurn struct {
	Role    string          `json:"role"`
	Content json.RawMessage `json:"content"`
	blocks  []messagesBlock
}

// messagesBlock is any content block.
type messagesBlock struct {
	Type         string          `json:"type"`
	Text         *string         `json:"text"`
	Thinking     *string         `json:"thinking"`
	Signature    *string         `json:"signature"`
	Data         string          `json:"data"`
	ID           string          `json:"id"`
	Name         string          `json:"name"`
	Input        json.RawMessage `json:"input"`
	ToolUseID    string          `json:"tool_use_id"`
	Content      json.RawMessage `json:"content"`
	IsError      *bool           `json:"is_error"`
	Source       json.RawMessage `json:"source"`
	Title        json.RawMessage `json:"title"`
	Context      json.RawMessage `json:"context"`
	Citations    json.RawMessage `json:"citations"`
	CacheControl json.RawMessage `json:"cache_control"`
	Caller       json.RawMessage `json:"caller"`
}

// messagesOneSampler are the models that take a temperature or top_p, not both
// (docs.claude.com/en/docs/about-claude/models/migrating-to-claude-4).
var messagesOneSampler = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^claude-(opus|sonnet|haiku)-4-[1-9](-|$)`) })

var messagesName = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^[a-zA-Z0-9_-]{1,128}$`) })

func readMessages(a *answer) *failure {
	b, fail := a.q.messagesBody(a)
	if fail != nil {
		return fail
	}
	if b.MaxTokens == nil {
		return refuse("max_tokens: Field required")
	}
	if *b.MaxTokens < 1 {
		return refuse("max_tokens: must be greater than or equal to 1")
	}
	a.q.maxTokens = *b.MaxTokens
	return a.q.thinking(b)
}

// readMessagesCount answers how many tokens a request has, which takes what a request takes but max_tokens
// and the like.
func readMessagesCount(a *answer) *failure {
	if _, fail := a.q.messagesBody(a); fail != nil {
		return fail
	}
	a.q.fact, _ = json.Marshal(map[string]int{"input_tokens": a.q.prompt}) // cannot fail
	return nil
}

// messagesBody reads what both have.
func (q *chat) messagesBody(a *answer) (*messagesBody, *failure) {
	if a.r.Header.Get("Anthropic-Version") == "" {
		return nil, refuse("anthropic-version: header is required")
	}
	b := &messagesBody{}
	unknown, err := decode(a.body, b)
	switch {
	case unknown != "":
		return nil, refuse("%s: Extra inputs are not permitted", unknown)
	case err != nil:
		return nil, refuse("The request body is not valid JSON: %v", err)
	case b.Model == "":
		return nil, refuse("model: Field required")
	case len(b.Messages) == 0:
		return nil, refuse("messages: at least one message is required")
	case b.Temperature != nil && (*b.Temperature < 0 || *b.Temperature > 1):
		return nil, refuse("temperature: range: 0..1")
	case b.Temperature != nil && b.TopP != nil && messagesOneSampler().MatchString(b.Model):
		return nil, refuse("`temperature` and `top_p` cannot both be specified for this model. Please use only one.")
	case slices.ContainsFunc(b.StopSequences, func(s string) bool { return strings.TrimSpace(s) == "" }):
		return nil, refuse("stop_sequences: each stop sequence must contain non-whitespace")
	}
	q.model, q.stream, q.usage = inner(b.Model), b.Stream, true
	if fail := q.messagesSystem(b.System); fail != nil {
		return nil, fail
	}
	if fail := q.messagesTools(b); fail != nil {
		return nil, fail
	}
	return b, q.messagesTurns(b.Messages)
}

func (q *chat) messagesSystem(raw json.RawMessage) *failure {
	system, err := blocks(raw, textBlock)
	if err != nil {
		return refuse("system: Input should be a valid string or list: %v", err)
	}
	for i, s := range system {
		switch {
		case s.Type != "text" || s.Text == nil:
			return refuse("system.%d: Input should be a text block", i)
		case len(raw) > 0 && raw[0] == '[' && strings.TrimSpace(*s.Text) == "":
			return refuse("system: text content blocks must contain non-whitespace text")
		}
		q.size += len(*s.Text)
	}
	return nil
}

func textBlock(s string) messagesBlock { return messagesBlock{Type: "text", Text: &s} }

// messagesTools reads tools and tool_choice. Tools with a type of their own are run by the provider.
func (q *chat) messagesTools(b *messagesBody) *failure {
	var list []function
	for i, raw := range b.Tools {
		var t struct {
			Type, Name, Description string
			InputSchema             json.RawMessage `json:"input_schema"`
		}
		if err := json.Unmarshal(raw, &t); err != nil {
			return refuse("tools.%d: %v", i, err)
		}
		if t.Type != "" && t.Type != "custom" {
			continue
		}
		var shape struct{ Type string }
		switch {
		case !messagesName().MatchString(t.Name):
			return refuse("tools.%d.custom.name: String should match pattern '^[a-zA-Z0-9_-]{1,128}$'", i)
		case len(t.InputSchema) == 0:
			return refuse("tools.%d.custom.input_schema: Field required", i)
		case json.Unmarshal(t.InputSchema, &shape) != nil || shape.Type != "object":
			return refuse("tools.%d.custom.input_schema.type: Field required", i)
		}
		list = append(list, function{t.Name, t.InputSchema})
	}
	choice := ""
	if c := b.ToolChoice; c != nil {
		if len(b.Tools) == 0 {
			return refuse("tool_choice: may only be specified while providing tools")
		}
		switch c.Type {
		case "auto", "none":
			choice = c.Type
		case "any":
			choice = "required"
		case "tool":
			if choice = "=" + c.Name; !slices.ContainsFunc(list, func(f function) bool { return f.Name == c.Name }) {
				return refuse("Tool '%s' not found in provided tools", c.Name)
			}
		default:
			return refuse("tool_choice: Input tag '%s' found using 'type' does not match any of the expected tags: 'any', 'auto', 'none', 'tool'", c.Type)
		}
	}
	return q.offer(list, choice)
}

// messagesTurns reads the conversation. Turns of the same role are one.
func (q *chat) messagesTurns(turns []messagesTurn) *failure {
	var merged []messagesTurn
	for i := range turns {
		t := &turns[i]
		if t.Role != "user" && t.Role != "assistant" {
			return refuse("messages.%d.role: Input should be 'user' or 'assistant'", i)
		}
		var err error
		if t.blocks, err = blocks(t.Content, textBlock); err != nil {
			return refuse("messages.%d.content: %v", i, err)
		}
		if len(t.blocks) == 0 && !(i == len(turns)-1 && t.Role == "assistant") {
			return refuse("messages.%d: all messages must have non-empty content except for the optional final assistant message", i)
		}
		for j := range t.blocks {
			if fail := t.blocks[j].check(i, j, t.Role); fail != nil {
				return fail
			}
		}
		if n := len(merged); n > 0 && merged[n-1].Role == t.Role {
			merged[n-1].blocks = append(merged[n-1].blocks, t.blocks...)
			continue
		}
		merged = append(merged, *t)
	}
	if merged[0].Role != "user" {
		return refuse("messages: first message must use the \"user\" role")
	}
	if fail := pairs(merged); fail != nil {
		return fail
	}
	for _, t := range merged {
		q.hearTurn(&t)
	}
	last := merged[len(merged)-1]
	if n := len(last.blocks); last.Role == "assistant" && n > 0 && last.blocks[n-1].Type == "text" {
		if text := *last.blocks[n-1].Text; text != strings.TrimRight(text, " \n\t\r") {
			return refuse("messages: final assistant content cannot end with trailing whitespace")
		}
	}
	q.ends = last.Role
	q.sealed = sealedTurn(merged)
	return nil
}

// hearTurn notes what a turn says. One with results is the tools'.
func (q *chat) hearTurn(t *messagesTurn) {
	text, size, role := "", 0, t.Role
	for _, b := range t.blocks {
		size += len(b.Content) + len(b.Input)
		switch {
		case b.Type == "text":
			if size += len(*b.Text); text == "" {
				text = *b.Text
			}
		case b.Type == "tool_result":
			role = "tool"
		}
	}
	q.hear(role, text, size)
}

// check is what a block must be by itself.
func (b *messagesBlock) check(i, j int, role string) *failure {
	at := func(format string, args ...any) *failure {
		return refuse("messages.%d.content.%d"+format, append([]any{i, j}, args...)...)
	}
	if assistant := b.Type == "tool_use" || b.Type == "thinking" || b.Type == "redacted_thinking"; assistant && role == "user" || b.Type == "tool_result" && role == "assistant" {
		return refuse("messages.%d: `%s` blocks are not allowed in `%s` messages", i, b.Type, role)
	}
	switch b.Type {
	case "text":
		if b.Text == nil {
			return at(".text.text: Field required")
		}
		if *b.Text == "" {
			return refuse("messages: text content blocks must be non-empty")
		}
		if strings.TrimSpace(*b.Text) == "" {
			return refuse("messages: text content blocks must contain non-whitespace text")
		}
	case "image", "document":
		return b.checkSource(at)
	case "tool_use":
		switch {
		case !messagesName().MatchString(b.ID):
			return at(".tool_use.id: String should match pattern '^[a-zA-Z0-9_-]+$'")
		case !messagesName().MatchString(b.Name):
			return at(".tool_use.name: String should match pattern '^[a-zA-Z0-9_-]{1,128}$'")
		case len(b.Input) == 0 || b.Input[0] != '{':
			return at(".tool_use.input: Input should be a valid dictionary")
		}
	case "tool_result":
		return b.checkResult(at)
	case "thinking":
		switch {
		case b.Signature == nil:
			return at(".thinking.signature: Field required")
		case b.Thinking == nil:
			return at(".thinking.thinking: Field required")
		case *b.Signature != seal("anthropic", *b.Thinking):
			return at(": Invalid `signature` in `thinking` block")
		}
	case "redacted_thinking":
		if _, ok := unlock("anthropic", b.Data); !ok {
			return at(": Invalid `data` in `redacted_thinking` block")
		}
	case "search_result", "server_tool_use", "web_search_tool_result", "container_upload", "code_execution_tool_result":
	default:
		return at(": Input tag '%s' found using 'type' does not match any of the expected tags", b.Type)
	}
	return nil
}

func (b *messagesBlock) checkSource(at func(string, ...any) *failure) *failure {
	var s struct{ Type, Data, URL string }
	if json.Unmarshal(b.Source, &s) != nil || s.Type == "" || s.Type == "base64" && s.Data == "" || s.Type == "url" && !strings.HasPrefix(s.URL, "http") {
		return at(".%s.source: Field required", b.Type)
	}
	return nil
}

func (b *messagesBlock) checkResult(at func(string, ...any) *failure) *failure {
	inside, err := blocks(b.Content, textBlock)
	if err != nil {
		return at(".tool_result.content: %v", err)
	}
	for k, part := range inside {
		switch {
		case part.Type == "text" && len(b.Content) > 0 && b.Content[0] == '[' && (part.Text == nil || *part.Text == ""):
			return refuse("messages: text content blocks must be non-empty")
		case part.Type != "text" && part.Type != "image" && part.Type != "document" && part.Type != "search_result":
			return at(".tool_result.content.%d: Input tag '%s' does not match any of the expected tags", k, part.Type)
		}
	}
	return nil
}
