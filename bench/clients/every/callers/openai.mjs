// OpenAI's SDK for JavaScript: chat and responses.
import { KEY, PICTURE, REPORT, TOOLS, inOrder, looping } from '../talk.mjs'

const errors = { 401: /^AuthenticationError$/, 429: /^RateLimitError$/, 500: /^InternalServerError$/ }

export const openaiChat = {
  name: 'openai chat', package: 'openai', schema: 'openai', words: { stop: 'stop', tools: 'tool_calls', length: 'length' }, errors, format: true, think: true, wordless: true,
  load: ({ default: OpenAI }) => looping({
    begin: ({ text, picture, system }) => [
      { role: 'system', content: system },
      { role: 'user', content: picture ? [{ type: 'text', text }, { type: 'image_url', image_url: { url: PICTURE } }] : text },
    ],
    ask: (url, messages, o) => chat(new OpenAI({ baseURL: `${url}/v1`, apiKey: KEY, maxRetries: 0, timeout: 20_000 }), messages, o),
    results: (messages, list) => messages.push(...list.map((r) => ({ role: 'tool', tool_call_id: r.id, content: r.content }))),
  }),
}

async function chat(client, messages, { model, stream, tools, format, think }) {
  const params = {
    model, messages,
    ...(tools && { tools: TOOLS.map((tool) => ({ type: 'function', function: { ...tool, strict: true } })) }),
    ...(format && { response_format: { type: 'json_schema', json_schema: { name: 'report', strict: true, schema: REPORT } } }),
    ...(think && { reasoning_effort: 'low' }),
  }
  let thoughts = ''
  let got
  if (stream) {
    const runner = client.chat.completions.stream({ ...params, stream_options: { include_usage: true } })
    runner.on('chunk', (chunk) => (thoughts += thought(chunk.choices[0]?.delta)))
    got = await runner.finalChatCompletion()
  } else {
    got = await (format ? client.chat.completions.parse(params) : client.chat.completions.create(params))
    thoughts = thought(got.choices[0].message)
  }
  const { message, finish_reason: finish } = got.choices[0]
  messages.push(message)
  return {
    text: message.content ?? '', thoughts, finish, model: got.model, made: message.parsed ?? (format && JSON.parse(message.content)),
    calls: (message.tool_calls ?? []).map((c) => ({ id: c.id, name: c.function.name, args: JSON.parse(c.function.arguments) })),
    usage: { input: got.usage?.prompt_tokens, output: got.usage?.completion_tokens },
  }
}

const thought = (from) => from?.reasoning ?? from?.reasoning_content ?? ''

export const openaiResponses = {
  name: 'openai responses', package: 'openai', schema: 'openai-responses', words: { stop: 'completed', tools: 'completed', length: 'incomplete' }, errors, format: true, think: true,
  load: ({ default: OpenAI }) => looping({
    begin: ({ text, picture, system }) => [
      { role: 'developer', content: system },
      { role: 'user', content: picture ? [{ type: 'input_text', text }, { type: 'input_image', image_url: PICTURE, detail: 'auto' }] : text },
    ],
    ask: (url, input, o) => respond(new OpenAI({ baseURL: `${url}/v1`, apiKey: KEY, maxRetries: 0, timeout: 20_000 }), input, o),
    results: (input, list) => input.push(...list.map((r) => ({ type: 'function_call_output', call_id: r.id, output: r.content }))),
  }),
}

async function respond(client, input, { model, stream, strict, tools, format, think }) {
  const params = {
    model, input, store: false,
    ...(tools && { tools: TOOLS.map((tool) => ({ type: 'function', ...tool, strict: true })) }),
    ...(format && { text: { format: { type: 'json_schema', name: 'report', strict: true, schema: REPORT } } }),
    ...(think && { reasoning: { effort: 'low', summary: 'auto' }, include: ['reasoning.encrypted_content'] }),
  }
  let got
  if (stream) {
    const events = []
    const runner = client.responses.stream(params)
    runner.on('event', (e) => events.push(e))
    got = await runner.finalResponse()
    if (strict) inOrder.responses(events)
    const said = events.filter((e) => e.type === 'response.output_text.delta').map((e) => e.delta).join('')
    if (said !== got.output_text) throw new Error(`pieces are ${JSON.stringify(said)}, the text is ${JSON.stringify(got.output_text)}`)
  } else got = await client.responses.parse(params)
  // What the SDK parsed stands beside what was said, and is nothing that the API takes back.
  input.push(...got.output.map(({ parsed_arguments: parsed, ...item }) => (item.type === 'message' ? { ...item, content: item.content.map(({ parsed: p, ...part }) => part) } : item)))
  return {
    text: got.output_text, finish: got.status, model: got.model, made: got.output_parsed ?? (format && JSON.parse(got.output_text)),
    thoughts: got.output.filter((i) => i.type === 'reasoning').flatMap((i) => i.summary.map((s) => s.text)).join(''),
    calls: got.output.filter((i) => i.type === 'function_call').map((c) => ({ id: c.call_id, name: c.name, args: JSON.parse(c.arguments) })),
    usage: { input: got.usage?.input_tokens, output: got.usage?.output_tokens },
  }
}
