import type { Row } from './wire'

// What an outage drill did, read from the decisions that arrive while it runs.

export interface Met {
  /** Oldest first. */
  rows: Row[]
  saved: number
  lost: number
  /** Who answered instead, most often first. */
  saviours: string[]
}

/** metBy is what tried the provider, and failed there, in the time of the drill. */
export function metBy(rows: Row[], provider: string, began: number, until: number): Met {
  const within = (row: Row) => Date.parse(row.at) >= began - 1_000 && Date.parse(row.at) <= until
  const hit = (row: Row) => row.attempts.some((a) => a.provider === provider && a.outcome !== 'ok')
  const met = rows.filter((row) => within(row) && hit(row)).reverse()
  const saviours = new Map<string, number>()
  for (const row of met) if (row.outcome === 'ok' && row.provider) saviours.set(row.provider, (saviours.get(row.provider) ?? 0) + 1)
  const saved = met.filter((row) => row.outcome === 'ok').length
  return {
    rows: met,
    saved,
    lost: met.filter((row) => row.outcome === 'failed').length,
    saviours: [...saviours].sort((a, b) => b[1] - a[1]).map(([name]) => name),
  }
}
