package responses

import (
	"strowger/core/codec"
	"strowger/core/llm"
)

// Table is what the schema can say.
func Table() *codec.Table {
	t := &codec.Table{Operations: []llm.Operation{llm.OperationChat}, Lacks: lacks}
	for f, as := range kept {
		if as != "" {
			t.Fields[f] = codec.Mapping{Fate: codec.Kept, As: as}
		}
	}
	for f, note := range approximated {
		if note != "" {
			t.Fields[f] = codec.Mapping{Fate: codec.Approximated, Note: note}
		}
	}
	for f, note := range dropped {
		if note != "" {
			t.Fields[f].Note = note
		}
	}
	for f, note := range impossible {
		if note != "" {
			t.Fields[f] = codec.Mapping{Fate: codec.Impossible, Note: note}
		}
	}
	return t
}

var kept = [llm.FieldCount]string{
	llm.FieldSystem:          "instructions",
	llm.FieldLateSystem:      "input[].role",
	llm.FieldRefusal:         "input[].content[].refusal",
	llm.FieldImage:           "input_image.image_url",
	llm.FieldImageURL:        "input_image.image_url",
	llm.FieldImageDetail:     "input_image.detail",
	llm.FieldFile:            "input_file.file_data",
	llm.FieldFileURL:         "input_file.file_url",
	llm.FieldTools:           "tools",
	llm.FieldStrictTools:     "tools[].strict",
	llm.FieldToolChoice:      "tool_choice",
	llm.FieldToolsAllowed:    "tool_choice.tools",
	llm.FieldOneTool:         "parallel_tool_calls",
	llm.FieldToolMedia:       "function_call_output.output",
	llm.FieldMaxOutput:       "max_output_tokens",
	llm.FieldTemperature:     "temperature",
	llm.FieldHighTemperature: "temperature",
	llm.FieldTopP:            "top_p",
	llm.FieldJSONObject:      "text.format",
	llm.FieldJSONSchema:      "text.format",
	llm.FieldEffort:          "reasoning.effort",
	llm.FieldNoReasoning:     "reasoning.effort",
	llm.FieldShowThoughts:    "reasoning.summary",
	llm.FieldUser:            "user",
	llm.FieldMetadata:        "metadata",
	llm.FieldStore:           "store",
	llm.FieldServiceTier:     "service_tier",
	llm.FieldCacheKey:        "prompt_cache_key",
	llm.FieldVerbosity:       "text.verbosity",
	llm.FieldNoUserTurn:      "input",
}

var approximated = [llm.FieldCount]string{
	llm.FieldTextTools:    "a function with one text, of which no grammar is enforced",
	llm.FieldBudget:       "the effort that comes nearest",
	llm.FieldThoughts:     "reasoning goes back only to providers of the schema that made it",
	llm.FieldSignatures:   "signatures go back only to providers of the schema that made them",
	llm.FieldPrefill:      "the answer may begin anew",
	llm.FieldCacheControl: "the provider caches by itself what requests have in common",
}

var dropped = [llm.FieldCount]string{
	llm.FieldName:       "messages have no names",
	llm.FieldToolError:  "only the text of the result says so",
	llm.FieldStop:       "there are no texts that end the answer",
	llm.FieldBlankStops: "there are no texts that end the answer",
	llm.FieldManyStops:  "there are no texts that end the answer",
	llm.FieldLogprobs:   "the answer's probabilities have no neutral form",
	llm.FieldMember:     "members of unknown meaning",
	llm.FieldSeed:       "sampling has no seed",
	llm.FieldTopK:       "there is only nucleus sampling",
}

var impossible = [llm.FieldCount]string{
	llm.FieldAudio:       "there is no sound in the input",
	llm.FieldVideo:       "there are no moving pictures in the input",
	llm.FieldOddNames:    "names of functions are letters, digits, - and _",
	llm.FieldOrphan:      "results follow their calls",
	llm.FieldFileID:      "the file is another provider's",
	llm.FieldMany:        "there is one answer",
	llm.FieldCustomTools: "tools that take text are not translated",
	llm.FieldServerTools: "the tools are run by another provider",
	llm.FieldModalities:  "the answer is text",
	llm.FieldState:       "the conversation is another provider's",
	llm.FieldBackground:  "the answer would be kept under an id that nobody could ask for",
	llm.FieldTokenInput:  "the input is text",
	llm.FieldSuffix:      "there is no text behind the answer",
	llm.FieldEcho:        "the prompt is no part of the answer",
	llm.FieldInputs:      "there are no embeddings",
}
