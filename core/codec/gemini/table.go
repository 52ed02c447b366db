package gemini

import (
	"strowger/core/codec"
	"strowger/core/llm"
)

const noParameter = "there is no such parameter"

// Table is what the schema can say of a request in another one.
func Table() *codec.Table {
	t := &codec.Table{Operations: []llm.Operation{llm.OperationChat, llm.OperationEmbeddings, llm.OperationCountTokens}, Lacks: lacks}
	keep(t)
	for _, row := range [...]struct {
		field llm.Field
		fate  codec.Fate
		as    string
		note  string
	}{
		{llm.FieldLateSystem, codec.Approximated, "systemInstruction", "stands in front of the conversation"},
		{llm.FieldRefusal, codec.Approximated, "parts.text", "a text like any other"},
		{llm.FieldStrictTools, codec.Approximated, "toolConfig.functionCallingConfig.mode", "for all functions"},
		{llm.FieldThoughts, codec.Approximated, "parts.thought", "only Gemini's own"},
		{llm.FieldSignatures, codec.Approximated, "parts.thoughtSignature", "only Gemini's own"},
		{llm.FieldFileID, codec.Impossible, "", "a file that another provider keeps"},
		{llm.FieldState, codec.Impossible, "", "a conversation that another provider keeps"},
		{llm.FieldBackground, codec.Impossible, "", "there are no answers to be fetched later"},
		{llm.FieldTokenInput, codec.Impossible, "", "tokens of another model"},
		{llm.FieldLogprobs, codec.Dropped, "", "the answer's cannot be told in another schema"},
		{llm.FieldServerTools, codec.Impossible, "", "tools that another provider runs"},
		{llm.FieldCustomTools, codec.Impossible, "", "functions take JSON"},
		{llm.FieldTextTools, codec.Approximated, "", "a function with one text, of which no grammar is enforced"},
		{llm.FieldSuffix, codec.Impossible, "", "a chat does not fill gaps"},
		{llm.FieldModalities, codec.Impossible, "", "asked for otherwise than by other schemas"},
		{llm.FieldEcho, codec.Impossible, "", "answers do not repeat the prompt"},
		{llm.FieldNoUserTurn, codec.Approximated, "contents", "a turn of the user's stands in front"},
		{llm.FieldOrphan, codec.Impossible, "", "results follow their calls"},
		{llm.FieldMember, codec.Dropped, "", "members of unknown meaning"},
		{llm.FieldCacheControl, codec.Dropped, "", "caching is automatic"},
		{llm.FieldCacheKey, codec.Dropped, "", "caching is automatic"},
		{llm.FieldName, codec.Dropped, "", "turns have no speakers' names"},
		{llm.FieldImageDetail, codec.Dropped, "", "how closely images are looked at is left to the model"},
		{llm.FieldCitations, codec.Dropped, "", "references to sources"},
		{llm.FieldOneTool, codec.Dropped, "", "the model may call several functions at once"},
		{llm.FieldMinP, codec.Dropped, "", noParameter},
		{llm.FieldRepetitionPenalty, codec.Dropped, "", noParameter},
		{llm.FieldLogitBias, codec.Dropped, "", noParameter},
		{llm.FieldUser, codec.Dropped, "", noParameter},
		{llm.FieldMetadata, codec.Dropped, "", "labels are only Vertex AI's"},
		{llm.FieldStore, codec.Dropped, "", "answers are not kept"},
		{llm.FieldServiceTier, codec.Dropped, "", "the endpoint's own tier holds"},
		{llm.FieldVerbosity, codec.Dropped, "", "length is asked for in words"},
		{llm.FieldPrediction, codec.Dropped, "", noParameter},
		{llm.FieldSafety, codec.Dropped, "", "the endpoint's own limits hold"},
		{llm.FieldTruncation, codec.Dropped, "", "a prompt that is too long is refused"},
		{llm.FieldInclude, codec.Dropped, "", "answers have no such members"},
		{llm.FieldOpaque, codec.Dropped, "", "content of another provider's own tools"},
		{llm.FieldUnknown, codec.Dropped, "", "fields of unknown meaning"},
	} {
		t.Fields[row.field] = codec.Mapping{Fate: row.fate, As: row.as, Note: row.note}
	}
	return t
}

// keep notes what is said as it was meant.
func keep(t *codec.Table) {
	for _, row := range [...]struct {
		field llm.Field
		as    string
	}{
		{llm.FieldSystem, "systemInstruction"},
		{llm.FieldOddNames, "tools.functionDeclarations"},
		{llm.FieldImage, "parts.inlineData"},
		{llm.FieldImageURL, "parts.fileData"},
		{llm.FieldAudio, "parts.inlineData"},
		{llm.FieldVideo, "parts.inlineData, parts.fileData"},
		{llm.FieldFile, "parts.inlineData"},
		{llm.FieldFileURL, "parts.fileData"},
		{llm.FieldTools, "tools.functionDeclarations"},
		{llm.FieldToolChoice, "toolConfig.functionCallingConfig.mode"},
		{llm.FieldToolsAllowed, "toolConfig.functionCallingConfig.allowedFunctionNames"},
		{llm.FieldToolError, "functionResponse.response.error"},
		{llm.FieldToolMedia, "functionResponse.parts"},
		{llm.FieldMaxOutput, "generationConfig.maxOutputTokens"},
		{llm.FieldTemperature, "generationConfig.temperature"},
		{llm.FieldHighTemperature, "generationConfig.temperature"},
		{llm.FieldTopP, "generationConfig.topP"},
		{llm.FieldTopK, "generationConfig.topK"},
		{llm.FieldStop, "generationConfig.stopSequences"},
		{llm.FieldManyStops, "generationConfig.stopSequences"},
		{llm.FieldBlankStops, "generationConfig.stopSequences"},
		{llm.FieldSeed, "generationConfig.seed"},
		{llm.FieldFrequencyPenalty, "generationConfig.frequencyPenalty"},
		{llm.FieldPresencePenalty, "generationConfig.presencePenalty"},
		{llm.FieldMany, "generationConfig.candidateCount"},
		{llm.FieldJSONObject, "generationConfig.responseMimeType"},
		{llm.FieldJSONSchema, "generationConfig.responseJsonSchema"},
		{llm.FieldEffort, "generationConfig.thinkingConfig.thinkingLevel"},
		{llm.FieldBudget, "generationConfig.thinkingConfig.thinkingBudget"},
		{llm.FieldNoReasoning, "generationConfig.thinkingConfig.thinkingBudget"},
		{llm.FieldPrefill, "contents"},
		{llm.FieldShowThoughts, "generationConfig.thinkingConfig.includeThoughts"},
		{llm.FieldDimensions, "outputDimensionality"},
		{llm.FieldInputs, "requests"},
		{llm.FieldTaskType, "taskType"},
	} {
		t.Fields[row.field] = codec.Mapping{Fate: codec.Kept, As: row.as}
	}
}
