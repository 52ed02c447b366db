package llm

import "slices"

// Field is something that a request can say, whatever a schema calls it. It is what
// translation is told about: kept, approximated, dropped or impossible.
type Field uint8

// The fields. Those named after a value of another one stand for what only some schemas can
// say with it.
const (
	FieldSystem Field = iota
	FieldLateSystem
	FieldName
	FieldRefusal
	FieldImage
	FieldImageURL
	FieldImageDetail
	FieldAudio
	FieldVideo
	FieldFile
	FieldFileURL
	FieldFileID
	FieldCitations
	FieldTools
	FieldStrictTools
	FieldServerTools
	FieldSpareTools // told by the same name, of those that may be missing
	FieldCustomTools
	FieldTextTools
	FieldToolChoice
	FieldToolsAllowed
	FieldOneTool
	FieldToolError
	FieldToolMedia
	FieldMaxOutput
	FieldTemperature
	FieldHighTemperature
	FieldTopP
	FieldTopK
	FieldMinP
	FieldStop
	FieldManyStops
	FieldBlankStops
	FieldSeed
	FieldFrequencyPenalty
	FieldPresencePenalty
	FieldRepetitionPenalty
	FieldLogitBias
	FieldLogprobs
	FieldMany
	FieldJSONObject
	FieldJSONSchema
	FieldEffort
	FieldBudget
	FieldNoReasoning
	FieldShowThoughts
	FieldThoughts
	FieldSignatures
	FieldUser
	FieldMetadata
	FieldStore
	FieldServiceTier
	FieldCacheControl
	FieldCacheKey
	FieldVerbosity
	FieldModalities
	FieldPrediction
	FieldSafety
	FieldState
	FieldTruncation
	FieldBackground
	FieldInclude
	FieldDimensions
	FieldInputs
	FieldTaskType
	FieldTokenInput
	FieldSuffix
	FieldEcho
	FieldPrefill
	FieldOpaque
	FieldOddNames
	FieldNoUserTurn
	FieldOrphan
	FieldArguments
	FieldMember
	FieldUnknown
	FieldCount
)

var fieldNames = [FieldCount]string{
	"system", "late_system", "name", "refusal", "image", "image_url", "image_detail", "audio", "video",
	"file", "file_url", "file_id", "citations", "tools", "strict_tools", "server_tools", "server_tools", "custom_tools", "text_tools", "tool_choice",
	"allowed_tools", "parallel_tool_calls", "tool_error", "tool_media", "max_output", "temperature", "high_temperature",
	"top_p", "top_k", "min_p", "stop", "many_stops", "blank_stops", "seed", "frequency_penalty", "presence_penalty", "repetition_penalty",
	"logit_bias", "logprobs", "n", "json_object", "json_schema", "reasoning_effort", "reasoning_budget", "no_reasoning",
	"show_reasoning", "reasoning", "signatures", "user", "metadata", "store", "service_tier", "cache_control",
	"prompt_cache_key", "verbosity", "modalities", "prediction", "safety_settings", "state", "truncation", "background",
	"include", "dimensions", "inputs", "task_type", "token_input", "suffix", "echo", "prefill", "opaque_content", "odd_names",
	"no_user_turn", "orphan_result", "arguments", "member", "unknown",
}

var fieldAbout = [FieldCount]string{
	"instructions in front of the conversation", "instructions within the conversation", "name of who speaks a message",
	"a refusal in the history", "an image as bytes", "an image by its address", "how closely an image is looked at",
	"sound in the input", "moving pictures in the input", "a document as bytes", "a document by its address",
	"a file that the provider keeps", "references to sources, asked for or in the history", "functions that the model may call", "arguments that are sure to fit the function's schema",
	"a provider's own tools, asked for", "a provider's own tools, of which the model may make use", "tools that take text instead of JSON", "tools that take text, as functions that take one text", "whether, and which, function is to be called",
	"a choice among some of the functions", "at most one call at a time", "that a call has failed", "an image or a document as the result of a call",
	"limit on output tokens", "temperature", "a temperature above 1", "nucleus sampling", "sampling of the k likeliest tokens", "least probability of a token",
	"texts that end the answer", "more than four of them", "stop texts of white space only", "seed of sampling", "frequency penalty", "presence penalty", "repetition penalty", "bias of tokens", "probabilities of tokens",
	"several answers", "an answer that is JSON", "an answer that fits a schema", "how much to reason, in words",
	"how much to reason, in tokens", "not to reason", "to be shown the reasoning", "reasoning in the history",
	"signatures of reasoning in the history", "who the end user is", "labels for the provider's records", "that the provider keeps the answer",
	"class of service", "marks up to where a prompt is cached", "key of alike prompts", "length of the answer in words",
	"kinds of output other than text", "text that is likely in the answer", "limits of the content filter",
	"a conversation, or a part of it, that the provider keeps under an id", "what is left out of a prompt that is too long", "an answer that is fetched later", "more members in the answer",
	"length of an embedding", "several inputs to embed", "what an embedding is for", "input as numbers of tokens", "text behind the answer", "the prompt in front of the answer", "the beginning of the answer", "content of a kind that no other schema has",
	"names of functions with other characters than letters, digits, - and _, more than 64, or with Gemini a digit in front", "a conversation that does not begin with the user, or a turn of the user's that says nothing",
	"the result of a call that the conversation does not have", "arguments in the history that are no JSON object", "a member of a message, a part or a tool that this version does not know",
	"a field that this version does not know",
}

// String is the field's name in warnings.
func (f Field) String() string {
	if f < FieldCount {
		return fieldNames[f]
	}
	return ""
}

// About says in a few words what the field means.
func (f Field) About() string {
	if f < FieldCount {
		return fieldAbout[f]
	}
	return ""
}

// FieldNamed is the field of that name; FieldCount if there is none.
func FieldNamed(name string) Field {
	if i := slices.Index(fieldNames[:], name); i >= 0 {
		return Field(i)
	}
	return FieldCount
}

// Fields is a set of fields.
type Fields [(FieldCount + 63) / 64]uint64

// Add puts a field into the set.
//
//go:noinline
func (s *Fields) Add(f Field) { s[f/64] |= 1 << (f % 64) }

// Remove takes a field out of the set.
func (s *Fields) Remove(f Field) { s[f/64] &^= 1 << (f % 64) }

// Has reports whether a field is in the set.
func (s Fields) Has(f Field) bool { return f < FieldCount && s[f/64]&(1<<(f%64)) != 0 }

// Empty reports whether there is none.
func (s Fields) Empty() bool { return s == Fields{} }

// Names lists the fields of the set, in their order.
func (s Fields) Names() []string {
	var names []string
	for f := range FieldCount {
		if s.Has(f) {
			names = append(names, f.String())
		}
	}
	return names
}
