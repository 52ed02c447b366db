import { chainText, outcomeWords } from './chain'
import { answerOf, costOf, wasUsed } from './money'
import type { Row } from './wire'

// A plain text filter: every word must occur somewhere in the row; `-word` must not.

const haystacks = new WeakMap<Row, string>()

function haystack(row: Row): string {
  let text = haystacks.get(row)
  if (text === undefined) {
    const parts = [
      row.asked,
      row.model,
      row.provider,
      row.strategy,
      String(row.status),
      row.outcome,
      outcomeWords(row.outcome),
      row.stream ? 'stream' : '',
      chainText(row.attempts),
      ...row.attempts.flatMap((a) => [a.endpoint, a.outcome, outcomeWords(a.outcome)]),
      row.attempts.length > 1 ? 'fallback' : '',
      costOf(row.costMicro, wasUsed(answerOf(row))).state,
      row.id,
      row.why,
    ]
    text = parts.join('\n').toLowerCase()
    haystacks.set(row, text)
  }
  return text
}

/** filterRows keeps the order, and gives the same array back when nothing is filtered. */
export function filterRows(rows: Row[], query: string): Row[] {
  const words = query.toLowerCase().split(/\s+/).filter(Boolean)
  const wanted = words.filter((w) => !w.startsWith('-'))
  const unwanted = words.filter((w) => w.startsWith('-') && w.length > 1).map((w) => w.slice(1))
  if (wanted.length === 0 && unwanted.length === 0) return rows
  return rows.filter((row) => {
    const text = haystack(row)
    return wanted.every((w) => text.includes(w)) && !unwanted.some((w) => text.includes(w))
  })
}
