// The Worker in workerd, as SDKs and others call it.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'

import Anthropic from '@anthropic-ai/sdk'
import OpenAI from 'openai'

import { bindings, catalog, chat, secrets, served, simulated, timeouts_us } from './parrot.mjs'
import { chunk, insistent, stub } from './rig.mjs'
import { deployment, hashed, start } from './workerd.mjs'

test('SDKs are answered over a fallback, plain and streamed, in two schemas', async (t) => {
  const broken = await stub(t, (req, res) => res.writeHead(503, { 'content-type': 'application/json' }).end('{"error":{"message":"down"}}'))
  const w = await start(t, { document: served({ broken: `${broken.url}/v1` }, { open: undefined, keys: [hashed('laptop', 'sk-laptop')] }), bindings })
  const openai = new OpenAI({ baseURL: `${w.url}/v1`, apiKey: 'sk-laptop', maxRetries: 0 })
  const anthropic = new Anthropic({ baseURL: w.url, apiKey: 'sk-laptop', maxRetries: 0 })
  const { data, response } = await openai.chat.completions.create(chat('sim: text="hello there"')).withResponse()
  assert.equal(data.choices[0].message.content, 'hello there')
  assert.equal(broken.asked.length, 1)
  assert.equal(broken.asked[0].headers.authorization, 'Bearer sk-other-1234567890')
  assert.ok(response.headers.get('x-strowger-decision'))
  let said = ''
  for await (const chunk of await openai.chat.completions.create(chat('sim: text="one two three" tps=50', { stream: true }))) said += chunk.choices[0]?.delta?.content ?? ''
  assert.equal(said, 'one two three')
  const message = await anthropic.messages.create(chat('sim: text="hello there"'))
  assert.equal(message.content[0].text, 'hello there')
  said = ''
  for await (const event of anthropic.messages.stream(chat('sim: text="one two three"'))) said += event.delta?.text ?? ''
  assert.equal(said, 'one two three')
  await assert.rejects(new OpenAI({ baseURL: `${w.url}/v1`, apiKey: 'sk-other', maxRetries: 0 }).models.list(), (e) => e instanceof OpenAI.AuthenticationError && /not known here/.test(e.message))
  const models = await openai.models.list()
  assert.deepEqual(models.data.map((m) => m.id).includes('acme/parrot'), true)
})

test('keys are taken where the desktop takes them, and nowhere else', async (t) => {
  const w = await start(t, { document: served(undefined, { open: undefined, keys: [hashed('laptop', 'sk-laptop'), hashed('phone', 'sk-phone')] }), bindings })
  for (const [headers, status, query = ''] of [
    [{ authorization: 'Bearer sk-laptop' }, 200],
    [{ authorization: 'bearer  sk-phone ' }, 200],
    [{ 'x-api-key': 'sk-laptop' }, 200],
    [{ 'x-goog-api-key': 'sk-laptop' }, 200],
    [{ 'api-key': 'sk-phone' }, 200],
    [{}, 401],
    [{ authorization: 'Bearer ' }, 401],
    [{ authorization: 'Bearer sk-laptop2' }, 401],
    [{ authorization: 'sk-laptop' }, 401],
    [{ authorization: `Bearer ${hashed('', 'sk-laptop').sha256}` }, 401],
    [{}, 401, '?key=sk-laptop'],
  ]) {
    const response = await w.ask(`/v1/chat/completions${query}`, chat('hello'), { headers })
    assert.equal(response.status, status, JSON.stringify(headers))
    const text = await response.text()
    if (status === 401) assert.match(text, /"code":"unauthorized"/)
    assert.equal((await w.get('/nothing', { headers })).status, status === 200 ? 404 : 401)
  }
  const gemini = (query) => w.ask(`/v1beta/models/acme%2Fparrot:generateContent${query}`, { contents: [{ role: 'user', parts: [{ text: 'hello' }] }] })
  assert.equal((await gemini('?key=sk-laptop')).status, 200)
  const refused = await gemini('?key=sk-wrong')
  assert.equal(refused.status, 401)
  assert.equal((await refused.json()).error.status, 'UNAUTHENTICATED')
})

test('an open deployment serves everybody, but no mistyped key', async (t) => {
  const w = await start(t, { document: served(), bindings })
  for (const [key, status] of [['', 200], ['anything', 200], ['sk-strowger-mistyped', 401]]) {
    const response = await w.ask('/v1/chat/completions', chat('hello'), { headers: { authorization: `Bearer ${key}` } })
    assert.equal(response.status, status, key)
    await response.arrayBuffer()
  }
})

test('a secret that is missing is named, and others go on', async (t) => {
  const w = await start(t, { document: served({ other: `${simulated.url}/v1` }), bindings: { SIM_KEY: bindings.SIM_KEY } })
  assert.equal((await w.ask('/v1/chat/completions', chat('hello'))).status, 200, 'the other provider answers')
  assert.deepEqual((await w.state()).missing_secrets, ['OTHER_KEY'])
  assert.match(w.log.join(''), /OTHER_KEY/)
  const alone = await start(t, { document: served() })
  const response = await alone.ask('/v1/chat/completions', chat('hello'))
  const { error } = await response.json()
  assert.match(error.message, /no key for provider sim: the secret SIM_KEY is not set/)
  assert.equal(response.status, 502)
  assert.equal((await w.state()).status, 'ok')
  const state = await alone.get('/_/health')
  assert.equal(state.status, 503)
  const { status, problem } = await state.json()
  assert.equal(status, 'failing')
  assert.match(problem, /every endpoint needs a secret that is not set/)
})

test('no secret is shown', async (t) => {
  const echo = await stub(t, (req, res) => res.writeHead(401, { 'content-type': 'application/json' }).end(JSON.stringify({ error: { message: `no such key: ${req.headers.authorization}` } })))
  const w = await start(t, { document: deployment({ ...catalog(), providers: [{ name: 'sim', schema: 'openai', base_url: `${echo.url}/v1`, key: 'env:SIM_KEY' }] }, { secrets: { 'env:SIM_KEY': 'SIM_KEY' } }), bindings })
  const shown = [await (await w.ask('/v1/chat/completions', chat('hello'))).text(), await (await w.get('/_/health')).text(), await (await w.get('/v1/models')).text(), w.log.join('')].join('')
  assert.equal(echo.asked[0].headers.authorization, 'Bearer sk-sim-1234567890')
  assert.doesNotMatch(shown, /sk-sim-1234567890/)
})

test('a body that is too large, a provider that cannot be reached, a path that is not there', async (t) => {
  const gone = await stub(t, () => {})
  await gone.stop()
  const document = deployment({ ...catalog(), providers: [{ name: 'sim', schema: 'openai', base_url: `${gone.url}/v1` }] }, { limits: { max_body: 1000 } })
  const w = await start(t, { document })
  const large = await w.ask('/v1/messages', chat('x'.repeat(2000)))
  assert.equal(large.status, 413)
  assert.equal((await large.json()).error.type, 'request_too_large')
  const unreached = await w.ask('/v1/chat/completions', chat('hello'))
  assert.equal(unreached.status, 502)
  assert.match((await unreached.json()).error.message, /sim/)
  for (const [method, path, status] of [['GET', '/v1/nothing', 404], ['POST', '/nothing', 404], ['GET', '/v1/chat/completions', 405], ['POST', '/v1/models', 405], ['GET', '/v1/models/acme/parrot', 200]]) {
    const response = await w.get(path, { method, body: method === 'POST' ? '{}' : undefined })
    assert.equal(response.status, status, `${method} ${path}`)
    assert.equal(response.headers.get('content-type'), 'application/json')
    await response.arrayBuffer()
  }
})

test('whoever sends much that is refused is told why', async (t) => {
  const w = await start(t, { document: served(undefined, { open: undefined, keys: [hashed('laptop', 'sk-laptop')] }), bindings })
  const url = `${w.url}/v1/chat/completions`
  const every = (answer) => Array(12).fill(answer)
  assert.deepEqual(await insistent(url, { authorization: 'Bearer other' }, Buffer.alloc(5 << 20, ' ')), every(401))
  assert.deepEqual(await insistent(url, { authorization: 'Bearer sk-laptop' }, Buffer.alloc(9 << 20, ' ')), every(413))
  assert.deepEqual(await insistent(url, { authorization: 'Bearer sk-laptop', 'content-encoding': 'br' }, Buffer.alloc(1 << 20, ' ')), every(415))
})

test('whoever comes first while nothing is read yet is served', async (t) => {
  const main = readFileSync(new URL('../main.mjs', import.meta.url), 'utf8')
  const w = await start(t, { document: served(), bindings, main })
  const statuses = await Promise.all(Array.from({ length: 8 }, async () => (await w.ask('/v1/chat/completions', chat('hello'))).status))
  assert.deepEqual(statuses, Array(8).fill(200))
})

test('the attempt ends when its caller leaves', async (t) => {
  const talking = await stub(t, (req, res) => {
    res.writeHead(200, { 'content-type': 'text/event-stream' })
    const saying = setInterval(() => res.write(chunk('word ')), 50)
    res.once('close', () => clearInterval(saying))
  })
  const document = deployment({ ...catalog(), providers: [{ name: 'sim', schema: 'openai', base_url: `${talking.url}/v1`, timeouts_us: { ...timeouts_us, total: 600_000_000 } }] })
  const w = await start(t, { document })
  const leaving = new AbortController()
  const response = await w.ask('/v1/chat/completions', chat('hello', { stream: true }), { signal: leaving.signal })
  const reader = response.body.getReader()
  await reader.read()
  leaving.abort()
  await reader.closed.catch(() => {})
  await talking.asked[0].closed
})
