// What is waited for is not waited for for ever. The clock is the test's, which Node has and Deno has not.
import assert from 'node:assert/strict'
import { test } from 'node:test'

import { catalogOf, chunk, host, read, user } from './rig.mjs'

const CHAT = '/v1/chat/completions'

/** turns lets everything happen that is not waiting for a timer or the network. */
const turns = () => new Promise((resolve) => setImmediate(resolve))

test('a body that pauses is given up', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout', 'Date'], now: Date.now() })
  const h = host(catalogOf({ one: { base_url: 'http://127.0.0.1:1' } }))
  const body = new ReadableStream({ start: (c) => c.enqueue(new TextEncoder().encode('{"model"')) })
  const answer = h.ask(CHAT, body, { duplex: 'half' })
  await turns()
  t.mock.timers.tick(29_999)
  await turns()
  assert.equal(h.told.finish.length, 0)
  t.mock.timers.tick(2)
  const response = await answer
  assert.equal(response.status, 408)
  assert.match(await response.text(), /too slowly: 8 bytes/)
})

test('a caller that does not read on is given up', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout', 'Date'], now: Date.now() })
  let attempt
  const fetch = async (url, { signal }) => {
    attempt = signal
    const body = new ReadableStream({ pull: (c) => c.enqueue(new TextEncoder().encode(chunk('x'.repeat(16 << 10)))) })
    return new Response(body, { headers: { 'content-type': 'text/event-stream' } })
  }
  const timeouts_us = { first_token: 3_600_000_000, total: 3_600_000_000, idle: 3_600_000_000 }
  const h = host(catalogOf({ one: { base_url: 'http://one.example', timeouts_us } }), { fetch })
  const response = await h.ask(CHAT, { model: 'acme/parrot', stream: true, messages: user('hi') })
  assert.equal(response.status, 200)
  for (let i = 0; i < 100; i++) await turns()
  t.mock.timers.tick(119_999)
  await turns()
  assert.equal(h.told.finish.length, 0)
  t.mock.timers.tick(1)
  assert.equal(h.told.finish[0]?.outcome, 'left')
  assert.equal(attempt.aborted, true)
  await assert.rejects(response.text())
})

test('a slow caller holds its provider up, and that is not the provider’s silence', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout', 'Date'], now: Date.now() })
  const parts = [...Array(100).fill(chunk('x'.repeat(16 << 10))), 'data: {"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}\n\ndata: [DONE]\n\n']
  let taken = 0
  const fetch = async () => {
    const pull = (c) => (taken < parts.length ? c.enqueue(new TextEncoder().encode(parts[taken++])) : c.close())
    return new Response(new ReadableStream({ pull }, { highWaterMark: 0 }), { headers: { 'content-type': 'text/event-stream' } })
  }
  const h = host(catalogOf({ one: { base_url: 'http://one.example', timeouts_us: { idle: 300_000, total: 60_000_000 } } }), { fetch })
  const response = await h.ask(CHAT, { model: 'acme/parrot', stream: true, messages: user('hi') })
  for (let i = 0; i < 100; i++) await turns()
  const held = taken
  assert.ok(held < parts.length / 2, `${held} parts were taken of a provider whose caller reads nothing`)
  t.mock.timers.tick(1000) // a silence of the provider's would end the attempt long before
  for (let i = 0; i < 100; i++) await turns()
  assert.equal(taken, held)
  const { said, error } = await read(response)
  assert.equal(error, undefined)
  assert.match(said.slice(-100), /\[DONE\]/)
  assert.equal(h.told.finish[0].outcome, 'ok')
})
