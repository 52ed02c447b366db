// The deployment document: what is read, and what is wrong with others, said with its place.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'

import { Deployment, DocumentError } from '../deployment.mjs'
import { hashed } from './hashed.mjs'

const good = {
  strowger: 1,
  rev: '0123456789abcdef',
  catalog: { providers: [{ name: 'a', key: 'env:A_KEY' }, { name: 'b', headers: [{ name: 'x', value: 'keyring:b' }] }], keys: ['laptop', 'phone', 'a'].map((name) => ({ name })) },
  secrets: { 'env:A_KEY': 'A_KEY', 'keyring:b': 'B' },
  keys: [hashed('laptop', 'sk-laptop')],
  limits: { max_body: 1000 },
  home: { url: 'https://home.example/under/', secret: 'HOME', name: 'edge-1' },
}

test('a document is read as it stands, with what it leaves out', () => {
  for (const source of [good, JSON.stringify(good)]) {
    const d = new Deployment(source)
    assert.equal(d.rev, good.rev)
    assert.equal(d.catalog, JSON.stringify(good.catalog))
    assert.deepEqual(d.limits, { maxBody: 1000, maxAnswer: 16 << 20 })
    assert.deepEqual(d.home, { url: 'https://home.example/under', secret: 'HOME', name: 'edge-1' })
    const env = { A_KEY: 'a', HOME: 'h' }
    const get = (name) => env[name]
    assert.equal(d.secret('env:A_KEY', get), 'a')
    assert.throws(() => d.secret('keyring:b', get), /the secret B is not set/)
    assert.equal(d.secret('env:HOME', get), undefined, 'only what the catalog refers to')
    assert.deepEqual(d.missing(get), ['B'])
    d.check(good.rev)
    assert.throws(() => d.check('another'), /strowger.json: rev: is "0123456789abcdef", but the catalog's is "another"/)
  }
  const { home, limits, secrets, keys, ...least } = good
  const d = new Deployment({ ...least, catalog: {}, open: true })
  assert.deepEqual(d.limits, { maxBody: 8 << 20, maxAnswer: 16 << 20 })
  assert.equal(d.home, undefined)
})

test('a name may stand in several objects, and in texts', () => {
  const rules = [{ name: 'a', when: '"name":"a"' }, { name: 'a' }, ['name', 'name'], { name: { name: '\\":{' } }]
  assert.equal(new Deployment(JSON.stringify({ ...good, catalog: { ...good.catalog, rules } }, undefined, 1)).rev, good.rev)
})

test('what is wrong is said with its place', () => {
  for (const [source, says] of [
    ['', /strowger.json: not valid JSON/],
    ['{"strowger":1,"keys":"sk-secret-1234"', /strowger.json: not valid JSON; write it anew/],
    ['[]', /expected an object/],
    [null, /expected an object/],
    [{}, /strowger: a document without a version/],
    [{ ...good, strowger: '1' }, /strowger: version "1" is not known here, which knows 1/],
    [{ ...good, strowger: 2, more: 1 }, /strowger: version 2/],
    [{ ...good, more: 1 }, /"more" is not known; it may be one of strowger, rev, catalog/],
    [{ ...good, rev: '' }, /rev: expected/],
    [{ ...good, catalog: '{}' }, /catalog: expected/],
    [{ ...good, catalog: [] }, /catalog: expected/],
    [{ ...good, open: 'true' }, /open: expected true or false/],
    [{ ...good, keys: undefined }, /keys: missing/],
    [{ ...good, keys: [] }, /keys: missing/],
    [{ ...good, keys: [], open: false }, /keys: missing/],
    [{ ...good, keys: {} }, /keys: expected a list/],
    [{ ...good, keys: [1] }, /keys\[0\]: expected an object/],
    [{ ...good, keys: [{ ...good.keys[0], key: 'x' }] }, /keys\[0\]: "key" is not known/],
    [{ ...good, keys: [{ name: '', sha256: good.keys[0].sha256 }] }, /keys\[0\].name/],
    [{ ...good, keys: [good.keys[0], { name: 'a', sha256: 'sk-secret-1234' }] }, /keys\[1\].sha256: expected the SHA-256/],
    [{ ...good, keys: [hashed('ghost', 'sk-ghost')] }, /keys\[0\]: "ghost" is no key of the catalog/],
    [{ ...good, secrets: {}, catalog: {} }, /keys\[0\]: "laptop" is no key of the catalog/],
    [JSON.stringify(good).replace(/}$/, ',"open":true,"keys":[]}'), /"keys" stands twice in one object/],
    [JSON.stringify(good).replace(/}$/, ',"open" :true,"op\\u0065n":false}'), /"open" stands twice/],
    [JSON.stringify(good).replace('"providers":', '"providers":[],"\\"}{":1,"providers"\n:'), /"providers" stands twice/],
    [JSON.stringify(good).replace('"max_body":', '"max_body":1,"max_body":'), /"max_body" stands twice/],
    [{ ...good, secrets: ['A'] }, /secrets: expected an object/],
    [{ ...good, secrets: { ...good.secrets, 'env:A_KEY': 'sk-secret-1234' } }, /secrets.env:A_KEY: expected the name of a secret/],
    [{ ...good, limits: { max_bodies: 1 } }, /limits: "max_bodies" is not known/],
    [{ ...good, limits: { max_body: -1 } }, /limits.max_body: expected a number of bytes from 1 to/],
    [{ ...good, limits: { max_answer: 1e9 } }, /limits.max_answer: expected/],
    [{ ...good, limits: { max_answer: 1.5 } }, /limits.max_answer: expected/],
    [{ ...good, home: {} }, /home.url: expected/],
    [{ ...good, home: { ...good.home, url: 'ftp://x' } }, /home.url: expected/],
    [{ ...good, home: { ...good.home, url: 'https://me:sk-secret-1234@x' } }, /home.url: expected/],
    [{ ...good, home: { ...good.home, secret: 'sk-secret-1234' } }, /home.secret: expected the name/],
    [{ ...good, home: { ...good.home, name: undefined } }, /home.name: missing/],
    [{ ...good, home: { ...good.home, name: '東京' } }, /home.name: expected letters, digits and signs of ASCII/],
    [{ ...good, home: { ...good.home, name: 'a ' } }, /home.name: expected letters/],
    [{ ...good, home: { ...good.home, key: 1 } }, /home: "key" is not known/],
  ]) {
    assert.throws(() => new Deployment(source), (error) => error instanceof DocumentError && says.test(error.message) && !/sk-secret-1234/.test(error.message), JSON.stringify(source))
  }
})

test('whom limits are about, and whether a provider can be reached', () => {
  const limited = (catalog, more) => new Deployment({ ...good, ...more, catalog: { ...good.catalog, ...catalog } }).limited
  const keys = [{ name: 'laptop', rate_requests: 1 }, { name: 'phone' }]
  const both = [hashed('laptop', 'a'), hashed('phone', 'b')]
  assert.equal(limited({}), 'none')
  assert.equal(limited({ cost_limits: [{ most: 1, per: 'day' }] }), 'all')
  assert.equal(limited({ keys }), 'all')
  assert.equal(limited({ keys }, { open: true }), 'some')
  assert.equal(limited({ keys }, { keys: both }), 'some')
  assert.equal(limited({ keys }, { keys: both.slice(1) }), 'none')
  const daily = [{ most: 1, per: 'day' }]
  const each = [{ most: 1, per: 'request' }]
  const served = [{ id: 'm/m', endpoints: [{ provider: 'a' }] }]
  const support = { path: '/support', arms: [{ provider: 'a' }], cost_limits: daily }
  const other = { path: '/other', arms: [{ provider: 'a' }] }
  assert.equal(limited({ routes: [support] }), 'all')
  assert.equal(limited({ routes: [support, other] }), 'some')
  assert.equal(limited({ routes: [support], models: served }), 'some')
  assert.equal(limited({ routes: [{ ...support, cost_limits: each }], cost_limits: each, keys: [{ name: 'laptop', cost_limits: each }] }), 'none', 'nobody keeps an account for one request')
  assert.equal(limited({ routes: [support, other], keys }), 'all')
  assert.equal(limited({ routes: [support, other], keys }, { keys: both }), 'some')
  const providers = [{ name: 'a', key: 'env:A_KEY' }, { name: 'b', headers: [{ name: 'x', value: 'keyring:b' }] }]
  const models = [{ id: 'm/m', endpoints: [{ provider: 'a' }, { provider: 'b' }] }]
  const d = new Deployment({ ...good, catalog: { ...good.catalog, providers, models } })
  for (const [set, is] of [[['A_KEY', 'B'], true], [['A_KEY'], true], [['B'], true], [['HOME'], false]]) {
    assert.equal(d.reachable((name) => (set.includes(name) ? 'x' : undefined)), is, set.join())
  }
})

test('routes reach providers too, and what is disabled reaches none and needs no secret', () => {
  const off = { name: 'a', key: 'env:A_KEY', disabled: true }
  const on = { name: 'b', headers: [{ name: 'x', value: 'keyring:b' }] }
  const of = (catalog) => new Deployment({ ...good, catalog: { ...good.catalog, providers: [off, on], ...catalog } })
  const all = () => 'x'
  const none = () => undefined
  const models = [{ id: 'm/m', endpoints: [{ provider: 'a' }] }]
  assert.equal(of({ routes: [{ path: '/r', arms: [{ provider: 'b' }] }] }).reachable(all), true)
  assert.equal(of({ routes: [{ path: '/r', arms: [{ provider: 'b' }] }] }).reachable(none), false)
  assert.equal(of({ routes: [{ path: '/r', arms: [{ provider: 'a' }] }] }).reachable(all), false)
  assert.equal(of({ routes: [{ path: '/r' }] }).reachable(all), false)
  assert.equal(of({ models }).reachable(all), false)
  assert.equal(of({ models: [{ id: 'm/m', endpoints: [{ provider: 'b', disabled: true }] }] }).reachable(all), false)
  assert.deepEqual(of({ models }).missing(none), ['B', 'HOME'])
  const shared = new Deployment({ ...good, catalog: { ...good.catalog, providers: [off, on, { name: 'c', key: 'env:A_KEY' }] } })
  assert.deepEqual(shared.missing(none), ['B', 'A_KEY', 'HOME'])
})

test('the cases of every reader', async (t) => {
  const read = (name) => readFileSync(new URL(`../../document/testdata/${name}.json`, import.meta.url), 'utf8')
  const text = read('good')
  const { rev } = JSON.parse(text)
  const cases = JSON.parse(read('cases'))
  assert.ok(cases.length >= 100)
  for (const { name, from = '', to = '', fill = '', times = 0, says } of cases) {
    await t.test(name, () => {
      const at = text.lastIndexOf(from)
      assert.notEqual(at, -1)
      const make = () => new Deployment(text.slice(0, at) + to + text.slice(at + from.length) + fill.repeat(times)).check(rev)
      if (says === 'good') return make()
      assert.throws(make, (error) => error instanceof DocumentError && error.message.startsWith('strowger.json: ') && error.message.includes(says))
    })
  }
})

test('a caller is known by its key, and only by it', async () => {
  const named = new Deployment({ ...good, keys: [hashed('laptop', 'sk-laptop'), hashed('phone', 'sk-phone')] })
  const open = new Deployment({ ...good, open: true })
  const keyless = new Deployment({ ...good, open: true, keys: undefined })
  const ask = (d, headers, path = '/v1/chat/completions') => d.caller(new Request(`https://edge.example${path}`, { method: 'POST', headers }))
  assert.equal((await ask(named, { authorization: 'BEARER sk-phone' })).client, 'phone')
  assert.equal((await ask(named, { 'api-key': 'sk-laptop' })).client, 'laptop')
  assert.equal((await ask(named, {}, '/v1beta/models/a:generateContent?key=sk-laptop')).client, 'laptop')
  assert.match((await ask(named, {}, '/v1/messages')).refused.message, /send it as x-api-key: KEY/)
  assert.match((await ask(named, {}, '/v1beta/models/a:generateContent')).refused.message, /send it as x-goog-api-key: KEY/)
  assert.match((await ask(named, {}, '/v1/chat/completions?key=sk-laptop')).refused.message, /send it as authorization: Bearer KEY/)
  assert.match((await ask(named, { authorization: 'Bearer sk-lapto' })).refused.message, /not known here/)
  assert.deepEqual(await ask(open, {}), { client: '' })
  assert.deepEqual(await ask(open, { authorization: 'Bearer whatever' }), { client: '' })
  assert.deepEqual(await ask(keyless, { authorization: 'Bearer whatever' }), { client: '' })
  assert.equal((await ask(keyless, { authorization: 'Bearer sk-strowger-x' })).refused.code, 'unauthorized')
  assert.equal((await ask(open, { authorization: 'Bearer sk-laptop' })).client, 'laptop')
  assert.equal((await ask(open, { authorization: 'Bearer sk-strowger-x' })).refused.code, 'unauthorized')
})
