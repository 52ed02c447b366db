// The document in workerd: which one counts, how it is taken over, and what is said of one that is wrong.
import assert from 'node:assert/strict'
import { test } from 'node:test'

import { Pool } from '../pool.mjs'
import { Link } from '../link.mjs'
import { worker } from '../worker.mjs'
import { bindings, catalog, chat, raw, secrets, served, simulated, timeouts_us } from './parrot.mjs'
import { chunk, module, read, stub } from './rig.mjs'
import { deployment, hashed, start, until } from './workerd.mjs'

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

test('health knows routes: their providers, their limits, and what nobody is asked for', async (t) => {
  const simulatedBy = { name: 'sim', schema: 'openai', base_url: `${simulated.url}/v1`, key: 'env:SIM_KEY', timeouts_us }
  const off = { name: 'off', schema: 'openai', base_url: `${simulated.url}/v1`, key: 'env:OTHER_KEY', disabled: true }
  const route = (more) => ({ path: '/support', arms: [{ provider: 'sim', model: 'parrot', price: { input: 1_000_000, output: 2_000_000 } }], ...more })
  const of = (more) => deployment({ providers: [simulatedBy, off], routes: [route(more)] }, { secrets })
  const w = await start(t, { document: of(), bindings: { SIM_KEY: bindings.SIM_KEY }, ledger: false })
  const status = async () => {
    const response = await w.ask('/support', chat('hello'))
    await response.arrayBuffer()
    return response.status
  }
  assert.equal(await status(), 200)
  const { status: said, missing_secrets: missing } = await w.state()
  assert.deepEqual([said, missing], ['ok', []])
  await w.put(of({ cost_limits: [{ most: 1_000_000, per: 'day' }] }))
  await until('its limit holds', async () => (await status()) === 503)
  assert.equal((await w.state()).status, 'failing')
  await w.put(of({ cost_limits: [{ most: 1_000_000, per: 'request' }] }))
  await until('it is served again', async () => (await status()) === 200)
  assert.equal((await w.state()).status, 'ok')
})
