// What OfoxAI documents, asked of strowger with the openai SDK: https://docs.ofox.ai/develop/advanced/provider-routing
// and https://docs.ofox.ai/develop/advanced/fallback. The questions are ours.
import assert from 'node:assert/strict'
import { after, before, beforeEach, test } from 'node:test'

import OpenAI from 'openai'

import { collect, exchange, user } from './rig.mjs'

const [GPT, CLAUDE, GEMINI] = ['openai/gpt-4o', 'anthropic/claude-sonnet-4.5', 'google/gemini-3-flash-preview']
const models = {
  [GPT]: { endpoints: [{ provider: 'openai', price: { input: 2.5, output: 10 } }, { provider: 'azure', price: { input: 2, output: 8 } }] },
  [CLAUDE]: { endpoints: [{ provider: 'anthropic', price: { input: 3, output: 15 } }] },
  [GEMINI]: { endpoints: [{ provider: 'google', price: { input: 0.5, output: 3 } }] },
}

let s
before(async () => {
  s = await exchange(['openai', 'azure', 'anthropic', 'google'], { models, routing: { fallback: [GEMINI], circuit: { failures: 1000 } } })
})
beforeEach(() => s.fresh())
after(() => s?.stop())

/** ask gives the model that really answered, which the documentation says to read from the answer. */
async function ask(provider, stream) {
  const got = await s.openai().chat.completions.create({ model: GPT, messages: user('hello'), provider, stream })
  return stream ? (await collect(got)).chunks[0].model : got.model
}

for (const [name, provider, down, asked, model] of [
  ['priority', { routing: 'priority' }, [], ['openai'], GPT],
  ['cost', { routing: 'cost' }, [], ['azure'], GPT],
  ['fallback is not needed', { fallback: [CLAUDE, GEMINI] }, [], ['openai'], GPT],
  ['fallback', { fallback: [CLAUDE, GEMINI] }, ['openai', 'azure'], ['openai', 'azure', 'anthropic'], CLAUDE],
  ['fallback of the fallback', { fallback: [CLAUDE, GEMINI] }, ['openai', 'azure', 'anthropic'], ['openai', 'azure', 'anthropic', 'google'], GEMINI],
  ['fallback with a strategy', { routing: 'cost', fallback: [CLAUDE] }, ['openai', 'azure'], ['azure', 'openai', 'anthropic'], CLAUDE],
  ['the global fallback', undefined, ['openai', 'azure'], ['openai', 'azure', 'google'], GEMINI],
]) {
  for (const stream of [false, true]) {
    test(`${name}${stream ? ' (streamed)' : ''}`, async () => {
      for (const provider of down) s.fail(provider)
      assert.equal(await ask(provider, stream), model)
      assert.deepEqual(s.asked, asked)
    })
  }
}

test('balanced', async () => {
  for (let i = 0; i < 20; i++) await ask({ routing: 'balanced' })
  assert.equal(s.asked.filter((name) => name === 'azure').length, 10)
})

test('a list of the request replaces the global one, an empty list switches it off', async () => {
  for (const name of ['openai', 'azure', 'anthropic']) s.fail(name, 500)
  await assert.rejects(ask({ fallback: [CLAUDE] }), OpenAI.InternalServerError)
  await assert.rejects(ask({ fallback: [] }), OpenAI.InternalServerError)
  assert.deepEqual(s.asked, ['openai', 'azure', 'anthropic', 'openai', 'azure'])
})

test("the caller's mistake triggers no fallback", async () => {
  s.say('openai', { error: { message: 'what?', type: 'invalid_request_error' }, status: 400 })
  await assert.rejects(ask({ fallback: [CLAUDE] }), OpenAI.BadRequestError)
  assert.deepEqual(s.asked, ['openai'])
})

test('a strategy that there is not', async () => {
  await assert.rejects(ask({ routing: 'random' }), (err) => {
    assert.ok(err instanceof OpenAI.BadRequestError)
    assert.equal(err.param, 'provider.routing')
    assert.match(err.message, /priority, cost, latency/)
    return true
  })
})
