// What the tests share: the module and a simulated provider, built from this repository, and a host in this process.
// Everything is on loopback, and whatever is started here is ended here.
import { execFileSync, spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

import { Pool } from '../pool.mjs'
import { serve } from '../exchange.mjs'

export const ROOT = fileURLToPath(new URL('../../..', import.meta.url))

export const made = mkdtempSync(join(tmpdir(), 'strowger-edge-'))
process.on('exit', () => rmSync(made, { recursive: true, force: true }))

/** moduleFile is the module as it is shipped: that of STROWGER_WASM, or built here. */
export const moduleFile = once(() => {
  if (process.env.STROWGER_WASM) return resolve(process.env.STROWGER_WASM)
  const file = join(made, 'strowger.wasm')
  execFileSync('go', ['run', './edge/slim', file], { cwd: ROOT, stdio: 'inherit' })
  return file
})

const compiled = once(() => new WebAssembly.Module(readFileSync(moduleFile())))

/** panicking is the module with an export that panics. */
const panicking = once(() => {
  const file = join(made, 'panicking.wasm')
  const env = { ...process.env, GOOS: 'wasip1', GOARCH: 'wasm' }
  execFileSync('go', ['build', '-trimpath', '-ldflags=-s -w', '-buildmode=c-shared', '-tags=strowger_panic', '-o', file, './edge/reactor'], { cwd: ROOT, stdio: 'inherit', env })
  return new WebAssembly.Module(readFileSync(file))
})

/** module is the compiled module. */
export const module = (tag) => (tag ? panicking() : compiled())

function once(make) {
  let value
  return () => (value ??= make())
}

/** captured is what make makes with an instance of a module, and that instance's exports. */
export function captured(make) {
  const Real = WebAssembly.Instance
  let exports
  WebAssembly.Instance = function (...args) {
    const instance = new Real(...args)
    exports = instance.exports
    return instance
  }
  try {
    return { core: make(), exports }
  } finally {
    WebAssembly.Instance = Real
  }
}

/** provider starts a simulated provider of all schemas; it ends with this process, or when it is stopped. */
export async function provider() {
  const binary = join(made, 'simulated')
  execFileSync('go', ['build', '-o', binary, './bench/clients/simulated'], { cwd: ROOT, stdio: 'inherit' })
  const child = spawn(binary, { stdio: ['pipe', 'pipe', 'inherit'] })
  const [url] = await lines(child.stdout)
  return { url, stop: () => ended(child, () => child.stdin.end()) }
}

/** lines waits for the first lines that a process says. */
export async function lines(stream, until = /\n/) {
  let said = ''
  stream.setEncoding('utf8')
  for await (const text of iterated(stream)) {
    said += text
    if (until.test(said)) break
  }
  return said.trim().split('\n')
}

/** iterated reads a stream without ending it when the reading stops. */
const iterated = (stream) => stream.iterator({ destroyOnReturn: false })

/** ended waits until a process has ended. */
export function ended(child, end = () => child.kill('SIGTERM')) {
  return new Promise((resolve) => {
    if (child.exitCode !== null || child.signalCode !== null) return resolve(child.exitCode)
    child.once('exit', resolve)
    end()
  })
}

const timeouts = { connect: 2_000_000, first_token: 2_000_000, idle: 2_000_000, total: 10_000_000 }

/**
 * catalogOf is a catalog of the model acme/parrot at providers, in that order: {name: {url, schema…}}.
 */
export function catalogOf(providers, more = {}) {
  const all = Object.entries(providers).map(([name, p]) => ({ name, schema: 'openai', timeouts_us: timeouts, ...p }))
  const endpoints = all.map(({ name }, i) => ({ provider: name, model: `parrot-at-${name}`, price: { input: 1_000_000 * (i + 1), output: 2_000_000 * (i + 1) } }))
  return JSON.stringify({ providers: all, models: [{ id: 'acme/parrot', endpoints }], routing: {}, ...more })
}

/** host is a pool and what serves on it: ask makes a request, told is what the host was told. */
export function host(catalog, { pool: options = {}, ...more } = {}) {
  const told = { finish: [], record: [], log: [] }
  const log = (line) => told.log.push(line)
  const pool = new Pool(module(), { catalog, log, ...options })
  const keep = (what) => (bytes) => told[what].push(JSON.parse(new TextDecoder().decode(bytes)))
  const with_ = { secret: (reference) => reference.replace('env:', 'secret-of-'), finish: keep('finish'), record: keep('record'), log, ...more }
  const fetch = (url, init) => serve(pool, new Request(url, init), with_)
  const ask = (path, body, init = {}) =>
    fetch(`http://edge.example${path}`, { method: 'POST', body: Object.getPrototypeOf(body) === Object.prototype ? JSON.stringify(body) : body, ...init })
  return { pool, told, fetch, ask, host: with_ }
}

export const user = (content) => [{ role: 'user', content }]

/** chunk is a piece of an answer as chat completions stream it. */
export const chunk = (content) => `data: ${JSON.stringify({ id: 'c', object: 'chat.completion.chunk', created: 1, model: 'm', choices: [{ index: 0, delta: { content } }] })}\n\n`

/** stub is a provider that does what handler says, when it has read the body. asked is what came: closed tells when its connection ended. */
export async function stub(t, handler) {
  const asked = []
  const server = createServer((req, res) => {
    const closed = new Promise((resolve) => res.once('close', resolve))
    asked.push({ url: req.url, headers: { ...req.headers }, closed })
    req.resume().once('end', () => handler(req, res))
  })
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
  const stop = () => {
    server.closeAllConnections()
    return new Promise((resolve) => server.close(resolve))
  }
  t.after(stop)
  return { url: `http://127.0.0.1:${server.address().port}`, asked, stop }
}

/** read reads a body to its end, or to where it breaks. */
export async function read(response) {
  let said = ''
  try {
    for await (const bytes of response.body) said += new TextDecoder().decode(bytes)
    return { said }
  } catch (error) {
    return { said, error }
  }
}

/** insistent sends a body twelve times and gives the status of each answer; one whose connection broke is its error. */
export async function insistent(url, headers, body) {
  const came = []
  for (let i = 0; i < 12; i++) {
    try {
      const response = await fetch(url, { method: 'POST', headers, body })
      await response.json()
      came.push(response.status)
    } catch (error) {
      came.push(`${error.message}: ${error.cause?.message}`)
    }
  }
  return came
}
