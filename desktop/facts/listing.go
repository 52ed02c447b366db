package facts

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// maxListing is the most bytes that a list of prices may have.
const maxListing = 32 << 20

// ReadListing reads what a list of prices says of the providers in the catalog. It knows
// two shapes: api.json of models.dev (https://models.dev/api.json) and LiteLLM's
// model_prices_and_context_window.json. The error names the place in the file.
func (c *Catalog) ReadListing(text []byte) (Listing, error) {
	if len(text) > maxListing {
		return Listing{}, errors.New("larger than 32 MiB: that is not a list of prices")
	}
	var top map[string]json.RawMessage
	if err := json.Unmarshal(text, &top); err != nil {
		return Listing{}, placed(text, err)
	}
	var l Listing
	var err error
	switch {
	case shaped(top, "models"):
		l, err = c.readModelsDev(top)
	case shaped(top, "litellm_provider"):
		l, err = c.readLiteLLM(top)
	default:
		return Listing{}, errors.New(`neither models.dev's api.json (providers with "models") nor LiteLLM's prices (models with "litellm_provider")`)
	}
	if err == nil && len(l.Endpoints) == 0 {
		err = errors.New("it names no model of a provider in the catalog")
	}
	slices.SortFunc(l.Endpoints, func(a, b Endpoint) int {
		return strings.Compare(a.Provider+" "+a.Name, b.Provider+" "+b.Name)
	})
	l.Endpoints = slices.CompactFunc(l.Endpoints, func(a, b Endpoint) bool { return a.Provider == b.Provider && a.Name == b.Name })
	return l, err
}

// placed is a JSON error with the line and column where it is.
func placed(text []byte, err error) error {
	offset := int64(-1)
	if e, ok := errors.AsType[*json.SyntaxError](err); ok {
		offset = e.Offset
	} else if e, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
		offset, err = e.Offset, errors.New("expected an object of objects")
	}
	if offset < 0 || offset > int64(len(text)) {
		return err
	}
	before := text[:max(0, offset-1)]
	return fmt.Errorf("%d:%d: %w", bytes.Count(before, []byte("\n"))+1, len(before)-bytes.LastIndexByte(before, '\n'), err)
}

// shaped reports whether some member of top has a member of that name.
func shaped(top map[string]json.RawMessage, name string) bool {
	for _, raw := range top {
		var v map[string]json.RawMessage
		if json.Unmarshal(raw, &v) == nil && v[name] != nil {
			return true
		}
	}
	return false
}

// decode reads a member's value into to; the error names it by path.
func decode(raw json.RawMessage, to any, path string) error {
	err := json.Unmarshal(raw, to)
	if e, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
		if e.Field != "" {
			path += "." + e.Field
		}
		return fmt.Errorf("%s: expected %s, found %s", path, kindOf(e), e.Value)
	}
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return nil
}

func kindOf(e *json.UnmarshalTypeError) string {
	switch name := e.Type.Kind().String(); name {
	case "bool":
		return "true or false"
	case "slice":
		return "a list"
	case "struct", "map":
		return "an object"
	case "string":
		return "a string"
	}
	return "a number"
}

// modelsDev is a model in api.json, as far as it is used.
type modelsDev struct {
	Reasoning   bool            `json:"reasoning"`
	Temperature *bool           `json:"temperature"`
	ToolCall    json.RawMessage `json:"tool_call"`
	Structured  *bool           `json:"structured_output"`
	Modalities  struct {
		Input  []string `json:"input"`
		Output []string `json:"output"`
	} `json:"modalities"`
	Status string                     `json:"status"`
	Cost   map[string]json.RawMessage `json:"cost"`
	Limit  struct {
		Context int64 `json:"context"`
		Output  int64 `json:"output"`
	} `json:"limit"`
}

func (c *Catalog) readModelsDev(top map[string]json.RawMessage) (Listing, error) {
	l := Listing{Source: "models.dev", Whole: true}
	for _, id := range slices.Sorted(maps.Keys(top)) {
		p, known := c.Provider(id)
		if !known {
			continue
		}
		var provider struct {
			Models map[string]json.RawMessage `json:"models"`
		}
		if err := decode(top[id], &provider, id); err != nil {
			return l, err
		}
		if len(provider.Models) > 0 {
			l.Providers = append(l.Providers, p.Name)
		}
		for _, name := range slices.Sorted(maps.Keys(provider.Models)) {
			path := id + ".models." + name
			var m modelsDev
			if err := decode(provider.Models[name], &m, path); err != nil {
				return l, err
			}
			e, fits, err := m.endpoint(path)
			if err != nil {
				return l, err
			}
			_, before := c.Lookup(p.Name, name)
			if !fits || !fileable(name) || m.Status == "deprecated" && !before {
				l.Skipped++
				continue
			}
			e.Provider, e.Name = p.Name, name
			l.Endpoints = append(l.Endpoints, e)
		}
	}
	return l, nil
}

// endpoint is a model if it is a chat in text.
func (m *modelsDev) endpoint(path string) (e Endpoint, fits bool, err error) {
	if !slices.Contains(m.Modalities.Input, "text") || !slices.Contains(m.Modalities.Output, "text") {
		return e, false, nil
	}
	if e.Context, e.MaxOutput, err = limits(path+".limit", m.Limit.Context, m.Limit.Output); err != nil {
		return e, false, err
	}
	no := func(b *bool) bool { return b != nil && !*b }
	e.Lacks = lacks(m.Modalities.Input, abilities{noTools: string(m.ToolCall) == "false", noSchema: no(m.Structured), noTemperature: no(m.Temperature), noReasoning: !m.Reasoning})
	p, err := m.listed(path + ".cost")
	if err != nil {
		return e, false, err
	}
	return e, true, e.price(p, path+".cost")
}

// liteLLM is a model in model_prices_and_context_window.json, as far as it is used.
type liteLLM struct {
	Provider   string   `json:"litellm_provider"`
	Mode       string   `json:"mode"`
	Input      *float64 `json:"input_cost_per_token"`
	Output     *float64 `json:"output_cost_per_token"`
	CacheRead  *float64 `json:"cache_read_input_token_cost"`
	CacheWrite *float64 `json:"cache_creation_input_token_cost"`
	WriteHour  *float64 `json:"cache_creation_input_token_cost_above_1hr"`
	Reasoning  *float64 `json:"output_cost_per_reasoning_token"`
	MaxInput   float64  `json:"max_input_tokens"`
	MaxOutput  float64  `json:"max_output_tokens"`
	Vision     bool     `json:"supports_vision"`
	Audio      bool     `json:"supports_audio_input"`
	PDF        bool     `json:"supports_pdf_input"`
	Tools      *bool    `json:"supports_function_calling"`
	Schema     *bool    `json:"supports_response_schema"`
	Reasons    bool     `json:"supports_reasoning"`
}

func (c *Catalog) readLiteLLM(top map[string]json.RawMessage) (Listing, error) {
	l := Listing{Source: "litellm"}
	for _, key := range slices.Sorted(maps.Keys(top)) {
		var of struct {
			Provider string `json:"litellm_provider"`
		}
		if json.Unmarshal(top[key], &of) != nil || key == "sample_spec" {
			continue
		}
		p, known := c.Provider(of.Provider)
		if !known {
			continue
		}
		var m liteLLM
		if err := decode(top[key], &m, key); err != nil {
			return l, err
		}
		name := key
		if first, rest, ok := strings.Cut(key, "/"); ok && (first == of.Provider || strings.HasPrefix(of.Provider, first+"-")) {
			name = rest
		}
		if m.Mode != "chat" || !fileable(name) {
			l.Skipped++
			continue
		}
		e, err := m.endpoint(key, top[key])
		if err != nil {
			return l, err
		}
		e.Provider, e.Name = p.Name, name
		l.Endpoints = append(l.Endpoints, e)
	}
	return l, nil
}

func (m *liteLLM) endpoint(path string, raw json.RawMessage) (e Endpoint, err error) {
	// max_input_tokens counts the input alone: as the whole it is on the safe side.
	if e.Context, e.MaxOutput, err = limits(path, int64(m.MaxInput), int64(m.MaxOutput)); err != nil {
		return e, err
	}
	modalities := []string{"text"}
	for _, has := range [...]struct {
		it   bool
		name string
	}{{m.Vision, "image"}, {m.Audio, "audio"}, {m.PDF, "pdf"}} {
		if has.it {
			modalities = append(modalities, has.name)
		}
	}
	no := func(b *bool) bool { return b != nil && !*b }
	e.Lacks = lacks(modalities, abilities{noTools: no(m.Tools), noSchema: no(m.Schema), noReasoning: !m.Reasons})
	p, err := m.listed(path, raw)
	if err != nil {
		return e, err
	}
	return e, e.price(p, path)
}

func limits(path string, context, output int64) (int64, int64, error) {
	if context < 0 || output < 0 || context > maxTokens || output > maxTokens {
		return 0, 0, fmt.Errorf("%s: a number of tokens is out of range", path)
	}
	return context, output, nil
}

// fileable reports whether a name can stand in a catalog, and its model's id in a
// configuration.
func fileable(name string) bool {
	bad := func(r rune) bool {
		return !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("-_./:@+", r))
	}
	return len(name) <= 200 && name != "" && !strings.ContainsFunc(name, bad) && !strings.Contains("/"+name+"/", "//")
}
