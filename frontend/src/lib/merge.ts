import type { Row } from './wire'

// Rows come from three sides: the backlog, the push and the long poll; a push can beat the backlog.
// They are merged as a set by seq, newest first. A row that comes again replaces the older copy.

/** So many are held of what arrives by itself; who goes further back holds more. */
export const KEPT = 5_000

/** mergeRows leaves both arguments as they are; `current` is newest first. */
export function mergeRows(current: Row[], incoming: Row[], kept = KEPT): Row[] {
  if (incoming.length === 0) return current
  if (follows(current, incoming)) return [...incoming, ...current].slice(0, kept)
  const bySeq = new Map<number, Row>()
  for (const row of current) bySeq.set(row.seq, row)
  for (const row of incoming) bySeq.set(row.seq, row)
  return [...bySeq.values()].sort((a, b) => b.seq - a.seq).slice(0, kept)
}

/** What is pushed is newer than all there is, newest first: nothing to sort. */
function follows(current: Row[], incoming: Row[]): boolean {
  let above = newestSeq(current)
  for (let i = incoming.length - 1; i >= 0; i--) {
    const seq = incoming[i]?.seq ?? 0
    if (seq <= above) return false
    above = seq
  }
  return true
}

export const newestSeq = (rows: Row[]): number => rows[0]?.seq ?? 0
export const oldestSeq = (rows: Row[]): number => rows[rows.length - 1]?.seq ?? 0

/** countNewer is how many of the rows are newer than seq. */
export function countNewer(rows: Row[], seq: number): number {
  const i = rows.findIndex((r) => r.seq <= seq)
  return i < 0 ? rows.length : i
}
