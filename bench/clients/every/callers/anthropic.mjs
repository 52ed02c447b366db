// Anthropic's SDK for JavaScript.
import { KEY, PIXEL, REPORT, TOOLS, inOrder, looping } from '../talk.mjs'

export const anthropic = {
  name: '@anthropic-ai/sdk', package: '@anthropic-ai/sdk', schema: 'anthropic', words: { stop: 'end_turn', tools: 'tool_use', length: 'max_tokens' }, format: true, think: true,
  errors: { 401: /^AuthenticationError$/, 429: /^RateLimitError$/, 500: /^InternalServerError$/ },
  load: ({ default: Anthropic }) => looping({
    begin: ({ text, picture }) => [{
      role: 'user', content: picture ? [{ type: 'image', source: { type: 'base64', media_type: 'image/png', data: PIXEL } }, { type: 'text', text }] : text,
    }],
    ask: (url, messages, o) => ask(new Anthropic({ baseURL: url, apiKey: KEY, maxRetries: 0, timeout: 20_000 }), messages, o),
    results: (messages, list) => messages.push({ role: 'user', content: list.map((r) => ({ type: 'tool_result', tool_use_id: r.id, content: r.content })) }),
  }),
}

async function ask(client, messages, { model, system, stream, tools, format, think }) {
  const params = {
    model, messages, system, max_tokens: 4096,
    ...(tools && { tools: TOOLS.map(({ parameters, ...tool }) => ({ ...tool, input_schema: parameters })) }),
    ...(format && { output_config: { format: { type: 'json_schema', schema: REPORT, parse: JSON.parse } } }),
    ...(think && { thinking: { type: 'enabled', budget_tokens: 2048 } }),
  }
  let got
  if (stream) {
    const events = []
    const runner = client.messages.stream(params)
    runner.on('streamEvent', (e) => events.push(e))
    got = await runner.finalMessage()
    inOrder.anthropic(events)
  } else got = await client.messages.parse(params)
  messages.push({ role: 'assistant', content: got.content.map(({ parsed_output: parsed, ...block }) => block) })
  return {
    text: got.content.map((b) => b.text ?? '').join(''), thoughts: got.content.map((b) => b.thinking ?? '').join(''),
    calls: got.content.filter((b) => b.type === 'tool_use').map((b) => ({ id: b.id, name: b.name, args: b.input })),
    finish: got.stop_reason, model: got.model, made: got.parsed_output,
    usage: { input: got.usage?.input_tokens, output: got.usage?.output_tokens },
  }
}
