import { strings } from './strings'
import type { RowAttempt } from './wire'

// The chain of attempts as chips: `cheap ✕503 › fast ✓`. The mark and the words say what the
// colour says; the spoken form says it in a sentence.

export type Tone = 'ok' | 'bad' | 'quiet'

export interface Chip {
  label: string
  mark: string
  tone: Tone
  /** One attempt in words: `cheap failed: overloaded (503)`. */
  spoken: string
}

const QUIET = new Set(['left', 'abandoned', ''])

/** outcomeWords turns an outcome's name into words: `rate_limited` → `rate limited`. */
export const outcomeWords = (outcome: string): string => outcome.replaceAll('_', ' ')

export function toneOf(outcome: string): Tone {
  if (outcome === 'ok') return 'ok'
  return QUIET.has(outcome) ? 'quiet' : 'bad'
}

/** Chips have little room: what kind of timeout it was is in the title and the detail. */
const brief = (outcome: string): string =>
  outcome.endsWith('_timeout') ? 'timeout' : outcome === 'provider_error' ? 'error' : outcomeWords(outcome)

function markOf(a: RowAttempt): string {
  switch (toneOf(a.outcome)) {
    case 'ok':
      return '✓'
    case 'quiet':
      return `– ${outcomeWords(a.outcome)}`.trim()
    case 'bad':
      // A 200 that failed (a cut stream, say) is told by its outcome; so is no status at all.
      return `✕${a.status >= 300 ? a.status : ' ' + brief(a.outcome)}`
  }
}

function spokenOf(label: string, a: RowAttempt): string {
  if (a.outcome === 'ok') return strings.chain.answered(label)
  const why = outcomeWords(a.outcome) + (a.status >= 300 ? ` (${a.status})` : '')
  return strings.chain.failed(label, why)
}

/** chips names each attempt by provider, or by endpoint where one provider was tried twice. */
export function chips(attempts: RowAttempt[]): Chip[] {
  const tries = new Map<string, Set<string>>()
  for (const a of attempts) {
    const endpoints = tries.get(a.provider) ?? new Set<string>()
    tries.set(a.provider, endpoints.add(a.endpoint))
  }
  return attempts.map((a) => {
    const several = (tries.get(a.provider)?.size ?? 0) > 1
    const label = (several ? a.endpoint : a.provider) || a.endpoint || '?'
    return { label, mark: markOf(a), tone: toneOf(a.outcome), spoken: spokenOf(label, a) }
  })
}

/** condensed keeps the first and the last of many chips and says how many are between. */
export function condensed(list: Chip[], most = 3): (Chip | number)[] {
  const first = list[0]
  const last = list[list.length - 1]
  if (list.length <= most || !first || !last) return list
  return [first, list.length - 2, last]
}

/** chainText is the chain as one line of text, also what the filter searches. */
export function chainText(attempts: RowAttempt[]): string {
  return chips(attempts)
    .map((c) => `${c.label} ${c.mark}`)
    .join(' › ')
}

/** spokenChain is the chain for a screen reader. */
export function spokenChain(attempts: RowAttempt[]): string {
  if (attempts.length === 0) return strings.chain.none
  return chips(attempts)
    .map((c) => c.spoken)
    .join(', ')
}
