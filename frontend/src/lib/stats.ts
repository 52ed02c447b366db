import type { Range } from './range'
import { fields, list, number, numberOrNull, text } from './read'
import { strings } from './strings'

// Figures over time, as `stats` gives them: one cell for everything, one for each group, and one
// for each step of each group.

export interface Cell {
  requests: number
  firstTry: number
  afterFallback: number
  failed: number
  left: number
  refused: number
  cached: number
  cancelled: number
  /** Answered, at once or after a fallback. */
  ok: number
  /** Those and the failed: what every share is of. */
  ended: number
  firstP50Us: number | null
  firstP95Us: number | null
  firstP99Us: number | null
  totalP50Us: number | null
  totalP95Us: number | null
  totalP99Us: number | null
  /** Micro-dollars of what was priced; the answers alone. null: nothing of it has a known price. */
  costMicro: number | null
  /** Micro-dollars of attempts that failed. */
  failedCostMicro: number
  /** Requests whose price is not known. */
  unpriced: number
  input: number
  cacheRead: number
  cacheWrite: number
  output: number
  reasoning: number
  /** Micro-dollars that caches saved; below 0 where they cost more than that. */
  savedMicro: number
}

export interface Group {
  name: string
  totals: Cell
  points: (Cell | null)[]
}

export interface Stats {
  /** Seconds. */
  step: number
  /** Beginnings of the steps, unix seconds. */
  at: number[]
  totals: Cell
  groups: Group[]
  /** How many minutes there was traffic; 0: none. */
  minutes: number
}

export type By = 'none' | 'provider' | 'model' | 'key' | 'route' | 'strategy' | 'outcome' | 'day'

export function readCell(v: unknown): Cell {
  const c = fields(v)
  return {
    requests: number(c['requests']),
    firstTry: number(c['first_try']),
    afterFallback: number(c['after_fallback']),
    failed: number(c['failed']),
    left: number(c['left']),
    refused: number(c['refused']),
    cached: number(c['cached']),
    cancelled: number(c['cancelled']),
    ok: number(c['ok']),
    ended: number(c['ended']),
    firstP50Us: numberOrNull(c['first_p50_us']),
    firstP95Us: numberOrNull(c['first_p95_us']),
    firstP99Us: numberOrNull(c['first_p99_us']),
    totalP50Us: numberOrNull(c['total_p50_us']),
    totalP95Us: numberOrNull(c['total_p95_us']),
    totalP99Us: numberOrNull(c['total_p99_us']),
    costMicro: numberOrNull(c['cost_micro']),
    failedCostMicro: number(c['failed_cost_micro']),
    unpriced: number(c['unpriced']),
    input: number(c['input']),
    cacheRead: number(c['cache_read']),
    cacheWrite: number(c['cache_write']),
    output: number(c['output']),
    reasoning: number(c['reasoning']),
    savedMicro: number(c['saved_micro']),
  }
}

export function readStats(v: unknown): Stats {
  const s = fields(v)
  const at = list(s['at']).map(number)
  const { from, to } = fields(s['traffic'])
  return {
    step: number(s['step']),
    at,
    minutes: (Date.parse(text(to)) - Date.parse(text(from))) / 60_000 || 0,
    totals: readCell(s['totals']),
    groups: list(s['groups']).map((g) => {
      const { name, totals, points } = fields(g)
      const cells = list(points)
      const there = (p: unknown) => (p === null || p === undefined ? null : readCell(p))
      return { name: text(name), totals: readCell(totals), points: at.map((_, i) => there(cells[i])) }
    }),
  }
}

type Beside = Pick<Cell, 'refused' | 'cached' | 'left' | 'cancelled'>
const BESIDE = ['refused', 'cached', 'left', 'cancelled'] as const

/** besideOf names the requests that are in no share: `3 refused, 1 cached`; empty: there are none. */
export const besideOf = (c: Beside): string =>
  BESIDE.filter((name) => c[name] > 0)
    .map((name) => strings.beside[name](c[name]))
    .join(', ')

/** spanOf is the range as every question asks for it. */
export const spanOf = (range: Range): { from: string; to: string } => ({
  from: new Date(range.from).toISOString(),
  to: new Date(range.to).toISOString(),
})

/** pathOf is a question about a range; empty values are left out. */
export function pathOf(name: string, range: Range, more: Record<string, string> = {}): string {
  const given = Object.entries({ ...spanOf(range), ...more }).filter(([, value]) => value !== '')
  return `${name}?${new URLSearchParams(given)}`
}

export const statsPath = (range: Range, by: By, more: Record<string, string> = {}): string =>
  pathOf('stats', range, { step: 'auto', by, ...more })
