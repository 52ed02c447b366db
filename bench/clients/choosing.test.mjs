// Choosing: the provider object in the body and in the header, suffixes, fallback models.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'

import { MODEL, collect, start, user } from './rig.mjs'

let s
before(async () => {
  s = await start()
  s.one.onMessage(/./, { content: 'one speaking' })
  s.two.onMessage(/./, { content: 'two speaking' })
})
after(() => s?.stop())

const cases = [
  ['the configured order', {}, 'one'],
  ['provider.order', { provider: { order: ['two', 'one'] } }, 'two'],
  ['provider.only', { provider: { only: ['two'] } }, 'two'],
  ['provider.ignore', { provider: { ignore: ['one'] } }, 'two'],
  ['provider.sort', { provider: { sort: 'price' } }, 'two'],
  ['provider.routing', { provider: { routing: 'cost' } }, 'two'],
  [':price', { model: `${MODEL}:price` }, 'two'],
  [':floor', { model: `${MODEL}:floor` }, 'two'],
  ['the name part alone', { model: 'parrot' }, 'one'],
  ['body over suffix', { model: `${MODEL}:price`, provider: { routing: 'priority' } }, 'one'],
]

for (const [name, params, by] of cases) {
  test(name, async () => {
    const { data, response } = await s.client.chat.completions.create({ model: MODEL, messages: user('hello'), ...params }).withResponse()
    assert.equal(response.headers.get('x-strowger-provider'), by)
    assert.equal(data.choices[0].message.content, `${by} speaking`)
    assert.equal(data.model, MODEL)
    const { text, chunks } = await collect(await s.client.chat.completions.create({ model: MODEL, messages: user('hello'), stream: true, ...params }))
    assert.equal(text, `${by} speaking`)
    assert.ok(chunks.every((chunk) => chunk.model === MODEL))
  })
}

test('the header, for clients that cannot add fields', async () => {
  const { response } = await s.client.chat.completions
    .create({ model: MODEL, messages: user('hello') }, { headers: { 'x-strowger-provider': '{"order":["two"]}' } }).withResponse()
  assert.equal(response.headers.get('x-strowger-provider'), 'two')
})

test('what is passed over is a warning', async () => {
  const { response } = await s.client.chat.completions
    .create({ model: MODEL, messages: user('hello'), provider: { order: ['nobody'], colour: 'red' } }).withResponse()
  assert.equal(response.headers.get('x-strowger-provider'), 'one')
  assert.deepEqual(response.headers.get('x-strowger-warnings').split(', ').sort(), ['unknown_field', 'unknown_provider'])
})

test('latency, once both are known', async () => {
  s.one.clearFixtures()
  s.one.onMessage(/./, { content: 'one speaking' }, { chaos: { latencyMs: 60 } })
  for (const name of ['one', 'two']) {
    for (let i = 0; i < 5; i++) await s.client.chat.completions.create({ model: MODEL, messages: user('hello'), provider: { only: [name] } })
  }
  const { response } = await s.client.chat.completions.create({ model: `${MODEL}:latency`, messages: user('hello') }).withResponse()
  assert.equal(response.headers.get('x-strowger-provider'), 'two')
})

test('a fallback model answers under its own name', async () => {
  s.one.clearFixtures()
  s.one.onMessage(/./, { error: { message: 'not now', type: 'server_error' }, status: 500 })
  const params = { model: MODEL, messages: user('hello'), provider: { only: ['one'], fallback: ['acme/other'] } }
  await assert.rejects(s.client.chat.completions.create(params), { status: 500 })
  for (const said of [{ provider: { order: ['one'], allow_fallbacks: false, fallback: ['acme/other'] } }, { provider: { order: ['one'], allow_fallbacks: false }, models: ['acme/other'] }]) {
    const { data, response } = await s.client.chat.completions.create({ ...params, ...said }).withResponse()
    assert.equal(data.model, 'acme/other')
    assert.equal(data.choices[0].message.content, 'two speaking')
    assert.equal(response.headers.get('x-strowger-model'), 'acme/other')
    assert.equal(response.headers.get('x-strowger-attempts'), '2')
    assert.equal(response.headers.get('x-strowger-cost'), null, 'an unknown price is not a cost of 0')
  }
})
