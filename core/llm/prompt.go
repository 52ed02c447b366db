package llm

// Escaped is text as it stands between the quotes of a JSON string, which every schema
// writes alike: it goes from one body into another without being decoded. Joining two of
// them joins what they stand for.
type Escaped []byte

// Prompt is a request in full, in the neutral form. It is decoded only where the provider
// speaks another schema than the caller, or where the content matters. Its bytes are those
// of Request.Body.
type Prompt struct {
	// Messages are the turns in their order, instructions among them. Results of tool calls
	// are parts of messages of the user.
	Messages []Message
	Tools    []Tool
	Choice   ToolChoice
	OneTool  bool // at most one tool call at a time

	// Numbers stand as the caller wrote them; empty: not given.
	Temperature, TopP, TopK, MinP, Seed                  []byte
	FrequencyPenalty, PresencePenalty, RepetitionPenalty []byte
	TopLogprobs, LogitBias, Dimensions                   []byte
	MaxOutput                                            int64 // 0: not given
	Stop                                                 []Escaped
	Logprobs                                             bool

	Format    Format
	Reasoning Reasoning
	User      Escaped
	Metadata  []byte // a JSON object
	CacheKey  Escaped
	Tier      string    // service tier in OpenAI's words
	Verbosity string    // low, medium or high
	Store     []byte    // true or false
	Inputs    []Escaped // texts to embed
	TaskType  string    // of an embedding, in Gemini's words

	// Fields are what the request says; Unknown the names of top-level fields that nobody
	// here knows, at most MaxUnknown of them.
	Fields  Fields
	Unknown []string
	// Forgotten: there was reasoning, or a signature, in the history that is in no part.
	Forgotten bool
	// Twice is the id of a call that has two results; empty: there is none.
	Twice Escaped
}

// MaxUnknown bounds Prompt.Unknown.
const MaxUnknown = 16

// Role is who speaks a message.
type Role uint8

// The roles. The zero value is none, so a forgotten role is noticed.
const (
	RoleNone Role = iota
	RoleSystem
	RoleUser
	RoleAssistant
)

// Message is one turn.
type Message struct {
	Role  Role
	Name  Escaped // of the speaker
	Parts []Part
}

// PartKind is what a part of a message is.
type PartKind uint8

// The kinds of parts, with the fields that they use.
const (
	PartNone    PartKind = iota
	PartText             // Text
	PartImage            // Media and Data, or URL; Detail
	PartAudio            // Media and Data, or URL
	PartVideo            // Media and Data, or URL
	PartFile             // Media and Data, or URL, or Text; Name
	PartCall             // ID, Name, JSON: the arguments, an object; Signature; Given
	PartResult           // ID, Name if known, Parts; Failed
	PartThought          // Text; Signature; Redacted: only that
	PartRefusal          // Text
)

// Part is a piece of a message.
type Part struct {
	Kind     PartKind // it and the next three stand together, for there are many parts
	Failed   bool     // the tool call went wrong
	Redacted bool
	Origin   Schema // whose provider the signature is of
	Text     Escaped
	ID       Escaped
	Given    Escaped // the id that the caller gave, where it is not that of this call alone
	Name     Escaped
	JSON     []byte
	Media    string  // media type, such as image/png; empty: unknown
	Data     Escaped // base64 (RFC 4648, section 4)
	URL      Escaped
	Detail   string // low, high or auto
	Parts    []Part
	// Signature is what Origin's providers want back with a thought or a call; it is worth
	// nothing to others.
	Signature Escaped
	// Cache is Anthropic's cache_control, an object: up to here the prompt is to be cached.
	Cache []byte
}

// Tool is a function that the model may call.
type Tool struct {
	Name, Description Escaped
	Schema            []byte // JSON Schema of the arguments; empty: there are none
	Strict            bool
	Cache             []byte // as in Part
}

// ChoiceMode is how free the model is to call tools.
type ChoiceMode uint8

// The modes of ToolChoice.
const (
	ChoiceUnset ChoiceMode = iota
	ChoiceAuto
	ChoiceNone
	ChoiceRequired // one of Names if there are any, else any
)

// ToolChoice is which tools the model may or must call.
type ToolChoice struct {
	Mode  ChoiceMode
	Names []Escaped // of the tools it is about; none: all of them
}

// FormatKind is the form of an answer.
type FormatKind uint8

// The forms of an answer.
const (
	FormatText FormatKind = iota
	FormatObject
	FormatSchema
)

// Format is the form that an answer is to have.
type Format struct {
	Kind              FormatKind
	Name, Description Escaped
	Schema            []byte // JSON Schema
	Strict            bool
}

// Effort is how much to reason, in OpenAI's words
// (platform.openai.com/docs/guides/reasoning).
type Effort uint8

// The efforts. EffortUnset: the caller did not say.
const (
	EffortUnset Effort = iota
	EffortNone
	EffortMinimal
	EffortLow
	EffortMedium
	EffortHigh
	EffortXHigh
)

var effortNames = [...]string{"", "none", "minimal", "low", "medium", "high", "xhigh"}

// String is the effort's name.
func (e Effort) String() string {
	if int(e) < len(effortNames) {
		return effortNames[e]
	}
	return ""
}

// EffortNamed is the effort of that name; EffortUnset if there is none. max, as some
// schemas say, is the most there is.
func EffortNamed(name string) Effort {
	if name == "max" {
		return EffortXHigh
	}
	for i, n := range effortNames {
		if n == name {
			return Effort(i)
		}
	}
	return EffortUnset
}

// effortBudgets are the tokens that an effort stands for where only tokens can be said.
// Those of low, medium and high are what Gemini's own compatible API takes
// (ai.google.dev/gemini-api/docs/openai, Thinking).
var effortBudgets = [...]int64{EffortMinimal: 1024, EffortLow: 1024, EffortMedium: 8192, EffortHigh: 24576, EffortXHigh: 32768}

// Budget is how many tokens of reasoning an effort stands for; 0 for none and unset.
func (e Effort) Budget() int64 {
	if int(e) < len(effortBudgets) {
		return effortBudgets[e]
	}
	return 0
}

// EffortOf is the least effort whose budget is at least so many tokens; none for 0.
func EffortOf(budget int64) Effort {
	switch {
	case budget <= 0:
		return EffortNone
	case budget <= effortBudgets[EffortLow]:
		return EffortLow
	case budget <= effortBudgets[EffortMedium]:
		return EffortMedium
	case budget <= effortBudgets[EffortHigh]:
		return EffortHigh
	}
	return EffortXHigh
}

// Reasoning is how much to reason, and what of it is to be seen. Callers say an effort or a
// budget; with neither, Auto may leave it to the model.
type Reasoning struct {
	Effort Effort
	Budget int64 // tokens; 0: not given
	Auto   bool  // the model judges how much
	Show   bool  // thoughts are to be seen
}

// Loss is what becomes of a request's fields in another schema.
type Loss struct {
	Approximated, Dropped, Impossible Fields
	Unserved                          bool // the schema has no such operation
	// Unreadable is why the request cannot be decoded, and so not be translated.
	Unreadable *Error
}
