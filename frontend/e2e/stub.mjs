// A stub of the control API, for `npm run dev` and for `npm run e2e` without STROWGER_URL. It is
// not Strowger: it routes nothing and answers nothing; it makes decisions up, by the model's name,
// so that the page has something to draw. Its version says "stub".
import { readFileSync } from 'node:fs'
import http from 'node:http'
import { extname, join } from 'node:path'
import { randomUUID } from 'node:crypto'
import { scenarios } from './stub-scenarios.mjs'

const root = new URL('..', import.meta.url).pathname
const policy = readFileSync(join(root, 'csp.txt'), 'utf8').trim()
const types = { '.html': 'text/html; charset=utf-8', '.js': 'text/javascript', '.css': 'text/css', '.svg': 'image/svg+xml' }
const keys = ['laptop', 'claude-code', '', 'nightly']
const caches = ['miss', 'off', 'miss', 'hit', 'miss']
const BATCH_MS = 250
const POLL_MS = 25_000

/** A stub server; `add(model)` makes one decision, as a request for that model would. */
export class Stub {
  reports = []
  started = new Date().toISOString()
  store = { ok: true, message: '', written: 0, dropped: 0 }
  state = 'serving'
  learn = true
  degraded = []
  flights = []
  verdicts = new Map()
  /** Answer before the stub does: `(req, res, url, stub) => boolean`, or a promise of it. */
  parts = []
  #listeners = new Set()
  #waiting = new Set()
  #batch = []
  #timer = null

  constructor() {
    this.#create()
  }

  #create() {
    this.server = http.createServer((req, res) => this.#serve(req, res))
  }

  async listen(port = 0, host = '127.0.0.1') {
    await new Promise((resolve) => this.server.listen(port, host, resolve))
    const { port: actual } = this.server.address()
    this.address = `${host}:${actual}`
    return `http://${this.address}`
  }

  async close() {
    this.server.closeAllConnections()
    await new Promise((resolve) => this.server.close(resolve))
  }

  /** Listens again after close, with everything it has made up so far. */
  reopen(port) {
    this.#create()
    return this.listen(port)
  }

  add(model, at = new Date()) {
    const make = scenarios[model] ?? scenarios['demo/steady']
    const report = { seq: this.reports.length + 1, id: randomUUID(), at: at.toISOString(), asked: model, key: keys[this.reports.length % keys.length], cache: caches[this.reports.length % caches.length], ...make(model) }
    this.reports.push(report)
    this.store.written++
    this.#batch.push(rowOf(report))
    this.#timer ??= setTimeout(() => this.#flush(), BATCH_MS)
    return report
  }

  /** Says something to every page that listens. */
  emit(name, data) {
    for (const res of this.#listeners) event(res, name, data)
  }

  #flush() {
    this.#timer = null
    const rows = this.#batch.splice(0).reverse()
    this.emit('rows', { rows })
    for (const wake of this.#waiting) wake()
    this.#waiting.clear()
  }

  status() {
    const ended = this.reports
    const ok = ended.filter((r) => r.outcome === 'ok')
    const costs = ended.filter((r) => r.served)
    return {
      version: 'stub', listen: this.address, started: this.started, state: this.state,
      requests: ended.length,
      first_try: ok.filter((r) => r.attempts.length === 1).length,
      after_fallback: ok.filter((r) => r.attempts.length > 1).length,
      failed: ended.filter((r) => r.outcome === 'failed').length,
      spend_micro: costs.reduce((n, r) => n + (r.cost_micro ?? 0), 0),
      unpriced: costs.filter((r) => r.cost_micro === null).length,
      store: this.store,
      today_micro: costs.reduce((n, r) => n + (r.cost_micro ?? 0), 0), today_unpriced: costs.filter((r) => r.cost_micro === null).length,
      inflight: this.flights.length, degraded: this.degraded, addresses: [this.address],
    }
  }

  async #serve(req, res) {
    const url = new URL(req.url, 'http://stub')
    const path = url.pathname
    for (const part of this.parts) if (await part(req, res, url, this)) return
    if (req.method === 'POST' && path === '/v1/chat/completions') return this.#chat(req, res)
    if (path === '/v1/models') return json(res, 200, { object: 'list', data: Object.keys(scenarios).map((id) => ({ id })) })
    if (path === '/_/api/status') return json(res, 200, this.status())
    if (path === '/_/api/setup') return json(res, 200, { missing: false, model: Object.keys(scenarios)[0], providers: [], folder: '', file: '', writable: true, reason: '' })
    if (path === '/_/api/config') return json(res, 200, { path: null, stamp: '', text: '', outline: { providers: [], models: [], routes: [] }, history: [] })
    if (path === '/_/api/auto') return json(res, 200, this.learning())
    if (req.method === 'POST' && path === '/_/api/feedback') return this.#feedback(req, res)
    if (path === '/_/api/events') return this.#events(req, res)
    if (path === '/_/api/decisions') return this.#decisions(url.searchParams, req, res)
    if (path.startsWith('/_/api/decisions/')) {
      const id = decodeURIComponent(path.slice('/_/api/decisions/'.length))
      const report = this.reports.find((r) => r.id === id)
      if (report) return json(res, 200, report)
      return json(res, 404, { error: { code: 'decision_not_found', message: `no decision "${id}"` } })
    }
    if (path.startsWith('/_/')) return page(path.slice(3) || 'index.html', res)
    json(res, 404, { error: { code: 'not_found', message: 'the stub serves /_/ and /v1/chat/completions' } })
  }

  learning() {
    const good = [...this.verdicts.values()].filter(Boolean).length
    const outcomes = this.verdicts.size > 0 ? [{ source: 'feedback', model: 'demo/steady', good, bad: this.verdicts.size - good }] : []
    return { learn: this.learn, outcomes, fit: null, learned: null }
  }

  async #feedback(req, res) {
    let body = ''
    for await (const part of req) body += part
    const { decision, good } = JSON.parse(body)
    this.verdicts.set(decision, good)
    res.writeHead(204).end()
  }

  async #chat(req, res) {
    let body = ''
    for await (const part of req) body += part
    const report = this.add(JSON.parse(body).model)
    const { status } = report
    res.setHeader('x-strowger-decision', report.id)
    if (status !== 200) return json(res, status, { error: { code: report.outcome, message: 'made up by the stub' } })
    json(res, 200, { id: 'stub', object: 'chat.completion', model: report.served.model, choices: [] })
  }

  async #decisions(query, req, res) {
    const newest = [...this.reports].reverse()
    if (query.has('after')) {
      const after = Number(query.get('after'))
      const newer = () => [...this.reports].reverse().filter((r) => r.seq > after)
      if (query.get('wait') === '1' && newer().length === 0) {
        await new Promise((resolve) => {
          this.#waiting.add(resolve)
          setTimeout(resolve, POLL_MS).unref()
          req.on('close', resolve)
        })
      }
      return json(res, 200, { rows: newer().map(rowOf), next: null })
    }
    const before = Number(query.get('before') ?? Infinity)
    const limit = Number(query.get('limit') ?? 100)
    const older = newest.filter((r) => r.seq < before)
    const rows = older.slice(0, limit).map(rowOf)
    json(res, 200, { rows, next: older.length > limit ? rows.at(-1).seq : null })
  }

  #events(req, res) {
    res.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' })
    res.write(': stub\n\n')
    this.#listeners.add(res)
    event(res, 'status', this.status())
    const beat = setInterval(() => event(res, 'status', this.status()), 2_000)
    req.on('close', () => (clearInterval(beat), this.#listeners.delete(res)))
  }
}

export function rowOf(r) {
  const tokens = r.attempts.findLast((a) => a.tokens)?.tokens ?? null
  return {
    seq: r.seq, id: r.id, at: r.at, asked: r.asked, status: r.status, outcome: r.outcome, stream: r.stream,
    model: r.served?.model ?? '', provider: r.served?.provider ?? r.attempts.at(-1)?.provider ?? '', strategy: r.decision.strategy, route: r.route ?? '', key: r.key ?? '', cache: r.cache ?? 'off',
    attempts: r.attempts.map(({ provider, endpoint, outcome, status }) => ({ provider, endpoint, outcome, status })),
    first_us: r.first_us, total_us: r.total_us, tokens, cost_micro: r.cost_micro, failed_cost_micro: r.failed_cost_micro, why: r.decision.why,
  }
}

const event = (res, name, data) => res.write(`event: ${name}\ndata: ${JSON.stringify(data)}\n\n`)

export function json(res, status, body) {
  res.writeHead(status, { 'content-type': 'application/json', 'cache-control': 'no-store' })
  res.end(JSON.stringify(body))
}

/** The built page, under the same policy as the real one. */
function page(name, res) {
  try {
    const body = readFileSync(join(root, 'dist', name))
    res.writeHead(200, { 'content-type': types[extname(name)] ?? 'text/plain', 'content-security-policy': policy })
    res.end(body)
  } catch {
    res.writeHead(404).end('not found: run npm run build')
  }
}
