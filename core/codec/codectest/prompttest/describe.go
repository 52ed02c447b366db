// Package prompttest shows and compares requests in the neutral form.
package prompttest

import (
	"fmt"
	"strings"

	"strowger/core/llm"
)

// Describe is a prompt on one line, with all that it holds; what is not said is left out.
//
//	user["hi" image(image/png 12)] assistant[call(c1 f {"a":1})] tools[f{…}] temperature=0.5 fields=tools,temperature
func Describe(p *llm.Prompt) string {
	var b strings.Builder
	for i := range p.Messages {
		m := &p.Messages[i]
		b.WriteString([...]string{"none", "system", "user", "assistant"}[m.Role])
		if len(m.Name) > 0 {
			b.WriteString("(" + string(m.Name) + ")")
		}
		b.WriteString(describeParts(m.Parts) + " ")
	}
	describeTools(&b, p)
	describeSampling(&b, p)
	describeRest(&b, p)
	if !p.Fields.Empty() {
		b.WriteString("fields=" + strings.Join(p.Fields.Names(), ",") + " ")
	}
	if len(p.Unknown) > 0 {
		b.WriteString("unknown=" + strings.Join(p.Unknown, ",") + " ")
	}
	return strings.TrimSuffix(b.String(), " ")
}

func describeParts(parts []llm.Part) string {
	all := make([]string, len(parts))
	for i := range parts {
		all[i] = describePart(&parts[i])
	}
	return "[" + strings.Join(all, " ") + "]"
}

var partNames = [...]string{"none", "text", "image", "audio", "video", "file", "call", "result", "thought", "refusal"}

func describePart(p *llm.Part) string {
	if p.Kind == llm.PartText && len(p.Cache) == 0 && len(p.Signature) == 0 {
		return `"` + string(p.Text) + `"`
	}
	var words []string
	word := func(on bool, format string, a ...any) {
		if on {
			words = append(words, fmt.Sprintf(format, a...))
		}
	}
	word(len(p.ID) > 0, "%s", p.ID)
	word(len(p.Name) > 0, "%s", p.Name)
	word(p.Text != nil, `"%s"`, p.Text)
	word(len(p.JSON) > 0, "%s", p.JSON)
	word(p.Media != "", "%s", p.Media)
	word(len(p.Data) > 0, "data:%s", p.Data)
	word(len(p.URL) > 0, "url:%s", p.URL)
	word(p.Detail != "", "detail:%s", p.Detail)
	word(p.Kind == llm.PartResult, "%s", describeParts(p.Parts))
	word(p.Failed, "failed")
	word(p.Redacted, "redacted")
	word(len(p.Signature) > 0, "signed:%s", p.Signature)
	word(p.Origin != llm.SchemaNone, "of:%s", p.Origin)
	word(len(p.Cache) > 0, "cache:%s", p.Cache)
	return partNames[p.Kind] + "(" + strings.Join(words, " ") + ")"
}

func describeTools(b *strings.Builder, p *llm.Prompt) {
	if len(p.Tools) > 0 {
		all := make([]string, len(p.Tools))
		for i, t := range p.Tools {
			all[i] = string(t.Name)
			if len(t.Description) > 0 {
				all[i] += ` "` + string(t.Description) + `"`
			}
			all[i] += string(t.Schema)
			if t.Strict {
				all[i] += " strict"
			}
			if len(t.Cache) > 0 {
				all[i] += " cache:" + string(t.Cache)
			}
		}
		b.WriteString("tools[" + strings.Join(all, "; ") + "] ")
	}
	if c := p.Choice; c.Mode != llm.ChoiceUnset || len(c.Names) > 0 {
		b.WriteString("choice=" + [...]string{"unset", "auto", "none", "required"}[c.Mode])
		for _, n := range c.Names {
			b.WriteString("," + string(n))
		}
		b.WriteString(" ")
	}
	if p.OneTool {
		b.WriteString("one_tool ")
	}
}

// values writes what there is of names and values.
func values(b *strings.Builder, pairs ...string) {
	for i := 0; i < len(pairs); i += 2 {
		if pairs[i+1] != "" {
			b.WriteString(pairs[i] + "=" + pairs[i+1] + " ")
		}
	}
}

func describeSampling(b *strings.Builder, p *llm.Prompt) {
	values(b,
		"temperature", string(p.Temperature), "top_p", string(p.TopP), "top_k", string(p.TopK), "min_p", string(p.MinP),
		"seed", string(p.Seed), "frequency_penalty", string(p.FrequencyPenalty), "presence_penalty", string(p.PresencePenalty),
		"repetition_penalty", string(p.RepetitionPenalty), "top_logprobs", string(p.TopLogprobs), "logit_bias", string(p.LogitBias),
		"dimensions", string(p.Dimensions))
	if p.MaxOutput != 0 {
		fmt.Fprintf(b, "max=%d ", p.MaxOutput)
	}
	for _, s := range p.Stop {
		fmt.Fprintf(b, `stop="%s" `, s)
	}
	if p.Logprobs {
		b.WriteString("logprobs ")
	}
}

func describeRest(b *strings.Builder, p *llm.Prompt) {
	if f := p.Format; f.Kind != llm.FormatText {
		b.WriteString("format=" + [...]string{"text", "object", "schema"}[f.Kind] + "(")
		values(b, "name", string(f.Name), "description", string(f.Description), "schema", string(f.Schema))
		if f.Strict {
			b.WriteString("strict")
		}
		b.WriteString(") ")
	}
	if r := p.Reasoning; r != (llm.Reasoning{}) {
		b.WriteString("reasoning(" + r.Effort.String())
		if r.Budget != 0 {
			fmt.Fprintf(b, " budget:%d", r.Budget)
		}
		if r.Auto {
			b.WriteString(" auto")
		}
		if r.Show {
			b.WriteString(" shown")
		}
		b.WriteString(") ")
	}
	values(b,
		"user", string(p.User), "metadata", string(p.Metadata), "cache_key", string(p.CacheKey), "tier", p.Tier,
		"verbosity", p.Verbosity, "store", string(p.Store), "task", p.TaskType)
	if len(p.Inputs) > 0 {
		b.WriteString("inputs[")
		for i, s := range p.Inputs {
			if i > 0 {
				b.WriteString(" ")
			}
			b.WriteString(`"` + string(s) + `"`)
		}
		b.WriteString("] ")
	}
}
