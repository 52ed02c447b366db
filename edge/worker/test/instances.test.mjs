// What happens to requests when their instance fails or grows, and where others keep accounts and answers.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'

import { Core } from '../core.mjs'
import { captured, catalogOf, chunk, host, module, provider, read, stub, user } from './rig.mjs'

let sim
before(async () => (sim = await provider()))
after(() => sim.stop())

const CHAT = '/v1/chat/completions'
const parrot = (content, more) => ({ model: 'acme/parrot', messages: user(content), ...more })
const catalog = (more) => catalogOf({ one: { base_url: `${sim.url}/v1` } }, more)

/** ruin makes an instance trap at its next call. */
const ruin = (exports) => new Uint8Array(exports.memory.buffer).fill(0xff)

/** ruinable is a host with the exports of its first instance, in front of a provider that a test steers. */
async function ruinable(t, handler, options) {
  const bad = await stub(t, handler)
  const { core: h, exports } = captured(() => host(catalogOf({ one: { base_url: bad.url } }), options))
  return { ...h, bad, exports }
}

for (const [path, words] of [[CHAT, /data: \{"error":\{"message":"a bug in strowger/], ['/v1/messages', /event: error\ndata: \{"type":"error"/]]) {
  test(`an instance that fails in mid-stream breaks the stream off with an error: ${path}`, async (t) => {
    let go
    const h = await ruinable(t, (req, res) => {
      res.writeHead(200, { 'content-type': 'text/event-stream' }).write(chunk('hello'))
      go = () => res.write(chunk('more'))
    })
    const response = await h.ask(path, parrot('hi', { stream: true, max_tokens: 9 }))
    const reader = response.body.getReader()
    const first = new TextDecoder().decode((await reader.read()).value)
    assert.match(first, path === CHAT ? /hello/ : /message_start/)
    ruin(h.exports)
    go()
    const rest = reader.read()
    let said = new TextDecoder().decode((await rest).value)
    await assert.rejects(async () => {
      for (;;) {
        const { done, value } = await reader.read()
        if (done) return
        said += new TextDecoder().decode(value)
      }
    })
    assert.match(said, words)
    await h.bad.asked[0].closed
    assert.match(h.told.log.join('\n'), /a bug: an exchange failed/)
    const next = await h.fetch('http://edge.example/v1/models')
    assert.equal(next.status, 200)
    assert.equal(h.pool.instances, 1)
  })
}

test('all that was on an instance that fails breaks off', async (t) => {
  const open = []
  const h = await ruinable(t, (req, res) => {
    res.writeHead(200, { 'content-type': 'text/event-stream' }).write(chunk('hello'))
    open.push(res)
  })
  const readers = []
  for (const n of [1, 2]) {
    const response = await h.ask(CHAT, parrot(`${n}`, { stream: true }))
    readers.push(response.body.getReader())
    await readers.at(-1).read()
  }
  ruin(h.exports)
  for (const [i, reader] of readers.entries()) {
    open[i].write(chunk('more'))
    await reader.read() // the error
    await assert.rejects(reader.read())
  }
  await h.fetch('http://edge.example/v1/models')
  assert.equal(h.pool.instances, 1)
})

test('an instance that fails before the answer is an error of this request alone', async (t) => {
  let fail = true
  const h = await ruinable(t, (req, res) => {
    if (fail) ruin(h.exports)
    fail = false
    res.writeHead(503).end()
  })
  const response = await h.ask('/v1/messages', parrot('hi', { max_tokens: 9 }))
  assert.equal(response.status, 500)
  assert.match(await response.text(), /"type":"error".*a bug in strowger ended this request/)
  const next = await h.ask('/v1/messages', parrot('hi', { max_tokens: 9 }))
  assert.notEqual(next.status, 500)
  assert.equal(h.bad.asked.length, 2)
})

test('of an exchange that was lost with an attempt under way, all that was reserved is spent', async (t) => {
  const settled = []
  const h = await ruinable(t, (req, res) => {
    ruin(h.exports)
    res.end('{}')
  }, { admit: () => Promise.resolve({ ok: true, accounts: '' }), settle: (command) => void settled.push(command) })
  h.pool.configure(limited(h.bad.url))
  await h.ask(CHAT, parrot('hi', { max_tokens: 5 }))
  assert.equal(settled.length, 1)
  assert.ok(settled[0].amount_micro > 0)
  assert.equal(settled[0].spent_micro, settled[0].amount_micro)
})

test('of an exchange that was lost before anything was sent, what was reserved is given back', async (t) => {
  const settled = []
  const h = await ruinable(t, () => {}, { lookup: () => void ruin(h.exports), settle: (command) => void settled.push(command) })
  h.pool.configure(limited(h.bad.url, undefined, { cache: { ttl_us: 60_000_000 } }))
  assert.equal((await h.ask(CHAT, parrot('hi', { max_tokens: 5 }))).status, 500)
  assert.deepEqual(settled.map((s) => s.spent_micro), [0])
  assert.equal(h.bad.asked.length, 0)
})

/** account is the only account that a pool keeps. */
const account = (pool) => JSON.parse(new TextDecoder().decode(pool.use((core) => core.accounts(Date.now() * 1000)))).accounts[0]

test('the accounts outlive an instance that fails, and what was under way on it is spent', async (t) => {
  const open = []
  const h = await ruinable(t, (req, res) => {
    res.writeHead(200, { 'content-type': 'text/event-stream' }).write(chunk('hello'))
    open.push(res)
  })
  h.pool.configure(limited(h.bad.url))
  const ask = () => h.ask(CHAT, parrot('hi', { max_tokens: 5, stream: true }))
  const first = await ask()
  open[0].end('data: {"choices":[{"index":0,"delta":{},"finish_reason":"stop"}],"usage":{"prompt_tokens":10,"completion_tokens":10,"total_tokens":20}}\n\ndata: [DONE]\n\n')
  await first.text()
  const before = account(h.pool)
  assert.equal(before.spent_micro, 30)
  const reader = (await ask()).body.getReader()
  await reader.read()
  const { reserved_micro: reserved } = account(h.pool)
  assert.ok(reserved > 0)
  ruin(h.exports)
  assert.throws(() => account(h.pool), { code: 'dead' })
  assert.deepEqual(account(h.pool), { ...before, reserved_micro: reserved })
  open[1].write(chunk('more'))
  await reader.read() // the error
  await assert.rejects(reader.read())
  assert.deepEqual(account(h.pool), { ...before, spent_micro: before.spent_micro + reserved, reserved_micro: 0 })
})

test('what was reserved for a request that another machine refused is reserved nowhere', async (t) => {
  const refused = { code: 'internal', status: 503, message: 'the accounts cannot be asked' }
  const h = await ruinable(t, () => {}, { admit: async () => ({ ok: false, refused }) })
  h.pool.configure(limited(h.bad.url))
  assert.equal((await h.ask(CHAT, parrot('hi', { max_tokens: 5 }))).status, 503)
  ruin(h.exports)
  assert.throws(() => account(h.pool), { code: 'dead' })
  assert.equal(account(h.pool)?.reserved_micro ?? 0, 0)
})

test('memory comes back after a large body, and 2,000 requests leave it as it is', async (t) => {
  const h = host(catalog(), { pool: { watermark: 24 << 20 } })
  await (await h.ask(CHAT, parrot('hi'))).text()
  const large = await h.ask(CHAT, parrot(`sim: tokens=1\n${'x'.repeat(7 << 20)}`))
  assert.equal(large.status, 200)
  await large.text()
  assert.equal(h.pool.instances, 1)
  assert.ok(h.pool.memory < 24 << 20, `${h.pool.memory} bytes after a large body`)
  const request = parrot(`sim: tokens=2\n${'x'.repeat(1000)}`)
  let settled = 0
  for (let i = 0; i < 2000; i++) {
    const response = await h.ask(CHAT, request)
    assert.equal(response.status, 200)
    await response.arrayBuffer()
    if (i === 500) settled = h.pool.memory
  }
  t.diagnostic(`${settled} bytes after 500 requests, ${h.pool.memory} after 2,000`)
  assert.ok(h.pool.memory <= settled + (1 << 20), `${settled} bytes, later ${h.pool.memory}`)
  assert.equal(h.pool.instances, 1)
})

test('exchanges go on on an instance that takes no new ones', async (t) => {
  const open = []
  const h = await ruinable(t, (req, res) => {
    res.writeHead(200, { 'content-type': 'text/event-stream' }).write(chunk('hello'))
    open.push(res)
  }, { pool: { watermark: 1 } })
  const first = await h.ask(CHAT, parrot('hi', { stream: true }))
  const reader = first.body.getReader()
  await reader.read()
  await h.fetch('http://edge.example/v1/models') // after which the first instance is above the mark
  await h.fetch('http://edge.example/v1/models')
  assert.equal(h.pool.instances, 2)
  open[0].write('data: {"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}\n\n')
  open[0].end('data: [DONE]\n\n')
  let said = ''
  for (let part = await reader.read(); !part.done; part = await reader.read()) said += new TextDecoder().decode(part.value)
  assert.match(said, /\[DONE\]/)
  assert.equal(h.pool.instances, 1)
})

test('a storm of callers, some of whom leave, leaves no exchange open', async (t) => {
  const done = 'data: {"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}\n\ndata: [DONE]\n\n'
  const h = await ruinable(t, (req, res) => {
    res.writeHead(200, { 'content-type': 'text/event-stream' }).write(chunk('hello'))
    setImmediate(() => res.end(chunk('world') + done))
  })
  const caller = async (n) => {
    const leave = new AbortController()
    if (n % 4 === 1) setImmediate(() => leave.abort())
    const response = await h.ask(CHAT, parrot(`${n}`, { stream: true }), { signal: leave.signal })
    if (n % 4 === 2) await response.body.cancel()
    else if (n % 4 === 3) leave.abort()
    else return (await read(response)).said
    return ''
  }
  const said = await Promise.all(Array.from({ length: 200 }, (_, n) => caller(n)))
  assert.equal(said.filter((text) => text.includes('[DONE]')).length >= 50, true)
  assert.equal(h.told.finish.length, 200)
  const { core } = captured(() => h.pool.acquire())
  const body = new TextEncoder().encode('{}')
  const open = (n) => core.open({ id: `${n}`, seed: '1', path: CHAT }, body)
  for (let n = 0; n < 10_000; n++) open(n) // as many as there may be
  assert.throws(() => open('one more'), { code: 'limit' })
})

test('a provider that ends its stream and not its answer is let go', async (t) => {
  const waits = []
  const h = await ruinable(t, (req, res) => {
    res.writeHead(200, { 'content-type': 'text/event-stream' }).write(chunk('hello'))
    res.write('data: {"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}\n\ndata: [DONE]\n\n')
  }, { waitUntil: (promise) => waits.push(promise) })
  const { said, error } = await read(await h.ask(CHAT, parrot('hi', { stream: true })))
  assert.match(said, /\[DONE\]/)
  assert.equal(error, undefined)
  await h.bad.asked[0].closed
  await Promise.all(waits)
})

/** limited is a catalog whose requests cost money that is limited to 400 micro-dollars a day. */
const limited = (url = `${sim.url}/v1`, limit = { most: 400, per: 'day' }, more = {}) => {
  const made = JSON.parse(catalogOf({ one: { base_url: url } }))
  return JSON.stringify({ ...made, routing: {}, cost_limits: [limit], ...more })
}

test('several instances keep one limit where one machine keeps the accounts', async () => {
  const ledger = new Core(module())
  const now = () => Date.now() * 1000
  const asked = []
  const account = {
    admit: async (command) => {
      const { ok, raw } = ledger.admit(now(), command)
      asked.push(ok)
      return { ok, accounts: raw }
    },
    settle: (command) => void ledger.settle(now(), command),
  }
  const hosts = [1, 2, 3].map(() => host(limited(), account))
  const statuses = []
  let last
  for (let round = 0; round < 20; round++) {
    const answers = await Promise.all(hosts.map((h) => h.ask(CHAT, parrot('sim: tokens=5\nhi', { max_tokens: 5 }))))
    statuses.push(...answers.map((r) => r.status))
    last = (await Promise.all(answers.map((r) => r.text()))).at(-1)
  }
  const accounts = JSON.parse(new TextDecoder().decode(ledger.accounts(now())))
  assert.equal(statuses[0], 200)
  assert.equal(statuses.at(-1), 429)
  assert.match(last, /cost_limit_exceeded/)
  assert.ok(asked.includes(false), 'no instance was ever told no')
  assert.ok(accounts.accounts[0].spent_micro <= 400, JSON.stringify(accounts))
  assert.equal(accounts.accounts[0].reserved_micro ?? 0, 0)
})

test('a machine that never admits ends in an answer, and one that cannot be asked is done without', async () => {
  let asked = 0
  const never = host(limited(), { admit: async () => (asked++, { ok: false, accounts: '{"accounts":[],"rates":[]}' }) })
  const refused = await never.ask(CHAT, parrot('hi', { max_tokens: 5 }))
  assert.equal(refused.status, 429)
  assert.equal(asked, 3)
  const gone = host(limited(), { admit: () => Promise.reject(new Error('no such object')) })
  assert.equal((await gone.ask(CHAT, parrot('sim: tokens=5\nhi', { max_tokens: 5 }))).status, 200)
  assert.match(gone.told.log.join('\n'), /no such object/)
})

test('a caller that leaves while the accounts are asked is not carried on', async () => {
  const leave = new AbortController()
  const settled = []
  const h = host(limited(), { admit: async () => (leave.abort(), { ok: true, accounts: '' }), settle: (command) => void settled.push(command) })
  const response = await h.ask(CHAT, parrot('hi', { max_tokens: 5 }), { signal: leave.signal })
  assert.equal(response.status, 499)
  assert.equal(h.told.finish[0].outcome, 'left')
  assert.equal(settled.length, 1)
})

test('answers are kept, and given again', async () => {
  const kept = new Map()
  const key = (question) => new TextDecoder().decode(question)
  const h = host(catalog({ cache: { ttl_us: 60_000_000 } }), {
    lookup: async (question) => kept.get(key(question)),
    keep: (question, body, ttl) => void kept.set(key(question), body.slice(0, ttl)),
  })
  const first = await h.ask(CHAT, parrot('hi'))
  const said = await first.json()
  assert.equal(kept.size, 1)
  const second = await h.ask(CHAT, parrot('hi'))
  assert.equal(second.headers.get('x-strowger-cache'), 'hit')
  assert.deepEqual((await second.json()).choices, said.choices)
  const without = host(catalog({ cache: { ttl_us: 60_000_000 } }))
  const missed = await without.ask(CHAT, parrot('hi'))
  assert.equal(missed.headers.get('x-strowger-cache'), 'off')
})

test('what a host is told may fail without harm', async () => {
  const fails = () => {
    throw new Error('the disk is full')
  }
  const h = host(catalog(), { finish: fails, record: () => Promise.reject(new Error('no network')) })
  assert.equal((await h.ask(CHAT, parrot('hi'))).status, 200)
  assert.match(h.told.log.join('\n'), /finish failed: the disk is full/)
})

test('what goes on behind the answer is known to the host', async () => {
  const waits = []
  const h = host(catalog(), { waitUntil: (promise) => waits.push(promise) })
  const { said } = await read(await h.ask(CHAT, parrot('hi', { stream: true })))
  assert.match(said, /DONE/)
  await Promise.all(waits)
  assert.equal(waits.length, 1)
})
