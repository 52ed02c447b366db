import { strings } from './strings'

// Times are local; UTC is one hover away. A date that cannot be read is shown as it came.

export interface TimeText {
  text: string
  utc: string
}

const CLOCK = { hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23' } as const
const DAY = { day: 'numeric', month: 'short' } as const

const formats = new Map<string, Intl.DateTimeFormat>()

function format(kind: 'clock' | 'day', zone: string | undefined): Intl.DateTimeFormat {
  const key = `${kind} ${zone ?? ''}`
  let f = formats.get(key)
  if (!f) {
    const base = kind === 'clock' ? CLOCK : DAY
    f = new Intl.DateTimeFormat(strings.language, zone ? { ...base, timeZone: zone } : base)
    formats.set(key, f)
  }
  return f
}

/** timeOf is the clock time, with the day in front when it is not today. */
export function timeOf(at: string, now: number, zone?: string): TimeText {
  const ms = Date.parse(at)
  if (Number.isNaN(ms)) return { text: at || '–', utc: '' }
  const day = format('day', zone)
  const clock = format('clock', zone).format(ms)
  const today = day.format(ms) === day.format(now)
  return { text: today ? clock : `${day.format(ms)} ${clock}`, utc: utcOf(ms) }
}

/** utcOf is `2026-01-02 03:04:05.678 UTC`. */
export function utcOf(ms: number): string {
  return new Date(ms).toISOString().replace('T', ' ').replace('Z', ' UTC')
}

/** ago is a coarse age for "since when". */
export function ago(ms: number): string {
  const s = Math.max(0, Math.round(ms / 1000))
  if (s < 60) return `${s} s`
  if (s < 3600) return `${Math.floor(s / 60)} min`
  return `${Math.floor(s / 3600)} h ${Math.floor((s % 3600) / 60)} min`
}
