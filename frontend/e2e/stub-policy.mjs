// What the stub answers for the screens of what-if and policy. `new Part()` answers; its switches make
// the file unwritable, changed on disk, or the screens failing.
import { json } from './stub.mjs'

const FILE = `# What this house goes by.
providers:
  north: {schema: openai, base_url: "https://api.north.example/v1", api_key: "env:NORTH_KEY"}
  south: {schema: openai, base_url: "https://api.south.example/v1", api_key: "env:SOUTH_KEY"}
  west: {schema: anthropic, base_url: "https://api.west.example", api_key: "env:WEST_KEY"}
models:
  house/large:
    endpoints:
      - {provider: north, price: {input: 2.5, output: 10}}   # the contract is with these
      - {provider: south, price: {input: 2.75, output: 11}}
      - {provider: west, price: {input: 3, output: 15}}
  house/small:
    endpoints: [{provider: south, price: {input: 0.15, output: 0.6}}]
aliases: {fast: "house/small:latency"}
routing:
  strategy: latency   # was cost until June
  fallback: [house/small]
cost_limit: [{usd: 50, per: month}]
routes:
  - path: /support
    failover: true
    load_balancing: true
    providers:
      - {provider: north, model: house/large, weight: 90}
      - {provider: south, model: house/large, weight: 10}
`
const legal = ['priority', 'cost', 'latency', 'throughput', 'balanced', 'value']
const endpoints = [
  { id: 'north/large', provider: 'north', us: 420_000, up: 998, price: [2_500_000, 10_000_000] },
  { id: 'south/large', provider: 'south', us: 510_000, up: 991, price: [2_750_000, 11_000_000] },
  { id: 'west/large', provider: 'west', us: 690_000, up: 940, price: [3_000_000, 15_000_000] },
]

export class Part {
  text = FILE
  stamp = 1
  writable = true
  failing = false
  impact = true
  /** Jobs stay where they are until this is set. */
  slow = false
  past = []
  asked = []
  jobs = new Map()

  answer = async (req, res, url, stub) => {
    const path = url.pathname.replace('/_/api/', '')
    const mine = /^(config|whatif|impact|jobs|catalog)(\/|$)/.test(path) || (path === 'decisions' && url.searchParams.has('route'))
    if (!mine) return false
    let body = ''
    for await (const part of req) body += part
    const asked = body === '' ? {} : JSON.parse(body)
    this.asked.push({ method: req.method, path, body: asked })
    if (this.failing) return this.send(res, 503, { error: { status: 503, code: 'busy', message: 'the file is being read' } })
    const [status, answer] = this.route(req.method, path, asked, stub)
    return this.send(res, status, answer)
  }

  send(res, status, answer) {
    if (status === 204) res.writeHead(204).end()
    else json(res, status, answer)
    return true
  }

  route(method, path, body, stub) {
    if (path === 'catalog') return [200, { rev: 'c1', models: [{ id: 'house/large', endpoints: endpoints.map((e) => ({ id: e.id, provider: e.provider, enabled: true, price: { known: true, input: e.price[0], output: e.price[1] } })) }] }]
    if (path === 'decisions') return [200, { rows: this.rows(), next: null }]
    if (path === 'whatif') return this.whatif(body, stub)
    if (path === 'impact') return this.impact ? [202, { job: this.job() }] : [404, { error: { status: 404, code: 'not_found', message: 'no such path' } }]
    if (path.startsWith('jobs/')) return this.follow(method, path.slice(5))
    if (path === 'config' && method === 'GET') return [200, this.shown()]
    if (path === 'config') return this.put(body)
    if (path === 'config/undo') return this.save(this.past.at(-1).text, 'undone')
    if (path === 'config/check') return [200, { ...this.judge(body.text), rev: 'r', same: false }]
    if (path === 'config/edit') return this.edit(body)
    if (path === 'config/diff') return [200, { hunks: hunks(this.text, body.text) }]
    const id = path.slice('config/history/'.length)
    const was = this.past.find((p) => p.id === id)
    return was ? [200, was] : [404, { error: { status: 404, code: 'not_found', message: `no text ${id}` } }]
  }

  rows() {
    const row = (provider, ok) => ({ attempts: [{ provider, endpoint: `${provider}/large`, outcome: ok ? 'ok' : 'provider_error', status: ok ? 200 : 503 }] })
    return [...Array(361)].map((_, i) => row('north', i % 120 > 0)).concat([...Array(41)].map((_, i) => row('south', i % 4 > 0)))
  }

  judge(text) {
    const found = /^ *strategy: (\S+)/m.exec(text)
    const line = found ? text.slice(0, found.index).split('\n').length : 0
    const problems = found && !legal.includes(found[1]) ? [{ file: 'strowger.yaml', line, column: 13, field: 'routing.strategy', message: `"${found[1]}" is no strategy`, suggestion: legal.find((l) => l[0] === found[1][0]) ?? '', severity: 'error' }] : []
    const warnings = [{ file: 'strowger.yaml', line: 13, column: 16, field: 'models.house/small.endpoints', message: 'one endpoint only: there is nothing to fall back to', suggestion: '', severity: 'warning' }]
    return { problems, warnings, outline: problems.length > 0 ? null : this.outline(text) }
  }

  outline(text) {
    return {
      strategy: /^ *strategy: (\S+)/m.exec(text)?.[1] ?? 'priority', fallback: ['house/small'], fallback_on: [], max_attempts: Number(/max_attempts: (\d+)/.exec(text)?.[1] ?? 6), deadline: '5m', hold: 'first_event', resume: 'auto',
      circuit: { failures: 3, cool_down: '8s', cool_down_max: '20s' }, retry: { max: 2, on: [], backoff: '500ms', backoff_max: '8s', retry_after_max: '3s' }, cost_limits: [{ micro: 50_000_000, per: 'month' }],
      routes: [{ path: '/support', failover: true, load_balancing: true, sticky: '', strategy: '', cache: null, cost_limits: [], providers: [{ provider: 'north', model: 'house/large', weight: 90 }, { provider: 'south', model: 'house/large', weight: 10 }] }],
      keys: [], providers: ['north', 'south', 'west'], models: ['house/large', 'house/small'], aliases: [{ name: 'fast', to: 'house/small:latency' }], cache: null,
    }
  }

  shown() {
    return {
      path: '/home/me/.config/strowger/strowger.yaml', rev: '70a63b1e39b20f2b', stamp: String(this.stamp), text: this.text, problem: '', ...this.judge(this.text),
      history: [...this.past].reverse().map(({ text, ...entry }) => ({ ...entry, rev: 'f00dfeed', bytes: text.length, kept: 'record' })), writable: this.writable, reason: this.writable ? '' : 'the file belongs to root: let it be written by you, or edit it there', undo: this.past.length > 0,
    }
  }

  edit({ text, edits }) {
    for (const { path, value } of edits) {
      const name = path.at(-1)
      const there = new RegExp(`^( *${name}: )\\S+`, 'm')
      text = there.test(text) ? text.replace(there, `$1${value}`) : text.replace('routing:\n', `routing:\n  ${name}: ${value}\n`)
    }
    return [200, { text, ...this.judge(text) }]
  }

  put({ text, stamp, why }) {
    if (!this.writable) return [403, { error: { status: 403, code: 'forbidden', message: 'the file belongs to root' } }]
    if (stamp !== String(this.stamp)) {
      return [409, { error: { status: 409, code: 'conflict', message: 'the file has changed since it was read; look at both changes' }, disk: this.text, stamp: String(this.stamp), base: FILE, yours: text, merged: `${text}# added elsewhere\n`, conflicts: [] }]
    }
    return this.save(text, why)
  }

  save(text, why) {
    this.past.push({ id: String(this.past.length + 1), at: new Date().toISOString(), why, text: this.text })
    this.text = text
    this.stamp++
    return [200, this.shown()]
  }

  /** Somebody else writes the file. */
  elsewhere() {
    this.text += '# added elsewhere\n'
    this.stamp++
  }

  job() {
    const id = String(this.jobs.size + 1)
    this.jobs.set(id, { done: 0 })
    return id
  }

  follow(method, id) {
    const job = this.jobs.get(id)
    if (method === 'DELETE') return (job.cancelled = true), [204]
    job.done = Math.min(1_000, job.done + (this.slow ? 1 : 500))
    const done = job.done === 1_000
    return [200, { id, kind: 'impact', state: done ? 'done' : 'running', done: job.done, total: 1_000, error: '', result: done ? impact : null }]
  }

  whatif({ id, request, changes }, stub) {
    const asked = request === undefined ? null : JSON.parse(request)
    if (asked?.model === 'none/such') return [200, { decision: null, before: null, flips: [], same: false, compute_us: 40, refused: { status: 404, code: 'model_not_found', message: 'no model "none/such"; did you mean house/large?' } }]
    if (id !== undefined && !stub.reports.some((r) => r.id === id)) return [404, { error: { status: 404, code: 'not_found', message: `no decision ${id} is recorded` } }]
    const before = decide('', {})
    const decision = decide(changes.strategy ?? '', changes.endpoints ?? {})
    const [first] = decision.plan
    const flips = decision.candidates.filter((c) => c.endpoint !== first).map((c) => ({
      endpoint: c.endpoint, model: 'house/large', quantity: 'first_token', unit: 'us', from: c.score, to: decision.candidates[0].score, margin: c.excluded ? 0 : c.score - decision.candidates[0].score, margin_unit: c.unit, first: !c.excluded,
      text: c.excluded ? `${c.endpoint} is excluded: its circuit is open` : `${c.endpoint} would go first if its time to the first token were at most ${Math.round(decision.candidates[0].score / 1_000)}ms (is ${Math.round(c.score / 1_000)}ms)`,
    }))
    return [200, { decision, flips, same: decision.plan.join() === before.plan.join(), before, compute_us: 212, refused: null, rev: 'r' }]
  }
}

function decide(strategy, changed) {
  const all = endpoints.map((e) => {
    const c = changed[e.id] ?? {}
    const score = Math.round((e.us * (c.latency_permille ?? 1_000)) / 1_000)
    return { e, score: strategy === 'cost' ? Math.round((e.price[0] * (c.price_permille ?? 1_000)) / 1_000 / 10) : score, out: c.circuit === 'open', up: c.success_permille ?? e.up }
  })
  const order = all.filter((c) => !c.out).sort((a, b) => a.score - b.score)
  const candidates = [...order, ...all.filter((c) => c.out)].map((c) => ({
    endpoint: c.e.id, provider: c.e.provider, model: 'house/large', group: 0, rank: c.out ? 0 : order.indexOf(c) + 1, excluded: c.out ? { code: 'circuit_open', text: 'its circuit is open' } : null, resting: null, score: c.score, unit: strategy === 'cost' ? 'nano_usd' : 'us', terms: [],
    reading: { stream: null, whole: null, samples_milli: 40_000, uptime_permille: c.up, failures: 0, circuit: c.out ? 'open' : 'closed', until: null, limited: null, in_flight: 0, picked: 0 },
  }))
  return { model: 'house/large', asked: 'house/large', strategy: strategy || 'latency', request: { stream: true, input_tokens: 24, expected_output: 120, max_output: 200 }, candidates, plan: order.map((c) => c.e.id), why: `${order[0]?.e.id} goes first: it is expected to begin soonest` }
}

const impact = {
  decisions: 1_000, recomputed: 988, changed: 214, unchanged: 774, refused: 2, cost_micro: { before: 4_180_000, after: 3_020_000, low: 2_890_000, high: 3_240_000 }, time_us: { before: 612_000_000, after: 655_000_000, low: 640_000_000, high: 690_000_000 }, observed_permille: 783,
  examples: [{ id: 'e1', seq: 9, asked: 'house/large', before: 'north/large', after: 'south/large', why: 'south/large goes first: lowest expected cost, $0.0011' }],
  by: [{ from: 'north/large', to: 'south/large', requests: 212 }, { from: 'north/large', to: '', requests: 2 }],
  not_recomputed: [{ why: 'too large to be kept whole', n: 12 }],
}

/** Lines that differ, one by one: enough to be drawn. */
function hunks(a, b) {
  const [from, to] = [a.split('\n'), b.split('\n')]
  const lines = []
  for (const l of from) if (!to.includes(l)) lines.push({ op: '-', text: l })
  for (const l of to) if (!from.includes(l)) lines.push({ op: '+', text: l })
  return lines.length === 0 ? [] : [{ from: 1, to: 1, lines: [{ op: ' ', text: 'routing:' }, ...lines] }]
}
