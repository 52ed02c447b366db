// Models chosen by the request: what OfoxAI documents as smart model routing, with real SDKs
// (https://docs.ofox.ai/develop/advanced/model-routing). The questions are ours.
import assert from 'node:assert/strict'
import { after, before, beforeEach, test } from 'node:test'

import Anthropic from '@anthropic-ai/sdk'
import OpenAI from 'openai'

import { collect, exchange, user } from './rig.mjs'

const [SMALL, LARGE] = ['acme/small', 'acme/large']
const models = {
  [SMALL]: { endpoints: [{ provider: 'small', price: { input: 0.1, output: 0.4 } }], quality: { code: 0.6, math: 0.5, writing: 0.9, translation: 0.93, other: 0.9 } },
  [LARGE]: { endpoints: [{ provider: 'large', price: { input: 3, output: 15 } }], quality: 0.96 },
}
const EASY = 'Thanks, that is all for today!'
const HARD = 'Prove that every finite integral domain is a field, then show by an explicit counterexample why finiteness is needed.'
const tools = [{ type: 'function', function: { name: 'read_file', parameters: { type: 'object', properties: { path: { type: 'string' } } } } }]

let s
before(async () => {
  s = await exchange(['small', 'large'], { models, routing: { circuit: { failures: 1000 } } })
})
beforeEach(() => s.fresh())
after(() => s?.stop())

let calls = 0
/** alone makes of a question the first of a conversation of its own. */
const alone = (question) => user(`${question} (${++calls})`)

for (const [name, question, more, model] of [
  ['an easy one', EASY, {}, SMALL],
  ['a hard one', HARD, {}, LARGE],
  ['quality, whatever is asked', EASY, { model: 'auto:quality' }, LARGE],
  ['quality, by the body', EASY, { model_routing_config: { preference: 'quality' } }, LARGE],
  ['the body before the suffix', EASY, { model: 'auto:quality', model_routing_config: { preference: 'cost' } }, SMALL],
  ['a pool of one', EASY, { model_routing_config: { models: ['large'] } }, LARGE],
  ['a filter of providers', EASY, { provider: { ignore: ['small'] } }, LARGE],
]) {
  for (const stream of [false, true]) {
    test(`${name}${stream ? ' (streamed)' : ''}`, async () => {
      const got = await s.openai().chat.completions.create({ model: 'auto', messages: alone(question), stream, ...more })
      const { chunks } = stream ? await collect(got) : { chunks: [got] }
      for (const chunk of chunks) assert.equal(chunk.model, model)
      assert.deepEqual(s.asked, [model.slice(5)])
    })
  }
}

test('the rest of the pool is the fallback', async () => {
  s.fail('large')
  const got = await s.openai().chat.completions.create({ model: 'auto', messages: alone(HARD) })
  assert.equal(got.model, SMALL)
  assert.deepEqual(s.asked, ['large', 'small'])
})

test('Anthropic\'s SDK, and the decision that says why', async () => {
  const client = new Anthropic({ baseURL: s.url, apiKey: 'sk-of-the-caller', maxRetries: 0 })
  const { data, response } = await client.messages.create({ model: 'auto', max_tokens: 100, messages: alone(HARD) }).withResponse()
  assert.equal(data.model, LARGE)
  const decision = await (await fetch(`${s.url}/_/api/decisions/${response.headers.get('x-strowger-decision')}`)).json()
  const { auto } = (decision.report ?? decision).decision
  assert.equal(auto.preference, 'balanced')
  assert.equal(auto.category, 'math')
  assert.ok(auto.difficulty > 500, `difficulty ${auto.difficulty}`)
  assert.deepEqual(auto.models.map((m) => [m.model, m.quality_from]), [[SMALL, 'own'], [LARGE, 'own']])
})

test('the model stays between a tool call and its result, though the turn is easy', async () => {
  s.say('large', { toolCalls: [{ id: 'call_1', name: 'read_file', arguments: '{"path":"a"}' }] })
  const messages = alone(HARD)
  for (let turn = 1; turn <= 3; turn++) {
    const { model, choices } = await s.openai().chat.completions.create({ model: 'auto', messages, tools })
    assert.equal(model, LARGE)
    messages.push(choices[0].message)
    for (const call of choices[0].message.tool_calls) messages.push({ role: 'tool', tool_call_id: call.id, content: 'ok' })
  }
})

test('a preference that there is not', async () => {
  const ask = (more) => s.openai().chat.completions.create({ model: 'auto', messages: user('hello'), ...more })
  await assert.rejects(ask({ model_routing_config: { preference: 'best' } }), (err) => {
    assert.ok(err instanceof OpenAI.BadRequestError)
    assert.equal(err.param, 'model_routing_config.preference')
    return true
  })
  await assert.rejects(ask({ model: 'auto:best' }), OpenAI.NotFoundError)
  await assert.rejects(s.openai().embeddings.create({ model: 'auto', input: 'hello' }), OpenAI.BadRequestError)
})
