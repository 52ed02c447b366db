// The Worker in workerd, as SDKs and others call it.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { request } from 'node:http'
import { after, before, test } from 'node:test'
import { gzipSync } from 'node:zlib'

import Anthropic from '@anthropic-ai/sdk'
import OpenAI from 'openai'

import { Pool } from '../pool.mjs'
import { Link } from '../link.mjs'
import { worker } from '../worker.mjs'
import { chunk, module, provider, read, stub, user } from './rig.mjs'
import { deployment, hashed, start, until } from './workerd.mjs'

const timeouts_us = { connect: 2_000_000, first_token: 5_000_000, idle: 2_000_000, total: 20_000_000 }
let simulated
before(async () => (simulated = await provider()))
after(() => simulated.stop())

/** catalog is acme/parrot at the simulated provider, behind those given. */
function catalog(first = {}, more = {}) {
  const own = { name: 'sim', schema: 'openai', base_url: `${simulated.url}/v1`, key: 'env:SIM_KEY', timeouts_us }
  const providers = [...Object.entries(first).map(([name, base_url]) => ({ name, schema: 'openai', base_url, key: 'env:OTHER_KEY', timeouts_us })), own]
  const endpoints = providers.map(({ name }, i) => ({ provider: name, model: `parrot-${name}`, price: { input: 1_000_000 * (i + 1), output: 2_000_000 * (i + 1) } }))
  return { providers, models: [{ id: 'acme/parrot', endpoints }], routing: { strategy: 'cost' }, ...more }
}

const secrets = { 'env:SIM_KEY': 'SIM_KEY', 'env:OTHER_KEY': 'OTHER_KEY' }
const bindings = { SIM_KEY: 'sk-sim-1234567890', OTHER_KEY: 'sk-other-1234567890' }
const served = (first, more) => deployment(catalog(first), { secrets: first ? secrets : { 'env:SIM_KEY': 'SIM_KEY' }, ...more })
const chat = (content, more) => ({ model: 'acme/parrot', messages: user(content), max_tokens: 20, ...more })

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

test('what is wrong with the configuration is said in the schema of the caller, and the next one that is right counts', async (t) => {
  const w = await start(t, { bindings })
  const good = served()
  const cases = [
    [undefined, /no value of this name/],
    ['{', /not valid JSON/],
    [{ ...good, strowger: 2 }, /strowger: version 2 is not known here/],
    [{ ...good, limit: {} }, /"limit" is not known; it may be one of/],
    [{ ...good, rev: '0123' }, /rev: is "0123", but the catalog's is/],
    [{ ...good, open: undefined }, /keys: missing/],
    [{ ...good, secrets: {}, catalog: { models: [{ id: 'a/b', endpoints: [{ provider: 'nobody' }] }] } }, /catalog: .*nobody/],
  ]
  for (const [document, says] of cases) {
    if (document) await w.put(document)
    const plain = await w.ask('/v1/chat/completions', chat('hello'))
    assert.equal(plain.status, 503)
    assert.match((await plain.json()).error.message, says)
    const claude = await w.ask('/v1/messages', chat('hello'))
    assert.equal(claude.status, 503)
    const said = await claude.json()
    assert.equal(said.type, 'error')
    assert.match(said.error.message, says)
    const state = await w.get('/_/health')
    assert.equal(state.status, 503)
    assert.match((await state.json()).problem, says)
  }
  await w.put(good)
  assert.equal((await w.ask('/v1/chat/completions', chat('hello'))).status, 200)
  assert.equal((await w.state()).rev, good.rev)
})

test('a changed document is taken over while streams go on, and a bad one is not', async (t) => {
  const w = await start(t, { document: served(), bindings })
  const going = await w.ask('/v1/chat/completions', chat('sim: tokens=30 tps=20', { stream: true, max_tokens: 100 }))
  assert.equal(going.status, 200)
  const next = deployment(catalog(undefined, { aliases: [{ name: 'bird', means: 'acme/parrot' }] }), { secrets: { 'env:SIM_KEY': 'SIM_KEY' } })
  await w.put(next)
  const status = async (model) => {
    const response = await w.ask('/v1/chat/completions', chat('hello', { model }))
    await response.arrayBuffer()
    return response.status
  }
  await until('it is taken over', async () => (await status('bird')) === 200)
  for (const [bad, says] of [['{"strowger":1}', /rev: expected/], [{ ...served(), rev: '0123' }, /rev: is "0123"/], [{ ...served(), secrets: {}, catalog: { providers: 1 } }, /catalog: /]]) {
    await w.put(bad)
    await until('it is said', async () => says.test((await w.state()).problem))
    assert.equal(await status('bird'), 200)
  }
  const state = await w.state()
  assert.equal(state.status, 'ok')
  assert.equal(state.rev, next.rev)
  const { said, error } = await read(going)
  assert.equal(error, undefined)
  assert.match(said, /data: \[DONE\]/)
})

test('a document may come with the Worker, as a module or as a text', async (t) => {
  const main = `
import module from './strowger.wasm'
import document from './strowger.json'
import { worker } from './worker.mjs'
export { Ledger } from './ledger.mjs'
export default worker(module, { document })`
  const contents = JSON.stringify(served())
  for (const how of [
    { main, more: [{ type: 'Text', path: '/strowger.json', contents }] },
    { main: main.replace('{ document }', '{ document: JSON.parse(document) }'), more: [{ type: 'Text', path: '/strowger.json', contents }] },
    { bindings: { CONFIG: contents } },
  ]) {
    const w = await start(t, { kv: false, ...how, bindings: { ...bindings, ...how.bindings } })
    assert.equal((await w.ask('/v1/chat/completions', chat('hello'))).status, 200)
    await w.stop()
  }
  const w = await start(t, { kv: false })
  assert.match(await (await w.ask('/v1/chat/completions', chat('hello'))).text(), /bind a KV namespace as STROWGER/)
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

test('whoever comes first while nothing is read yet is served', async (t) => {
  const main = readFileSync(new URL('../main.mjs', import.meta.url), 'utf8')
  const w = await start(t, { document: served(), bindings, main })
  const statuses = await Promise.all(Array.from({ length: 8 }, async () => (await w.ask('/v1/chat/completions', chat('hello'))).status))
  assert.deepEqual(statuses, Array(8).fill(200))
})

// workerd itself notices that a caller has gone when it writes to it: a provider that says nothing is not heard of here.
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

/** raw sends a body as it is given, and gives the status when the first of the answer has come. */
function raw(t, w, headers, parts) {
  return new Promise((resolve, reject) => {
    const sending = request(`${w.url}/v1/chat/completions`, { method: 'POST', agent: false, headers }, (res) => res.once('data', () => resolve(res.statusCode)))
    sending.on('error', reject)
    t.after(() => sending.destroy())
    parts(sending)
  })
}

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

test('the document that counts is the one of the moment at which an exchange is opened', async (t) => {
  const p = await stub(t, (req, res) => res.writeHead(200, { 'content-type': 'text/event-stream' }).end(`${chunk(req.headers.authorization)}data: [DONE]\n\n`))
  const of = (name, keys) => deployment({ ...catalog(), providers: [{ name: 'sim', schema: 'openai', base_url: p.url, key: `env:${name}` }] }, { secrets: { [`env:${name}`]: name }, keys, open: undefined })
  const keys = [hashed('laptop', 'sk-laptop'), hashed('phone', 'sk-phone')]
  const next = of('OTHER_KEY', keys.slice(0, 1))
  const w = await start(t, { document: of('SIM_KEY', keys), bindings })
  const body = JSON.stringify(chat('hello', { stream: true }))
  const begun = []
  const slow = ['sk-laptop', 'sk-phone'].map((key) => raw(t, w, { authorization: `Bearer ${key}`, 'content-length': body.length }, (sending) => {
    sending.write(body.slice(0, 9))
    begun.push(sending)
  }))
  await w.get('/v1/models', { headers: { authorization: 'Bearer sk-phone' } }) // what is written is taken over behind an answer
  await until('both are being read', async () => (await w.state()).reading === 2)
  await w.put(next)
  await until('it is taken over', async () => (await w.state()).rev === next.rev)
  for (const sending of begun) sending.end(body.slice(9))
  assert.deepEqual(await Promise.all(slow), [200, 401])
  assert.deepEqual(p.asked.map(({ headers }) => headers.authorization), [`Bearer ${bindings.OTHER_KEY}`])
})

test('a new isolate counts what others know in parts, the newest first', async () => {
  const folded = []
  const pool = new Pool(module(), { catalog: JSON.stringify(catalog()) })
  const fold = pool.fold.bind(pool)
  pool.fold = (sample) => (folded.push(JSON.parse(sample).n), fold(sample))
  let samples = Array.from({ length: 1000 }, (_, n) => JSON.stringify({ n }))
  const sync = async () => ({ last: 1, samples: samples.splice(0) })
  const link = new Link(pool, () => {})
  const env = { LEDGER: { idFromName: () => 'id', get: () => ({ sync }) } }
  const parts = []
  for (const size of [256, 256, 256, 232]) {
    const going = []
    link.of(env, (p) => going.push(p))
    assert.equal(going.length, 1)
    await Promise.all(going)
    parts.unshift(folded.splice(0))
    assert.equal(parts[0].length, size)
  }
  assert.deepEqual(parts.flat(), Array.from({ length: 1000 }, (_, n) => n))
  const none = []
  link.of(env, (p) => none.push(p))
  assert.equal(none.length, 0, 'there is nothing more')
})

test('a problem that is over is not said any more', async () => {
  let down = false
  const document = JSON.stringify(served())
  const get = async () => {
    if (down) throw new Error('down')
    return document
  }
  const isolate = worker(module(), { reread: 0 })
  const health = async () => {
    const going = []
    const response = await isolate.fetch(new Request('http://edge.example/_/health'), { ...bindings, STROWGER: { get } }, { waitUntil: (p) => going.push(p) })
    await Promise.all(going)
    return (await response.json()).problem
  }
  assert.equal(await health(), '')
  down = true
  await health()
  assert.match(await health(), /cannot be read from the KV namespace/)
  down = false
  await health()
  assert.equal(await health(), '')
})

test('without its Ledger a deployment with limits says that it does not work', async (t) => {
  const limited = { cost_limits: [{ most: 1_000_000, per: 'day' }] }
  const w = await start(t, { document: deployment(catalog(undefined, limited), { secrets: { 'env:SIM_KEY': 'SIM_KEY' }, home: { url: 'http://home.private.example:1234', secret: 'SIM_KEY', name: 'e' } }), bindings, ledger: false })
  await w.get('/v1/models')
  const state = await w.get('/_/health')
  assert.equal(state.status, 503)
  assert.match((await state.json()).problem, /bind the class Ledger as LEDGER/)
  await w.put(served())
  await until('without limits it works', async () => (await w.state()).status === 'ok')
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
