import type { Desk } from './desk.svelte'
import { fields, list, number, numberOrNull, text } from './read'
import type { Reading } from './shapes'
import { readCell, type Cell } from './stats'
import { readReading } from './wire'

// Providers as they stand: whether they may be asked and until when not, how fast they are, what
// they fail of, and what of their limits is left.

export const STATES = ['ok', 'resting', 'limited', 'disabled', 'drill', 'no_key', 'rejected', 'not_asked', 'unanswered', 'off'] as const
export type State = (typeof STATES)[number]

export interface Left {
  what: string
  left: number
  limit: number
  /** Milliseconds since 1970; null: it is not said. */
  reset: number | null
}

export interface ProviderEndpoint {
  id: string
  model: string
  name: string
  enabled: boolean
  reading: Reading | null
  /** Exchanges that took as long as most do, and as long as few do. */
  examples: { p50: string; p95: string }
  /** Attempts that failed, by outcome. */
  errors: Record<string, number>
  /** Attempts that did not. */
  ok: number
}

export interface Provider {
  name: string
  schema: string
  baseUrl: string
  state: State
  /** When the state ends; null: it does not by itself. */
  until: number | null
  note: string
  key: { ref: string; state: string; last4: string }
  disabled: { until: number | null; why: string } | null
  drill: { until: number | null; status: number } | null
  remaining: Left[]
  endpoints: ProviderEndpoint[]
  /** Its attempts that did not fail. */
  ok: number
  totals: Cell
  /** Models that nothing serves while it is away. */
  alone: string[]
}

const timeOrNull = (v: unknown): number | null => {
  const ms = Date.parse(text(v))
  return Number.isNaN(ms) ? null : ms
}

function readEndpoint(v: unknown): ProviderEndpoint {
  const e = fields(v)
  const examples = fields(e['examples'])
  return {
    id: text(e['id']),
    model: text(e['model']),
    name: text(e['name']),
    enabled: e['enabled'] !== false,
    reading: readReading(e['reading']),
    examples: { p50: text(examples['p50']), p95: text(examples['p95']) },
    ok: number(fields(e['totals'])['ok']),
    errors: Object.fromEntries(Object.entries(fields(e['errors'])).map(([k, n]) => [k, number(n)])),
  }
}

export function readProvider(v: unknown): Provider {
  const p = fields(v)
  const key = fields(p['key'])
  const ended = (of: unknown) => (of === null || of === undefined ? null : fields(of))
  const [disabled, drill] = [ended(p['disabled']), ended(p['drill'])]
  const state = STATES.find((s) => s === p['state']) ?? 'ok'
  return {
    name: text(p['name']),
    schema: text(p['schema']),
    baseUrl: text(p['base_url']),
    state,
    until: timeOrNull(p['until']),
    note: text(p['note']),
    key: { ref: text(key['ref']), state: text(key['state']), last4: text(key['last4']) },
    disabled: disabled && { until: timeOrNull(disabled['until']), why: text(disabled['why']) },
    drill: drill && { until: timeOrNull(drill['until']), status: number(drill['status']) },
    remaining: list(p['remaining']).map((v) => {
      const r = fields(v)
      return { what: text(r['what']), left: number(r['left']), limit: number(r['limit']), reset: timeOrNull(r['reset']) }
    }),
    endpoints: list(p['endpoints']).map(readEndpoint),
    ok: number(fields(p['totals'])['ok']),
    totals: readCell(p['totals']),
    alone: list(p['alone']).map(text),
  }
}

export const readProviders = (v: unknown): Provider[] => list(fields(v)['providers']).map(readProvider)

/** What cannot be used comes first, then what is used most. */
const TROUBLE: Record<State, number> = { drill: 0, rejected: 1, no_key: 2, resting: 3, limited: 4, disabled: 5, unanswered: 6, ok: 7, not_asked: 8, off: 9 }

export const ordered = (providers: Provider[]): Provider[] =>
  [...providers].sort((a, b) => TROUBLE[a.state] - TROUBLE[b.state] || b.totals.requests - a.totals.requests || a.name.localeCompare(b.name))

/** splitOf sums the attempts of endpoints by outcome: the good ones, then the most. */
export function splitOf(endpoints: Pick<ProviderEndpoint, 'errors' | 'ok'>[]): { outcome: string; n: number }[] {
  const sum = new Map<string, number>([['ok', endpoints.reduce((n, e) => n + e.ok, 0)]])
  for (const e of endpoints) for (const [outcome, n] of Object.entries(e.errors)) sum.set(outcome, (sum.get(outcome) ?? 0) + n)
  const rank = (outcome: string) => (outcome === 'ok' ? 0 : 1)
  return [...sum].filter(([, n]) => n > 0).map(([outcome, n]) => ({ outcome, n })).sort((a, b) => rank(a.outcome) - rank(b.outcome) || b.n - a.n)
}

export interface Probe {
  endpoint: string
  /** What it will cost at most, before it is sent. */
  estimateMicro: number | null
  says: string
  outcome: string
  status: number
  firstUs: number | null
  totalUs: number
  costMicro: number | null
  message: string
}

export function readProbe(v: unknown): Probe {
  const p = fields(v)
  return {
    endpoint: text(p['endpoint']),
    estimateMicro: numberOrNull(p['estimate_micro']),
    says: text(p['says']),
    outcome: text(p['outcome']),
    status: number(p['status']),
    firstUs: numberOrNull(p['first_us']),
    totalUs: number(p['total_us']),
    costMicro: numberOrNull(p['cost_micro']),
    message: text(p['message']),
  }
}

/** A probe may take as long as a slow provider does. */
const PROBE_MS = 90_000

/** What can be done with a provider by hand. */
export class Hand {
  private readonly desk: Desk
  private readonly path: string

  constructor(desk: Desk, name: string) {
    this.desk = desk
    this.path = `providers/${encodeURIComponent(name)}`
  }

  disable = (seconds: number, why: string, signal?: AbortSignal): Promise<unknown> =>
    this.desk.api.send('POST', `${this.path}/disable`, { seconds, why }, signal)
  enable = (signal?: AbortSignal): Promise<unknown> => this.desk.api.send('DELETE', `${this.path}/disable`, undefined, signal)
  drill = (seconds: number, signal?: AbortSignal): Promise<unknown> =>
    this.desk.api.send('POST', `${this.path}/drill`, { seconds, status: 503 }, signal)
  stop = (signal?: AbortSignal): Promise<unknown> => this.desk.api.send('DELETE', `${this.path}/drill`, undefined, signal)

  async probe(endpoint: string, dryRun: boolean, signal?: AbortSignal): Promise<Probe> {
    const asked = { ...(endpoint === '' ? {} : { endpoint }), dry_run: dryRun }
    return readProbe(await this.desk.api.send('POST', `${this.path}/probe`, asked, signal, PROBE_MS))
  }
}

/** left is how long until a time, in whole seconds: `18 s`, `4 min 05 s`, `1 h 20 min`. */
export function left(until: number | null, now: number): string {
  const s = Math.max(0, Math.ceil(((until ?? now) - now) / 1_000))
  if (s < 60) return `${s} s`
  if (s < 3_600) return `${Math.floor(s / 60)} min ${String(s % 60).padStart(2, '0')} s`
  if (s < 172_800) return `${Math.floor(s / 3_600)} h ${String(Math.floor((s % 3_600) / 60)).padStart(2, '0')} min`
  return `${Math.floor(s / 86_400)} days`
}
