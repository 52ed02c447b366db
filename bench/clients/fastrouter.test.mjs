// What FastRouter documents, asked of strowger with the openai SDK. The examples are those of
// https://docs.fastrouter.ai/explore-features/provider-routing-strategies unless another page is named; the
// questions are ours. Providers and prices are those of https://fastrouter.ai/features/provider-routing.
import assert from 'node:assert/strict'
import { after, before, beforeEach, describe, test } from 'node:test'

import OpenAI from 'openai'

import { collect, exchange, user } from './rig.mjs'

const GPT = 'openai/gpt-4o'
const models = {
  [GPT]: {
    endpoints: [
      { provider: 'openai', price: { input: 5, output: 15 } },
      { provider: 'azure', price: { input: 2.5, output: 10 }, parameters: ['temperature', 'max_tokens'] },
      { provider: 'together', price: { input: 3.2, output: 12 } },
    ],
  },
  'openai/o1': { endpoints: [{ provider: 'openai', price: { input: 15, output: 60 } }] },
  'google/gemini-1.5-pro': { endpoints: [{ provider: 'google', price: { input: 1.25, output: 5 } }] },
}

/** ask gives text and model of the answer to a request with FastRouter's fields, streamed or not. */
async function ask(s, body) {
  const client = s.openai({ path: '/api/v1' })
  const got = await client.chat.completions.create({ model: GPT, messages: user('hello'), ...body })
  if (!body.stream) return { text: got.choices[0].message.content, model: got.model }
  const { text, chunks } = await collect(got)
  return { text, model: chunks[0].model }
}

describe('examples', () => {
  let s
  before(async () => (s = await exchange(['openai', 'azure', 'together', 'google'], { models, routing: { circuit: { failures: 1000 } } })))
  beforeEach(() => s.fresh())
  after(() => s?.stop())

  for (const { name, body, asked, model = GPT, down = [] } of [
    { name: 'order', body: { provider: { order: ['azure', 'openai'] } }, asked: ['azure'] },
    { name: 'order, the first is down', body: { provider: { order: ['azure', 'openai'] } }, down: ['azure'], asked: ['azure', 'openai'] },
    { name: 'order, and a backup that is not in it', body: { provider: { order: ['azure', 'openai'] } }, down: ['azure', 'openai'], asked: ['azure', 'openai', 'together'] },
    { name: 'order without backups', body: { provider: { order: ['azure'], allow_fallbacks: false } }, asked: ['azure'] },
    { name: 'only', body: { provider: { only: ['azure', 'together'] } }, asked: ['azure'] },
    { name: 'only holds for backups', body: { provider: { only: ['azure', 'together'] } }, down: ['azure'], asked: ['azure', 'together'] },
    { name: 'ignore', body: { provider: { ignore: ['openai'] } }, asked: ['azure'] },
    { name: 'ignore wins over order', body: { provider: { order: ['azure', 'together'], ignore: ['azure'] } }, asked: ['together'] },
    { name: 'sort by price', body: { provider: { sort: 'price' } }, asked: ['azure'] },
    { name: 'sort by price, the cheapest is down', body: { provider: { sort: 'price' } }, down: ['azure'], asked: ['azure', 'together'] },
    { name: 'sort by price among those that support all', body: { seed: 7, provider: { sort: 'price', require_parameters: true } }, asked: ['together'] },
    { name: 'require_parameters', body: { seed: 7, provider: { order: ['azure', 'openai'], require_parameters: true } }, asked: ['openai'] },
    { name: 'require_parameters that all support', body: { temperature: 0, provider: { order: ['azure'], require_parameters: true } }, asked: ['azure'] },
    { name: ':price', body: { model: `${GPT}:price` }, asked: ['azure'] },
    // https://docs.fastrouter.ai/explore-features/fallback-models
    { name: 'models, none of them needed', body: { models: ['openai/o1', 'google/gemini-1.5-pro'] }, asked: ['openai'] },
    {
      name: 'models', down: ['openai', 'azure', 'together'], model: 'google/gemini-1.5-pro',
      body: { models: ['openai/o1', 'google/gemini-1.5-pro'], provider: { sort: 'price' } }, asked: ['azure', 'together', 'openai', 'openai', 'google'],
    },
  ]) {
    for (const stream of [true, false]) {
      test(`${name}${stream ? ' (streamed)' : ''}`, async () => {
        for (const provider of down) s.fail(provider, 503)
        const got = await ask(s, { ...body, stream })
        assert.deepEqual(s.asked, asked)
        assert.deepEqual(got, { text: `${asked.at(-1)} speaking`, model })
        for (const { body: sent } of s.at[asked.at(-1)].getRequests()) assert.ok(!('provider' in sent) && !('models' in sent))
      })
    }
  }

  test('all models down: the error of the first', async () => {
    for (const name of Object.keys(s.at)) s.fail(name, 503)
    await assert.rejects(ask(s, { models: ['google/gemini-1.5-pro'] }), (err) => {
      assert.ok(err instanceof OpenAI.InternalServerError)
      assert.equal(err.status, 503)
      assert.deepEqual(err.error.strowger.attempts.map((a) => a.provider), ['openai', 'azure', 'together', 'google'])
      return true
    })
  })

  test('a model of the list that nobody serves', async () => {
    await assert.rejects(ask(s, { models: ['openai/o1', 'openai/o7'] }), (err) => {
      assert.ok(err instanceof OpenAI.NotFoundError)
      assert.equal(err.param, 'models[1]')
      return true
    })
    assert.deepEqual(s.asked, [])
  })
})

// The cheapest provider is the slowest, so that none of the strategies is another by chance; and they are
// further apart than a busy machine makes them.
describe('speed', () => {
  let s
  before(async () => {
    s = await exchange(['openai', 'azure', 'together'], { models: { [GPT]: models[GPT] } })
    const text = 'as many words as it takes to measure'
    s.say('openai', { content: text }, { chunkSize: 3, latency: 20 })
    s.say('azure', { content: text }, { chunkSize: 3, latency: 30, chaos: { latencyMs: 250 } })
    s.say('together', { content: text }, { chunkSize: 3, latency: 1, chaos: { latencyMs: 150 } })
    for (const name of ['openai', 'azure', 'together']) {
      for (let i = 0; i < 5; i++) {
        for (const stream of [true, false]) await ask(s, { stream, provider: { only: [name] } })
      }
    }
  })
  beforeEach(() => (s.asked.length = 0))
  after(() => s?.stop())

  for (const [name, body, by] of [
    ['sort by throughput', { provider: { sort: 'throughput' } }, 'together'],
    ['sort by latency', { provider: { sort: 'latency' } }, 'openai'],
    ['sort by price', { provider: { sort: 'price' } }, 'azure'],
    [':throughput', { model: `${GPT}:throughput` }, 'together'],
  ]) {
    test(name, async () => {
      await ask(s, { ...body, stream: true })
      assert.deepEqual(s.asked, [by])
    })
  }
})
