import { chainText, outcomeWords } from './chain'
import { answerOf, costOf } from './money'
import { matches, parseQuery, type Query } from './query'
import type { Row } from './wire'

// What a word is looked for in, and the filter over the rows that are held.

const haystacks = new WeakMap<Row, string>()

function haystack(row: Row): string {
  let text = haystacks.get(row)
  if (text === undefined) {
    const parts = [
      row.asked,
      row.model,
      row.provider,
      row.strategy,
      row.key,
      String(row.status),
      row.outcome,
      outcomeWords(row.outcome),
      row.stream ? 'stream' : '',
      chainText(row.attempts),
      ...row.attempts.flatMap((a) => [a.endpoint, a.outcome, outcomeWords(a.outcome)]),
      row.attempts.length > 1 ? 'fallback' : '',
      costOf(answerOf(row)).state,
      row.id,
    ]
    text = parts.join('\n').toLowerCase()
    haystacks.set(row, text)
  }
  return text
}

/** readQuery is what was typed, as it is looked for in rows. */
export const readQuery = (text: string): Query => parseQuery(text, haystack)

/** filterRows keeps the order, and gives the same array back when nothing is filtered. */
export function filterRows(rows: Row[], query: Query): Row[] {
  return query.terms.length === 0 ? rows : rows.filter((row) => matches(query, row))
}
