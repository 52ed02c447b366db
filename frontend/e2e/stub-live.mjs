// What the stub answers for the overview and the requests: filters, exports, what is going on, and
// what is asked about one decision. `new Part(stub)` answers; its switches make screens empty or failing.
import { hour, statsOf } from './stub-hour.mjs'
import { json, rowOf } from './stub.mjs'

const FILTER = ['from', 'to', 'provider', 'model', 'asked', 'outcome', 'cause', 'key', 'route', 'strategy', 'cache', 'status', 'stream', 'fallback', 'cost_min', 'cost_max', 'unpriced', 'total_min_us', 'first_min_us', 'id']

const attention = [
  { kind: 'circuit', severity: 'bad', text: 'The circuit of cheap/steady-1 is open until 10:42: three failures in a row.', next: 'Requests go to fast meanwhile. Look whether cheap has an incident.', link: '#/providers?p=cheap' },
  { kind: 'budget', severity: 'bad', text: 'route /support per day: reached: 12 requests refused since 2026-01-02T10:42:00Z; $0.019876 of $0.02 are spent', next: 'Requests on route /support are refused with 429 until 2026-01-03T00:00:00Z.', link: '#/costs', id: 'route /support' },
  { kind: 'fallback', severity: 'warn', text: '31 % of the requests for demo/fallback fell back from cheap to fast.', next: 'Consider fast as the primary endpoint of demo/fallback.', link: '#/fallbacks' },
  { kind: 'unpriced', severity: 'info', text: 'demo/unpriced has no price: 14 requests are not in the spend.', next: 'Give it a price, or take one from the list.', link: '#/costs' },
]

/** Whether a row is one that the query means, as the store has it. */
export function means(row, query) {
  const q = (name) => query.get(name)
  const is = (name, value) => !q(name) || q(name) === value
  const at = Date.parse(row.at)
  const time = (text) => (/^\d+$/.test(text) ? Number(text) * 1_000 : Date.parse(text))
  return ['provider', 'model', 'outcome', 'key', 'route', 'strategy', 'cache', 'asked'].every((name) => is(name, row[name])) &&
    (!q('from') || at >= time(q('from'))) && (!q('to') || at < time(q('to'))) &&
    (!q('status') || Number(q('status')) === row.status) && row.id.startsWith(q('id') ?? '') &&
    (!q('fallback') || (q('fallback') === '1') === row.attempts.length > 1) && (!q('stream') || (q('stream') === '1') === row.stream) &&
    (!q('unpriced') || row.cost_micro === null) && (!q('cost_min') || (row.cost_micro ?? -1) >= Number(q('cost_min'))) && (!q('cost_max') || (row.cost_micro ?? Infinity) <= Number(q('cost_max'))) &&
    row.total_us >= Number(q('total_min_us') ?? 0) && (row.first_us ?? 0) >= Number(q('first_min_us') ?? 0) &&
    (!q('cause') || row.attempts.some((a) => a.outcome === q('cause')))
}

export class Part {
  empty = false
  failing = false
  attention = attention
  untried = []
  asked = []
  cancelled = []

  constructor(stub, end = Date.now()) {
    this.stub = stub
    this.exchanges = hour(end).exchanges
  }

  /** To be pushed to a stub's parts. */
  answer = async (req, res, url) => {
    const path = url.pathname.replace('/_/api/', '')
    const answer = this.#answers(req.method, path, url)
    if (answer === null) return false
    if (this.failing && req.method === 'GET') return json(res, 503, { error: { status: 503, code: 'store_busy', message: 'the store is being compacted' } }), true
    this.asked.push(path + url.search)
    answer(res)
    return true
  }

  #answers(method, path, url) {
    const reply = (body) => (res) => json(res, 200, body)
    if (path === 'stats') return reply(statsOf(this.empty ? [] : this.exchanges, url))
    if (path === 'catalog') return reply(catalog)
    if (path === 'attention') return reply({ items: this.empty ? [] : this.attention, untried: this.untried })
    if (path === 'inflight') return reply({ rows: this.stub.flights, all: this.stub.flights.length })
    if (method === 'DELETE' && path.startsWith('inflight/')) return (res) => this.#cancel(path.slice('inflight/'.length), res)
    if (path === 'decisions/export') return (res) => this.#export(url, res)
    if (path === 'decisions' && FILTER.some((name) => url.searchParams.has(name))) return reply(this.find(url.searchParams))
    const one = /^decisions\/([^/]+)\/(flips|replay|test|request)$/.exec(path)
    return one ? this.#about(one[1], one[2], reply) : null
  }

  /** A page of what is meant: short, because no more than 200 rows are looked at. */
  find(query) {
    const before = Number(query.get('before') ?? Infinity)
    const older = [...this.stub.reports].reverse().filter((r) => r.seq < before)
    const looked = older.slice(0, 200)
    const rows = looked.map(rowOf).filter((row) => means(row, query)).slice(0, Number(query.get('limit') ?? 100))
    const last = older.length > looked.length ? looked.at(-1) : null
    return { rows, next: last?.seq ?? null, looked_to: last?.at ?? '' }
  }

  #cancel(id, res) {
    this.cancelled.push(id)
    this.stub.flights = this.stub.flights.filter((f) => f.id !== id)
    this.stub.emit('inflight', { rows: this.stub.flights })
    res.writeHead(204).end()
  }

  #export(url, res) {
    const rows = this.stub.reports.map(rowOf).filter((row) => means(row, url.searchParams))
    const format = url.searchParams.get('format')
    res.writeHead(200, { 'content-type': format === 'csv' ? 'text/csv' : 'application/x-ndjson', 'content-disposition': `attachment; filename="decisions-2026-11-22.${format}"` })
    res.end(format === 'csv' ? ['id,asked,model', ...rows.map((r) => [r.id, r.asked, r.model].join(','))].join('\n') : rows.map((r) => JSON.stringify(r)).join('\n'))
  }

  #about(id, what, reply) {
    const report = this.stub.reports.find((r) => r.id === id)
    if (!report) return (res) => json(res, 404, { error: { code: 'decision_not_found', message: `no decision "${id}"` } })
    if (what === 'test') return (res) => (res.writeHead(200, { 'content-type': 'text/yaml' }), res.end(`- name: ${report.asked}\n  expect:\n    plan: [${report.decision.plan}]\n`))
    if (what === 'request' && report.asked === 'demo/patient') return reply({ body: null, answer: null, why: 'not kept: it came before record.bodies was on', request: null, response: null })
    if (what === 'request') return reply({ body: '{"model":"<b>"}', answer: 'data: [DONE]', why: '', request: { bytes: 15, kind: 'json', cut: false }, response: { bytes: 2_000_000, kind: 'events', cut: true } })
    if (what === 'replay') return reply({ native: { equal: true, difference: '' }, native_problem: '', wasm: report.asked === 'demo/patient' ? { equal: false, difference: 'at byte 412: recorded …"rank":2…, again …"rank":3…' } : { equal: true, difference: '' }, wasm_problem: '', rev: report.decision.rev, rev_known: true })
    const [first, ...others] = report.decision.candidates.filter((c) => !c.excluded)
    const flips = others.map((c) => ({ endpoint: c.endpoint, model: c.model, quantity: 'first_token', name: '', unit: 'us', from: 240_000, to: 180_000, margin: Math.max(0, (c.score ?? 0) - (first?.score ?? 0)), margin_unit: c.unit, first: true, text: `${c.endpoint} would go first if its time to the first token were at most 180 ms (is 240 ms)` }))
    return reply({ flips, problem: '' })
  }
}

/** A request that has been going on for so long. */
export const flight = (id, ms, more = {}) => ({ id, at: new Date(Date.now() - ms).toISOString(), asked: 'demo/steady', key: 'laptop', route: '', schema: 'openai', stream: true, attempt: 1, provider: 'fast', endpoint: 'fast/steady-1', stage: 'waiting', first_us: null, bytes: 0, ...more })

/** Prices of the stub's endpoints, for the detail. */
export const catalog = {
  rev: 'c41f9a2', aliases: [], auto: { preference: 'balanced', models: [], decisions: [] }, unpriced: [],
  models: [{ id: 'demo/steady', in_auto: true, endpoints: [['fast/steady-1', 3_000_000, 9_000_000], ['cheap/steady-1', 400_000, 1_200_000], ['spare/steady-1', 3_500_000, 10_000_000], ['fast/quick', 300_000, 900_000]].map(([id, input, output]) => ({ id, provider: id.split('/')[0], name: id, schema: 'openai', enabled: true, price: { known: true, input, output, cache_read: input / 10, cache_write: input, reasoning: output, request: 0, image: 0, tiers: [], source: 'configuration', date: '' } })) }],
}
