// The official npm SDK as a caller: what it parses, accumulates and throws.
import assert from 'node:assert/strict'
import { after, before, beforeEach, test } from 'node:test'
import OpenAI from 'openai'
import { start } from './rig.mjs'

let rig
before(async () => { rig = await start() })
after(() => rig?.stop())
beforeEach(() => {
  for (const mock of [rig.north, rig.south]) {
    mock.clearFixtures()
    mock.clearRequests()
    mock.clearChaos()
  }
})

const ask = (content, more = {}) => ({ model: 'openai/gpt-4o', messages: [{ role: 'user', content }], ...more })
const both = (pattern, answer) => { rig.north.onMessage(pattern, answer); rig.south.onMessage(pattern, answer) }

test('a plain answer names the model and its headers say how it came about', async () => {
  both('hello', { content: 'Hi there!' })
  const { data, response } = await rig.client.chat.completions.create(ask('hello')).withResponse()
  assert.equal(data.choices[0].message.content, 'Hi there!')
  assert.equal(data.model, 'openai/gpt-4o')
  assert.equal(response.headers.get('x-strowger-provider'), 'north')
  assert.equal(response.headers.get('x-strowger-model'), 'openai/gpt-4o')
  assert.equal(response.headers.get('x-strowger-attempts'), '1')
  assert.match(response.headers.get('x-strowger-decision'), /^[0-9a-f]{8}-[0-9a-f]{4}-7/)
  assert.match(response.headers.get('x-strowger-cost'), /^0\.\d+$/)
  assert.equal(rig.north.getLastRequest().body.model, 'gpt-4o')
})

test('a stream comes in pieces, with usage only for those who ask', async () => {
  both('count', { content: 'one two three four five six seven eight nine ten' })
  for (const asked of [false, true]) {
    const stream = await rig.client.chat.completions.create(
      ask('count', { stream: true, ...(asked && { stream_options: { include_usage: true } }) }))
    let text = '', usage = 0, finish = [], pieces = 0
    for await (const chunk of stream) {
      assert.equal(chunk.model, 'openai/gpt-4o')
      pieces++
      text += chunk.choices[0]?.delta?.content ?? ''
      if (chunk.choices[0]?.finish_reason) finish.push(chunk.choices[0].finish_reason)
      if (chunk.usage) usage++
    }
    assert.equal(text, 'one two three four five six seven eight nine ten')
    assert.deepEqual(finish, ['stop'])
    assert.ok(pieces > 2, `${pieces} pieces`)
    assert.equal(usage, asked ? 1 : 0)
    assert.equal(rig.north.getLastRequest().body.stream_options.include_usage, true)
  }
})

const tools = [{
  type: 'function',
  function: { name: 'weather', parameters: { type: 'object', properties: { city: { type: 'string' } } } },
}]

test('a tool loop of two turns, whole and streamed', async () => {
  for (const mock of [rig.north, rig.south]) {
    mock.on({ userMessage: 'weather', hasToolResult: false }, { toolCalls: [{ name: 'weather', arguments: '{"city":"Paris"}' }] })
    mock.on({ userMessage: 'weather', hasToolResult: true }, { content: 'It rains in Paris.' })
  }
  const first = await rig.client.chat.completions.create(ask('weather?', { tools }))
  const call = first.choices[0].message.tool_calls[0]
  assert.equal(first.choices[0].finish_reason, 'tool_calls')
  assert.deepEqual(JSON.parse(call.function.arguments), { city: 'Paris' })

  const streamed = await rig.client.chat.completions.stream(ask('weather?', { tools })).finalChatCompletion()
  assert.deepEqual(JSON.parse(streamed.choices[0].message.tool_calls[0].function.arguments), { city: 'Paris' })

  const second = await rig.client.chat.completions.create({
    model: 'openai/gpt-4o', tools,
    messages: [
      { role: 'user', content: 'weather?' }, first.choices[0].message,
      { role: 'tool', tool_call_id: call.id, content: '{"rain":true}' },
    ],
  })
  assert.equal(second.choices[0].message.content, 'It rains in Paris.')
})

test('a failing provider is not seen: the next one answers', async () => {
  both('hello', { content: 'Hi there!' })
  for (const stream of [false, true]) {
    rig.north.nextRequestError(503, { message: 'down for a moment' })
    const { data, response } = await rig.client.chat.completions.create(ask('hello', { stream })).withResponse()
    let text = ''
    if (stream) for await (const chunk of data) text += chunk.choices[0]?.delta?.content ?? ''
    else text = data.choices[0].message.content
    assert.equal(text, 'Hi there!')
    assert.equal(response.headers.get('x-strowger-provider'), 'south')
    assert.equal(response.headers.get('x-strowger-attempts'), '2')
    assert.equal(rig.south.getLastRequest().body.model, 'gpt-4o-south')
  }
})

test("the caller's own mistake is the SDK's error, with status and code", async () => {
  rig.north.nextRequestError(400, { message: 'bad temperature', type: 'invalid_request_error', code: 'invalid_value' })
  const error = await rig.client.chat.completions.create(ask('hello')).then(() => null, (e) => e)
  assert.ok(error instanceof OpenAI.BadRequestError, String(error))
  assert.equal(error.code, 'invalid_value')
  assert.match(error.message, /bad temperature/)
  assert.equal(rig.south.getRequests().length, 0)
})

test('everything failed: the status of the first failure, the attempts in the body', async () => {
  rig.north.nextRequestError(500, { message: 'north broke' })
  rig.south.nextRequestError(503, { message: 'south is down' })
  const error = await rig.client.chat.completions.create(ask('hello')).then(() => null, (e) => e)
  assert.ok(error instanceof OpenAI.InternalServerError, String(error))
  assert.equal(error.status, 500)
  assert.deepEqual(error.error.strowger.attempts.map((a) => a.provider), ['north', 'south'])
})

test('a stream cut in mid-answer throws and never ends well', async () => {
  const opts = { truncateAfterChunks: 5, latency: 30, chunkSize: 10 }
  for (const mock of [rig.north, rig.south]) mock.onMessage('story', { content: 'a long story '.repeat(40) }, opts)
  let text = ''
  await assert.rejects(async () => {
    const stream = await rig.client.chat.completions.create(ask('story', { stream: true }))
    for await (const chunk of stream) text += chunk.choices[0]?.delta?.content ?? ''
  })
  assert.ok(text.length > 0 && text.length < 13 * 40, `${text.length} characters arrived before the cut`)
})

test('the provider object and suffixes choose, and never reach a provider', async () => {
  both('hello', { content: 'Hi there!' })
  const chosen = async (more) => {
    const { response } = await rig.client.chat.completions.create(ask('hello', more)).withResponse()
    return response.headers.get('x-strowger-provider')
  }
  assert.equal(await chosen({ provider: { order: ['south'] } }), 'south')
  assert.equal(await chosen({ provider: { sort: 'price' } }), 'south')
  assert.equal(await chosen({ model: 'openai/gpt-4o:price' }), 'south')
  assert.equal(await chosen({ model: 'openai/gpt-4o', provider: { ignore: ['north'] } }), 'south')
  assert.equal(await chosen({}), 'north')
  for (const { body } of [...rig.north.getRequests(), ...rig.south.getRequests()]) {
    assert.ok(!('provider' in body) && !('models' in body), JSON.stringify(body))
  }
  const error = await chosen({ provider: { sort: 'cheapest' } }).then(() => null, (e) => e)
  assert.equal(error.status, 400)
  assert.equal(error.param, 'provider.sort')
})

test('fallback models answer when the asked one fails, and say so', async () => {
  both('hello', { content: 'Hi there!' })
  rig.north.nextRequestError(500, { message: 'north broke' })
  const { data, response } = await rig.client.chat.completions.create(
    ask('hello', { provider: { only: ['north', 'south'], allow_fallbacks: false }, models: ['openai/gpt-4o-mini'] })).withResponse()
  assert.equal(data.model, 'openai/gpt-4o-mini')
  assert.equal(response.headers.get('x-strowger-attempts'), '2')
  assert.equal(response.headers.get('x-strowger-cost'), null, 'an unknown price is not a cost of 0')
})

test('an unknown model is a 404 with the nearest name', async () => {
  const error = await rig.client.chat.completions.create(ask('hello', { model: 'openai/gpt-4' })).then(() => null, (e) => e)
  assert.ok(error instanceof OpenAI.NotFoundError, String(error))
  assert.equal(error.code, 'model_not_found')
  assert.match(error.message, /openai\/gpt-4o/)
})

test('the models are listed', async () => {
  const ids = []
  for await (const model of rig.client.models.list()) ids.push(model.id)
  assert.deepEqual(ids, ['openai/gpt-4o', 'openai/gpt-4o-mini'])
})
