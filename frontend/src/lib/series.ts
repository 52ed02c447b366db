import { strings } from './strings'

// A time series as it is given to a chart, and what the chart makes of it.

export interface Line {
  name: string
  /** By the times of the chart; null: nothing to draw there. */
  values: (number | null)[]
  /** Its colour, such as `--series-1`. */
  token: string
  dash?: boolean
  /** It is in the legend and the sums, but not drawn. */
  hidden?: boolean
}

/** Something that happened at a time, drawn as a cross at the top of the chart. */
export interface Mark {
  /** Unix seconds. */
  at: number
  text: string
}

/** stack lays each line upon the ones before it; a gap counts as nothing. */
export function stack(lines: Line[]): Line[] {
  const sums: number[] = []
  return lines.map((line) => ({
    ...line,
    values: line.values.map((v, i) => (sums[i] = (sums[i] ?? 0) + (v ?? 0))),
  }))
}

const clock = new Intl.DateTimeFormat(strings.language, { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' })
const second = new Intl.DateTimeFormat(strings.language, { hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23' })
const day = new Intl.DateTimeFormat(strings.language, { day: 'numeric', month: 'short' })

/** tickText names a time on an axis whose marks are `step` seconds apart; a new day says so. */
export function tickText(at: number, step: number): string {
  const ms = at * 1000
  if (step >= 86_400) return day.format(ms)
  const time = (step < 60 ? second : clock).format(ms)
  return /^00:00(:00)?$/.test(time) ? day.format(ms) : time
}

/** momentText is a point of a series with its day. */
export const momentText = (at: number): string => `${day.format(at * 1000)} ${clock.format(at * 1000)}`

/** marksAt are the marks that belong to the point at `index`: up to the next one. */
export function marksAt(marks: Mark[], at: number[], index: number): Mark[] {
  const from = at[index]
  if (from === undefined) return []
  const step = (at[index + 1] ?? from + (from - (at[index - 1] ?? from - 60))) - from
  return marks.filter((m) => m.at >= from && m.at < from + step)
}

/** alone are the places of values that have no neighbour, so that no line would be drawn to them. */
export const alone = (values: readonly (number | null)[]): number[] =>
  values.flatMap((v, i) => (v != null && values[i - 1] == null && values[i + 1] == null ? [i] : []))
