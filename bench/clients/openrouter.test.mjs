// What OpenRouter documents, asked of strowger with the openai SDK (fields as they go over the wire) and
// with OpenRouter's own (the same fields in camel case). Each example is one of
// https://openrouter.ai/docs/guides/routing/provider-selection unless it names another page; the question
// itself is ours. Providers have the names of the examples and are mocks.
import assert from 'node:assert/strict'
import { after, before, beforeEach, describe, test } from 'node:test'

import { OpenRouter } from '@openrouter/sdk'
import { OpenRouterError } from '@openrouter/sdk/models/errors'
import OpenAI from 'openai'

import { collect, exchange, user } from './rig.mjs'

const LLAMA = 'meta-llama/llama-3.3-70b-instruct'
const MIXTRAL = 'mistralai/mixtral-8x7b-instruct'
const [CLAUDE, GPT, GEMINI] = ['anthropic/claude-sonnet-4.5', 'openai/gpt-5-mini', 'google/gemini-3-flash-preview']
const NAMES = ['openai', 'azure', 'anthropic', 'google-vertex', 'google-vertex/us-east5', 'google-ai-studio', 'together', 'deepinfra', 'deepinfra/turbo']

/** at is an endpoint with its prices in dollars per million tokens. */
const at = (provider, input, output, more) => ({ provider, price: { input, output }, ...more })
const models = {
  [LLAMA]: { endpoints: [at('together', 0.88, 0.88), at('deepinfra', 0.23, 0.4)] },
  [MIXTRAL]: { endpoints: [at('deepinfra', 0.4, 0.4), at('together', 0.6, 0.6)] },
  [GPT]: { endpoints: [at('openai', 0.25, 2), at('azure', 0.25, 2)] },
  [CLAUDE]: { endpoints: [at('google-vertex/us-east5', 3.3, 16.5), at('google-vertex', 3, 15), at('anthropic', 3, 15, { parameters: ['temperature', 'max_tokens'] })] },
  [GEMINI]: { endpoints: [at('google-ai-studio', 0.5, 3)] },
  'deepseek/deepseek-r1': { endpoints: [at('deepinfra', 0.7, 2.4), at('deepinfra/turbo', 1, 3)] },
}
const routing = { circuit: { failures: 1000 } } // what fails here fails on purpose

/** camel is a request as OpenRouter's SDK wants it. */
function camel(value) {
  if (Array.isArray(value)) return value.map(camel)
  if (value === null || typeof value !== 'object') return value
  return Object.fromEntries(Object.entries(value).map(([key, v]) => [key.replace(/_(.)/g, (_, c) => c.toUpperCase()), camel(v)]))
}

/** clients are the two SDKs, each with one way to ask: it gives text and model of the answer. */
function clients(s) {
  const openai = s.openai({ path: '/api/v1' })
  const openrouter = new OpenRouter({ apiKey: 'sk-of-the-caller', serverURL: `${s.url}/api/v1`, retryConfig: { strategy: 'none' } })
  return {
    openai: (body) => read(openai.chat.completions.create({ messages: user('hello'), ...body })),
    '@openrouter/sdk': (body) => read(openrouter.chat.send({ chatRequest: camel({ messages: user('hello'), ...body }) })),
  }
}

async function read(answer) {
  const got = await answer
  if (got.choices) return { text: got.choices[0].message.content, model: got.model, usage: got.usage }
  const { text, chunks } = await collect(got)
  return { text, model: chunks[0].model, usage: chunks.at(-1).usage }
}

/**
 * replay is a test of each example with each SDK, plain and as a stream: who was asked, in which order, and
 * that the last of them answered under the model's own name.
 */
function replay(s, examples) {
  for (const { name, body, asked, model = body.model, down = [] } of examples) {
    for (const sdk of ['openai', '@openrouter/sdk']) {
      for (const stream of [false, true]) {
        test(`${name} (${sdk}${stream ? ', streamed' : ''})`, async () => {
          for (const provider of down) s().fail(provider)
          const got = await clients(s())[sdk]({ ...body, stream })
          assert.deepEqual(s().asked, asked)
          assert.equal(got.text, `${asked.at(-1)} speaking`)
          assert.equal(got.model, model)
          clean(s())
        })
      }
    }
  }
}

/** clean: no provider saw what is meant for the router, or who called it. */
function clean(s) {
  for (const [name, mock] of Object.entries(s.at)) {
    for (const { body, headers } of mock.getRequests()) {
      for (const field of ['provider', 'models', 'usage']) assert.ok(!(field in body), `${name} was sent ${field}`)
      assert.ok(body.model && !body.model.includes(':'), `${name} was asked for ${body.model}`)
      assert.ok(!('http-referer' in headers) && !('x-title' in headers), `${name} was told where the caller comes from`)
    }
  }
}

describe('choosing', () => {
  let s
  before(async () => (s = await exchange(NAMES, { models, routing })))
  beforeEach(() => s.fresh())
  after(() => s?.stop())

  replay(() => s, [
    // #ordering-specific-providers: OpenAI does not serve Mixtral and is passed over
    { name: 'order', body: { model: MIXTRAL, provider: { order: ['openai', 'together'] } }, asked: ['together'] },
    { name: 'order, and backups behind it', body: { model: MIXTRAL, provider: { order: ['openai', 'together'] } }, down: ['together'], asked: ['together', 'deepinfra'] },
    { name: 'order without fallbacks', body: { model: MIXTRAL, provider: { order: ['openai', 'together'], allow_fallbacks: false } }, asked: ['together'] },
    // #targeting-specific-provider-endpoints
    { name: 'a variant', body: { model: 'deepseek/deepseek-r1', provider: { order: ['deepinfra/turbo'], allow_fallbacks: false } }, asked: ['deepinfra/turbo'] },
    { name: 'a region alone', body: { model: CLAUDE, provider: { only: ['google-vertex/us-east5'] } }, asked: ['google-vertex/us-east5'] },
    { name: 'all regions by the base name', body: { model: CLAUDE, provider: { only: ['google-vertex'] } }, down: ['google-vertex/us-east5'], asked: ['google-vertex/us-east5', 'google-vertex'] },
    { name: 'all regions ignored by the base name', body: { model: CLAUDE, provider: { ignore: ['google-vertex'] } }, asked: ['anthropic'] },
    // #allowing-only-specific-providers, #ignoring-providers, #disabling-fallbacks
    { name: 'only', body: { model: GPT, provider: { only: ['azure'] } }, asked: ['azure'] },
    { name: 'ignore', body: { model: MIXTRAL, provider: { ignore: ['deepinfra'] } }, asked: ['together'] },
    { name: 'allow_fallbacks', body: { model: GPT, provider: { allow_fallbacks: false } }, asked: ['openai'] },
    // #requiring-providers-to-support-all-parameters
    { name: 'require_parameters', body: { model: CLAUDE, seed: 7, provider: { order: ['anthropic'], require_parameters: true } }, asked: ['google-vertex/us-east5'] },
    { name: 'without require_parameters', body: { model: CLAUDE, seed: 7, provider: { order: ['anthropic'] } }, asked: ['anthropic'] },
    { name: 'a format that a provider lacks', body: { model: CLAUDE, response_format: { type: 'json_object' }, provider: { order: ['anthropic'], require_parameters: true } }, asked: ['google-vertex/us-east5'] },
    // #provider-sorting, #floor-price-shortcut, #max-price
    { name: 'sort by price', body: { model: LLAMA, provider: { sort: 'price' } }, asked: ['deepinfra'] },
    { name: ':floor', body: { model: `${LLAMA}:floor` }, model: LLAMA, asked: ['deepinfra'] },
    { name: 'max_price', body: { model: LLAMA, provider: { max_price: { prompt: '0.5', completion: '1' } } }, asked: ['deepinfra'] },
    // #advanced-sorting-with-partition
    { name: 'sort over all models', body: { model: CLAUDE, models: [GPT, GEMINI], provider: { sort: { by: 'price', partition: 'none' } } }, model: GPT, asked: ['openai'] },
    { name: 'sort within each model', body: { model: CLAUDE, models: [GPT, GEMINI], provider: { sort: { by: 'price', partition: 'model' } } }, asked: ['google-vertex'] },
    // https://openrouter.ai/docs/guides/routing/model-fallbacks
    { name: 'models behind the model', body: { model: GPT, models: [GEMINI, CLAUDE] }, down: ['openai', 'azure'], model: GEMINI, asked: ['openai', 'azure', 'google-ai-studio'] },
    // #requiring-providers-to-comply-with-data-policies: what asks for nothing
    { name: 'data_collection allow, zdr false', body: { model: GPT, provider: { data_collection: 'allow', zdr: false } }, asked: ['openai'] },
    // #distillable-text-enforcement: not known here, passed over
    { name: 'enforce_distillable_text', body: { model: LLAMA, provider: { enforce_distillable_text: true } }, asked: ['together'] },
    // #performance-thresholds: without measurements nothing is preferred, and nothing is lost
    {
      name: 'thresholds', asked: ['together'],
      body: { model: LLAMA, provider: { preferred_max_latency: { p50: 1, p90: 3, p99: 5 }, preferred_min_throughput: { p50: 100, p90: 50 } } },
    },
  ])

  // https://openrouter.ai/docs/guides/best-practices/prompt-caching, on sticky sessions
  replay(() => s, [{ name: 'session_id', body: { model: GPT, session_id: 'session-1', user: 'user-1' }, asked: ['openai'] }])

  // https://openrouter.ai/docs/quickstart: the headers that say which application calls
  test('headers of the application', async () => {
    const client = s.openai({ path: '/api/v1', defaultHeaders: { 'HTTP-Referer': 'https://example.org', 'X-Title': 'example' } })
    const { text } = await read(client.chat.completions.create({ model: GPT, messages: user('hello') }))
    assert.equal(text, 'openai speaking')
    clean(s)
  })

  test('nobody else is asked where fallbacks are off', async () => {
    for (const [sdk, ask] of Object.entries(clients(s))) {
      s.fresh()
      s.fail('together', 503)
      await assert.rejects(ask({ model: MIXTRAL, provider: { order: ['openai', 'together'], allow_fallbacks: false } }), (err) => {
        assert.equal(err.status ?? err.statusCode, 503, sdk)
        return true
      })
      assert.deepEqual(s.asked, ['together'])
    }
  })

  test('max_price that nobody keeps', async () => {
    const body = { model: LLAMA, messages: user('hello'), provider: { max_price: { prompt: 0.1 } } }
    await assert.rejects(s.openai().chat.completions.create(body), (err) => {
      assert.ok(err instanceof OpenAI.NotFoundError)
      assert.equal(err.code, 'no_eligible_endpoint')
      assert.deepEqual(err.error.strowger.candidates.map((c) => c.code), ['max_price', 'max_price'])
      return true
    })
    assert.deepEqual(s.asked, [])
  })

  for (const [param, provider, legal] of [
    ['provider.sort', { sort: 'cheapest' }, /price, throughput, latency/],
    ['provider.sort.by', { sort: { by: 'speed', partition: 'none' } }, /price, throughput, latency/],
    ['provider.sort.partition', { sort: { by: 'price', partition: 'all' } }, /model, none/],
    ['provider.order', { order: 'openai' }, /array/],
    ['provider.only[1]', { only: ['openai', 7] }, /./],
    ['provider.allow_fallbacks', { allow_fallbacks: 'no' }, /true or false/],
    ['provider.max_price.prompt', { max_price: { prompt: 'cheap' } }, /US dollars/],
    ['provider.data_collection', { data_collection: 'maybe' }, /allow, deny/],
  ]) {
    test(`bad ${param}`, async () => {
      await assert.rejects(clients(s).openai({ model: GPT, provider }), (err) => {
        assert.ok(err instanceof OpenAI.BadRequestError)
        assert.equal(err.param, param)
        assert.match(err.message, legal)
        return true
      })
      assert.deepEqual(s.asked, [])
    })
  }

  // Where OpenRouter's SDK looks for a number, OpenAI's error code is a word: it reports that and gives the body.
  test('an error in its own SDK', async () => {
    const ask = clients(s)['@openrouter/sdk']
    for (const stream of [false, true]) {
      await assert.rejects(ask({ model: GPT, provider: { sort: 'cheapest' }, stream }), (err) => {
        assert.ok(err instanceof OpenRouterError)
        assert.equal(err.statusCode, 400)
        assert.equal(JSON.parse(err.body).error.param, 'provider.sort')
        return true
      })
    }
  })

  // https://openrouter.ai/docs/cookbook/administration/usage-accounting
  test('usage and what it cost', async () => {
    const said = { completion_tokens: 300_000, prompt_tokens: 1_000_000, total_tokens: 1_300_000 }
    s.say('openai', { content: 'dear', usage: said }, { chunkSize: 2 })
    for (const stream of [false, true]) {
      const { usage } = await clients(s).openai({ model: GPT, usage: { include: true }, stream })
      assert.equal(usage.total_tokens, said.total_tokens)
      assert.ok(Math.abs(usage.cost - 0.85) < 1e-9, `cost ${usage.cost}`)
    }
    const { usage } = await clients(s)['@openrouter/sdk']({ model: GPT, stream: true, stream_options: { include_usage: true } })
    assert.equal(usage.totalTokens, said.total_tokens)
    clean(s)
  })
})

// https://openrouter.ai/docs/guides/routing/model-fallbacks: the first of the list is the model.
describe('models without model', () => {
  let s
  before(async () => (s = await exchange(NAMES, { models, routing })))
  beforeEach(() => s.fresh())
  after(() => s?.stop())

  replay(() => s, [
    { name: 'the first', body: { models: [CLAUDE, GPT] }, model: CLAUDE, asked: ['google-vertex/us-east5'] },
    { name: 'the first is down', body: { models: [GPT, GEMINI] }, down: ['openai', 'azure'], model: GEMINI, asked: ['openai', 'azure', 'google-ai-studio'] },
    { name: 'sorted over all', body: { models: [CLAUDE, GPT, GEMINI], provider: { sort: { by: 'price', partition: 'none' } } }, model: GPT, asked: ['openai'] },
  ])
})

// OpenRouter measures over its customers; here the measurements are those of the first requests.
describe('measured speed', () => {
  let s
  const quick = { chunkSize: 4, latency: 1 }
  const slow = { chunkSize: 4, latency: 40, chaos: { latencyMs: 400 } } // far from the other, on a busy machine, too
  before(async () => {
    s = await exchange(['together', 'deepinfra'], { models: { [LLAMA]: models[LLAMA] } })
    s.say('together', { content: 'together speaking at its own pace' }, slow)
    s.say('deepinfra', { content: 'deepinfra speaking at its own pace' }, quick)
    for (const only of ['together', 'deepinfra']) {
      for (let i = 0; i < 6; i++) {
        for (const stream of [false, true]) await clients(s).openai({ model: LLAMA, provider: { only: [only] }, stream })
      }
    }
  })
  after(() => s?.stop())

  for (const [name, body] of [
    // #provider-sorting, #nitro-shortcut
    ['sort by throughput', { model: LLAMA, provider: { sort: 'throughput' } }],
    ['sort by latency', { model: LLAMA, provider: { sort: 'latency' } }],
    [':nitro', { model: `${LLAMA}:nitro` }],
    // #performance-thresholds: who misses one goes last
    ['preferred_max_latency', { model: LLAMA, provider: { preferred_max_latency: 0.3 } }],
    ['preferred_max_latency at a percentile', { model: LLAMA, provider: { preferred_max_latency: { p90: 0.3 } } }],
    ['preferred_min_throughput', { model: LLAMA, provider: { preferred_min_throughput: 35 } }],
    ['preferred_min_throughput at percentiles', { model: LLAMA, provider: { preferred_min_throughput: { p50: 35, p90: 35 } } }],
  ]) {
    for (const sdk of ['openai', '@openrouter/sdk']) {
      test(`${name} (${sdk})`, async () => {
        s.asked.length = 0
        const { text } = await clients(s)[sdk]({ ...body, stream: true })
        assert.deepEqual(s.asked, ['deepinfra'])
        assert.equal(text, 'deepinfra speaking at its own pace')
      })
    }
  }

  test('a threshold that nobody meets loses nothing', async () => {
    s.asked.length = 0
    const { text } = await clients(s).openai({ model: LLAMA, provider: { preferred_min_throughput: 1e6 }, stream: true })
    assert.equal(text, 'together speaking at its own pace')
  })
})

// What endpoints declare, and the filters that ask for it.
describe('declared qualities', () => {
  let s
  const providers = { deepinfra: { data_collection: 'deny', zdr: true, quantization: 'fp8' }, azure: { data_collection: 'deny', quantization: 'bf16' } }
  before(async () => {
    const endpoints = ['together', 'azure', 'deepinfra'].map((name) => at(name, 1, 1))
    s = await exchange(['together', 'azure', 'deepinfra'], { providers, models: { [LLAMA]: { endpoints } } })
  })
  beforeEach(() => s.fresh())
  after(() => s?.stop())

  replay(() => s, [
    { name: 'data_collection deny', body: { model: LLAMA, provider: { data_collection: 'deny' } }, asked: ['azure'] },
    { name: 'zdr', body: { model: LLAMA, provider: { zdr: true } }, asked: ['deepinfra'] },
    { name: 'quantizations', body: { model: LLAMA, provider: { quantizations: ['fp8'] } }, asked: ['deepinfra'] },
    { name: 'several quantizations', body: { model: LLAMA, provider: { quantizations: ['int4', 'bf16'] } }, asked: ['azure'] },
  ])

  test('what nobody declares', async () => {
    const body = { model: LLAMA, messages: user('hello'), provider: { quantizations: ['int4'] } }
    await assert.rejects(s.openai().chat.completions.create(body), { status: 404, code: 'no_eligible_endpoint' })
    assert.deepEqual(s.asked, [])
  })
})
