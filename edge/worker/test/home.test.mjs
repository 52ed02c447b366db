// Samples on their way home: from a Worker in workerd to a strowger that runs here.
import assert from 'node:assert/strict'
import { execFileSync, spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'

import { ended, lines, provider, ROOT, stub, user } from './rig.mjs'
import { deployment, start, until } from './workerd.mjs'

const SECRET = 'a-secret-that-edge-1-signs-with'
const timeouts_us = { connect: 2_000_000, first_token: 5_000_000, idle: 5_000_000, total: 20_000_000 }
const dir = mkdtempSync(join(tmpdir(), 'strowger-home-'))
let simulated
before(async () => {
  simulated = await provider()
  execFileSync('go', ['build', '-o', join(dir, 'strowger'), './desktop/strowger'], { cwd: ROOT, stdio: 'inherit' })
})
after(async () => {
  await simulated.stop()
  rmSync(dir, { recursive: true, force: true })
})

/** document is a deployment of acme/parrot at a provider that fails, then at one that does not. */
function document(broken, home) {
  const providers = ['broken', 'sim'].map((name) => ({ name, schema: 'openai', base_url: name === 'sim' ? `${simulated.url}/v1` : broken, timeouts_us }))
  const endpoints = [{ provider: 'broken', price: { output: 1 } }, { provider: 'sim', price: { output: 1_000_000 } }]
  return deployment({ providers, models: [{ id: 'acme/parrot', endpoints }], routing: { strategy: 'cost' } }, { home: { url: home, secret: 'HOME_SECRET', name: 'edge-1' } })
}

/** strowger starts one that knows the same endpoints, and edge-1. */
async function strowger(t, { listen = '127.0.0.1:0', data = mkdtempSync(join(dir, 'data-')) } = {}) {
  const config = join(data, 'strowger.json')
  writeFileSync(config, JSON.stringify({
    providers: Object.fromEntries(['broken', 'sim'].map((name) => [name, { schema: 'openai', base_url: `${simulated.url}/v1` }])),
    models: { 'acme/parrot': { endpoints: [{ provider: 'broken', price: { input: 0, output: 0.000001 } }, { provider: 'sim', price: { input: 0, output: 1 } }] } },
    routing: { strategy: 'cost' },
    edges: [{ name: 'edge-1', secret: 'env:STROWGER_EDGE_SECRET' }],
  }))
  const child = spawn(join(dir, 'strowger'), ['serve', '--config', config, '--data', data, '--listen', listen], {
    env: { PATH: process.env.PATH, HOME: data, STROWGER_EDGE_SECRET: SECRET },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const stop = () => ended(child)
  t.after(stop)
  const [url] = (await lines(child.stdout, /http:\/\/127\.0\.0\.1:\d+/)).join(' ').match(/http:\/\/127\.0\.0\.1:\d+/)
  const get = async (path) => (await fetch(url + path)).json()
  const edge = async () => (await get('/_/api/edges')).edges[0]
  const first = async () => {
    const response = await fetch(`${url}/_/api/explain`, { method: 'POST', body: JSON.stringify({ model: 'acme/parrot', messages: user('hi') }) })
    return (await response.json()).plan[0]
  }
  return { url, data, stop, edge, first }
}

const ask = async (w) => {
  const response = await w.ask('/v1/chat/completions', { model: 'acme/parrot', messages: user('sim: tokens=3'), max_tokens: 10 })
  assert.equal(response.status, 200, await response.text())
}

const broken = (t) => stub(t, (req, res) => res.writeHead(503).end())

test('what an edge has measured arrives, and changes what is chosen at home', async (t) => {
  const home = await strowger(t)
  const failing = await broken(t)
  const w = await start(t, { document: document(failing.url, home.url), bindings: { HOME_SECRET: SECRET } })
  assert.match(await home.first(), /^broken\//, 'at home nothing is known of it')
  for (let i = 0; i < 12; i++) await ask(w)
  const expected = 12 + failing.asked.length
  await until('all samples are at home', async () => (await home.edge())?.samples === expected)
  const { name, unknown, dropped } = await home.edge()
  assert.deepEqual({ name, unknown, dropped }, { name: 'edge-1', unknown: 0, dropped: 0 })
  assert.match(await home.first(), /^sim\//)
  await until('the Worker knows', async () => (await ask(w), (await w.state()).home?.problem === ''))
})

test('while nobody is at home samples wait, and then each arrives once', async (t) => {
  // In front of home: it lets nothing through at first, and then takes a batch without letting the answer through.
  let mode = 'down'
  const seen = []
  let target
  const front = createServer(async (req, res) => {
    let body = ''
    for await (const part of req) body += part
    const { batch, samples } = JSON.parse(body)
    seen.push({ mode, batch, n: samples.length })
    if (mode === 'down') return res.writeHead(503).end()
    const { host, connection, 'content-length': length, 'transfer-encoding': encoding, ...headers } = req.headers
    const answer = await fetch(target.url + req.url, { method: req.method, headers, body })
    if (mode === 'mute') {
      mode = 'up'
      return req.socket.destroy()
    }
    res.writeHead(answer.status).end(await answer.text())
  })
  await new Promise((resolve) => front.listen(0, '127.0.0.1', resolve))
  t.after(() => front.close())
  const failing = await broken(t)
  const persist = mkdtempSync(join(dir, 'persist-'))
  const first = await start(t, { document: document(failing.url, `http://127.0.0.1:${front.address().port}`), bindings: { HOME_SECRET: SECRET }, persist })
  for (let i = 0; i < 5; i++) await ask(first)
  const expected = 5 + failing.asked.length
  await until('it was tried', () => seen.length > 0)
  await until('the Worker says why', async () => (await ask(first), /answered 503/.test((await first.state()).home?.problem)))
  target = await strowger(t)
  mode = 'mute'
  await first.stop()
  await start(t, { bindings: { HOME_SECRET: SECRET }, persist })
  await until('all of it is at home', async () => (await target.edge())?.samples >= expected, 40_000)
  await until('it was sent again', () => seen.some((s) => s.mode === 'up' && s.batch === seen.find((s) => s.mode === 'mute').batch), 40_000)
  const taken = new Map(seen.filter((s) => s.mode !== 'down').map((s) => [s.batch, s.n]))
  await until('each is there once', async () => (await target.edge()).samples === [...taken.values()].reduce((a, b) => a + b))
  assert.equal((await target.edge()).batches, taken.size)
})

test('a secret that is not the one is said, and nothing is taken', async (t) => {
  const home = await strowger(t)
  const failing = await broken(t)
  for (const [bindings, says] of [[{ HOME_SECRET: 'another' }, /answered 401/], [{}, /the secret HOME_SECRET is not set/]]) {
    const w = await start(t, { document: document(failing.url, home.url), bindings })
    await until('the Worker says why', async () => (await ask(w), says.test((await w.state()).home?.problem)))
    assert.doesNotMatch(w.log.join(''), new RegExp(SECRET))
    await w.stop()
  }
  assert.equal(await home.edge(), undefined)
})
