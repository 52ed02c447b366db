import { strings } from './strings'

// Minutes of the day, for sentences and axes; the seconds stand in timeOf.

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR
const STEPS = [MINUTE, 2 * MINUTE, 5 * MINUTE, 10 * MINUTE, 15 * MINUTE, 30 * MINUTE, HOUR, 2 * HOUR, 3 * HOUR, 6 * HOUR, 12 * HOUR, DAY, 2 * DAY, 7 * DAY]

const CLOCK = { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' } as const
const DATE = { day: 'numeric', month: 'short' } as const

/** minuteOf is `10:02`, with the day in front when that is not today. */
export function minuteOf(ms: number, now: number, zone?: string): string {
  const at = zone ? { timeZone: zone } : {}
  const day = new Intl.DateTimeFormat(strings.language, { ...DATE, ...at })
  const clock = new Intl.DateTimeFormat(strings.language, { ...CLOCK, ...at }).format(ms)
  return day.format(ms) === day.format(now) ? clock : `${day.format(ms)} ${clock}`
}

export interface Tick {
  ms: number
  text: string
}

/** ticksOf are round local times within a range, at most as many as are asked for. */
export function ticksOf(from: number, to: number, most: number): Tick[] {
  const step = STEPS.find((s) => (to - from) / s <= most) ?? 30 * DAY
  const offset = new Date(from).getTimezoneOffset() * MINUTE
  const format = new Intl.DateTimeFormat(strings.language, step >= DAY ? DATE : CLOCK)
  const ticks: Tick[] = []
  for (let ms = Math.ceil((from - offset) / step) * step + offset; ms <= to; ms += step) {
    ticks.push({ ms, text: format.format(ms) })
  }
  return ticks
}

/** localTimes writes the times in a sentence as they are here: `until 2026-01-02T00:00:00Z`. */
export const localTimes = (sentence: string, now: number, zone?: string): string =>
  sentence.replace(/\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z/g, (time) => minuteOf(Date.parse(time), now, zone))
