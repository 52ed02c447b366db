import { KINDS, kindOf, type Kind, type Lane, type Mark } from './fallbacks'

// Where the marks of a lane are drawn: one row for each kind of trigger, and marks that would lie on
// each other gathered into one with a count.

export interface Dot {
  x: number
  row: number
  kind: Kind
  marks: Mark[]
  from: number
  to: number
}

export interface Drawn {
  provider: string
  kinds: Kind[]
  dots: Dot[]
  spans: { x: number; width: number; kind: 'open' | 'limited'; from: number; to: number }[]
}

/** Marks nearer than this many pixels become one, drawn where the first is: so much room its count takes. */
const NEAR = 30

export interface Scale {
  from: number
  to: number
  width: number
}

export const xOf = (s: Scale, ms: number): number => ((ms - s.from) / Math.max(1, s.to - s.from)) * s.width
export const timeAt = (s: Scale, x: number): number => s.from + (Math.min(Math.max(x, 0), s.width) / s.width) * (s.to - s.from)

function gather(marks: Mark[], scale: Scale, row: number, kind: Kind): Dot[] {
  const dots: Dot[] = []
  let start = -Infinity
  for (const m of marks) {
    const x = xOf(scale, m.at)
    const last = dots[dots.length - 1]
    if (last && x - start < NEAR) {
      last.marks.push(m)
      last.to = m.at
      continue
    }
    start = x
    dots.push({ x, row, kind, marks: [m], from: m.at, to: m.at })
  }
  return dots
}

export function drawn(lane: Lane, scale: Scale): Drawn {
  const inside = lane.marks.filter((m) => m.at >= scale.from && m.at <= scale.to)
  const kinds = KINDS.filter((kind) => inside.some((m) => kindOf(m.outcome) === kind))
  const dots = kinds.flatMap((kind, row) => gather(inside.filter((m) => kindOf(m.outcome) === kind), scale, row, kind))
  const spans = lane.spans
    .filter((s) => s.to >= scale.from && s.from <= scale.to)
    .map(({ from, to, kind }) => {
      const x = Math.max(0, xOf(scale, from))
      return { x, width: Math.max(2, Math.min(scale.width, xOf(scale, to)) - x), kind, from, to }
    })
  return { provider: lane.provider, kinds, dots, spans }
}

/** shapeOf draws a kind's shape around 0,0: no two are told apart by colour alone. */
export function shapeOf(kind: Kind, r: number): string {
  switch (kind) {
    case 'server': // a square
      return `M${-r * 0.9},${-r * 0.9}h${r * 1.8}v${r * 1.8}h${-r * 1.8}z`
    case 'limit': // a triangle
      return `M0,${-r * 1.1}L${r * 1.1},${r * 0.9}H${-r * 1.1}z`
    case 'time': // a ring
      return `M${-r},0a${r},${r} 0 1,0 ${2 * r},0a${r},${r} 0 1,0 ${-2 * r},0M${-r * 0.5},0a${r * 0.5},${r * 0.5} 0 1,1 ${r},0a${r * 0.5},${r * 0.5} 0 1,1 ${-r},0`
    case 'reach': // a diamond
      return `M0,${-r * 1.2}L${r * 1.2},0L0,${r * 1.2}L${-r * 1.2},0z`
    case 'broken': { // a cross
      const a = r * 0.38
      const b = r * 1.15
      return `M${-a},${-b}H${a}V${-a}H${b}V${a}H${a}V${b}H${-a}V${a}H${-b}V${-a}H${-a}z`
    }
    case 'access': // a triangle upside down
      return `M0,${r * 1.1}L${r * 1.1},${-r * 0.9}H${-r * 1.1}z`
    case 'other': // a disc
      return `M${-r * 0.8},0a${r * 0.8},${r * 0.8} 0 1,0 ${r * 1.6},0a${r * 0.8},${r * 0.8} 0 1,0 ${-r * 1.6},0`
  }
}
