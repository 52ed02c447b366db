package provider

import (
	"encoding/json"
	"slices"
	"strings"
)

// generateTools reads tools and toolConfig.
func (q *chat) generateTools(b *generateBody) *failure {
	var list []function
	for i, t := range b.Tools {
		for j, f := range t.Functions {
			schema := f.Parameters
			switch {
			case f.Name == "" || strings.ContainsAny(f.Name, " /\\") || len(f.Name) > 64:
				return refuse("* GenerateContentRequest.tools[%d].function_declarations[%d].name: Invalid function name. Must start with a letter or an underscore.\n", i, j)
			case len(f.Parameters) > 0 && len(f.JSONSchema) > 0:
				return refuse("parameters and parameters_json_schema are mutually exclusive")
			case len(schema) == 0:
				schema = f.JSONSchema
			}
			if name := schemaExtra(f.Parameters); name != "" {
				return refuse("Invalid JSON payload received. Unknown name \"%s\" at 'tools[%d].function_declarations[%d].parameters': Cannot find field.", name, i, j)
			}
			list = append(list, function{f.Name, schema})
		}
	}
	choice := ""
	if b.ToolConfig != nil && b.ToolConfig.Calling != nil {
		c := b.ToolConfig.Calling
		switch c.Mode {
		case "", "MODE_UNSPECIFIED", "AUTO", "VALIDATED":
		case "NONE":
			choice = "none"
		case "ANY":
			if len(list) == 0 {
				return refuse("Function calling config is set without function_declarations.")
			}
			if choice = "required"; len(c.Allowed) > 0 {
				choice = "=" + c.Allowed[0]
			}
		default:
			return refuse("Invalid value at 'tool_config.function_calling_config.mode' (%q)", c.Mode)
		}
		if len(c.Allowed) > 0 && c.Mode != "ANY" && c.Mode != "VALIDATED" {
			return refuse("allowed_function_names should only be set when function calling mode is ANY.")
		}
		for _, name := range c.Allowed {
			if !slices.ContainsFunc(list, func(f function) bool { return f.Name == name }) {
				return refuse("tool_config.function_calling_config.allowed_function_names: %s is not declared", name)
			}
		}
	}
	return q.offer(list, choice)
}

// schemaWords are the members of Gemini's own form of a schema (ai.google.dev/api/caching#Schema).
var schemaWords = []string{"type", "format", "title", "description", "nullable", "enum", "maxItems", "minItems", "properties", "required",
	"minProperties", "maxProperties", "minLength", "maxLength", "pattern", "example", "anyOf", "propertyOrdering", "default", "items", "minimum", "maximum"}

// schemaExtra is a member that Gemini's form of a schema has not; empty if there is none.
func schemaExtra(raw json.RawMessage) string {
	var members map[string]json.RawMessage
	if len(raw) == 0 || json.Unmarshal(raw, &members) != nil {
		return ""
	}
	var inside []json.RawMessage
	for name, value := range members {
		switch name {
		case "properties":
			var all map[string]json.RawMessage
			_ = json.Unmarshal(value, &all) // what is no object has no members
			for _, v := range all {
				inside = append(inside, v)
			}
		case "items":
			inside = append(inside, value)
		case "anyOf":
			var all []json.RawMessage
			_ = json.Unmarshal(value, &all) // the same
			inside = append(inside, all...)
		}
		if !slices.Contains(schemaWords, name) {
			return name
		}
	}
	for _, v := range inside {
		if name := schemaExtra(v); name != "" {
			return name
		}
	}
	return ""
}
