// OpenRouter's SDK.
import { KEY, PICTURE, REPORT, TOOLS, looping } from '../talk.mjs'

const usage = 'it cannot read usage: null, which the provider says as OpenAI does'

export const openrouter = {
  name: '@openrouter/sdk', package: '@openrouter/sdk', schema: 'openai', words: { stop: 'stop', tools: 'tool_calls', length: 'length' }, format: true, think: true,
  // It reads reasoning, where others write reasoning_content, and no system_fingerprint of null.
  thoughtless: true, lacks: { 'another provider each time': usage }, unfit: { streamed: usage }, indirect: 'aimock has no system_fingerprint',
  // Its errors have numbers for codes; of OpenAI's words it says that they do not fit, and gives the body.
  errors: { 401: /^(Unauthorized|ResponseValidation)/, 429: /^(TooManyRequests|ResponseValidation)/, 500: /^(InternalServer|ResponseValidation)/ },
  load: ({ OpenRouter }) => looping({
    begin: ({ text, picture, system }) => [
      { role: 'system', content: system },
      { role: 'user', content: picture ? [{ type: 'text', text }, { type: 'image_url', imageUrl: { url: PICTURE } }] : text },
    ],
    ask: (url, messages, o) => ask(new OpenRouter({ apiKey: KEY, serverURL: `${url}/api/v1`, retryConfig: { strategy: 'none' }, timeoutMs: 20_000 }), messages, o),
    results: (messages, list) => messages.push(...list.map((r) => ({ role: 'tool', toolCallId: r.id, content: r.content }))),
  }),
}

async function ask(client, messages, { model, stream, tools, format, think }) {
  const chatRequest = {
    model, messages,
    ...(tools && { tools: TOOLS.map((tool) => ({ type: 'function', function: tool })) }),
    ...(format && { responseFormat: { type: 'json_schema', jsonSchema: { name: 'report', strict: true, schema: REPORT } } }),
    ...(think && { reasoning: { effort: 'low' } }),
  }
  const got = stream ? await streamed(client, chatRequest) : await client.chat.send({ chatRequest })
  const { message, finishReason: finish } = got.choices[0]
  messages.push(message)
  return {
    text: message.content ?? '', thoughts: message.reasoning ?? '', finish, model: got.model,
    calls: (message.toolCalls ?? []).map((c) => ({ id: c.id, name: c.function.name, args: JSON.parse(c.function.arguments) })),
    usage: { input: got.usage?.promptTokens, output: got.usage?.completionTokens },
    ...(format && { made: JSON.parse(message.content) }),
  }
}

/** streamed puts the pieces together; the SDK does not. */
async function streamed(client, chatRequest) {
  const message = { role: 'assistant', content: '', reasoning: '', toolCalls: [] }
  const got = { choices: [{ message, finishReason: null }] }
  for await (const chunk of await client.chat.send({ chatRequest: { ...chatRequest, stream: true, streamOptions: { includeUsage: true } } })) {
    if (chunk.error) throw Object.assign(new Error(chunk.error.message), { status: chunk.error.code })
    got.model = chunk.model
    if (chunk.usage) got.usage = chunk.usage
    const [choice] = chunk.choices
    if (!choice) continue
    got.choices[0].finishReason = choice.finishReason ?? got.choices[0].finishReason
    message.content += choice.delta.content ?? ''
    message.reasoning += choice.delta.reasoning ?? ''
    for (const { index, ...c } of choice.delta.toolCalls ?? []) {
      const call = (message.toolCalls[index] ??= { id: c.id, type: 'function', function: { name: c.function.name, arguments: '' } })
      call.function.arguments += c.function?.arguments ?? ''
    }
  }
  if (!message.toolCalls.length) delete message.toolCalls
  if (!message.reasoning) delete message.reasoning
  return got
}
