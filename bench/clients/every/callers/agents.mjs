// OpenAI's Agents SDK: its own loop calls the tools.
import { KEY, PICTURE, REPORT, TOOLS, said } from '../talk.mjs'

const errors = { 401: /^AuthenticationError$/, 429: /^RateLimitError$/, 500: /^InternalServerError$/ }

export const agents = [
  { name: '@openai/agents chat', schema: 'openai', think: true, mute: true, nameless: true, useResponses: false },
  { name: '@openai/agents responses', schema: 'openai-responses', nameless: true, useResponses: true, think: true },
].map(({ useResponses, ...caller }) => ({
  ...caller, package: ['@openai/agents', 'openai'], errors, format: true,
  load: (m, { default: OpenAI }) => (url, o) => {
    m.setTracingDisabled(true)
    const openAIClient = new OpenAI({ baseURL: `${url}/v1`, apiKey: KEY, maxRetries: 0, timeout: 20_000 })
    return talk(m, new m.OpenAIProvider({ openAIClient, useResponses }), { ...o, include: useResponses && ['reasoning.encrypted_content'] })
  },
}))

async function talk(m, modelProvider, { model, text, picture, then, system, stream, tools, format, think, include }) {
  const agent = new m.Agent({
    name: 'parrot', model, instructions: system,
    ...(tools && { tools: TOOLS.map((t) => m.tool({ ...t, strict: true, execute: said })) }),
    ...(format && { outputType: { type: 'json_schema', name: 'report', strict: true, schema: REPORT } }),
    modelSettings: { store: false, ...(think && { reasoning: { effort: 'low', summary: 'auto' }, ...(include && { providerData: { include } }) }) },
  })
  const runner = new m.Runner({ modelProvider, tracingDisabled: true })
  const content = picture ? [{ type: 'input_text', text }, { type: 'input_image', image: PICTURE }] : text
  const first = await run(runner, agent, [{ role: 'user', content }], stream)
  const results = then ? [first, await run(runner, agent, [...first.history, { role: 'user', content: then }], stream)] : [first]
  return results.flatMap((r) => r.rawResponses.map((raw) => account(raw, format && r.finalOutput)))
}

async function run(runner, agent, input, stream) {
  const result = await runner.run(agent, input, { stream })
  if (stream) {
    for await (const event of result) void event
    await result.completed
    if (result.error) throw result.error
  }
  return result
}

function account({ output, usage, providerData }, made) {
  return {
    text: output.filter((i) => i.type === 'message').flatMap((i) => i.content.map((c) => c.text ?? '')).join(''),
    thoughts: output.filter((i) => i.type === 'reasoning').flatMap((i) => [...i.content, ...(i.rawContent ?? [])].map((c) => c.text)).join(''),
    calls: output.filter((i) => i.type === 'function_call').map((c) => ({ id: c.callId, name: c.name, args: JSON.parse(c.arguments) })),
    model: providerData?.model, usage: { input: usage.inputTokens, output: usage.outputTokens }, made,
  }
}
