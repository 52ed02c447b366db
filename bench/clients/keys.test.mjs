// Client keys: who may call how often and for how much, and who it was. The key is the SDK's apiKey; the
// configuration has only its SHA-256.
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { after, before, beforeEach, test } from 'node:test'

import OpenAI from 'openai'

import { MODEL, collect, exchange, user } from './rig.mjs'

const key = (name, limits) => ({ name, sha256: createHash('sha256').update(`sk-${name}`).digest('hex'), ...limits })
// Ten tokens of output cost a tenth of a cent.
const models = { [MODEL]: { endpoints: ['one', 'two'].map((provider) => ({ provider, price: { input: 0, output: 100 } })) } }

let s
before(async () => {
  s = await exchange(['one', 'two'], {
    models,
    keys: [
      key('laptop'),
      key('phone', { rate_limit: { requests: 3, per: 'minute' } }),
      key('watch', { rate_limit: { requests: 1, per: 'hour' } }),
      key('shed', { cost_limit: [{ usd: 0.0025, per: 'day' }, { usd: 0.002, per: 'request' }] }),
    ],
    routes: [
      { path: '/kept', schema: 'openai', cache: { ttl: '1h' }, providers: [{ provider: 'one', model: MODEL }] },
      { path: '/stuck', schema: 'openai', load_balancing: true, sticky: 'key', providers: [{ provider: 'one', model: MODEL, weight: 50 }, { provider: 'two', model: MODEL, weight: 50 }] },
    ],
  })
})
beforeEach(() => {
  s.asked.length = 0
  const usage = { prompt_tokens: 5, completion_tokens: 10, total_tokens: 15 }
  for (const name of ['one', 'two']) s.say(name, { content: `${name} speaking`, usage })
})
after(() => s?.stop())

/** ask calls with a key; it gives the answer's headers. */
async function ask(name, { path, ...body } = {}) {
  const client = s.openai({ path, apiKey: `sk-${name}` })
  const { data, response } = await client.chat.completions.create({ model: MODEL, messages: user('hello'), max_tokens: 10, ...body }).withResponse()
  if (body.stream) await collect(data)
  return response.headers
}

/** row is a decision in the list of decisions, which is written a moment after the answer. */
async function row(headers) {
  const id = headers.get('x-strowger-decision')
  for (let i = 0; i < 100; i++) {
    const text = await (await fetch(`${s.url}/_/api/decisions?limit=50`)).text()
    const found = JSON.parse(text).rows.find((r) => r.id === id)
    if (found) return { ...found, text }
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
  throw new Error(`no decision ${id}`)
}

test('decisions name the key, and never say it', async () => {
  for (const [name, stream] of [['laptop', false], ['phone', true]]) {
    const { key, text, id } = await row(await ask(name, { stream }))
    assert.equal(key, name)
    const one = await (await fetch(`${s.url}/_/api/decisions/${id}`)).text()
    assert.match(one, new RegExp(`"key":"${name}"`))
    for (const said of [text, one]) assert.ok(!said.includes(`sk-${name}`))
  }
})

test('a key that nobody knows, on this machine, has no name', async () => {
  const { key } = await row(await ask('stranger'))
  assert.ok(!key, `it is called ${key}`)
})

test('the key stays here', async () => {
  await ask('laptop')
  for (const name of ['one', 'two']) assert.ok(!JSON.stringify(s.at[name].getRequests()).includes('sk-laptop'))
})

test('so many requests', async () => {
  await ask('watch')
  for (const stream of [false, true]) {
    await assert.rejects(ask('watch', { stream }), (err) => {
      assert.ok(err instanceof OpenAI.RateLimitError)
      assert.match(err.code, /^rate_limit/)
      const wait = Number(err.headers.get('retry-after'))
      assert.ok(wait > 3500 && wait <= 3600, `retry-after ${wait}`)
      return true
    })
  }
  assert.equal(s.asked.length, 1)
  await ask('laptop')
})

test('so many requests, at the same time', async () => {
  const before = s.asked.length
  const ended = await Promise.allSettled(Array.from({ length: 10 }, () => ask('phone')))
  const answered = ended.filter((e) => e.status === 'fulfilled').length
  assert.ok(answered >= 2 && answered <= 3, `${answered} were answered`) // one may have gone before
  assert.equal(s.asked.length - before, answered)
})

test('so much money', async () => {
  await ask('shed')
  await ask('shed', { stream: true })
  await assert.rejects(ask('shed'), (err) => {
    assert.ok(err instanceof OpenAI.RateLimitError)
    assert.equal(err.code, 'cost_limit_exceeded')
    const { limit, spent, window } = err.error.strowger
    assert.deepEqual([limit, spent, window], [0.0025, 0.002, 'day'])
    assert.ok(Number(err.headers.get('retry-after')) > 0)
    return true
  })
  assert.equal(s.asked.length, 2)
  await ask('laptop')
})

test('so much money at once', async () => {
  await assert.rejects(ask('shed', { max_tokens: 30 }), { status: 429, code: 'cost_limit_exceeded' })
  assert.deepEqual(s.asked, [])
})

test('a limit holds on routes too', async () => {
  await assert.rejects(ask('shed', { path: '/kept' }), { status: 429, code: 'cost_limit_exceeded' })
  await assert.rejects(ask('watch', { path: '/kept' }), { status: 429 })
  assert.deepEqual(s.asked, [])
})

test('kept answers are not shared between keys', async () => {
  const headers = []
  for (const name of ['laptop', 'laptop', 'stranger', 'laptop']) headers.push((await ask(name, { path: '/kept' })).get('x-strowger-cache'))
  assert.deepEqual(headers, ['miss', 'hit', 'miss', 'hit'])
})

test('a key keeps its arm', async () => {
  const by = new Set()
  for (let i = 0; i < 20; i++) by.add((await ask('laptop', { path: '/stuck', user: `user-${i}` })).get('x-strowger-provider'))
  assert.equal(by.size, 1)
})
