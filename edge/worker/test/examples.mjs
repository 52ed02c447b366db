// What an example must do: it is run as its first line says, and asked over HTTP by the SDKs.
import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { test } from 'node:test'

import Anthropic from '@anthropic-ai/sdk'
import OpenAI from 'openai'

import { Core } from '../core.mjs'
import { catalogOf, chunk, ended, insistent, lines, made, module, moduleFile, provider, read, stub, user } from './rig.mjs'

const KEY = 'sk-strowger-laptop'
const parrot = (content, more) => ({ model: 'acme/parrot', messages: user(content), max_tokens: 50, ...more })

/** document is a deployment document. */
function document(without, more) {
  const keys = [{ name: 'laptop', sha256: createHash('sha256').update(KEY).digest('hex') }]
  const catalog = JSON.stringify({ ...JSON.parse(without), keys })
  const rev = new Core(module()).configure(catalog)
  const secrets = Object.entries({ 'env:ONE': 'KEY_OF_ONE', 'file:/home/me/key': 'KEY_OF_THREE' }).filter(([reference]) => catalog.includes(reference))
  return { strowger: 1, rev, catalog: JSON.parse(catalog), secrets: Object.fromEntries(secrets), keys, limits: { max_body: 1 << 20 }, ...more }
}

/** run runs an example on a document. */
async function run(t, name, [command, ...args], doc) {
  const file = join(made, `${name}-${Math.random()}.json`)
  writeFileSync(file, JSON.stringify(doc))
  const env = { ...process.env, KEY_OF_ONE: 'secret-of-ONE' }
  const child = spawn(command, [...args, moduleFile(), file, '0'], { stdio: ['ignore', 'pipe', 'pipe'], env })
  t.after(() => ended(child))
  let said = ''
  child.stderr.setEncoding('utf8').on('data', (text) => (said += text))
  const [line] = await lines(child.stdout, /\d\n/)
  const url = /http:\S+/.exec(line)?.[0]
  return { url, said: () => said }
}

/** suite is the tests of an example, which command runs. */
export function suite(name, command) {
  test(`${name}: a fallback, for the SDKs in their schemas`, async (t) => {
    const sim = await provider()
    t.after(() => sim.stop())
    const bad = await stub(t, (req, res) => res.writeHead(503).end('{}'))
    const catalog = catalogOf({ one: { base_url: bad.url, key: 'env:ONE' }, two: { base_url: `${sim.url}/v1` } })
    const { url } = await run(t, name, command, document(catalog))
    const gpt = new OpenAI({ baseURL: `${url}/v1`, apiKey: KEY, maxRetries: 0 })
    const said = 'sim: text="so it goes"\nhi'
    const first = await gpt.chat.completions.create(parrot(said)).withResponse()
    assert.equal(first.data.choices[0].message.content, 'so it goes')
    assert.equal(first.response.headers.get('x-strowger-provider'), 'two')
    assert.equal(bad.asked[0].headers.authorization, 'Bearer secret-of-ONE')
    let text = ''
    for await (const event of await gpt.responses.create({ model: 'acme/parrot', input: said, stream: true })) text += event.delta ?? ''
    assert.equal(text, 'so it goes')
    const claude = new Anthropic({ baseURL: url, apiKey: KEY, maxRetries: 0 })
    assert.equal(await claude.messages.stream(parrot(said)).finalText(), 'so it goes')
    const contents = [{ role: 'user', parts: [{ text: said }] }]
    const gemini = await fetch(`${url}/v1beta/models/acme/parrot:generateContent?key=${KEY}`, { method: 'POST', body: JSON.stringify({ contents }) })
    assert.equal((await gemini.json()).candidates[0].content.parts[0].text, 'so it goes')
    await assert.rejects(new OpenAI({ baseURL: `${url}/v1`, apiKey: 'sk-strowger-other', maxRetries: 0 }).models.list(), OpenAI.AuthenticationError)
    await assert.rejects(claude.messages.create(parrot('x'.repeat(2 << 20))), ({ status, message }) => status === 413 && /larger than 1 MiB/.test(message))
    const cut = await ask(url, parrot('sim: fault=cut after=3\nhi', { stream: true }))
    const { said: came, error } = await read(cut)
    assert.match(came, /event: error/)
    assert.ok(error, 'the stream ended as if it were whole')
  })

  test(`${name}: a caller that leaves takes the attempt along`, async (t) => {
    const slow = await stub(t, (req, res) => res.writeHead(200, { 'content-type': 'text/event-stream' }).write(chunk('hello')))
    const { url } = await run(t, name, command, document(catalogOf({ one: { base_url: slow.url } })))
    const leave = new AbortController()
    const response = await ask(url, parrot('hi', { stream: true }), { signal: leave.signal })
    await response.body.getReader().read()
    leave.abort()
    await slow.asked[0].closed
  })

  test(`${name}: whoever sends much that is refused is told why`, async (t) => {
    const { url } = await run(t, name, command, document(catalogOf({ one: { base_url: 'http://127.0.0.1:1' } })))
    const every = (answer) => Array(12).fill(answer)
    for (const size of [300 << 10, 5 << 20]) {
      assert.deepEqual(await insistent(`${url}/v1/chat/completions`, { authorization: 'Bearer sk-strowger-other' }, Buffer.alloc(size, ' ')), every(401))
    }
    assert.deepEqual(await insistent(`${url}/v1/chat/completions`, { authorization: `Bearer ${KEY}` }, Buffer.alloc(9 << 20, ' ')), every(413))
    assert.deepEqual(await insistent(`${url}/nowhere`, { authorization: `Bearer ${KEY}` }, Buffer.alloc(5 << 20, ' ')), every(404))
  })

  test(`${name}: a secret that is not set is called by its name`, async (t) => {
    const { url } = await run(t, name, command, document(catalogOf({ three: { base_url: 'http://127.0.0.1:1', key: 'file:/home/me/key' } })))
    const response = await ask(url, parrot('hi'))
    assert.match(await response.text(), /no key for provider three: the secret KEY_OF_THREE is not set/)
  })

  test(`${name}: what is no request is answered with an error of HTTP, never with a broken answer`, async (t) => {
    const { url, said } = await run(t, name, command, document(catalogOf({ three: { base_url: 'http://127.0.0.1:1', key: 'file:/home/me/key' } })))
    assert.match(said(), /^not set in the environment: KEY_OF_ONE, KEY_OF_THREE$|^not set in the environment: KEY_OF_THREE$/m)
    for (const line of ['TRACE /v1/models HTTP/1.1', 'GET //[ HTTP/1.1', 'GET //elsewhere.example/v1/models HTTP/1.1', 'OPTIONS * HTTP/1.1', 'GET http://[/ HTTP/1.1']) {
      const answer = await raw(url, line)
      assert.match(answer, /^HTTP\/1\.1 4\d\d /, `${line}: ${answer.slice(0, 200)}`)
    }
    assert.equal((await ask(url, parrot('hi'))).status, 502, 'it still serves')
  })

  test(`${name}: it has no more than forty lines`, () => {
    const lines = readFileSync(command.at(-1), 'utf8').trimEnd().split('\n').length
    assert.ok(lines <= 40, `${lines} lines`)
  })

  test(`${name}: a mistake at the start is one line, and exit code 1`, async (t) => {
    const catalog = catalogOf({ one: { base_url: 'http://127.0.0.1:1' } })
    const other = join(made, `${name}-rev.json`)
    const good = join(made, `${name}-good.json`)
    writeFileSync(other, JSON.stringify(document(catalog, { rev: '0123456789abcdef' })))
    writeFileSync(good, JSON.stringify(document(catalog, { secrets: {} })))
    const taken = (await stub(t, () => {})).url.split(':').pop()
    for (const [args, want] of [
      [[], /^usage: /],
      [[moduleFile(), join(made, 'none.json')], /none\.json/],
      [[moduleFile(), other], /^strowger\.json: rev: /],
      [[moduleFile(), good, taken], /^port \d+ is taken/],
      [[moduleFile(), good, '99999'], /port/],
    ]) {
      const { status, stdout, stderr } = spawnSync(command[0], [...command.slice(1), ...args], { encoding: 'utf8' })
      assert.deepEqual([status, stdout, stderr.trim().split('\n').length], [1, '', 1], stderr)
      assert.match(stderr, want)
    }
  })
}

/** raw is what comes back for a request's first line, sent as it stands. */
async function raw(url, line) {
  const { hostname, port } = new URL(url)
  const socket = connect(Number(port), hostname)
  socket.write(`${line}\r\nhost: localhost\r\nauthorization: Bearer ${KEY}\r\nconnection: close\r\n\r\n`)
  let answer = ''
  for await (const part of socket.setEncoding('latin1')) answer += part
  return answer
}

const ask = (url, body, init) => fetch(`${url}/v1/messages`, { method: 'POST', headers: { 'x-api-key': KEY }, body: JSON.stringify(body), ...init })
