// Routes of the user's own, with every switch that Routify has (https://routify.to/docs/routes): the openai
// SDK needs no more than a route as its base URL. Providers are mocks.
import assert from 'node:assert/strict'
import { after, before, beforeEach, describe, test } from 'node:test'

import OpenAI from 'openai'

import { collect, exchange, user } from './rig.mjs'

const [MINI, CLAUDE] = ['openai/gpt-4o-mini', 'anthropic/claude-sonnet-4-5']
const models = {
  [MINI]: { endpoints: [{ provider: 'openai', model: 'gpt-4o-mini', price: { input: 0.15, output: 0.6 } }] },
  [CLAUDE]: { endpoints: [{ provider: 'anthropic', model: 'claude-sonnet-4-5-20250929', price: { input: 3, output: 15 } }] },
}

/** arms are the two providers with their weights; 90 and 10 are a test of the second. */
const arms = (first, second, more) => [
  { provider: 'openai', model: MINI, weight: first, timeout: '20s', ...more },
  { provider: 'anthropic', model: CLAUDE, weight: second, timeout: '30s', ...more },
]
const both = { schema: 'openai', failover: true, load_balancing: true }
// Ten tokens of output, which is what the mocks say they are, cost a tenth of a cent.
const dear = { price: { input: 0, output: 100 } }
const routes = [
  { path: '/support', ...both, sticky: 'user', cache: { ttl: '1h' }, cost_limit: { usd: 5, per: 'day' }, providers: arms(90, 10) },
  { path: '/ab', ...both, sticky: 'user', providers: arms(90, 10) },
  { path: '/talk', ...both, sticky: 'session', providers: arms(50, 50) },
  { path: '/draw', ...both, providers: arms(90, 10) },
  { path: '/drained', ...both, providers: arms(0, 100) },
  { path: '/in-order', schema: 'openai', failover: true, providers: arms(1, 1) },
  { path: '/firm', schema: 'openai', providers: arms(1, 1) },
  { path: '/team_2/one', schema: 'openai', providers: [{ provider: 'anthropic', model: 'claude-of-tomorrow', price: { input: 1, output: 1 } }] },
  { path: '/brief', schema: 'openai', cache: { ttl: '1s' }, providers: arms(1, 1) },
  { path: '/day', schema: 'openai', cost_limit: { usd: 0.0035, per: 'day' }, providers: arms(1, 1, dear) },
  { path: '/rush', schema: 'openai', cost_limit: [{ usd: 0.0035, per: 'month' }, { usd: 1, per: 'day' }], providers: arms(1, 1, dear) },
  { path: '/each', schema: 'openai', cost_limit: { usd: 0.0015, per: 'request' }, providers: arms(1, 1, dear) },
]

let s
before(async () => {
  s = await exchange(['openai', 'anthropic'], { models, routes, routing: { circuit: { failures: 1000 } } })
})
beforeEach(() => {
  s.asked.length = 0
  const usage = { prompt_tokens: 5, completion_tokens: 10, total_tokens: 15 }
  for (const name of ['openai', 'anthropic']) s.say(name, { content: `${name} speaking`, usage }, { chunkSize: 4 })
})
after(() => s?.stop())

/** ask gives what came by a route, with the headers that explain it. The model is named by the route. */
async function ask(path, body = {}, options) {
  const client = s.openai({ path })
  const { data, response } = await client.chat.completions.create({ model: 'any', messages: user('hello'), max_tokens: 10, ...body }, options).withResponse()
  const said = (name) => response.headers.get(`x-strowger-${name}`)
  const head = { provider: said('provider'), attempts: said('attempts'), cache: said('cache'), headers: response.headers }
  if (!body.stream) return { ...head, text: data.choices[0].message.content, model: data.model }
  const { text, chunks, finish } = await collect(data)
  return { ...head, text, model: chunks[0].model, chunks: chunks.length, finish }
}

/** many asks so often, ten at a time, and gives the provider of each answer. */
async function many(n, one) {
  const by = []
  for (let i = 0; i < n; i += 10) by.push(...await Promise.all(Array.from({ length: 10 }, (_, k) => one(i + k))))
  return by
}

/**
 * shares asserts that the second arm's part of the answers is a tenth: chi-square with one degree of freedom
 * is below this bound in 9,999 of 10,000 runs.
 */
function shares(by) {
  const second = by.filter((name) => name === 'anthropic').length
  const expected = by.length / 10
  const chi = (second - expected) ** 2 / expected + (second - expected) ** 2 / (by.length - expected)
  assert.ok(chi < 15.14, `${second} of ${by.length} went to the second arm: chi-square ${chi.toFixed(2)}`)
}

describe('the base URL', () => {
  for (const path of ['/ab', '/ab/v1', '/ab/']) {
    for (const stream of [false, true]) {
      test(`${path}${stream ? ', streamed' : ''}`, async () => {
        const got = await ask(path, { stream, user: 'somebody' })
        assert.equal(got.text, `${got.provider} speaking`)
        assert.equal(got.model, got.provider === 'openai' ? MINI : CLAUDE)
        assert.ok(!stream || got.chunks > 2 && got.finish === 'stop')
        assert.deepEqual(s.asked, [got.provider])
      })
    }
  }

  test('the route alone, a query string changes nothing', async () => {
    const body = JSON.stringify({ model: 'any', messages: user('hello') })
    for (const path of ['/ab', '/ab?beta=true']) {
      const response = await fetch(s.url + path, { method: 'POST', body, headers: { 'content-type': 'application/json' } })
      assert.equal(response.status, 200, path)
      assert.match((await response.json()).choices[0].message.content, /speaking$/)
    }
  })

  test('an arm by the name its provider has for the model, with a price of its own', async () => {
    const got = await ask('/team_2/one')
    assert.equal(s.at.anthropic.getLastRequest().body.model, 'claude-of-tomorrow')
    assert.equal(got.text, 'anthropic speaking')
    assert.equal(got.headers.get('x-strowger-cost'), '0.000015')
  })

  test('what is no route', async () => {
    await assert.rejects(ask('/supper'), OpenAI.NotFoundError)
    assert.deepEqual(s.asked, [])
  })
})

describe('load balancing', () => {
  test('shares by weight, each user with an arm', async () => {
    const one = async (i) => (await ask('/ab', { user: `user-${i}` })).provider
    const by = await many(400, one)
    shares(by)
    assert.deepEqual(await many(100, one), by.slice(0, 100), 'a user was moved to the other arm')
  })

  test('a conversation keeps its arm', async () => {
    const one = async (i) => (await ask('/talk', { session_id: `session-${i}` })).provider
    const by = await many(30, one)
    assert.equal(new Set(by).size, 2)
    assert.deepEqual(await many(30, one), by)
  })

  test('shares by weight, each request drawn', async () => {
    shares(await many(400, async () => (await ask('/draw', { user: 'the same' })).provider))
  })

  test('a weight of 0 drains', async () => {
    const by = await many(50, async (i) => (await ask('/drained', { user: `user-${i}` })).provider)
    assert.deepEqual(new Set(by), new Set(['anthropic']))
  })
})

describe('failover', () => {
  test('the other arm answers, and users return to their own', async () => {
    const one = async (i) => (await ask('/ab', { user: `user-${i}` })).provider
    const before = await many(20, one)
    s.fail('openai', 500)
    const got = await ask('/ab', { user: `user-${before.indexOf('openai')}` })
    assert.deepEqual([got.provider, got.model, got.attempts], ['anthropic', CLAUDE, '2'])
    assert.deepEqual(new Set(await many(20, one)), new Set(['anthropic']))
    s.say('openai', { content: 'openai speaking' })
    assert.deepEqual(await many(20, one), before)
  })

  test('a drained arm is still the last resort', async () => {
    s.fail('anthropic', 503)
    assert.equal((await ask('/drained')).provider, 'openai')
  })

  test('in the order defined', async () => {
    assert.equal((await ask('/in-order')).provider, 'openai')
    s.fail('openai', 503)
    assert.equal((await ask('/in-order', { stream: true })).text, 'anthropic speaking')
    assert.deepEqual(s.asked, ['openai', 'openai', 'anthropic'])
  })

  test('without it only the chosen one is tried', async () => {
    s.say('openai', { error: { message: 'not now', type: 'server_error' }, status: 502 })
    await assert.rejects(ask('/firm'), { status: 502 })
    assert.deepEqual(s.asked, ['openai'])
  })
})

describe('cache', () => {
  const caching = (question, more, options) => ask('/support', { messages: user(question), user: 'somebody', ...more }, options)

  for (const stream of [false, true]) {
    test(`the second time nobody is asked${stream ? ', and a stream is a stream again' : ''}`, async () => {
      const first = await caching(`again, ${stream}?`, { stream })
      const second = await caching(`again, ${stream}?`, { stream })
      assert.deepEqual([first.cache, second.cache], ['miss', 'hit'])
      assert.equal(s.asked.length, 1)
      assert.equal(second.provider, first.provider)
      assert.equal(second.text, `${first.provider} speaking`)
      assert.equal(second.model, first.model)
      assert.equal(second.chunks, first.chunks)
      assert.equal(second.finish, first.finish)
    })
  }

  test('another order of the fields is the same question', async () => {
    await caching('ordered?', { temperature: 0, top_p: 1 })
    assert.equal((await caching('ordered?', { top_p: 1, temperature: 0 })).cache, 'hit')
  })

  for (const [name, more] of [['temperature', { temperature: 0.5 }], ['max_tokens', { max_tokens: 9 }], ['another message', { messages: user('changed!') }]]) {
    test(`another question: ${name}`, async () => {
      await caching('changed?')
      const got = await caching('changed?', more)
      assert.equal(got.cache, 'miss')
      assert.equal(s.asked.at(-1), got.provider)
    })
  }

  test('no-cache asks and keeps', async () => {
    const headers = { 'cache-control': 'no-cache' }
    await caching('fresh?')
    s.say('openai', { content: 'later' })
    s.say('anthropic', { content: 'later' })
    const fresh = await caching('fresh?', {}, { headers })
    assert.notEqual(fresh.cache, 'hit')
    assert.equal(fresh.text, 'later')
    const again = await caching('fresh?')
    assert.deepEqual([again.cache, again.text], ['hit', 'later'])
  })

  test('no-store keeps nothing', async () => {
    const headers = { 'cache-control': 'no-store' }
    await caching('secret?', {}, { headers })
    assert.equal((await caching('secret?')).cache, 'miss')
    assert.equal(s.asked.length, 2)
  })

  test('a failure is not kept', async () => {
    s.fail('openai', 500)
    s.fail('anthropic', 500)
    await assert.rejects(caching('broken?'), OpenAI.InternalServerError)
    for (const name of ['openai', 'anthropic']) s.say(name, { content: 'whole again' })
    assert.equal((await caching('broken?')).text, 'whole again')
  })

  test('an answer grows old', async () => {
    await ask('/brief')
    assert.equal((await ask('/brief')).cache, 'hit')
    await new Promise((resolve) => setTimeout(resolve, 1100))
    assert.equal((await ask('/brief')).cache, 'miss')
  })

  test('routes without one', async () => assert.equal((await ask('/ab')).cache, 'off'))
})

describe('cost limit', () => {
  test('per day', async () => {
    for (let i = 0; i < 3; i++) await ask('/day', { stream: i === 1 })
    let calls = 0
    const client = s.openai({ path: '/day', maxRetries: 2, fetch: (...args) => (calls++, fetch(...args)) })
    for (const stream of [false, true]) {
      calls = 0
      await assert.rejects(client.chat.completions.create({ model: 'any', messages: user('hello'), max_tokens: 10, stream }), (err) => {
        assert.ok(err instanceof OpenAI.RateLimitError)
        assert.equal(err.code, 'cost_limit_exceeded')
        const { limit, spent, window } = err.error.strowger
        assert.deepEqual([limit, spent, window], [0.0035, 0.003, 'day'])
        const now = Date.now() / 1000
        assert.ok(Math.abs(Number(err.headers.get('retry-after')) - (86400 - now % 86400)) < 5, `retry-after ${err.headers.get('retry-after')}`)
        return true
      })
      assert.equal(calls, 1, 'the SDK was not told that trying again before midnight cannot help')
    }
    assert.deepEqual(s.asked, ['openai', 'openai', 'openai'])
  })

  test('other routes go on', async () => assert.equal((await ask('/firm')).text, 'openai speaking'))

  test('requests at the same time do not spend the same money', async () => {
    const ended = await Promise.allSettled(Array.from({ length: 12 }, () => ask('/rush')))
    const refused = ended.filter((e) => e.status === 'rejected')
    assert.equal(ended.length - refused.length, 3)
    for (const { reason } of refused) {
      assert.ok(reason instanceof OpenAI.RateLimitError)
      assert.equal(reason.error.strowger.window, 'month')
    }
    assert.equal(s.asked.length, 3)
  })

  test('per request', async () => {
    assert.equal((await ask('/each')).text, 'openai speaking')
    await assert.rejects(ask('/each', { max_tokens: 100 }), (err) => {
      assert.ok(err instanceof OpenAI.RateLimitError)
      assert.equal(err.code, 'cost_limit_exceeded')
      assert.equal(err.headers.get('x-should-retry'), 'false')
      assert.deepEqual([err.error.strowger.limit, err.error.strowger.window], [0.0015, 'request'])
      return true
    })
  })
})
