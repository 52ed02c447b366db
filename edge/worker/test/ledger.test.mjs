// The Ledger: limits that hold for all isolates together, and what each has measured.
import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'

import { provider, stub, user } from './rig.mjs'
import { deployment, FAST, hashed, start, until } from './workerd.mjs'

const timeouts_us = { connect: 2_000_000, first_token: 60_000_000, idle: 60_000_000, total: 60_000_000 }
let simulated
before(async () => (simulated = await provider()))
after(() => simulated.stop())

const CENT = 10_000 // micro-dollars

/** SQL is a method that lets a test look into the Ledger's tables. */
const SQL = 'async sql(q, ...args) { return [...this.ctx.storage.sql.exec(q, ...args)] } async ring() { return this.alarm() }'

/** priced is a deployment of acme/parrot, of which ten tokens are a cent, with a limit of five cents a day. */
function priced({ url = `${simulated.url}/v1`, ...more } = {}, document) {
  const catalog = {
    providers: [{ name: 'sim', schema: 'openai', base_url: url, timeouts_us }],
    models: [{ id: 'acme/parrot', endpoints: [{ provider: 'sim', model: 'parrot', price: { output: 100 * 10 * CENT * 100 } }] }],
    routing: {},
    cost_limits: [{ most: 5 * CENT, per: 'day' }],
    ...more,
  }
  return deployment(catalog, document)
}

/** chat asks for an answer of some tokens that may have ten. */
const chat = (tokens, more) => ({ model: 'acme/parrot', messages: user(`sim: tokens=${tokens}`), max_tokens: 10, ...more })

/** asked gives the status of a request, when all of its answer has come. */
async function asked(w, body, init) {
  const response = await w.ask('/v1/chat/completions', body, init)
  const text = await response.text()
  return { status: response.status, text, headers: response.headers }
}

const folder = (t) => {
  const dir = mkdtempSync(join(tmpdir(), 'strowger-ledger-'))
  t.after(() => rmSync(dir, { recursive: true, force: true }))
  return dir
}

/** object is the Ledger itself. */
async function object(w) {
  const all = await w.mf.getDurableObjectNamespace('LEDGER', 'one')
  return all.get(all.idFromName('strowger'))
}

/** account is the one account of priced, as it stands. */
async function account(w) {
  const { accounts } = await (await object(w)).admit({ client_key: '', limits: [{ account: 'all', per: 'day', most_micro: 0 }], amount_micro: 1 })
  return JSON.parse(accounts).accounts[0]
}

test('two isolates that spend at once spend no more than there is', async (t) => {
  const w = await start(t, { document: priced(), others: ['two'] })
  const answers = await Promise.all(Array.from({ length: 40 }, (_, i) => asked(w, chat(10), { by: i % 2 ? 'two' : 'one' })))
  const served = answers.filter(({ status }) => status === 200)
  assert.ok(answers.every(({ status }) => status === 200 || status === 429), answers.map((a) => a.status).join(' '))
  assert.equal(served.length, 5)
  assert.match(answers.find(({ status }) => status === 429).text, /cost_limit|limit of \$0.05/)
  await until('everything is settled', async () => (await account(w)).reserved_micro === 0)
  assert.equal((await account(w)).spent_micro, 5 * CENT)
})

test('what others had reserved and not spent is there again', async (t) => {
  const w = await start(t, { document: priced(), others: ['two'] })
  const crowd = await Promise.all(Array.from({ length: 12 }, (_, i) => asked(w, chat(1), { by: i % 2 ? 'two' : 'one' })))
  let served = crowd.filter(({ status }) => status === 200).length
  assert.ok(served >= 5 && served < 12, `${served}`)
  await until('everything is settled', async () => (await account(w)).reserved_micro === 0)
  for (let i = 0; i < 60; i++) {
    const { status, text } = await asked(w, chat(1), { by: i % 2 ? 'two' : 'one' })
    if (status === 200) served++
    else assert.match(text, /limit/)
    await until('it is settled', async () => (await account(w)).reserved_micro === 0)
  }
  assert.equal(served, 41, 'until less is left than one may cost')
  assert.equal((await account(w)).spent_micro, 41 * (CENT / 10))
})

test('a rate holds for all isolates', async (t) => {
  const key = { ...hashed('laptop', 'sk-laptop') }
  const document = priced({ cost_limits: undefined, keys: [{ ...key, rate_requests: 3, rate_per_us: 3600e6 }] }, { keys: [key], open: undefined })
  const w = await start(t, { document, others: ['two'] })
  const headers = { authorization: 'Bearer sk-laptop' }
  const answers = await Promise.all(Array.from({ length: 9 }, (_, i) => asked(w, chat(1), { headers, by: i % 2 ? 'two' : 'one' })))
  assert.equal(answers.filter(({ status }) => status === 200).length, 3)
  const refused = answers.filter(({ status }) => status === 429)
  assert.equal(refused.length, 6)
  assert.ok(refused.every((a) => Number(a.headers.get('retry-after')) > 0))
})

test('a new start knows what was spent and what is reserved', async (t) => {
  const persist = folder(t)
  const main = readFileSync(new URL('../main.mjs', import.meta.url), 'utf8')
  const first = await start(t, { document: priced(), persist, main })
  for (let i = 0; i < 3; i++) assert.equal((await asked(first, chat(10))).status, 200)
  await until('everything is settled', async () => (await account(first)).reserved_micro === 0)
  const { id } = await (await object(first)).admit({ client_key: '', limits: [{ account: 'all', per: 'day', most_micro: 5 * CENT }], amount_micro: 2 * CENT })
  await first.stop()
  const second = await start(t, { persist, others: ['two'], main })
  const { spent_micro, reserved_micro } = await account(second)
  assert.deepEqual({ spent_micro, reserved_micro }, { spent_micro: 3 * CENT, reserved_micro: 2 * CENT })
  assert.equal((await asked(second, chat(10))).status, 429)
  assert.equal(await (await object(second)).settle(id, 0), true)
  const statuses = []
  for (let i = 0; i < 4; i++) statuses.push((await asked(second, chat(10), { by: i % 2 ? 'two' : 'one' })).status)
  assert.deepEqual(statuses, [200, 200, 429, 429])
})

test('what an isolate that died had reserved is spent in the end', async (t) => {
  const persist = folder(t)
  const silent = await stub(t, () => {})
  const first = await start(t, { document: priced({ url: silent.url }), persist })
  const going = asked(first, chat(1, { max_tokens: 40 })).catch(() => {})
  await until('it is asked', () => silent.asked.length === 1)
  await first.stop()
  await going
  const second = await start(t, { persist })
  const { reserved_micro, spent_micro } = await account(second)
  assert.equal(reserved_micro + spent_micro, 4 * CENT)
  await until('it counts as spent', async () => (await account(second)).spent_micro === 4 * CENT)
  assert.equal((await account(second)).reserved_micro, 0)
})

test('settling again changes nothing, and too late it counts what was really spent', async (t) => {
  const w = await start(t, { document: priced() })
  const ledger = await object(w)
  const command = { client_key: '', limits: [{ account: 'all', per: 'day', most_micro: 5 * CENT }], amount_micro: 2 * CENT }
  const one = await ledger.admit(command)
  assert.equal(one.ok, true)
  assert.equal(await ledger.settle(one.id, CENT), true)
  assert.equal(await ledger.settle(one.id, CENT), false)
  assert.equal((await account(w)).spent_micro, CENT)
  const two = await ledger.admit({ ...command, amount_micro: CENT })
  const then = Date.now()
  await until('some time later', () => Date.now() - then > 300)
  const three = await ledger.admit({ ...command, amount_micro: CENT })
  await until('both are given up', async () => (await account(w)).spent_micro === 3 * CENT)
  assert.equal(await ledger.settle(two.id, 0), true)
  assert.equal((await account(w)).spent_micro, 2 * CENT, 'it had been free')
  assert.equal(await ledger.settle(three.id, 90 * CENT), true)
  assert.deepEqual((({ spent_micro, reserved_micro }) => ({ spent_micro, reserved_micro }))(await account(w)), { spent_micro: 91 * CENT, reserved_micro: 0 })
  assert.equal(await ledger.settle(three.id, 90 * CENT), false)
})

test('what was abandoned is remembered for some time, and not more of it than there is room for', async (t) => {
  const main = FAST.replace('static GATHER', `${SQL} static LATE = 1000; static GATHER`)
  const w = await start(t, { document: priced(), main })
  const ledger = await object(w)
  await ledger.sql("INSERT INTO abandoned SELECT 'old' || value, 0, '{}' FROM (WITH RECURSIVE c(value) AS (SELECT 1 UNION ALL SELECT value + 1 FROM c WHERE value < 5) SELECT value FROM c)")
  await ledger.sql("INSERT INTO abandoned SELECT 'new' || value, ? + value, '{}' FROM (WITH RECURSIVE c(value) AS (SELECT 1 UNION ALL SELECT value + 1 FROM c WHERE value < 1500) SELECT value FROM c)", Date.now() + 3600_000)
  assert.equal(await ledger.settle('old1', 1), false)
  await ledger.ring()
  const [{ n, first }] = await ledger.sql('SELECT count(*) AS n, min(at) AS first FROM abandoned')
  assert.equal(n, 1000)
  assert.ok(first > Date.now())
})

test('a reservation that cannot be read, or accounts, keep nothing else from going on', async (t) => {
  const main = FAST.replace('static GATHER', `${SQL} static GATHER`)
  const persist = folder(t)
  const w = await start(t, { document: priced(), main, persist })
  const ledger = await object(w)
  await ledger.sql("INSERT INTO reserved VALUES ('bad', 0, '{')")
  await ledger.admit({ client_key: '', limits: [{ account: 'all', per: 'day', most_micro: 5 * CENT }], amount_micro: CENT })
  await until('the other one is settled', async () => (await account(w)).spent_micro === CENT)
  assert.equal((await ledger.sql("SELECT at FROM reserved WHERE id = 'bad'"))[0].at > 0, true, 'and that one is tried again later')
  await ledger.sql("UPDATE kept SET value = '{\"accounts\":1}' WHERE name = 'accounts'")
  await w.stop()
  const again = await start(t, { main, persist })
  for (let i = 0; i < 2; i++) {
    const { status, text } = await asked(again, chat(1))
    assert.equal(status, 503)
    assert.match(text, /accounts of this deployment cannot be read/)
  }
  const home = await stub(t, (req, res) => res.end('{}'))
  const next = await object(again)
  await next.sync({ by: 'a', after: 0, samples: ['{}'], lost: 0, home: { url: home.url, secret: 'HOME', name: 'e' } })
  await until('it goes home all the same', () => again.log.join('').includes('the secret HOME is not set'))
})

test('without accounts nothing is spent, and what is not limited is served', async (t) => {
  const failing = FAST.replace('static GATHER', 'async admit() { throw new Error("gone") } async sync() { throw new Error("gone") } static GATHER')
  for (const [options, says] of [[{ main: failing }, /accounts of this deployment cannot be reached/], [{ ledger: false }, /not bound: bind the class Ledger as LEDGER/]]) {
    const w = await start(t, { document: priced(), ...options })
    const { status, text } = await asked(w, chat(1))
    assert.equal(status, 503)
    assert.match(text, says)
    await w.put(priced({ cost_limits: undefined }))
    await until('the other document counts', async () => (await asked(w, chat(1))).status === 200)
    await w.stop()
  }
})

test('what one isolate has found out the other knows', async (t) => {
  const broken = await stub(t, (req, res) => res.writeHead(503).end())
  const catalog = {
    providers: ['broken', 'sim'].map((name) => ({ name, schema: 'openai', base_url: name === 'sim' ? `${simulated.url}/v1` : broken.url, timeouts_us })),
    models: [{ id: 'acme/parrot', endpoints: [{ provider: 'broken', price: { output: 1 } }, { provider: 'sim', price: { output: 1_000_000 } }] }],
    routing: { strategy: 'cost' },
  }
  const w = await start(t, { document: deployment(catalog), others: ['two'] })
  let tries = 0
  for (; broken.asked.length === tries; tries++) assert.equal((await asked(w, chat(1))).status, 200)
  assert.ok(tries > 1, 'it was asked and is not any more')
  const ledger = await object(w)
  await until('the samples are out', async () => (await ledger.sync({ by: 'nobody', after: 0, samples: [], lost: 0 })).samples.length === 2 * tries - 1)
  await (await w.get('/v1/models', { by: 'two' })).arrayBuffer() // its first request: it asks what is known
  await until('they are heard', async () => (await w.state('two')).samples_from_others === 2 * tries - 1)
  const before = broken.asked.length
  assert.equal((await asked(w, chat(1), { by: 'two' })).status, 200)
  assert.equal(broken.asked.length, before, 'the other does not ask it')
})

test('samples are kept for isolates to come, as many as are of use', async (t) => {
  const persist = folder(t)
  const first = await start(t, { document: priced(), persist })
  const ledger = await object(first)
  const samples = Array.from({ length: 500 }, (_, i) => `{"n":${i}}`)
  for (let i = 0; i < 10; i++) await ledger.sync({ by: 'a', after: 0, samples, lost: 0 })
  const others = await ledger.sync({ by: 'b', after: 0, samples: ['{"n":"b"}'], lost: 0 })
  assert.equal(others.samples.length, 4000)
  assert.equal((await ledger.sync({ by: 'b', after: others.last, samples: [], lost: 0 })).samples.length, 0)
  assert.deepEqual([...(await ledger.sync({ by: 'a', after: 10, samples: [], lost: 0 })).samples], ['{"n":"b"}'])
  await first.stop()
  const second = await start(t, { persist })
  assert.equal((await (await object(second)).sync({ by: 'c', after: 0, samples: [], lost: 0 })).samples.length, 4001)
})

/** homed is a Ledger whose home answers as said, and what came there: the samples of each batch. */
async function homed(t, status) {
  const came = []
  const home = createServer(async (req, res) => {
    let body = ''
    for await (const part of req) body += part
    const batch = JSON.parse(body)
    const answer = status(batch)
    came.push({ answer, ...batch })
    res.writeHead(answer).end('{}')
  })
  await new Promise((resolve) => home.listen(0, '127.0.0.1', resolve))
  t.after(() => (home.closeAllConnections(), home.close()))
  const w = await start(t, { document: priced(), bindings: { HOME: 'a-secret-to-sign-with' } })
  const ledger = await object(w)
  const to = { url: `http://127.0.0.1:${home.address().port}`, secret: 'HOME', name: 'e' }
  const sync = (by, samples, home = to) => ledger.sync({ by, after: 0, samples: samples.map((n) => JSON.stringify({ n })), lost: 0, home })
  const taken = () => came.filter(({ answer }) => answer === 200).flatMap(({ samples }) => samples.map(({ n }) => n))
  return { came, sync, taken, w }
}
const range = (n) => Array.from({ length: n }, (_, i) => i)

test('a sample that home refuses is alone dropped, and said', async (t) => {
  const bad = [0, 617, 618]
  const h = await homed(t, ({ samples }) => (samples.some(({ n }) => bad.includes(n)) ? 400 : 200))
  await h.sync('a', range(499))
  await h.sync('b', range(999).slice(499))
  await until('the others are there', () => h.taken().length === 996)
  assert.deepEqual(h.taken(), range(999).filter((n) => !bad.includes(n)))
  assert.ok(h.came.length < 100, `${h.came.length}`)
  assert.equal(new Set(h.came.map(({ batch }) => batch)).size, h.came.length, 'each part has its own name')
  await h.sync('a', [1000])
  await until('what comes later arrives', () => h.taken().length === 997)
  const told = h.came.filter(({ answer }) => answer === 200).reduce((sum, { dropped }) => sum + dropped, 0)
  assert.equal(told, 3)
  assert.equal((await h.sync('a', [])).home.pending, 0)
})

test('a home that takes nothing is not asked for ever', async (t) => {
  const h = await homed(t, () => 400)
  await h.sync('a', range(500))
  await until('it is given up', async () => (await h.sync('b', [])).home.pending === 0)
  assert.ok(h.came.length <= 70, `${h.came.length}`)
})

test('a home that goes and comes again is sent nothing twice', async (t) => {
  const h = await homed(t, () => 200)
  await h.sync('a', [1, 2])
  await until('they arrive', () => h.taken().length === 2)
  await h.sync('a', [], null)
  await h.sync('a', [])
  await h.sync('a', [3])
  await until('the next arrives', () => h.taken().includes(3))
  assert.deepEqual(h.taken(), [1, 2, 3])
})
