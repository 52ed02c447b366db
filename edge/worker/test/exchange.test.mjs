// Requests through serve, in this process, against providers on loopback: what a caller sees, what a provider sees,
// and what is left behind.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { gzipSync } from 'node:zlib'

import Anthropic from '@anthropic-ai/sdk'
import OpenAI from 'openai'

import { catalogOf, chunk, host, provider, read, stub, user } from './rig.mjs'

let sim
before(async () => (sim = await provider()))
after(() => sim.stop())

const parrot = (content, more) => ({ model: 'acme/parrot', messages: user(content), ...more })
const CHAT = '/v1/chat/completions'
const one = (more) => host(catalogOf({ one: { base_url: `${sim.url}/v1`, key: 'env:ONE', ...more } }))
const openai = (h) => new OpenAI({ baseURL: 'http://edge.example/v1', apiKey: 'sk-of-the-caller', maxRetries: 0, fetch: h.fetch })
const anthropic = (h) => new Anthropic({ baseURL: 'http://edge.example', apiKey: 'sk-of-the-caller', maxRetries: 0, fetch: h.fetch })

/** beside is a host whose first provider is a stub, and whose second is simulated. */
const beside = async (t, handler, { first = {}, second = {}, ...options } = {}) => {
  const bad = await stub(t, handler)
  const providers = {
    one: { base_url: bad.url, key: 'env:ONE', ...first },
    two: { base_url: `${sim.url}/v1`, key: 'env:TWO', ...second },
  }
  return { bad, ...host(catalogOf(second === null ? { one: providers.one } : providers, options.catalog), options) }
}
const alone = (t, handler, options) => beside(t, handler, { ...options, second: null })

test('the SDKs are answered in four schemas, whole and as streams', async () => {
  const h = one()
  const gpt = openai(h)
  const said = 'sim: text="so it goes"\nhi'
  assert.equal((await gpt.chat.completions.create(parrot(said))).choices[0].message.content, 'so it goes')
  assert.equal((await gpt.responses.create({ model: 'acme/parrot', input: said })).output_text, 'so it goes')
  let text = ''
  for await (const { choices } of await gpt.chat.completions.create(parrot(said, { stream: true }))) text += choices[0]?.delta.content ?? ''
  assert.equal(text, 'so it goes')
  text = ''
  for await (const event of await gpt.responses.create({ model: 'acme/parrot', input: said, stream: true })) text += event.delta ?? ''
  assert.equal(text, 'so it goes')
  const claude = anthropic(h)
  const message = await claude.messages.create(parrot(said, { max_tokens: 100 }))
  assert.equal(message.content[0].text, 'so it goes')
  assert.equal(await claude.messages.stream(parrot(said, { max_tokens: 100 })).finalText(), 'so it goes')
  const contents = [{ role: 'user', parts: [{ text: said }] }]
  const gemini = await h.ask('/v1beta/models/acme%2Fparrot:generateContent', { contents })
  assert.equal((await gemini.json()).candidates[0].content.parts[0].text, 'so it goes')
  const stream = await h.ask('/v1beta/models/acme/parrot:streamGenerateContent?alt=sse', { contents })
  assert.equal(stream.headers.get('content-type'), 'text/event-stream; charset=utf-8')
  assert.equal(stream.headers.get('x-accel-buffering'), 'no')
  assert.match(await stream.text(), /so it goes|"so/)
  assert.deepEqual(h.told.finish.map((f) => f.outcome), Array(8).fill('ok'))
  assert.equal(h.told.record.length, 8)
})

test('other operations: embeddings and counted tokens', async () => {
  const h = one({ base_url: `${sim.url}/v1`, declared: undefined })
  const { data } = await openai(h).embeddings.create({ model: 'acme/parrot', input: ['a', 'b'] })
  assert.equal(data.length, 2)
  assert.equal(h.told.finish.length, 1)
})

test('a provider that is not able is passed over, and the next request knows', async (t) => {
  const h = await beside(t, (req, res) => res.writeHead(503, { 'retry-after': '60' }).end('{"error":{"message":"not now"}}'))
  const answer = await openai(h).chat.completions.create(parrot('hi'), {}).withResponse()
  assert.equal(answer.response.headers.get('x-strowger-provider'), 'two')
  assert.equal(answer.response.headers.get('x-strowger-attempts'), '2')
  await openai(h).chat.completions.create(parrot('hi'))
  assert.equal(h.bad.asked.length, 1)
  assert.deepEqual(h.told.record.map((r) => r.outcome), ['overloaded', 'ok', 'ok'])
})

test('a provider that says nothing is given up in time', async (t) => {
  const h = await beside(t, () => {}, { first: { timeouts_us: { first_token: 1_000_000, total: 20_000_000 } } })
  const response = await h.ask(CHAT, parrot('hi', { stream: true }))
  assert.match(await response.text(), /\[DONE\]/)
  assert.equal(response.headers.get('x-strowger-provider'), 'two')
  await h.bad.asked[0].closed // its connection with it
})

test('a provider receives what it needs of the request, and nothing else', async (t) => {
  const h = await alone(t, (req, res) => res.end('{"error":{"message":"x"}}'), {
    first: { schema: 'anthropic', headers: [{ name: 'x-tenant', value: 'env:TENANT' }] },
  })
  await h.ask('/v1/messages', parrot('hi', { max_tokens: 1 }), {
    headers: { 'anthropic-beta': 'context-1m', 'anthropic-version': '2023-06-01', cookie: 'a=b', 'x-api-key': 'sk-of-the-caller', 'x-private': 'x' },
  })
  const { headers, url } = h.bad.asked[0]
  for (const name of ['host', 'connection', 'content-length', 'sec-fetch-mode', 'accept-language']) delete headers[name]
  assert.equal(url, '/v1/messages')
  assert.deepEqual(headers, {
    accept: 'application/json', 'accept-encoding': 'identity', 'anthropic-beta': 'context-1m', 'anthropic-version': '2023-06-01',
    'content-type': 'application/json', 'user-agent': 'strowger', 'x-api-key': 'secret-of-ONE', 'x-tenant': 'secret-of-TENANT',
  })
})

test('a redirect is not followed', async (t) => {
  const other = await stub(t, (req, res) => res.end('{}'))
  const h = await alone(t, (req, res) => res.writeHead(302, { location: other.url }).end())
  const response = await h.ask(CHAT, parrot('hi'))
  assert.equal(response.status, 502)
  assert.equal(other.asked.length, 0)
})

test('a stream that breaks off breaks off for the caller too', async () => {
  const h = one()
  let text = ''
  await assert.rejects(async () => {
    for await (const { choices } of await openai(h).chat.completions.create(parrot('sim: fault=cut after=3\nhi', { stream: true }))) text += choices[0]?.delta.content ?? ''
  })
  assert.notEqual(text, '')
  const response = await h.ask('/v1/messages', parrot('sim: fault=cut after=3\nhi', { stream: true, max_tokens: 50 }))
  const { said, error } = await read(response)
  assert.match(said, /event: error/)
  assert.ok(error, 'the stream ended as if it were whole')
  assert.deepEqual(h.told.finish.map((f) => f.outcome), ['failed', 'failed'])
})

test('a caller that leaves in mid-stream takes the attempt along', async (t) => {
  const h = await alone(t, (req, res) => res.writeHead(200, { 'content-type': 'text/event-stream' }).write(chunk('hello')))
  const response = await h.ask(CHAT, parrot('hi', { stream: true }))
  const reader = response.body.getReader()
  await reader.read()
  await reader.cancel()
  await h.bad.asked[0].closed
  assert.equal(h.told.finish[0].outcome, 'left')
})

test('a caller that leaves before the answer takes the attempt along', async (t) => {
  const leave = new AbortController()
  const h = await alone(t, () => leave.abort())
  const response = await h.ask(CHAT, parrot('hi'), { signal: leave.signal })
  assert.equal(response.status, 499)
  await h.bad.asked[0].closed
  assert.equal(h.told.finish[0].outcome, 'left')
})

test('a host that shuts down says so to its callers', async (t) => {
  const closing = new AbortController()
  const h = await alone(t, () => closing.abort(), { closing: closing.signal })
  const response = await h.ask(CHAT, parrot('hi'))
  assert.equal(response.status, 503)
  assert.equal((await response.json()).error.code, 'shutting_down')
})

test('a body that is too large is refused in the caller’s schema, however it comes', async () => {
  const h = host(catalogOf({ one: { base_url: sim.url } }), { limits: { maxBody: 1 << 20 } })
  const large = new Uint8Array(2 << 20).fill(0x20)
  const streamed = () => new Response(large).body
  const headers = { 'content-encoding': 'gzip' }
  for (const [body, init] of [[large, {}], [streamed(), { duplex: 'half' }], [gzipSync(large), { headers }]]) {
    const response = await h.ask('/v1/messages', body, init)
    assert.equal(response.status, 413)
    const answer = await response.json()
    assert.equal(answer.type, 'error')
    assert.match(answer.error.message, /larger than 1 MiB/)
  }
  assert.deepEqual(h.told.finish.map((f) => f.error.code), Array(3).fill('request_too_large'))
})

test('a body may be compressed with gzip, and not otherwise', async () => {
  const h = one()
  const headers = { 'content-encoding': 'gzip' }
  const response = await h.ask(CHAT, gzipSync(JSON.stringify(parrot('hi'))), { headers })
  assert.equal(response.status, 200)
  const garbled = await h.ask(CHAT, new TextEncoder().encode('{}'), { headers })
  assert.equal(garbled.status, 400)
  assert.match((await garbled.json()).error.message, /not the gzip/)
  const other = await h.ask(CHAT, new TextEncoder().encode('{}'), { headers: { 'content-encoding': 'br' } })
  assert.equal(other.status, 415)
  assert.equal(other.headers.get('accept-encoding'), 'gzip')
  assert.match((await other.json()).error.message, /content-encoding br is not supported/)
})

test('a body that breaks off is no request', async () => {
  const h = one()
  const body = new ReadableStream({ pull: (c) => c.error(new Error('gone')) })
  const response = await h.ask(CHAT, body, { duplex: 'half' })
  assert.equal(response.status, 400)
  assert.match((await response.json()).error.message, /broke off after 0 bytes/)
})

test('a secret that is not set fails the attempt, and is called by its name', async () => {
  const secret = (reference) => (reference === 'env:TWO' ? 'sk-two' : undefined)
  const at = { base_url: `${sim.url}/v1` }
  const h = host(catalogOf({ one: { ...at, key: 'env:ONE_API_KEY' } }), { secret })
  const response = await h.ask('/v1/messages', parrot('hi', { max_tokens: 1 }))
  assert.equal(response.status, 502)
  assert.match((await response.json()).error.message, /no key for provider one: the secret ONE_API_KEY is not set/)
  assert.equal(h.told.record[0].outcome, 'credentials')
  const two = host(catalogOf({ one: { ...at, key: 'env:ONE_API_KEY' }, two: { ...at, key: 'env:TWO' } }), { secret })
  assert.equal((await two.ask(CHAT, parrot('hi'))).headers.get('x-strowger-provider'), 'two')
})

test('a secret that cannot be sent is not shown', async () => {
  const h = host(catalogOf({ one: { base_url: sim.url, key: 'env:ONE' } }), { secret: () => 'sk-first\nsk-second' })
  const text = await (await h.ask(CHAT, parrot('hi'))).text()
  assert.match(text, /no key for provider one: it cannot be sent as a header/)
  assert.doesNotMatch(text + JSON.stringify(h.told), /sk-(first|second)/)
})

test('a secret that a provider repeats is not passed on', async (t) => {
  const h = await alone(t, (req, res) => res.writeHead(401).end(`{"error":{"message":"wrong key ${req.headers.authorization}"}}`))
  const text = await (await h.ask(CHAT, parrot('hi'))).text()
  assert.match(text, /wrong key/)
  assert.doesNotMatch(text + JSON.stringify(h.told), /secret-of-ONE/)
})

test('a secret is not passed on, whatever the status and however it is written', async (t) => {
  const error = JSON.stringify({ error: { message: 'no such key: secret-of-ONE.', type: 'invalid_request_error', code: 'invalid_api_key' } })
  const escaped = error.replace('secret-of', 'secre\\u0074\\u002Dof')
  const json = { 'content-type': 'application/json' }
  const sse = { 'content-type': 'text/event-stream' }
  for (const text of [error, escaped]) {
    for (const [what, stream, answer] of [
      ['401', false, (res) => res.writeHead(401, json).end(text)],
      ['200', false, (res) => res.writeHead(200, json).end(text)],
      ['events', true, (res) => res.writeHead(200, sse).end(`data: ${text}\n\n`)],
      ['events, later', true, (res) => res.writeHead(200, sse).end(`${chunk('hello')}data: ${text}\n\n`)],
    ]) {
      const h = await alone(t, (req, res) => answer(res))
      const { said } = await read(await h.ask(CHAT, parrot('hi', { stream })))
      assert.match(said, /no such key: …/, what)
      assert.doesNotMatch(said + JSON.stringify(h.told), /secret-of-ONE|002Dof/i, what)
    }
  }
})

test('a secret that comes in pieces is not passed on', async () => {
  const text = `data: ${JSON.stringify({ error: { message: 'no such key: secret-of-ONE' } })}\n\n`
  const bytes = [...new TextEncoder().encode(text)].map((byte) => Uint8Array.of(byte))
  const pull = (c) => (bytes.length > 0 ? c.enqueue(bytes.shift()) : c.close())
  const fetch = async () => new Response(new ReadableStream({ pull }), { headers: { 'content-type': 'text/event-stream' } })
  const h = host(catalogOf({ one: { base_url: 'http://one.example', key: 'env:ONE' } }), { fetch })
  const { said } = await read(await h.ask(CHAT, parrot('hi', { stream: true })))
  assert.match(said, /no such key: …/)
  assert.doesNotMatch(said + JSON.stringify(h.told), /secret-of-ONE/)
})

test('a provider that is not there', async (t) => {
  const gone = await stub(t, () => {})
  await gone.stop()
  const h = host(catalogOf({ one: { base_url: gone.url } }))
  const response = await h.ask(CHAT, parrot('hi'))
  assert.equal(response.status, 502)
  assert.match((await response.json()).error.message, /connection refused/)
  assert.equal(h.told.record.length, 1)
})

test('a connection that dies before an answer is tried again once', async (t) => {
  const h = await alone(t, (req, res) => res.socket.destroy())
  const response = await h.ask(CHAT, parrot('hi'))
  assert.equal(response.status, 502)
  assert.deepEqual(h.told.record.map((r) => r.outcome), ['unreachable', 'unreachable'])
  assert.equal(h.bad.asked.length, 'Deno' in globalThis ? 4 : 2) // Deno's fetch sends such a request once more, unseen
})

test('an answer that is too large is none', async (t) => {
  const h = await alone(t, (req, res) => res.end(Buffer.alloc(2 << 20, ' ')), { limits: { maxAnswer: 1 << 20 } })
  const response = await h.ask(CHAT, parrot('hi'))
  assert.equal(response.status, 502)
  assert.match((await response.json()).error.message, /larger than 1 MiB/)
})

test('a stream may be longer than an answer that is gathered', async (t) => {
  const end = `${chunk('').replace('"delta"', '"finish_reason":"stop","delta"')}data: [DONE]\n\n`
  const h = await alone(t, (req, res) => {
    res.writeHead(200, { 'content-type': 'text/event-stream' })
    for (let i = 0; i < 300; i++) res.write(chunk('z'.repeat(9_000)))
    res.end(end)
  }, { limits: { maxAnswer: 1 << 20 } })
  const { said, error } = await read(await h.ask(CHAT, parrot('hi', { stream: true })))
  assert.equal(error, undefined)
  assert.equal(said.match(/z/g).length, 300 * 9_000)
  assert.match(said, /data: \[DONE\]/)
})

test('an answer that is compressed without having been asked for', async (t) => {
  const answer = JSON.stringify({ id: 'c', object: 'chat.completion', created: 1, model: 'm', choices: [{ index: 0, message: { role: 'assistant', content: 'so it goes' }, finish_reason: 'stop' }] })
  let encoding = 'gzip'
  const h = await alone(t, (req, res) => res.writeHead(200, { 'content-type': 'application/json', 'content-encoding': encoding }).end(gzipSync(answer)))
  assert.match(await (await h.ask(CHAT, parrot('hi'))).text(), /so it goes/)
  encoding = 'compress'
  const other = await h.ask(CHAT, parrot('hi'))
  assert.equal(other.status, 502)
  assert.match(await other.text(), /content-encoding compress, which was not asked for/)
})

test('a value beyond ASCII goes into a header as it would from any client', async (t) => {
  const h = await alone(t, (req, res) => res.end('{}'), { first: { headers: [{ name: 'x-tenant', value: 'env:TENANT' }] }, secret: () => 'Käßmann – 1' })
  await h.ask(CHAT, parrot('hi'), { headers: { 'openai-beta': 'caf\u00e9' } })
  const { headers } = h.bad.asked[0]
  assert.equal(Buffer.from(headers['x-tenant'], 'latin1').toString(), 'Käßmann – 1')
  assert.equal(headers['openai-beta'], 'caf\u00e9')
})

test('what is not served is an error in the schema that was meant', async () => {
  const h = one()
  const models = await openai(h).models.list()
  assert.equal(models.data[0].id, 'acme/parrot')
  assert.equal((await openai(h).models.retrieve('acme/parrot')).id, 'acme/parrot')
  assert.equal((await h.fetch('http://edge.example//v1/models')).status, 200)
  assert.match(await (await h.fetch('http://edge.example/v1beta/models')).text(), /"models":/)
  const head = await h.fetch('http://edge.example/v1/models', { method: 'HEAD' })
  assert.deepEqual([head.status, await head.text()], [200, ''])
  for (const [path, method, status, words] of [
    ['/v1/models/x', 'GET', 404, /no model \\"x\\" is configured/],
    ['/v1/models', 'DELETE', 405, /takes GET/],
    ['/v1/models', 'POST', 405, /takes GET/],
    ['/v1/chat/completions', 'GET', 405, /takes POST/],
    ['/v2/messages', 'POST', 404, /"type":"error".*no such path/],
    ['/%ff', 'GET', 404, /no such path/],
    [`/${'x'.repeat(600)}`, 'POST', 404, /no such path/],
    ['/v1beta/models/acme/parrot:streamGenerateContent', 'POST', 400, /alt=sse/],
  ]) {
    const response = await h.fetch(`http://edge.example${path}`, { method, body: method === 'POST' ? '{}' : undefined })
    assert.equal(response.status, status, path)
    assert.match(await response.text(), words)
  }
  assert.equal(h.told.log.length, 0, h.told.log.join('\n'))
})
