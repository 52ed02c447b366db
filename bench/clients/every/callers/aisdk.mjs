// The AI SDK with its providers.
import { KEY, PIXEL, REPORT, TOOLS, looping } from '../talk.mjs'

/** how each provider is made, and what it is told where a model is to think. */
const providers = [
  {
    package: '@ai-sdk/openai', name: '@ai-sdk/openai chat', schema: 'openai', words: { stop: 'stop', tools: 'tool-calls', length: 'length' },
    make: (m, url) => (model) => m.createOpenAI({ baseURL: `${url}/v1`, apiKey: KEY }).chat(model),
  },
  {
    package: '@ai-sdk/openai', name: '@ai-sdk/openai responses', schema: 'openai-responses', think: true,
    make: (m, url) => (model) => m.createOpenAI({ baseURL: `${url}/v1`, apiKey: KEY }).responses(model),
    options: { openai: { store: false } }, // what is stored there is referred to, and no other provider has it
    thinking: { openai: { forceReasoning: true, reasoningEffort: 'low', reasoningSummary: 'auto', store: false, include: ['reasoning.encrypted_content'] } },
  },
  {
    package: '@ai-sdk/anthropic', schema: 'anthropic', think: true, byTool: true,
    make: (m, url) => m.createAnthropic({ baseURL: `${url}/v1`, apiKey: KEY }),
    thinking: { anthropic: { thinking: { type: 'enabled', budgetTokens: 2048 } } },
  },
  {
    package: '@ai-sdk/google', schema: 'gemini', think: true,
    make: (m, url) => m.createGoogleGenerativeAI({ baseURL: `${url}/v1beta`, apiKey: KEY }),
    thinking: { google: { thinkingConfig: { includeThoughts: true } } },
  },
  {
    package: '@ai-sdk/openai-compatible', schema: 'openai', think: true, wordless: true,
    make: (m, url) => m.createOpenAICompatible({ name: 'strowger', baseURL: `${url}/v1`, apiKey: KEY, includeUsage: true, supportsStructuredOutputs: true }),
    thinking: { strowger: { reasoningEffort: 'low' } },
  },
]

const errors = { 401: /^AI_APICallError$/, 429: /^AI_APICallError$/, 500: /^AI_APICallError$/ }

export const aisdk = providers.map(({ package: name, make, options, thinking, ...caller }) => ({
  name, words: { stop: 'stop', tools: 'tool-calls', length: 'length' }, errors, format: true, ...caller, package: [name, 'ai'],
  load: (m, ai) => looping({
    begin: ({ text, picture }) => [{ role: 'user', content: picture ? [{ type: 'text', text }, { type: 'image', image: PIXEL, mediaType: 'image/png' }] : text }],
    ask: (url, messages, o) => ask(ai, make(m, url), messages, { ...o, providerOptions: o.think ? thinking : options }),
    results: (messages, list) => messages.push({
      role: 'tool', content: list.map((r) => ({ type: 'tool-result', toolCallId: r.id, toolName: r.name, output: { type: 'text', value: r.content } })),
    }),
  }),
}))

async function ask(ai, provider, messages, { model, system, stream, tools, format, providerOptions }) {
  const params = {
    model: provider(model), system, messages, maxRetries: 0, maxOutputTokens: 4096,
    ...(tools && { tools: Object.fromEntries(TOOLS.map((t) => [t.name, ai.tool({ description: t.description, inputSchema: ai.jsonSchema(t.parameters) })])) }),
    ...(format && { output: ai.Output.object({ schema: ai.jsonSchema(REPORT) }) }),
    providerOptions,
  }
  const got = stream ? await streamed(ai, params) : await ai.generateText(params)
  messages.push(...(await got.response).messages)
  const usage = await got.usage
  return {
    text: await got.text, thoughts: (await got.reasoningText) ?? '',
    calls: (await got.toolCalls).map((c) => ({ id: c.toolCallId, name: c.toolName, args: c.input })),
    finish: await got.finishReason, model: (await got.response).modelId,
    usage: { input: usage.inputTokens, output: usage.outputTokens },
    ...(format && { made: await got.output }),
  }
}

async function streamed(ai, params) {
  const result = ai.streamText({ ...params, onError: () => {} })
  let text = ''
  for await (const part of result.fullStream) {
    if (part.type === 'error') throw part.error
    if (part.type === 'text-delta') text += part.text
    if (part.type === 'tool-call' && part.invalid) throw new Error(`the call ${part.input} is invalid`)
  }
  if (text !== (await result.text)) throw new Error(`pieces are ${JSON.stringify(text)}, the text is ${JSON.stringify(await result.text)}`)
  return result
}
