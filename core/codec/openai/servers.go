package openai

import (
	"strings"

	"strowger/core/codec"
)

// trait is something that a server of the schema wants otherwise than others.
type trait uint16

const (
	completionLimit trait = 1 << iota // max_completion_tokens: OpenAI's reasoning models refuse max_tokens
	allowedTools                      // takes tool_choice of the type allowed_tools
	noStreamOptions                   // refuses stream_options, and gives usage unasked
	shortIDs                          // ids of tool calls are nine letters and digits
	prefixed                          // the beginning of an answer is marked with prefix: true
	needsParameters                   // a function without parameters is refused
	wantsThoughts                     // reasoning_content has to come back with the tool calls that it led to
	marksCache                        // takes cache_control
	namedModels                       // its models are OpenAI's, and what they take is known by their names
	details                           // takes and gives reasoning_details, and files by their address
	documents                         // has documents as document_url
	lowToHigh                         // knows no effort below low or above high
)

// style is how a server is told how much to reason.
type style uint8

const (
	styleEffort   style = iota // reasoning_effort
	styleObject                // reasoning: {effort, max_tokens, exclude, enabled}
	styleSwitch                // thinking: {type}
	styleThinking              // the same, and reasoning_effort
	styleEnable                // enable_thinking and thinking_budget
	styleNone                  // it cannot be told
)

// openAI is what OpenAI's own servers have in common, and Azure's.
const openAI = completionLimit | allowedTools | namedModels

// server is what is known of one, by the end of its host's name and, if there is one, a part
// of the path.
type server struct {
	host   string
	path   string
	traits trait
	style  style
	// refuses are the names, each between spaces, of what it answers with an error.
	refuses string
	// plain are how the names of its models begin that do not reason, and may not be told how
	// much.
	plain []string
}

// What OpenAI's own API refuses as unknown.
const beyondOpenAI = " top_k min_p repetition_penalty "

// What OpenAI's API has, and stricter servers refuse.
const onlyOpenAI = " store metadata service_tier prompt_cache_key verbosity "

// servers are the servers that want to be told otherwise. The others, known or not, get
// OpenAI's own names, and max_tokens.
//
//   - OpenAI, Azure: platform.openai.com/docs/api-reference/chat/create (max_tokens is
//     deprecated), learn.microsoft.com/azure/ai-foundry/openai/reference
//   - OpenRouter: openrouter.ai/docs/api-reference/overview, …/use-cases/reasoning-tokens
//   - Mistral: docs.mistral.ai/api (members it does not know are refused; random_seed)
//   - DeepSeek: api-docs.deepseek.com/guides/thinking_mode, …/guides/chat_prefix_completion
//   - Moonshot: platform.moonshot.ai/docs/guide/use-kimi-k2-thinking-model
//   - Z.ai: docs.z.ai/guides/capabilities/thinking-mode
//   - Qwen: alibabacloud.com/help/en/model-studio/deep-thinking
//   - Groq: console.groq.com/docs/openai (Currently Unsupported OpenAI Features)
//   - Cerebras: inference-docs.cerebras.ai/resources/openai
//   - Gemini: ai.google.dev/gemini-api/docs/openai
//   - Cohere: docs.cohere.com/docs/compatibility-api (unsupported parameters)
//   - xAI: docs.x.ai/docs/api-reference
var servers = [...]server{
	{host: "api.openai.com", traits: openAI, refuses: beyondOpenAI},
	{host: "openai.azure.com", traits: openAI, refuses: beyondOpenAI},
	{host: "cognitiveservices.azure.com", traits: openAI, refuses: beyondOpenAI},
	{host: "services.ai.azure.com", path: "/openai/", traits: openAI, refuses: beyondOpenAI},
	{host: "services.ai.azure.com", refuses: beyondOpenAI, plain: []string{"gpt-4"}},
	{host: "openrouter.ai", traits: marksCache | details, style: styleObject},
	{host: "mistral.ai", traits: noStreamOptions | shortIDs | prefixed | needsParameters | documents | lowToHigh, style: styleNone,
		refuses: onlyOpenAI + beyondOpenAI + "seed logprobs logit_bias user name refusal strict "},
	{host: "api.deepseek.com", traits: prefixed | wantsThoughts | lowToHigh, style: styleThinking},
	{host: "moonshot.ai", traits: wantsThoughts | lowToHigh, style: styleSwitch},
	{host: "moonshot.cn", traits: wantsThoughts | lowToHigh, style: styleSwitch},
	{host: "z.ai", traits: wantsThoughts | lowToHigh, style: styleSwitch},
	{host: "bigmodel.cn", traits: wantsThoughts | lowToHigh, style: styleSwitch},
	{host: "aliyuncs.com", style: styleEnable},
	{host: "siliconflow.cn", style: styleEnable},
	{host: "siliconflow.com", style: styleEnable},
	{host: "api.groq.com", traits: completionLimit | lowToHigh, refuses: beyondOpenAI + " logit_bias name metadata store verbosity prompt_cache_key ",
		plain: []string{"llama", "meta-llama", "moonshotai", "qwen", "groq"}},
	{host: "api.cerebras.ai", traits: completionLimit | lowToHigh, refuses: beyondOpenAI + onlyOpenAI + "frequency_penalty presence_penalty logit_bias ",
		plain: []string{"llama", "qwen"}},
	{host: "generativelanguage.googleapis.com", traits: lowToHigh, refuses: beyondOpenAI + onlyOpenAI + "logit_bias user strict parallel_tool_calls ",
		plain: []string{"gemini-1", "gemini-2.0", "gemma"}},
	{host: "api.cohere.ai", traits: lowToHigh, refuses: beyondOpenAI + onlyOpenAI + "logit_bias user parallel_tool_calls n "},
	{host: "api.x.ai", traits: lowToHigh, refuses: " logit_bias ", plain: []string{"grok-2", "grok-4", "grok-code"}},
	{host: "perplexity.ai", traits: lowToHigh, refuses: onlyOpenAI + "logit_bias "},
	{host: "snowflakecomputing.com", traits: completionLimit | lowToHigh},
}

// otherServer is one of which nothing is known.
var otherServer server

// serverAt is the server of a base URL.
func serverAt(baseURL string) *server {
	host := codec.HostOf(baseURL)
	for i := range servers {
		s := &servers[i]
		from := len(host) - len(s.host)
		if from >= 0 && host[from:] == s.host && (from == 0 || host[from-1] == '.') && strings.Contains(baseURL, s.path) {
			return s
		}
	}
	return &otherServer
}

// is reports whether the server has a trait.
//
//go:noinline
func (s *server) is(t trait) bool { return s.traits&t != 0 }

// takes reports whether the server knows a member of that name.
func (s *server) takes(name string) bool {
	at := strings.Index(s.refuses, name)
	for at > 0 {
		end := at + len(name)
		if s.refuses[at-1] == ' ' && s.refuses[end] == ' ' {
			return false
		}
		next := strings.Index(s.refuses[end:], name)
		if next < 0 {
			break
		}
		at = end + next
	}
	return true
}

// thinks reports whether a model may be told how much to reason.
func (s *server) thinks(model string) bool {
	for _, name := range s.plain {
		if strings.HasPrefix(model, name) {
			return false
		}
	}
	return true
}

// azureVersion is the version of Azure's API for deployments that is asked for where the base
// URL names none: the last that is generally available
// (learn.microsoft.com/azure/ai-foundry/openai/api-version-lifecycle).
const azureVersion = "api-version=2024-10-21"

// query is the version that Azure's deployments have to be told where the base URL does not
// say it; /openai/v1 does without.
func query(baseURL string) string {
	base, own, _ := strings.Cut(baseURL, "?")
	if own == "" && strings.Contains(base, ".azure.com/openai/deployments/") {
		return "?" + azureVersion
	}
	return ""
}
