// The golden vectors of edge/abi/testdata through the module in this runtime, byte by byte, and what instances do.
import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'

import { Core, ModuleError } from '../core.mjs'
import { Pool } from '../pool.mjs'
import { catalogOf, captured, module, ROOT, user } from './rig.mjs'

const vectors = join(ROOT, 'edge/abi/testdata')
const bytes = (text) => new TextEncoder().encode(text)
const text = (raw) => new TextDecoder().decode(raw)

function rawOf(word, rest) {
  if (word === 'rawhex') return Uint8Array.from(rest.match(/../g) ?? [], (pair) => parseInt(pair, 16))
  return bytes(rest.startsWith('"') ? JSON.parse(rest) : rest)
}

/** parse reads a vector: its calls, each with the records that are expected (see edge/abi/abitest). */
function parse(file) {
  const calls = []
  let hex = false
  for (const line of readFileSync(file, 'utf8').trimEnd().split('\n')) {
    const call = calls.at(-1)
    const [, indent, word, rest] = /^( *)(\S+) ?(.*)$/.exec(line) ?? []
    if (line === 'hex') hex = true
    else if (indent === '' && word === '>') {
      const [, method, handle, control] = /^(\S+) ?(?:(\d+)(?: |$))?(.*)$/.exec(rest)
      const [attempt, now_us] = control.split(' ').map(Number) // of data, which has no control message
      calls.push({ method, handle: Number(handle ?? 0), control: method === 'data' ? { attempt, now_us } : control, raw: new Uint8Array(0), hex, expected: [] })
    } else if (indent === '' && word?.startsWith('raw') && call) call.raw = rawOf(word, rest)
    else if (indent && word === '=') call.bytes = rest
    else if (indent && word.startsWith('raw')) call.expected.at(-1).raw = rawOf(word, rest)
    else if (indent) call.expected.push({ control: line.trim(), raw: new Uint8Array(0) })
  }
  return calls
}

/** split reads a result as records, without the core's own reading. */
function split(result) {
  const records = []
  for (let at = 0; at < result.length; ) {
    const view = new DataView(result.buffer, result.byteOffset + at)
    const size = view.getUint32(0, true)
    const length = view.getUint32(4 + size, true)
    records.push({ control: text(result.subarray(at + 4, at + 4 + size)), raw: result.slice(at + 8 + size, at + 8 + size + length) })
    at += 8 + size + length
  }
  return records
}

for (const name of readdirSync(vectors)) {
  test(`vector ${name}`, () => {
    const core = new Core(module())
    const again = new Core(module()) // to which bytes go by data, not by step
    const calls = parse(join(vectors, name))
    assert.ok(calls.length > 0)
    for (const call of calls) {
      const where = `${call.method} ${JSON.stringify(call.control).slice(0, 200)}`
      const result = core.call(call.method, call.handle, call.control, call.raw)
      assert.deepEqual(split(result), call.expected, where)
      if (call.hex) assert.equal(Buffer.from(result).toString('hex'), call.bytes ?? '', where)
      const records = call.expected.map(({ control, raw }) => ({ ...JSON.parse(control), raw }))
      if (records[0]?.kind === 'error') {
        assert.throws(() => asked(again, call), ({ name, code }) => name === 'ModuleError' && code === records[0].code, where)
      } else assert.deepEqual(asked(again, call), records, where)
    }
  })
}

/** asked makes a call as an exchange does. */
function asked(core, { method, handle, control, raw }) {
  if (method === 'step') {
    let message
    try {
      message = JSON.parse(control)
    } catch {
      return core.step(handle, control, raw)
    }
    const known = ['now_us', 'event', 'attempt']
    if (message.event === 'data' && Object.keys(message).every((key) => known.includes(key)) && known.every((key) => Number.isInteger(message[key]) || key === 'event')) {
      return core.data(handle, message.attempt, message.now_us, raw)
    }
    return core.step(handle, control, raw)
  }
  return core.records(core.call(method, handle, control, raw))
}

const catalog = catalogOf({ one: { base_url: 'http://one.example' }, two: { base_url: 'http://two.example' } })
const call = bytes(JSON.stringify({ model: 'acme/parrot', messages: user('hi') }))
const open = (core, id = 'd1') => core.open({ id, seed: '1', path: '/v1/chat/completions' }, call)
const sample = (outcome) => JSON.stringify({ endpoint: 'one/parrot-at-one', at_us: 1767323045000000, outcome, status: 503, total_us: 10 })

test('mistakes are errors with a code, and the instance goes on', () => {
  const core = new Core(module())
  assert.throws(() => core.open({}, call), { name: 'ModuleError', code: 'not_configured' })
  assert.throws(() => core.configure('{"providers":1}'), { code: 'config' })
  core.configure(catalog)
  assert.throws(() => core.step(7, { now_us: 1, event: 'started' }), { code: 'handle' })
  assert.throws(() => core.data(7, 1, 1, call), { code: 'handle' })
  assert.throws(() => core.open({ id: 'x', seed: '1', path: '/' }, call), { code: 'not_found' })
  assert.throws(() => core.open({ id: 'x', seed: '1', path: '/v1/messages' }, new Uint8Array(65 << 20)), { code: 'limit' })
  assert.equal(core.lost, undefined)
  assert.equal(open(core), 1)
})

test('records are the host’s to keep when the memory has grown and changed', () => {
  const core = new Core(module())
  core.configure(catalog)
  const handle = open(core)
  const [send] = core.step(handle, { now_us: 1767323045000000, event: 'started' })
  const before = text(send.raw)
  core.open({ id: 'large', seed: '1', path: '/v1/chat/completions' }, new Uint8Array(32 << 20))
  assert.equal(text(send.raw), before)
  assert.equal(JSON.parse(before).model, 'parrot-at-one')
})

test('an instance that has panicked is lost', () => {
  const lines = []
  const { core, exports } = captured(() => new Core(module('strowger_panic'), { log: (line) => lines.push(line) }))
  core.configure(catalog)
  const handle = open(core)
  exports.strowger_panic()
  assert.throws(() => core.step(handle, { now_us: 1, event: 'started' }), (e) => e instanceof ModuleError && e.code === 'dead')
  assert.equal(core.lost.code, 'dead')
  assert.ok(lines.some((line) => line.includes('on request')), lines.join('\n'))
})

test('an instance that traps is lost', () => {
  const { core, exports } = captured(() => new Core(module()))
  core.configure(catalog)
  new Uint8Array(exports.memory.buffer).fill(0xff)
  assert.throws(() => open(core), { code: 'dead' })
  assert.equal(core.lost.code, 'dead')
  assert.throws(() => open(core), { code: 'dead' })
})

test('what is no module of strowger is refused', () => {
  const empty = new WebAssembly.Module(Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0))
  assert.throws(() => new Core(empty), { code: 'version' })
})

test('a pool hands on what was measured, to instances that are there and to those that come', () => {
  const pool = new Pool(module(), { catalog })
  const control = { seed: '1', path: '/v1/chat/completions', now_us: 1767323045000000 }
  const favourite = (core) => JSON.stringify(JSON.parse(text(core.decide(control, call).raw)).plan[0])
  const first = pool.acquire()
  assert.match(favourite(first), /one/)
  for (let i = 0; i < 50; i++) pool.fold(sample('provider_error'))
  pool.release(first)
  const second = pool.acquire()
  assert.equal(second, first)
  assert.match(favourite(second), /two/)
  second.lost = new ModuleError('dead', 'for the test')
  const third = pool.acquire()
  assert.notEqual(third, second)
  assert.match(favourite(third), /two/)
  pool.release(second)
  pool.release(third)
  assert.equal(pool.instances, 1)
})

test('a pool replaces an instance that has grown, and the accounts go on', () => {
  const pool = new Pool(module(), { catalog, watermark: 24 << 20 })
  const first = pool.acquire()
  const now = Date.now() * 1000
  const control = readFileSync(join(vectors, 'ledger.txt'), 'utf8').match(/^> admit (.*)$/m)[1]
  assert.equal(first.admit(now, JSON.parse(control)).ok, true)
  const before = text(first.accounts(now))
  assert.notEqual(before, '{"accounts":[],"rates":[]}')
  const handle = first.open({ id: 'large', seed: '1', path: '/v1/chat/completions' }, new Uint8Array(32 << 20))
  pool.release(pool.acquire())
  const second = pool.acquire()
  assert.notEqual(second, first)
  assert.equal(text(second.accounts(now)), before)
  assert.equal(pool.instances, 2)
  first.close(handle)
  pool.release(first)
  assert.equal(pool.instances, 1)
  assert.ok(pool.memory < 24 << 20)
})

test('a catalog that is not valid changes nothing', () => {
  const pool = new Pool(module(), { catalog })
  const { rev } = pool
  assert.throws(() => pool.configure('{}x'), { code: 'config' })
  assert.equal(pool.rev, rev)
  assert.equal(pool.use((core) => open(core)), 1)
  assert.notEqual(pool.configure(catalogOf({ two: { base_url: 'http://two.example' } })), rev)
})

test('a sample that cannot be read is passed over, once', () => {
  const lines = []
  const pool = new Pool(module(), { catalog, log: (line) => lines.push(line) })
  pool.fold('{"endpoint":1}')
  pool.release(pool.acquire())
  pool.release(pool.acquire())
  assert.equal(lines.length, 1, lines.join('\n'))
  assert.match(lines[0], /a sample is passed over/)
})
