import { strings } from './strings'
import { dollars } from './money'
import type { Tokens } from './wire'

// Numbers as people read them. The strings' language decides separators, not the browser's.

export const count = (n: number): string => n.toLocaleString(strings.language)

/** compact keeps five digits and shortens beyond: `1,204`, `12.3k`, `4.1M`. */
export function compact(n: number): string {
  if (Math.abs(n) < 10_000) return count(Math.round(n))
  const [unit, by] = Math.abs(n) < 999_500 ? ['k', 1_000] : ['M', 1_000_000]
  const value = n / (by as number)
  return value.toLocaleString(strings.language, { maximumFractionDigits: value < 100 ? 1 : 0 }) + unit
}

/** duration writes microseconds: `850 µs`, `312 ms`, `1.24 s`, `2 m 05 s`. */
export function duration(us: number): string {
  if (us < 999.5) return `${Math.round(us)} µs`
  if (us < 999_500) return `${us < 9_950 ? (us / 1_000).toFixed(1) : Math.round(us / 1_000)} ms`
  const s = us / 1e6
  if (s < 59.95) return `${s.toFixed(s < 9.995 ? 2 : 1)} s`
  const whole = Math.round(s)
  return `${Math.floor(whole / 60)} m ${String(whole % 60).padStart(2, '0')} s`
}

export const durationOr = (us: number | null): string => (us === null ? '–' : duration(us))

export function permille(n: number): string {
  return (n / 10).toLocaleString(strings.language, { maximumFractionDigits: 1 }) + ' %'
}

/** thousandths writes a decayed count: whole when it is, else with one place. */
export function thousandths(n: number): string {
  return (n / 1_000).toLocaleString(strings.language, { maximumFractionDigits: 1 })
}

/** inUnit writes a score or a term in the unit the core gave it. */
export function inUnit(value: number, unit: string): string {
  switch (unit) {
    case 'us':
      return duration(value)
    case 'ns':
      return duration(value / 1_000)
    case 'nano_usd':
      return dollars(value / 1_000)
    case 'micro_usd':
      return dollars(value)
    case 'permille':
      return permille(value)
    case 'milli':
      return thousandths(value)
    case 'position':
      return strings.detail.table.position(value + 1)
    case 'turns':
      return strings.detail.table.turns(value)
    case 'draw': // the number orders tiers and draws; it says nothing by itself
      return strings.detail.table.draw
    case '':
      return count(value)
    default:
      return `${count(value)} ${unit.replaceAll('_', ' ')}`
  }
}

/** differenceIn writes by how much two scores differ: places are counted and not numbered. */
export const differenceIn = (value: number, unit: string): string => (unit === 'position' ? strings.detail.table.places(value) : inUnit(value, unit))

export interface TokenText {
  text: string
  title: string
}

/** tokensOf shortens the buckets to `in → out`; each stands in the title. */
export function tokensOf(t: Tokens | null): TokenText {
  if (t === null) return { text: '–', title: strings.tokens.none }
  const input = t.input + t.cacheRead + t.cacheWrite + t.cacheWriteHour
  const output = t.output + t.reasoning
  const parts = [
    [strings.tokens.input, t.input, true],
    [strings.tokens.cacheRead, t.cacheRead, false],
    [strings.tokens.cacheWrite, t.cacheWrite, false],
    [strings.tokens.cacheWriteHour, t.cacheWriteHour, false],
    [strings.tokens.output, t.output, true],
    [strings.tokens.reasoning, t.reasoning, false],
    [strings.tokens.images, t.images, false],
  ] as const
  const title = parts
    .filter(([, n, always]) => n > 0 || always)
    .map(([name, n]) => `${count(n)} ${name}`)
    .join(', ')
  const text = `${compact(input)} → ${compact(output)}`
  if (t.estimated) return { text: `≈ ${text}`, title: `${title} (${strings.tokens.estimated})` }
  return { text, title }
}
