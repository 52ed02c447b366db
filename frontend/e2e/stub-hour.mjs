// An hour of made-up traffic with an outage in it, the same for every run: what `fallbacks`, `stats`
// and `providers` of the stub are counted from, so that the screens agree with each other.

const MINUTE = 60_000
const HOUR = 60 * MINUTE

/** Prices are micro-dollars per million tokens; null is unknown. */
export const endpoints = [
  ['azure', 'openai/gpt-4o', [2_500_000, 10_000_000], 380], ['openai', 'openai/gpt-4o', [2_500_000, 10_000_000], 520],
  ['azure', 'openai/gpt-4o-mini', [150_000, 600_000], 310], ['openai', 'openai/gpt-4o-mini', [150_000, 600_000], 420],
  ['anthropic', 'anthropic/claude-sonnet-4.5', [3_000_000, 15_000_000], 890], ['openrouter', 'anthropic/claude-sonnet-4.5', [3_150_000, 15_750_000], 1_300],
  ['anthropic', 'anthropic/claude-haiku-4.5', [1_000_000, 5_000_000], 430],
  ['google', 'google/gemini-2.5-flash', [300_000, 2_500_000], 350],
  ['groq', 'meta/llama-3.3-70b', [590_000, 790_000], 140], ['together', 'meta/llama-3.3-70b', [880_000, 880_000], 460],
  ['ollama', 'qwen/qwen3-8b', [0, 0], 240], ['lab', 'lab/nova-1', null, 700],
  ['deepseek', 'deepseek/deepseek-v3.2', [280_000, 420_000], 900], ['mistral', 'mistral/mistral-small-3.2', [100_000, 300_000], 290],
].map(([provider, model, price, first]) => ({ provider, model, price, first_us: first * 1_000, id: `${provider}/${model.split('/')[1]}` }))

const asked = [
  ['openai/gpt-4o-mini', 34], ['anthropic/claude-sonnet-4.5', 22], ['google/gemini-2.5-flash', 13], ['meta/llama-3.3-70b', 13],
  ['anthropic/claude-haiku-4.5', 9], ['qwen/qwen3-8b', 4], ['openai/gpt-4o', 3], ['lab/nova-1', 2],
]
/** What follows when every endpoint of a model failed. */
const next = { 'google/gemini-2.5-flash': 'anthropic/claude-haiku-4.5' }
const keys = ['claude-code', 'claude-code', 'nightly', 'notebook', '']
const categories = ['code', 'code', 'chat', 'maths', 'writing', 'extraction']

function draws(seed) {
  return () => {
    seed = (seed + 0x6d2b79f5) | 0
    let t = Math.imul(seed ^ (seed >>> 15), 1 | seed)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
  }
}

function pick(weighted, draw) {
  let left = draw * weighted.reduce((n, [, w]) => n + w, 0)
  return weighted.find(([, w]) => (left -= w) < 0)?.[0] ?? weighted[0][0]
}

/** What goes wrong: provider, from and to in minutes, the share that is hit, how. */
const faults = [
  ['azure', 22, 31, 1, 'provider_error', 503], ['openai', 27, 27.3, 1, 'rate_limited', 429],
  ['groq', 7, 8.6, 1, 'rate_limited', 429], ['groq', 16.4, 17.8, 1, 'rate_limited', 429], ['groq', 39, 42.4, 1, 'rate_limited', 429],
  ['groq', 51, 52.5, 1, 'rate_limited', 429], ['anthropic', 46, 48.5, 0.9, 'overloaded', 529], ['anthropic', 15, 16, 0.4, 'cut', 200],
  ['google', 11, 13, 0.5, 'first_token_timeout', 0], ['google', 33, 35, 0.5, 'first_token_timeout', 0], ['ollama', 50, 60, 1, 'unreachable', 0],
]
const WAITS = { first_token_timeout: 13_000_000, unreachable: 3_000 }

/** One provider's rest: circuits open after three failures, a Retry-After window at once. */
class Rest {
  failures = 0
  until = 0
  cool = 8_000
  spans = []

  ended(at, outcome, endpoint) {
    if (outcome === 'ok') return (this.failures = 0), (this.cool = 8_000)
    if (outcome === 'rate_limited') return this.rest(at, 42_000, 'limited', endpoint)
    if (++this.failures < 3) return
    this.rest(at, this.cool, 'open', endpoint)
    this.cool = Math.min(20_000, this.cool * 2)
  }

  rest(at, length, kind, endpoint) {
    this.until = at + length
    const last = this.spans.at(-1)
    if (last && last.kind === kind && at - last.to < 9_000) last.to = this.until
    else this.spans.push({ from: at, to: this.until, kind, endpoint })
  }
}

/** The exchanges of the hour before `end`, oldest first, and the spans in which providers rested. */
export function hour(end, seed = 7, every = 5_000) {
  const draw = draws(seed)
  const start = end - HOUR
  const rests = new Map(endpoints.map((e) => [e.provider, new Rest()]))
  const exchanges = []
  for (let at = start + 900; at < end; at += every * (0.4 + 1.2 * draw())) {
    exchanges.push(exchange(exchanges.length + 1, Math.round(at), (at - start) / MINUTE, draw, rests))
  }
  exchanges.push(...besides(exchanges, draw))
  const spans = [...rests].flatMap(([provider, r]) => r.spans.map((s) => ({ provider, ...s })))
  return { exchanges, spans }
}

/** Requests that no provider was asked for: each stands beside one that was. */
function besides(exchanges, draw) {
  const kinds = ['refused', 'refused', 'refused', 'cached', 'cached', 'left', 'cancelled']
  return kinds.map((outcome, i) => {
    const like = exchanges[Math.floor((0.2 + 0.6 * draw()) * exchanges.length)]
    const seq = exchanges.length + 1 + i
    return { ...like, seq, id: `0190b7f0-0000-7000-8000-${String(seq).padStart(12, '0')}`, auto: null, attempts: [], served: null, outcome, status: outcome === 'cached' ? 200 : outcome === 'refused' ? 429 : 499, first_us: null, total_us: 900, cost_micro: 0, failed_cost_micro: 0, saved_micro: outcome === 'cached' ? 4_100 : 0, tokens: { input: 0, cache_read: 0, cache_write: 0, output: 0, reasoning: 0 } }
  })
}

function exchange(seq, at, minute, draw, rests) {
  const model = pick(asked, draw())
  const auto = draw() < 0.3 && !['lab/nova-1', 'qwen/qwen3-8b'].includes(model)
  const input = Math.round(200 + 6_000 * draw() ** 3)
  const output = Math.round(40 + 900 * draw() ** 2)
  const cacheRead = draw() < 0.4 ? Math.round(input * 0.7) : 0
  const list = [model, next[model]].flatMap((m) => endpoints.filter((e) => e.model === m))
  const ready = [...list.filter((e) => rests.get(e.provider).until <= at), ...list.filter((e) => rests.get(e.provider).until > at)]
  const attempts = []
  let clock = 0
  for (const e of ready) {
    const a = attempt(e, minute, draw, { input, output, cacheRead })
    rests.get(e.provider).ended(at + clock / 1_000, a.outcome, e.id)
    attempts.push({ n: attempts.length + 1, start_us: clock, ...a })
    clock += a.total_us
    if (a.outcome === 'ok') break
  }
  const last = attempts.at(-1)
  const ok = last.outcome === 'ok'
  const failedCost = attempts.filter((a) => a.outcome !== 'ok').reduce((n, a) => n + (a.cost_micro ?? 0), 0)
  return {
    seq, at, id: `0190b7f0-0000-7000-8000-${String(seq).padStart(12, '0')}`, minute, asked: auto ? 'auto' : model, auto: auto ? { category: pick(categories.map((c) => [c, 1]), draw()), difficulty: model.includes('sonnet') || model === 'openai/gpt-4o' ? 'hard' : model.includes('llama') ? 'easy' : 'middle' } : null,
    key: keys[Math.floor(draw() * keys.length)], route: draw() < 0.15 ? '/support' : '', strategy: auto ? 'cost' : 'priority', stream: draw() < 0.8, attempts,
    served: ok ? { provider: last.provider, endpoint: last.endpoint, model: last.model } : null, outcome: ok ? 'ok' : 'failed', status: ok ? 200 : last.status || 502,
    first_us: ok ? last.start_us + last.first_us : null, total_us: clock, cost_micro: ok ? last.cost_micro : null, failed_cost_micro: failedCost,
    tokens: { input: input - cacheRead, cache_read: cacheRead, cache_write: 0, output, reasoning: 0 },
  }
}

function attempt(e, minute, draw, t) {
  const fault = faults.find(([p, from, to, share]) => p === e.provider && minute >= from && minute < to && draw() < share)
  const first = Math.round(e.first_us * (0.7 + 0.5 * draw() + draw() ** 8 * 3))
  const cost = e.price && Math.round(((t.input - t.cacheRead) * e.price[0] + t.cacheRead * e.price[0] * 0.1 + t.output * e.price[1]) / 1e6)
  const base = { provider: e.provider, endpoint: e.id, model: e.model }
  if (!fault) return { ...base, outcome: 'ok', status: 200, first_us: first, total_us: first + t.output * 9_000, cost_micro: cost }
  const [, , , , outcome, status] = fault
  const paid = outcome === 'cut' || outcome === 'first_token_timeout'
  return { ...base, outcome, status, first_us: null, total_us: WAITS[outcome] ?? Math.round((0.4 + draw()) * (outcome === 'overloaded' ? 1_400_000 : 260_000)), cost_micro: paid ? Math.round((cost ?? 0) / 2) : 0 }
}

/** Lists by what each is called. */
export function groupBy(list, nameOf) {
  const groups = new Map()
  for (const x of list) groups.set(nameOf(x), [...(groups.get(nameOf(x)) ?? []), x])
  return groups
}

const percentile = (values, p) => {
  const sorted = values.filter((v) => v !== null).sort((a, b) => a - b)
  return sorted.length === 0 ? null : sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * p))]
}
const sum = (list, of) => list.reduce((n, x) => n + (of(x) ?? 0), 0)

/** The figures of a cell of `stats`. */
export function cell(list) {
  const ok = list.filter((x) => x.outcome === 'ok')
  const of = (outcome) => list.filter((x) => x.outcome === outcome).length
  const first = ok.filter((x) => x.stream).map((x) => x.first_us)
  const total = ok.map((x) => x.total_us)
  return {
    requests: list.length, first_try: ok.filter((x) => x.attempts.length === 1).length, after_fallback: ok.filter((x) => x.attempts.length > 1).length,
    failed: of('failed'), left: of('left'), refused: of('refused'), cached: of('cached'), cancelled: of('cancelled'), ok: ok.length, ended: ok.length + of('failed'),
    first_p50_us: percentile(first, 0.5), first_p95_us: percentile(first, 0.95), first_p99_us: percentile(first, 0.99),
    total_p50_us: percentile(total, 0.5), total_p95_us: percentile(total, 0.95), total_p99_us: percentile(total, 0.99),
    cost_micro: sum(list, (x) => x.cost_micro), failed_cost_micro: sum(list, (x) => x.failed_cost_micro), unpriced: ok.filter((x) => x.cost_micro === null).length,
    input: sum(list, (x) => x.tokens.input), cache_read: sum(list, (x) => x.tokens.cache_read), cache_write: 0, output: sum(ok, (x) => x.tokens.output), reasoning: 0,
    saved_micro: sum(list, (x) => x.saved_micro) + sum(ok, (x) => Math.round(((endpoints.find((e) => e.id === x.served.endpoint).price?.[0] ?? 0) * x.tokens.cache_read * 0.9) / 1e6)),
  }
}

const names = {
  none: () => '', provider: (x) => x.served?.provider ?? '', model: (x) => x.served?.model ?? '', key: (x) => x.key, route: (x) => x.route,
  strategy: (x) => x.strategy, outcome: (x) => x.outcome, day: (x) => new Date(x.at).toISOString().slice(0, 10),
}

export const spanOf = (url) => {
  const time = (name, otherwise) => Date.parse(url.searchParams.get(name) ?? '') || otherwise
  const to = time('to', Date.now())
  return { from: time('from', to - HOUR), to }
}

/** What `stats` answers over these exchanges. */
export function statsOf(exchanges, url) {
  const { from, to } = spanOf(url)
  const query = url.searchParams
  const step = to - from > 2 * 24 * HOUR ? 86_400 : to - from > 6 * HOUR ? 3_600 : 60
  const is = (name, of) => !query.get(name) || of === query.get(name)
  const list = exchanges.filter((x) => x.at >= from && x.at < to && is('provider', x.served?.provider) && is('model', x.served?.model))
  const first = Math.floor(from / 1_000 / step) * step
  const at = []
  for (let t = first; t < to / 1_000; t += step) at.push(t)
  const name = names[query.get('by') ?? 'none'] ?? names.none
  const groups = groupBy(list, name)
  const steps = list.map((x) => Math.floor(x.at / 1_000 / step) * step)
  const traffic = list.length === 0 ? null : { from: new Date(Math.min(...steps) * 1_000).toISOString(), to: new Date(Math.min(Date.now(), (Math.max(...steps) + step) * 1_000)).toISOString() }
  return {
    from: new Date(from).toISOString(), to: new Date(to).toISOString(), step, at, totals: cell(list), watermark: exchanges.length, traffic,
    groups: [...groups].map(([name, of]) => {
      const steps = groupBy(of, (x) => Math.floor((x.at / 1_000 - first) / step))
      return { name, totals: cell(of), points: at.map((_, i) => (steps.has(i) ? cell(steps.get(i)) : null)) }
    }).sort((a, b) => b.totals.cost_micro - a.totals.cost_micro),
  }
}
