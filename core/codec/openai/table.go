package openai

import (
	"strowger/core/codec"
	"strowger/core/llm"
)

// Table is what the schema can say. What it says of one server or another is in servers: a
// field that is kept goes to all of them but those that answer it with an error.
func Table() *codec.Table { return &table }

// table is never changed. It is not made at run time: that would be ten kilobytes of code.
var table = codec.Table{
	Operations: []llm.Operation{llm.OperationChat, llm.OperationCompletion, llm.OperationEmbeddings},
	Lacks:      lacks,
	Fields: [llm.FieldCount]codec.Mapping{
		llm.FieldSystem:      {Fate: codec.Kept, As: "messages[].role system"},
		llm.FieldLateSystem:  {Fate: codec.Kept, As: "messages[].role system"},
		llm.FieldName:        {Fate: codec.Kept, As: "messages[].name"},
		llm.FieldRefusal:     {Fate: codec.Kept, As: "messages[].refusal"},
		llm.FieldImage:       {Fate: codec.Kept, As: "messages[].content[].image_url"},
		llm.FieldImageURL:    {Fate: codec.Kept, As: "messages[].content[].image_url"},
		llm.FieldImageDetail: {Fate: codec.Kept, As: "messages[].content[].image_url.detail"},
		llm.FieldAudio:       {Fate: codec.Kept, As: "messages[].content[].input_audio"},
		llm.FieldVideo:       {Fate: codec.Kept, As: "messages[].content[].video_url"},
		llm.FieldFile:        {Fate: codec.Kept, As: "messages[].content[].file"},
		llm.FieldFileURL:     {Fate: codec.Impossible, Note: "files are sent as bytes only"},
		llm.FieldFileID:      {Fate: codec.Impossible, Note: "a file that another provider keeps"},
		llm.FieldCitations:   {Note: "references to sources"},

		llm.FieldTools:        {Fate: codec.Kept, As: "tools"},
		llm.FieldStrictTools:  {Fate: codec.Kept, As: "tools[].function.strict"},
		llm.FieldServerTools:  {Fate: codec.Impossible, Note: "another provider's own tools"},
		llm.FieldSpareTools:   {Fate: codec.Dropped, Note: "another provider's own tools"},
		llm.FieldCustomTools:  {Fate: codec.Impossible, Note: "tools that take text are not translated"},
		llm.FieldTextTools:    {Fate: codec.Approximated, Note: "a function with one text, of which no grammar is enforced"},
		llm.FieldToolChoice:   {Fate: codec.Kept, As: "tool_choice"},
		llm.FieldToolsAllowed: {Fate: codec.Kept, As: "tool_choice allowed_tools"},
		llm.FieldOneTool:      {Fate: codec.Kept, As: "parallel_tool_calls"},
		llm.FieldToolError:    {Note: "that the call failed only its result can say"},
		llm.FieldToolMedia:    {Fate: codec.Approximated, As: "messages[].content[]", Note: "it stands in a message behind the result"},

		llm.FieldMaxOutput:         {Fate: codec.Kept, As: "max_completion_tokens, max_tokens"},
		llm.FieldTemperature:       {Fate: codec.Kept, As: "temperature"},
		llm.FieldHighTemperature:   {Fate: codec.Kept, As: "temperature"},
		llm.FieldTopP:              {Fate: codec.Kept, As: "top_p"},
		llm.FieldTopK:              {Fate: codec.Kept, As: "top_k"},
		llm.FieldMinP:              {Fate: codec.Kept, As: "min_p"},
		llm.FieldStop:              {Fate: codec.Kept, As: "stop"},
		llm.FieldManyStops:         {Fate: codec.Approximated, As: "stop", Note: "the first four"},
		llm.FieldBlankStops:        {Fate: codec.Kept, As: "stop"},
		llm.FieldSeed:              {Fate: codec.Kept, As: "seed"},
		llm.FieldFrequencyPenalty:  {Fate: codec.Kept, As: "frequency_penalty"},
		llm.FieldPresencePenalty:   {Fate: codec.Kept, As: "presence_penalty"},
		llm.FieldRepetitionPenalty: {Fate: codec.Kept, As: "repetition_penalty"},
		llm.FieldLogitBias:         {Fate: codec.Kept, As: "logit_bias"},
		llm.FieldLogprobs:          {Note: "probabilities are not translated"},
		llm.FieldMany:              {Fate: codec.Kept, As: "n"},
		llm.FieldJSONObject:        {Fate: codec.Kept, As: "response_format json_object"},
		llm.FieldJSONSchema:        {Fate: codec.Kept, As: "response_format json_schema"},

		llm.FieldEffort:       {Fate: codec.Kept, As: "reasoning_effort"},
		llm.FieldBudget:       {Fate: codec.Kept, As: "reasoning.max_tokens"},
		llm.FieldNoReasoning:  {Fate: codec.Kept, As: "reasoning_effort none"},
		llm.FieldShowThoughts: {Fate: codec.Kept, As: "reasoning.exclude"},
		llm.FieldThoughts:     {Fate: codec.Approximated, As: "messages[].reasoning_content", Note: "only to servers that want it back"},
		llm.FieldSignatures:   {Fate: codec.Approximated, As: "messages[].reasoning_details", Note: "only OpenRouter's own"},

		llm.FieldUser:         {Fate: codec.Kept, As: "user"},
		llm.FieldMetadata:     {Fate: codec.Kept, As: "metadata"},
		llm.FieldStore:        {Fate: codec.Kept, As: "store"},
		llm.FieldServiceTier:  {Fate: codec.Kept, As: "service_tier"},
		llm.FieldCacheControl: {Fate: codec.Approximated, As: "cache_control", Note: "only OpenRouter knows it; others cache by themselves"},
		llm.FieldCacheKey:     {Fate: codec.Kept, As: "prompt_cache_key"},
		llm.FieldVerbosity:    {Fate: codec.Kept, As: "verbosity"},
		llm.FieldModalities:   {Fate: codec.Impossible, Note: "output other than text is not translated"},
		llm.FieldPrediction:   {Note: "the answer may come more slowly"},
		llm.FieldSafety:       {Note: "the provider's own filter holds"},
		llm.FieldState:        {Fate: codec.Impossible, Note: "a conversation that another provider keeps"},
		llm.FieldTruncation:   {Note: "a prompt that is too long is refused"},
		llm.FieldBackground:   {Fate: codec.Impossible, Note: "answers are given at once"},
		llm.FieldInclude:      {Note: "members that no other schema has"},

		llm.FieldDimensions: {Fate: codec.Kept, As: "dimensions"},
		llm.FieldInputs:     {Fate: codec.Kept, As: "input"},
		llm.FieldTaskType:   {Note: "what the embedding is for"},
		llm.FieldTokenInput: {Fate: codec.Impossible, Note: "tokens of another model"},
		llm.FieldSuffix:     {Fate: codec.Impossible, Note: "a chat does not fill gaps"},
		llm.FieldEcho:       {Fate: codec.Impossible, Note: "a chat does not repeat the prompt"},
		llm.FieldPrefill:    {Fate: codec.Kept, As: "messages[]"},
		llm.FieldOddNames:   {Fate: codec.Impossible, Note: "names of functions are letters, digits, - and _"},
		llm.FieldNoUserTurn: {Fate: codec.Kept, As: "messages[]"},
		llm.FieldOrphan:     {Fate: codec.Impossible, Note: "results follow their calls"},
		llm.FieldArguments:  {Fate: codec.Approximated, As: "messages[].tool_calls[].function.arguments", Note: "an object with the text in it"},
		llm.FieldMember:     {Note: "members of unknown meaning"},
		llm.FieldOpaque:     {Note: "content of this kind"},
		llm.FieldUnknown:    {Note: "fields of unknown meaning"},
	},
}
