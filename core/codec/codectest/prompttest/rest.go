package prompttest

import (
	"strowger/core/llm"
)

// sampling leaves out the numbers that the schema does not keep.
func (s comparer) sampling(c *llm.Prompt) {
	kept := s.kept
	for _, x := range []struct {
		value *[]byte
		field llm.Field
	}{
		{&c.Temperature, llm.FieldTemperature}, {&c.TopP, llm.FieldTopP}, {&c.TopK, llm.FieldTopK}, {&c.MinP, llm.FieldMinP},
		{&c.Seed, llm.FieldSeed}, {&c.FrequencyPenalty, llm.FieldFrequencyPenalty}, {&c.PresencePenalty, llm.FieldPresencePenalty},
		{&c.RepetitionPenalty, llm.FieldRepetitionPenalty}, {&c.TopLogprobs, llm.FieldLogprobs}, {&c.LogitBias, llm.FieldLogitBias},
		{&c.Dimensions, llm.FieldDimensions}, {&c.Metadata, llm.FieldMetadata}, {&c.Store, llm.FieldStore},
	} {
		*x.value = only(kept(x.field), Spelled(*x.value))
	}
	if c.Fields.Has(llm.FieldHighTemperature) && !kept(llm.FieldHighTemperature) {
		c.Temperature = nil
	}
	if !kept(llm.FieldStop) || len(c.Stop) > 4 && !kept(llm.FieldManyStops) {
		c.Stop = nil
	}
	c.Logprobs = c.Logprobs && kept(llm.FieldLogprobs)
	// A schema that must be told a limit gets the endpoint's.
	if !kept(llm.FieldMaxOutput) || c.MaxOutput == s.limit {
		c.MaxOutput = 0
	}
}

// rest leaves out what else the schema does not keep, and what is as if not said.
func (s comparer) rest(c *llm.Prompt) {
	kept := s.kept
	if c.Choice.Mode == llm.ChoiceAuto && len(c.Choice.Names) == 0 || !kept(llm.FieldToolChoice) ||
		c.Fields.Has(llm.FieldToolsAllowed) && !kept(llm.FieldToolsAllowed) || len(c.Tools) == 0 {
		c.Choice = llm.ToolChoice{}
	}
	c.OneTool = c.OneTool && kept(llm.FieldOneTool) && len(c.Tools) > 0
	f := &c.Format
	f.Schema = Spelled(f.Schema)
	f.Name, f.Description, f.Strict = nil, nil, false // which few schemas have
	if f.Kind == llm.FormatObject && !kept(llm.FieldJSONObject) || f.Kind == llm.FormatSchema && !kept(llm.FieldJSONSchema) {
		*f = llm.Format{}
	}
	r := &c.Reasoning
	if !kept(llm.FieldEffort) && r.Effort > llm.EffortNone || !kept(llm.FieldNoReasoning) { // for which stands a low one
		r.Effort = llm.EffortUnset
	}
	if !kept(llm.FieldBudget) || !kept(llm.FieldEffort) { // which stand for each other
		r.Budget, r.Auto = 0, false
	}
	if s.schema == llm.SchemaOpenAI { // few servers of which can be told
		r.Auto = false
	}
	r.Show = r.Show && kept(llm.FieldShowThoughts)
	c.User = only(kept(llm.FieldUser), c.User)
	c.CacheKey = only(kept(llm.FieldCacheKey), c.CacheKey)
	if c.Tier == "auto" || c.Tier == "default" || !kept(llm.FieldServiceTier) {
		c.Tier = ""
	}
	if c.Verbosity == "medium" || !kept(llm.FieldVerbosity) {
		c.Verbosity = ""
	}
	if string(c.Store) == "false" {
		c.Store = nil
	}
	if !kept(llm.FieldTaskType) {
		c.TaskType = ""
	}
	if c.Fields.Has(llm.FieldInputs) && !kept(llm.FieldInputs) {
		c.Inputs = nil
	}
}
