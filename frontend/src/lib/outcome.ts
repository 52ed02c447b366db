import { strings } from './strings'
import type { Attempt, Report, Row } from './wire'

// How a request ended, as a mark, a word and a tone: the word alone is enough.

export type OutcomeTone = 'ok' | 'saved' | 'bad' | 'quiet'

export interface OutcomeText {
  mark: string
  text: string
  tone: OutcomeTone
}

const SHAPES: Record<string, { mark: string; tone: OutcomeTone }> = {
  ok: { mark: '✓', tone: 'ok' },
  fallback: { mark: '↪', tone: 'saved' },
  failed: { mark: '✕', tone: 'bad' },
  client_error: { mark: '!', tone: 'quiet' },
  left: { mark: '–', tone: 'quiet' },
  refused: { mark: '⊘', tone: 'bad' },
}

interface Ended {
  outcome: string
  attempts: { outcome: string }[]
  status: number
}

/** outcomeOf tells an answer that needed a fallback apart from one at first try. */
export function outcomeOf(ended: Ended): OutcomeText {
  const saved = ended.outcome === 'ok' && ended.attempts.some((a) => a.outcome !== 'ok')
  const name = saved ? 'fallback' : ended.outcome
  const shape = SHAPES[name] ?? { mark: '·', tone: 'quiet' as const }
  const word = strings.outcome[name] ?? (name.replaceAll('_', ' ') || '–')
  const status = ended.outcome !== 'ok' && ended.status >= 400 ? ` ${ended.status}` : ''
  return { ...shape, text: word + status }
}

/**
 * servedText is what answered, where it differs from what was asked; a suffix such as `:latency` is no other model, and an author that
 * both have is said once.
 */
export function servedText(row: Pick<Row, 'asked' | 'model'>): string | null {
  if (row.model === '') return strings.row.nothing
  if (`${row.asked}:`.startsWith(`${row.model}:`)) return null
  const author = row.model.slice(0, row.model.indexOf('/') + 1)
  return author !== '' && row.asked.startsWith(author) ? row.model.slice(author.length) : row.model
}

/**
 * servedOf is the attempt that the answer, or its last part, came from. That need not be the last
 * one: behind it may stand one that was to go on with the answer and did not.
 */
export function servedOf(
  report: Pick<Report, 'attempts' | 'served' | 'resumed' | 'costMicro'>,
): Attempt | null {
  const { served } = report
  if (served === null) return null
  const there = report.attempts.filter((a) => a.endpoint === served.endpoint)
  const same = (a: Attempt) => a.resumes === report.resumed && a.costMicro === report.costMicro
  return there.filter(same).at(-1) ?? there.at(-1) ?? null
}
