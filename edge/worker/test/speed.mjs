// How long the module takes in this runtime: node edge/worker/test/speed.mjs. No test: what it prints is for docs.
import { readFileSync } from 'node:fs'

import { Core } from '../core.mjs'
import { Pool } from '../pool.mjs'
import { serve } from '../exchange.mjs'
import { catalogOf, chunk, moduleFile, user } from './rig.mjs'

const bytes = (value) => new TextEncoder().encode(typeof value === 'string' ? value : JSON.stringify(value))
const clock = () => performance.now() * 1000
const catalog = catalogOf({ one: { base_url: 'http://one.example' }, two: { base_url: 'http://two.example' } })
const request = (stream) => bytes({ model: 'acme/parrot', stream, messages: user('x'.repeat(900)) })
const whole = bytes({ id: 'c', object: 'chat.completion', created: 1, model: 'm', choices: [{ index: 0, message: { role: 'assistant', content: 'y'.repeat(500) }, finish_reason: 'stop' }], usage: { prompt_tokens: 200, completion_tokens: 100, total_tokens: 300 } })
const one = bytes(chunk('word '))
const end = bytes('data: {"id":"c","object":"chat.completion.chunk","created":1,"model":"m","choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}\n\ndata: [DONE]\n\n')

/** least prints the least that one of so many in a round takes: rounds are short, so that a busy machine spares some of them. */
async function least(what, rounds, work, each = 1) {
  let best = Infinity
  for (let i = 0; i < rounds; i++) {
    const from = clock()
    const done = work()
    if (done?.then) await done
    best = Math.min(best, clock() - from)
  }
  console.log(`${what.padEnd(52)} ${(best / each).toFixed(1)} µs`)
}

const wasm = readFileSync(moduleFile())
let module
await least('compile', 2, () => (module = new WebAssembly.Module(wasm)))
await least('instantiate and configure', 10, () => new Core(module).configure(catalog))

const core = new Core(module)
core.configure(catalog)
let now = Date.now() * 1000
const control = { id: 'd1', seed: '1', path: '/v1/chat/completions' }
const step = (handle, event) => core.step(handle, { now_us: now++, ...event })
const begin = (stream) => {
  const handle = core.open(control, request(stream))
  step(handle, { event: 'started' })
  step(handle, { event: 'headers', attempt: 1, status: 200, headers: {} })
  return handle
}
const exchange = () => {
  const handle = begin(false)
  core.data(handle, 1, now++, whole)
  step(handle, { event: 'ended', attempt: 1 })
  core.close(handle)
}
const each = (n, work) => () => {
  for (let i = 0; i < n; i++) work()
}
for (let i = 0; i < 300; i++) exchange()
await least('core: a request of 1 kB, from open to close', 500, each(10, exchange), 10)
const stream = begin(true)
await least(`core: a chunk of ${one.length} bytes`, 500, each(100, () => core.data(stream, 1, now++, one)), 100)

const pool = new Pool(module, { catalog })
const answer = (body, type) => async () => new Response(body(), { headers: { 'content-type': type } })
const host = (fetch) => ({ secret: () => 'sk', fetch })
const url = 'http://edge.example/v1/chat/completions'
const ask = async (body, h) => (await serve(pool, new Request(url, { method: 'POST', body }), h)).arrayBuffer()
const plain = host(answer(() => whole, 'application/json'))
const body = request(false)
for (let i = 0; i < 300; i++) await ask(body, plain)
await least('serve: a request of 1 kB, answered by a function', 300, async () => {
  for (let i = 0; i < 5; i++) await ask(body, plain)
}, 5)
await least('its Request, fetch and Response alone', 300, async () => {
  for (let i = 0; i < 5; i++) {
    await new Request(url, { method: 'POST', body }).arrayBuffer()
    await (await plain.fetch()).arrayBuffer()
    await new Response(whole).arrayBuffer()
  }
}, 5)
const chunks = () => {
  let n = 0
  return new ReadableStream({ pull: (c) => (n++ < 1000 ? c.enqueue(one) : (c.enqueue(end), c.close())) })
}
const streamed = host(answer(chunks, 'text/event-stream'))
const streaming = request(true)
await least('serve: a chunk of 1,000 in a stream', 50, () => ask(streaming, streamed), 1000)
await least('the same, only read', 50, async () => {
  const reader = chunks().getReader()
  while (!(await reader.read()).done);
}, 1000)
