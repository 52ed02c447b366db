import { minuteOf } from './clock'
import type { Fallbacks, Incident } from './fallbacks'
import { dollars } from './money'
import { duration, permille } from './quantity'
import { fixedRange } from './range'
import { outcomeWords } from './chain'
import { fallbackWords as say } from './words/fallbacks'

// The findings of the fallbacks, as sentences, and where they lead.

export const triggerText = (outcome: string): string => say.outcomes[outcome] ?? outcomeWords(outcome)

/** moneyText is a sum of which some may be unknown. */
export function moneyText(micro: number | null, unpriced = 0): string {
  if (micro === null || (unpriced > 0 && micro === 0)) return '?'
  if (micro === 0) return say.nothing
  return unpriced > 0 ? say.atLeast(dollars(micro)) : dollars(micro)
}

/** sentenceOf tells an incident: who failed, how often and when, who took over, and what it cost. */
export function sentenceOf(i: Incident, now: number): string {
  const why = say.with[i.outcome] ?? say.withStatus(i.status, triggerText(i.outcome))
  const parts = [
    say.failed(i.provider, i.marks, why, minuteOf(i.from, now), minuteOf(i.to, now)),
    say.tookOver(i.saviours, i.lost),
    say.took(duration(i.eachUs), i.marks === 1),
  ]
  return `${parts.filter(Boolean).join('; ')}.`
}

/** headlineOf is how it went in all. */
export function headlineOf({ totals: t }: Fallbacks): string {
  if (t.fellBack === 0) return say.calm(t.ended)
  return say.summary(t.fellBack, t.ended, shareOf(t.fellBack, t.ended), t.saved, t.lost)
}

export const shareOf = (n: number, of: number): string => (of === 0 ? '–' : permille(Math.round((n / of) * 1000)))

/** A filter of Requests for failed attempts: of a provider, of a kind. */
export function filterOf(parts: Record<string, string>): string {
  return Object.entries(parts)
    .filter(([, value]) => value)
    .map(([name, value]) => `${name}:${value}`)
    .join(' ')
}

/** around is a range that shows a time with something to its left and right. */
export function around(from: number, to: number): string {
  const margin = Math.max(15_000, (to - from) / 10)
  return fixedRange(from - margin, to + margin)
}
