// What goes wrong: mistakes are passed on, failures of a provider fall back, and a stream that is cut
// never looks complete.
import assert from 'node:assert/strict'
import { after, before, beforeEach, test } from 'node:test'

import OpenAI from 'openai'

import { MODEL, collect, start, user } from './rig.mjs'

const TEXT = 'one two three four five six seven eight nine ten'

let s
before(async () => {
  s = await start()
})
beforeEach(() => {
  for (const m of [s.one, s.two]) {
    m.clearFixtures()
    m.clearRequests()
  }
  s.two.onMessage(/./, { content: TEXT })
})
after(() => s?.stop())

const ask = (params = {}) => s.client.chat.completions.create({ model: MODEL, messages: user('hello'), ...params })

test("the caller's mistake comes back as it is", async () => {
  s.one.onMessage(/./, { error: { message: 'too long', type: 'invalid_request_error', code: 'context_length_exceeded', param: 'messages' }, status: 400 })
  for (const stream of [false, true]) {
    await assert.rejects(ask({ stream }), (err) => {
      assert.ok(err instanceof OpenAI.BadRequestError)
      assert.equal(err.status, 400)
      assert.equal(err.code, 'context_length_exceeded')
      assert.equal(err.type, 'invalid_request_error')
      assert.match(err.message, /too long/)
      assert.equal(err.headers.get('x-should-retry'), 'false')
      return true
    })
  }
  assert.equal(s.two.getRequests().length, 0, 'a mistake was tried elsewhere')
})

for (const status of [500, 503, 429]) {
  test(`${status} falls back to the other provider`, async () => {
    s.one.onMessage(/./, { error: { message: 'not now', type: 'server_error' }, status })
    const { data, response } = await ask({ provider: { order: ['one'] } }).withResponse()
    assert.equal(data.choices[0].message.content, TEXT)
    assert.equal(data.model, MODEL)
    assert.equal(response.headers.get('x-strowger-provider'), 'two')
    const { text, finish } = await collect(await ask({ stream: true, provider: { order: ['one'] } }))
    assert.equal(text, TEXT)
    assert.equal(finish, 'stop')
  })
}

test('all failed: the first failure decides the status, the body lists the attempts', async () => {
  s.two.clearFixtures()
  s.one.onMessage(/./, { error: { message: 'not now', type: 'server_error' }, status: 503 })
  s.two.onMessage(/./, { error: { message: 'broken', type: 'server_error' }, status: 500 })
  await assert.rejects(ask({ provider: { only: ['one', 'two'] } }), (err) => {
    assert.ok(err instanceof OpenAI.InternalServerError)
    const attempts = err.error.strowger.attempts
    assert.deepEqual(attempts.map((a) => [a.provider, a.outcome]).sort(), [['one', 'overloaded'], ['two', 'provider_error']])
    assert.equal(err.status, attempts[0].status, 'the first failure decides')
    assert.equal(err.error.strowger.decision, err.headers.get('x-strowger-decision'))
    return true
  })
})

for (const [name, options] of [
  ['cut after some chunks', { chunkSize: 4, latency: 5, truncateAfterChunks: 4 }],
  ['disconnected after a while', { chunkSize: 4, latency: 20, disconnectAfterMs: 110 }],
]) {
  test(`a stream that is ${name} throws`, async () => {
    s.one.onMessage(/./, { content: TEXT }, options)
    const stream = await ask({ stream: true, provider: { only: ['one'] } })
    let text = ''
    await assert.rejects(async () => {
      for await (const chunk of stream) text += chunk.choices[0]?.delta?.content ?? ''
    }, OpenAI.APIError)
    assert.ok(text.length > 0 && TEXT.startsWith(text) && text !== TEXT, `got ${JSON.stringify(text)}`)
  })
}

test('the same through the accumulating stream', async () => {
  s.one.onMessage(/./, { content: TEXT }, { chunkSize: 4, latency: 5, truncateAfterChunks: 4 })
  const runner = s.client.chat.completions.stream({ model: MODEL, messages: user('hello'), provider: { only: ['one'] } })
  let text = ''
  runner.on('content', (delta) => (text += delta))
  await assert.rejects(runner.finalChatCompletion(), OpenAI.APIError)
  assert.ok(text.length > 0 && TEXT.startsWith(text), `got ${JSON.stringify(text)}`)
})

test('an unknown model, and what was probably meant', async () => {
  await assert.rejects(ask({ model: 'acme/parot' }), (err) => {
    assert.ok(err instanceof OpenAI.NotFoundError)
    assert.equal(err.code, 'model_not_found')
    assert.equal(err.param, 'model')
    assert.match(err.message, /did you mean "acme\/parrot"\?/)
    return true
  })
})

test('a bad extension field', async () => {
  await assert.rejects(ask({ provider: { sort: 'cheapest' } }), (err) => {
    assert.ok(err instanceof OpenAI.BadRequestError)
    assert.equal(err.param, 'provider.sort')
    assert.match(err.message, /price, throughput, latency/)
    return true
  })
})
