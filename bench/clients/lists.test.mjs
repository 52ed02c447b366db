// The lists of models and endpoints as clients read them: OpenAI's library, OpenRouter's own, which checks
// every field, and what is written by hand after https://openrouter.ai/docs/guides/overview/models and
// https://openrouter.ai/docs/api/api-reference/endpoints/list-endpoints.
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'

import { OpenRouter } from '@openrouter/sdk'

import { exchange } from './rig.mjs'

const LLAMA = 'meta-llama/llama-3.3-70b-instruct'
const known = { context: 131072, max_output: 16384, parameters: ['tools', 'tool_choice', 'temperature', 'max_tokens', 'seed'] }
const models = {
  [LLAMA]: {
    endpoints: [
      { provider: 'together', price: { input: 0.88, output: 0.88 }, ...known },
      { provider: 'deepinfra', price: { input: 0.23, output: 0.4 }, ...known },
    ],
  },
  'openai/gpt-5-mini': { endpoints: [{ provider: 'openai', price: { input: 0.25, output: 2, cache_read: 0.025 }, ...known, context: 400000 }] },
}
const IDS = [...[LLAMA, 'openai/gpt-5-mini'].sort(), 'auto']

let s
before(async () => (s = await exchange(['together', 'deepinfra', 'openai'], { models })))
after(() => s?.stop())

const get = async (path) => {
  const response = await fetch(s.url + path)
  assert.equal(response.status, 200, path)
  return response.json()
}

for (const path of ['/v1', '/api/v1']) {
  test(`OpenAI's library, under ${path}`, async () => {
    const client = s.openai({ path })
    const list = []
    for await (const model of client.models.list()) list.push(model)
    assert.deepEqual(list.map((m) => m.id), IDS)
    assert.deepEqual(new Set(list.map((m) => m.object)), new Set(['model']))
    assert.equal((await client.models.retrieve(LLAMA)).id, LLAMA)
    assert.equal((await client.models.retrieve('auto')).owned_by, 'strowger')
    await assert.rejects(client.models.retrieve('meta-llama/nothing'), { status: 404 })
  })
}

test('models by hand', async () => {
  const { data } = await get('/api/v1/models')
  const model = data.find((m) => m.id === LLAMA)
  assert.deepEqual([Number(model.pricing.prompt), Number(model.pricing.completion)], [0.00000088, 0.00000088])
  assert.equal(model.context_length, known.context)
  assert.equal(model.top_provider.max_completion_tokens, known.max_output)
  assert.ok(model.supported_parameters.includes('tools'))
  assert.deepEqual(model.architecture.input_modalities, ['text'])
})

test('the model auto by hand', async () => {
  const { data } = await get('/api/v1/models')
  const auto = data.find((m) => m.id === 'auto')
  assert.deepEqual([auto.pricing.prompt, auto.pricing.completion, auto.context_length], ['-1', '-1', 400000])
  assert.equal((await get('/api/v1/models/auto/endpoints')).data.endpoints.length, 3)
})

test('endpoints by hand', async () => {
  const { data } = await get(`/api/v1/models/${LLAMA}/endpoints`)
  assert.equal(data.id, LLAMA)
  assert.deepEqual(data.endpoints.map((e) => [e.tag, Number(e.pricing.prompt), Number(e.pricing.completion), e.context_length]),
    [['together', 0.00000088, 0.00000088, known.context], ['deepinfra', 0.00000023, 0.0000004, known.context]])
  for (const e of data.endpoints) assert.deepEqual([e.status, e.max_completion_tokens], [0, known.max_output])
})

// Its checks are the strictest description there is of what OpenRouter sends.
describe("OpenRouter's library", () => {
  const client = () => new OpenRouter({ apiKey: 'sk-of-the-caller', serverURL: `${s.url}/api/v1`, retryConfig: { strategy: 'none' } })

  test('models', async () => {
    const list = []
    for await (const page of await client().models.list()) list.push(...page.result.data)
    assert.deepEqual(list.map((m) => m.id), IDS)
    assert.equal(Number(list.find((m) => m.id === LLAMA).pricing.completion), 0.00000088)
  })

  test('endpoints', async () => {
    const [author, slug] = LLAMA.split('/')
    const { data } = await client().endpoints.list({ author, slug })
    assert.deepEqual(data.endpoints.map((e) => e.providerName), ['together', 'deepinfra'])
  })
})
