import { spentOf } from './costs'
import { dollars } from './money'
import { count, duration, durationOr, permille } from './quantity'
import { fields, list, text } from './read'
import { momentText, type Line, type Mark } from './series'
import { besideOf, type Cell, type Group, type Stats } from './stats'
import type { Screen } from './view'
import { overviewWords as say } from './words/overview'

// What the overview says of a time: its figures as tiles, its latency, and what needs attention.

export interface Tile {
  name: string
  value: string
  note: string
  tone: '' | 'saved' | 'bad'
  /** Where there is more of it. */
  screen: Screen
  params: Record<string, string>
}

const share = (part: number, whole: number): string => (whole === 0 ? say.tiles.nothing : permille(Math.round((part / whole) * 1000)))

/** tilesOf are the figures of a cell; `minutes` is how long there was traffic. */
export function tilesOf(c: Cell, minutes: number): Tile[] {
  const t = say.tiles
  const { ok, ended } = c
  const spend = spentOf(c)
  const rate = c.requests / Math.max(1, minutes)
  const tile = (name: string, value: string, note: string, screen: Screen, tone: Tile['tone'] = '', params: Record<string, string> = {}): Tile => ({ name, value, note, tone, screen, params })
  return [
    tile(t.requests, count(c.requests), [t.perMinute(rate.toLocaleString('en', { maximumFractionDigits: rate < 10 ? 1 : 0 })), besideOf(c)].filter(Boolean).join(', '), 'requests'),
    tile(t.ok, share(ok, ended), t.okNote(ok, ended, share(c.firstTry, ended)), 'requests', c.failed * 20 > ended ? 'bad' : '', { q: 'outcome:failed' }),
    tile(t.first, durationOr(c.firstP50Us), t.p95(durationOr(c.firstP95Us)), 'providers'),
    tile(t.total, durationOr(c.totalP50Us), t.p95(durationOr(c.totalP95Us)), 'providers'),
    tile(t.spend, spend.amount, c.savedMicro === 0 ? spend.note : c.savedMicro > 0 ? t.saved(dollars(c.savedMicro)) : t.lost(dollars(-c.savedMicro)), 'costs'),
    tile(t.fallback, share(c.afterFallback, ended), t.fellBack(c.afterFallback, ended, c.failed), 'fallbacks', c.afterFallback * 10 > ended ? 'saved' : ''),
  ]
}

export type Measure = 'first' | 'total'

export interface Latency {
  lines: Line[]
  marks: Mark[]
  rows: (string | number)[][]
  finding: string
}

/** latencyOf is the band of a measure over the time, with what failed as marks. */
export function latencyOf(stats: Stats, measure: Measure): Latency {
  const points = stats.groups[0]?.points ?? []
  const of = (c: Cell | null | undefined, p: 'P50' | 'P95'): number | null => c?.[`${measure}${p}Us`] ?? null
  const lower = stats.at.map((_, i) => of(points[i], 'P50'))
  const upper = stats.at.map((_, i) => of(points[i], 'P95'))
  const failures = stats.at.map((at, i) => ({ at, n: points[i]?.failed ?? 0 })).filter((f) => f.n > 0)
  return {
    lines: [
      { name: say.latency.p50, values: lower, token: '--series-2' },
      { name: say.latency.p95, values: upper, token: '--series-2', dash: true },
    ],
    marks: failures.map((f) => ({ at: f.at, text: say.latency.failed(f.n) })),
    rows: stats.at.flatMap((at, i) => {
      const c = points[i]
      return c ? [[momentText(at), count(c.requests), durationOr(lower[i] ?? null), durationOr(upper[i] ?? null), count(c.failed)]] : []
    }),
    finding: findingOf(stats, of(stats.totals, 'P50'), of(stats.totals, 'P95'), upper),
  }
}

function findingOf(stats: Stats, p50: number | null, p95: number | null, upper: (number | null)[]): string {
  if (p50 === null || p95 === null) return say.latency.none
  const worst = upper.reduce<number>((best, v, i) => ((v ?? 0) > (upper[best] ?? 0) ? i : best), 0)
  const at = stats.at[worst]
  const stands = at !== undefined && (upper[worst] ?? 0) > p95 * 1.5
  return say.latency.finding(duration(p50), duration(p95), stats.totals.failed, stands ? momentText(at).split(' ').at(-1) as string : '')
}

export interface Attention {
  kind: string
  severity: 'bad' | 'warn' | 'info'
  text: string
  next: string
  /** A place of this page, such as `#/providers?p=azure`; else empty. */
  link: string
}

const ORDER = { bad: 0, warn: 1, info: 2 }

/** clearOf says that nothing needs attention, and of which providers nobody knows that. */
export const clearOf = (v: unknown): string => {
  const untried = list(fields(v)['untried']).map(text)
  return untried.length === 0 ? say.attention.none : say.attention.untried(untried)
}

export function readAttention(v: unknown): Attention[] {
  const items = list(fields(v)['items']).map((item): Attention => {
    const o = fields(item)
    const severity = text(o['severity'])
    const link = text(o['link'])
    return {
      kind: text(o['kind']),
      severity: severity === 'bad' || severity === 'info' ? severity : 'warn',
      text: text(o['text']),
      next: text(o['next']),
      link: link.startsWith('#/') ? link : '',
    }
  })
  return items.filter((i) => i.text !== '').sort((a, b) => ORDER[a.severity] - ORDER[b.severity])
}

/** So many of each are on the overview. */
const TOP = 5

/** topOf are the groups with most requests, empty names by what they mean. */
export function topOf(groups: Group[], nameless: string): { name: string; cell: Cell; named: boolean }[] {
  const sorted = [...groups].sort((a, b) => b.totals.requests - a.totals.requests)
  return sorted.slice(0, TOP).map((g) => ({ name: g.name || nameless, cell: g.totals, named: g.name !== '' }))
}
