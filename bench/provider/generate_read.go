package provider

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// generateBody is a request of Gemini's generateContent (ai.google.dev/api/generate-content), which takes no
// other members than these.
type generateBody struct {
	Contents          []generateTurn  `json:"contents"`
	SystemInstruction *generateTurn   `json:"systemInstruction"`
	Tools             []generateTool  `json:"tools"`
	ToolConfig        *generateChoice `json:"toolConfig"`
	Config            *generateConfig `json:"generationConfig"`
	SafetySettings    json.RawMessage `json:"safetySettings"`
	CachedContent     string          `json:"cachedContent"`
	Labels            json.RawMessage `json:"labels"`
	Model             string          `json:"model"` // an SDK's countTokens repeats it
	ServiceTier       string          `json:"serviceTier"`
	Store             *bool           `json:"store"`
}

type generateTurn struct {
	Role  string         `json:"role"`
	Parts []generatePart `json:"parts"`
}

// generatePart is any part.
type generatePart struct {
	Text         *string `json:"text"`
	Thought      bool    `json:"thought"`
	Signature    string  `json:"thoughtSignature"`
	FunctionCall *struct {
		ID   string          `json:"id"`
		Name string          `json:"name"`
		Args json.RawMessage `json:"args"`
	} `json:"functionCall"`
	FunctionResponse *struct {
		ID       string          `json:"id"`
		Name     string          `json:"name"`
		Response json.RawMessage `json:"response"`
		Parts    json.RawMessage `json:"parts"`
		Schedule json.RawMessage `json:"scheduling"`
		Continue json.RawMessage `json:"willContinue"`
	} `json:"functionResponse"`
	InlineData *struct {
		MimeType    string `json:"mimeType"`
		Data        string `json:"data"`
		DisplayName string `json:"displayName"`
	} `json:"inlineData"`
	FileData *struct {
		MimeType    string `json:"mimeType"`
		FileURI     string `json:"fileUri"`
		DisplayName string `json:"displayName"`
	} `json:"fileData"`
	ExecutableCode  json.RawMessage `json:"executableCode"`
	CodeResult      json.RawMessage `json:"codeExecutionResult"`
	VideoMetadata   json.RawMessage `json:"videoMetadata"`
	MediaResolution json.RawMessage `json:"mediaResolution"`
}

type generateTool struct {
	Functions []struct {
		Name           string          `json:"name"`
		Description    string          `json:"description"`
		Parameters     json.RawMessage `json:"parameters"`
		JSONSchema     json.RawMessage `json:"parametersJsonSchema"`
		Response       json.RawMessage `json:"response"`
		ResponseSchema json.RawMessage `json:"responseJsonSchema"`
		Behavior       string          `json:"behavior"`
	} `json:"functionDeclarations"`
	GoogleSearch   json.RawMessage `json:"googleSearch"`
	Retrieval      json.RawMessage `json:"googleSearchRetrieval"`
	CodeExecution  json.RawMessage `json:"codeExecution"`
	URLContext     json.RawMessage `json:"urlContext"`
	ComputerUse    json.RawMessage `json:"computerUse"`
	FileSearch     json.RawMessage `json:"fileSearch"`
	GoogleMaps     json.RawMessage `json:"googleMaps"`
	MCPServers     json.RawMessage `json:"mcpServers"`
	EnterpriseOnly json.RawMessage `json:"enterpriseWebSearch"`
}

type generateChoice struct {
	Calling *struct {
		Mode    string   `json:"mode"`
		Allowed []string `json:"allowedFunctionNames"`
		Stream  *bool    `json:"streamFunctionCallArguments"`
	} `json:"functionCallingConfig"`
	Retrieval json.RawMessage `json:"retrievalConfig"`
	Include   json.RawMessage `json:"includeServerSideToolInvocations"`
}

type generateConfig struct {
	StopSequences    []string        `json:"stopSequences"`
	MimeType         string          `json:"responseMimeType"`
	Schema           json.RawMessage `json:"responseSchema"`
	JSONSchema       json.RawMessage `json:"responseJsonSchema"`
	OldJSONSchema    json.RawMessage `json:"_responseJsonSchema"`
	Modalities       []string        `json:"responseModalities"`
	Candidates       *int            `json:"candidateCount"`
	MaxOutput        *int            `json:"maxOutputTokens"`
	Temperature      *float64        `json:"temperature"`
	TopP             *float64        `json:"topP"`
	TopK             *float64        `json:"topK"`
	Seed             *int64          `json:"seed"`
	PresencePenalty  *float64        `json:"presencePenalty"`
	FrequencyPenalty *float64        `json:"frequencyPenalty"`
	Logprobs         *int            `json:"logprobs"`
	ResponseLogprobs bool            `json:"responseLogprobs"`
	Thinking         *struct {
		Include bool   `json:"includeThoughts"`
		Budget  *int   `json:"thinkingBudget"`
		Level   string `json:"thinkingLevel"`
	} `json:"thinkingConfig"`
	SpeechConfig    json.RawMessage `json:"speechConfig"`
	ImageConfig     json.RawMessage `json:"imageConfig"`
	MediaResolution string          `json:"mediaResolution"`
	Civic           *bool           `json:"enableEnhancedCivicAnswers"`
	Affective       *bool           `json:"enableAffectiveDialog"`
	AudioTimestamp  *bool           `json:"audioTimestamp"`
}

func readGenerate(a *answer) *failure {
	if a.door.stream && a.r.URL.Query().Get("alt") != "sse" {
		return refuse("this provider streams server-sent events only: add ?alt=sse")
	}
	a.q.stream, a.q.usage = a.door.stream, true
	return a.q.generateBody(a.door.model, a.body)
}

func (q *chat) generateBody(model string, body []byte) *failure {
	var b generateBody
	if fail := decodeGemini(body, &b); fail != nil {
		return fail
	}
	q.model = inner(model)
	if len(b.Contents) == 0 {
		return refuse("* GenerateContentRequest.contents: contents is not specified\n")
	}
	if s := b.SystemInstruction; s != nil {
		if len(s.Parts) == 0 {
			return refuse("* GenerateContentRequest.system_instruction.parts: must not be empty\n")
		}
		for _, p := range s.Parts {
			if p.Text == nil {
				return refuse("system_instruction: only text is supported")
			}
			q.size += len(*p.Text)
		}
	}
	if fail := q.generateTurns(b.Contents, strings.HasPrefix(model, "gemini-3")); fail != nil {
		return fail
	}
	if fail := q.generateTools(&b); fail != nil {
		return fail
	}
	return q.generateConfig(b.Config, model)
}

// decodeGemini refuses unknown members as Google's APIs do.
func decodeGemini(body []byte, into any) *failure {
	unknown, err := decode(body, into)
	switch {
	case unknown != "":
		return refuse("Invalid JSON payload received. Unknown name \"%s\": Cannot find field.", unknown)
	case err != nil:
		return refuse("Invalid JSON payload received. %v", err)
	}
	return nil
}

func (q *chat) generateConfig(c *generateConfig, model string) *failure {
	signs := strings.HasPrefix(model, "gemini-3")
	if c == nil {
		q.signs = signs
		return nil
	}
	switch {
	case c.Temperature != nil && (*c.Temperature < 0 || *c.Temperature > 2):
		return refuse("* GenerateContentRequest.generation_config.temperature: temperature must be in the range [0.0, 2.0].\n")
	case len(c.StopSequences) > 5:
		return refuse("* GenerateContentRequest.generation_config.stop_sequences: at most 5\n")
	case c.MaxOutput != nil && *c.MaxOutput < 1:
		return refuse("max_output_tokens must be positive.")
	case c.Candidates != nil && *c.Candidates != 1:
		return refuse("Multiple candidates is not enabled for this model")
	case (len(c.Schema) > 0 || len(c.JSONSchema) > 0) && c.MimeType != "application/json" && c.MimeType != "text/x.enum":
		return refuse("Function calling config is set without function_declarations: response_schema needs response_mime_type application/json")
	}
	if name := schemaExtra(c.Schema); name != "" {
		return refuse("Invalid JSON payload received. Unknown name \"%s\" at 'generation_config.response_schema': Cannot find field.", name)
	}
	if c.MaxOutput != nil {
		q.maxTokens = *c.MaxOutput
	}
	if t := c.Thinking; t != nil {
		if t.Budget != nil && t.Level != "" {
			return refuse("You can only set only one of thinking budget and thinking level.")
		}
		if l := strings.ToLower(t.Level); t.Level != "" && !slices.Contains([]string{"minimal", "low", "medium", "high"}, l) {
			return refuse("Invalid value at 'generation_config.thinking_config.thinking_level' (%q)", t.Level)
		}
		off := t.Budget != nil && *t.Budget == 0
		q.thinks, signs = t.Include && !off, signs || !off
	}
	q.signs = signs
	return nil
}

// generateTurns reads the conversation (ai.google.dev/gemini-api/docs/function-calling and
// …/thought-signatures).
func (q *chat) generateTurns(turns []generateTurn, signed bool) *failure {
	var open []string
	current := 0 // the turn that began with the last words of the user
	for i, t := range turns {
		if t.Role != "" && t.Role != "user" && t.Role != "model" && t.Role != "function" {
			return refuse("Please use a valid role: user, model.")
		}
		if t.Role != "model" && slices.ContainsFunc(t.Parts, func(p generatePart) bool { return p.FunctionResponse == nil }) {
			current = i
		}
	}
	for i, t := range turns {
		if len(t.Parts) == 0 {
			return refuse("* GenerateContentRequest.contents[%d].parts: contents.parts must not be empty.\n", i)
		}
		calls, results, text, size, fail := t.check(i, signed && i > current)
		if fail != nil {
			return fail
		}
		switch {
		case len(open) > 0 && len(results) == 0, len(open) == 0 && len(results) > 0 && len(results) != len(open):
			return refuse("Please ensure that function response turn comes immediately after a function call turn.")
		case len(results) != len(open):
			return refuse("Please ensure that the number of function response parts is equal to the number of function call parts of the function call turn.")
		case len(calls) > 0 && (i == 0 || turns[i-1].Role == "model"):
			return refuse("Please ensure that function call turn comes immediately after a user turn or after a function response turn.")
		}
		slices.Sort(open)
		slices.Sort(results)
		if !slices.Equal(open, results) {
			return refuse("Please ensure that the function response names match the function call names: %v, not %v.", open, results)
		}
		open = calls
		role := "user"
		if t.Role == "model" {
			role = "assistant"
		} else if len(results) > 0 {
			role = "tool"
		}
		q.hear(role, text, size)
	}
	if len(open) > 0 {
		return refuse("Please ensure that function response turn comes immediately after a function call turn.")
	}
	return nil
}

// check reads a turn. signed: its first function call must come with its signature.
func (t *generateTurn) check(i int, signed bool) (calls, results []string, text string, size int, fail *failure) {
	for j, p := range t.Parts {
		kinds := 0
		for _, is := range []bool{p.Text != nil, p.FunctionCall != nil, p.FunctionResponse != nil, p.InlineData != nil, p.FileData != nil, p.ExecutableCode != nil, p.CodeResult != nil} {
			if is {
				kinds++
			}
		}
		at := fmt.Sprintf("* GenerateContentRequest.contents[%d].parts[%d]", i, j)
		if kinds != 1 {
			return nil, nil, "", 0, refuse("%s.data: required oneof field 'data' must have one initialized field\n", at)
		}
		if fail := p.check(at); fail != nil {
			return nil, nil, "", 0, fail
		}
		if !p.sealedWell() {
			return nil, nil, "", 0, refuse("Corrupted thought signature.")
		}
		switch {
		case p.Text != nil:
			if text == "" && !p.Thought {
				text = *p.Text
			}
			size += len(*p.Text)
		case p.FunctionCall != nil:
			if signed && len(calls) == 0 && p.Signature == "" {
				return nil, nil, "", 0, refuse("Function call is missing a thought_signature in functionCall parts. This is required for tools to work correctly, and missing thought_signature may lead to degraded model performance. Additional data, function call `default_api:%s` , position %d.", p.FunctionCall.Name, j+1)
			}
			calls, size = append(calls, p.FunctionCall.Name), size+len(p.FunctionCall.Args)
		case p.FunctionResponse != nil:
			results, size = append(results, p.FunctionResponse.Name), size+len(p.FunctionResponse.Response)
		}
	}
	return calls, results, text, size, nil
}

// check is what a part must be by itself.
func (p *generatePart) check(at string) *failure {
	bytes64 := func(s string) bool {
		_, err := base64.StdEncoding.DecodeString(s)
		return err == nil && s != ""
	}
	switch {
	case p.FunctionCall != nil && p.FunctionCall.Name == "":
		return refuse("%s.function_call.name: Name cannot be empty.\n", at)
	case p.FunctionCall != nil && len(p.FunctionCall.Args) > 0 && p.FunctionCall.Args[0] != '{':
		return refuse("Invalid value at 'contents.parts.function_call.args' (type.googleapis.com/google.protobuf.Struct)")
	case p.FunctionResponse != nil && p.FunctionResponse.Name == "":
		return refuse("%s.function_response.name: Name cannot be empty.\n", at)
	case p.FunctionResponse != nil && (len(p.FunctionResponse.Response) == 0 || p.FunctionResponse.Response[0] != '{'):
		return refuse("Invalid value at 'contents.parts.function_response.response' (type.googleapis.com/google.protobuf.Struct)")
	case p.InlineData != nil && (p.InlineData.MimeType == "" || !bytes64(p.InlineData.Data)):
		return refuse("%s.inline_data: a media type and base64 are needed\n", at)
	}
	return nil
}

// unsigned are what Gemini takes instead of signatures that there are none of
// (ai.google.dev/gemini-api/docs/thought-signatures).
var unsigned = []string{"skip_thought_signature_validator", "context_engineering_is_the_way_to_go"}

// sealedWell reports whether a signature, if there is one, is this provider's own.
func (p *generatePart) sealedWell() bool {
	what := ""
	if p.FunctionCall != nil {
		what = p.FunctionCall.Name
	}
	return p.Signature == "" || p.Signature == seal("gemini", what) || slices.Contains(unsigned, p.Signature)
}
