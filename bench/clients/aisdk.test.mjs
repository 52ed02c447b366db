// The AI SDK with its two ways to reach a router: the provider for whatever speaks OpenAI's format
// (https://ai-sdk.dev/providers/openai-compatible-providers) and OpenRouter's own
// (https://openrouter.ai/docs/guides/community/vercel-ai-sdk).
import assert from 'node:assert/strict'
import { after, before, beforeEach, test } from 'node:test'

import { createOpenAICompatible } from '@ai-sdk/openai-compatible'
import { createOpenRouter } from '@openrouter/ai-sdk-provider'
import { generateText, streamText } from 'ai'

import { exchange, user } from './rig.mjs'

const [GPT, CLAUDE] = ['openai/gpt-4o', 'anthropic/claude-sonnet-4.5']
const models = {
  [GPT]: { endpoints: [{ provider: 'openai', price: { input: 5, output: 15 } }, { provider: 'azure', price: { input: 2.5, output: 10 } }] },
  [CLAUDE]: { endpoints: [{ provider: 'anthropic', price: { input: 3, output: 15 } }] },
}

let s
before(async () => (s = await exchange(['openai', 'azure', 'anthropic'], { models, routing: { circuit: { failures: 1000 } } })))
beforeEach(() => s.fresh())
after(() => s?.stop())

/** ways are the two providers: each gives what to ask, with the same fields for the router. */
const ways = {
  'openai-compatible': (provider) => ({
    model: createOpenAICompatible({ name: 'strowger', baseURL: `${s.url}/v1`, apiKey: 'sk-of-the-caller', includeUsage: true })(GPT),
    providerOptions: { strowger: { provider } },
  }),
  openrouter: (provider) => ({
    model: createOpenRouter({ baseURL: `${s.url}/api/v1`, apiKey: 'sk-of-the-caller' })(GPT, { provider, usage: { include: true } }),
  }),
}

async function generate(call) {
  const { text, response, usage } = await generateText({ ...call, messages: user('hello'), maxRetries: 0 })
  return { text, model: response.modelId, tokens: usage.totalTokens }
}

async function stream(call) {
  const errors = []
  const got = streamText({ ...call, messages: user('hello'), maxRetries: 0, onError: ({ error }) => errors.push(error) })
  let text = ''
  for await (const delta of got.textStream) text += delta
  if (errors.length > 0) throw errors[0]
  return { text, model: (await got.response).modelId, tokens: (await got.usage).totalTokens }
}

for (const [way, call] of Object.entries(ways)) {
  for (const ask of [generate, stream]) {
    for (const [name, provider, down, asked, model] of [
      ['order', { order: ['azure'] }, [], ['azure'], GPT],
      ['sort', { sort: 'price' }, [], ['azure'], GPT],
      ['ignore', { ignore: ['openai'] }, [], ['azure'], GPT],
      ['the next provider', {}, ['openai'], ['openai', 'azure'], GPT],
      ['the next model', { fallback: [CLAUDE] }, ['openai', 'azure'], ['openai', 'azure', 'anthropic'], CLAUDE],
    ]) {
      test(`${way}, ${ask.name}: ${name}`, async () => {
        for (const provider of down) s.fail(provider)
        const got = await ask(call(provider))
        assert.deepEqual(s.asked, asked)
        assert.equal(got.text, `${asked.at(-1)} speaking`)
        assert.equal(got.model, model)
        assert.ok(got.tokens > 0)
        for (const field of ['provider', 'usage']) assert.ok(!(field in s.at[asked.at(-1)].getLastRequest().body), `${field} left`)
      })
    }

    test(`${way}, ${ask.name}: a bad value`, async () => {
      await assert.rejects(ask(call({ sort: 'cheapest' })), (err) => {
        assert.equal(err.statusCode, 400)
        assert.equal(err.data.error.param, 'provider.sort')
        return true
      })
    })
  }
}

test('what it cost, as OpenRouter gives it', async () => {
  s.say('openai', { content: 'dear', usage: { prompt_tokens: 1_000_000, completion_tokens: 1_000_000, total_tokens: 2_000_000 } })
  const { providerMetadata } = await generateText({ ...ways.openrouter({}), messages: user('hello') })
  assert.equal(providerMetadata.openrouter.usage.cost, 20)
})
