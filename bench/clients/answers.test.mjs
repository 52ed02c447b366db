// Answers through strowger are what the SDK would get from the provider, under the model's own name.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'

import { MODEL, collect, start, user } from './rig.mjs'

const TEXT = 'Ein größerer "Vermittler" — 漢字 🙂 and a \\ backslash, word after word after word.'

let s
before(async () => {
  s = await start()
  for (const m of [s.one, s.two]) {
    m.onMessage('hello', { content: TEXT }, { chunkSize: 7 })
  }
})
after(() => s?.stop())

test('plain, with the headers that explain it', async () => {
  const { data, response } = await s.client.chat.completions.create({ model: MODEL, messages: user('hello') }).withResponse()
  assert.equal(data.choices[0].message.content, TEXT)
  assert.equal(data.choices[0].finish_reason, 'stop')
  assert.equal(data.model, MODEL)
  assert.ok(data.usage.completion_tokens > 0)
  assert.equal(response.headers.get('x-strowger-model'), MODEL)
  assert.equal(response.headers.get('x-strowger-provider'), 'one')
  assert.equal(response.headers.get('x-strowger-attempts'), '1')
  assert.equal(response.headers.get('x-strowger-cache'), 'off')
  assert.match(response.headers.get('x-strowger-decision'), /^[0-9a-f-]{36}$/)
  assert.match(response.headers.get('x-strowger-cost'), /^0\.0\d+$/)
})

test('the provider gets its own name for the model, its own key and the rest as it was', async () => {
  s.one.clearRequests()
  const body = { model: MODEL, messages: user('hello'), temperature: 0.5, metadata: { a: 'b' }, provider: { order: ['one'] }, models: ['acme/other'] }
  await s.client.chat.completions.create(body)
  const { body: sent, headers, path } = s.one.getLastRequest()
  assert.equal(path, '/v1/chat/completions')
  assert.equal(sent.model, 'parrot-at-one')
  assert.equal(sent.temperature, 0.5)
  assert.deepEqual(sent.metadata, { a: 'b' })
  assert.deepEqual(sent.messages, body.messages)
  assert.equal(sent.provider, undefined)
  assert.equal(sent.models, undefined)
  assert.ok(!JSON.stringify(headers).includes('sk-of-the-caller'))
  assert.ok(!Object.keys(headers).some((name) => name.startsWith('x-stainless')))
})

test('stream', async () => {
  const { data: stream, response } = await s.client.chat.completions.create({ model: MODEL, messages: user('hello'), stream: true }).withResponse()
  const { chunks, text, finish } = await collect(stream)
  assert.equal(text, TEXT)
  assert.equal(finish, 'stop')
  assert.ok(chunks.length > 5)
  for (const chunk of chunks) {
    assert.equal(chunk.model, MODEL)
    assert.equal(chunk.id, chunks[0].id)
    assert.equal(chunk.choices.length, 1, 'usage that nobody asked for')
  }
  assert.equal(response.headers.get('x-strowger-provider'), 'one')
  assert.equal(response.headers.get('x-strowger-cost'), null)
  assert.equal(s.one.getLastRequest().body.stream_options.include_usage, true, 'the provider is asked all the same')
})

test('stream with usage and its cost', async () => {
  const stream = await s.client.chat.completions.create({
    model: MODEL, messages: user('hello'), stream: true, stream_options: { include_usage: true }, usage: { include: true },
  })
  const { chunks, text } = await collect(stream)
  const last = chunks.at(-1)
  assert.equal(text, TEXT)
  assert.equal(last.choices.length, 0)
  assert.ok(last.usage.total_tokens > 0)
  assert.ok(last.usage.cost > 0)
})

test("the SDK's own accumulation", async () => {
  const runner = s.client.chat.completions.stream({ model: MODEL, messages: user('hello') })
  const whole = await runner.finalChatCompletion()
  assert.equal(whole.choices[0].message.content, TEXT)
  assert.equal(whole.model, MODEL)
})

test('a caller that breaks off its stream', async () => {
  const stream = await s.client.chat.completions.create({ model: MODEL, messages: user('hello'), stream: true })
  for await (const chunk of stream) {
    assert.equal(chunk.model, MODEL)
    break
  }
  const again = await s.client.chat.completions.create({ model: MODEL, messages: user('hello') })
  assert.equal(again.choices[0].message.content, TEXT)
})

test('models', async () => {
  const ids = []
  for await (const model of s.client.models.list()) ids.push(model.id)
  assert.deepEqual(ids, ['acme/other', MODEL, 'auto'])
  const one = await s.client.models.retrieve(MODEL)
  assert.equal(one.id, MODEL)
  assert.equal(one.owned_by, 'acme')
})
