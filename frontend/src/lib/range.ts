import { strings } from './strings'

// The time range that screens look at: `1h` and such are up to now, `FROM~TO` stands still.

/** The ranges that are offered, shortest first. */
export const RANGES = ['15m', '1h', '6h', '24h', '7d', '30d'] as const

export const DEFAULT_RANGE = '1h'

const UNITS: Record<string, number> = { m: 60_000, h: 3_600_000, d: 86_400_000 }

export interface Range {
  /** As it stands in the address. */
  text: string
  /** Milliseconds since 1970. */
  from: number
  to: number
  /** It ends now, whenever now is. */
  live: boolean
}

/** What cannot be read is the default. */
export function readRange(text: string | undefined, now: number): Range {
  const relative = /^(\d{1,4})([mhd])$/.exec(text ?? '')
  if (relative) {
    const length = Number(relative[1]) * (UNITS[relative[2] as string] as number)
    if (length > 0) return { text: relative[0], from: now - length, to: now, live: true }
  }
  const [from, to] = (text ?? '').split('~').map((t) => Date.parse(t))
  if (from !== undefined && to !== undefined && from < to) {
    return { text: text as string, from, to, live: false }
  }
  return readRange(DEFAULT_RANGE, now)
}

/** A range that stands still, such as one that was drawn with the mouse. */
export function fixedRange(from: number, to: number): string {
  return `${new Date(from).toISOString()}~${new Date(to).toISOString()}`
}

const clock = new Intl.DateTimeFormat(strings.language, { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' })
const day = new Intl.DateTimeFormat(strings.language, { day: 'numeric', month: 'short' })

/** rangeText names a range that stands still: `Nov 22 10:00 – 11:15`. */
export function rangeText(range: Pick<Range, 'from' | 'to'>): string {
  const [from, to] = [day.format(range.from), day.format(range.to)]
  return `${from} ${clock.format(range.from)} – ${from === to ? '' : `${to} `}${clock.format(range.to)}`
}

/** localText is a time as a datetime-local field takes it. */
export function localText(ms: number): string {
  const d = new Date(ms)
  return new Date(ms - d.getTimezoneOffset() * 60_000).toISOString().slice(0, 19)
}
