import type { AutoCount, CatalogEndpoint, Model } from './catalog'
import { fields, list, number, text } from './read'

// Models beside each other: what they cost, how good they are held to be, how much they are used,
// and what auto mode would take.

/** Of four tokens three are read and one is written: what a price is compared by. */
export function blended(e: CatalogEndpoint): number | null {
  return e.price === null ? null : Math.round((3 * e.price.input + e.price.output) / 4)
}

/** priceOf is the lowest price at which a model can be had, for a million mixed tokens; null: unknown. */
export function priceOf(m: Model): number | null {
  const prices = m.endpoints.filter((e) => e.enabled).map(blended).filter((p) => p !== null)
  return prices.length === 0 ? null : Math.min(...prices)
}

export interface Dot {
  id: string
  /** null: not known. */
  quality: number | null
  /** null: not known. */
  price: number | null
  requests: number
  inAuto: boolean
  frontier: boolean
}

/** frontierOf are the models than which none is both cheaper and better, cheapest first. */
export function frontierOf<T extends { quality: number | null; price: number | null }>(dots: T[]): T[] {
  const known = dots.filter((d) => d.quality !== null && d.price !== null)
  known.sort((a, b) => (a.price as number) - (b.price as number) || (b.quality as number) - (a.quality as number))
  let best = -1
  return known.filter((d) => {
    if ((d.quality as number) <= best) return false
    best = d.quality as number
    return true
  })
}

export function dotsOf(models: Model[]): Dot[] {
  const dots = models.map((m) => ({
    id: m.id,
    quality: m.quality.permille,
    price: priceOf(m),
    requests: m.totals.requests,
    inAuto: m.inAuto,
    frontier: false,
  }))
  for (const d of frontierOf(dots)) d.frontier = true
  return dots.sort((a, b) => b.requests - a.requests)
}

export interface Placed extends Dot {
  x: number
  y: number
  r: number
}

export interface Plane {
  placed: Placed[]
  /** Prices at round places of the axis. */
  ticks: { x: number; price: number }[]
  /** Qualities at round places of the axis. */
  levels: { y: number; permille: number }[]
  /** Left of this, what is free; right of the other, what has no known price; NaN: nothing has. */
  freeUntil: number
  unpricedFrom: number
  /** Below this, what has no known quality; NaN: nothing has. */
  unknownFrom: number
}

const LANE = 64
const ROUND = [1, 2, 5]

/** planeOf places the models: price on a logarithmic axis, quality upwards, use as the area. */
export function planeOf(dots: Dot[], width: number, height: number): Plane {
  const prices = dots.map((d) => d.price).filter((p) => p !== null && p > 0) as number[]
  const [low, high] = [Math.min(...prices, 1e6) / 1.5, Math.max(...prices, 1e5) * 1.5]
  const freeUntil = dots.some((d) => d.price === 0) ? LANE : NaN
  const unpricedFrom = dots.some((d) => d.price === null) ? width - LANE : NaN
  const unknownFrom = dots.some((d) => d.quality === null) ? height - 44 : NaN
  const left = Number.isNaN(freeUntil) ? 0 : freeUntil
  const right = Number.isNaN(unpricedFrom) ? width : unpricedFrom
  const bottom = Number.isNaN(unknownFrom) ? height : unknownFrom
  const xOf = (price: number) => left + (Math.log(price / low) / Math.log(high / low)) * (right - left)
  const qualities = dots.map((d) => d.quality).filter((q) => q !== null) as number[]
  const floor = Math.max(0, Math.floor((Math.min(...qualities, 800) - 40) / 100) * 100)
  const ceil = Math.min(1_000, Math.ceil((Math.max(...qualities, floor + 100) + 20) / 100) * 100)
  const yOf = (permille: number) => bottom - ((permille - floor) / (ceil - floor)) * bottom
  const most = Math.max(1, ...dots.map((d) => d.requests))
  const placed = dots.map((d): Placed => ({
    ...d,
    x: d.price === null ? width - LANE / 2 : d.price === 0 ? LANE / 2 : xOf(d.price),
    y: d.quality === null ? height - 22 : yOf(d.quality),
    r: 5 + 17 * Math.sqrt(d.requests / most),
  }))
  const ticks: Plane['ticks'] = []
  for (let tens = 10 ** Math.floor(Math.log10(low)); tens <= high; tens *= 10) {
    for (const n of ROUND) if (n * tens >= low && n * tens <= high) ticks.push({ x: xOf(n * tens), price: n * tens })
  }
  const levels: Plane['levels'] = []
  for (let q = floor; q <= ceil; q += 100) levels.push({ y: yOf(q), permille: q })
  return { placed, ticks, levels, freeUntil, unpricedFrom, unknownFrom }
}

export const PREFERENCES = ['balanced', 'quality', 'speed', 'cost'] as const
export type Preference = (typeof PREFERENCES)[number]
export const preferenceOf = (name: string | undefined): Preference => PREFERENCES.find((p) => p === name) ?? 'balanced'

/** Prompts of three difficulties, of which the core is asked what it would take. */
export const PROMPTS = [
  { difficulty: 'easy', text: 'What is the capital of Portugal?' },
  { difficulty: 'middle', text: 'Summarise the trade-offs between optimistic and pessimistic locking, and say which one fits a booking system with few conflicts.' },
  {
    difficulty: 'hard',
    text: 'Prove that every finite integral domain is a field. Then give a linear-time algorithm, in Rust with lifetimes made explicit, that finds all maximal cliques of a chordal graph from a perfect elimination ordering; prove its running time and find the race condition in a concurrent version of it that shares the ordering without a lock.',
  },
] as const

export interface Taken {
  difficulty: string
  /** Empty: none. */
  model: string
}

/** takenIn is the model a decision of auto mode put first. */
export function takenIn(v: unknown): string {
  const auto = fields(fields(fields(v)['decision'])['auto'])
  const first = list(auto['models']).map(fields).find((m) => number(m['rank']) === 1)
  return text(first?.['model'])
}

export const DIFFICULTIES = ['easy', 'middle', 'hard'] as const

export interface AutoRow {
  category: string
  requests: number
  cells: { difficulty: string; requests: number; models: { model: string; requests: number }[] }[]
}

/** autoRows are auto mode's decisions by category, the most frequent first. */
export function autoRows(counts: AutoCount[]): AutoRow[] {
  const categories = [...new Set(counts.map((c) => c.category))]
  const sum = (of: AutoCount[]) => of.reduce((n, c) => n + c.requests, 0)
  const rows = categories.map((category) => {
    const mine = counts.filter((c) => c.category === category)
    const cells = DIFFICULTIES.map((difficulty) => {
      const here = mine.filter((c) => c.difficulty === difficulty)
      return { difficulty, requests: sum(here), models: here.map(({ model, requests }) => ({ model, requests })).sort((a, b) => b.requests - a.requests) }
    })
    return { category, requests: sum(mine), cells }
  })
  return rows.sort((a, b) => b.requests - a.requests)
}

/** colours gives each model of the counts a colour, the most frequent first; many share the last. */
export function colours(counts: AutoCount[]): Map<string, string> {
  const n = new Map<string, number>()
  for (const c of counts) n.set(c.model, (n.get(c.model) ?? 0) + c.requests)
  return new Map([...n].sort((a, b) => b[1] - a[1]).map(([model], i) => [model, `--series-${Math.min(i + 1, 8)}`]))
}
