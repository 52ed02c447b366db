import type { OutcomeTone } from './outcome'
import { toneOf } from './chain'
import type { Attempt } from './wire'

// Where each attempt's bar stands, in percent of the whole exchange. An attempt's times are
// counted from its own start; the part before the first token is drawn apart.

export interface Bar {
  attempt: Attempt
  start: number
  wait: number
  answer: number
  tone: OutcomeTone
  /** Microseconds in which nothing was tried before it. */
  pauseUs: number
}

/** A bar is never thinner than this, so that an attempt refused at once can still be seen. */
const THINNEST = 0.8

export function barsOf(attempts: Attempt[], totalUs: number): Bar[] {
  const ends = attempts.map((a) => a.startUs + a.totalUs)
  const whole = Math.max(1, totalUs, ...ends)
  return attempts.map((attempt, i) => {
    const percent = (us: number) => (us / whole) * 100
    const length = Math.max(THINNEST, percent(attempt.totalUs))
    const wait = Math.min(length, waited(attempt, length, percent))
    return {
      attempt,
      start: Math.min(percent(attempt.startUs), 100 - length),
      wait,
      answer: length - wait,
      tone: toneOf(attempt.outcome),
      pauseUs: Math.max(0, attempt.startUs - Math.max(0, ...ends.slice(0, i))),
    }
  })
}

/** An answer that came whole has no first token; a failure without one only waited. */
function waited(a: Attempt, length: number, percent: (us: number) => number): number {
  if (a.firstUs === null) return a.outcome === 'ok' ? 0 : length
  return a.totalUs === 0 ? length : percent(Math.min(a.firstUs, a.totalUs))
}
