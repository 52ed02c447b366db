import { sankey, sankeyJustify } from 'd3-sankey'
import type { Flow } from './fallbacks'

// The flows of fallbacks laid out: what was asked, what set the fallback off, what served in the end.

export interface Place {
  key: string
  column: 'asked' | 'trigger' | 'served'
  name: string
  requests: number
  x: number
  y: number
  width: number
  height: number
}

export interface Ribbon {
  key: string
  from: Place
  to: Place
  requests: number
  /** Middle of its ends, and how thick it is. */
  x0: number
  y0: number
  x1: number
  y1: number
  thick: number
}

export interface Picture {
  places: Place[]
  ribbons: Ribbon[]
}

/** Stands for what is too small to be drawn by itself. */
export const REST = '\u0000rest'
/** Nothing served. */
export const FAILED = ''

/** folded keeps the largest names and makes one of the rest. */
export function folded(flows: Flow[], most: number): Flow[] {
  const size = new Map<string, number>()
  for (const f of flows) size.set(f.asked, (size.get(f.asked) ?? 0) + f.requests)
  if (size.size <= most) return flows
  const kept = new Set([...size].sort((a, b) => b[1] - a[1]).slice(0, most - 1).map(([name]) => name))
  return flows.map((f) => (kept.has(f.asked) ? f : { ...f, asked: REST }))
}

interface Link {
  source: string
  target: string
  value: number
}

function linksOf(flows: Flow[]): Link[] {
  const links = new Map<string, Link>()
  const add = (source: string, target: string, value: number) => {
    const key = `${source}\n${target}`
    const link = links.get(key)
    if (link) link.value += value
    else links.set(key, { source, target, value })
  }
  for (const f of flows) {
    add(`asked:${f.asked}`, `trigger:${f.trigger}`, f.requests)
    add(`trigger:${f.trigger}`, `served:${f.served}`, f.requests)
  }
  return [...links.values()]
}

/** pictureOf lays the flows out in a box; without any it is empty. */
export function pictureOf(flows: Flow[], width: number, height: number, most = 7): Picture {
  const some = folded(flows.filter((f) => f.requests > 0), most)
  if (some.length === 0 || width <= 0) return { places: [], ribbons: [] }
  const links = linksOf(some)
  const keys = [...new Set(links.flatMap((l) => [l.source, l.target]))]
  const layout = sankey<{ key: string }, object>()
    .nodeId((n) => n.key)
    .nodeAlign(sankeyJustify)
    .nodeWidth(10)
    .nodePadding(16)
    .extent([[0, 6], [width, height - 6]])
  const graph = layout({ nodes: keys.map((key) => ({ key })), links: links.map((l) => ({ ...l })) })
  const places = new Map<string, Place>()
  for (const n of graph.nodes) {
    const cut = n.key.indexOf(':')
    const [x, y] = [n.x0 ?? 0, n.y0 ?? 0]
    places.set(n.key, {
      key: n.key,
      column: n.key.slice(0, cut) as Place['column'],
      name: n.key.slice(cut + 1),
      requests: n.value ?? 0,
      x,
      y,
      width: (n.x1 ?? 0) - x,
      height: Math.max(1, (n.y1 ?? 0) - y),
    })
  }
  const keyOf = (end: unknown): string => (end as { key: string }).key
  const ribbons = graph.links.map((l): Ribbon => {
    const from = places.get(keyOf(l.source)) as Place
    const to = places.get(keyOf(l.target)) as Place
    return {
      key: `${from.key}\n${to.key}`, from, to, requests: l.value,
      x0: from.x + from.width, y0: l.y0 ?? 0, x1: to.x, y1: l.y1 ?? 0, thick: Math.max(1.5, l.width ?? 0),
    }
  })
  return { places: [...places.values()], ribbons }
}

/** curveOf is the middle line of a ribbon. */
export function curveOf(r: Ribbon): string {
  const middle = (r.x0 + r.x1) / 2
  return `M${r.x0},${r.y0}C${middle},${r.y0} ${middle},${r.y1} ${r.x1},${r.y1}`
}
