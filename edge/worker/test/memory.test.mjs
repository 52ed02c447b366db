// What large bodies and answers take in workerd.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { gzipSync } from 'node:zlib'

import { bindings, catalog, chat, raw, served, timeouts_us } from './parrot.mjs'
import { chunk, read, stub } from './rig.mjs'
import { deployment, start, until } from './workerd.mjs'

test('many large bodies at once stay within the memory of an isolate', async (t) => {
  const w = await start(t, { document: served(), bindings })
  const body = JSON.stringify(chat('x'.repeat(7 << 20)))
  const statuses = await Promise.all(Array.from({ length: 12 }, async () => {
    const response = await w.ask('/v1/chat/completions', body)
    await response.arrayBuffer()
    return response.status
  }))
  const most = (await w.state()).memory_most
  t.diagnostic(`wasm memory at most ${most >> 20} MiB, statuses ${statuses.join(' ')}`)
  assert.ok(statuses.some((s) => s === 200))
  assert.ok(statuses.every((s) => s === 200 || s === 503), statuses.join(' '))
  assert.ok(most < 100 << 20, `${most >> 20} MiB`)
  assert.equal((await w.ask('/v1/chat/completions', chat('hello'))).status, 200)
})

test('a body holds what it is, and no longer what it might have been', async (t) => {
  const going = await stub(t, (req, res) => res.writeHead(200, { 'content-type': 'text/event-stream' }).write(chunk('hello')))
  const w = await start(t, { document: deployment({ ...catalog(), providers: [{ name: 'sim', schema: 'openai', base_url: going.url }] }) })
  const small = JSON.stringify(chat('hello', { stream: true }))
  const large = JSON.stringify(chat('x'.repeat(300_000), { stream: true }))
  for (const [headers, body] of [
    [{ 'transfer-encoding': 'chunked' }, small],
    [{ 'content-encoding': 'gzip', 'content-length': gzipSync(small).length }, gzipSync(small)],
    [{ 'transfer-encoding': 'chunked' }, large],
    [{ 'content-length': large.length }, large],
  ]) assert.equal(await raw(t, w, headers, (sending) => sending.end(body)), 200)
  assert.equal(going.asked.length, 4, 'all of them go on')
})

test('many large answers at once stay within it, too', async (t) => {
  const content = 'y'.repeat(7 << 20)
  const large = await stub(t, (req, res) => {
    res.setHeader('content-type', 'application/json')
    res.end(JSON.stringify({ id: 'c', object: 'chat.completion', created: 1, model: 'm', choices: [{ index: 0, message: { role: 'assistant', content }, finish_reason: 'stop' }] }))
  })
  const w = await start(t, { document: deployment({ ...catalog(), providers: [{ name: 'sim', schema: 'openai', base_url: `${large.url}/v1`, timeouts_us: { ...timeouts_us, total: 60_000_000, idle: 30_000_000, first_token: 30_000_000 } }] }, { limits: { max_answer: 8 << 20 } }) })
  const sizes = await Promise.all(Array.from({ length: 20 }, async () => (await (await w.ask('/v1/chat/completions', chat('hello'))).arrayBuffer()).byteLength))
  const most = (await w.state()).memory_most
  t.diagnostic(`wasm memory at most ${most >> 20} MiB`)
  assert.ok(sizes.every((size) => size > content.length), sizes.join(' '))
  assert.equal(large.asked.length, 20)
  assert.ok(most < 112 << 20, `${most >> 20} MiB`)
})

test('events that are gathered count as an answer does, and those that are passed on do not', async (t) => {
  const piece = chunk('z'.repeat(9_000))
  const end = `${chunk('').replace('"delta"', '"finish_reason":"stop","delta"')}data: [DONE]\n\n`
  const open = []
  let ending = false
  const large = await stub(t, (req, res) => {
    res.writeHead(200, { 'content-type': 'text/event-stream' })
    for (let i = 0; i < 1200; i++) res.write(piece)
    if (ending) res.end(end)
    open.push(res)
  })
  const timeouts = { ...timeouts_us, total: 60_000_000, idle: 30_000_000, first_token: 30_000_000 }
  const w = await start(t, { document: deployment({ ...catalog(), providers: [{ name: 'sim', schema: 'openai', base_url: large.url, assemble: true, timeouts_us: timeouts }] }) })
  const answers = Array.from({ length: 6 }, () => w.ask('/v1/chat/completions', chat('hello')).then(async (response) => (await response.arrayBuffer(), response.status)))
  await until('all are asked', () => open.length === 6)
  const streamed = await w.ask('/v1/chat/completions', chat('hello', { stream: true }))
  const reader = streamed.body.getReader()
  for (let size = 0; size < 10_000_000; ) size += (await reader.read()).value.length
  reader.cancel()
  ending = true
  for (const res of open) res.end(end)
  const statuses = await Promise.all(answers)
  const most = (await w.state()).memory_most
  t.diagnostic(`wasm memory at most ${most >> 20} MiB, statuses ${statuses.join(' ')}`)
  assert.ok(statuses.includes(200), statuses.join(' ')) // whoever waits too long is told so
  assert.ok(most < 112 << 20, `${most >> 20} MiB`)
})

test('a stream may be longer than an answer that is gathered', async (t) => {
  const end = `${chunk('').replace('"delta"', '"finish_reason":"stop","delta"')}data: [DONE]\n\n`
  const long = await stub(t, (req, res) => {
    res.writeHead(200, { 'content-type': 'text/event-stream' })
    for (let i = 0; i < 1000; i++) res.write(chunk('z'.repeat(9_000)))
    res.end(end)
  })
  const w = await start(t, { document: deployment({ ...catalog(), providers: [{ name: 'sim', schema: 'openai', base_url: long.url, timeouts_us }] }, { limits: { max_answer: 8 << 20 } }) })
  const { said } = await read(await w.ask('/v1/chat/completions', chat('hello', { stream: true })))
  assert.equal(said.match(/z/g).length, 9_000_000)
  assert.match(said, /data: \[DONE\]/)
})
