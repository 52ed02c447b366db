// What the stub answers for the screens of fallbacks, providers, models and costs, over the hour of
// stub-hour.mjs. `new Part(end)` answers; its switches make screens empty or failing.
import { cell, endpoints, groupBy, hour, spanOf, statsOf } from './stub-hour.mjs'
import { json } from './stub.mjs'

const text = (ms) => new Date(ms).toISOString()
const failed = (x) => x.attempts.filter((a) => a.outcome !== 'ok')

const known = { 'openai/gpt-4o': [780, 'elo'], 'openai/gpt-4o-mini': [612, 'elo'], 'anthropic/claude-sonnet-4.5': [891, 'elo'], 'anthropic/claude-haiku-4.5': [724, 'elo'], 'google/gemini-2.5-flash': [741, 'elo'], 'meta/llama-3.3-70b': [634, 'elo'], 'deepseek/deepseek-v3.2': [748, 'elo'], 'mistral/mistral-small-3.2': [588, 'own'] }

const counts = ({ requests, ok, ended, left, refused, cached }) => ({ requests, ok, ended, left, refused, cached })
/** A limit as the control plane tells it. */
function limit(b) {
  const usd = (micro) => `$${micro / 1e6}`
  const reached = b.state === 'reached' ? `reached: ${b.refused} requests refused since ${b.refused_since}; ` : ''
  return { refused: 0, refused_since: null, ...b, text: `${b.account} per ${b.per}: ${reached}${usd(b.spent_micro)} of ${usd(b.limit_micro)} are spent` }
}

export class Part {
  empty = false
  failing = false
  disabled = new Map([['mistral', { until: '', why: 'answers in French since yesterday' }]])
  drills = new Map()
  asked = []

  constructor(end) {
    this.end = end
    Object.assign(this, hour(end))
    this.disabled.get('mistral').until = text(end + 5_400_000)
  }

  /** To be pushed to a stub's parts. */
  answer = async (req, res, url) => {
    const path = url.pathname.replace('/_/api/', '')
    if (!['fallbacks', 'stats', 'providers', 'catalog', 'budgets', 'whatif'].includes(path.split('/')[0])) return false
    if (this.failing) return json(res, 503, { error: { status: 503, code: 'store_busy', message: 'the store is being compacted' } }), true
    let body = ''
    for await (const part of req) body += part
    this.asked.push({ method: req.method, path, body: body === '' ? null : JSON.parse(body) })
    const [status, document] = this.document(req.method, path, url, body === '' ? null : JSON.parse(body))
    json(res, status, document)
    return true
  }

  document(method, path, url, body) {
    const list = this.empty ? [] : this.exchanges
    if (path === 'stats') return [200, statsOf(list, url)]
    if (path === 'fallbacks') return [200, this.fallbacks(list, spanOf(url))]
    if (path === 'budgets') return [200, { budgets: this.empty ? [] : this.budgets() }]
    if (path === 'catalog') return [200, this.catalog(list)]
    if (path === 'whatif') return [200, this.whatif(body)]
    if (path === 'providers') return [200, { providers: this.empty ? [] : this.providers(list) }]
    return this.act(method, path.split('/')[1], path.split('/')[2], body ?? {})
  }

  fallbacks(list, { from, to }) {
    const some = list.filter((x) => x.at >= from && x.at < to)
    const fell = some.filter((x) => failed(x).length > 0)
    const marks = fell.flatMap((x) => failed(x).map((a) => ({ at: text(x.at + a.start_us / 1_000), provider: a.provider, endpoint: a.endpoint, outcome: a.outcome, status: a.status, seq: x.seq, id: x.id, total_us: a.total_us, served: x.served?.provider ?? '' })))
    const extra = (x) => failed(x).reduce((n, a) => n + a.total_us, 0)
    const flows = groupBy(fell, (x) => [x.asked, failed(x)[0].outcome, x.served?.provider ?? ''].join('\n'))
    const providers = [...new Set(endpoints.map((e) => e.provider))]
    const spans = this.empty ? [] : this.spans
    return {
      lanes: providers.map((provider) => ({
        provider, marks: marks.filter((m) => m.provider === provider),
        spans: spans.filter((s) => s.provider === provider && s.to > from && s.from < to).map((s) => ({ from: text(s.from), to: text(s.to), kind: s.kind, endpoint: s.endpoint })),
      })).filter((l) => list.some((x) => x.attempts.some((a) => a.provider === l.provider))),
      left_out: 0,
      flows: [...flows].map(([key, of]) => {
        const [asked, trigger, served] = key.split('\n')
        return { asked, trigger, served, requests: of.length, cost_micro: of.reduce((n, x) => n + x.failed_cost_micro, 0), unpriced: 0, extra_us: of.reduce((n, x) => n + extra(x), 0) }
      }),
      totals: { ...counts(cell(some)), fell_back: fell.length, saved: fell.filter((x) => x.served).length, lost: fell.filter((x) => !x.served).length, cost_micro: fell.reduce((n, x) => n + x.failed_cost_micro, 0), extra_us: fell.reduce((n, x) => n + extra(x), 0) },
    }
  }

  endpoint(e, list) {
    const mine = list.flatMap((x) => x.attempts.filter((a) => a.endpoint === e.id).map((a) => ({ ...a, id: x.id })))
    const ok = mine.filter((a) => a.outcome === 'ok').sort((a, b) => a.first_us - b.first_us)
    const at = (p) => ok[Math.floor(ok.length * p)]
    const errors = {}
    for (const a of mine) if (a.outcome !== 'ok') errors[a.outcome] = (errors[a.outcome] ?? 0) + 1
    const speed = ok.length === 0 ? null : { samples_milli: ok.length * 1_000, mean_us: at(0.5).first_us, p50_us: at(0.5).first_us, p90_us: at(0.9).first_us, p99_us: at(0.99).first_us, tokens_per_ks: 96_000 }
    const open = e.provider === 'azure' && this.outage
    return {
      id: e.id, model: e.model, name: e.model.split('/')[1], enabled: e.provider !== 'lab', reading: { stream: speed, whole: null, samples_milli: mine.length * 1_000, uptime_permille: mine.length === 0 ? 1_000 : Math.round((ok.length / mine.length) * 1_000), failures: open ? 4 : 0, circuit: open ? 'open' : 'closed', until: open ? text(this.end + 18_000) : null, limited: null, in_flight: 0, picked: mine.length },
      examples: ok.length === 0 ? {} : { p50: at(0.5).id, p95: at(0.95).id }, errors, totals: { attempts: mine.length, ok: ok.length },
    }
  }

  outage = true

  providers(list) {
    const states = { azure: ['resting', 18_000, 'four failures in a row with 503'], groq: ['limited', 42_000, 'tokens per minute are used up'], deepseek: ['no_key', 0, 'DEEPSEEK_API_KEY is not set'], together: ['rejected', 0, 'the last answer was 401: invalid api key'], lab: ['off', 0, 'enabled: false in strowger.yaml'] }
    return [...new Set(endpoints.map((e) => e.provider))].map((name) => {
      const mine = list.filter((x) => x.served?.provider === name)
      const [state, rest, note] = states[name] ?? ['ok', 0, '']
      const disabled = this.disabled.get(name) ?? null
      const drill = this.drills.get(name) ?? null
      const local = name === 'ollama'
      return {
        name, schema: name === 'anthropic' || name === 'google' ? name.replace('google', 'gemini') : 'openai', base_url: local ? 'http://127.0.0.1:11434/v1' : `https://api.${name}.example/v1`,
        state: drill ? 'drill' : disabled ? 'disabled' : state, until: drill?.until ?? disabled?.until ?? (rest ? text(this.end + rest) : null), note: disabled?.why ?? note,
        key: local ? { ref: 'none', state: 'none', last4: '' } : { ref: `env:${name.toUpperCase()}_API_KEY`, state: state === 'no_key' ? 'missing' : state === 'rejected' ? 'rejected' : 'ok', last4: state === 'no_key' ? '' : 'c7Qd' },
        disabled, drill, remaining: name === 'groq' ? [{ what: 'tokens', left: 0, limit: 12_000, reset: text(this.end + 42_000) }, { what: 'requests', left: 214, limit: 1_000, reset: text(this.end + 1_400_000) }] : name === 'openai' ? [{ what: 'requests', left: 9_412, limit: 10_000, reset: text(this.end + 7_000) }, { what: 'tokens', left: 1_640_000, limit: 2_000_000, reset: text(this.end + 11_000) }] : [],
        endpoints: endpoints.filter((e) => e.provider === name).map((e) => this.endpoint(e, list)), totals: cell(mine),
      }
    })
  }

  act(method, name, action, body) {
    const all = { disable: this.disabled, drill: this.drills }
    if (action === 'probe') {
      const endpoint = body.endpoint ?? endpoints.find((e) => e.provider === name).id
      if (body.dry_run) return [200, { endpoint, estimate_micro: 12, says: `one request of about 9 tokens to ${endpoint}, at most 5 tokens back` }]
      return [200, { endpoint, outcome: name === 'azure' ? 'provider_error' : 'ok', status: name === 'azure' ? 503 : 200, first_us: name === 'azure' ? null : 388_000, total_us: 412_000, cost_micro: 11, message: name === 'azure' ? 'Service Unavailable' : '' }]
    }
    const map = all[action]
    if (!map) return [404, { error: { status: 404, code: 'not_found', message: `no action "${action}"` } }]
    if (method === 'DELETE') map.delete(name)
    else map.set(name, { until: text(Date.now() + body.seconds * 1_000), why: body.why ?? '', status: body.status ?? 503 })
    return [200, this.providers(this.exchanges).find((p) => p.name === name)]
  }

  catalog(list) {
    const models = [...new Set(endpoints.map((e) => e.model))]
    const decided = groupBy(list.filter((x) => x.auto && x.served), (x) => [x.auto.category, x.auto.difficulty, x.served.model].join('\n'))
    return {
      rev: 'c41f9a2',
      models: models.map((id) => {
        const [permille, from] = known[id] ?? [null, 'unknown']
        return {
          id, in_auto: !['qwen/qwen3-8b', 'lab/nova-1', 'mistral/mistral-small-3.2'].includes(id),
          quality: { permille, from, by: permille === null ? [] : [{ category: 'code', permille: permille + 14 }, { category: 'chat', permille: permille - 20 }] },
          endpoints: endpoints.filter((e) => e.model === id).map((e) => ({
            id: e.id, provider: e.provider, name: id.split('/')[1], schema: 'openai', enabled: e.provider !== 'lab',
            price: e.price && { known: true, input: e.price[0], output: e.price[1], cache_read: Math.round(e.price[0] / 10), cache_write: null, reasoning: null, request: 0, image: 0, tiers: [], source: e.price[0] === 0 ? 'configuration' : 'litellm', date: e.price[0] === 0 ? '' : '2026-11-03' },
            context: 128_000, max_output: 16_384, parameters: ['tools', 'temperature', 'response_format'],
          })),
          totals: cell(list.filter((x) => x.served?.model === id)),
        }
      }),
      aliases: [{ name: 'fast', to: 'openai/gpt-4o-mini:latency' }],
      auto: {
        preference: 'balanced', models: models.filter((m) => known[m]),
        decisions: [...decided].map(([key, of]) => ({ category: key.split('\n')[0], difficulty: key.split('\n')[1], model: key.split('\n')[2], requests: of.length })),
      },
      unpriced: list.some((x) => x.served?.model === 'lab/nova-1') ? [{ endpoint: 'lab/nova-1', requests: list.filter((x) => x.served?.model === 'lab/nova-1').length }] : [],
    }
  }

  whatif(body) {
    const preference = body.request.model.split(':')[1] ?? 'balanced'
    const hard = JSON.stringify(body.request.messages).length > 260
    const best = { quality: 'anthropic/claude-sonnet-4.5', speed: hard ? 'google/gemini-2.5-flash' : 'meta/llama-3.3-70b', cost: hard ? 'deepseek/deepseek-v3.2' : 'openai/gpt-4o-mini', balanced: hard ? 'anthropic/claude-sonnet-4.5' : 'google/gemini-2.5-flash' }[preference]
    return { decision: { model: 'auto', auto: { preference, models: [{ model: best, eligible: true, rank: 1, utility: 1 }] }, why: `${best} is best by the preference` }, flips: [], same: false, before: null, compute_us: 180 }
  }

  budgets() {
    const day = { since: text(this.end - 40_000_000), reset: text(this.end + 46_400_000) }
    return [
      { state: 'room', account: 'all', per: 'day', limit_micro: 10_000_000, spent_micro: 4_180_000, reserved_micro: 20_000, left_micro: 5_800_000, ...day, forecast_micro: 9_020_000, reaches: null, effect: 'requests are refused with 429 until midnight UTC' },
      { state: 'near', account: 'key nightly', per: 'day', limit_micro: 2_000_000, spent_micro: 1_730_000, reserved_micro: 0, left_micro: 270_000, ...day, forecast_micro: 3_700_000, reaches: text(this.end + 7_300_000), effect: 'requests of this key are refused with 429 until midnight UTC' },
      { state: 'reached', refused: 12, refused_since: text(this.end - 3_000_000), account: 'route /support', per: 'month', limit_micro: 50_000_000, spent_micro: 49_998_200, reserved_micro: 0, left_micro: 1_800, since: text(this.end - 1_800_000_000), reset: text(this.end + 800_000_000), forecast_micro: 72_000_000, reaches: null, effect: 'requests on route /support are refused with 429 until the month is over' },
    ].map(limit)
  }
}
